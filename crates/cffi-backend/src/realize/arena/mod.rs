//! Makes ctypes from types of the arena: the declarations that come from texts.

mod enums;
mod functions;
mod members;
mod records;

use cffi_types::types::{Length, QualType};
use cffi_types::{TypeId, primitive};

use crate::ctype::{CType, make};
use crate::decls::object::FfiObject;
use crate::inline::Inline;
use crate::inline::held::Kept;
use crate::inline::node::Node;
use crate::realize::depth::{Depth, too_deep};
use crate::realize::opcode::{Made, function_where_type};
use crate::realize::pending;
use cffi_rt::{Owned, Py, R, Raised, raise};

pub(crate) use records::complete_waiting;

/// The largest number of pointers and arrays around a type. The name of each of these types is longer than that of the
/// one inside, so more of them would need much memory.
const MOST_LAYERS: usize = 1000;

/// A pointer or array around a type.
enum Layer {
    Pointer,
    Array(Length),
}

/// Makes the ctype of a type.
pub(crate) fn made(py: Py<'_>, ffi: &FfiObject, ty: QualType) -> R<Made> {
    let Some(inline) = ffi.inline() else { return Err(lost(py)) };
    canonical(py, ffi, inline, inline.canonical(ty))
}

/// Makes the ctype of a type; a function is refused.
pub(super) fn ctype(py: Py<'_>, ffi: &FfiObject, inline: &Inline, ty: TypeId) -> R<Owned<CType>> {
    match canonical(py, ffi, inline, ty)? {
        Made::Type(ct) => Ok(ct),
        Made::Function(ct) => Err(function_where_type(py, ffi.context(), &ct)),
    }
}

/// Makes the ctype of a canonical type.
fn canonical(py: Py<'_>, ffi: &FfiObject, inline: &Inline, ty: TypeId) -> R<Made> {
    let mut layers: Vec<(TypeId, Layer)> = Vec::new();
    let mut at = ty;
    let mut made = loop {
        if let Some(kept) = inline.made(at) {
            break known(py, kept)?;
        }
        let (inner, layer) = match inline.node(py, at)? {
            Node::Pointer(to) => (to, Layer::Pointer),
            Node::Array { item, length } => (item, Layer::Array(length)),
            node => break base(py, ffi, inline, at, node)?,
        };
        if layers.len() >= MOST_LAYERS {
            return Err(too_deep(py));
        }
        py.push(&mut layers, (at, layer))?;
        at = inner;
    };
    while let Some((at, layer)) = layers.pop() {
        let ct = match (layer, made) {
            (Layer::Pointer, Made::Type(item)) => make::pointer_to(py, &item)?,
            (Layer::Pointer, Made::Function(pointer)) => pointer,
            (Layer::Array(length), Made::Type(item)) => array(py, ffi, &item, length)?,
            (Layer::Array(_), Made::Function(item)) => {
                return Err(function_where_type(py, ffi.context(), &item));
            }
        };
        made = Made::Type(inline.keep(py, at, Kept { ct, function: false })?.ct);
    }
    Ok(made)
}

/// Returns a ctype that was made before. A struct whose members are missing gets them now or, in the middle of another
/// struct, later.
fn known(py: Py<'_>, kept: Kept) -> R<Made> {
    if kept.function {
        return Ok(Made::Function(kept.ct));
    }
    pending::settle(py, &kept.ct)?;
    Ok(Made::Type(kept.ct))
}

/// Makes the ctype of a type that is neither a pointer nor an array.
fn base(py: Py<'_>, ffi: &FfiObject, inline: &Inline, ty: TypeId, node: Node) -> R<Made> {
    let _depth = Depth::enter(py)?;
    let st = ffi.context().state();
    let ct = match node {
        Node::Void => return make::void(py, st).map(Made::Type),
        Node::Primitive(prim) => {
            return match primitive::by_number(prim as usize) {
                Some(primitive) => make::primitive(py, st, primitive).map(Made::Type),
                None => Err(raise!(py, NotImplemented, "the type '{}' is not supported", prim.spelling())),
            };
        }
        Node::Vector { item, count, size, name } => {
            let item = ctype(py, ffi, inline, item)?;
            let Ok(size) = isize::try_from(size) else { return Err(py.no_memory()) };
            make::vector_of(py, &item, count, size, &name)?
        }
        Node::BitInt(of) => return make::bit_int(py, st, of).map(Made::Type),
        Node::Function(signature) => {
            let ct = functions::function(py, ffi, inline, &signature)?;
            return Ok(Made::Function(inline.keep(py, ty, Kept { ct, function: true })?.ct));
        }
        Node::File => super::structs::file(py, st)?,
        Node::Record(record) => return records::record(py, ffi, inline, ty, &record).map(Made::Type),
        Node::Opaque { name } => return records::opaque(py, ffi, inline, ty, &name).map(Made::Type),
        Node::Enum(e) => match origin(py, inline, ty)? {
            Some((other, there)) => self::made(py, &other, there.into())?.either(),
            None => enums::enumeration(py, ffi, &e)?,
        },
        Node::Unknown { name, kind } => {
            return Err(raise!(
                py,
                NotImplemented,
                "{kind} type '{name}' can only be used after compilation"
            ));
        }
        Node::Unsupported(text) => {
            return Err(raise!(py, NotImplemented, "the type '{text}' is not supported"));
        }
        Node::Pointer(_) | Node::Array { .. } => return Err(lost(py)),
    };
    Ok(Made::Type(inline.keep(py, ty, Kept { ct, function: false })?.ct))
}

fn array(py: Py<'_>, ffi: &FfiObject, item: &CType, length: Length) -> R<Owned<CType>> {
    let length = match length {
        Length::Open => -1,
        Length::Fixed(length) => match isize::try_from(length) {
            Ok(length) => length,
            Err(_) => return Err(raise!(py, Overflow, "array size would overflow a Py_ssize_t")),
        },
        Length::Elided | Length::Variable => {
            let name = py.room(item.cname().array_of(None))?.text;
            let text = format_args!("cannot render the type <{name}>: unknown length");
            return Err(ffi.context().state().ffi_error(py, text));
        }
    };
    pending::settle_now(py, item)?;
    let pointer = make::pointer_to(py, item)?;
    make::array_of(py, &pointer, length)
}

/// Returns the included FFI object that a type comes from, with the number of the type there.
fn origin(py: Py<'_>, inline: &Inline, ty: TypeId) -> R<Option<(Owned<FfiObject>, TypeId)>> {
    let Some((object, other)) = inline.origin(ty) else { return Ok(None) };
    match object.downcast::<FfiObject>() {
        Some(ffi) => Ok(Some((Owned::of(ffi), other))),
        None => Err(lost(py)),
    }
}

#[cold]
pub(super) fn lost(py: Py<'_>) -> Raised {
    raise!(py, System, "lost a declaration")
}
