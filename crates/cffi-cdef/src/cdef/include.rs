//! `ffi.include()`: the types and constants of another session become visible in this one.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};

use cffi_types::decls::{Constant, Decl, DeclFlags, DeclKind, Decls, Span};
use cffi_types::types::{EnumAttributes, Field, RecordAttributes, Shape};
use cffi_types::{QualType, Symbol, TypeId};

use super::session::{Refusal, Session};

/// The identity of a struct, union, enum or unknown type across sessions: the session that declared it, and its number
/// there.
pub(super) type Root = (SessionId, TypeId);

/// A number that no other session of the process has.
#[derive(Copy, Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct SessionId(u64);

impl SessionId {
    pub(super) fn next() -> SessionId {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        SessionId(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// The types of a session that other sessions declared.
#[derive(Debug, Default)]
pub(super) struct Foreign {
    by_root: HashMap<Root, TypeId>,
    roots: HashMap<TypeId, Root>,
}

/// A type of this session that an included session has, too: its number here and there.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Link {
    /// The number in this session.
    pub own: TypeId,
    /// The number in the included session.
    pub other: TypeId,
}

impl Session {
    /// Makes the typedefs, structs, unions, enums and constants of another session visible in this one. Later
    /// declarations of that session are not visible. Returns the structs, unions, enums and unknown types that are new
    /// here.
    ///
    /// # Errors
    /// Returns a refusal if a name has another meaning in this session. Nothing is included then.
    pub fn include(&mut self, other: &Session) -> Result<Vec<Link>, Refusal> {
        self.decls.begin();
        let file = self.scratch.cdef.file;
        let mut copy = Copy { own: self, other, types: Vec::new(), links: Vec::new() };
        let outcome = copy.run();
        let links = copy.links;
        match outcome {
            Ok(constants) => {
                self.decls.types.lay_out_records();
                self.decls.commit();
                for (name, value) in constants {
                    self.scratch.cdef.constants.insert(name, value.into());
                }
                Ok(links)
            }
            Err(message) => {
                for link in links {
                    if let Some(root) = self.foreign.roots.remove(&link.own) {
                        self.foreign.by_root.remove(&root);
                    }
                }
                self.scratch.cdef.file = file;
                self.decls.roll_back();
                let kept = self.decls.len();
                self.scratch.cdef.tag_decls.retain(|_, decl| decl.number() < kept);
                Err(Refusal::without_place(message))
            }
        }
    }

    /// Returns the struct behind `FILE`, once a text has used it.
    #[must_use]
    pub fn file_type(&self) -> Option<TypeId> {
        self.scratch.cdef.file
    }

    /// Returns the value of a named constant: an enumerator, or a number that a text has defined.
    #[must_use]
    pub fn constant(&self, name: Symbol) -> Option<i128> {
        self.scratch.cdef.constants.get(&name).map(|value| (*value).into())
    }

    /// Returns the names of all constants, in no particular order.
    pub fn constants(&self) -> impl Iterator<Item = (Symbol, i128)> + '_ {
        self.scratch.cdef.constants.iter().map(|(name, value)| (*name, (*value).into()))
    }
}

struct Copy<'a> {
    own: &'a mut Session,
    other: &'a Session,
    /// The number here of each type of the other session, in the order of its arena.
    types: Vec<TypeId>,
    links: Vec<Link>,
}

