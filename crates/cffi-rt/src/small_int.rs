//! `int` objects as they lie in memory: the values of short ones, and making them.
//!
//! The layout is that of 3.10 and 3.11 (a signed count of digits) and of 3.12 to 3.14 (a tag word with sign and count).
//! [`int_layout_holds`](super::num::int_layout_holds) compares it with the interpreter when the module is initialized.
//! Other versions, and platforms whose pointers do not have 64 bits, take the functions of the C API.

use std::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use pyo3_ffi as ffi;

use super::obj::{Obj, Owned};
use super::token::Py;

/// An `int` with room for two digits of 30 bits.
#[cfg(all(target_pointer_width = "64", not(Py_3_15)))]
#[repr(C)]
struct Int {
    header: ffi::PyObject,
    #[cfg(Py_3_12)]
    tag: usize,
    #[cfg(not(Py_3_12))]
    size: isize,
    digits: [u32; 2],
}

/// Returns the value of an `int` object of at most one internal digit (30 bits), read without a call; `None` for
/// others.
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
    // SAFETY: the object is an `int`, which has this layout; there is memory for one digit even in a zero.
    unsafe {
        let int = obj.as_ptr().cast::<Int>();
        let digit = i64::from((&raw const (*int).digits).cast::<u32>().read());
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

/// Returns the value of an `int` object of exactly two internal digits, read without a call; `None` for others.
///
/// # Safety
/// `obj` is an `int`.
#[inline(always)]
pub unsafe fn middle_int(obj: &Obj) -> Option<i64> {
    #[cfg(any(not(target_pointer_width = "64"), Py_3_15))]
    {
        let _ = obj;
        None
    }
    #[cfg(all(target_pointer_width = "64", not(Py_3_15)))]
    // SAFETY: the object is an `int`, which has this layout; the digits are read only if there are two.
    unsafe {
        let int = obj.as_ptr().cast::<Int>();
        #[cfg(Py_3_12)]
        let sign = match (*int).tag {
            tag if tag >> 3 == 2 => 1 - (tag & 3).cast_signed() as i64,
            _ => return None,
        };
        #[cfg(not(Py_3_12))]
        let sign = match (*int).size {
            2 => 1,
            -2 => -1,
            _ => return None,
        };
        let [low, high] = (*int).digits;
        Some(sign * (i64::from(high) << 30 | i64::from(low)))
    }
}

/// Whether objects are made here without the interpreter's functions: where those do nothing that cannot be done in
/// place. Without a GIL the header has more members, 3.14 keeps freed ints for later, and some debug builds count all
/// objects.
pub(super) const MAKES: bool = cfg!(all(
    target_pointer_width = "64",
    not(Py_3_14),
    not(Py_GIL_DISABLED),
    not(py_sys_config = "Py_REF_DEBUG"),
    not(py_sys_config = "Py_TRACE_REFS")
));

/// Writes the header of a fresh object of a type that is not counted by its objects, or whose count has been raised.
///
/// # Safety
/// [`MAKES`] is true; `p` is a fresh block of memory with room for the header.
#[inline(always)]
pub(super) unsafe fn write_header(p: *mut ffi::PyObject, tp: *mut ffi::PyTypeObject) {
    // SAFETY: the caller gives a fresh block; where `MAKES` is true, the count is the first word of the header.
    unsafe {
        p.cast::<usize>().write(1);
        (&raw mut (*p).ob_type).write(tp);
    }
}

/// Returns a new `int` of at most two digits, made in place; `None` for longer ones and without memory.
#[inline(always)]
pub(super) fn make_int(_py: Py<'_>, v: i64) -> Option<Owned> {
    #[cfg(all(target_pointer_width = "64", not(Py_3_15)))]
    if MAKES {
        const DIGIT: u64 = (1 << 30) - 1;
        let size = v.unsigned_abs();
        // Without the addresses that `find_shared` looks for, only the interpreter knows the ints that it shares.
        let may_be_shared = if cfg!(Py_3_11) { size == 0 } else { size <= 256 };
        if may_be_shared || size >> 60 != 0 {
            return None;
        }
        let [low, high] = [size & DIGIT, size >> 30];
        let count = 1 + usize::from(high != 0);
        let room = std::mem::offset_of!(Int, digits) + count * size_of::<u32>();
        // SAFETY: the token proves that the thread is attached. The block has room for the header and the digits, which
        // are written before anybody sees the object. The class `int` is static, so its objects do not count it.
        return unsafe {
            let p = ffi::PyObject_Malloc(room).cast::<Int>();
            if p.is_null() {
                return None;
            }
            write_header(p.cast(), &raw mut ffi::PyLong_Type);
            #[cfg(Py_3_12)]
            (&raw mut (*p).tag).write(count << 3 | usize::from(v < 0) << 1);
            #[cfg(not(Py_3_12))]
            (&raw mut (*p).size).write(if v < 0 { -count.cast_signed() } else { count.cast_signed() });
            let digits = (&raw mut (*p).digits).cast::<u32>();
            digits.write(low as u32);
            if count == 2 {
                digits.add(1).write(high as u32);
            }
            Some(Owned::from_raw(p.cast()))
        };
    }
    let _ = v;
    None
}

/// Returns a new `float`, made in place; `None` where that cannot be done, and without memory.
#[inline(always)]
pub(super) fn make_float(_py: Py<'_>, v: f64) -> Option<Owned> {
    if !MAKES {
        return None;
    }
    // SAFETY: the token proves that the thread is attached. The block has room for a float, whose members are written
    // before anybody sees the object. The class `float` is static, so its objects do not count it.
    unsafe {
        let p = ffi::PyObject_Malloc(size_of::<ffi::PyFloatObject>()).cast::<ffi::PyFloatObject>();
        if p.is_null() {
            return None;
        }
        write_header(p.cast(), &raw mut ffi::PyFloat_Type);
        (&raw mut (*p).ob_fval).write(v);
        Some(Owned::from_raw(p.cast()))
    }
}

/// The least of the ints that the interpreter makes only once.
const LEAST: i64 = -5;

/// Those ints, which lie side by side in static memory of the interpreter: the first one, and how many there are. It is
/// zero until [`find_shared`] has found them, and where they lie elsewhere.
static SHARED: AtomicPtr<ffi::PyObject> = AtomicPtr::new(std::ptr::null_mut());
static COUNT: AtomicU64 = AtomicU64::new(0);
/// The distance of two of them.
const STRIDE: usize = 32;

/// Returns the `int` that the interpreter shares for this value, without a call.
#[inline(always)]
pub(super) fn shared_int(_py: Py<'_>, v: i64) -> Option<Owned> {
    let index = v.wrapping_sub(LEAST).cast_unsigned();
    if index >= COUNT.load(Ordering::Acquire) {
        return None;
    }
    // SAFETY: `find_shared` has found a static object of the interpreter at each of these addresses.
    unsafe {
        let place = SHARED.load(Ordering::Relaxed).byte_add(STRIDE * index as usize);
        Some(Owned::from_borrowed(place))
    }
}

/// Finds out where the interpreter has the ints that it makes only once. Since 3.11 all interpreters of a process have
/// them in common.
pub(super) fn find_shared(_py: Py<'_>) {
    const NUMBER: u64 = 262;
    if cfg!(not(Py_3_11)) || COUNT.load(Ordering::Relaxed) != 0 {
        return;
    }
    // SAFETY: the token proves that the thread is attached. A reference that is dropped while the interpreter holds
    // another one leaves the object alive; only the address is compared.
    let at = |v: i64| unsafe {
        let p = ffi::PyLong_FromLongLong(v);
        ffi::Py_XDECREF(p);
        p
    };
    let first = at(LEAST);
    let is_there = |index: u64| {
        let (v, place) = (LEAST + index.cast_signed(), first.wrapping_byte_add(STRIDE * index as usize));
        at(v) == place && at(v) == place
    };
    if !first.is_null() && (0..NUMBER).all(is_there) {
        SHARED.store(first, Ordering::Relaxed);
        COUNT.store(NUMBER, Ordering::Release);
    }
}
