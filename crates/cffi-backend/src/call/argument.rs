//! One argument of a call.

use std::ffi::c_char;

use pyo3_ffi as ffi;

use crate::call::temporary;
use crate::call::temporary::{PointerArg, Temporaries};
use crate::convert;
use crate::ctype::function::{ArgConvert, Step};
use crate::ctype::{Access, CType};
use crate::value::CData;
use cffi_rt::{Obj, Py, R, num};

/// Writes the argument `value` of type `ct` at `place` of an image.
///
/// # Safety
/// `step` belongs to `ct`, and `place` is where it says, in an image of the plan.
#[inline(always)]
pub(crate) unsafe fn write(
    py: Py<'_>,
    step: Step,
    ct: &CType,
    place: *mut u8,
    value: &Obj,
    room: &mut Temporaries,
) -> R<()> {
    // SAFETY: integers and pointers have cells of eight bytes, floats their size, each aligned to eight; other
    // types have their size.
    unsafe {
        match step.convert {
            ArgConvert::Int(access) => {
                let cell = match exact_int(py, access, value) {
                    Some(cell) => cell,
                    None => general_int(py, ct, value)?,
                };
                place.cast::<u64>().write(cell);
            }
            ArgConvert::Pointer { bytes } => {
                let address = pointer(py, ct, value, bytes, room)?;
                place.cast::<*mut u8>().write(address);
            }
            ArgConvert::F64 => place.cast::<f64>().write(double(py, ct, value)?),
            #[allow(clippy::cast_possible_truncation, reason = "a C float is what the parameter is")]
            ArgConvert::F32 => place.cast::<f32>().write(double(py, ct, value)? as f32),
            ArgConvert::Char(_) | ArgConvert::BitInt => {
                place.cast::<u64>().write(general_int(py, ct, value)?);
            }
            ArgConvert::Function => {
                let address = match value.downcast::<CData>() {
                    Some(cd) if cd.ct().same(ct) => cd.data(),
                    _ => convert::pointer::value(py, ct, value)?,
                };
                place.cast::<*mut u8>().write(address);
            }
            ArgConvert::Memory => {
                // Members that the initializer of a struct leaves out are zero.
                place.write_bytes(0, ct.known_size().unwrap_or(0));
                if ct.is_aggregate() {
                    // The image has no room for the items of an open array.
                    convert::aggregate::write(py, ct, place, value, Some(ct.size()))?;
                } else {
                    convert::write(py, ct, place, value)?;
                }
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
    let v = num::exact_int(py, value)?;
    let (least, greatest) = RANGES[access as usize];
    (least <= v && v <= greatest).then_some(v.cast_unsigned())
}

/// Returns the cell for any object that the integer or character type takes.
#[inline(never)]
fn general_int(py: Py<'_>, ct: &CType, value: &Obj) -> R<u64> {
    let mut memory = 0_u64;
    let at = (&raw mut memory).cast::<u8>();
    // SAFETY: eight aligned bytes hold any integer or character.
    unsafe {
        convert::write(py, ct, at, value)?;
        Ok(match ct.bit_int() {
            Some(of) => of.extended(memory),
            None => extended(ct.access, at),
        })
    }
}

/// Returns the cell for a `char`, which is extended by its sign if it has one.
#[inline(always)]
pub(crate) fn char_cell(byte: u8) -> u64 {
    i64::from(byte as c_char).cast_unsigned()
}

/// Returns the integer, character or pointer at `at`, extended to 64 bits by its type: `char` by its own sign, wide
/// characters with zeros.
///
/// # Safety
/// `at` is readable for the size of the type, and aligned.
pub(crate) unsafe fn extended(access: Access, at: *const u8) -> u64 {
    // SAFETY: the caller promises that a value of this type is at the address.
    unsafe {
        match access {
            Access::I8 => i64::from(at.cast::<i8>().read()).cast_unsigned(),
            Access::I16 => i64::from(at.cast::<i16>().read()).cast_unsigned(),
            Access::I32 => i64::from(at.cast::<i32>().read()).cast_unsigned(),
            Access::Char8 => char_cell(at.read()),
            Access::U8 | Access::Bool => u64::from(at.read()),
            Access::U16 | Access::Char16 => u64::from(at.cast::<u16>().read()),
            Access::U32 | Access::Char32 => u64::from(at.cast::<u32>().read()),
            Access::Pointer => at.cast::<usize>().read() as u64,
            _ => at.cast::<u64>().read(),
        }
    }
}

/// Converts a `float` or `double` argument.
#[inline(always)]
fn double(py: Py<'_>, ct: &CType, value: &Obj) -> R<f64> {
    // SAFETY: alive; a float if the check says so.
    unsafe {
        if ffi::PyFloat_CheckExact(value.as_ptr()) != 0 {
            return Ok(ffi::PyFloat_AS_DOUBLE(value.as_ptr()));
        }
    }
    general_double(py, ct, value)
}

#[inline(never)]
fn general_double(py: Py<'_>, ct: &CType, value: &Obj) -> R<f64> {
    let mut memory = 0.0_f64;
    let at = (&raw mut memory).cast::<u8>();
    // SAFETY: eight aligned bytes hold either type.
    unsafe {
        convert::write(py, ct, at, value)?;
        Ok(if ct.access == Access::F32 { f64::from(at.cast::<f32>().read()) } else { memory })
    }
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
