//! Global variables of a library as properties of its class.

use pyo3_ffi as ffi;

use crate::ffi_obj::bound::{Bound, function};
use cffi_rt::slots::{Table, method};
use cffi_rt::{Args, Obj, Py, R, raise, types};

static GET: Table<ffi::PyMethodDef, 1> =
    Table([method!(one Bound, c"get", get, c"get(library, /)\n--\n\nThe value of the global variable.")]);
static SET: Table<ffi::PyMethodDef, 1> =
    Table([method!(fast Bound, c"set", set, c"set(library, value, /)\n--\n\nSets the global variable.")]);

/// Makes the property of a variable of a library (a `CLibrary`), of that type and name.
pub(super) fn new(py: Py<'_>, library: &Obj, ct: &Obj, name: &Obj) -> R {
    let read = library.getattr_str(py, "read_variable")?;
    let write = library.getattr_str(py, "write_variable")?;
    let get = function(py, &GET, &[&read, ct, name])?;
    let set = function(py, &SET, &[&write, ct, name])?;
    types::property_class(py).call(py, &[&get, &set])
}

fn get(py: Py<'_>, bound: &Bound, _library: &Obj) -> R {
    bound.get(py, 0)?.call(py, &[bound.get(py, 1)?, bound.get(py, 2)?])
}

fn set(py: Py<'_>, bound: &Bound, args: Args<'_>) -> R {
    if args.len() != 2 {
        return Err(raise!(py, Type, "a property takes a library and a value"));
    }
    bound.get(py, 0)?.call(py, &[bound.get(py, 1)?, bound.get(py, 2)?, args.get(1)])
}