impl Copy<'_> {
    fn run(&mut self) -> Result<Vec<(Symbol, i128)>, String> {
        let bodies = self.types();
        for (other, own) in bodies {
            self.body(other, own);
        }
        for (_, decl) in self.other.decls.iter() {
            self.declare(decl)?;
        }
        self.constants()
    }

    /// Copies all types. Returns the structs, unions and enums whose definitions remain to be copied.
    fn types(&mut self) -> Vec<(TypeId, TypeId)> {
        let mut bodies = Vec::new();
        for id in self.other.decls.types.ids() {
            let own = match self.other.decls.types.shape(id) {
                Shape::Record(_) | Shape::Enum(_) | Shape::Unknown { .. } => {
                    let (own, new) = self.nominal(id);
                    if new {
                        bodies.push((id, own));
                    }
                    own
                }
                shape => self.composite(shape),
            };
            self.types.push(own);
        }
        bodies
    }

    /// Returns the number here of a struct, union, enum or unknown type, and whether it is new.
    fn nominal(&mut self, id: TypeId) -> (TypeId, bool) {
        let root = self.other.foreign.roots.get(&id).copied().unwrap_or((self.other.id, id));
        if root.0 == self.own.id {
            return (root.1, false);
        }
        if let Some(own) = self.own.foreign.by_root.get(&root) {
            return (*own, false);
        }
        let theirs = &self.other.decls.types;
        let own = match theirs.shape(id) {
            Shape::Record(record) => {
                let record = *theirs.record(record);
                let (tag, alias) = (self.symbol(record.tag), self.symbol(record.alias));
                if self.other.scratch.cdef.file == Some(id)
                    && let Some(file) = self.own.scratch.cdef.file
                {
                    return (file, false);
                }
                let types = &mut self.own.decls.types;
                let copy = types.declare_record(record.kind, tag);
                types.name_record(copy, alias);
                let ty = types.record(copy).ty;
                if self.other.scratch.cdef.file == Some(id) {
                    self.own.scratch.cdef.file = Some(ty);
                }
                ty
            }
            Shape::Enum(e) => {
                let e = *theirs.enum_of(e);
                let (tag, alias) = (self.symbol(e.tag), self.symbol(e.alias));
                let types = &mut self.own.decls.types;
                let copy = types.declare_enum(tag);
                types.name_enum(copy, alias);
                types.enum_of(copy).ty
            }
            Shape::Unknown { name, kind } => {
                let name = self.symbol(name);
                self.own.decls.types.unknown(name, kind)
            }
            _ => TypeId::VOID,
        };
        self.own.foreign.by_root.insert(root, own);
        self.own.foreign.roots.insert(own, root);
        self.links.push(Link { own, other: id });
        (own, true)
    }

    fn composite(&mut self, shape: Shape) -> TypeId {
        match shape {
            Shape::Pointer(to) => {
                let to = self.map(to);
                self.own.decls.types.pointer(to)
            }
            Shape::Array { item, length } => {
                let item = self.map(item);
                self.own.decls.types.array(item, length)
            }
            Shape::Function(id) => {
                let theirs = &self.other.decls.types;
                let f = *theirs.function_of(id);
                let params: Vec<QualType> = theirs.params(&f).iter().map(|param| self.map(*param)).collect();
                let result = self.map(f.result);
                self.own.decls.types.function(result, &params, f.variadic, f.unprototyped, f.convention)
            }
            Shape::Alias { name, to, align_log2 } => {
                let (name, to) = (self.symbol(name), self.map(to));
                let align = if align_log2 == 0 { 0 } else { 1u32 << (align_log2 - 1) };
                self.own.decls.types.alias(name, to, align)
            }
            Shape::Vector { item, count } => {
                let item = self.map(item.into()).id();
                self.own.decls.types.vector(item, count)
            }
            Shape::BitInt { signed, bits } => self.own.decls.types.bit_int(signed, bits),
            _ => TypeId::VOID,
        }
    }

    /// Returns the number here of a type that has been copied.
    fn map(&self, ty: QualType) -> QualType {
        let first = TypeId::FIRST_IN_ARENA;
        let own = match ty.id().number().checked_sub(first) {
            Some(at) => self.types.get(at).copied().unwrap_or(TypeId::VOID),
            None => ty.id(),
        };
        QualType::new(own, ty.quals())
    }

    fn symbol(&mut self, name: Symbol) -> Symbol {
        let text = self.other.decls.types.symbols.get(name);
        self.own.decls.types.symbols.intern(text)
    }

    /// Copies the definition of a struct, union or enum.
    fn body(&mut self, other: TypeId, own: TypeId) {
        let theirs = &self.other.decls.types;
        match (theirs.shape(other), self.own.decls.types.shape(own)) {
            (Shape::Record(from), Shape::Record(to)) if theirs.record(from).is_defined() => {
                let attributes: RecordAttributes = theirs.record(from).attributes;
                let fields: Vec<Field> = theirs
                    .fields(from)
                    .iter()
                    .map(|field| {
                        let mut copy = *field;
                        copy.name = self.own.decls.types.symbols.intern(theirs.symbols.get(field.name));
                        copy.ty = self.map(field.ty);
                        copy
                    })
                    .collect();
                let _ = self.own.decls.types.define_record(to, &fields, attributes);
            }
            (Shape::Enum(from), Shape::Enum(to)) if theirs.enum_of(from).defined => {
                let known = theirs.enum_of(from).attributes;
                let attributes = EnumAttributes { fixed: known.fixed.map(|ty| self.map(ty)), ..known };
                let list: Vec<_> = theirs
                    .enumerators(from)
                    .iter()
                    .map(|e| e.renamed(self.own.decls.types.symbols.intern(theirs.symbols.get(e.name))))
                    .collect();
                let _ = self.own.decls.types.define_enum(to, &list, attributes);
            }
            _ => {}
        }
    }

    fn declare(&mut self, decl: &Decl) -> Result<(), String> {
        let name = self.symbol(decl.name);
        let ty = self.map(decl.ty);
        let tag = matches!(decl.kind, DeclKind::Struct | DeclKind::Union | DeclKind::Enum);
        match decl.kind {
            DeclKind::Function | DeclKind::Variable => return Ok(()),
            // The values of constants are enough for what the stock front end includes.
            DeclKind::Macro if decl.value.is_none() => return Ok(()),
            _ if name.is_empty() => return Ok(()),
            _ => {}
        }
        let decls = &mut self.own.decls;
        if tag {
            let kind = decl.kind;
            match own_tag(decls, kind, name) {
                Some(known) if known == ty.id() => return Ok(()),
                Some(_) => return Err(self.twice(kind, name)),
                None => {}
            }
        } else if decl.kind == DeclKind::Macro {
            // A conflict between values is found with the constants.
            if decls.macro_named(name).is_some() {
                return Ok(());
            }
        } else if let Some(known) = decls.ordinary(name) {
            let known = *decls.decl(known);
            let same =
                decls.types.canonical(known.ty) == decls.types.canonical(ty) && known.kind == decl.kind;
            return if same { Ok(()) } else { Err(self.twice(decl.kind, name)) };
        }
        let value = decl.value.map(|value| *self.other.decls.constant(value));
        let value = value.and_then(|value| match value {
            Constant::Int { value, ty } => Some(Constant::Int { value, ty: self.map(ty) }),
            Constant::Elided => Some(Constant::Elided),
            _ => None,
        });
        let file = self.own.include_file();
        let mut copy = Decl::new(decl.kind, name, ty, Span::new(file, 0, 0)).with(decl.flags);
        copy = copy.with(DeclFlags::INCLUDED);
        copy.value = value.map(|value| self.own.decls.add_constant(value));
        let known_tag = if tag { self.own.decls.tag(name) } else { None };
        let id = self.own.decls.declare(copy);
        if tag {
            self.own.scratch.cdef.tag_decls.insert(ty.id(), id);
            if let Some(known) = known_tag {
                let second = second_name(&mut self.own.decls, decl.kind, name);
                self.own.decls.bind_tag(second, ty.id());
                self.own.decls.bind_tag(name, known);
            }
        }
        Ok(())
    }

    fn constants(&mut self) -> Result<Vec<(Symbol, i128)>, String> {
        let mut new = Vec::new();
        for (name, value) in self.other.constants() {
            let own = self.symbol(name);
            match self.own.constant(own) {
                Some(known) if known == value => {}
                Some(_) => {
                    let name = self.other.decls.types.symbols.get(name);
                    return Err(format!("'{name}' is a constant of another value already"));
                }
                None => new.push((own, value)),
            }
        }
        Ok(new)
    }

    fn twice(&self, kind: DeclKind, name: Symbol) -> String {
        let name = self.own.decls.types.symbols.get(name);
        format!("'{} {name}' is declared in both sets of declarations, with another meaning", kind.name())
    }
}

/// Returns the struct, union or enum with this tag: its kind decides, because each kind has its own tags.
fn own_tag(decls: &mut Decls, kind: DeclKind, name: Symbol) -> Option<TypeId> {
    let ty = decls.tag(name)?;
    let first = match decls.types.shape(ty) {
        Shape::Record(id) => decls.types.record(id).kind.keyword() == kind.name(),
        Shape::Enum(_) => kind == DeclKind::Enum,
        _ => false,
    };
    if first {
        return Some(ty);
    }
    let second = second_name(decls, kind, name);
    decls.tag(second)
}

/// Returns the name under which a tag is stored that another kind of type has, too.
fn second_name(decls: &mut Decls, kind: DeclKind, name: Symbol) -> Symbol {
    let text = format!("{} {}", kind.name(), decls.types.symbols.get(name));
    decls.types.symbols.intern(&text)
}
