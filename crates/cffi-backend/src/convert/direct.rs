//! Numbers in memory, read and stored without a call: the short way of fields and items.
//!
//! Values that are neither a number of at most eight bytes nor a pointer to be stored are left to
//! [`read`](super::read) and [`write`](super::write()), and so are objects whose conversion runs code.

use crate::ctype::{Access, CType};
use crate::value::CData;
use cffi_rt::{Obj, Py, R, num};

/// Returns the Python value of the number at `data`; `None` for values of other kinds.
///
/// # Safety
/// `data` is readable for the size of the type that has this access.
#[inline(always)]
pub(crate) unsafe fn read(py: Py<'_>, access: Access, data: *const u8) -> Option<R> {
    macro_rules! load {
        ($T:ty) => {
            // SAFETY: the caller promises that a value of this type can be read at the address, aligned or not.
            unsafe { data.cast::<$T>().read_unaligned() }
        };
    }
    Some(match access {
        Access::I32 => num::from_i64(py, load!(i32).into()),
        Access::U32 => num::from_i64(py, load!(u32).into()),
        Access::I64 => num::from_i64(py, load!(i64)),
        Access::U64 => num::from_u64(py, load!(u64)),
        Access::I16 => num::from_i64(py, load!(i16).into()),
        Access::U16 => num::from_i64(py, load!(u16).into()),
        Access::I8 => num::from_i64(py, load!(i8).into()),
        Access::U8 => num::from_i64(py, load!(u8).into()),
        Access::F64 => num::from_f64(py, load!(f64)),
        Access::F32 => num::from_f64(py, load!(f32).into()),
        _ => return None,
    })
}

/// Stores `value` into the number at `data` if it is exactly an `int` in range, or exactly a `float`; into a pointer of
/// the type `pointer` if it is a cdata of this type. Returns whether it was stored. If not, nothing has happened. With
/// `SHORT`, ints of more than one digit are not stored either, so that nothing is called.
///
/// # Safety
/// `data` is writable for the size of the type that has this access.
#[inline(always)]
pub(crate) unsafe fn write<const SHORT: bool>(
    py: Py<'_>,
    access: Access,
    pointer: Option<&CType>,
    data: *mut u8,
    value: &Obj,
) -> bool {
    if access == Access::Pointer {
        let Some(cd) = value.downcast::<CData>() else { return false };
        let same = pointer.is_some_and(|pointer| cd.ct().same(pointer));
        if same {
            // SAFETY: the caller promises that a pointer can be written at the address, aligned or not.
            unsafe { data.cast::<*mut u8>().write_unaligned(cd.address()) };
        }
        return same;
    }
    if matches!(access, Access::F64 | Access::F32) {
        let Some(number) = num::exact_f64(py, value) else { return false };
        // SAFETY: the caller promises that a value of this type can be written at the address, aligned or not.
        unsafe {
            match access {
                Access::F64 => data.cast::<f64>().write_unaligned(number),
                _ => data.cast::<f32>().write_unaligned(number as f32),
            }
        }
        return true;
    }
    let number = if SHORT { num::exact_short_int(py, value) } else { num::exact_int(py, value) };
    let Some(number) = number else { return false };
    macro_rules! store {
        ($T:ty) => {
            match <$T>::try_from(number) {
                Ok(number) => {
                    // SAFETY: the caller promises that a value of this type can be written at the address, aligned or
                    // not.
                    unsafe { data.cast::<$T>().write_unaligned(number) };
                    true
                }
                Err(_) => false,
            }
        };
    }
    match access {
        Access::I32 => store!(i32),
        Access::U32 => store!(u32),
        Access::I64 => store!(i64),
        Access::U64 => store!(u64),
        Access::I16 => store!(i16),
        Access::U16 => store!(u16),
        Access::I8 => store!(i8),
        Access::U8 => store!(u8),
        _ => false,
    }
}
