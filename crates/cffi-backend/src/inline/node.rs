//! The source of one ctype: a copy of the facts about one type of the arena.

use cffi_cdef::cdef::Session;
use cffi_memory::NoMemory;
use cffi_types::types::{
    Convention, EnumId, Length, QualType, RecordAttributes, RecordId, RecordKind, RecordState, Shape, TypeId,
    UnknownKind,
};
use cffi_types::{Prim, Symbol};

use super::numbers::Numbers;
use crate::ctype::BitInt;

/// A type, with its components by number. All numbers are those of canonical types.
pub(crate) enum Node {
    Void,
    Primitive(Prim),
    Pointer(TypeId),
    Array {
        item: TypeId,
        length: Length,
    },
    Vector {
        item: TypeId,
        count: u32,
        size: u64,
        name: String,
    },
    BitInt(BitInt),
    Function(Signature),
    /// The struct behind C's `FILE`.
    File,
    Record(RecordNode),
    Enum(EnumNode),
    /// `typedef ... name;`: a struct about which nothing is known.
    Opaque {
        name: String,
    },
    /// `typedef int... name;`, `typedef float... name;`
    Unknown {
        name: String,
        kind: &'static str,
    },
    /// A type that the backend has no ctype for, as C spells it.
    Unsupported(String),
}

/// A function type.
pub(crate) struct Signature {
    pub(crate) result: TypeId,
    pub(crate) params: Vec<TypeId>,
    pub(crate) variadic: bool,
    pub(crate) convention: Convention,
}

/// A struct or union.
pub(crate) struct RecordNode {
    pub(crate) kind: RecordKind,
    pub(crate) name: String,
    pub(crate) state: Known,
}

/// The part of a struct or union that is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Known {
    Nothing,
    /// The list of members contains `...`.
    Part,
    All,
}

/// An enum.
pub(crate) struct EnumNode {
    pub(crate) name: String,
    /// Whether only the C compiler knows all values.
    pub(crate) partial: bool,
    pub(crate) base: TypeId,
    pub(crate) enumerators: Vec<(String, i128)>,
}

/// A member of a struct or union.
pub(crate) struct FieldNode {
    pub(crate) name: String,
    pub(crate) ty: TypeId,
    pub(crate) bits: Option<u32>,
    /// The alignment in bytes that the declaration requests; 0 for none.
    pub(crate) align: usize,
    /// The distance from the start in bytes, where attributes decide on it.
    pub(crate) offset: Option<u64>,
    /// The first bit of a bit-field, where attributes decide on it.
    pub(crate) bit: Option<u64>,
}

/// The members of a struct or union, and the properties of their layout.
pub(crate) struct Body {
    /// The name without `struct` or `union`, for messages.
    pub(crate) tag: String,
    pub(crate) fields: Vec<FieldNode>,
    pub(crate) attributes: RecordAttributes,
    /// The layout of the whole, where attributes decide on it.
    pub(crate) stated: Option<Stated>,
}

/// Holds the layout of a struct or union that attributes decide on, in bytes.
#[derive(Clone, Copy)]
pub(crate) struct Stated {
    pub(crate) size: u64,
    pub(crate) align: u64,
    /// The largest alignment of a member as it is placed.
    pub(crate) natural_align: u64,
}

