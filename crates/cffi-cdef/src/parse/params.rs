//! The parameters of functions.

use cffi_types::Symbol;
use cffi_types::types::Shape;

use super::parts::{Naming, Param, ParameterList};
use super::{Parsed, Parser};
use crate::lex::Kind;
use crate::words;

impl Parser<'_> {
    /// Returns whether a list of parameters is being read.
    pub(super) fn in_parameters(&self) -> bool {
        self.cdef.parameter_depth > 0
    }

    /// Reads the parameters and the `)`, after the `(`.
    pub(super) fn parameters(&mut self) -> Parsed<ParameterList> {
        self.deeper()?;
        let outer = self.cdef.parameter_depth;
        self.cdef.parameter_depth = outer + 1;
        let list = self.parameter_list()?;
        self.cdef.parameter_depth = outer;
        self.shallower();
        Ok(list)
    }

    fn parameter_list(&mut self) -> Parsed<ParameterList> {
        let start = self.params.len() as u32;
        let mut list = ParameterList { start, end: start, ..ParameterList::default() };
        if self.take(Kind::RParen) {
            // Before C23, `()` does not specify the parameters; `cdef` takes it for `(void)`.
            list.unprototyped = self.is_c() && !self.is_c23();
            return Ok(list);
        }
        if self.peek().is_word(words::VOID) && self.peek_at(1).kind == Kind::RParen {
            self.at += 2;
            return Ok(list);
        }
        if self.is_old_style() {
            return self.old_style(list);
        }
        // Nested parameter lists grow and shrink the shared list meanwhile, so these parameters wait in a separate one.
        let mut found = Vec::new();
        loop {
            if self.peek().kind == Kind::Ellipsis {
                if found.is_empty() && !self.is_c() {
                    return Err(
                        self.refuse(self.loc(), "a function cannot have '(...)' alone as its parameters")
                    );
                }
                self.at += 1;
                list.variadic = true;
                break;
            }
            found.push(self.parameter()?);
            if !self.take(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::RParen)?;
        let is_void = |param: &Param| self.decls.types.resolve(param.ty).0 == Shape::Void;
        if found.iter().any(is_void) {
            // A typedef of `void` also means that there are no parameters.
            if found.len() > 1 || list.variadic {
                return Err(self.refuse(self.loc(), "a parameter cannot be void"));
            }
            found.clear();
        }
        list.start = self.params.len() as u32;
        self.params.extend(found);
        list.end = self.params.len() as u32;
        Ok(list)
    }

    fn parameter(&mut self) -> Parsed<Param> {
        let known = self.cdef.known_constants;
        let specifiers = self.specifiers()?;
        if specifiers.storage.typedef {
            return Err(self.refuse(specifiers.loc, "a parameter cannot be a typedef"));
        }
        let mut attributes = specifiers.attributes;
        let first = self.chunks.len();
        let declarator = self.declarator(specifiers.ty, Naming::Optional, &mut attributes)?;
        debug_assert_eq!(self.chunks.len(), first, "a declarator takes its parts away");
        self.attributes(&mut attributes)?;
        let mut ty = declarator.ty;
        if attributes.mode.is_some() && specifiers.attributes.mode != attributes.mode {
            ty = self.change_type(ty, &attributes);
        }
        if self.cdef.elided && !self.is_c() {
            return Err(self.refuse(specifiers.loc, "'[...]' has no meaning in a parameter"));
        }
        self.cdef.known_constants = known;
        let name = declarator.name.map_or(Symbol::EMPTY, |token| self.symbol(token.atom));
        Ok(Param { ty: self.decls.types.adjust_param(ty), name })
    }

    /// Returns whether the parameters are only names, as in C before 1989.
    fn is_old_style(&mut self) -> bool {
        let token = self.peek();
        let after = self.peek_at(1).kind;
        token.kind == Kind::Ident
            && matches!(after, Kind::Comma | Kind::RParen)
            && self.is_c()
            && !self.is_type_start(token)
    }

    fn old_style(&mut self, mut list: ParameterList) -> Parsed<ParameterList> {
        loop {
            let token = self.expect(Kind::Ident)?;
            if self.peek().kind != Kind::Comma && self.peek().kind != Kind::RParen {
                return Err(self.unexpected("',' or ')'"));
            }
            let _ = token;
            if !self.take(Kind::Comma) {
                break;
            }
        }
        self.expect(Kind::RParen)?;
        list.unprototyped = true;
        list.old_style = true;
        Ok(list)
    }
}
