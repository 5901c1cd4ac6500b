//! Members, indexes and calls.

use cffi_types::types::{RecordId, Shape};
use cffi_types::{QualType, Symbol};

use super::{Operand, Value};
use crate::lex::{Kind, Token};
use crate::parse::{Parsed, Parser};

impl Parser<'_> {
    pub(super) fn postfix(&mut self) -> Parsed<Operand> {
        let operand = self.primary()?;
        self.postfix_of(operand)
    }

    /// Reads the postfix operators after an operand.
    pub(super) fn postfix_of(&mut self, operand: Operand) -> Parsed<Operand> {
        let mut operand = operand;
        loop {
            let token = self.peek();
            match token.kind {
                _ if !self.is_c() => return Ok(operand),
                Kind::Dot => {
                    self.at += 1;
                    let name = self.expect(Kind::Ident)?;
                    operand = self.member(operand, name)?;
                }
                Kind::Arrow => {
                    self.at += 1;
                    let name = self.expect(Kind::Ident)?;
                    let pointer = self.decay(operand);
                    let object = self.follow(pointer, token)?;
                    operand = self.member(object, name)?;
                }
                Kind::LBracket => operand = self.index(operand)?,
                Kind::LParen => {
                    // A call has the result type of the function and no known value.
                    self.skip_group();
                    let Some((_, function)) = self.decls.types.as_function(operand.ty) else {
                        return Err(self.refuse(token.loc, "only functions can be called"));
                    };
                    operand = Operand::unknown(function.result);
                }
                Kind::PlusPlus | Kind::MinusMinus => {
                    self.at += 1;
                    operand = Operand::unknown(operand.ty);
                }
                _ => return Ok(operand),
            }
        }
    }

    /// Reads `array[index]`, from the `[` on.
    pub(super) fn index(&mut self, array: Operand) -> Parsed<Operand> {
        let bracket = self.next();
        self.deeper()?;
        let index = self.expression()?;
        self.shallower();
        self.expect(Kind::RBracket)?;
        let pointer = self.decay(array);
        let Shape::Pointer(to) = self.decls.types.resolve(pointer.ty).0 else {
            return Err(self.refuse(bracket.loc, "only arrays and pointers have items"));
        };
        let address = match (pointer.value, index.value, self.decls.types.size(to.id())) {
            (Value::Int(base), Value::Int(index), Ok(size)) => {
                index.checked_mul(i128::from(size)).and_then(|distance| base.checked_add(distance))
            }
            _ => None,
        };
        Ok(Operand { address, ..Operand::unknown(to) })
    }

    /// Reads a member of a struct or union, or a member of one of its anonymous members.
    pub(super) fn member(&mut self, object: Operand, name: Token) -> Parsed<Operand> {
        let symbol = self.symbol(name.atom);
        let Shape::Record(id) = self.decls.types.resolve(object.ty).0 else {
            return Err(self.refuse(name.loc, format!("'{}' is asked of what is no struct", self.text(name))));
        };
        let Some((ty, offset, bits)) = self.find_member(id, symbol, 0) else {
            return Err(self.refuse(name.loc, format!("there is no member '{}'", self.text(name))));
        };
        let quals = self.decls.types.resolve(object.ty).1;
        let address = match (object.address, bits) {
            (Some(base), None) => base.checked_add(i128::from(offset)),
            _ => None,
        };
        Ok(Operand { address, bits, ..Operand::unknown(ty.with(quals)) })
    }

    /// Finds a member and returns its type, offset and width.
    fn find_member(&self, id: RecordId, name: Symbol, depth: usize) -> Option<(QualType, u64, Option<u32>)> {
        if depth > self.input.options.limits.depth {
            return None;
        }
        for field in self.decls.types.fields(id) {
            if field.name == name {
                return Some((field.ty, field.offset(), field.bits()));
            }
            if field.name.is_empty()
                && field.bits().is_none()
                && let Shape::Record(inner) = self.decls.types.resolve(field.ty).0
                && let Some((ty, offset, bits)) = self.find_member(inner, name, depth + 1)
            {
                return Some((ty, field.offset() + offset, bits));
            }
        }
        None
    }
}
