//! Each rule of the grammar and each message, by themselves.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use cffi_abi::{IO_FILE_STRUCT, Op, Opcode, Primitive};
use cffi_parse::{ConstantLookup, Context, NoNames, Output, ParseError, parse};

/// Names as C would declare them:
/// typedef T, struct s (0), union u (1), enum e, and some constants.
struct Names;

impl Context for Names {
    fn find_typename(&self, name: &str) -> Option<usize> {
        ["T", "int16_t"].iter().position(|&known| known == name)
    }

    fn find_struct_union(&self, name: &str) -> Option<(usize, bool)> {
        match name {
            "s" => Some((0, false)),
            "u" => Some((1, true)),
            "$1" => Some((2, false)),
            _ => None,
        }
    }

    fn find_enum(&self, name: &str) -> Option<usize> {
        (name == "e").then_some(0)
    }

    fn find_constant(&self, name: &str) -> ConstantLookup {
        let integer = |value: i128, disagrees| ConstantLookup::Integer {
            non_positive: value <= 0,
            bits: value as u64,
            disagrees,
        };
        match name {
            "FIVE" => integer(5, false),
            "ZERO" | "WRONG_ZERO" => integer(0, name == "WRONG_ZERO"),
            "MINUS" => integer(-1, false),
            "WRONG" => integer(7, true),
            "WRONG_MINUS" => integer(-7, true),
            "MAX" => integer(isize::MAX as i128, false),
            "HUGE" => integer(isize::MAX as i128 + 1, false),
            "f" => ConstantLookup::NotInteger,
            _ => ConstantLookup::Absent,
        }
    }
}

fn words(input: &str) -> (Vec<Opcode>, usize) {
    let mut out = Output::new();
    let root = parse(input, &Names, &mut out).unwrap_or_else(|error| panic!("{input:?}: {error:?}"));
    (out.opcodes().to_vec(), root)
}

fn op(op: Op, arg: isize) -> Opcode {
    Opcode::new(op, arg)
}

fn raw(word: usize) -> Opcode {
    Opcode::from_raw(word)
}

#[track_caller]
fn is_primitive(input: &str, primitive: Primitive) {
    assert_eq!(words(input), (vec![op(Op::Primitive, primitive.number())], 0), "{input}");
}

#[test]
fn words_of_integers_come_in_any_order_before_the_last() {
    use Primitive as P;
    for (input, primitive) in [
        ("int", P::Int),
        ("char", P::Char),
        ("void", P::Void),
        ("_Bool", P::Bool),
        ("float", P::Float),
        ("double", P::Double),
        ("short", P::Short),
        ("signed short int", P::Short),
        ("short unsigned", P::UShort),
        ("long", P::Long),
        ("unsigned long", P::ULong),
        ("long long", P::LongLong),
        ("long unsigned long int", P::ULongLong),
        ("signed", P::Int),
        ("unsigned", P::UInt),
        ("unsigned int", P::UInt),
        ("signed char", P::SChar),
        ("unsigned char", P::UChar),
        ("long double", P::LongDouble),
        ("float _Complex", P::FloatComplex),
        ("double _Complex", P::DoubleComplex),
        ("size_t", P::Size),
        ("char32_t", P::Char32),
        (" \t\n\r\x0B\x0Cint\x0C", P::Int),
        ("const volatile const int const volatile", P::Int),
        ("int name", P::Int),
        ("int $name", P::Int),
        // The word after the modifiers is the variable's name, not a type.
        ("unsigned T", P::UInt),
    ] {
        is_primitive(input, primitive);
    }
}

#[test]
fn names_come_from_the_context_first() {
    assert_eq!(words("T").0, [op(Op::Typename, 0)]);
    assert_eq!(words("int16_t").0, [op(Op::Typename, 1)]);
    is_primitive("int32_t", Primitive::Int32);
    assert_eq!(words("struct s").0, [op(Op::StructUnion, 0)]);
    assert_eq!(words("union u").0, [op(Op::StructUnion, 1)]);
    assert_eq!(words("struct $1").0, [op(Op::StructUnion, 2)]);
    assert_eq!(words("enum e").0, [op(Op::Enum, 0)]);
    assert_eq!(words("struct _IO_FILE").0, [op(Op::StructUnion, IO_FILE_STRUCT)]);
}

#[test]
fn common_types_are_parsed_in_place() {
    let (found, root) = words("FILE *");
    assert_eq!(found, [op(Op::StructUnion, IO_FILE_STRUCT), op(Op::Noop, 0), op(Op::Pointer, 1)]);
    assert_eq!(root, 2);
    assert_eq!(words("bool").0, [op(Op::Primitive, Primitive::Bool.number()), op(Op::Noop, 0)]);
}

const INT: isize = Primitive::Int.number();

