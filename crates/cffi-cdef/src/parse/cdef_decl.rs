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
        let first = self.decls.len();
        self.register(DeclKind::Variable, token, ty, flags, None, declarator, attributes, start)?;
        let constant = ty.quals().contains(Quals::CONST) && !matches!(shape, Shape::Array { .. });
        let storage = specifiers.storage;
        let bare = !storage.flags.intersects(DeclFlags::EXTERN | DeclFlags::STATIC | DeclFlags::THREAD_LOCAL)
            && !storage.other;
        if bare && !constant && self.decls.len() > first {
            let name = self.symbol(token.atom);
            if let Some(id) = self.decls.ordinary(name) {
                let kind = WarningKind::GlobalVariable(id);
                self.cdef.warnings.push(Warning { kind, loc: token.loc });
            }
        }
        Ok(())
    }

    /// Reads the initializer of an integer and returns its value, which makes a constant of the name: a number with an
    /// optional `-`, or in parentheses. Any other initializer is skipped.
    fn cdef_initializer(&mut self, ty: QualType) -> Parsed<Option<i128>> {
        let start = self.at;
        let integer = match self.decls.types.resolve(ty).0 {
            Shape::Primitive(prim) => prim.is_integer() && prim.kind() != PrimKind::Char,
            Shape::Unknown { kind, .. } => kind == UnknownKind::Integer,
            _ => false,
        };
        let mut value = None;
        if integer {
            let parens = self.take(Kind::LParen);
            let negative = !parens && self.take(Kind::Minus);
            let token = self.next();
            let number =
                (token.kind == Kind::Number).then(|| literal::plain_integer(self.text(token))).flatten();
            let closed = !parens || self.take(Kind::RParen);
            if closed && matches!(self.peek().kind, Kind::Comma | Kind::Semi) {
                value = number.map(|number| if negative { -number } else { number });
            }
        }
        if value.is_none() {
            self.at = start;
            self.plain_initializer()?;
        }
        Ok(value)
    }

    /// Skips an initializer that is one number, character or string. Any other one is refused, so that the stock front
    /// end decides whether it is valid.
    fn plain_initializer(&mut self) -> Parsed<()> {
        if matches!(self.peek().kind, Kind::Minus | Kind::Plus) {
            self.at += 1;
        }
        let token = self.next();
        let text = self.text(token);
        let right = match token.kind {
            Kind::Number => literal::integer(text).is_some() || literal::float(text).is_some(),
            Kind::Char => text.len() == 3 || text.len() == 4 && text.starts_with("'\\"),
            Kind::Str => true,
            _ => false,
        };
        if right && matches!(self.peek().kind, Kind::Comma | Kind::Semi) {
            return Ok(());
        }
        Err(self.refuse(token.loc, "cdef() does not know this initializer"))
    }

    /// Declares an integer with a value as a constant, whatever its storage class and qualifiers are.
    fn declare_constant(&mut self, token: Token, ty: QualType, value: i128) -> Parsed<()> {
        let name = self.symbol(token.atom);
        self.set_constant(token, name, value)?;
        if self.decls.ordinary(name).is_some() {
            return self.contradiction(DeclKind::Macro, DeclKind::Variable, token);
        }
        if self.decls.macro_named(name).is_some() {
            return Ok(());
        }
        let span = self.span(token.loc);
        let constant = self.decls.add_constant(Constant::Int { value, ty: ty.unqualified() });
        self.decls.declare(Decl::new(DeclKind::Macro, name, ty, span).valued(constant));
        Ok(())
    }
}
