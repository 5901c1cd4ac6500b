//! Evaluates macros without parameters as constants.
//!
//! The body of each macro is expanded as if the macro were used at the end of the text, and read as an expression. A
//! macro that is not a constant is listed with the reason.

use cffi_types::Decls;
use cffi_types::decls::{Constant, ConstantId, Decl, DeclFlags, DeclKind, ProblemId, Severity, Span};
use cffi_types::types::Shape;
use cffi_types::{Prim, QualType};

use crate::expr::{Operand, Value};
use crate::intern::Atom;
use crate::lex::{Kind, Token};
use crate::parse::{Dialect, Input, Parser};
use crate::pp::Preprocessor;
use crate::source::Loc;

/// A macro and the range of its expanded tokens.
struct Expanded {
    name: Atom,
    loc: Loc,
    start: usize,
    end: usize,
    /// Whether the expansion does not depend on the place of use.
    fixed: bool,
}

/// Adds a declaration for each macro without parameters that a file defines behind a place.
pub(crate) fn fold_macros(pp: &mut Preprocessor<'_>, decls: &mut Decls, from: Loc) {
    let mut tokens: Vec<Token> = Vec::new();
    let mut macros: Vec<Expanded> = Vec::new();
    for (name, loc) in pp.object_macros().into_iter().filter(|(_, loc)| *loc >= from) {
        let start = tokens.len();
        let fixed = pp.expand_name(name, loc, &mut tokens);
        macros.push(Expanded { name, loc, start, end: tokens.len(), fixed });
        tokens.push(Token::new(Kind::Eof, Atom::EMPTY, loc));
    }
    let input = Input {
        tokens: &tokens,
        texts: &pp.names,
        sources: &pp.sources,
        pragmas: &[],
        options: pp.options(),
    };
    let mut parser = Parser::new(input, decls, Dialect::C);
    for Expanded { name, loc, start, end, fixed } in macros {
        let span = parser.span(loc);
        let flags = if parser.is_system(loc) { DeclFlags::SYSTEM } else { DeclFlags::NONE };
        let value = parser.fold(start, end, span, fixed);
        let symbol = parser.symbol(name);
        let decl = Decl::new(DeclKind::Macro, symbol, QualType::VOID, span).valued(value).with(flags);
        let id = parser.decls.declare(decl);
        parser.document(id, parser.line_start(loc), Loc::UNKNOWN);
    }
}

impl Parser<'_> {
    /// Returns the constant that the tokens of an expanded macro evaluate to.
    fn fold(&mut self, start: usize, end: usize, span: Span, fixed: bool) -> ConstantId {
        self.reset();
        self.at = start;
        let constant = if fixed {
            self.fold_tokens(end)
        } else {
            Err("it depends on where the macro is used".to_owned())
        };
        let constant = match constant {
            Ok(constant) => constant,
            Err(reason) => Constant::Unfoldable(self.unfoldable(span, &reason)),
        };
        self.decls.add_constant(constant)
    }

    fn unfoldable(&mut self, span: Span, reason: &str) -> ProblemId {
        self.decls.add_problem(Severity::Note, span, reason, "")
    }

    fn fold_tokens(&mut self, end: usize) -> Result<Constant, String> {
        if self.at == end {
            return Err("the macro is empty".to_owned());
        }
        // A comma at the top is no operator of a constant: such macros are lists.
        let operand = self.conditional().map_err(|refused| refused.message)?;
        if self.at != end {
            return Err(self.unexpected("the end of the macro").message);
        }
        self.constant_of(operand)
    }

    fn constant_of(&mut self, operand: Operand) -> Result<Constant, String> {
        let ty = operand.ty.unqualified();
        match operand.value {
            Value::Int(value) => {
                let shape = self.decls.types.resolve(ty).0;
                let known = self.decls.types.is_signed(ty).is_some() || matches!(shape, Shape::Pointer(_));
                if known { Ok(Constant::Int { value, ty }) } else { Err("the value is no number".to_owned()) }
            }
            Value::Float(value) => Ok(Constant::Float { value, ty }),
            Value::Bytes(bytes) => Ok(Constant::Bytes(self.decls.add_text(bytes))),
            Value::Wide(text) => {
                let item = match self.decls.types.resolve(ty).0 {
                    Shape::Array { item, .. } => item.id().primitive().unwrap_or(Prim::WChar),
                    _ => Prim::WChar,
                };
                Ok(Constant::Wide { text: self.decls.add_text(text), item })
            }
            Value::Unknown => Err("the value is known only when the program runs".to_owned()),
        }
    }
}
