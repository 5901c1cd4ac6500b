//! The expected output of the C program, by this crate's layout.

use std::fmt::Write as _;

use cffi_types::bitfield::{Span, extract_signed, extract_unsigned, insert, span, span_beyond};

use crate::emit::PATTERN;
use crate::model::{Declared, Field, Scalar, ScalarKind};

/// Returns the line for one declaration.
pub(crate) fn report(declared: &Declared) -> String {
    let mut line = format!("{} {}", c_size(declared), declared.layout.align);
    for field in &declared.fields {
        match field.scalar {
            Some(scalar) if field.bitsize >= 0 => bit_field(declared, field, scalar, &mut line),
            _ => {
                let _ = write!(line, " {}", field.offset);
            }
        }
    }
    line
}

/// Returns the size in GNU C. It gives a struct without any storage the size 0; here it is 1, as in C++ and in the C
/// backend.
fn c_size(declared: &Declared) -> usize {
    let empty = declared.decl.members.iter().all(|member| match &member.ty {
        crate::model::Ty::Array { len, .. } => matches!(len, None | Some(0)),
        _ => member.bitsize == Some(0),
    });
    if empty && declared.layout.size == 1 { 0 } else { declared.layout.size }
}

fn bit_field(declared: &Declared, field: &Field, scalar: Scalar, line: &mut String) {
    let (shift, size) = (field.bitshift as u32, field.bitsize as u32);
    let mut bytes = vec![0u8; declared.layout.size];
    let place = Place::of(field, scalar, shift, size);
    place.store(&mut bytes, size, u64::MAX);
    hex(&bytes, line);
    // Conversion to _Bool is not a cut but a comparison with zero.
    let value = if scalar.kind == ScalarKind::Bool { 1 } else { PATTERN };
    place.store(&mut bytes, size, value);
    hex(&bytes, line);
    let unit = place.load(&bytes, size);
    let signed = match scalar.kind {
        ScalarKind::Text => text_is_signed(scalar),
        kind => kind == ScalarKind::Signed,
    };
    let back = if signed { extract_signed(unit, 0, size) as u64 } else { extract_unsigned(unit, 0, size) };
    let _ = write!(line, "={back:x}");
}

const BIG: bool = cfg!(target_endian = "big");

/// The covered bytes of a field, which may reach beyond its unit.
struct Place {
    start: usize,
    span: Span,
    beyond: bool,
}

impl Place {
    fn of(field: &Field, scalar: Scalar, shift: u32, size: u32) -> Place {
        let inside = span(scalar.size, shift, size, BIG);
        let beyond = inside.is_none();
        let span = inside.or_else(|| span_beyond(scalar.size, shift, size)).expect("a field has a place");
        let start = usize::try_from(field.offset).expect("not negative") + span.start;
        Place { start, span, beyond }
    }

    fn store(&self, bytes: &mut [u8], size: u32, value: u64) {
        let place = bytes.get_mut(self.start..self.start + self.span.len);
        let place = place.expect("a bit field lies in its struct");
        if self.beyond {
            self.span.insert_beyond(place, size, value);
        } else {
            let changed = insert(self.span.load(place, BIG), self.span.bitshift, size, value);
            self.span.store(place, BIG, changed);
        }
    }

    fn load(&self, bytes: &[u8], size: u32) -> u64 {
        let place = &bytes[self.start..self.start + self.span.len];
        if self.beyond {
            self.span.extract_beyond(place, size)
        } else {
            extract_unsigned(self.span.load(place, BIG), self.span.bitshift, size)
        }
    }
}

/// Returns whether C reads a text type as signed; this crate's users always read it as unsigned.
fn text_is_signed(scalar: Scalar) -> bool {
    match scalar.c_name {
        "char" => core::ffi::c_char::MIN != 0,
        name => cffi_types::primitive::by_name(name).is_some_and(|p| p.signed_wchar),
    }
}

/// Writes the bytes that are not zero, after the offset of the first one.
fn hex(bytes: &[u8], line: &mut String) {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let start = bytes.iter().position(|byte| *byte != 0).unwrap_or(0);
    let _ = write!(line, " {start}:");
    for byte in &bytes[start..end] {
        let _ = write!(line, "{byte:02x}");
    }
}
