//! Declarations at file scope.

use cffi_types::decls::{Constant, Decl, DeclFlags, DeclId, DeclKind};
use cffi_types::types::{Length, Shape};
use cffi_types::{QualType, Quals, Symbol, TypeId};

use super::attribute_set::Attributes;
use super::parts::Naming;
use super::{Declarator, Parsed, Parser, Specifiers};
use crate::expr::Value;
use crate::intern::Atom;
use crate::lex::{Kind, Token, literal};
use crate::source::Loc;
use crate::words;

impl Parser<'_> {
    /// Reads all declarations of a real C text. A declaration that is refused is left out, with a problem.
    pub(crate) fn translation_unit(&mut self) {
        self.external_declarations();
        self.decls.types.complete_records();
    }

    /// Reads declarations up to the end of the text.
    pub(crate) fn external_declarations(&mut self) {
        // The number of open `extern "C" {` blocks.
        let mut linkage = 0usize;
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Eof => break,
                Kind::Semi => self.at += 1,
                Kind::RBrace if linkage > 0 => {
                    self.at += 1;
                    linkage -= 1;
                }
                Kind::Ident
                    if token.atom == words::EXTERN
                        && self.peek_at(1).kind == Kind::Str
                        && self.peek_at(2).kind == Kind::LBrace =>
                {
                    self.at += 3;
                    linkage += 1;
                }
                _ => {
                    let start = self.at;
                    if let Err(refused) = self.external_declaration() {
                        self.leave_out(start, *refused);
                    }
                }
            }
        }
    }

    /// Records why a declaration is left out, and continues after it.
    #[cold]
    fn leave_out(&mut self, start: usize, mut refused: crate::problem::Problem) {
        if let Some(name) = self.probable_name(start)
            && !refused.message.contains(&format!("'{name}'"))
        {
            refused.message = format!("'{name}' is left out: {}", refused.message);
        }
        self.note(refused);
        self.recover(start);
        if self.at == start {
            self.at += 1;
        }
    }

    /// Reads one declaration.
    pub(crate) fn external_declaration(&mut self) -> Parsed<()> {
        // Skips `extern "C"` before one declaration.
        while self.peek().is_word(words::EXTERN) && self.peek_at(1).kind == Kind::Str && self.is_c() {
            self.at += 2;
        }
        let first = self.peek();
        match first.kind {
            Kind::Pragma => {
                self.at += 1;
                self.apply_pragma(first);
                return Ok(());
            }
            Kind::Ident if self.is_static_assert(first) => return self.static_assert(),
            Kind::Ident
                if matches!(first.atom, words::GNU_ASM0 | words::GNU_ASM1 | words::GNU_ASM2)
                    && self.is_c() =>
            {
                self.at += 1;
                while self.peek().kind == Kind::Ident {
                    self.at += 1;
                }
                self.skip_group();
                self.take(Kind::Semi);
                return Ok(());
            }
            _ => {}
        }
        self.cdef.first_enum = self.decls.types.enum_ids().len();
        self.cdef.known_constants = None;
        self.cdef.base_convention = false;
        let specifiers = self.specifiers()?;
        if self.peek().kind == Kind::Semi {
            return self.without_declarators(&specifiers);
        }
        self.cdef.first_declarator = true;
        loop {
            let mut attributes = specifiers.attributes;
            let mut declarator = self.declarator(specifiers.ty, Naming::Required, &mut attributes)?;
            let convention = attributes.convention.take();
            self.label_and_attributes(&mut attributes)?;
            if let Some(late) = attributes.convention {
                declarator.ty = self.with_convention(declarator.ty, late);
            }
            attributes.convention = attributes.convention.or(convention);
            let body = self.function_body(&declarator)?;
            self.declare(&specifiers, &declarator, &attributes, first.loc, body)?;
            self.cdef.first_declarator = false;
            self.cdef.known_constants = None;
            if body {
                return Ok(());
            }
            if !self.take(Kind::Comma) {
                break;
            }
            if self.cdef.base_convention {
                return Err(self.unexpected("';' behind a function with a calling convention"));
            }
            let mut next = Attributes::default();
            self.attributes(&mut next)?;
        }
        self.expect(Kind::Semi)?;
        Ok(())
    }

    fn without_declarators(&mut self, specifiers: &Specifiers) -> Parsed<()> {
        self.at += 1;
        if !specifiers.has_tag {
            if self.is_c() {
                self.warn(specifiers.loc, "the declaration declares nothing");
                return Ok(());
            }
            return Err(self.refuse(specifiers.loc, "the declaration declares nothing"));
        }
        Ok(())
    }

    /// Skips a function's body and any old-style parameter declarations before it. Returns whether there was a body.
    fn function_body(&mut self, declarator: &Declarator) -> Parsed<bool> {
        if !declarator.is_function {
            return Ok(false);
        }
        if declarator.old_style && self.starts_type_name() {
            while self.peek().kind != Kind::LBrace {
                match self.peek().kind {
                    Kind::Eof => return Err(self.unexpected("'{'")),
                    Kind::LParen | Kind::LBracket => {
                        self.skip_group();
                    }
                    _ => self.at += 1,
                }
            }
        }
        if self.peek().kind != Kind::LBrace {
            return Ok(false);
        }
        if !self.is_c() {
            return Err(self.refuse(self.loc(), "a function's body is valid C but not valid in cdef()"));
        }
        let loc = self.loc();
        if !self.skip_group() {
            return Err(self.refuse(loc, "the body of the function is not closed"));
        }
        Ok(true)
    }

    /// Adds the declaration of a declarator.
    fn declare(
        &mut self,
        specifiers: &Specifiers,
        declarator: &Declarator,
        attributes: &Attributes,
        start: Loc,
        body: bool,
    ) -> Parsed<()> {
        let Some(token) = declarator.name else { return Err(self.unexpected("a name")) };
        let mut ty = declarator.ty;
        let late = attributes.mode != specifiers.attributes.mode
            || attributes.vector_size != specifiers.attributes.vector_size
            || attributes.vector_items != specifiers.attributes.vector_items;
        if late {
            ty = self.change_type(ty, attributes);
        }
        if specifiers.storage.typedef {
            return self.declare_typedef(token, specifiers, ty, declarator, attributes, start);
        }
        let function = matches!(self.decls.types.resolve(ty).0, Shape::Function(_));
        if !self.is_c() {
            return self.declare_in_cdef(token, specifiers, declarator, attributes, ty, start);
        }
        let kind = if function { DeclKind::Function } else { DeclKind::Variable };
        let mut flags = Parser::flags_of(specifiers.storage.flags, attributes) | self.file_flags(token.loc);
        let mut value = None;
        if body {
            flags |= DeclFlags::DEFINED;
        } else if self.take(Kind::Assign) {
            flags |= DeclFlags::DEFINED;
            value = self.initializer(&mut ty);
        }
        self.register(kind, token, ty, flags, value, declarator, attributes, start)
    }

    /// Reads an initializer and returns its value if it is a single number. A string completes the type of an array.
    fn initializer(&mut self, ty: &mut QualType) -> Option<Constant> {
        let start = self.at;
        if self.peek().kind == Kind::Str
            && let Shape::Array { item, length: Length::Open } = self.decls.types.shape(ty.id())
            && let Some((_, units)) = literal::string(self.text(self.peek()))
            && self.peek_at(1).kind != Kind::Str
        {
            *ty = self.decls.types.array(item, Length::Fixed(units.len() as u64 + 1)).into();
        }
        let scalar = self.decls.types.is_arithmetic(*ty);
        let constant = scalar.then(|| self.attempt(Parser::constant_operand).ok()).flatten();
        let ended = matches!(self.peek().kind, Kind::Comma | Kind::Semi);
        if constant.is_none() || !ended {
            self.at = start;
            self.skip_initializer();
            return None;
        }
        // Only a `const` object keeps its value.
        if !self.decls.types.resolve(*ty).1.contains(Quals::CONST) {
            return None;
        }
        let operand = self.convert(constant?, *ty).ok()?;
        match operand.value {
            Value::Int(value) => Some(Constant::Int { value, ty: ty.unqualified() }),
            Value::Float(value) => Some(Constant::Float { value, ty: ty.unqualified() }),
            _ => None,
        }
    }

    fn declare_typedef(
        &mut self,
        token: Token,
        specifiers: &Specifiers,
        ty: QualType,
        declarator: &Declarator,
        attributes: &Attributes,
        start: Loc,
    ) -> Parsed<()> {
        let name = self.symbol(token.atom);
        if let Some(constant) = self.decls.macro_named(name).filter(|_| !self.is_c())
            && self.decls.decl(constant).ty.id() != TypeId::VOID
        {
            return Err(self.refuse(token.loc, "the name is that of a variable"));
        }
        match self.decls.types.shape(ty.id()) {
            Shape::Record(id) => {
                let record = self.decls.types.record(id);
                if record.alias.is_empty() && self.gives_name(record.tag) {
                    self.decls.types.name_record(id, name);
                }
            }
            Shape::Enum(id) => {
                let known = self.decls.types.enum_of(id);
                // In `cdef`, an enum that was mentioned before keeps the name that it got there.
                let new = self.is_c() || id.number() >= self.cdef.first_enum;
                if new && known.alias.is_empty() && self.gives_name(known.tag) {
                    self.decls.types.name_enum(id, name);
                }
            }
            _ => {}
        }
        let mut ty = self.standard_type(name, ty);
        if attributes.aligned > 0 {
            // The typedef name denotes a type with a separate alignment.
            ty =
                QualType::new(self.decls.types.alias(name, ty.unqualified(), attributes.aligned), ty.quals());
        }
        let flags = Parser::flags_of(specifiers.storage.flags, attributes) | self.file_flags(token.loc);
        if self.peek().kind == Kind::Assign {
            return Err(self.unexpected("';'"));
        }
        self.register(DeclKind::Typedef, token, ty, flags, None, declarator, attributes, start)
    }

    /// Returns cffi's type for a typedef name that has one, in a session that wants that; otherwise the declared type.
    fn standard_type(&self, name: Symbol, ty: QualType) -> QualType {
        if !self.cdef.standard_names {
            return ty;
        }
        let text = self.decls.types.symbols.get(name);
        if let (Some(file), "FILE") = (self.cdef.file, text) {
            return file.into();
        }
        match crate::cdef::header::standard_type(&self.decls.types, text, ty) {
            Some(prim) => QualType::new(cffi_types::TypeId::of(prim), ty.quals()),
            None => ty,
        }
    }

    /// Returns whether a typedef of a struct, union or enum gives that type its name. In C this holds for types without
    /// a tag. In `cdef` it holds for the first declarator of a declaration, whether or not there is a tag.
    fn gives_name(&self, tag: Symbol) -> bool {
        if self.is_c() { tag.is_empty() } else { self.cdef.first_declarator }
    }

    /// Adds a declaration. If the name is already declared, its new information is added to that declaration.
    #[expect(clippy::too_many_arguments, reason = "these are the parts of a declaration")]
    pub(super) fn register(
        &mut self,
        kind: DeclKind,
        token: Token,
        ty: QualType,
        flags: DeclFlags,
        value: Option<Constant>,
        declarator: &Declarator,
        attributes: &Attributes,
        start: Loc,
    ) -> Parsed<()> {
        let name = self.symbol(token.atom);
        let value = value.map(|value| self.decls.add_constant(value));
        let end = self.last_end();
        if let Some(id) = self.decls.ordinary(name) {
            let known = *self.decls.decl(id);
            if let Some(ty) = self.same_declaration(known.kind, known.ty, kind, ty) {
                let known = self.decls.decl_mut(id);
                known.ty = ty;
                known.flags |= flags;
                known.value = known.value.or(value);
                self.extras(id, declarator, attributes);
                self.document(id, start, end);
                return Ok(());
            }
            self.contradiction(known.kind, kind, token)?;
        }
        let span = self.span(token.loc);
        let mut decl = Decl::new(kind, name, ty, span).with(flags);
        decl.value = value;
        let id = self.decls.declare(decl);
        self.extras(id, declarator, attributes);
        self.document(id, start, end);
        Ok(())
    }

    /// Returns the composite type of two declarations, or `None` if they contradict each other.
    fn same_declaration(
        &mut self,
        known_kind: DeclKind,
        known: QualType,
        kind: DeclKind,
        ty: QualType,
    ) -> Option<QualType> {
        if known_kind != kind {
            return None;
        }
        let (old, new) = (self.decls.types.canonical(known), self.decls.types.canonical(ty));
        if old == new {
            return Some(known);
        }
        match (self.decls.types.shape(old.id()), self.decls.types.shape(new.id())) {
            // `()` gives less information than a list of parameters.
            (Shape::Function(a), Shape::Function(b)) => {
                let (a, b) = (*self.decls.types.function_of(a), *self.decls.types.function_of(b));
                if a.result != b.result || a.unprototyped == b.unprototyped {
                    return None;
                }
                Some(if a.unprototyped { ty } else { known })
            }
            (Shape::Array { item: a, length: x }, Shape::Array { item: b, length: y }) if a == b => {
                match (x, y) {
                    (Length::Open, _) => Some(ty),
                    (_, Length::Open) => Some(known),
                    _ => None,
                }
            }
            _ => None,
        }
    }

    /// Reports two contradicting declarations of a name: an error in `cdef`, a warning in C, where the later one is
    /// used.
    pub(super) fn contradiction(&mut self, known: DeclKind, kind: DeclKind, token: Token) -> Parsed<()> {
        let message = format!("'{}' is declared a second time with another type", self.text(token));
        if self.is_c() {
            self.warn(token.loc, message);
            return Ok(());
        }
        if self.cdef.options.replace && known == kind {
            return Ok(());
        }
        Err(self.refuse(token.loc, message))
    }

    /// Records the parameter names, the assembler label and the deprecation message, which most declarations lack.
    fn extras(&mut self, id: DeclId, declarator: &Declarator, attributes: &Attributes) {
        if !declarator.param_names.is_empty() && self.decls.param_names(id).is_empty() {
            self.decls.set_param_names(id, &declarator.param_names);
        }
        if attributes.label != Atom::EMPTY {
            let text = self.input.texts.text(attributes.label).trim_matches('"').to_owned();
            let label = self.decls.types.symbols.intern(&text);
            self.decls.extra_mut(id).asm_label = label;
        }
        if attributes.deprecated != Atom::EMPTY {
            let text = self.decls.add_text(self.input.texts.text(attributes.deprecated).trim_matches('"'));
            self.decls.extra_mut(id).deprecated = text;
        }
    }

    /// Returns the flag for a declaration in a system header, if the place is in one.
    pub(super) fn file_flags(&mut self, loc: Loc) -> DeclFlags {
        if self.is_system(loc) { DeclFlags::SYSTEM } else { DeclFlags::NONE }
    }
}
