//! Values as the code that moves them distinguishes them.

use cffi_types::primitive::Class;
use cffi_types::target::FloatFormat;
use cffi_types::types::Shape;
use cffi_types::{Prim, QualType, Types};

/// The form of a value in an image and in a result area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// No value.
    Void,
    /// An integer of at most 8 bytes: a `u64` cell.
    Int {
        /// Bytes of the C type.
        size: u8,
        /// Whether the cell is sign-extended.
        signed: bool,
    },
    /// A pointer: a `u64` cell.
    Pointer,
    /// `float`.
    Float,
    /// `double`, and `long double` where that is no wider.
    Double,
    /// `long double`.
    LongDouble,
    /// Any other value: its bytes as in memory.
    Bytes,
}

/// Returns the form of a type's values.
#[must_use]
pub fn form(types: &Types, ty: QualType) -> Form {
    let (shape, _) = types.resolve(ty);
    match shape {
        Shape::Void => Form::Void,
        Shape::Pointer(_) => Form::Pointer,
        Shape::Primitive(prim) => of_primitive(types, prim),
        Shape::Enum(_) | Shape::BitInt { .. } => integer(types, ty, types.is_signed(ty).unwrap_or(false)),
        _ => Form::Bytes,
    }
}

fn of_primitive(types: &Types, prim: Prim) -> Form {
    let ty = cffi_types::TypeId::of(prim).into();
    match prim.class(types.target()) {
        Class::Bool => integer(types, ty, false),
        Class::Char { signed } | Class::Integer { signed } => integer(types, ty, signed),
        _ if prim == Prim::LongDouble => Form::LongDouble,
        Class::Float(FloatFormat::Single) => Form::Float,
        Class::Float(FloatFormat::Double) => Form::Double,
        _ => Form::Bytes,
    }
}

fn integer(types: &Types, ty: QualType, signed: bool) -> Form {
    match types.size(ty.id()) {
        Ok(size @ 1..=8) => Form::Int { size: size as u8, signed },
        _ => Form::Bytes,
    }
}

/// Returns the size of a value in bytes; 0 for `void` and for types that have no size.
#[must_use]
pub fn size(types: &Types, ty: QualType) -> usize {
    types.size(types.canonical(ty).id()).ok().and_then(|size| usize::try_from(size).ok()).unwrap_or(0)
}

/// Returns the alignment of a value in bytes.
#[must_use]
pub fn align(types: &Types, ty: QualType) -> usize {
    types.align(types.canonical(ty).id()).ok().and_then(|align| usize::try_from(align).ok()).unwrap_or(1)
}
