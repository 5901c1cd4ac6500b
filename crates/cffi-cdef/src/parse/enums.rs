//! Enums.

use cffi_types::decls::{Constant, Decl, DeclKind};
use cffi_types::types::{EnumAttributes, EnumId, Enumerator, Shape};
use cffi_types::{Prim, QualType, Symbol, TypeId};

use super::parts::Naming;
use super::{Attributes, Parsed, Parser, Specifiers};
use crate::expr::{Operand, Value};
use crate::lex::{Kind, Token};
use crate::words;

impl Parser<'_> {
    /// Reads `enum` and everything up to the end of its list.
    pub(super) fn enum_specifier(&mut self, specifiers: &mut Specifiers) -> Parsed<QualType> {
        let keyword = self.next();
        let mut attributes = Attributes::default();
        self.attributes(&mut attributes)?;
        let tag = self.is_name(self.peek()).then(|| self.next());
        let mut behind = Attributes::default();
        if tag.is_some() {
            self.attributes(&mut behind)?;
        }
        specifiers.has_tag = true;
        let fixed = self.fixed_type()?;
        if self.peek().kind != Kind::LBrace {
            let Some(tag) = tag else { return Err(self.unexpected("a tag or '{'")) };
            // Attributes behind the tag belong to what is declared, not to the type.
            specifiers.attributes.merge(&behind);
            let (id, ty) = self.enum_of_tag(tag)?;
            let is_new = self.decls.types.enum_ids().skip(self.cdef.first_enum).any(|new| new == id);
            if !self.is_c() && self.in_parameters() && is_new && !self.decls.types.enumerators(id).is_empty()
            {
                // The stock front end reads the parameters of a function before its result.
                return Err(self.refuse(tag.loc, "the enum is mentioned before its list"));
            }
            if !self.is_c() && !self.decls.types.enum_of(id).defined {
                // `cdef` does not accept a list later on, so the enum is complete and its type is `unsigned int`.
                let _ = self.decls.types.define_enum(id, &[], EnumAttributes::default());
            }
            if fixed.is_some() && !self.decls.types.enum_of(id).defined && self.peek().kind == Kind::Semi {
                // A declaration `enum e : short;` is complete without a list.
                let attributes = EnumAttributes { fixed, ..EnumAttributes::default() };
                let _ = self.decls.types.define_enum(id, &[], attributes);
            }
            return Ok(ty.into());
        }
        attributes.merge(&behind);
        self.at += 1;
        if let Some(tag) = tag.filter(|_| !self.is_c())
            && self.find_tag(DeclKind::Enum, tag)?.is_some()
        {
            let message = "the list of an enum has to come where it is mentioned first";
            return Err(self.refuse(tag.loc, message));
        }
        let (id, ty) = match tag {
            Some(tag) => self.enum_of_tag(tag)?,
            None => {
                let id = self.decls.types.declare_enum(Symbol::EMPTY);
                (id, self.decls.types.enum_of(id).ty)
            }
        };
        let known = self.decls.types.enum_of(id);
        if known.defined && (known.attributes.fixed.is_none() || !self.decls.types.enumerators(id).is_empty())
        {
            let name = self.decls.types.spell(ty.into(), "");
            return Err(self.refuse(keyword.loc, format!("'{name}' is defined a second time")));
        }
        specifiers.defines = true;
        self.enum_body(id, ty, tag, keyword, fixed, attributes)?;
        Ok(ty.into())
    }

    /// Reads a fixed underlying type such as `: short`, in C23 and Clang.
    fn fixed_type(&mut self) -> Parsed<Option<QualType>> {
        // In a bit-field, a `:` and a number may follow the tag of the type.
        let next = self.peek_at(1);
        if self.peek().kind != Kind::Colon || !self.is_c() || !self.is_type_start(next) {
            return Ok(None);
        }
        self.at += 1;
        let specifiers = self.specifiers()?;
        let mut attributes = specifiers.attributes;
        let declarator = self.declarator(specifiers.ty, Naming::Forbidden, &mut attributes)?;
        Ok(Some(declarator.ty))
    }

    fn enum_of_tag(&mut self, tag: Token) -> Parsed<(EnumId, TypeId)> {
        if let Some(ty) = self.find_tag(DeclKind::Enum, tag)?
            && let Shape::Enum(id) = self.decls.types.shape(ty)
        {
            return Ok((id, ty));
        }
        let name = self.symbol(tag.atom);
        let id = self.decls.types.declare_enum(name);
        let ty = self.decls.types.enum_of(id).ty;
        self.declare_tag(DeclKind::Enum, name, ty, tag.loc);
        Ok((id, ty))
    }

    fn enum_body(
        &mut self,
        id: EnumId,
        ty: TypeId,
        tag: Option<Token>,
        keyword: Token,
        fixed: Option<QualType>,
        mut attributes: Attributes,
    ) -> Parsed<()> {
        let mut enumerators: Vec<Enumerator> = Vec::new();
        let mut decls: Vec<(Token, Option<i128>)> = Vec::new();
        let mut next = Some(0i128);
        let mut partial = false;
        loop {
            let token = self.peek();
            match token.kind {
                Kind::RBrace => break,
                Kind::Pragma if self.is_c() => {
                    self.at += 1;
                    self.apply_pragma(token);
                    continue;
                }
                Kind::Ellipsis if !self.is_c() => {
                    self.at += 1;
                    partial = true;
                    if self.peek().kind != Kind::RBrace {
                        return Err(self.unexpected("'}'"));
                    }
                    continue;
                }
                Kind::Ident if self.is_name(token) && (self.is_c() || !self.is_type_start(token)) => {
                    self.at += 1;
                }
                _ => return Err(self.unexpected("the name of an enumerator")),
            }
            self.attributes(&mut Attributes::default())?;
            let mut value = next;
            if self.take(Kind::Assign) {
                if !self.is_c() && self.peek().kind == Kind::Ellipsis {
                    self.at += 1;
                    partial = true;
                    value = None;
                } else {
                    let operand = self.constant_operand()?;
                    value = Some(self.integer_of(&operand, token.loc)?);
                }
            }
            // After an elided value, `cdef` continues to count from a guess.
            let guess = value.unwrap_or_else(|| next.unwrap_or(0));
            self.check_enumerator(token, guess)?;
            let name = self.symbol(token.atom);
            enumerators.push(Enumerator::new(name, value));
            decls.push((token, value));
            self.declare_enumerator(token, name, ty, guess)?;
            next = guess.checked_add(1);
            if !self.take(Kind::Comma) {
                break;
            }
        }
        if enumerators.is_empty() && (!partial || self.is_c()) {
            return Err(self.unexpected("the name of an enumerator"));
        }
        self.expect(Kind::RBrace)?;
        self.attributes(&mut attributes)?;
        let packed = attributes.packed;
        let enum_attributes = EnumAttributes { fixed, packed, partial };
        if self.decls.types.define_enum(id, &enumerators, enum_attributes).is_err() {
            return Err(self.refuse(keyword.loc, "the enum is defined a second time"));
        }
        let loc = tag.map_or(keyword.loc, |tag| tag.loc);
        let decl = match self.cdef.tag_decls.get(&ty).copied() {
            Some(decl) => decl,
            None => {
                self.declare_tag(DeclKind::Enum, Symbol::EMPTY, ty, loc);
                self.cdef.tag_decls[&ty]
            }
        };
        self.document(decl, keyword.loc, self.last_end());
        self.type_enumerators(&decls, id, fixed);
        Ok(())
    }

    fn check_enumerator(&mut self, token: Token, value: i128) -> Parsed<()> {
        if value > i128::from(u64::MAX) || value < i128::from(i64::MIN) {
            return Err(self.refuse(token.loc, "the value of the enumerator is too large"));
        }
        Ok(())
    }

    fn declare_enumerator(&mut self, token: Token, name: Symbol, ty: TypeId, value: i128) -> Parsed<()> {
        if !self.is_c() {
            self.set_constant(token, name, value)?;
        }
        let span = self.span(token.loc);
        let flags = self.file_flags(token.loc);
        let constant =
            self.decls.add_constant(Constant::Int { value, ty: self.enumerator_type(value, None) });
        let decl = Decl::new(DeclKind::Enumerator, name, ty.into(), span).valued(constant).with(flags);
        let id = self.decls.declare(decl);
        let end = self.last_end();
        self.document(id, token.loc, end);
        Ok(())
    }

    /// Returns the type of an enumerator: `int` if the value fits, otherwise the type of the enum. That type is only
    /// known at the end of the list; until then a guess is used.
    fn enumerator_type(&self, value: i128, underlying: Option<TypeId>) -> QualType {
        if i32::try_from(value).is_ok() {
            return TypeId::of(Prim::Int).into();
        }
        let guess = match (u32::try_from(value).is_ok(), i64::try_from(value).is_ok()) {
            (true, _) => Prim::UInt,
            (_, true) => Prim::Long,
            _ => Prim::ULong,
        };
        underlying.unwrap_or(TypeId::of(guess)).into()
    }

    /// Gives the enum's type to all enumerators of an enum with a fixed type, otherwise to those that do not fit an
    /// `int`.
    fn type_enumerators(&mut self, decls: &[(Token, Option<i128>)], id: EnumId, fixed: Option<QualType>) {
        let underlying = self.decls.types.enum_of(id).underlying;
        for (token, value) in decls {
            let Some(value) = *value else { continue };
            if fixed.is_none() && i32::try_from(value).is_ok() {
                continue;
            }
            let ty = match fixed {
                Some(_) => underlying.into(),
                None => self.enumerator_type(value, Some(underlying)),
            };
            let name = self.symbol(token.atom);
            let constant = self.decls.add_constant(Constant::Int { value, ty });
            if let Some(decl) = self.decls.ordinary(name) {
                self.decls.decl_mut(decl).value = Some(constant);
            }
        }
    }

    /// Returns the value of an integer constant, or refuses any other constant.
    pub(crate) fn integer_of(&mut self, operand: &Operand, loc: crate::source::Loc) -> Parsed<i128> {
        match operand.value {
            Value::Int(value) if self.decls.types.is_signed(operand.ty).is_some() => Ok(value),
            _ => Err(self.refuse(loc, "the value is not an integer constant")),
        }
    }

    pub(super) fn is_static_assert(&self, token: Token) -> bool {
        token.is_word(words::STATIC_ASSERT) || token.is_word(words::C23_STATIC_ASSERT) && self.is_c23()
    }

    /// Reads `_Static_assert(…)`. A failed assertion is a problem: the layout differs from what the header expects.
    pub(super) fn static_assert(&mut self) -> Parsed<()> {
        let keyword = self.next();
        if !self.is_c() {
            return Err(self.refuse(keyword.loc, "'_Static_assert' is valid C but not valid in cdef()"));
        }
        let start = self.at;
        self.expect(Kind::LParen)?;
        match self.attempt(Parser::constant_operand) {
            Ok(operand) => {
                if matches!(operand.value, Value::Int(0)) {
                    let text =
                        if self.peek_at(1).kind == Kind::Str { self.text(self.peek_at(1)) } else { "" };
                    self.note(crate::problem::Problem::error(
                        keyword.loc,
                        format!("the assertion fails {text}"),
                    ));
                }
                self.at = start;
            }
            Err(refused) => {
                self.warn(keyword.loc, format!("the assertion is not understood: {}", refused.message));
                self.at = start;
            }
        }
        self.skip_group();
        self.take(Kind::Semi);
        Ok(())
    }
}
