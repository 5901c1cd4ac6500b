//! What an ABI module cannot have, as the stock generator refuses it.

use cffi_types::decls::{DeclFlags, DeclId, DeclKind, Decls};
use cffi_types::types::{Length, RecordId, RecordState, Shape, UnknownKind};

use crate::c::{EmitError, ErrorKind};
use crate::lower::{Lower, Names};
use crate::reason::LeftOut;
use crate::tables::Tables;

/// Returns the reason why some declarations of a `cdef()` cannot be an ABI module, if there is one.
#[must_use]
pub fn abi_refusal(decls: &Decls, selected: &[DeclId], tables: &Tables) -> Option<EmitError> {
    let mut lower = Lower::new(decls, Names::Declared);
    let of_one =
        selected.iter().find_map(|id| partial_enum(&mut lower, *id).or_else(|| elided(&mut lower, *id)));
    let of_one = of_one.or_else(|| selected.iter().find_map(|id| opaque_member(&lower, *id)));
    of_one.or_else(|| tables.left_out.iter().find_map(|left| refusal(decls, left)))
}

fn partial_enum(lower: &mut Lower<'_>, id: DeclId) -> Option<EmitError> {
    let decl = *lower.decls.decl(id);
    let Shape::Enum(e) = lower.types().resolve(decl.ty).0 else { return None };
    let known = *lower.types().enum_of(e);
    if decl.kind != DeclKind::Enum || !known.attributes.partial || decl.flags.contains(DeclFlags::INCLUDED) {
        return None;
    }
    let node = lower.enumeration(e).ok()?;
    let shown = lower.nodes.name(node);
    let key = match shown.strip_prefix("enum $") {
        Some(number) => format!("anonymous $enum_${number}"),
        None if known.tag.is_empty() => format!("anonymous {shown}"),
        None => format!("enum {}", lower.types().symbols.get(known.tag)),
    };
    Some(EmitError { kind: ErrorKind::Missing, message: format!("{key}: {shown}") })
}

/// Returns the refusal of a struct with a member whose length only the C compiler knows.
fn elided(lower: &mut Lower<'_>, id: DeclId) -> Option<EmitError> {
    let decl = *lower.decls.decl(id);
    let Shape::Record(record) = lower.types().resolve(decl.ty).0 else { return None };
    if decl.flags.contains(DeclFlags::INCLUDED) {
        return None;
    }
    let member = elided_member(lower, record)?;
    let node = lower.record(record).ok()?;
    let shown = lower.nodes.name(node);
    let message = format!("cannot emit to Python: '_cffi_array_len((({shown} *)0)->{member})'");
    Some(EmitError { kind: ErrorKind::Verification, message })
}

/// Returns the refusal of a struct with a member whose type nobody has defined.
fn opaque_member(lower: &Lower<'_>, id: DeclId) -> Option<EmitError> {
    let types = lower.types();
    let decl = *lower.decls.decl(id);
    let Shape::Record(record) = types.resolve(decl.ty).0 else { return None };
    let (name, known) = (types.symbols.get(decl.name), types.record(record));
    let kind = match decl.kind {
        DeclKind::Struct | DeclKind::Union => decl.kind.name(),
        DeclKind::Typedef if known.tag.is_empty() && known.alias == decl.name => "anonymous",
        _ => return None,
    };
    if decl.flags.contains(DeclFlags::INCLUDED) {
        return None;
    }
    let member = types.fields(record).iter().find(|field| {
        let mut ty = field.ty;
        while let Shape::Array { item, .. } = types.resolve(ty).0 {
            ty = item;
        }
        match types.resolve(ty).0 {
            Shape::Record(inner) => {
                types.record(inner).state == RecordState::Opaque && lower.file != Some(inner)
            }
            Shape::Unknown { kind, .. } => kind == UnknownKind::Opaque,
            _ => false,
        }
    })?;
    let (shown, member) =
        if known.tag.is_empty() { (name, member.name) } else { (types.symbols.get(known.tag), member.name) };
    let member = types.symbols.get(member);
    let message =
        format!("{kind} {name}: field '{shown}.{member}' is of an opaque type (not declared in cdef())");
    Some(EmitError { kind: ErrorKind::Type, message })
}

fn elided_member(lower: &Lower<'_>, record: RecordId) -> Option<String> {
    let types = lower.types();
    types.fields(record).iter().find_map(|field| {
        let mut ty = field.ty;
        while let Shape::Array { item, length } = types.resolve(ty).0 {
            if length == Length::Elided {
                return Some(types.symbols.get(field.name).to_owned());
            }
            ty = item;
        }
        None
    })
}

fn refusal(decls: &Decls, left: &LeftOut) -> Option<EmitError> {
    let decl = decls.decl(left.decl?);
    let has = |flag| decl.flags.contains(flag);
    let python = DeclFlags::EXTERN_PYTHON | DeclFlags::EXTERN_PYTHON_PLUS_C | DeclFlags::EXPORTED;
    let (kind, name) = (left.kind, &left.name);
    let elided = |ty| matches!(decls.types.resolve(ty).0, Shape::Array { length: Length::Elided, .. });
    let message = if decl.flags.intersects(python) {
        let kind = if has(DeclFlags::EXPORTED) {
            "dllexport_python"
        } else if has(DeclFlags::EXTERN_PYTHON) {
            "extern_python"
        } else {
            "extern_python_plus_c"
        };
        format!("{kind} {name}: cannot use 'extern \"Python\"' in the ABI mode")
    } else if decl.kind == DeclKind::Macro {
        format!("macro {name}: cannot use the syntax '...' in '#define {name} ...' when using the ABI mode")
    } else if decl.kind == DeclKind::Variable && elided(decl.ty) {
        format!("cannot emit to Python: '_cffi_array_len({name})'")
    } else if decl.kind == DeclKind::Typedef && elided(decl.ty) {
        format!("cannot emit to Python: '_cffi_array_len(*({name} *)0)'")
    } else {
        format!("{kind} {name}: cannot emit to Python: {}", left.reason)
    };
    Some(EmitError { kind: ErrorKind::Verification, message })
}