#[test]
fn sequels() {
    let int = op(Op::Primitive, INT);
    assert_eq!(words("int * const *"), (vec![int, op(Op::Pointer, 0), op(Op::Pointer, 1)], 2));
    assert_eq!(words("int[]"), (vec![int, op(Op::OpenArray, 0)], 1));
    // The outer array is the whole type, and refers to the inner one.
    assert_eq!(words("int[2][3]"), (vec![int, op(Op::Array, 3), raw(2), op(Op::Array, 0), raw(3)], 1));
    assert_eq!(
        words("int(*)[3]"),
        (vec![int, op(Op::Noop, 3), op(Op::Pointer, 1), op(Op::Array, 0), raw(3)], 2)
    );
    assert_eq!(words("int *x[FIVE]"), (vec![int, op(Op::Pointer, 0), op(Op::Array, 1), raw(5)], 2));
}

#[test]
fn parameters() {
    // A place is reserved for each comma, one more, and the end mark; what is not needed stays 0.
    let int = op(Op::Primitive, INT);
    let end = |flags| op(Op::FunctionEnd, flags);
    assert_eq!(words("int(void)"), (vec![int, op(Op::Function, 0), end(0), raw(0)], 1));
    assert_eq!(words("int()").0, words("int(void)").0);
    assert_eq!(words("int(...)"), (vec![int, op(Op::Function, 0), end(1), raw(0)], 1));
    assert_eq!(
        words("int f(int, int, ...)").0,
        [int, op(Op::Function, 0), op(Op::Noop, 6), op(Op::Noop, 7), end(1), raw(0), int, int]
    );
    // Arrays and functions become pointers.
    assert_eq!(
        words("int(int[3])").0,
        [int, op(Op::Function, 0), op(Op::Pointer, 4), end(0), int, op(Op::Array, 4), raw(3)]
    );
    assert_eq!(
        words("int(int())").0,
        [int, op(Op::Function, 0), op(Op::Pointer, 5), end(0), int, op(Op::Function, 4), end(0), raw(0)]
    );
    assert_eq!(
        words("int(*)(T)"),
        (
            vec![
                int,
                op(Op::Noop, 3),
                op(Op::Pointer, 1),
                op(Op::Function, 0),
                op(Op::Noop, 6),
                end(0),
                op(Op::Typename, 0)
            ],
            2
        )
    );
}

#[test]
fn calling_conventions() {
    let flags = |input: &str| {
        let (words, _) = words(input);
        words.iter().find(|word| word.op() == Ok(Op::FunctionEnd)).map(|word| word.arg())
    };
    assert_eq!(flags("int __cdecl f()"), Some(0));
    assert_eq!(flags("int __stdcall f()"), Some(2));
    assert_eq!(flags("int(__stdcall *)(int)"), Some(2));
    assert_eq!(flags("int(__stdcall int)"), Some(2));
    assert_eq!(flags("int __stdcall(*)(__cdecl)"), Some(0));
    // Variadic functions always use the default one.
    assert_eq!(flags("int __stdcall f(int, ...)"), Some(1));
}

#[test]
fn lengths() {
    for (input, length) in
        [("5", 5), ("0", 0), ("010", 8), ("0x1F", 31), ("FIVE", 5), ("ZERO", 0), ("WRONG_ZERO", 0)]
    {
        assert_eq!(words(&format!("int[{input}]")).0[2], raw(length), "{input}");
    }
    assert_eq!(words("char[MAX]").0[2], raw(isize::MAX as usize));
}

#[track_caller]
fn fails(input: &str, message: &str, offset: usize) {
    let error = parse(input, &Names, &mut Output::new());
    let got = error.as_ref().map_err(|error| (error.message, error.offset));
    assert_eq!(got, Err((message, offset)), "{input:?}");
}

#[test]
fn types_that_compiled_modules_do_not_know() {
    let of = |input: &str| words(input).0[0];
    let number = |n: isize| Opcode::new(Op::Primitive, n);
    assert_eq!(of("long double _Complex"), number(cffi_abi::LONG_DOUBLE_COMPLEX));
    assert_eq!(of("unsigned __int128"), number(cffi_abi::UNSIGNED_INT128));
    for signed in ["__int128", "signed __int128", "__int128_t"] {
        assert_eq!(of(signed), number(cffi_abi::UNSIGNED_INT128 - 1), "{signed}");
    }
    assert_eq!(of("_Float128"), of("__float128"));
}

