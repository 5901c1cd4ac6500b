//! Types for the tests of direct calls.
// Clippy's exemption for tests covers functions marked #[test], not their helpers.
#![allow(clippy::expect_used)]

use cffi_types::types::{Field, RecordAttributes, RecordKind};
use cffi_types::{Prim, QualType, Quals, Symbol, TypeId, Types};

pub(crate) const INT: QualType = scalar(Prim::Int);
pub(crate) const FLOAT: QualType = scalar(Prim::Float);
pub(crate) const DOUBLE: QualType = scalar(Prim::Double);
pub(crate) const LONG: QualType = scalar(Prim::Long);

/// Returns a primitive type.
pub(crate) const fn scalar(prim: Prim) -> QualType {
    QualType::new(TypeId::of(prim), Quals::NONE)
}

/// Makes a struct with these members that is aligned to so many bytes; 0 for its own alignment.
pub(crate) fn record(types: &mut Types, members: &[QualType], aligned: u32) -> QualType {
    let id = types.declare_record(RecordKind::Struct, Symbol::EMPTY);
    let name = types.symbols.intern("m");
    let fields: Vec<Field> = members.iter().map(|ty| Field::new(name, *ty)).collect();
    let attributes = RecordAttributes { aligned, ..RecordAttributes::default() };
    types.define_record(id, &fields, attributes).expect("new");
    types.record(id).ty.into()
}
