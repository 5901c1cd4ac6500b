//! Numbers in memory, read and stored without a call: the short way of fields and items.
//!
//! Values that are neither a number of at most eight bytes nor a pointer to be stored are left to
//! [`read`](super::read) and [`write`](super::write()), and so are objects whose conversion runs code.

use crate::ctype::Access;
use crate::memory::{Loc, Scalar, Typed};
use crate::value::CData;
use cffi_rt::{Obj, Py, R, num};

/// Returns the Python value of a number; `None` for values of other kinds.
#[inline(always)]
pub(crate) fn read(py: Py<'_>, loc: Loc<'_>) -> Option<R> {
    Some(match loc.typed() {
        Typed::I32(number) => num::from_i64(py, number.get().into()),
        Typed::U32(number) => num::from_i64(py, number.get().into()),
        Typed::I64(number) => num::from_i64(py, number.get()),
        Typed::U64(number) => num::from_u64(py, number.get()),
        Typed::I16(number) => num::from_i64(py, number.get().into()),
        Typed::U16(number) => num::from_i64(py, number.get().into()),
        Typed::I8(number) => num::from_i64(py, number.get().into()),
        Typed::U8(number) => num::from_i64(py, number.get().into()),
        Typed::F64(number) => num::from_f64(py, number.get()),
        Typed::F32(number) => num::from_f64(py, number.get().into()),
        _ => return None,
    })
}

/// Stores `value` into a number if it is exactly an `int` in range, or exactly a `float`; into a pointer if it is a cdata
/// of its type and `POINTERS` is true. Returns whether it was stored. If not, nothing has happened. With `SHORT`, ints of
/// more than one digit are not stored either, so that nothing is called.
#[inline(always)]
pub(crate) fn write<const POINTERS: bool, const SHORT: bool>(py: Py<'_>, loc: Loc<'_>, value: &Obj) -> bool {
    let access = loc.ct().access;
    if POINTERS && let Some(pointer) = loc.pointer() {
        let Some(cd) = value.downcast::<CData>() else { return false };
        let same = cd.ct().same(loc.ct());
        if same {
            pointer.set(cd.address());
        }
        return same;
    }
    let number = if SHORT { num::exact_short_int(py, value) } else { num::exact_int(py, value) };
    let Some(number) = number else { return write_float(py, loc, value) };
    // Most numbers are of this type, which needs no jump by the kind of the number.
    if access == Access::I32 {
        return store(loc.i32(), number);
    }
    match access {
        Access::U32 => store(loc.u32(), number),
        Access::I64 => store(loc.i64(), number),
        Access::U64 => store(loc.u64(), number),
        Access::I16 => store(loc.i16(), number),
        Access::U16 => store(loc.u16(), number),
        Access::I8 => store(loc.i8(), number),
        Access::U8 => store(loc.u8(), number),
        _ => false,
    }
}

/// Stores `value` into a `float` or `double` if it is exactly a `float`.
#[inline(always)]
fn write_float(py: Py<'_>, loc: Loc<'_>, value: &Obj) -> bool {
    let Some(number) = num::exact_f64(py, value) else { return false };
    if let Some(place) = loc.f64() {
        place.set(number);
    } else if let Some(place) = loc.f32() {
        place.set(number as f32);
    } else {
        return false;
    }
    true
}

#[inline(always)]
fn store<T: Copy + TryFrom<i64>>(place: Option<Scalar<'_, T>>, number: i64) -> bool {
    match (place, T::try_from(number)) {
        (Some(place), Ok(number)) => {
            place.set(number);
            true
        }
        _ => false,
    }
}
