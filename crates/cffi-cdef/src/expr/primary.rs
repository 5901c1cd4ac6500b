//! Constants, names and parentheses.

use cffi_types::decls::{Constant, DeclKind};
use cffi_types::{Prim, QualType, TypeId};

use super::{Operand, Value};
use crate::lex::{Kind, Token};
use crate::parse::{Parsed, Parser};
use crate::words;

impl Parser<'_> {
    pub(super) fn primary(&mut self) -> Parsed<Operand> {
        let token = self.peek();
        match token.kind {
            Kind::Number => {
                self.at += 1;
                self.number(token)
            }
            Kind::Char => {
                self.at += 1;
                self.character(token)
            }
            Kind::Str if self.is_c() => {
                self.at += 1;
                self.strings(token)
            }
            Kind::LParen if self.peek_at(1).kind == Kind::LBrace => {
                // GNU C's statement expression: its value is that of the last statement.
                self.skip_group();
                Err(self.refuse(token.loc, "a block of statements has no constant value"))
            }
            Kind::LParen => {
                self.at += 1;
                self.deeper()?;
                let operand = self.expression()?;
                self.shallower();
                self.expect(Kind::RParen)?;
                Ok(operand)
            }
            Kind::Ident => self.name(token),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn name(&mut self, token: Token) -> Parsed<Operand> {
        if self.is_c()
            && let Some(operand) = self.builtin(token)?
        {
            return Ok(operand);
        }
        let name = self.symbol(token.atom);
        self.at += 1;
        if !self.is_c() {
            if !self.is_name(token) {
                return Err(self.refuse(token.loc, "a keyword is no constant"));
            }
            let late = self.cdef.known_constants.is_some_and(|known| {
                self.cdef.constants_before[known..].iter().any(|(constant, _)| *constant == name)
            });
            if let Some(value) = self.cdef.constants.get(&name).filter(|_| !late) {
                return Ok(Operand::int(TypeId::of(Prim::Int), (*value).into()));
            }
            let text = self.text(token);
            return Err(self.refuse(token.loc, format!("'{text}' is not a constant that is known")));
        }
        let Some(id) = self.decls.ordinary(name) else {
            if self.is_type_start(token) {
                let message = format!("'{}' belongs to a type, where a value is expected", self.text(token));
                return Err(self.refuse(token.loc, message));
            }
            return Err(self.refuse(token.loc, format!("'{}' is not declared", self.text(token))));
        };
        let decl = *self.decls.decl(id);
        let value = decl.value.map(|value| *self.decls.constant(value));
        match decl.kind {
            DeclKind::Enumerator => match value {
                Some(Constant::Int { value, ty }) => Ok(Operand::int(ty, value)),
                _ => Ok(Operand::unknown(TypeId::of(Prim::Int))),
            },
            // To GCC a constant variable is not a constant expression, but GCC folds its value where it can.
            DeclKind::Variable => Ok(Operand::unknown(decl.ty)),
            DeclKind::Function => Ok(Operand::unknown(decl.ty)),
            _ => Err(self
                .refuse(token.loc, format!("'{}' is a type, where a value is expected", self.text(token)))),
        }
    }

    /// Returns the type `int`.
    pub(super) fn int_type() -> QualType {
        TypeId::of(Prim::Int).into()
    }

    /// Returns an operand for a floating-point value.
    pub(super) fn float_operand(prim: Prim, value: f64) -> Operand {
        Operand::new(TypeId::of(prim).into(), Value::Float(value))
    }

    /// Returns the value of `true` or `false`, which are keywords in C23, if the token is one of them.
    pub(super) fn keyword_constant(&self, token: Token) -> Option<Operand> {
        if !self.is_c23() {
            return None;
        }
        match token.atom {
            words::TRUE => Some(Operand::int(TypeId::of(Prim::Bool), 1)),
            words::FALSE => Some(Operand::int(TypeId::of(Prim::Bool), 0)),
            _ => None,
        }
    }
}
