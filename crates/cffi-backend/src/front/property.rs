//! Global variables of a library as properties of its class.

use crate::ctype::CType;
use crate::ffi_obj::bound::{Bound, function as bound};
use crate::library::{self, CLibrary, Spot};
use crate::state::Module;
use cffi_rt::slots::method;
use cffi_rt::table::Method;
use cffi_rt::{Args, Obj, Owned, Py, R, class, function, made_class, raise, types};

cffi_rt::class! {
    /// A variable that is reached without the methods of its library.
    pub(super) struct Variable in c"_cffi_backend._LibraryVariable", plain {
        library: Owned<CLibrary>,
        ct: Owned<CType>,
        name: Owned,
        spot: Spot,
    }
}

static GET_DIRECTLY: Method<Variable> =
    method!(one Variable, c"get", read, c"get(library, /)\n--\n\nThe value of the global variable.");
static SET_DIRECTLY: Method<Variable> =
    method!(fast Variable, c"set", write, c"set(library, value, /)\n--\n\nSets the global variable.");

static GET: Method<Bound> =
    method!(one Bound, c"get", get, c"get(library, /)\n--\n\nThe value of the global variable.");
static SET: Method<Bound> =
    method!(fast Bound, c"set", set, c"set(library, value, /)\n--\n\nSets the global variable.");

/// Makes the property of a variable of a library (a `CLibrary`), of that type and name.
pub(super) fn new(py: Py<'_>, backend: &Module, library: &Obj, ct: &Obj, name: &Obj) -> R {
    let read = library.getattr_str(py, "read_variable")?;
    let write = library.getattr_str(py, "write_variable")?;
    // Where the methods are the library's own, what they do is done without them.
    let own = library.downcast::<CLibrary>().filter(|_| library::are_own(&read, &write));
    let (get, set) = match (own, ct.downcast::<CType>()) {
        (Some(library), Some(ct)) => {
            let class = class_of(py, backend)?;
            let (library, ct, name, spot) =
                (Owned::of(library), Owned::of(ct), name.new_ref(), Spot::default());
            let variable = class::create(py, &class, |header| Variable { header, library, ct, name, spot })?;
            let make = |method| function::new(py, method, &*variable, None);
            (make(&GET_DIRECTLY)?, make(&SET_DIRECTLY)?)
        }
        _ => (bound(py, &GET, &[&read, ct, name])?, bound(py, &SET, &[&write, ct, name])?),
    };
    let property = types::property_class(py).call(py, &[&get, &set])?;
    made_class::learn(py, &property, &get);
    Ok(property)
}

fn class_of(py: Py<'_>, backend: &Module) -> R {
    const DOC: &std::ffi::CStr = c"A global variable of a library of cffi.FFI.dlopen().";
    let place = &backend.state(py)?.front.variable;
    match place.get(py) {
        Some(class) => Ok(class),
        None => Ok(place.set_or_get(py, class::spec::<Variable>(DOC).make(py, backend)?)),
    }
}

/// Returns the variable behind an attribute of a library's class, if it is a property that [`new`] has made.
#[inline(always)]
pub(super) fn variable(py: Py<'_>, attribute: &Obj) -> Option<Owned<Variable>> {
    let getter = made_class::getter(py, attribute)?;
    if !function::is_defined_by(getter, &GET_DIRECTLY) {
        return None;
    }
    function::bound(py, getter)?.0.downcast::<Variable>().map(Owned::of)
}

impl Variable {
    /// Returns the value.
    #[inline(always)]
    pub(super) fn get(&self, py: Py<'_>) -> R {
        library::value_at(py, &self.library, &self.spot, &self.ct, &self.name)
    }

    /// Sets the value.
    #[inline(always)]
    pub(super) fn set(&self, py: Py<'_>, value: &Obj) -> R<()> {
        library::set_value_at(py, &self.library, &self.spot, &self.ct, &self.name, value)
    }
}

fn read(py: Py<'_>, variable: &Variable, _library: &Obj) -> R {
    variable.get(py)
}

fn write(py: Py<'_>, variable: &Variable, args: Args<'_>) -> R {
    if args.len() != 2 {
        return Err(raise!(py, Type, "a property takes a library and a value"));
    }
    variable.set(py, args.get(1)).map(|()| py.none())
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
