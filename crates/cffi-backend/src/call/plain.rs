//! Arguments that convert by a mere look at them: no code runs, nothing is allocated, nothing can fail.

use crate::call::argument::exact_int;
use crate::call::room::Slot;
use crate::ctype::{Access, CType, flag};
use crate::memory::{Loc, char_cell};
use crate::value::CData;
use cffi_rt::{Obj, Py, num};

/// Integers up to here are exact as a `double`.
const EXACT: u64 = 1 << 53;

/// Writes the argument `value` of type `ct` to its place; returns false if it does not convert by a mere look.
#[inline(always)]
pub(crate) fn write(py: Py<'_>, slot: Slot<'_>, ct: &CType, value: &Obj) -> bool {
    match slot {
        Slot::Int(access, place) => match exact_int(py, access, value) {
            Some(cell) => place.set(cell),
            None if access == Access::Bool => match truth(py, value) {
                Some(truth) => place.set(truth.into()),
                None => return false,
            },
            None => return false,
        },
        Slot::F64(place) => match double(py, value) {
            Some(v) => place.set(v),
            None => return false,
        },
        #[allow(clippy::cast_possible_truncation, reason = "a C float is what the parameter is")]
        Slot::F32(place) => match double(py, value) {
            Some(v) => place.set(v as f32),
            None => return false,
        },
        Slot::Pointer(bytes, place) => match pointer(ct, value, bytes) {
            Some(address) => place.set(address),
            None => return false,
        },
        Slot::Function(place) => match function(ct, value) {
            Some(address) => place.set(address),
            None => return false,
        },
        Slot::Memory(loc) => {
            let given = value.downcast::<CData>().filter(|cd| cd.ct().same(ct)).and_then(Loc::of_any);
            return given.is_some_and(|given| loc.assign(given));
        }
        Slot::Char(1, place) => match value.as_bytes() {
            Some([byte]) => place.set(char_cell(*byte)),
            _ => return false,
        },
        Slot::Char(..) | Slot::BitInt(_) => return false,
    }
    true
}

/// Converts a `_Bool`: a truth value, or an `int` that is 0 or 1.
#[inline(always)]
pub(crate) fn truth(py: Py<'_>, value: &Obj) -> Option<bool> {
    value.as_bool().or_else(|| exact_int(py, Access::Bool, value).map(|v| v == 1))
}

/// Converts a `float` or `double`.
#[inline(always)]
pub(crate) fn double(py: Py<'_>, value: &Obj) -> Option<f64> {
    if let Some(number) = num::exact_f64(py, value) {
        return Some(number);
    }
    num::exact_int(py, value).filter(|v| v.unsigned_abs() <= EXACT).map(|v| v as f64)
}

/// Returns the address for a function pointer of type `ct`.
#[inline(always)]
pub(crate) fn function(ct: &CType, value: &Obj) -> Option<*mut u8> {
    value.downcast::<CData>().filter(|cd| cd.ct().same(ct)).map(CData::address)
}

/// Returns the address for a data pointer of type `ct`. `takes_bytes` says whether that may be the storage of any `bytes`
/// object.
#[inline(always)]
pub(crate) fn pointer(ct: &CType, value: &Obj, takes_bytes: bool) -> Option<*mut u8> {
    if let Some(cd) = value.downcast::<CData>() {
        let given = cd.ct();
        if given.same(ct) || given.decayed().is_some_and(|d| d.same(ct)) {
            return Some(cd.address());
        }
        let by_void = (ct.has(flag::VOID_PTR) && given.is_pointer_or_array()) || given.has(flag::VOID_PTR);
        return by_void.then(|| cd.address());
    }
    if takes_bytes { value.as_bytes().map(|b| b.as_ptr().cast_mut()) } else { None }
}
