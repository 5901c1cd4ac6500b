//! Function pointers whose calls keep the GIL.
//!
//! Releasing the GIL and taking it again is more than half of a short call. A program that knows that a function
//! returns at once can avoid it for that function: the choice is the vectorcall word of a separate function pointer.

use cffi_call::thunk;

use crate::state::Module;
use crate::value::object::Owner;
use crate::value::{CData, alloc};
use cffi_rt::{Obj, Py, R, Raised, function, raise};

/// Module function `_keep_gil`. Returns another cdata with the type and the address of `function`, whose calls keep the
/// GIL.
pub(crate) fn keep_gil(py: Py<'_>, module: &Module, function: &Obj) -> R {
    if let Some(cd) = function.downcast::<CData>() {
        return of_pointer(py, cd);
    }
    // A function of a compiled module has a function pointer behind it.
    match (module.state(py)?.hooks.lib_function)(py, function)? {
        Some(found) => {
            found.downcast::<CData>().map_or_else(|| Err(refused(py, function)), |cd| of_pointer(py, cd))
        }
        None => Err(refused(py, function)),
    }
}

/// Module function `_keeps_gil`. Returns whether calls of `function` keep the GIL: by choice, or because the function is
/// known to return at once.
pub(crate) fn keeps_gil(py: Py<'_>, module: &Module, function: &Obj) -> R {
    if let Some(cd) = function.downcast::<CData>() {
        return Ok(py.bool(alloc::keeps_gil(cd)));
    }
    let found = (module.state(py)?.hooks.lib_function)(py, function)?;
    let Some(found) = found else { return Ok(py.bool(false)) };
    // Where there are no thunks, functions of one argument keep the wrapper of the module, which lets go of the GIL.
    let direct = thunk::AVAILABLE || function::flags(py, function) & pyo3_ffi::METH_FASTCALL != 0;
    Ok(py.bool(direct && found.downcast::<CData>().is_some_and(alloc::keeps_gil)))
}

fn of_pointer(py: Py<'_>, cd: &CData) -> R {
    // The new object would not keep alive the memory that another object owns.
    if !cd.ct().is_function() || cd.owner() != Owner::Nobody {
        return Err(refused(py, cd));
    }
    Ok(alloc::keeping_function(py, cd)?.into_obj())
}

#[cold]
fn refused(py: Py<'_>, given: &Obj) -> Raised {
    let got = given.type_name();
    let (words, got, end) = match given.downcast::<CData>() {
        Some(cd) if cd.ct().is_function() => ("a callback of type '", cd.ct().name(), "'"),
        Some(cd) => ("cdata '", cd.ct().name(), "'"),
        None => ("", &*got, ""),
    };
    raise!(py, Type, "keep_gil() takes a function of a library or a function pointer, not {words}{got}{end}")
}
