//! Writing declarations as a C program that reports on itself.

use std::fmt::Write as _;

use crate::model::{Abi, Decl, Declared, Member, Packing, Ty};

/// Stored into each bit field, cut to its width, to see where the bits go.
pub(crate) const PATTERN: u64 = 0xB7D4_92A6_5C3E_1F8B;

const PRELUDE: &str = r#"#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <uchar.h>
#include <wchar.h>
typedef void *pointer;
enum below_zero { MINUS = -1, PLUS = 1 };
enum above_zero { NONE = 0, SOME = 1 };
static void hex(const void *p, size_t n) {
    const unsigned char *c = p;
    size_t i = 0;
    while (n > 0 && c[n - 1] == 0) n--;
    while (i < n && c[i] == 0) i++;
    printf(" %zu:", i);
    for (; i < n; i++) printf("%02x", c[i]);
}
"#;

/// The program: one line of output per declaration.
pub(crate) fn program(batch: &[Declared]) -> String {
    let mut out = String::from(PRELUDE);
    for declared in batch {
        out.push_str(&definition(declared));
        reporter(declared, &mut out);
    }
    out.push_str("int main(void) {\n");
    for declared in batch {
        let _ = writeln!(out, "    report{}();", declared.decl.id);
    }
    out.push_str("    return 0;\n}\n");
    out
}

/// The definition of one struct or union in C.
pub(crate) fn definition(declared: &Declared) -> String {
    let decl = &declared.decl;
    let mut out = String::new();
    if let Packing::Pragma(pack) = decl.packing {
        let _ = writeln!(out, "#pragma pack(push, {pack})");
    }
    let keyword = keyword(decl.is_union);
    let _ = writeln!(out, "typedef {keyword} s{} {{", decl.id);
    for member in &decl.members {
        let _ = writeln!(out, "    {};", member_text(member));
    }
    let mut attributes = Vec::new();
    if decl.abi == Abi::Ms {
        attributes.push("ms_struct");
    } else if cfg!(any(target_arch = "x86", target_arch = "x86_64")) {
        attributes.push("gcc_struct");
    }
    if decl.packing == Packing::Attribute {
        attributes.push("packed");
    }
    let _ = writeln!(out, "}} __attribute__(({})) t{};", attributes.join(", "), decl.id);
    if decl.packing != Packing::None && decl.packing != Packing::Attribute {
        out.push_str("#pragma pack(pop)\n");
    }
    out
}

fn keyword(is_union: bool) -> &'static str {
    if is_union { "union" } else { "struct" }
}

fn member_text(member: &Member) -> String {
    let (base, suffix) = type_text(&member.ty);
    match member.bitsize {
        Some(bits) => format!("{base} {} : {bits}", member.name),
        None => format!("{base} {}{suffix}", member.name),
    }
}

/// The parts of a type in front of and behind a name. Arrays here are of one dimension.
fn type_text(ty: &Ty) -> (String, String) {
    match ty {
        Ty::Scalar(scalar) => (scalar.c_name.to_owned(), String::new()),
        Ty::Array { item, len } => {
            let (base, _) = type_text(item);
            (base, len.map_or("[]".to_owned(), |len| format!("[{len}]")))
        }
        // By -fms-extensions, a typedef name alone embeds the members.
        Ty::Earlier(index) => (format!("t{index}"), String::new()),
    }
}

fn reporter(declared: &Declared, out: &mut String) {
    let Decl { id, .. } = declared.decl;
    let _ = writeln!(out, "static void report{id}(void) {{");
    let _ = writeln!(out, "    t{id} x;");
    let _ = writeln!(out, "    printf(\"%zu %zu\", sizeof(t{id}), _Alignof(t{id}));");
    for field in &declared.fields {
        let name = &field.name;
        if field.bitsize < 0 {
            let _ = writeln!(out, "    printf(\" %zu\", offsetof(t{id}, {name}));");
            continue;
        }
        let _ = writeln!(
            out,
            "    memset(&x, 0, sizeof x); x.{name} = (unsigned long long)-1; hex(&x, sizeof x);"
        );
        let _ = writeln!(out, "    x.{name} = {PATTERN:#x}ULL; hex(&x, sizeof x);");
        let _ = writeln!(out, "    printf(\"=%llx\", (unsigned long long)x.{name});");
    }
    out.push_str("    printf(\"\\n\");\n}\n");
}
