//! AArch64 (AAPCS64, 6.8.2): where libffi must be given a different description of an argument.

use cffi_types::primitive::Class;
use cffi_types::target::FloatFormat;
use cffi_types::types::{Length, Shape};
use cffi_types::{QualType, Types};

use crate::scalar::{align, size};

/// Returns whether libffi receives a pointer instead of an argument of this type: a struct of more than 16 bytes that
/// is aligned to more than 8, unless its members are up to four equal floating-point numbers. C passes the address of a
/// copy (rule B.4); so does libffi, but on the stack it aligns that address like the struct.
pub(crate) fn by_address(types: &Types, ty: QualType) -> bool {
    cfg!(target_arch = "aarch64") && is_copied(types, ty)
}

fn is_copied(types: &Types, ty: QualType) -> bool {
    let is_record = matches!(types.resolve(ty).0, Shape::Record(_));
    is_record && size(types, ty) > 16 && align(types, ty) > 8 && !is_homogeneous(types, ty)
}

/// Returns whether a struct is an HFA: one to four members of one floating-point type, at any depth of structs and
/// arrays.
fn is_homogeneous(types: &Types, ty: QualType) -> bool {
    let mut member = None;
    count(types, ty, &mut member).is_some_and(|n| (1..=4).contains(&n))
}

/// Returns the number of members, if all are of one floating-point type and there are few.
fn count(types: &Types, ty: QualType, member: &mut Option<FloatFormat>) -> Option<u64> {
    match types.resolve(ty).0 {
        Shape::Record(id) => {
            let mut sum = 0_u64;
            for field in types.fields(id) {
                let own = if field.bits().is_some() { None } else { count(types, field.ty, member) };
                sum = own?.checked_add(sum).filter(|n| *n <= 4)?;
            }
            Some(sum)
        }
        Shape::Array { item, length: Length::Fixed(length) } => {
            count(types, item, member)?.checked_mul(length).filter(|n| *n <= 4)
        }
        Shape::Primitive(prim) => match prim.class(types.target()) {
            Class::Float(format) => (*member.get_or_insert(format) == format).then_some(1),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use cffi_types::types::{Field, RecordKind};
    use cffi_types::{Prim, Symbol, Target, TypeId};

    use super::*;

    const QUAD: Prim = Prim::LongDouble;

    fn record(types: &mut Types, members: &[QualType]) -> QualType {
        let id = types.declare_record(RecordKind::Struct, Symbol::EMPTY);
        let fields: Vec<Field> = members.iter().map(|ty| Field::new(Symbol::EMPTY, *ty)).collect();
        assert!(types.define_record(id, &fields, cffi_types::types::RecordAttributes::default()).is_ok());
        types.record(id).ty.into()
    }

    #[test]
    fn large_structs_with_a_large_alignment_are_copied() {
        let mut types = Types::new(Target::aarch64_linux_gnu());
        let (quad, int) = (TypeId::of(QUAD).into(), TypeId::of(Prim::Int).into());
        let pair = record(&mut types, &[quad, int]);
        assert!(is_copied(&types, pair));
        let five = types.array(quad, Length::Fixed(5)).into();
        let five = record(&mut types, &[five]);
        assert!(is_copied(&types, five));
        let two = record(&mut types, &[pair, pair]);
        assert!(is_copied(&types, two));
    }

    #[test]
    fn others_are_not() {
        let mut types = Types::new(Target::aarch64_linux_gnu());
        let (quad, double, long) =
            (TypeId::of(QUAD).into(), TypeId::of(Prim::Double).into(), TypeId::of(Prim::Long).into());
        assert!(!is_copied(&types, quad));
        for members in [&[quad][..], &[double, double, long], &[quad, quad]] {
            let ty = record(&mut types, members);
            assert!(!is_copied(&types, ty));
            let outer = record(&mut types, &[ty, ty]);
            assert!(members.len() == 3 || !is_copied(&types, outer));
        }
    }
}
