//! Values of small `int` objects, read from their memory.

#[cfg(all(target_pointer_width = "64", not(Py_3_15)))]
use pyo3_ffi as ffi;

use super::obj::Obj;

/// Returns the value of an `int` object of at most one internal digit (30 bits), read without a call; `None` for
/// others.
///
/// The layout is that of 3.10 and 3.11 (a signed count of digits) and of 3.12 to 3.14 (a tag word with sign and count).
/// [`int_layout_holds`](super::num::int_layout_holds) compares it with the interpreter when the module is initialized.
///
/// # Safety
/// `obj` is an `int`.
#[inline(always)]
pub unsafe fn small_int(obj: &Obj) -> Option<i64> {
    #[cfg(any(not(target_pointer_width = "64"), Py_3_15))]
    {
        let _ = obj;
        None
    }
    #[cfg(all(target_pointer_width = "64", not(Py_3_15)))]
    {
        #[repr(C)]
        struct Int {
            header: ffi::PyObject,
            #[cfg(Py_3_12)]
            tag: usize,
            #[cfg(not(Py_3_12))]
            size: isize,
            digit: u32,
        }
        // SAFETY: an int by the caller, of this layout; there is memory for one digit even in a zero.
        unsafe {
            let int = obj.as_ptr().cast::<Int>();
            let digit = i64::from((*int).digit);
            #[cfg(Py_3_12)]
            {
                // The two lowest bits are 1 minus the sign, the third is reserved, and the count is above.
                let tag = (*int).tag;
                (tag < 16).then(|| (1 - (tag & 3).cast_signed() as i64) * digit)
            }
            #[cfg(not(Py_3_12))]
            {
                let size = (*int).size;
                ((-1..=1).contains(&size)).then(|| size as i64 * digit)
            }
        }
    }
}
