//! Constant expressions, with C's types.
//!
//! Every operand has a type; only some have a known value. `sizeof` and `typeof` need only the type.

mod arithmetic;
mod binary;
mod builtin;
mod convert;
mod number;
mod postfix;
mod primary;
#[cfg(test)]
mod tests;
mod unary;

use cffi_types::QualType;

use crate::lex::Kind;
use crate::parse::{Parsed, Parser};

/// The value of an operand, as far as it is known.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Value {
    /// An integer, or a pointer whose value is a number.
    Int(i128),
    /// A floating-point number, rounded to its type.
    Float(f64),
    /// The bytes of a plain string.
    Bytes(Vec<u8>),
    /// The text of a wide string.
    Wide(String),
    /// A value that is only known when the program runs.
    Unknown,
}

/// A value with its type.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Operand {
    pub(crate) ty: QualType,
    pub(crate) value: Value,
    /// The address of an object at a constant address, as in `((struct s *)0)->member`.
    pub(crate) address: Option<i128>,
    /// The width of a bit-field; promotion depends on it.
    pub(crate) bits: Option<u32>,
}

impl Operand {
    pub(crate) fn new(ty: QualType, value: Value) -> Operand {
        Operand { ty, value, address: None, bits: None }
    }

    pub(crate) fn int(ty: impl Into<QualType>, value: i128) -> Operand {
        Operand::new(ty.into(), Value::Int(value))
    }

    pub(crate) fn unknown(ty: impl Into<QualType>) -> Operand {
        Operand::new(ty.into(), Value::Unknown)
    }
}

impl Parser<'_> {
    /// Reads an integer constant expression.
    pub(crate) fn constant_integer(&mut self) -> Parsed<i128> {
        let loc = self.loc();
        let operand = self.constant_operand()?;
        self.integer_of(&operand, loc)
    }

    /// Reads an expression without commas whose value is a constant.
    pub(crate) fn constant_operand(&mut self) -> Parsed<Operand> {
        let loc = self.loc();
        let operand = self.conditional()?;
        if operand.value == Value::Unknown {
            return Err(self.refuse(loc, "the value is not a constant"));
        }
        Ok(operand)
    }

    /// Reads an expression and returns its type; the value is not needed.
    pub(crate) fn type_of_expression(&mut self) -> Parsed<QualType> {
        Ok(self.expression()?.ty)
    }

    /// Reads an expression that may contain commas.
    pub(crate) fn expression(&mut self) -> Parsed<Operand> {
        let mut operand = self.conditional()?;
        while self.peek().kind == Kind::Comma {
            self.at += 1;
            let right = self.conditional()?;
            // The left operand of a comma is discarded, but it must be constant for the whole expression to be
            // constant.
            let known = operand.value != Value::Unknown;
            operand = if known { right } else { Operand { value: Value::Unknown, ..right } };
        }
        Ok(operand)
    }
}
