//! Pointers, and the arrays that are made for pointer arguments.

use std::cell::Cell;
use std::ffi::c_int;

use pyo3_ffi as ffi;

use super::guarded::{guard, guard_object, object};
use crate::call::{PointerArg, pointer_argument};
use crate::convert::{self, file, pointer};
use crate::ctype::{CType, flag};
use crate::diag::place::{Place, refused};
use crate::memory::Items;
use crate::value::alloc;
use cffi_rt::{Obj, Owned, Py, R, raise};

/// `PyObject *(char *, ctype *)`: the cdata of a pointer
///
/// # Safety
/// Called by generated code: attached, with a ctype of the module's table.
pub(super) unsafe extern "C" fn from_pointer(address: *mut u8, ct: *const CType) -> *mut ffi::PyObject {
    // SAFETY: generated code passes a live ctype and an address that C code has, mostly with the type of a pointer.
    unsafe { guard_object(|py| alloc::view(py, &*ct, address).map(Owned::into_obj)) }
}

/// `char *(PyObject *, ctype *)`: NULL may be a value too
///
/// # Safety
/// Called by generated code: attached, with a live object and a ctype of the module's table.
pub(super) unsafe extern "C" fn to_pointer(obj: *mut ffi::PyObject, ct: *const CType) -> *mut u8 {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe { guard(std::ptr::null_mut(), |py| address(py, object(obj), &*ct)) }
}

fn address(py: Py<'_>, obj: &Obj, ct: &CType) -> R<*mut u8> {
    let raised = match pointer::value(py, ct, obj) {
        Ok(address) => return Ok(address),
        Err(raised) => refused(py, raised, Place::SomeArgument, ct, obj),
    };
    if !ct.is_pointer() || !ct.item().is_some_and(|item| item.has(flag::FILE)) {
        return Err(raised);
    }
    let pending = py.take_err(raised);
    match file::stream_of(py, ct.state(), obj)? {
        Some(stream) => Ok(stream),
        None => Err(py.restore_err(pending)),
    }
}

/// The last request of a thread for an array, which [`prepare_pointer_argument`] made.
#[derive(Clone, Copy, Default)]
struct Asked {
    obj: usize,
    ct: usize,
    items: isize,
}

thread_local! {
    static ASKED: Cell<Asked> = const { Cell::new(Asked { obj: 0, ct: 0, items: 0 }) };
}

/// `Py_ssize_t (ctype *, PyObject *, char **)`: returns 0 if it wrote the pointer, else the size in bytes of an array
/// that the caller has to allocate and have filled; -1 on failure
///
/// # Safety
/// Called by generated code: attached, with a live object, a pointer type of the module's table and a place for the
/// pointer.
pub(super) unsafe extern "C" fn prepare_pointer_argument(
    ct: *const CType,
    obj: *mut ffi::PyObject,
    output: *mut *mut u8,
) -> ffi::Py_ssize_t {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe {
        guard(-1, |py| {
            match pointer_argument(py, &*ct, object(obj))
                .map_err(|raised| refused(py, raised, Place::SomeArgument, &*ct, object(obj)))?
            {
                PointerArg::Address(address) => {
                    output.write(address);
                    Ok(0)
                }
                PointerArg::Array { items, bytes } => {
                    ASKED.set(Asked { obj: obj.addr(), ct: ct.addr(), items });
                    Ok(bytes.cast_signed())
                }
            }
        })
    }
}

/// `int (char *, ctype *, PyObject *)`: fills an array that [`prepare_pointer_argument`] requested; the ctype is that
/// of the pointer. Returns 0, or -1 on failure
///
/// # Safety
/// Called by generated code: attached, with a live object, a pointer type of the module's table and as many zeroed
/// bytes as were requested.
pub(super) unsafe extern "C" fn convert_array_from_object(
    data: *mut u8,
    ct: *const CType,
    obj: *mut ffi::PyObject,
) -> c_int {
    // SAFETY: generated code passes live objects on an attached thread, and addresses of the types that it names.
    unsafe {
        guard(-1, |py| {
            let (ct, value) = (&*ct, object(obj));
            let items = room(py, ct, value)?;
            let Some(item) = ct.item() else { return Ok(0) };
            let items = Items::new(item, data, items.max(0).cast_unsigned());
            convert::array::write(py, ct, items, value)
                .map_err(|raised| refused(py, raised, Place::SomeArgument, ct, value))?;
            Ok(0)
        })
    }
}

/// Returns the number of items that the memory for `value` has room for. The object may have grown since the request,
/// so the number in the request counts.
fn room(py: Py<'_>, ct: &CType, value: &Obj) -> R<isize> {
    let asked = ASKED.take();
    if asked.obj == value.as_ptr().addr() && asked.ct == std::ptr::from_ref(ct).addr() {
        return Ok(asked.items);
    }
    match pointer_argument(py, ct, value)? {
        PointerArg::Array { items, .. } => Ok(items),
        PointerArg::Address(_) => {
            Err(raise!(py, Type, "initializer for ctype '{}' needs no array", ct.name()))
        }
    }
}
