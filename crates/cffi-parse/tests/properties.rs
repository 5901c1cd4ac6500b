//! What holds for every input.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cffi_abi::{Op, Opcode};
use cffi_parse::tables::{TableError, Tables, TablesBuilder, TypeCounts, check_types};
use cffi_parse::{ConstantLookup, Context, NoNames, Output, parse, render_error};
use proptest::prelude::*;

/// Knows every name, as something that depends on its length.
struct AllNames;

const COUNTS: TypeCounts = TypeCounts { struct_unions: 64, enums: 64, typenames: 64 };

impl Context for AllNames {
    fn find_typename(&self, name: &str) -> Option<usize> {
        name.len().is_multiple_of(2).then_some(name.len() % COUNTS.typenames)
    }

    fn find_struct_union(&self, name: &str) -> Option<(usize, bool)> {
        Some((name.len() % COUNTS.struct_unions, name.len().is_multiple_of(3)))
    }

    fn find_enum(&self, name: &str) -> Option<usize> {
        Some(name.len() % COUNTS.enums)
    }

    fn find_constant(&self, name: &str) -> ConstantLookup {
        ConstantLookup::Integer { non_positive: false, bits: name.len() as u64, disagrees: false }
    }
}

/// Words and signs, most of them in places where they make sense.
fn type_like() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "int",
        "char",
        "unsigned",
        "long",
        "struct",
        "union",
        "enum",
        "const",
        "void",
        "_Complex",
        "float",
        "FILE",
        "bool",
        "name",
        "$1",
        "*",
        "(",
        ")",
        "(*",
        ")(",
        "[",
        "]",
        "[3]",
        "[]",
        ",",
        "...",
        "5",
        "0x",
        "__stdcall",
        "__cdecl",
        "(void)",
        "\u{e9}",
        "\0",
        ";",
    ]);
    let separators = prop::sample::select(vec!["", " ", "\t"]);
    prop::collection::vec((pieces, separators), 0..40)
        .prop_map(|parts| parts.into_iter().map(|(piece, space)| format!("{piece}{space}")).collect())
}

/// The words of an accepted type, with the places that were reserved and not needed taken out: what
/// is left has to be a table that a module could have.
fn check_output(words: &[Opcode], root: usize) {
    assert!(root < words.len());
    // Unused places stand between the end of the parameters and the next word; any word will do there.
    let mut words = words.to_vec();
    let mut index = 0;
    while index < words.len() {
        match words[index].op() {
            Ok(Op::Array) => index += 1,
            Err(0) => words[index] = Opcode::new(Op::Primitive, 0),
            _ => {}
        }
        index += 1;
    }
    // The types of typedefs are in another table; one more word here stands for all of them.
    let typedef = words.len();
    words.push(Opcode::new(Op::Primitive, 0));
    assert_eq!(check_types(&words, COUNTS, |_| typedef), Ok(()));
}

fn check_parse(input: &str, ctx: &dyn Context) {
    let mut out = Output::new();
    match parse(input, ctx, &mut out) {
        Ok(root) => check_output(out.opcodes(), root),
        Err(error) => {
            assert!(error.offset <= input.len());
            let text = render_error(input, &error);
            assert!(text.starts_with(error.message));
            assert_eq!(text.lines().count(), if input.len() > 500 { 1 } else { 3 });
        }
    }
    assert!(out.opcodes().len() <= Output::LIMIT);
}

fn build(types: &[u8], entries: &[(u8, Vec<u8>)]) -> Result<Tables, TableError> {
    let mut builder = TablesBuilder::new();
    builder.types(types)?;
    for (table, entry) in entries {
        match table {
            0 => drop(builder.global(entry)?),
            1 => builder.struct_union(entry)?,
            2 => builder.field(entry)?,
            3 => builder.enumeration(entry)?,
            _ => builder.typename(entry)?,
        }
    }
    builder.finish()
}

/// Looks at everything that the tables promise.
fn walk(tables: &Tables) {
    for entry in tables.struct_unions() {
        assert_eq!(tables.types()[entry.type_index].op(), Ok(Op::StructUnion));
        for field in &tables.fields()[entry.fields()] {
            assert_eq!(tables.c_name(field.name).to_bytes(), tables.name(field.name));
        }
    }
    for entry in tables.enums() {
        assert_eq!(tables.types()[entry.type_index].op(), Ok(Op::Enum));
        assert!(tables.enumerators(entry).all(|name| !name.contains(&b',')));
    }
    for entry in tables.typenames() {
        assert!(tables.types().get(entry.type_index).is_some());
    }
    for (index, word) in tables.types().iter().enumerate() {
        if word.op() == Ok(Op::Function) && index > 0 && tables.types()[index - 1].op() != Ok(Op::Array) {
            assert!(tables.types()[index..].iter().any(|word| word.op() == Ok(Op::FunctionEnd)));
        }
    }
    check_parse("struct s *(*)(e[N])", tables);
}

/// Words with small arguments, so that many of them lead somewhere.
fn small_words() -> impl Strategy<Value = Vec<u8>> {
    let number = prop::sample::select(vec![1_i32, 3, 5, 7, 9, 11, 13, 15, 15, 17, 21, 41]);
    prop::collection::vec((number, -1..8_i32), 0..12).prop_map(|words| {
        words.into_iter().flat_map(|(number, arg)| (number | arg << 8).to_be_bytes()).collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn any_string_is_answered(input in ".{0,80}") {
        check_parse(&input, &NoNames);
        check_parse(&input, &AllNames);
    }

    #[test]
    fn strings_like_types_are_answered(input in type_like()) {
        check_parse(&input, &NoNames);
        check_parse(&input, &AllNames);
    }

    #[test]
    fn white_space_between_tokens_changes_nothing(input in type_like()) {
        let mut out = [Output::new(), Output::new()];
        let first = parse(&input, &AllNames, &mut out[0]).map_err(|error| error.message);
        let spaced = input.replace(' ', " \t\n ");
        let second = parse(&spaced, &AllNames, &mut out[1]).map_err(|error| error.message);
        prop_assert_eq!(first, second);
        if first.is_ok() {
            prop_assert_eq!(out[0].opcodes(), out[1].opcodes());
        }
    }

    #[test]
    fn any_tables_are_answered(
        types in prop::collection::vec(any::<u8>(), 0..40),
        entries in prop::collection::vec((0..5_u8, prop::collection::vec(any::<u8>(), 0..20)), 0..6),
    ) {
        if let Ok(tables) = build(&types, &entries) {
            walk(&tables);
        }
    }

    #[test]
    fn tables_of_small_words_are_answered(
        types in small_words(),
        entries in prop::collection::vec(
            (0..5_u8, 0..6_u8, 0..32_u8, "[a-e,]{0,3}\0[a-e,]{0,6}"), 0..5
        ),
    ) {
        let entries: Vec<_> = entries
            .into_iter()
            .map(|(table, index, flags, text)| {
                let mut entry = vec![0, 0, 0, index, 0, 0, 0, flags];
                entry.extend(text.bytes());
                (table, entry)
            })
            .collect();
        if let Ok(tables) = build(&types, &entries) {
            walk(&tables);
        }
    }
}
