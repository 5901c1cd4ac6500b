//! The facts from which ctypes are made, of all that a text for `cdef()` declares: sizes, alignments, members inside of
//! their struct, and names that mean the same type again.
//!
//! Texts are read by one session as by an FFI object: the input is split at form feeds, and each part is a text. What one
//! part declares keeps its meaning when another is refused.

use cffi_cdef::cdef::{CdefOptions, Session};
use cffi_types::types::{QualType, RecordKind, Shape};
use cffi_types::{Decls, Target, TypeId};

/// More types than that are not looked at.
const MOST: usize = 500;

/// Runs one input.
pub fn run(input: &str) {
    let mut session = Session::new(Target::x86_64_linux_gnu());
    let mut known: Vec<(TypeId, String)> = Vec::new();
    for text in input.split('\x0c').take(4) {
        let before = session.decls.len();
        let accepted = session.cdef(text, CdefOptions::default()).is_ok();
        assert!(accepted || session.decls.len() == before);
        if !accepted {
            for (ty, facts) in &known {
                assert_eq!(*facts, described(&session.decls, *ty), "a refused text changed a type");
            }
        }
        check(&session.decls);
        known = session
            .decls
            .iter()
            .take(MOST)
            .map(|(_, decl)| decl.ty.id())
            .map(|ty| (ty, described(&session.decls, ty)))
            .collect();
    }
    again(&mut session);
}

/// Returns what an FFI object says of a type.
fn described(decls: &Decls, ty: TypeId) -> String {
    let types = &decls.types;
    let mut text = format!("{:?} {:?} {:?}", types.cffi_name(ty.into()), types.size(ty), types.align(ty));
    if let Shape::Record(id) = types.resolve(ty.into()).0 {
        for field in types.fields(id) {
            text += &format!(" {:?}@{}", types.symbols.get(field.name), field.bit_offset);
        }
    }
    text
}

/// Checks each type of the arena.
fn check(decls: &Decls) {
    let types = &decls.types;
    for ty in types.ids().take(MOST) {
        let (size, align) = (types.size(ty), types.align(ty));
        let canonical = types.canonical(ty.into());
        assert_eq!(types.canonical(canonical), canonical);
        assert_eq!(types.size(canonical.id()).is_ok(), size.is_ok());
        assert!(align.is_err() || align.as_ref().is_ok_and(|align| align.is_power_of_two()));
        let Shape::Record(id) = types.shape(ty) else { continue };
        let record = types.record(id);
        let (Some(size), Some(align)) = (record.size(), record.align()) else { continue };
        assert!(align == 0 || size % align == 0, "{size} bytes aligned to {align}");
        for field in types.fields(id) {
            let bits = match field.bits() {
                Some(bits) => u64::from(bits),
                None => types.size(field.ty.id()).unwrap_or(0).saturating_mul(8),
            };
            let end = field.bit_offset.checked_add(bits);
            assert!(end.is_some_and(|end| end <= size * 8), "a member ends at {end:?} of {size} bytes");
            assert!(record.kind == RecordKind::Struct || field.offset() == 0);
        }
    }
}

/// Reads the names of the declared types as type strings.
fn again(session: &mut Session) {
    let all: Vec<QualType> = session.decls.iter().take(MOST / 5).map(|(_, decl)| decl.ty).collect();
    for ty in all {
        let name = session.decls.types.cffi_name(ty).text;
        // The name of a function type is that of the pointer to it.
        let function = matches!(session.decls.types.resolve(ty).0, Shape::Function(_));
        if function || name.contains('$') || name.len() > 10_000 {
            continue;
        }
        let Ok(found) = session.parse_type(&name) else { continue };
        let types = &session.decls.types;
        let (found, ty) = (types.canonical(found).id(), types.canonical(ty).id());
        // A name leaves out qualifiers behind pointers.
        let (one, other) = (described(&session.decls, found), described(&session.decls, ty));
        assert_eq!(one, other, "{name}");
    }
}
