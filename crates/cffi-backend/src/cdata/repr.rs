//! `repr()`.

use cffi_call::LongDouble;
use cffi_types::float;

use crate::convert;
use crate::ctype::{Access, CType, Kind};
use crate::memory::{Loc, Typed};
use crate::value::{CData, Owner};
use cffi_rt::{Obj, Owned, Py, R, text};

/// `<cdata 'TYPE' WHAT>`.
pub(crate) fn repr(py: Py<'_>, cd: &CData) -> R {
    let what = match cd.owner() {
        Owner::Own => format!("owning {} bytes", owned_bytes(cd)),
        Owner::OwnGc => super::own_gc::describe(py, cd)?,
        Owner::FromBuf => super::from_buffer::describe(py, cd)?,
        Owner::Nobody | Owner::Gcp => return plain(py, cd),
    };
    text::new_str(py, &py.format(format_args!("<cdata '{}' {what}>", cd.ct().name()))?)
}

/// Returns the number of bytes that an owning cdata owns, itself or through its struct.
pub(crate) fn owned_bytes(cd: &CData) -> isize {
    if let Some(size) = cd.var_size() {
        return size;
    }
    let item = || cd.ct().item().map_or(0, CType::size);
    match cd.ct().kind {
        Kind::Pointer => item(),
        Kind::Array => cd.array_len().saturating_mul(item()),
        _ => cd.ct().size(),
    }
}

fn plain(py: Py<'_>, cd: &CData) -> R {
    let ct = cd.ct();
    let what = if ct.access.is_primitive() {
        primitive(py, cd)?
    } else if ct.access == Access::OpenArray {
        format!("sliced length {}", cd.array_len())
    } else if cd.data().is_null() {
        String::from("NULL")
    } else {
        format!("{:p}", cd.data())
    };
    let by_reference = if ct.is_aggregate() { " &" } else { "" };
    text::new_str(py, &py.format(format_args!("<cdata '{}{by_reference}' {what}>", ct.name()))?)
}

fn primitive(py: Py<'_>, cd: &CData) -> R<String> {
    let ct = cd.ct();
    match Loc::of(cd).map(Loc::typed) {
        Some(Typed::LongDouble(place)) => return Ok(place.long_double().format_e()),
        Some(Typed::F128(place)) => return Ok(quad(place.get())),
        _ => {}
    }
    let value = convert::value(py, cd)?;
    match ct.enumeration() {
        None => text::repr(py, &value),
        Some(_) => enumerator(py, ct, &value, true),
    }
}

/// Returns a binary128 as text: like a `long double` if a `double` has its value, else in C's hexadecimal notation.
fn quad(bits: u128) -> String {
    let double = float::quad_to_f64(bits);
    if double.is_nan() || float::f64_to_quad(double) == bits {
        return LongDouble::from_double(double).format_e();
    }
    let (negative, whole, fraction, exponent) = float::quad_parts(bits);
    let (sign, digits) = (if negative { "-" } else { "" }, format!("{fraction:028x}"));
    format!("{sign}0x{whole}.{}p{exponent:+}", digits.trim_end_matches('0'))
}

/// Returns the name of an enum's value, or its number where it has none; with both if `both`.
pub(crate) fn enumerator(py: Py<'_>, ct: &CType, value: &Obj, both: bool) -> R<String> {
    let name: Option<Owned> = match ct.enumeration() {
        Some(e) => e.name_of(py, value)?,
        None => None,
    };
    let number = text::str_of(py, value)?;
    match name {
        Some(name) if both => py.format(format_args!("{number}: {}", text::lossy(py, &name))),
        Some(name) => py.room(cffi_memory::concat(&[&text::lossy(py, &name)])),
        None => Ok(number),
    }
}