/// Copies the facts about a type.
pub(super) fn of(session: &Session, numbers: &mut Numbers, ty: TypeId) -> Result<Node, NoMemory> {
    let types = &session.decls.types;
    let canonical = |ty: QualType| types.canonical(ty).id();
    Ok(match types.shape(ty) {
        Shape::Void => Node::Void,
        Shape::Primitive(prim) => Node::Primitive(prim),
        Shape::Pointer(to) => Node::Pointer(canonical(to)),
        Shape::Array { item, length } => Node::Array { item: canonical(item), length },
        Shape::Function(id) => {
            let f = types.function_of(id);
            Node::Function(Signature {
                result: canonical(f.result),
                params: cffi_memory::collect(types.params(f).iter().map(|param| canonical(*param)))?,
                variadic: f.variadic,
                convention: f.convention,
            })
        }
        Shape::Record(_) if session.file_type() == Some(ty) => Node::File,
        Shape::Record(id) => Node::Record(record(session, numbers, id)?),
        Shape::Enum(id) => Node::Enum(enumeration(session, numbers, id)?),
        Shape::Unknown { name, kind: UnknownKind::Opaque } => {
            Node::Opaque { name: opaque(session, name, ty)? }
        }
        Shape::Unknown { name, kind } => {
            let kind = if kind == UnknownKind::Integer { "integer" } else { "float" };
            Node::Unknown { name: copied(session, name)?, kind }
        }
        Shape::Vector { item, count } => Node::Vector {
            item: canonical(item.into()),
            count,
            size: types.size(ty).unwrap_or(0),
            name: types.spell(ty.into(), ""),
        },
        Shape::BitInt { signed, bits } => Node::BitInt(BitInt { signed, bits }),
        Shape::Alias { .. } => Node::Unsupported(types.spell(ty.into(), "")),
    })
}

/// Returns how much of a struct or union is known.
pub(super) fn known(session: &Session, ty: TypeId) -> Known {
    match session.decls.types.shape(ty) {
        Shape::Record(id) => match session.decls.types.record(id).state {
            RecordState::Opaque => Known::Nothing,
            _ if session.decls.types.record(id).attributes.partial => Known::Part,
            _ => Known::All,
        },
        _ => Known::Nothing,
    }
}

fn copied(session: &Session, name: Symbol) -> Result<String, NoMemory> {
    cffi_memory::concat(&[session.decls.types.symbols.get(name)])
}

/// Returns the name of `typedef ... name;`. Behind `typedef ... *name;` is a struct without a name in C.
fn opaque(session: &Session, name: Symbol, ty: TypeId) -> Result<String, NoMemory> {
    let text = session.decls.types.symbols.get(name);
    let decl = session.decls.ordinary(name).map(|id| session.decls.decl(id).ty);
    let behind_pointer = decl.is_some_and(|decl| match session.decls.types.resolve(decl).0 {
        Shape::Pointer(to) => to.id() == ty,
        _ => false,
    });
    if behind_pointer { cffi_memory::concat(&["struct $$", text]) } else { cffi_memory::concat(&[text]) }
}

/// Returns the tag of a struct, union or enum, or the text that stands for it: `$name` for the typedef name of a type
/// without a tag, else `$1`.
fn tag(
    session: &Session,
    numbers: &mut Numbers,
    ty: TypeId,
    tag: Symbol,
    alias: Symbol,
) -> Result<String, NoMemory> {
    let symbols = &session.decls.types.symbols;
    if !tag.is_empty() {
        return cffi_memory::concat(&[symbols.get(tag)]);
    }
    if !alias.is_empty() {
        return cffi_memory::concat(&["$", symbols.get(alias)]);
    }
    let number = numbers.of(session, ty)?.unwrap_or(0);
    cffi_memory::format(format_args!("${number}"))
}

fn name(
    session: &Session,
    numbers: &mut Numbers,
    keyword: &str,
    ty: TypeId,
    of: (Symbol, Symbol),
) -> Result<String, NoMemory> {
    if !of.1.is_empty() {
        return copied(session, of.1);
    }
    let tag = tag(session, numbers, ty, of.0, of.1)?;
    cffi_memory::concat(&[keyword, " ", &tag])
}

fn record(session: &Session, numbers: &mut Numbers, id: RecordId) -> Result<RecordNode, NoMemory> {
    let record = session.decls.types.record(id);
    let names = (record.tag, record.alias);
    Ok(RecordNode {
        kind: record.kind,
        name: name(session, numbers, record.kind.keyword(), record.ty, names)?,
        state: known(session, record.ty),
    })
}

