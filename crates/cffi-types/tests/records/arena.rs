//! Layouts of records by the arena.

use cffi_types::types::{EnumAttributes, Enumerator, Field, Length, RecordAttributes, RecordId, RecordKind};
use cffi_types::{Prim, QualType, Symbol, Target, TypeId, Types};

use crate::Answer;
use crate::generate::{Spec, Ty};
use crate::text::uses_ms_struct;

/// Lays out all records.
pub(crate) fn answers(records: &[Spec], target: &Target) -> Vec<Answer> {
    let mut types = Types::new(*target);
    let e = types.declare_enum(Symbol::EMPTY);
    types
        .define_enum(e, &[Enumerator::new(Symbol::EMPTY, Some(0))], EnumAttributes::default())
        .expect("the enum is new");
    let e = types.enum_of(e).ty;
    let name = types.symbols.intern("member");
    let mut made: Vec<RecordId> = Vec::new();
    for spec in records {
        let kind = if spec.is_union { RecordKind::Union } else { RecordKind::Struct };
        let id = types.declare_record(kind, Symbol::EMPTY);
        let mut fields = Vec::new();
        for member in &spec.members {
            let ty = build(&mut types, e, &made, &member.ty);
            let name = if member.named { name } else { Symbol::EMPTY };
            let mut field = match member.bits {
                Some(bits) => Field::bit_field(name, ty, bits),
                None => Field::new(name, ty),
            };
            field.packed = member.packed;
            fields.push(field.aligned(member.aligned));
        }
        let attributes = RecordAttributes {
            packed: spec.packed,
            pack: spec.pack,
            aligned: spec.aligned,
            ms_struct: uses_ms_struct(spec, target).then_some(true),
            ..RecordAttributes::default()
        };
        types.define_record(id, &fields, attributes).expect("the record is new");
        made.push(id);
    }
    made.into_iter()
        .map(|id| Answer {
            size: types.record(id).size().expect("a complete record"),
            align: types.record(id).align().expect("a complete record"),
            positions: types.fields(id).iter().map(|field| field.bit_offset).collect(),
        })
        .collect()
}

fn build(types: &mut Types, e: TypeId, made: &[RecordId], ty: &Ty) -> QualType {
    match ty {
        Ty::Prim(prim) => TypeId::of(*prim).into(),
        Ty::Aligned(prim, align) => types.alias(Symbol::EMPTY, TypeId::of(*prim).into(), *align).into(),
        Ty::Enum => e.into(),
        Ty::Pointer => types.pointer(QualType::VOID).into(),
        Ty::Vector(prim, bytes) => {
            let size = TypeId::of(*prim).primitive().and_then(|p: Prim| p.scalar(types.target()));
            let size = size.map_or(1, |scalar| u32::from(scalar.size));
            types.vector(TypeId::of(*prim), bytes / size).into()
        }
        Ty::Record(index) => types.record(made[*index]).ty.into(),
        Ty::Array(item, length) => {
            let item = build(types, e, made, item);
            types.array(item, Length::Fixed(*length)).into()
        }
        Ty::Open(item) => {
            let item = build(types, e, made, item);
            types.array(item, Length::Open).into()
        }
    }
}
