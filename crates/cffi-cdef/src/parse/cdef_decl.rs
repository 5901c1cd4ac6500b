//! Functions, variables and constants of `cdef()`.

use cffi_types::decls::{Constant, Decl, DeclFlags, DeclKind};
use cffi_types::types::{Shape, UnknownKind};
use cffi_types::{PrimKind, QualType, Quals};

use super::attribute_set::Attributes;
use super::{Declarator, Parsed, Parser, Specifiers};
use crate::cdef::state::{ExternPython, Warning, WarningKind};
use crate::lex::{Kind, Token, literal};
use crate::source::Loc;

impl Parser<'_> {
    /// Declares a function, a variable or a constant of `cdef`.
    pub(super) fn declare_in_cdef(
        &mut self,
        token: Token,
        specifiers: &Specifiers,
        declarator: &Declarator,
        attributes: &Attributes,
        ty: QualType,
        start: Loc,
    ) -> Parsed<()> {
        let name = self.symbol(token.atom);
        if self.decls.ordinary(name).is_none() && self.common_type(token, name).is_some() {
            return Err(self.refuse(token.loc, "this is the name of a type"));
        }
        let shape = self.decls.types.resolve(ty).0;
        let function = matches!(shape, Shape::Function(_));
        let mut flags = Parser::flags_of(specifiers.storage.flags, attributes);
        if self.cdef.elided {
            flags |= DeclFlags::ELIDED;
        }
        if let Some(python) = self.cdef.python {
            if !function {
                let message = "cannot declare constants or variables with 'extern \"Python\"'";
                return Err(self.refuse(token.loc, message));
            }
            flags |= match python {
                ExternPython::Static => DeclFlags::EXTERN_PYTHON,
                ExternPython::PlusC => DeclFlags::EXTERN_PYTHON_PLUS_C,
            };
        }
        if function {
            if self.take(Kind::Assign) {
                self.check_initializer()?;
            }
            if self.cdef.options.dllexport {
                flags |= DeclFlags::EXPORTED;
            }
            return self.register(DeclKind::Function, token, ty, flags, None, declarator, attributes, start);
        }
        if shape == Shape::Void {
            return Err(self.refuse(token.loc, "a variable cannot be void"));
        }
        if self.take(Kind::Assign) {
            let constant = self.cdef_initializer(ty)?;
            if let Some(value) = constant {
                return self.declare_constant(token, ty, value);
            }
        }
        self.register(DeclKind::Variable, token, ty, flags, None, declarator, attributes, start)?;
        let constant = ty.quals().contains(Quals::CONST) && !matches!(shape, Shape::Array { .. });
        let storage = specifiers.storage;
        let bare = !storage.flags.intersects(DeclFlags::EXTERN | DeclFlags::STATIC | DeclFlags::THREAD_LOCAL)
            && !storage.other;
        if bare && !constant {
            let name = self.symbol(token.atom);
            if let Some(id) = self.decls.ordinary(name) {
                let kind = WarningKind::GlobalVariable(id);
                self.cdef.warnings.push(Warning { kind, loc: token.loc });
            }
        }
        Ok(())
    }

    /// Reads an initializer. Returns the value of an integer's, which makes a constant of the name, if it is one number
    /// with an optional `-`, in any parentheses. Any other initializer is skipped.
    fn cdef_initializer(&mut self, ty: QualType) -> Parsed<Option<i128>> {
        let integer = match self.decls.types.resolve(ty).0 {
            Shape::Primitive(prim) => prim.is_integer() && prim.kind() != PrimKind::Char,
            Shape::Unknown { kind, .. } => kind == UnknownKind::Integer,
            _ => false,
        };
        let start = self.at;
        let lone = match self.plain_initializer() {
            Ok(lone) => lone,
            Err(_) => {
                self.at = start;
                self.check_initializer()?;
                None
            }
        };
        let Some((token, negative)) = lone.filter(|_| integer) else { return Ok(None) };
        let text = self.text(token);
        match literal::plain_integer(text) {
            Some(number) => Ok(Some(if negative { -number } else { number })),
            // The stock front end takes such a number for one with hexadecimal digits.
            None if text.bytes().all(|byte| byte.is_ascii_alphanumeric()) => {
                Err(self.refuse(token.loc, "cdef() does not know this initializer"))
            }
            None => Ok(None),
        }
    }

    /// Skips an initializer that is a string, or an expression of numbers, characters, names, operators and parentheses.
    /// Refuses any other one, which [`Parser::check_initializer`] may know. Returns the number of an
    /// initializer that has nothing else but parentheses and one `-`, and whether it has that.
    fn plain_initializer(&mut self) -> Parsed<Option<(Token, bool)>> {
        if self.peek().kind == Kind::Str && matches!(self.peek_at(1).kind, Kind::Comma | Kind::Semi) {
            self.at += 1;
            return Ok(None);
        }
        let (mut depth, mut operand) = (0usize, true);
        let (mut number, mut minus, mut other) = (None, 0usize, false);
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Minus if operand => minus += 1,
                Kind::Plus | Kind::Tilde | Kind::Bang if operand => other = true,
                Kind::LParen if operand => depth += 1,
                _ if operand && self.is_plain_operand(token) => {
                    operand = false;
                    other |= token.kind != Kind::Number;
                    number = Some(token);
                }
                Kind::RParen if !operand && depth > 0 => depth -= 1,
                Kind::Comma | Kind::Semi if !operand && depth == 0 => break,
                kind if !operand && is_binary_operator(kind) => (operand, other) = (true, true),
                _ => return Err(self.refuse(token.loc, "cdef() does not know this initializer")),
            }
            self.at += 1;
        }
        Ok(number.filter(|_| !other && minus <= 1).map(|token| (token, minus == 1)))
    }

    /// Returns whether a token is a number, a character, or a name that is not that of a type.
    pub(super) fn is_plain_operand(&mut self, token: Token) -> bool {
        let text = self.text(token);
        match token.kind {
            Kind::Number => literal::integer(text).is_some() || literal::float(text).is_some(),
            Kind::Char => text.len() == 3 || text.len() == 4 && text.starts_with("'\\"),
            Kind::Ident => self.is_name(token) && !self.is_type_start(token),
            _ => false,
        }
    }

    /// Declares an integer with a value as a constant, whatever its storage class and qualifiers are.
    fn declare_constant(&mut self, token: Token, ty: QualType, value: i128) -> Parsed<()> {
        let name = self.symbol(token.atom);
        self.set_constant(token, name, value)?;
        if self.decls.ordinary(name).is_some() {
            return self.contradiction(DeclKind::Macro, DeclKind::Variable, token);
        }
        if let Some(known) = self.decls.macro_named(name) {
            let known = self.decls.decl(known).value.map(|value| *self.decls.constant(value));
            if known == Some(Constant::Elided) {
                return Err(self.refuse(token.loc, "this is a constant whose value is not known"));
            }
            return Ok(());
        }
        let span = self.span(token.loc);
        let constant = self.decls.add_constant(Constant::Int { value, ty: ty.unqualified() });
        self.decls.declare(Decl::new(DeclKind::Macro, name, ty, span).valued(constant));
        Ok(())
    }
}

/// Returns whether a token is an operator between two operands.
pub(super) const fn is_binary_operator(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Plus
            | Kind::Minus
            | Kind::Star
            | Kind::Slash
            | Kind::Percent
            | Kind::Shl
            | Kind::Shr
            | Kind::Amp
            | Kind::Pipe
            | Kind::Caret
            | Kind::AmpAmp
            | Kind::PipePipe
            | Kind::EqEq
            | Kind::BangEq
            | Kind::Less
            | Kind::LessEq
            | Kind::Greater
            | Kind::GreaterEq
    )
}
