//! Values of any type, by their address.

use std::ffi::{c_int, c_void};

use cffi_call::LongDouble;
use pyo3_ffi as ffi;

use super::guarded::exported;
use crate::convert;
use crate::ctype::CType;
use crate::diag::place::{Place, refused};
use crate::memory::{Foreign, Loc, LongDoubleBytes, Scalar, Typed, primitive};
use crate::value::alloc;
use cffi_rt::seq;
use cffi_rt::{Obj, Owned, Py, R, num, raise};

exported! {
    /// `PyObject *(char *, ctype *)`: the value at an address
    fn from_deref(data: *mut u8, ct: *const CType) -> *mut ffi::PyObject, on error std::ptr::null_mut();
    |py, value: Foreign<'_> = (data, ct)| convert::read(py, value).map(Owned::into_ptr)
}

exported! {
    /// `int (char *, ctype *, PyObject *)`: stores a value; 0, or -1 on failure
    fn to_c(data: *mut u8, ct: *const CType, obj: *mut ffi::PyObject) -> c_int, on error -1;
    |py, loc: Loc<'_> = (data, ct), obj: &Obj = (obj)| {
        let ct = loc.ct();
        if ct.is_aggregate() {
            // Generated code passes uninitialized memory, and members that the value leaves out are zero.
            loc.zero();
        }
        convert::write(py, loc, obj).map_err(|raised| refused(py, raised, Place::SomeArgument, ct, obj))?;
        Ok(0)
    }
}

exported! {
    /// `PyObject *(char *, ctype *)`: a copy of a struct or union
    fn from_struct(data: *mut u8, ct: *const CType) -> *mut ffi::PyObject, on error std::ptr::null_mut();
    |py, loc: Loc<'_> = (data, ct)| struct_copy(py, loc).map(Owned::into_ptr)
}

fn struct_copy(py: Py<'_>, loc: Loc<'_>) -> R {
    let ct = loc.ct();
    if ct.has_var_array() {
        return Err(raise!(py, Type, "return type is a struct/union with a varsize array member"));
    }
    let Some(size) = ct.known_size() else {
        return Err(raise!(py, Type, "return type is an opaque structure or union"));
    };
    let cd = alloc::own(py, ct, size, ct.size(), false)?;
    Loc::shown(py, &cd)?.assign(loc);
    Ok(cd.into_obj())
}

exported! {
    /// Writes the `long double` of an object. Returns a value other than 0 on failure. A C function returns the number to
    /// the module, because no Rust function can.
    fn convert_long_double(obj: *mut c_void, out: *mut c_void) -> c_int, on error -1;
    |py, obj: &Obj = (obj.cast()), out: Scalar<'_, LongDoubleBytes> = (out.cast())| {
        out.set_long_double(long_double(py, obj)?);
        Ok(0)
    }
}

fn long_double(py: Py<'_>, obj: &Obj) -> R<LongDouble> {
    match primitive(obj) {
        Some(Typed::LongDouble(place)) => Ok(place.long_double()),
        _ => num::as_f64(py, obj).map(LongDouble::from_double),
    }
}

exported! {
    /// `PyObject *(Py_ssize_t *)`: a list of the numbers up to the first negative one
    fn get_struct_layout(numbers: *const ffi::Py_ssize_t) -> *mut ffi::PyObject, on error std::ptr::null_mut();
    |py, numbers: &[ffi::Py_ssize_t] = (numbers)| {
        let number = |i: usize| num::from_isize(py, numbers.get(i).copied().unwrap_or_default());
        seq::list_with(py, numbers.len(), number).map(Owned::into_ptr)
    }
}
