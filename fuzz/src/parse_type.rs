//! Any string is either a type, whose words lead somewhere, or an error with a place in the string.

use cffi_abi::{Op, Opcode};
use cffi_parse::tables::{TypeCounts, check_types};
use cffi_parse::{ConstantLookup, Context, Output, parse, render_error};

/// Knows names by their first letter, so that the fuzzer reaches what comes after a lookup.
struct Names;

const COUNTS: TypeCounts = TypeCounts { struct_unions: 2, enums: 1, typenames: 1 };

impl Context for Names {
    fn find_typename(&self, name: &str) -> Option<usize> {
        name.starts_with('t').then_some(0)
    }

    fn find_struct_union(&self, name: &str) -> Option<(usize, bool)> {
        match name.as_bytes() {
            [b's', ..] => Some((0, false)),
            [b'u', ..] => Some((1, true)),
            _ => None,
        }
    }

    fn find_enum(&self, name: &str) -> Option<usize> {
        name.starts_with('e').then_some(0)
    }

    fn find_constant(&self, name: &str) -> ConstantLookup {
        match name.as_bytes() {
            [b'n', ..] => ConstantLookup::NotInteger,
            [sign @ (b'p' | b'm'), rest @ ..] => ConstantLookup::Integer {
                non_positive: *sign == b'm',
                bits: rest.iter().fold(0, |bits, &byte| bits << 8 | u64::from(byte)),
                disagrees: rest.len() == 3,
            },
            _ => ConstantLookup::Absent,
        }
    }
}

/// One input.
pub fn run(input: &str) {
    let mut out = Output::new();
    match parse(input, &Names, &mut out) {
        Ok(root) => {
            assert!(root < out.opcodes().len() && out.opcodes().len() <= Output::LIMIT);
            check(out.opcodes());
        }
        Err(error) => {
            assert!(error.offset <= input.len());
            assert!(render_error(input, &error).starts_with(error.message));
        }
    }
}

/// The words are a table that a module could have, once the unused places in it are filled.
fn check(words: &[Opcode]) {
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
    if let Err(error) = check_types(&words, COUNTS, |_| typedef) {
        panic!("{error}: {words:?}");
    }
}
