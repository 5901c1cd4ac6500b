//! The layout against a C compiler: the C declarations below say the same as the generated modules do.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::mem::{offset_of, size_of};
use std::process::Command;

use cffi_abi::{Enum, ExternPy, Field, GetConst, Global, Opcode, StructUnion, TypeContext, TypeName, module};

const DECLARATIONS: &str = "
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
typedef void *word;
struct ctx;
struct global { const char *name; void *address; word type_op; void *size_or_direct_fn; };
struct getconst { unsigned long long value; const struct ctx *ctx; int gindex; };
struct su { const char *name; int type_index, flags; size_t size; int alignment, first_field_index, num_fields; };
struct field { const char *name; size_t field_offset, field_size; word field_type_op; };
struct en { const char *name; int type_index, type_prim; const char *enumerators; };
struct tn { const char *name; int type_index; };
struct ctx { word *types; const struct global *globals; const struct field *fields;
             const struct su *struct_unions; const struct en *enums; const struct tn *typenames;
             int num_globals, num_struct_unions, num_enums, num_typenames;
             const char *const *includes; int num_types, flags; };
struct externpy { const char *name; size_t size_of_result; void *reserved1, *reserved2; };
struct init { const char *module_name; void *version; void **exports; const struct ctx *ctx; };
";

macro_rules! facts {
    ($($rust:ident = $c:literal { $($field:ident),* })*) => {
        vec![$(
            (format!("sizeof(struct {})", $c), size_of::<$rust>()),
            $((format!("offsetof(struct {}, {})", $c, stringify!($field)), offset_of!($rust, $field)),)*
        )*]
    };
}

#[test]
fn sizes_and_offsets_are_those_of_the_c_compiler() {
    use module::ModuleInit;
    let mut facts = facts! {
        Global = "global" { name, address, type_op, size_or_direct_fn }
        GetConst = "getconst" { value, ctx, gindex }
        StructUnion = "su" { name, type_index, flags, size, alignment, first_field_index, num_fields }
        Field = "field" { name, field_offset, field_size, field_type_op }
        Enum = "en" { name, type_index, type_prim, enumerators }
        TypeName = "tn" { name, type_index }
        TypeContext = "ctx" { types, globals, fields, struct_unions, enums, typenames, num_globals,
            num_struct_unions, num_enums, num_typenames, includes, num_types, flags }
        ExternPy = "externpy" { name, size_of_result, reserved1, reserved2 }
        ModuleInit = "init" { module_name, version, exports, ctx }
    };
    facts.push(("sizeof(word)".into(), size_of::<Opcode>()));

    let mut source = String::from(DECLARATIONS);
    source.push_str("int main(void) {\n");
    for (expression, _) in &facts {
        writeln!(source, "printf(\"%zu\\n\", (size_t){expression});").unwrap();
    }
    // The words too: how a C compiler builds them and takes them apart.
    source.push_str("printf(\"%zu\\n\", (size_t)(word)(31 | ((uintptr_t)-1 << 8)));\n");
    source.push_str("printf(\"%zu\\n\", (size_t)((intptr_t)(31 | ((uintptr_t)-7 << 8)) >> 8));\n");
    source.push_str("printf(\"%zu\\n\", sizeof(void *));\n");
    source.push_str("return 0; }\n");
    facts.push(("constant word".into(), Opcode::new(cffi_abi::Op::ConstantInt, -1).raw()));
    facts.push(("argument".into(), Opcode::new(cffi_abi::Op::ConstantInt, -7).arg().cast_unsigned()));

    facts.push(("sizeof(void *)".into(), size_of::<usize>()));

    let Some(answers) = compile_and_run(&source) else {
        eprintln!("skipped: no C compiler");
        return;
    };
    if answers.last() != Some(&size_of::<usize>()) {
        eprintln!("skipped: the C compiler is for another target");
        return;
    }
    assert_eq!(answers.len(), facts.len());
    for ((expression, rust), c) in facts.iter().zip(answers) {
        assert_eq!(*rust, c, "{expression}");
    }
}

/// The numbers that the program prints, or None where there is no C compiler.
fn compile_and_run(source: &str) -> Option<Vec<usize>> {
    let compiler = std::env::var("CC").unwrap_or_else(|_| "cc".into());
    Command::new(&compiler).arg("--version").output().ok()?;
    let stem = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("layout");
    let file = stem.with_extension("c");
    std::fs::write(&file, source).unwrap();
    let built = Command::new(&compiler).arg(&file).arg("-o").arg(&stem).output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    // Programs for other processors are started by an emulator.
    let emulator = std::env::var("TEST_RUNNER").unwrap_or_default();
    let mut words = emulator.split_whitespace().map(std::ffi::OsStr::new).chain([stem.as_os_str()]);
    let run = Command::new(words.next().unwrap()).args(words).output().unwrap();
    assert!(run.status.success());
    Some(String::from_utf8(run.stdout).unwrap().lines().map(|line| line.parse().unwrap()).collect())
}
