//! AArch64 (AAPCS64, 6.8.2): where libffi must be given a different description of an argument.

use crate::ctype::{ArgType, StructType};

/// Returns whether libffi receives a pointer instead of an argument of this type: a struct of more than 16 bytes that
/// is aligned to more than 8, unless its members are up to four equal floating-point numbers. C passes the address of a
/// copy (rule B.4); so does libffi, but on the stack it aligns that address like the struct.
pub(crate) fn by_address(ty: &ArgType) -> bool {
    cfg!(target_arch = "aarch64") && is_copied(ty)
}

fn is_copied(ty: &ArgType) -> bool {
    match ty {
        ArgType::Struct(s) => s.size > 16 && s.align > 8 && !is_homogeneous(s),
        _ => false,
    }
}

/// Returns whether a struct is an HFA: one to four members of one floating-point type, at any depth of structs and
/// arrays.
fn is_homogeneous(s: &StructType) -> bool {
    let mut member = None;
    count(s, &mut member).is_some_and(|n| (1..=4).contains(&n))
}

/// Returns the number of members, if all are of one floating-point type and there are few.
fn count<'t>(s: &'t StructType, member: &mut Option<&'t ArgType>) -> Option<usize> {
    let mut sum = 0_usize;
    for (_, ty, times) in &s.fields {
        let each = match ty {
            ArgType::Struct(inner) => count(inner, member)?,
            ArgType::Float | ArgType::Double | ArgType::LongDouble => {
                (*member.get_or_insert(ty) == ty).then_some(1)?
            }
            _ => return None,
        };
        sum = each.checked_mul(*times).and_then(|n| n.checked_add(sum)).filter(|n| *n <= 4)?;
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn record(size: usize, align: usize, fields: Vec<(usize, ArgType, usize)>) -> ArgType {
        ArgType::Struct(Arc::new(StructType { size, align, fields }))
    }

    #[test]
    fn large_structs_with_a_large_alignment_are_copied() {
        let pair = record(32, 16, vec![(0, ArgType::LongDouble, 1), (16, ArgType::int(4, true), 1)]);
        assert!(is_copied(&pair));
        assert!(is_copied(&record(80, 16, vec![(0, ArgType::LongDouble, 5)])));
        assert!(is_copied(&record(64, 16, vec![(0, pair, 2)])));
    }

    #[test]
    fn others_are_not() {
        assert!(!is_copied(&ArgType::LongDouble));
        assert!(!is_copied(&record(16, 16, vec![(0, ArgType::LongDouble, 1)])));
        assert!(!is_copied(&record(24, 8, vec![(0, ArgType::Double, 2), (16, ArgType::int(8, true), 1)])));
        let two = record(32, 16, vec![(0, ArgType::LongDouble, 2)]);
        assert!(!is_copied(&two));
        assert!(!is_copied(&record(64, 16, vec![(0, two, 2)])));
    }
}
