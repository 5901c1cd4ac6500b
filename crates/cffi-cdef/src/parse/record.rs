//! Structs and unions.

use cffi_types::types::{Field, RecordAttributes, RecordId, RecordKind, Shape};
use cffi_types::{QualType, Symbol, TypeId};

use super::parts::Naming;
use super::specifier_set::Storage;
use super::tags::record_decl;
use super::{Attributes, Parsed, Parser, Specifiers};
use crate::lex::{Kind, Token};
use crate::source::Loc;
use crate::words;

impl Parser<'_> {
    /// Reads `struct` or `union` and everything up to the end of its body.
    pub(super) fn record_specifier(&mut self, specifiers: &mut Specifiers) -> Parsed<QualType> {
        let keyword = self.next();
        let kind = if keyword.atom == words::UNION { RecordKind::Union } else { RecordKind::Struct };
        let mut attributes = Attributes::default();
        self.attributes(&mut attributes)?;
        let tag = self.is_name(self.peek()).then(|| self.next());
        let mut behind = Attributes::default();
        if tag.is_some() {
            self.attributes(&mut behind)?;
        }
        specifiers.has_tag = true;
        if self.peek().kind != Kind::LBrace {
            let Some(tag) = tag else { return Err(self.unexpected("a tag or '{'")) };
            // Without a body, attributes behind the tag belong to what is declared, and those before it to nothing.
            specifiers.attributes.merge(&behind);
            // In an inner scope `struct s;` would declare a new type, but the parser has only one scope.
            return Ok(self.record_of_tag(kind, tag)?.1.into());
        }
        attributes.merge(&behind);
        self.at += 1;
        let (id, ty) = match tag {
            Some(tag) => self.record_of_tag(kind, tag)?,
            None => {
                let id = self.decls.types.declare_record(kind, Symbol::EMPTY);
                (id, self.decls.types.record(id).ty)
            }
        };
        if self.decls.types.record(id).is_defined() {
            return self.redefined(keyword.loc, ty);
        }
        specifiers.defines = true;
        self.record_body(id, ty, kind, tag, keyword, attributes)?;
        Ok(ty.into())
    }

    /// Reports a second definition, which is an error. In C its body is skipped and the first definition is kept.
    fn redefined(&mut self, loc: Loc, ty: TypeId) -> Parsed<QualType> {
        let name = self.decls.types.spell(ty.into(), "");
        if !self.is_c() {
            return Err(self.refuse(loc, format!("'{name}' is defined a second time")));
        }
        self.at -= 1;
        self.skip_group();
        self.warn(loc, format!("'{name}' is defined a second time; the first definition holds"));
        self.attributes(&mut Attributes::default())?;
        Ok(ty.into())
    }

    /// Returns the struct or union with a tag, which is declared if it is new.
    fn record_of_tag(&mut self, kind: RecordKind, tag: Token) -> Parsed<(RecordId, TypeId)> {
        if let Some(ty) = self.find_tag(record_decl(kind), tag)?
            && let Shape::Record(id) = self.decls.types.shape(ty)
        {
            return Ok((id, ty));
        }
        let name = self.symbol(tag.atom);
        let id = self.decls.types.declare_record(kind, name);
        let ty = self.decls.types.record(id).ty;
        self.declare_tag(record_decl(kind), name, ty, tag.loc);
        Ok((id, ty))
    }

    fn record_body(
        &mut self,
        id: RecordId,
        ty: TypeId,
        kind: RecordKind,
        tag: Option<Token>,
        keyword: Token,
        mut attributes: Attributes,
    ) -> Parsed<()> {
        self.deeper()?;
        let first = self.fields.len();
        let parameters = std::mem::take(&mut self.cdef.parameter_depth);
        let outer_elided = std::mem::take(&mut self.cdef.elided);
        let outer_last = std::mem::take(&mut self.cdef.last_elided);
        let outer_known = std::mem::take(&mut self.cdef.known_constants);
        let mut partial = false;
        loop {
            let token = self.peek();
            match token.kind {
                Kind::RBrace => break,
                Kind::Semi if self.is_c() => self.at += 1,
                Kind::Pragma if self.is_c() => {
                    self.at += 1;
                    self.apply_pragma(token);
                }
                Kind::Ellipsis if !self.is_c() => {
                    self.at += 1;
                    self.expect(Kind::Semi)?;
                    partial = true;
                }
                Kind::Ident if self.is_static_assert(token) => self.static_assert()?,
                _ => partial |= self.members()?,
            }
        }
        let pack = self.pack.current;
        self.at += 1;
        self.attributes(&mut attributes)?;
        self.shallower();
        self.cdef.parameter_depth = parameters;
        self.cdef.elided = outer_elided;
        self.cdef.known_constants = outer_known;
        let fields = &self.fields[first..];
        let has_partial_member = !self.is_c() && fields.iter().any(|field| self.is_partial_struct(field.ty));
        partial |= has_partial_member;
        if fields.is_empty() {
            self.cdef.last_elided = outer_last;
        }
        if attributes.unsupported.index() != 0 {
            let name = self.input.texts.text(attributes.unsupported);
            return Err(self.refuse(keyword.loc, format!("the attribute '{name}' is not supported")));
        }
        self.check_members(first, partial, keyword.loc)?;
        let attributes = RecordAttributes {
            packed: attributes.packed,
            pack: if pack != 0 { pack as u8 } else { self.cdef.options.pack },
            aligned: attributes.aligned,
            ms_struct: attributes.ms_struct,
            transparent: attributes.transparent,
            partial,
        };
        let fields = self.fields.split_off(first);
        if self.decls.types.define_record(id, &fields, attributes).is_err() {
            return Err(self.refuse(keyword.loc, "the struct or union is defined inside of itself"));
        }
        if partial && tag.is_none() && !self.is_c() {
            self.cdef.nameless.push(ty);
        }
        let loc = tag.map_or(keyword.loc, |tag| tag.loc);
        let decl = match self.cdef.tag_decls.get(&ty).copied() {
            Some(decl) => {
                // The place of the type is that of its definition.
                let (span, flags) = (self.span(loc), self.file_flags(loc));
                let decl_there = self.decls.decl_mut(decl);
                decl_there.span = span;
                decl_there.flags |= flags;
                decl
            }
            None => {
                self.declare_tag(record_decl(kind), Symbol::EMPTY, ty, loc);
                self.cdef.tag_decls[&ty]
            }
        };
        self.document(decl, keyword.loc, self.last_end());
        Ok(())
    }

    /// Returns whether a type is a struct, and not a union, of `cdef` that is known in part only.
    fn is_partial_struct(&self, ty: QualType) -> bool {
        let Shape::Record(id) = self.decls.types.resolve(ty).0 else { return false };
        let record = self.decls.types.record(id);
        record.kind == RecordKind::Struct && record.attributes.partial
    }

    /// Notes whether the array lengths of a member are elided, and returns it.
    ///
    /// The stock front end reads the body of a struct after the lengths of the arrays in the first declarator, and
    /// keeps what it has seen last.
    fn elided_member(&mut self, specifiers: &Specifiers, first: bool) -> Parsed<bool> {
        let elided = std::mem::take(&mut self.cdef.elided);
        if !(first && specifiers.defines) || self.is_c() {
            self.cdef.last_elided = elided;
        } else if elided && !self.cdef.last_elided {
            return Err(self.refuse(specifiers.loc, "'[...]' is behind the body of a struct"));
        }
        Ok(self.cdef.last_elided)
    }

    /// Reads one declaration of members. Returns whether one of them makes the struct a partial one.
    fn members(&mut self) -> Parsed<bool> {
        self.cdef.base_convention = false;
        let specifiers = self.specifiers()?;
        if specifiers.storage != Storage::default() {
            return Err(self.refuse(specifiers.loc, "a member cannot have a storage class"));
        }
        if self.peek().kind == Kind::Semi {
            self.at += 1;
            self.anonymous_member(&specifiers)?;
            self.cdef.known_constants = None;
            return self.elided_member(&specifiers, true);
        }
        let (mut first, mut partial) = (true, false);
        loop {
            let mut attributes = specifiers.attributes;
            let declarator = if self.peek().kind == Kind::Colon {
                None
            } else {
                Some(self.declarator(specifiers.ty, Naming::Required, &mut attributes)?)
            };
            let (name_token, mut ty) = match &declarator {
                Some(declarator) => (declarator.name, declarator.ty),
                None => (None, specifiers.ty),
            };
            let loc = name_token.map_or(specifiers.loc, |name| name.loc);
            let bits = if self.take(Kind::Colon) { Some(self.bit_width()?) } else { None };
            attributes.convention = None;
            self.attributes(&mut attributes)?;
            if let Some(late) = attributes.convention {
                ty = self.with_convention(ty, late);
            }
            let late = attributes.mode != specifiers.attributes.mode
                || attributes.vector_size != specifiers.attributes.vector_size;
            if late {
                ty = self.change_type(ty, &attributes);
            }
            if matches!(self.decls.types.resolve(ty).0, Shape::Function(_)) && self.is_c() {
                return Err(self.refuse(loc, "a member cannot be a function"));
            }
            let name = name_token.map_or(Symbol::EMPTY, |name| self.symbol(name.atom));
            if attributes.aligned > 0 && !self.is_c() {
                self.warn(loc, "the alignment is honoured here, and ignored by the stock front end");
            }
            self.add_field(name, ty, bits, &attributes, loc);
            partial |= self.elided_member(&specifiers, first)?;
            first = false;
            self.cdef.known_constants = None;
            if !self.take(Kind::Comma) {
                break;
            }
            if self.cdef.base_convention {
                return Err(self.unexpected("';' behind a function with a calling convention"));
            }
            // GNU C: attributes before the next declarator apply to that declarator only.
            let mut next = Attributes::default();
            self.attributes(&mut next)?;
        }
        // GCC accepts a missing `;` before the `}`, with a warning.
        if self.peek().kind == Kind::RBrace && self.is_c() {
            return Ok(partial);
        }
        self.expect(Kind::Semi)?;
        Ok(partial)
    }

    fn add_field(
        &mut self,
        name: Symbol,
        ty: QualType,
        bits: Option<u32>,
        attributes: &Attributes,
        loc: Loc,
    ) {
        let position = self.file_of(loc).map_or(0, |(start, _, _)| loc.offset_from(start));
        let field = match bits {
            Some(bits) => Field::bit_field(name, ty, bits),
            None => Field::new(name, ty),
        };
        let mut field = field.aligned(attributes.aligned);
        (field.packed, field.position) = (attributes.packed, position);
        self.fields.push(field);
    }

    /// Reads a member declaration without declarators: an anonymous struct or union, or nothing.
    fn anonymous_member(&mut self, specifiers: &Specifiers) -> Parsed<()> {
        let ty = specifiers.ty;
        if !self.is_c() && specifiers.has_tag && !specifiers.defines {
            return Err(self.refuse(specifiers.loc, "the declaration declares no member"));
        }
        if let Shape::Record(id) = self.decls.types.shape(ty.id()) {
            // In Visual C++ and `cdef`, a struct with a tag is an anonymous member, too.
            let tagged = !self.decls.types.record(id).tag.is_empty();
            let wanted = !tagged || !self.is_c() || self.input.options.target.is_msvc();
            if wanted && specifiers.defines {
                self.cdef.nameless.retain(|nameless| *nameless != ty.id());
                if tagged && !self.is_c() {
                    self.warn(
                        specifiers.loc,
                        "the struct with a tag becomes an anonymous member, as in Visual C++",
                    );
                }
                self.add_field(Symbol::EMPTY, ty, None, &specifiers.attributes, specifiers.loc);
            }
            return Ok(());
        }
        if !self.is_c() && matches!(self.decls.types.shape(ty.id()), Shape::Enum(_)) {
            return Err(self.refuse(specifiers.loc, "the declaration declares no member"));
        }
        if specifiers.has_tag || self.is_c() && specifiers.attributes != Attributes::default() {
            return Ok(());
        }
        if self.is_c() {
            self.warn(specifiers.loc, "the declaration declares no member");
            return Ok(());
        }
        Err(self.refuse(specifiers.loc, "the declaration declares no member"))
    }

    fn bit_width(&mut self) -> Parsed<u32> {
        let loc = self.loc();
        let value = self.constant_integer()?;
        u32::try_from(value)
            .ok()
            .filter(|bits| *bits <= 1 << 24)
            .ok_or_else(|| self.refuse(loc, "the width of the bit-field is out of range"))
    }

    /// Refuses members that `cdef` does not allow.
    fn check_members(&mut self, first: usize, partial: bool, loc: Loc) -> Parsed<()> {
        if self.is_c() {
            return Ok(());
        }
        let fields = &self.fields[first..];
        if partial && fields.iter().any(|field| field.bits().is_some()) {
            return Err(self.refuse(loc, "a struct with '...;' cannot have bit-fields"));
        }
        let mut names: Vec<Symbol> =
            fields.iter().map(|field| field.name).filter(|name| !name.is_empty()).collect();
        names.sort_unstable();
        if names.windows(2).any(|pair| pair[0] == pair[1]) {
            return Err(self.refuse(loc, "two members have one name"));
        }
        Ok(())
    }
}
