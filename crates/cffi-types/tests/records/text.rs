//! Writes records as C.

use std::fmt::Write as _;

use cffi_types::Target;

use crate::generate::{Member, Spec, Ty};

/// Returns the definitions of all records.
pub(crate) fn program(records: &[Spec], target: &Target) -> String {
    let mut out = String::from("enum e { ZERO };\n");
    for (index, spec) in records.iter().enumerate() {
        out.push_str(&definition(index, spec, target));
        let keyword = if spec.is_union { "union" } else { "struct" };
        let _ = writeln!(out, "\n#define R{index} {keyword} r{index}");
    }
    // Clang lays out a record when its size is needed.
    out.push_str("unsigned long long sizes[] = {");
    for (index, spec) in records.iter().enumerate() {
        let keyword = if spec.is_union { "union" } else { "struct" };
        let _ = write!(out, "sizeof({keyword} r{index}),");
    }
    out.push_str("};\n");
    out
}

pub(crate) fn definition(index: usize, spec: &Spec, target: &Target) -> String {
    let mut out = String::new();
    if spec.pack > 0 {
        let _ = writeln!(out, "#pragma pack(push, {})", spec.pack);
    }
    for (at, member) in spec.members.iter().enumerate() {
        if let Some((prim, align)) = innermost_aligned(&member.ty) {
            let _ =
                writeln!(out, "typedef {} a{index}_{at} __attribute__((aligned({align})));", prim.spelling());
        }
    }
    out.push_str(if spec.is_union { "union " } else { "struct " });
    let mut attributes = Vec::new();
    if spec.packed {
        attributes.push("packed".to_owned());
    }
    if spec.aligned > 0 {
        attributes.push(format!("aligned({})", spec.aligned));
    }
    if uses_ms_struct(spec, target) {
        attributes.push("ms_struct".to_owned());
    }
    if !attributes.is_empty() {
        let _ = write!(out, "__attribute__(({})) ", attributes.join(", "));
    }
    let _ = write!(out, "r{index} {{ ");
    for (at, member) in spec.members.iter().enumerate() {
        declare(&mut out, index, at, member);
    }
    out.push_str("};");
    if spec.pack > 0 {
        out.push_str("\n#pragma pack(pop)");
    }
    out
}

/// Returns whether the record has the attribute `ms_struct` on a target. Clang does not know it where it follows Visual
/// C++.
pub(crate) fn uses_ms_struct(spec: &Spec, target: &Target) -> bool {
    spec.ms_struct && !target.is_msvc()
}

fn innermost_aligned(ty: &Ty) -> Option<(cffi_types::Prim, u32)> {
    match ty {
        Ty::Aligned(prim, align) => Some((*prim, *align)),
        Ty::Array(item, _) | Ty::Open(item) => innermost_aligned(item),
        _ => None,
    }
}

fn declare(out: &mut String, index: usize, at: usize, member: &Member) {
    let name = if member.named { format!("m{index}_{at}") } else { String::new() };
    let mut suffix = String::new();
    let mut ty = &member.ty;
    let base = loop {
        match ty {
            Ty::Array(item, length) => {
                let _ = write!(suffix, "[{length}]");
                ty = item;
            }
            Ty::Open(item) => {
                suffix.push_str("[]");
                ty = item;
            }
            Ty::Prim(prim) => break prim.spelling().to_owned(),
            Ty::Aligned(..) => break format!("a{index}_{at}"),
            Ty::Enum => break "enum e".to_owned(),
            Ty::Pointer => break "void *".to_owned(),
            Ty::Vector(prim, bytes) => {
                break format!("{} __attribute__((vector_size({bytes})))", prim.spelling());
            }
            Ty::Record(other) => break format!("R{other}"),
        }
    };
    let _ = write!(out, "{base} {name}{suffix}");
    if let Some(bits) = member.bits {
        let _ = write!(out, ":{bits}");
    }
    if member.packed {
        out.push_str(" __attribute__((packed))");
    }
    if member.aligned > 0 {
        let _ = write!(out, " __attribute__((aligned({})))", member.aligned);
    }
    out.push_str("; ");
}
