//! Operators that look like functions: `offsetof`, `_Generic` and the compilers' built-in functions.

use cffi_types::{Prim, TypeId};

use super::{Operand, Value};
use crate::lex::{Kind, Token};
use crate::parse::{Parsed, Parser};
use crate::words;

/// The levels of nesting that one of these operators counts as, besides that of its operand.
const LEVELS: usize = 2;

impl Parser<'_> {
    /// Reads a built-in operator, if the next token is one.
    pub(super) fn builtin(&mut self, token: Token) -> Parsed<Option<Operand>> {
        if let Some(operand) = self.keyword_constant(token) {
            self.at += 1;
            return Ok(Some(operand));
        }
        // Their functions take more of the stack than a parenthesis does, so each counts as several levels.
        self.count_levels(LEVELS);
        let operand = match token.atom {
            words::BUILTIN_OFFSETOF => {
                self.at += 1;
                self.offset_of()?
            }
            words::GENERIC => self.generic()?,
            words::BUILTIN_TYPES_COMPATIBLE => self.types_compatible()?,
            words::BUILTIN_CHOOSE_EXPR => self.choose_expression()?,
            words::BUILTIN_CONSTANT_P => self.is_constant()?,
            words::BUILTIN_EXPECT => self.expect_builtin()?,
            words::BUILTIN_HUGE_VAL | words::BUILTIN_INF => {
                self.float_builtin(Prim::Double, f64::INFINITY)?
            }
            words::BUILTIN_HUGE_VALF | words::BUILTIN_INFF => {
                self.float_builtin(Prim::Float, f64::INFINITY)?
            }
            words::BUILTIN_HUGE_VALL | words::BUILTIN_INFL => {
                self.float_builtin(Prim::LongDouble, f64::INFINITY)?
            }
            words::BUILTIN_NAN => self.float_builtin(Prim::Double, f64::NAN)?,
            words::BUILTIN_NANF => self.float_builtin(Prim::Float, f64::NAN)?,
            words::BUILTIN_NANL => self.float_builtin(Prim::LongDouble, f64::NAN)?,
            words::BUILTIN_BSWAP16 => self.swap(2, Prim::UShort)?,
            words::BUILTIN_BSWAP32 => self.swap(4, Prim::UInt)?,
            words::BUILTIN_BSWAP64 => self.swap(8, Prim::ULong)?,
            _ => {
                self.uncount_levels(LEVELS);
                return Ok(None);
            }
        };
        self.uncount_levels(LEVELS);
        Ok(Some(operand))
    }

    fn float_builtin(&mut self, prim: Prim, value: f64) -> Parsed<Operand> {
        self.at += 1;
        if self.peek().kind != Kind::LParen {
            return Err(self.unexpected("'('"));
        }
        self.skip_group();
        Ok(Parser::float_operand(prim, value))
    }

    fn swap(&mut self, size: u32, prim: Prim) -> Parsed<Operand> {
        self.at += 1;
        self.expect(Kind::LParen)?;
        let operand = self.conditional()?;
        self.expect(Kind::RParen)?;
        let value = match operand.value {
            Value::Int(value) => Value::Int(i128::from((value as u64).swap_bytes() >> (64 - size * 8))),
            _ => Value::Unknown,
        };
        Ok(Operand::new(TypeId::of(prim).into(), value))
    }

    /// Reads `__builtin_expect(value, expected)`, whose result is the value.
    fn expect_builtin(&mut self) -> Parsed<Operand> {
        self.at += 1;
        self.expect(Kind::LParen)?;
        let operand = self.conditional()?;
        self.expect(Kind::Comma)?;
        self.conditional()?;
        self.expect(Kind::RParen)?;
        self.convert(operand, TypeId::of(Prim::Long).into())
    }

    fn is_constant(&mut self) -> Parsed<Operand> {
        self.at += 1;
        self.expect(Kind::LParen)?;
        let operand = self.expression()?;
        self.expect(Kind::RParen)?;
        Ok(Operand::int(Parser::int_type(), i128::from(operand.value != Value::Unknown)))
    }

    fn types_compatible(&mut self) -> Parsed<Operand> {
        self.at += 1;
        self.expect(Kind::LParen)?;
        let a = self.type_name()?;
        self.expect(Kind::Comma)?;
        let b = self.type_name()?;
        self.expect(Kind::RParen)?;
        let same = self.decls.types.canonical(a).id() == self.decls.types.canonical(b).id();
        Ok(Operand::int(Parser::int_type(), i128::from(same)))
    }

    fn choose_expression(&mut self) -> Parsed<Operand> {
        self.at += 1;
        self.expect(Kind::LParen)?;
        let condition = self.constant_operand()?;
        self.expect(Kind::Comma)?;
        let yes = self.conditional()?;
        self.expect(Kind::Comma)?;
        let no = self.conditional()?;
        self.expect(Kind::RParen)?;
        Ok(if self.truth(&condition) == Some(true) { yes } else { no })
    }

    /// Reads `_Generic(value, type: result, …, default: result)`.
    fn generic(&mut self) -> Parsed<Operand> {
        let keyword = self.next();
        self.expect(Kind::LParen)?;
        self.unevaluated += 1;
        let control = self.conditional();
        self.unevaluated -= 1;
        let control = self.decay(control?);
        let wanted = self.decls.types.canonical(control.ty).id();
        let (mut chosen, mut fallback) = (None, None);
        while self.take(Kind::Comma) {
            let is_default = self.take_word(words::DEFAULT);
            let matches = if is_default {
                false
            } else {
                let ty = self.type_name()?;
                self.decls.types.canonical(ty).id() == wanted && ty.quals().is_empty()
            };
            self.expect(Kind::Colon)?;
            self.unevaluated += 1;
            let result = self.conditional();
            self.unevaluated -= 1;
            let result = result?;
            if is_default {
                fallback = Some(result);
            } else if matches && chosen.is_none() {
                chosen = Some(result);
            }
        }
        self.expect(Kind::RParen)?;
        chosen.or(fallback).ok_or_else(|| self.refuse(keyword.loc, "no type of the '_Generic' fits"))
    }
}
