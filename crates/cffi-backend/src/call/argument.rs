//! One argument of a call.

use crate::call::room::{Slot, Temporaries};
use crate::call::temporary;
use crate::call::temporary::PointerArg;
use crate::convert;
use crate::ctype::{Access, CType};
use crate::memory::{Scratch, Typed};
use crate::value::CData;
use cffi_rt::{Obj, Py, R, num};

/// Writes the argument `value` of type `ct` to its place.
#[inline(always)]
pub(crate) fn write(py: Py<'_>, slot: Slot<'_>, ct: &CType, value: &Obj, room: &mut Temporaries) -> R<()> {
    match slot {
        Slot::Int(access, place) => place.set(match exact_int(py, access, value) {
            Some(cell) => cell,
            None => general_int(py, ct, value)?,
        }),
        Slot::Pointer(bytes, place) => place.set(pointer(py, ct, value, bytes, room)?),
        Slot::F64(place) => place.set(double(py, ct, value)?),
        #[allow(clippy::cast_possible_truncation, reason = "a C float is what the parameter is")]
        Slot::F32(place) => place.set(double(py, ct, value)? as f32),
        Slot::Char(_, place) | Slot::BitInt(place) => place.set(general_int(py, ct, value)?),
        Slot::Function(place) => place.set(match value.downcast::<CData>() {
            Some(cd) if cd.ct().same(ct) => cd.data(),
            _ => convert::pointer::value(py, ct, value)?,
        }),
        Slot::Memory(loc) => {
            // Members that the initializer of a struct leaves out are zero.
            loc.zero();
            if ct.is_aggregate() {
                // The image has no room for the items of an open array.
                convert::aggregate::write(py, loc, value, Some(ct.size()))?;
            } else {
                convert::write(py, loc, value)?;
            }
        }
    }
    Ok(())
}

/// The least and the greatest value of each integer type that a 64-bit `int` object can fit; an empty range for other
/// types. A table, because a jump for each type costs more.
static RANGES: [(i64, i64); Access::COUNT] = {
    let mut ranges = [(1, 0); Access::COUNT];
    ranges[Access::I8 as usize] = (i8::MIN as i64, i8::MAX as i64);
    ranges[Access::I16 as usize] = (i16::MIN as i64, i16::MAX as i64);
    ranges[Access::I32 as usize] = (i32::MIN as i64, i32::MAX as i64);
    ranges[Access::I64 as usize] = (i64::MIN, i64::MAX);
    ranges[Access::U8 as usize] = (0, u8::MAX as i64);
    ranges[Access::U16 as usize] = (0, u16::MAX as i64);
    ranges[Access::U32 as usize] = (0, u32::MAX as i64);
    ranges[Access::U64 as usize] = (0, i64::MAX);
    ranges[Access::Bool as usize] = (0, 1);
    ranges
};

/// Returns the cell for an object that is exactly an `int` and in the range of the type.
#[inline(always)]
pub(crate) fn exact_int(py: Py<'_>, access: Access, value: &Obj) -> Option<u64> {
    // Written so that the short way has no condition on a result of the long one.
    let v = match num::exact_short_int(py, value) {
        Some(v) => v,
        None => num::exact_long_int(py, value)?,
    };
    let (least, greatest) = RANGES[access as usize];
    (least <= v && v <= greatest).then_some(v.cast_unsigned())
}

/// Returns the cell for any object that the integer or character type takes.
#[inline(never)]
fn general_int(py: Py<'_>, ct: &CType, value: &Obj) -> R<u64> {
    let mut memory = Scratch::new(py, ct)?;
    convert::write(py, memory.loc(), value)?;
    Ok(memory.loc().cell())
}

/// Converts a `float` or `double` argument.
#[inline(always)]
fn double(py: Py<'_>, ct: &CType, value: &Obj) -> R<f64> {
    match num::exact_f64(py, value) {
        Some(number) => Ok(number),
        None => general_double(py, ct, value),
    }
}

#[inline(never)]
fn general_double(py: Py<'_>, ct: &CType, value: &Obj) -> R<f64> {
    let mut memory = Scratch::new(py, ct)?;
    convert::write(py, memory.loc(), value)?;
    Ok(match memory.loc().typed() {
        Typed::F32(place) => place.get().into(),
        Typed::F64(place) => place.get(),
        _ => 0.0,
    })
}

/// Returns the address to pass for a data pointer.
#[inline(always)]
fn pointer(py: Py<'_>, ct: &CType, value: &Obj, takes_bytes: bool, room: &mut Temporaries) -> R<*mut u8> {
    if let Some(cd) = value.downcast::<CData>() {
        let given = cd.ct();
        if given.same(ct) || given.decayed().is_some_and(|d| d.same(ct)) {
            return Ok(cd.data());
        }
        return convert::pointer::value(py, ct, value);
    }
    if takes_bytes
        && value.is_bytes()
        && let Some(item) = ct.item()
        && let PointerArg::Address(address) = temporary::bytes_address(py, item, value)?
    {
        return Ok(address);
    }
    temporary::address(py, ct, value, room)
}
