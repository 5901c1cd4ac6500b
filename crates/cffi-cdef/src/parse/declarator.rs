//! Declarators: the syntax around a name that makes pointers, arrays and functions from a type.
//!
//! The parts are collected from the name outwards and then applied from the outside inwards.

use cffi_types::decls::DeclFlags;
use cffi_types::types::{Convention, Length, Shape};
use cffi_types::{QualType, Quals};

use super::attribute_set::Attributes;
use super::parts::{Chunk, Declarator, Naming, ParameterList};
use super::{Parsed, Parser};
use crate::lex::{Kind, Token};
use crate::words;

impl Parser<'_> {
    /// Reads a declarator. `attributes` contains the attributes of the specifiers and receives those inside the
    /// declarator.
    pub(crate) fn declarator(
        &mut self,
        base: QualType,
        naming: Naming,
        attributes: &mut Attributes,
    ) -> Parsed<Declarator> {
        let first = self.chunks.len();
        let first_param = self.params.len();
        let mut name = None;
        self.declarator_parts(naming, &mut name, attributes)?;
        if naming == Naming::Required && name.is_none() {
            return Err(self.unexpected("a name"));
        }
        if self.chunks.len() == first {
            let (ty, param_names) = (base, Vec::new());
            return Ok(Declarator { name, ty, is_function: false, param_names, old_style: false });
        }
        if let Some(convention) = attributes.convention {
            self.set_convention(first, convention);
        }
        let function = self.chunks[first..].iter().find_map(|chunk| match chunk {
            Chunk::Function(list) => Some(*list),
            _ => None,
        });
        let named =
            function.is_some_and(|list| self.params[list.range()].iter().any(|param| !param.name.is_empty()));
        let param_names = match function {
            Some(list) if named => self.params[list.range()].iter().map(|param| param.name).collect(),
            _ => Vec::new(),
        };
        let is_function = matches!(self.chunks[first], Chunk::Function(_));
        let old_style = is_function && function.is_some_and(|list| list.old_style);
        let ty = self.apply(base, first)?;
        self.chunks.truncate(first);
        self.params.truncate(first_param);
        Ok(Declarator { name, ty, is_function, param_names, old_style })
    }

    /// Reads a type without a name, as in casts and `sizeof`.
    pub(crate) fn type_name(&mut self) -> Parsed<QualType> {
        self.named_type(Naming::Forbidden)
    }

    /// Reads a type. Its name, if it has one, is ignored.
    pub(crate) fn named_type(&mut self, naming: Naming) -> Parsed<QualType> {
        self.deeper()?;
        let specifiers = self.specifiers()?;
        let mut attributes = specifiers.attributes;
        let declarator = self.declarator(specifiers.ty, naming, &mut attributes)?;
        self.shallower();
        Ok(declarator.ty)
    }

    /// Gives the innermost function a calling convention that was written outside the declarator.
    fn set_convention(&mut self, first: usize, convention: Convention) {
        if let Some(at) = self.chunks[first..].iter().position(|chunk| matches!(chunk, Chunk::Function(_)))
            && let Chunk::Function(list) = &mut self.chunks[first + at]
        {
            list.convention = convention;
        }
    }

    /// Returns a function type, or a pointer to one, with a calling convention that was written behind the declarator.
    pub(crate) fn with_convention(&mut self, ty: QualType, convention: Convention) -> QualType {
        let types = &mut self.decls.types;
        match types.shape(ty.id()) {
            Shape::Function(id) => {
                let function = *types.function_of(id);
                let params = types.params(&function).to_vec();
                let (variadic, unprototyped) = (function.variadic, function.unprototyped);
                types.function(function.result, &params, variadic, unprototyped, convention).into()
            }
            Shape::Pointer(to) if matches!(types.shape(to.id()), Shape::Function(_)) => {
                let to = self.with_convention(to, convention);
                QualType::from(self.decls.types.pointer(to)).with(ty.quals())
            }
            _ => ty,
        }
    }

    fn declarator_parts(
        &mut self,
        naming: Naming,
        name: &mut Option<Token>,
        attributes: &mut Attributes,
    ) -> Parsed<()> {
        self.deeper()?;
        let mut prefix = Vec::new();
        let mut own = self.prefix(&mut prefix, attributes)?;
        let token = self.peek();
        match token.kind {
            Kind::Ident if naming != Naming::Forbidden && self.is_name(token) => {
                self.at += 1;
                *name = Some(token);
            }
            Kind::LParen if self.is_nested_declarator(naming) => {
                self.at += 1;
                self.declarator_parts(naming, name, attributes)?;
                if !self.is_c()
                    && naming == Naming::Optional
                    && let Some(name) = name.filter(|name| self.is_type_start(*name))
                {
                    return Err(self.refuse(name.loc, "this is the name of a type"));
                }
                self.expect(Kind::RParen)?;
            }
            _ => {}
        }
        self.suffixes(&mut own, attributes)?;
        if let Some(convention) = own {
            self.chunks.push(Chunk::Convention(convention));
        }
        self.chunks.extend(prefix.into_iter().rev());
        self.shallower();
        Ok(())
    }

    /// Reads the `*` before the name, with qualifiers. Returns a calling convention after the last `*`, since it
    /// belongs to the function that the name denotes.
    fn prefix(&mut self, parts: &mut Vec<Chunk>, attributes: &mut Attributes) -> Parsed<Option<Convention>> {
        let start = self.at;
        let mut convention = self.prefix_attributes(attributes)?;
        if convention.is_some() && !self.is_c() {
            match self.kind_before(start) {
                Some(Kind::Comma | Kind::LParen) => return Err(self.unexpected("a declarator")),
                Some(Kind::Star) => {}
                _ => self.cdef.base_convention = true,
            }
        }
        loop {
            match self.peek().kind {
                // Apple's blocks (`^`) are pointers, too.
                Kind::Star | Kind::Caret => self.at += 1,
                _ => return Ok(convention),
            }
            parts.extend(convention.take().map(Chunk::Convention));
            let mut quals = Quals::NONE;
            loop {
                if let Some(more) = self.qualifier_of(self.peek()) {
                    quals = quals | more;
                    self.at += 1;
                    continue;
                }
                let before = self.at;
                convention = self.prefix_attributes(attributes)?.or(convention);
                if self.at == before {
                    break;
                }
            }
            parts.push(Chunk::Pointer(quals));
        }
    }

    /// Returns the kind of the token before a convention, or before the `(` before it. The stock front end puts qualifiers
    /// there, which need a type or a `*` before them, and belong to the type in all declarators if it is the type.
    fn kind_before(&self, start: usize) -> Option<Kind> {
        let kind_before = |at: usize| at.checked_sub(1).map(|at| self.input.tokens[at].kind);
        match kind_before(start) {
            Some(Kind::LParen) => kind_before(start - 1),
            before => before,
        }
    }

    /// Reads attributes before a name or a `*`. Returns the calling convention separately.
    fn prefix_attributes(&mut self, attributes: &mut Attributes) -> Parsed<Option<Convention>> {
        if self.peek().kind != Kind::Ident && self.peek().kind != Kind::LBracket {
            return Ok(None);
        }
        if self.peek().kind == Kind::LBracket && self.peek_at(1).kind != Kind::LBracket {
            return Ok(None);
        }
        if self.peek().is_word(words::ALIGNAS) && !self.is_c() {
            return Err(self.unexpected("a name"));
        }
        let mut own = Attributes::default();
        self.any_attributes(&mut own)?;
        let convention = own.convention.take();
        attributes.merge(&own);
        Ok(convention)
    }

    /// Returns whether a `(` begins a declarator in parentheses and not the parameters of a function without a name.
    fn is_nested_declarator(&mut self, naming: Naming) -> bool {
        let next = self.peek_at(1);
        match next.kind {
            Kind::Star | Kind::LParen | Kind::Caret => true,
            Kind::LBracket => self.peek_at(2).kind != Kind::LBracket || naming == Naming::Required,
            Kind::Ident => {
                naming == Naming::Required
                    || self.is_attribute_word(next)
                    || naming == Naming::Optional && !self.is_type_start(next)
            }
            _ => naming == Naming::Required,
        }
    }

    fn is_attribute_word(&self, token: Token) -> bool {
        match token.atom {
            words::GNU_ATTRIBUTE1 | words::GNU_ATTRIBUTE2 => true,
            words::DECLSPEC => self.is_c(),
            words::MS_STDCALL | words::MS_STDCALL1 | words::MS_CDECL | words::MS_CDECL1 => true,
            words::MS_FASTCALL | words::MS_THISCALL | words::MS_VECTORCALL | words::MS_PASCAL => self.is_c(),
            words::WINAPI => !self.is_c(),
            _ => false,
        }
    }

    /// Reads `[…]` and `(…)` after the name.
    fn suffixes(&mut self, own: &mut Option<Convention>, attributes: &mut Attributes) -> Parsed<()> {
        loop {
            match self.peek().kind {
                Kind::LBracket if self.peek_at(1).kind == Kind::LBracket && self.is_c() => {
                    self.attributes(attributes)?;
                }
                Kind::LBracket => {
                    self.at += 1;
                    let length = self.array_length()?;
                    self.chunks.push(Chunk::Array(length));
                }
                Kind::LParen => {
                    self.at += 1;
                    let mut list = self.parameters()?;
                    list.convention = own.take().unwrap_or_default();
                    self.chunks.push(Chunk::Function(list));
                }
                _ => return Ok(()),
            }
        }
    }

    /// Reads the length of an array and the `]`, after the `[`.
    fn array_length(&mut self) -> Parsed<Length> {
        while self.peek().kind == Kind::Ident
            && (self.peek().atom == words::STATIC || self.qualifier_of(self.peek()).is_some())
        {
            self.at += 1;
        }
        if self.take(Kind::RBracket) {
            return Ok(Length::Open);
        }
        if !self.is_c() && self.peek().kind == Kind::Ellipsis && self.peek_at(1).kind == Kind::RBracket {
            self.at += 2;
            self.cdef.elided = true;
            return Ok(Length::Elided);
        }
        if self.peek().kind == Kind::Star && self.peek_at(1).kind == Kind::RBracket && self.is_c() {
            self.at += 2;
            return Ok(Length::Variable);
        }
        let start = self.at;
        let loc = self.loc();
        match self.attempt(Parser::constant_integer) {
            Ok(value) => {
                self.expect(Kind::RBracket)?;
                match u64::try_from(value) {
                    Ok(length) => Ok(Length::Fixed(length)),
                    Err(_) if value < 0 => Err(self.refuse(loc, "the length of the array is negative")),
                    Err(_) => Err(self.refuse(loc, "the length of the array is too large")),
                }
            }
            // In a parameter the length has no effect, so it may depend on other parameters.
            Err(_) if self.in_parameters() && self.is_c() => {
                self.at = start - 1;
                while self.peek().kind != Kind::LBracket {
                    self.at -= 1;
                }
                self.skip_group();
                Ok(Length::Variable)
            }
            Err(refused) => Err(refused),
        }
    }

    /// Builds the type from the parts from `first` on.
    fn apply(&mut self, base: QualType, first: usize) -> Parsed<QualType> {
        let mut ty = base;
        let mut convention = Vec::new();
        // A convention is written inside the declarator of its function, so it is found before the function here.
        let mut pending: Option<Convention> = None;
        for index in first..self.chunks.len() {
            match self.chunks[index] {
                Chunk::Convention(found) => pending = Some(found),
                Chunk::Function(_) => {
                    if let Some(found) = pending.take() {
                        convention.push((index, found));
                    }
                }
                _ => {}
            }
        }
        if pending.is_some() && !self.is_c() {
            return Err(self.refuse(self.loc(), "only functions have calling conventions"));
        }
        let mut elided = false;
        for index in (first..self.chunks.len()).rev() {
            elided |= matches!(self.chunks[index], Chunk::Array(Length::Elided));
            ty = match self.chunks[index] {
                Chunk::Pointer(_) if elided => {
                    return Err(self.refuse(self.loc(), "'[...]' has no meaning behind a pointer"));
                }
                Chunk::Pointer(quals) => QualType::new(self.decls.types.pointer(ty), quals),
                Chunk::Array(length) => {
                    if matches!(self.decls.types.resolve(ty).0, Shape::Function(_)) {
                        return Err(self.refuse(self.loc(), "an array cannot hold functions"));
                    }
                    self.decls.types.array(ty, length).into()
                }
                Chunk::Function(mut list) => {
                    if let Some((_, found)) = convention.iter().find(|(at, _)| *at == index) {
                        list.convention = *found;
                    }
                    self.function_type(ty, list)?
                }
                Chunk::Convention(_) => ty,
            };
        }
        Ok(ty)
    }

    fn function_type(&mut self, result: QualType, list: ParameterList) -> Parsed<QualType> {
        if matches!(self.decls.types.resolve(result).0, Shape::Function(_) | Shape::Array { .. }) {
            return Err(self.refuse(self.loc(), "a function cannot return a function or an array"));
        }
        let types: Vec<QualType> = self.params[list.range()].iter().map(|param| param.ty).collect();
        let result = result.unqualified();
        let types = &types[..];
        let (variadic, unprototyped) = (list.variadic, list.unprototyped);
        Ok(self.decls.types.function(result, types, variadic, unprototyped, list.convention).into())
    }

    /// Returns the flags of a declaration, including those from its attributes.
    pub(crate) fn flags_of(storage: DeclFlags, attributes: &Attributes) -> DeclFlags {
        storage | attributes.flags
    }
}
