//! Conversions: promotions, the usual arithmetic conversions, and casts.

use cffi_types::target::FloatFormat;
use cffi_types::types::Shape;
use cffi_types::{Prim, QualType, TypeId};

use super::{Operand, Value};
use crate::parse::{Parsed, Parser};

/// The class of a type, as far as arithmetic depends on it.
#[derive(Copy, Clone, PartialEq, Debug)]
pub(super) enum Class {
    Integer {
        bits: u32,
        signed: bool,
        /// The type, resolved to a basic type of C.
        prim: TypeId,
        rank: u32,
    },
    Float {
        prim: TypeId,
        rank: u32,
    },
    Pointer(QualType),
    Other,
}

impl Parser<'_> {
    pub(super) fn class(&self, ty: QualType) -> Class {
        let types = &self.decls.types;
        let (shape, _) = types.resolve(ty);
        match shape {
            Shape::Primitive(prim) if prim.is_integer() => {
                let size = types.size(TypeId::of(prim)).unwrap_or(4) as u32;
                let bits = if prim == Prim::Bool { 1 } else { size * 8 };
                let signed = types.is_signed(ty).unwrap_or(true);
                Class::Integer { bits, signed, prim: TypeId::of(prim), rank: rank(prim, size) }
            }
            Shape::Primitive(prim) => match prim.class(&self.input.options.target) {
                cffi_types::primitive::Class::Float(format) => {
                    Class::Float { prim: TypeId::of(prim), rank: float_rank(prim, format) }
                }
                _ => Class::Other,
            },
            Shape::BitInt { signed, bits } => {
                Class::Integer { bits, signed, prim: types.canonical(ty).id(), rank: bits.min(127) }
            }
            Shape::Enum(id) => self.class(types.enum_of(id).underlying.into()),
            Shape::Pointer(to) => Class::Pointer(to),
            _ => Class::Other,
        }
    }

    /// Converts arrays and functions to pointers. The type of any other operand loses its qualifiers.
    pub(super) fn decay(&mut self, operand: Operand) -> Operand {
        match self.decls.types.resolve(operand.ty).0 {
            Shape::Array { item, .. } => {
                let ty = self.decls.types.pointer(item);
                let value = match (&operand.value, operand.address) {
                    (_, Some(address)) => Value::Int(address),
                    (Value::Bytes(_) | Value::Wide(_), _) => operand.value,
                    _ => Value::Unknown,
                };
                Operand::new(ty.into(), value)
            }
            Shape::Function(_) => {
                let ty = self.decls.types.pointer(operand.ty);
                Operand::unknown(ty)
            }
            _ => Operand { address: None, ty: operand.ty.unqualified(), ..operand },
        }
    }

    /// Promotes an operand of arithmetic.
    pub(super) fn promote(&mut self, operand: Operand) -> Operand {
        let operand = self.decay(operand);
        let int_bits = u32::from(self.input.options.target.int.size) * 8;
        match self.class(operand.ty) {
            Class::Integer { bits, signed, rank, .. } if rank <= INT_RANK => {
                let width = operand.bits.unwrap_or(bits);
                let fits = width < int_bits || width == int_bits && signed;
                let prim = if fits { Prim::Int } else { Prim::UInt };
                Operand { ty: TypeId::of(prim).into(), bits: None, ..operand }
            }
            Class::Integer { prim, .. } => Operand { ty: prim.into(), bits: None, ..operand },
            _ => operand,
        }
    }

    /// Returns the type in which an operation on two operands is computed.
    pub(super) fn common_arithmetic(&self, left: QualType, right: QualType) -> Option<QualType> {
        let (a, b) = (self.class(left), self.class(right));
        Some(match (a, b) {
            (Class::Float { prim: x, rank: a }, Class::Float { prim: y, rank: b }) => {
                if a >= b { x } else { y }.into()
            }
            (Class::Float { prim, .. }, Class::Integer { .. })
            | (Class::Integer { .. }, Class::Float { prim, .. }) => prim.into(),
            (
                Class::Integer { bits: wa, signed: sa, prim: x, rank: ra },
                Class::Integer { bits: wb, signed: sb, prim: y, rank: rb },
            ) => {
                if sa == sb {
                    return Some(if ra >= rb { x } else { y }.into());
                }
                let ((uw, u, ur), (sw, s, sr)) =
                    if sa { ((wb, y, rb), (wa, x, ra)) } else { ((wa, x, ra), (wb, y, rb)) };
                if ur >= sr {
                    u.into()
                } else if sw > uw {
                    s.into()
                } else {
                    unsigned_of(s).into()
                }
            }
            _ => return None,
        })
    }

    /// Converts a value to another type, as a cast or an assignment does.
    pub(crate) fn convert(&mut self, operand: Operand, ty: QualType) -> Parsed<Operand> {
        let target = self.class(ty);
        let value = match (&operand.value, target) {
            (Value::Unknown, _) => Value::Unknown,
            (Value::Int(value), Class::Integer { bits: 1, signed: false, .. }) => {
                Value::Int(i128::from(*value != 0))
            }
            (Value::Int(value), Class::Integer { bits, signed, .. }) => {
                Value::Int(wrap(*value, bits, signed))
            }
            (Value::Int(value), Class::Float { prim, .. }) => Value::Float(self.round(*value as f64, prim)),
            (Value::Int(value), Class::Pointer(_)) => {
                Value::Int(wrap(*value, self.input.options.target.pointer_bits(), false))
            }
            (Value::Float(value), Class::Integer { bits: 1, signed: false, .. }) => {
                Value::Int(i128::from(*value != 0.0))
            }
            (Value::Float(value), Class::Integer { bits, signed, .. }) => {
                let whole = value.trunc();
                let (low, high) = limits(bits, signed);
                if whole >= low && whole <= high {
                    Value::Int(wrap(whole as i128, bits, signed))
                } else {
                    return Err(self.refuse(self.loc(), "the number does not fit the integer type"));
                }
            }
            (Value::Float(value), Class::Float { prim, .. }) => Value::Float(self.round(*value, prim)),
            (Value::Bytes(_) | Value::Wide(_), Class::Pointer(_)) => operand.value.clone(),
            _ => Value::Unknown,
        };
        Ok(Operand::new(ty, value))
    }

    /// Rounds a number to the precision of its type. Values of types wider than `double` are kept as doubles.
    pub(super) fn round(&self, value: f64, prim: TypeId) -> f64 {
        match prim.primitive() {
            Some(Prim::Float | Prim::Float32) => f64::from(value as f32),
            _ => value,
        }
    }

    /// Returns whether a value is true, if the value is known.
    pub(super) fn truth(&self, operand: &Operand) -> Option<bool> {
        match &operand.value {
            Value::Int(value) => Some(*value != 0),
            Value::Float(value) => Some(*value != 0.0),
            Value::Bytes(_) | Value::Wide(_) => Some(true),
            Value::Unknown => None,
        }
    }
}

