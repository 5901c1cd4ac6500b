//! Constant expressions, with C's types.
//!
//! An operand has a type, and a value where one is known: `sizeof` and `typeof` need only the type.

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

/// What is known of a value.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Value {
    /// An integer, or a pointer that is a number.
    Int(i128),
    /// A floating-point number, rounded to its type.
    Float(f64),
    /// The text of a string, in bytes, or in code points where it is wide.
    Bytes(Vec<u8>),
    /// A wide string.
    Wide(String),
    /// Nothing: it is known when the program runs.
    Unknown,
}

/// A value with its type.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Operand {
    pub(crate) ty: QualType,
    pub(crate) value: Value,
    /// The address of an object whose place is a constant, as in `((struct s *)0)->member`.
    pub(crate) address: Option<i128>,
    /// The width of a bit-field, which counts for promotion.
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
    /// An integer constant expression.
    pub(crate) fn constant_integer(&mut self) -> Parsed<i128> {
        let loc = self.loc();
        let operand = self.constant_operand()?;
        self.integer_of(&operand, loc)
    }

    /// An expression without commas whose value is a constant.
    pub(crate) fn constant_operand(&mut self) -> Parsed<Operand> {
        let loc = self.loc();
        let operand = self.conditional()?;
        if operand.value == Value::Unknown {
            return Err(self.refuse(loc, "the value is not a constant"));
        }
        Ok(operand)
    }

    /// The type of an expression, whose value does not matter.
    pub(crate) fn type_of_expression(&mut self) -> Parsed<QualType> {
        Ok(self.expression()?.ty)
    }

    /// An expression with commas.
    pub(crate) fn expression(&mut self) -> Parsed<Operand> {
        let mut operand = self.conditional()?;
        while self.peek().kind == Kind::Comma {
            self.at += 1;
            let right = self.conditional()?;
            // What is left of a comma has no value, but must be one for the whole to be a constant.
            let known = operand.value != Value::Unknown;
            operand = if known { right } else { Operand { value: Value::Unknown, ..right } };
        }
        Ok(operand)
    }
}