#[test]
fn messages_point_to_the_token() {
    fails("short long", "'long' after 'short'", 6);
    fails("short short", "'short' after another 'short' or 'long'", 6);
    fails("long short", "'short' after another 'short' or 'long'", 5);
    fails("long long long", "'long long long' is too long", 10);
    fails("signed unsigned", "multiple 'signed' or 'unsigned'", 7);
    for word in ["void", "_Bool", "float", "struct", "union", "enum", "_Complex", "double"] {
        fails(&format!("unsigned {word}"), "invalid combination of types", 9);
    }
    fails("short char", "invalid combination of types", 6);
    fails("long long double", "invalid combination of types", 10);
    fails("int *, nope", "unexpected symbol", 5);
    fails("nope", "undefined type name", 0);
    fails("s", "undefined type name", 0);
    fails("struct 5", "struct or union name expected", 7);
    fails("union", "struct or union name expected", 5);
    fails("struct T", "undefined struct/union name", 7);
    fails("union _IO_FILE", "undefined struct/union name", 6);
    fails("struct u", "wrong kind of tag: struct vs union", 7);
    fails("union  s", "wrong kind of tag: struct vs union", 7);
    fails("enum *", "enum name expected", 5);
    fails("enum s", "undefined enum name", 5);
    fails("", "identifier expected", 0);
    fails(" * ", "identifier expected", 1);
    fails("int(int,)", "identifier expected", 8);
    fails(&format!("int{}", "(".repeat(100_000)), "identifier expected", 4);
    fails("int _Complex", "_Complex type combination unsupported", 4);
    fails("int(int", "expected ')'", 7);
    fails("int(*", "expected ')'", 5);
    fails("int(..., int)", "expected ')'", 7);
    fails("int __stdcall", "expected '('", 13);
    fails("int(*__cdecl)()", "expected '('", 12);
    fails("int[5", "expected ']'", 5);
    fails("int[5 6]", "expected ']'", 6);
    fails("int[", "expected a positive integer constant", 4);
    fails("int[-1]", "expected a positive integer constant", 4);
    fails("int[MINUS]", "expected a positive integer constant", 4);
    fails("int[f]", "expected a positive integer constant", 4);
    fails("int[nope]", "expected a positive integer constant", 4);
    fails("int[WRONG]", "disagreement about this constant's value", 4);
    fails("int[WRONG_MINUS]", "disagreement about this constant's value", 4);
    fails("int[HUGE]", "integer constant too large", 4);
    fails("int[08]", "invalid number", 4);
    fails("int[0x]", "invalid number", 4);
    fails("int[99999999999999999999999]", "number too large", 4);
    fails("int\u{e9}", "unexpected symbol", 3);
    fails("int int", "unexpected symbol", 4);
    fails("int\0", "unexpected symbol", 3);
    fails("int\0*", "unexpected symbol", 3);
}

#[test]
fn a_common_type_that_does_not_fit_the_context() {
    struct OtherFile;
    impl Context for OtherFile {
        fn find_typename(&self, _name: &str) -> Option<usize> {
            None
        }
        fn find_struct_union(&self, name: &str) -> Option<(usize, bool)> {
            (name == "_IO_FILE").then_some((3, true))
        }
        fn find_enum(&self, _name: &str) -> Option<usize> {
            None
        }
        fn find_constant(&self, _name: &str) -> ConstantLookup {
            ConstantLookup::Absent
        }
    }
    let mut out = Output::new();
    let error = parse("int(FILE *)", &OtherFile, &mut out).unwrap_err();
    assert_eq!(error, ParseError { message: "internal error, please report!", offset: 4 });
    assert_eq!(parse("union _IO_FILE", &OtherFile, &mut out), Ok(0));
    assert_eq!(out.opcodes(), [op(Op::StructUnion, 3)]);
}

#[test]
fn types_of_the_largest_size() {
    let limit = Output::LIMIT;
    let mut out = Output::new();
    let mut check = |input: &str, expected: Result<usize, usize>| {
        let expected = expected
            .map_err(|offset| ParseError { message: "internal type complexity limit reached", offset });
        assert_eq!(parse(input, &NoNames, &mut out), expected);
    };
    check(&format!("int{}", "*".repeat(limit - 1)), Ok(limit - 1));
    check(&format!("int{}", "*".repeat(limit)), Err(3 + limit - 1));
    // Each level of grouping writes two words; the innermost one is the whole type.
    let levels = (limit - 1) / 2;
    check(&format!("int{}{}", "(*".repeat(levels), ")".repeat(levels)), Ok(2 * levels));
    check(&format!("int{}{}", "(*".repeat(limit), ")".repeat(limit)), Err(3 + 2 * levels + 1));
    check(&format!("int({}", ",".repeat(5000)), Err(4));
}

#[test]
fn hostile_nesting_needs_little_stack() {
    let small = std::thread::Builder::new().stack_size(64 * 1024);
    let work = || {
        let mut out = Output::new();
        for input in ["(*", "int(", "(int(*)(", "int[2](*"] {
            let nested = format!("int{}", input.repeat(5000));
            assert!(parse(&nested, &NoNames, &mut out).is_err());
        }
    };
    small.spawn(work).unwrap().join().unwrap();
}