/// The conversion rank of `int`.
const INT_RANK: u32 = 3;

fn rank(prim: Prim, size: u32) -> u32 {
    match prim {
        Prim::Bool => 0,
        Prim::Char | Prim::SChar | Prim::UChar | Prim::Char8 => 1,
        Prim::Short | Prim::UShort | Prim::Char16 => 2,
        Prim::Int | Prim::UInt | Prim::Char32 => INT_RANK,
        Prim::Long | Prim::ULong => 4,
        Prim::LongLong | Prim::ULongLong => 5,
        Prim::Int128 | Prim::UInt128 => 6,
        // The types of `cdef` with a size in their name.
        _ => match size {
            1 => 1,
            2 => 2,
            4 => INT_RANK,
            _ => 4,
        },
    }
}

fn float_rank(prim: Prim, format: FloatFormat) -> u32 {
    let by_format = match format {
        FloatFormat::Half | FloatFormat::Bfloat => 0,
        FloatFormat::Single => 10,
        FloatFormat::Double => 20,
        FloatFormat::X87 | FloatFormat::DoubleDouble => 30,
        FloatFormat::Quad => 40,
    };
    by_format + u32::from(!matches!(prim, Prim::Float | Prim::Double | Prim::LongDouble))
}

fn unsigned_of(signed: TypeId) -> TypeId {
    TypeId::of(match signed.primitive() {
        Some(Prim::Int) => Prim::UInt,
        Some(Prim::Long) => Prim::ULong,
        Some(Prim::LongLong) => Prim::ULongLong,
        Some(Prim::Int128) => Prim::UInt128,
        _ => return signed,
    })
}

/// Returns the lowest and highest value of an integer type, as doubles.
fn limits(bits: u32, signed: bool) -> (f64, f64) {
    let power = |bits: u32| 2f64.powi(bits.min(1000) as i32);
    // The double next below a large power of two is much smaller than it, so the limit is exact enough.
    let below = |bits: u32| if bits <= 53 { power(bits) - 1.0 } else { power(bits).next_down() };
    if signed { (-power(bits - 1), below(bits - 1)) } else { (0.0, below(bits)) }
}

/// Returns the value modulo a power of two, in the range of the type.
pub(super) fn wrap(value: i128, bits: u32, signed: bool) -> i128 {
    if bits >= 128 {
        return value;
    }
    let shift = 128 - bits;
    if signed { (value << shift) >> shift } else { ((value as u128) << shift >> shift) as i128 }
}