fn enumeration(session: &Session, numbers: &mut Numbers, id: EnumId) -> Result<EnumNode, NoMemory> {
    let types = &session.decls.types;
    let e = types.enum_of(id);
    let mut enumerators = cffi_memory::vec(types.enumerators(id).len())?;
    for one in types.enumerators(id) {
        enumerators.push((copied(session, one.name)?, one.value().unwrap_or(0)));
    }
    Ok(EnumNode {
        name: name(session, numbers, "enum", e.ty, (e.tag, e.alias))?,
        partial: e.attributes.partial,
        base: e.underlying,
        enumerators,
    })
}

/// Copies the members of a struct or union.
pub(super) fn body(session: &Session, numbers: &mut Numbers, ty: TypeId) -> Result<Option<Body>, NoMemory> {
    let types = &session.decls.types;
    let Shape::Record(id) = types.shape(ty) else { return Ok(None) };
    let record = types.record(id);
    let stated = record.size().zip(record.align()).filter(|_| is_placed_by_attributes(session, id));
    let stated = stated.map(|(size, align)| Stated { size, align, natural_align: record.natural_align() });
    let mut fields = cffi_memory::vec(types.fields(id).len())?;
    for field in types.fields(id) {
        fields.push(FieldNode {
            name: copied(session, field.name)?,
            ty: types.canonical(field.ty).id(),
            bits: field.bits(),
            align: usize::try_from(field.explicit_align()).unwrap_or(0),
            offset: stated.filter(|_| field.bits().is_none()).map(|_| field.offset()),
            bit: stated.filter(|_| field.bits().is_some()).map(|_| field.bit_offset),
        });
    }
    Ok(Some(Body {
        tag: tag(session, numbers, ty, record.tag, record.alias)?,
        fields,
        attributes: record.attributes,
        stated,
    }))
}

/// Returns whether attributes move the members of a struct, other than alignments of members and what packs all of it.
fn is_placed_by_attributes(session: &Session, id: RecordId) -> bool {
    let types = &session.decls.types;
    let attributes = types.record(id).attributes;
    let moved = |field: &cffi_types::types::Field| {
        let own = types.align(field.ty.id());
        field.packed || own != types.align(types.canonical(field.ty).id())
    };
    // With both kinds of packing, `#pragma pack` counts for bit-fields.
    let doubly_packed = attributes.packed && attributes.pack > 1;
    attributes.aligned > 0
        || attributes.ms_struct.is_some()
        || doubly_packed
        || types.fields(id).iter().any(moved)
}

/// Returns the structs and unions that a struct or union contains by value, at any depth, the innermost first, without
/// those for which `skip` holds.
pub(super) fn inside(
    session: &Session,
    ty: TypeId,
    skip: impl Fn(TypeId) -> bool,
) -> Result<Vec<TypeId>, NoMemory> {
    let types = &session.decls.types;
    let mut done = Vec::new();
    let mut seen = rustc_hash::FxHashSet::default();
    seen.try_reserve(1)?;
    seen.insert(ty);
    // Each entry is a record and the index of its next member.
    let mut open = vec![(ty, 0usize)];
    while let Some((record, next)) = open.last_mut() {
        let Shape::Record(id) = types.shape(*record) else { return Ok(done) };
        let Some(field) = types.fields(id).get(*next) else {
            let finished = *record;
            open.pop();
            if finished != ty {
                cffi_memory::push(&mut done, finished)?;
            }
            continue;
        };
        *next += 1;
        let mut member = types.canonical(field.ty).id();
        while let Shape::Array { item, .. } = types.shape(member) {
            member = types.canonical(item).id();
        }
        let defined = known(session, member) == Known::All;
        if defined && !seen.contains(&member) && !skip(member) {
            seen.try_reserve(1)?;
            seen.insert(member);
            cffi_memory::push(&mut open, (member, 0))?;
        }
    }
    Ok(done)
}
