//! The result of a Python function on its way to C.

use super::watch::watched;
use crate::call::exact_int;
use crate::convert;
use crate::ctype::{Access, CType};
use crate::memory::{Loc, Scalar, Scratch, Typed};
use cffi_rt::{Obj, Py, R, num, raise};

/// The form in which C takes the result.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// The form for closures: integers, characters and pointers as a whole cell of 8 bytes, extended by their type.
    Cell,
    /// The form for `extern "Python"`: every result as it is in memory.
    Natural,
}

/// Returns the number of bytes that [`write()`] may write for a result of this type.
pub(crate) fn written(ct: &CType, form: Form) -> usize {
    let size = ct.known_size().unwrap_or(0);
    if has_cell(ct, form) { size.max(8) } else { size }
}

fn is_cell(ct: &CType) -> bool {
    let access = ct.access;
    let is_narrow_bit_int = access == Access::BitInt && ct.size() <= 8;
    access.is_integer() || access.is_char() || access == Access::Pointer || is_narrow_bit_int
}

/// Returns whether a result of this type has a cell in this form.
pub(super) fn has_cell(ct: &CType, form: Form) -> bool {
    form == Form::Cell && is_cell(ct)
}

/// The place of a result.
#[derive(Clone, Copy)]
pub(crate) enum Area<'a> {
    /// A whole cell.
    Cell(Scalar<'a, u64>),
    /// The result as it is in memory.
    Natural(Loc<'a>),
}

/// Returns the cell of a result of an integer type, if a mere look at the value suffices.
#[inline(always)]
pub(super) fn integer(py: Py<'_>, ct: &CType, value: &Obj) -> Option<u64> {
    let access = ct.access;
    if access.is_integer() { exact_int(py, access, value) } else { None }
}

/// Converts `value` to the result type `ct` and writes it to its area. On failure the area may hold anything.
#[inline(always)]
pub(crate) fn write(py: Py<'_>, ct: &CType, area: Area<'_>, value: &Obj) -> R<()> {
    let access = ct.access;
    if access.is_integer()
        && let Some(cell) = exact_int(py, access, value)
    {
        match area {
            Area::Cell(place) => place.set(cell),
            Area::Natural(loc) => loc.set_cell(cell),
        }
        return Ok(());
    }
    if access == Access::Void && value.is_none() {
        return Ok(());
    }
    if access == Access::F64
        && let Area::Natural(loc) = area
        && let Typed::F64(place) = loc.typed()
        && let Some(v) = num::exact_f64(py, value)
    {
        place.set(v);
        return Ok(());
    }
    write_any(py, ct, area, value)
}

/// Writes any value of any type.
#[inline(never)]
fn write_any(py: Py<'_>, ct: &CType, area: Area<'_>, value: &Obj) -> R<()> {
    if ct.access == Access::Void {
        return Err(raise!(py, Type, "callback with the return type 'void' must return None"));
    }
    if ct.access == Access::Pointer
        && let Some(watch) = watched()
    {
        (watch.returned)(py, value);
    }
    match area {
        Area::Cell(place) => {
            let mut memory = Scratch::new(py, ct)?;
            convert::write(py, memory.loc(), value)?;
            place.set(memory.loc().cell());
            Ok(())
        }
        Area::Natural(loc) => {
            if ct.is_vector() || ct.is_aggregate() {
                // Items and members that the value leaves out are zero.
                loc.zero();
            }
            if ct.is_aggregate() {
                if let Some(watch) = watched() {
                    (watch.copied)(py, ct, value)?;
                }
                // C has given no room for the items of an open array.
                return convert::aggregate::write(py, loc, value, Some(ct.size()));
            }
            convert::write(py, loc, value)
        }
    }
}
