//! The stock backend's placement of bit-fields, where it differs from C.
//!
//! In packed structs, at bit-fields of width 0 and in some other places it puts bit-fields elsewhere than a C compiler
//! does. Modules have to be right there too, so a list of members is used only if both backends place it alike.

use cffi_types::layout::{Algorithm, FieldSpec, Layout, Rules};

/// Returns whether the stock backend places all bit-fields, and ends the struct, where a layout has them.
pub(crate) fn agrees(rules: &Rules, union: bool, fields: &[FieldSpec<'_>], layout: &Layout) -> bool {
    if fields.iter().all(|field| field.bitsize.is_none()) || rules.algorithm == Algorithm::Msvc {
        return true;
    }
    let mut places = layout.places.iter().peekable();
    // The end of the members so far, in bits.
    let (mut end, mut furthest) = (0u64, 0u64);
    for (index, field) in fields.iter().enumerate() {
        if union {
            end = 0;
        }
        let align = (field.align.min(rules.pack) as u64).max(1) * 8;
        let size = field.size.unwrap_or(0) as u64 * 8;
        let Some(bits) = field.bitsize.map(u64::from) else {
            while places.next_if(|place| place.source == index).is_some() {}
            end = end.next_multiple_of(8).next_multiple_of(align) + size;
            furthest = furthest.max(end);
            continue;
        };
        let mut unit = end / 8 * 8 / align * align;
        if bits == 0 {
            if end.next_multiple_of(8) > unit {
                unit += align;
            }
            end = unit;
        } else {
            if end - unit + bits > size {
                if rules.packed && end % 8 != 0 {
                    return false;
                }
                unit += align;
                end = unit;
            }
            if let Some(place) = places.next_if(|place| place.source == index) {
                let shift = if rules.big_endian {
                    size as i64 - bits as i64 - i64::from(place.bitshift)
                } else {
                    place.bitshift.into()
                };
                // Its code for values shifts by the width.
                if place.offset as i64 * 8 + shift != end.cast_signed() || bits > 63 {
                    return false;
                }
            }
            end += bits;
        }
        furthest = furthest.max(end.next_multiple_of(8));
    }
    let size = (furthest / 8).next_multiple_of((layout.align as u64).max(1)).max(1);
    size == layout.size as u64
}
