//! The C name of a type, from its words alone.
//!
//! A C declarator is written around its name: `int(*[5])(char)`. So a name here is two halves, what
//! comes before and what comes after the place of the name.

use cffi_abi::{END_ELLIPSIS, IO_FILE_STRUCT, Op, Opcode, Primitive, StructFlags};
use cffi_parse::tables::{Name, Tables};

struct Declarator {
    before: String,
    after: String,
    kind: Op,
}

/// The name of the type at `root` of `words`.
pub(crate) fn of(tables: &Tables, words: &[Opcode], root: usize) -> String {
    let name = declarator(tables, words, root);
    name.before + &name.after
}

fn simple(kind: Op, name: String) -> Declarator {
    Declarator { before: name, after: String::new(), kind }
}

fn tagged(tables: &Tables, kind: Op, prefix: &str, name: Name) -> Declarator {
    let name = std::str::from_utf8(tables.name(name)).unwrap();
    // `$name` is the struct of `typedef struct { ... } name`, `$1` is one without any name.
    match name.strip_prefix('$') {
        Some(rest) if !rest.starts_with(|c: char| c == '$' || c.is_ascii_digit()) => {
            simple(kind, rest.into())
        }
        _ => simple(kind, format!("{prefix} {name}")),
    }
}

fn declarator(tables: &Tables, words: &[Opcode], at: usize) -> Declarator {
    let word = words[at];
    let inner = || declarator(tables, words, word.index().unwrap());
    match word.op().unwrap() {
        Op::Primitive => simple(Op::Primitive, Primitive::from_number(word.arg()).unwrap().c_name().into()),
        Op::StructUnion if word.arg() == IO_FILE_STRUCT => simple(Op::StructUnion, "FILE".into()),
        Op::StructUnion => {
            let entry = &tables.struct_unions()[word.index().unwrap()];
            let prefix = if entry.flags.has(StructFlags::UNION) { "union" } else { "struct" };
            tagged(tables, Op::StructUnion, prefix, entry.name)
        }
        Op::Enum => tagged(tables, Op::Enum, "enum", tables.enums()[word.index().unwrap()].name),
        Op::Typename => {
            let entry = &tables.typenames()[word.index().unwrap()];
            declarator(tables, tables.types(), entry.type_index)
        }
        Op::Noop => inner(),
        Op::Pointer => pointer(inner()),
        Op::OpenArray => array(inner(), String::new()),
        Op::Array => array(inner(), words[at + 1].raw().to_string()),
        Op::Function => function(tables, words, at, inner()),
        other => panic!("{other:?} is no type"),
    }
}

fn pointer(to: Declarator) -> Declarator {
    let Declarator { before, after, kind } = to;
    match kind {
        Op::Array | Op::Function => {
            Declarator { before: before + "(*", after: format!("){after}"), kind: Op::Pointer }
        }
        _ => Declarator { before: before + " *", after, kind: Op::Pointer },
    }
}

fn array(of: Declarator, length: String) -> Declarator {
    Declarator { before: of.before, after: format!("[{length}]{}", of.after), kind: Op::Array }
}

fn function(tables: &Tables, words: &[Opcode], at: usize, result: Declarator) -> Declarator {
    let mut parameters = Vec::new();
    let mut next = at + 1;
    while words[next].op() != Ok(Op::FunctionEnd) {
        let Declarator { before, after, .. } = declarator(tables, words, next);
        parameters.push(before + &after);
        next += 1;
    }
    if words[next].arg() & END_ELLIPSIS != 0 {
        parameters.push("...".into());
    }
    Declarator {
        before: result.before,
        after: format!("({}){}", parameters.join(", "), result.after),
        kind: Op::Function,
    }
}
