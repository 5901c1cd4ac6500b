//! Global variables of a library as properties of its class.

use pyo3_ffi as ffi;

use crate::ctype::CType;
use crate::ffi_obj::bound::{Bound, function};
use crate::library::{self, CLibrary};
use cffi_rt::slots::{Table, method};
use cffi_rt::{Args, Obj, Py, R, raise, text, types};

static GET: Table<ffi::PyMethodDef, 1> =
    Table([method!(one Bound, c"get", get, c"get(library, /)\n--\n\nThe value of the global variable.")]);
static SET: Table<ffi::PyMethodDef, 1> =
    Table([method!(fast Bound, c"set", set, c"set(library, value, /)\n--\n\nSets the global variable.")]);

/// Makes the property of a variable of a library (a `CLibrary`), of that type and name.
pub(super) fn new(py: Py<'_>, library: &Obj, ct: &Obj, name: &Obj) -> R {
    let read = library.getattr_str(py, "read_variable")?;
    let write = library.getattr_str(py, "write_variable")?;
    // Where the methods are the library's own, what they do is called without them.
    let own = library.downcast::<CLibrary>().is_some() && library::are_own(&read, &write);
    let none = py.none();
    let direct = if own { library } else { &*none };
    let get = function(py, &GET, &[&read, ct, name, direct])?;
    let set = function(py, &SET, &[&write, ct, name, direct])?;
    types::property_class(py).call(py, &[&get, &set])
}

/// Returns the library, the type and the name, where the variable is reached without the library's methods.
fn direct<'a>(py: Py<'_>, bound: &'a Bound) -> R<Option<(&'a CLibrary, &'a CType, &'a str)>> {
    let (ct, library) = (bound.get(py, 1)?.downcast::<CType>(), bound.get(py, 3)?.downcast::<CLibrary>());
    match (library, ct) {
        (Some(library), Some(ct)) => Ok(Some((library, ct, text::utf8(py, bound.get(py, 2)?)?))),
        _ => Ok(None),
    }
}

fn get(py: Py<'_>, bound: &Bound, _library: &Obj) -> R {
    if let Some((library, ct, name)) = direct(py, bound)? {
        return library::value_of(py, library, ct, name);
    }
    bound.get(py, 0)?.call(py, &[bound.get(py, 1)?, bound.get(py, 2)?])
}

fn set(py: Py<'_>, bound: &Bound, args: Args<'_>) -> R {
    if args.len() != 2 {
        return Err(raise!(py, Type, "a property takes a library and a value"));
    }
    if let Some((library, ct, name)) = direct(py, bound)? {
        return library::set_value(py, library, ct, name, args.get(1)).map(|()| py.none());
    }
    bound.get(py, 0)?.call(py, &[bound.get(py, 1)?, bound.get(py, 2)?, args.get(1)])
}
