//! Values of any type, by their address.

use std::ffi::{c_int, c_void};

use cffi_call::LongDouble;
use pyo3_ffi as ffi;

use super::guarded::{guard, guard_object, object};
use crate::convert;
use crate::ctype::{Access, CType};
use crate::diag::place::{Place, refused};
use crate::value::{CData, alloc};
use cffi_rt::seq;
use cffi_rt::{Obj, Owned, Py, R, num, raise};

/// `PyObject *(char *, ctype *)`: the value at an address
///
/// # Safety
/// Called by generated code: attached, with a ctype of the module's table and the address of such a value.
pub(super) unsafe extern "C" fn from_deref(data: *mut u8, ct: *const CType) -> *mut ffi::PyObject {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe { guard_object(|py| convert::read(py, &*ct, data)) }
}

/// `int (char *, ctype *, PyObject *)`: stores a value; 0, or -1 on failure
///
/// # Safety
/// Called by generated code: attached, with a live object, a ctype of the module's table and the address of such
/// a value.
pub(super) unsafe extern "C" fn to_c(data: *mut u8, ct: *const CType, obj: *mut ffi::PyObject) -> c_int {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe {
        guard(-1, |py| {
            let ct = &*ct;
            // Generated code passes uninitialized memory, and members that the value leaves out are zero.
            if let (true, Some(size)) = (ct.is_aggregate(), ct.known_size()) {
                data.write_bytes(0, size);
            }
            convert::write(py, ct, data, object(obj))
                .map_err(|raised| refused(py, raised, Place::SomeArgument, ct, object(obj)))?;
            Ok(0)
        })
    }
}

/// `PyObject *(char *, ctype *)`: a copy of a struct or union
///
/// # Safety
/// As for [`from_deref`].
pub(super) unsafe extern "C" fn from_struct(data: *mut u8, ct: *const CType) -> *mut ffi::PyObject {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe { guard_object(|py| struct_copy(py, &*ct, data)) }
}

/// # Safety
/// `data` is readable for the size of the type.
unsafe fn struct_copy(py: Py<'_>, ct: &CType, data: *const u8) -> R {
    if ct.has_var_array() {
        return Err(raise!(py, Type, "return type is a struct/union with a varsize array member"));
    }
    // SAFETY: the caller promises a readable struct of this type.
    unsafe { alloc::own_copy(py, ct, data).map(Owned::into_obj) }
}

/// Writes the `long double` of an object. Returns a value other than 0 on failure. A C function returns the number to
/// the module, because no Rust function can.
///
/// # Safety
/// Called for generated code: attached, with a live object and a place for a `long double`.
pub(super) unsafe extern "C" fn convert_long_double(obj: *mut c_void, out: *mut c_void) -> c_int {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe {
        guard(-1, |py| {
            long_double(py, object(obj.cast()))?.write(out.cast());
            Ok(0)
        })
    }
}

fn long_double(py: Py<'_>, obj: &Obj) -> R<LongDouble> {
    match obj.downcast::<CData>() {
        // SAFETY: a primitive cdata's address is that of its value.
        Some(cd) if cd.ct().access == Access::LongDouble => Ok(unsafe { LongDouble::read(cd.data()) }),
        _ => num::as_f64(py, obj).map(LongDouble::from_double),
    }
}

/// `PyObject *(Py_ssize_t *)`: a list of the numbers up to the first negative one
///
/// # Safety
/// Called by generated code: attached, with such an array.
pub(super) unsafe extern "C" fn get_struct_layout(numbers: *const ffi::Py_ssize_t) -> *mut ffi::PyObject {
    // SAFETY: by the caller; items are read up to the one that ends the array.
    unsafe {
        guard_object(|py| {
            let mut count = 0;
            while *numbers.add(count) >= 0 {
                count += 1;
            }
            seq::list_with(py, count, |i| num::from_isize(py, *numbers.add(i)))
        })
    }
}
