//! Arithmetic on two numbers of one type.

use cffi_types::QualType;

use super::Value;
use super::convert::{Class, wrap};
use crate::lex::Kind;
use crate::parse::{Parsed, Parser};

impl Parser<'_> {
    /// Computes an integer operation modulo the width of the type. `cdef` computes without a width.
    pub(super) fn integer_operation(
        &mut self,
        operator: Kind,
        a: i128,
        b: i128,
        ty: QualType,
    ) -> Parsed<Value> {
        let truth = |yes: bool| Ok(Value::Int(i128::from(yes)));
        let (bits, signed) = match self.class(ty) {
            Class::Integer { bits, signed, .. } => (bits, signed),
            _ => (64, true),
        };
        // Unsigned 128-bit values are stored as the bits of an `i128`.
        let wide = bits >= 128 && !signed;
        let result = match operator {
            Kind::EqEq => return truth(a == b),
            Kind::BangEq => return truth(a != b),
            Kind::Less if wide => return truth((a as u128) < b as u128),
            Kind::Greater if wide => return truth(a as u128 > b as u128),
            Kind::LessEq if wide => return truth(a as u128 <= b as u128),
            Kind::GreaterEq if wide => return truth(a as u128 >= b as u128),
            Kind::Less => return truth(a < b),
            Kind::Greater => return truth(a > b),
            Kind::LessEq => return truth(a <= b),
            Kind::GreaterEq => return truth(a >= b),
            Kind::Pipe => a | b,
            Kind::Caret => a ^ b,
            Kind::Amp => a & b,
            Kind::Plus | Kind::Minus | Kind::Star if !self.is_c() => {
                let exact = match operator {
                    Kind::Plus => a.checked_add(b),
                    Kind::Minus => a.checked_sub(b),
                    _ => a.checked_mul(b),
                };
                exact.ok_or_else(|| self.refuse(self.loc(), "the number is too large"))?
            }
            Kind::Plus => a.wrapping_add(b),
            Kind::Minus => a.wrapping_sub(b),
            Kind::Star => a.wrapping_mul(b),
            Kind::Slash | Kind::Percent if b == 0 => {
                if self.unevaluated > 0 {
                    return truth(false);
                }
                return Err(self.refuse(self.loc(), "the value is divided by zero"));
            }
            Kind::Slash if wide => (a as u128 / b as u128) as i128,
            Kind::Percent if wide => (a as u128 % b as u128) as i128,
            Kind::Slash => a.wrapping_div(b),
            Kind::Percent => a.wrapping_rem(b),
            _ => return Ok(Value::Unknown),
        };
        Ok(Value::Int(if self.is_c() { wrap(result, bits, signed) } else { result }))
    }

    pub(super) fn float_operation(&mut self, operator: Kind, a: f64, b: f64, ty: QualType) -> Parsed<Value> {
        let truth = |yes: bool| Ok(Value::Int(i128::from(yes)));
        let result = match operator {
            Kind::EqEq => return truth(a == b),
            Kind::BangEq => return truth(a != b),
            Kind::Less => return truth(a < b),
            Kind::Greater => return truth(a > b),
            Kind::LessEq => return truth(a <= b),
            Kind::GreaterEq => return truth(a >= b),
            Kind::Plus => a + b,
            Kind::Minus => a - b,
            Kind::Star => a * b,
            Kind::Slash => a / b,
            _ => return Err(self.refuse(self.loc(), "the operator needs integers")),
        };
        Ok(Value::Float(self.round(result, self.decls.types.canonical(ty).id())))
    }
}
