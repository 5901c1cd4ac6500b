//! Unary operators, casts and `sizeof`.

use cffi_types::types::Shape;
use cffi_types::{Prim, QualType, TypeId};

use super::convert::{Class, wrap};
use super::{Operand, Value};
use crate::lex::{Kind, Token};
use crate::parse::{Parsed, Parser};
use crate::words;

impl Parser<'_> {
    pub(super) fn unary(&mut self) -> Parsed<Operand> {
        let token = self.peek();
        match token.kind {
            Kind::Plus | Kind::Minus => self.sign(token),
            Kind::Tilde | Kind::Bang | Kind::Amp | Kind::Star | Kind::PlusPlus | Kind::MinusMinus
                if self.is_c() =>
            {
                self.prefix_operator(token)
            }
            Kind::LParen => {
                let next = self.peek_at(1);
                if self.is_c() && self.is_type_start(next) { self.cast() } else { self.postfix() }
            }
            Kind::Ident if self.is_c() => match token.atom {
                words::SIZEOF => self.size_of(token),
                words::ALIGNOF | words::GNU_ALIGNOF1 | words::GNU_ALIGNOF2 => self.align_of(token),
                words::C23_ALIGNOF if self.is_c23() => self.align_of(token),
                words::GNU_EXTENSION => {
                    self.at += 1;
                    self.deeper()?;
                    let operand = self.unary()?;
                    self.shallower();
                    Ok(operand)
                }
                words::GNU_REAL1 | words::GNU_REAL2 | words::GNU_IMAG1 | words::GNU_IMAG2 => {
                    Err(self.refuse(token.loc, "complex constants are not supported"))
                }
                _ => self.postfix(),
            },
            _ => self.postfix(),
        }
    }

    fn sign(&mut self, token: Token) -> Parsed<Operand> {
        self.at += 1;
        self.deeper()?;
        let operand = self.unary()?;
        self.shallower();
        let operand = self.promote(operand);
        if token.kind == Kind::Plus {
            return Ok(operand);
        }
        let value = match operand.value {
            Value::Int(value) => match self.class(operand.ty) {
                Class::Integer { bits, signed, .. } if self.is_c() => {
                    Value::Int(wrap(value.wrapping_neg(), bits, signed))
                }
                _ => Value::Int(value.wrapping_neg()),
            },
            Value::Float(value) => Value::Float(-value),
            _ => Value::Unknown,
        };
        Ok(Operand::new(operand.ty, value))
    }

    fn prefix_operator(&mut self, token: Token) -> Parsed<Operand> {
        self.at += 1;
        self.deeper()?;
        let operand = self.unary()?;
        self.shallower();
        match token.kind {
            Kind::Tilde => {
                let operand = self.promote(operand);
                let value = match (operand.value, self.class(operand.ty)) {
                    (Value::Int(value), Class::Integer { bits, signed, .. }) => {
                        Value::Int(wrap(!value, bits, signed))
                    }
                    (Value::Unknown, _) => Value::Unknown,
                    _ => return Err(self.refuse(token.loc, "'~' needs an integer")),
                };
                Ok(Operand::new(operand.ty, value))
            }
            Kind::Bang => {
                let value = self.truth(&operand).map_or(Value::Unknown, |yes| Value::Int(i128::from(!yes)));
                Ok(Operand::new(TypeId::of(Prim::Int).into(), value))
            }
            Kind::Amp => {
                let ty = self.decls.types.pointer(operand.ty);
                Ok(Operand::new(ty.into(), operand.address.map_or(Value::Unknown, Value::Int)))
            }
            Kind::Star => {
                let operand = self.decay(operand);
                self.follow(operand, token)
            }
            _ => Ok(Operand::unknown(operand.ty)),
        }
    }

    /// Returns the object that a pointer points to.
    pub(super) fn follow(&mut self, pointer: Operand, token: Token) -> Parsed<Operand> {
        match self.decls.types.resolve(pointer.ty).0 {
            Shape::Pointer(to) => {
                let address = match pointer.value {
                    Value::Int(address) => Some(address),
                    _ => None,
                };
                Ok(Operand { address, ..Operand::unknown(to) })
            }
            Shape::Function(_) => Ok(pointer),
            _ => Err(self.refuse(token.loc, "only pointers can be followed")),
        }
    }

    /// Reads `(type)value`, or a compound literal, whose value is not known.
    fn cast(&mut self) -> Parsed<Operand> {
        self.at += 1;
        let ty = self.type_name()?;
        self.expect(Kind::RParen)?;
        if self.peek().kind == Kind::LBrace {
            self.skip_group();
            let operand = Operand::unknown(ty);
            return self.postfix_of(operand);
        }
        self.deeper()?;
        let operand = self.unary()?;
        self.shallower();
        let operand = self.decay(operand);
        let ty = ty.unqualified();
        self.convert(operand, ty)
    }

    fn size_type(&self) -> TypeId {
        let size = self.input.options.target.pointer.size;
        // `size_t` is `unsigned long` on all targets where that type has the right size, except 32-bit ones, where it
        // is `unsigned`.
        if size == 4 {
            return TypeId::of(Prim::UInt);
        }
        TypeId::of(self.integer_of_size(size, false).unwrap_or(Prim::ULong))
    }

    fn size_of(&mut self, token: Token) -> Parsed<Operand> {
        self.at += 1;
        let ty = self.operand_type()?;
        let size = match self.decls.types.resolve(ty).0 {
            // In GNU C `void` and functions have size 1.
            Shape::Void | Shape::Function(_) => 1,
            _ => match self.decls.types.size(ty.id()) {
                Ok(size) => size,
                Err(reason) => return Err(self.refuse(token.loc, format!("no size is known: {reason}"))),
            },
        };
        Ok(Operand::int(self.size_type(), i128::from(size)))
    }

    fn align_of(&mut self, token: Token) -> Parsed<Operand> {
        self.at += 1;
        let ty = self.operand_type()?;
        let align = match self.decls.types.align(ty.id()) {
            Ok(align) => align,
            Err(reason) => return Err(self.refuse(token.loc, format!("no alignment is known: {reason}"))),
        };
        Ok(Operand::int(self.size_type(), i128::from(align)))
    }

    /// Reads the operand of `sizeof` and returns its type: a type in parentheses, or an expression, which is not
    /// evaluated.
    fn operand_type(&mut self) -> Parsed<QualType> {
        let next = self.peek_at(1);
        self.deeper()?;
        let ty = if self.peek().kind == Kind::LParen && self.is_type_start(next) {
            self.at += 1;
            let ty = self.type_name()?;
            self.expect(Kind::RParen)?;
            if self.peek().kind == Kind::LBrace {
                self.skip_group();
                let operand = Operand::unknown(ty);
                self.postfix_of(operand)?.ty
            } else {
                ty
            }
        } else {
            self.unevaluated += 1;
            let operand = self.unary();
            self.unevaluated -= 1;
            operand?.ty
        };
        self.shallower();
        Ok(ty)
    }

    /// Reads `offsetof(type, member)`, after the word `offsetof`.
    pub(super) fn offset_of(&mut self) -> Parsed<Operand> {
        self.expect(Kind::LParen)?;
        let ty = self.type_name()?;
        self.expect(Kind::Comma)?;
        let mut place = Operand { address: Some(0), ..Operand::unknown(ty) };
        let name = self.expect(Kind::Ident)?;
        place = self.member(place, name)?;
        loop {
            match self.peek().kind {
                Kind::Dot => {
                    self.at += 1;
                    let name = self.expect(Kind::Ident)?;
                    place = self.member(place, name)?;
                }
                Kind::LBracket => place = self.index(place)?,
                _ => break,
            }
        }
        let close = self.expect(Kind::RParen)?;
        match place.address {
            Some(address) => Ok(Operand::int(self.size_type(), address)),
            None => Err(self.refuse(close.loc, "the offset is not a constant")),
        }
    }
}
