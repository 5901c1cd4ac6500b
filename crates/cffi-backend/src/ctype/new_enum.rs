//! Makes enum types.

use cffi_types::CName;
use pyo3_ffi as ffi;

use super::alloc::{self, Parts};
use super::{CType, Detail, EnumType, Kind};
use cffi_rt::{Obj, Owned, Py, R, Raised, raise};

/// `new_enum_type(name, names, values, base)`: the tuples are of equal use as in the module function.
pub(crate) fn new(py: Py<'_>, name: &str, names: &Obj, values: &Obj, base: &CType) -> R<Owned<CType>> {
    // SAFETY: both are tuples (checked by the callers).
    let (n, m) = unsafe { (ffi::PyTuple_GET_SIZE(names.as_ptr()), ffi::PyTuple_GET_SIZE(values.as_ptr())) };
    if n != m {
        return Err(raise!(py, Value, "tuple args must have the same size"));
    }
    if !base.access.is_integer() {
        return Err(raise!(py, Type, "expected a primitive signed or unsigned base type"));
    }
    // SAFETY: the token proves that the thread is attached.
    let (by_value, by_name) =
        unsafe { (Owned::from_new(py, ffi::PyDict_New())?, Owned::from_new(py, ffi::PyDict_New())?) };
    // From the last to the first, so that the first name of a value stays.
    for i in (0..n).rev() {
        // SAFETY: in range; the tuples hold their items while this runs.
        let (key, value) = unsafe {
            (
                Obj::from_ptr(ffi::PyTuple_GET_ITEM(names.as_ptr(), i)),
                Obj::from_ptr(ffi::PyTuple_GET_ITEM(values.as_ptr(), i)),
            )
        };
        if !key.is_str() {
            return Err(raise!(py, Type, "enumerators must be a list of strings"));
        }
        base.check_fits(py, value)?;
        // SAFETY: the token proves that the thread is attached, and the objects are borrowed, so they are alive.
        unsafe {
            if ffi::PyDict_SetItem(by_name.as_ptr(), key.as_ptr(), value.as_ptr()) < 0
                || ffi::PyDict_SetItem(by_value.as_ptr(), value.as_ptr(), key.as_ptr()) < 0
            {
                return Err(Raised::already());
            }
        }
    }
    alloc::new(
        py,
        base.state(),
        Parts {
            kind: Kind::Enum,
            access: base.access,
            flags: base.flags,
            name: py.room(CName::plain(name))?,
            size: base.size(),
            length: base.length(),
            item: None,
            detail: Detail::Enum(py.boxed(EnumType { by_value, by_name })?),
        },
    )
}
