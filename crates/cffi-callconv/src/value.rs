//! Types as calling conventions distinguish them.

use cffi_types::primitive::Class;
use cffi_types::target::FloatFormat;
use cffi_types::types::{RecordId, Shape};
use cffi_types::{Prim, QualType, Types};

use crate::error::Unsupported;

/// The kind of a value.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Void,
    /// An integer, character, `_Bool` or enum.
    Integer {
        signed: bool,
    },
    Pointer,
    /// A `_BitInt` of the width `bits`.
    BitInt {
        signed: bool,
        bits: u32,
    },
    Float(FloatFormat),
    Complex(FloatFormat),
    /// A vector whose items are floating-point numbers of a format, or integers.
    Vector {
        item: Option<FloatFormat>,
        item_size: u64,
    },
    Record(RecordId),
}

/// A type with its size and alignment in bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct Value {
    pub(crate) kind: Kind,
    pub(crate) size: u64,
    pub(crate) align: u64,
}

impl Value {
    pub(crate) const VOID: Value = Value { kind: Kind::Void, size: 0, align: 1 };

    /// Returns whether the value is extended with its sign in a wider register or cell; `None` if it is not extended.
    pub(crate) fn signedness(&self) -> Option<bool> {
        match self.kind {
            Kind::Integer { signed } | Kind::BitInt { signed, .. } => Some(signed),
            Kind::Pointer => Some(false),
            _ => None,
        }
    }

    /// Returns the record if the value is a struct or union.
    pub(crate) fn record(&self) -> Option<RecordId> {
        match self.kind {
            Kind::Record(id) => Some(id),
            _ => None,
        }
    }
}

/// Returns the value of an argument with the index `arg`, or of the result.
pub(crate) fn value(types: &Types, ty: QualType, arg: Option<usize>) -> Result<Value, Unsupported> {
    let canonical = types.canonical(ty).id();
    let shape = types.shape(canonical);
    match shape {
        Shape::Void if arg.is_none() => return Ok(Value::VOID),
        Shape::Array { .. } | Shape::Function(_) => return Err(Unsupported::NoValue { arg }),
        _ => {}
    }
    let no_size = |reason| Unsupported::NoSize { arg, reason };
    let size = types.size(canonical).map_err(no_size)?;
    // Alignment requested by a typedef does not affect how a value is passed.
    let align = types.align(canonical).map_err(no_size)?;
    Ok(Value { kind: kind(types, shape), size, align })
}

/// Returns the kind of a shape, which is that of a canonical type with a size.
pub(crate) fn kind(types: &Types, shape: Shape) -> Kind {
    match shape {
        Shape::Primitive(prim) => match prim.class(types.target()) {
            Class::Bool => Kind::Integer { signed: false },
            Class::Char { signed } | Class::Integer { signed } => Kind::Integer { signed },
            Class::Float(format) => Kind::Float(format),
            Class::Complex(format) => Kind::Complex(format),
        },
        Shape::BitInt { signed, bits } => Kind::BitInt { signed, bits },
        Shape::Enum(id) => {
            Kind::Integer { signed: types.is_signed(types.enum_of(id).underlying.into()).unwrap_or(false) }
        }
        Shape::Vector { item, .. } => {
            let item = types.canonical(item.into()).id();
            let item_size = types.size(item).unwrap_or(1);
            let format = match item.primitive().map(|prim: Prim| prim.class(types.target())) {
                Some(Class::Float(format)) => Some(format),
                _ => None,
            };
            Kind::Vector { item: format, item_size }
        }
        Shape::Record(id) => Kind::Record(id),
        Shape::Pointer(_) => Kind::Pointer,
        _ => Kind::Void,
    }
}
