//! Tests of the values and types of constant expressions; the expected answers are gcc's.

use cffi_types::Target;
use cffi_types::decls::Constant;

use crate::files::MemoryFiles;
use crate::pp::Options;
use crate::{Unit, parse_text};

fn read(text: &str, target: Target) -> Unit {
    parse_text(&MemoryFiles::default(), "test.h", text.as_bytes().into(), &Options::new(target))
}

const PRELUDE: &str = "struct s { char a; long b; struct { short c[3]; int d : 5; }; } v; typedef unsigned char byte;\n\
                       enum { SMALL = 3, LARGE = 0x80000000 }; extern int array[7]; double g(int); int n;\n";

/// Returns the value of a macro with this body, and its type in C.
fn value(expression: &str) -> String {
    let unit = read(&format!("{PRELUDE}#define X {expression}\n"), Target::x86_64_linux_gnu());
    assert!(unit.problems.is_empty(), "{expression}: {:?}", unit.problems);
    let symbol = unit.decls.types.symbols.find("X").expect("used");
    let decl = unit.decls.decl(unit.decls.macro_named(symbol).expect("a macro"));
    match unit.decls.constant(decl.value.expect("a value")) {
        Constant::Int { value, ty } => format!("{value} {}", unit.decls.types.spell(*ty, "")),
        Constant::Float { value, ty } => format!("{value:?} {}", unit.decls.types.spell(*ty, "")),
        Constant::Bytes(text) => format!("{:?}", unit.decls.text(*text)),
        Constant::Wide { text, item } => format!("{item:?} {:?}", unit.decls.text(*text)),
        Constant::Elided => "...".to_owned(),
        Constant::Unfoldable(problem) => {
            format!("no: {}", unit.decls.text(unit.decls.problem(*problem).message))
        }
    }
}

#[test]
fn integers_and_their_types() {
    for (expression, wanted) in [
        ("5", "5 int"),
        ("5u", "5 unsigned int"),
        ("0xffffffff", "4294967295 unsigned int"),
        ("4294967295", "4294967295 long"),
        ("0x8000000000000000", "9223372036854775808 unsigned long"),
        ("1ULL << 63", "9223372036854775808 unsigned long long"),
        ("-1", "-1 int"),
        ("-1u", "4294967295 unsigned int"),
        ("~0", "-1 int"),
        ("~0ul", "18446744073709551615 unsigned long"),
        ("1 - 2u", "4294967295 unsigned int"),
        ("-1 < 0u", "0 int"),
        ("1L * 2u", "2 long"),
        ("'a' + 1", "98 int"),
        ("L'\\xe9'", "233 int"),
        ("-7 / 2", "-3 int"),
        ("-7 % 2", "-1 int"),
        ("7 & 3 | 8 ^ 1", "11 int"),
        ("1 ? 2u : -1", "2 unsigned int"),
        ("0 && 1 / 0", "0 int"),
        ("!0 + !5", "1 int"),
        ("1 ?: 1 / 0", "1 int"),
        ("2147483647 + 1", "-2147483648 int"),
        ("0x80000000 >> 4", "134217728 unsigned int"),
        ("-16 >> 2", "-4 int"),
        ("SMALL", "3 int"),
        ("LARGE", "2147483648 unsigned int"),
        ("(__int128)1 << 100 >> 98", "4 __int128"),
    ] {
        assert_eq!(value(expression), wanted, "{expression}");
    }
}

#[test]
fn casts_sizes_and_places() {
    for (expression, wanted) in [
        ("(char)300", "44 char"),
        ("(byte)-1", "255 byte"),
        ("(_Bool)0.5", "1 _Bool"),
        ("(int)3.99", "3 int"),
        ("(unsigned short)-2", "65534 unsigned short"),
        ("(struct s *)0", "0 struct s *"),
        ("(void *)-1", "18446744073709551615 void *"),
        ("(long)&((struct s *)0)->b", "8 long"),
        ("__builtin_offsetof(struct s, c[2])", "20 unsigned long"),
        ("(char *)&((struct s *)0)->c[1] - (char *)0", "18 long"),
        ("sizeof(struct s)", "24 unsigned long"),
        ("sizeof v.c", "6 unsigned long"),
        ("sizeof array / sizeof array[0]", "7 unsigned long"),
        ("sizeof(int[3]) + _Alignof(double)", "20 unsigned long"),
        ("sizeof g(1)", "8 unsigned long"),
        ("sizeof \"abc\" \"d\"", "5 unsigned long"),
        ("sizeof(char) == 1", "1 int"),
        ("sizeof(1 ? (char)1 : 2L)", "8 unsigned long"),
        ("sizeof (int){1}", "4 unsigned long"),
        ("(sizeof(n++))", "4 unsigned long"),
        ("_Generic(1L, int: 1, long: 2, default: 3)", "2 int"),
        ("__builtin_types_compatible_p(byte, unsigned char)", "1 int"),
        ("__builtin_bswap32(0x01020304)", "67305985 unsigned int"),
    ] {
        assert_eq!(value(expression), wanted, "{expression}");
    }
}

#[test]
fn floats_and_strings() {
    for (expression, wanted) in [
        ("1.5", "1.5 double"),
        ("1.1f", "1.100000023841858 float"),
        ("1.0f + 2", "3.0 float"),
        ("1 / 4.0L", "0.25 long double"),
        ("-2.5e3", "-2500.0 double"),
        ("0x1p-2", "0.25 double"),
        ("1.0 > 0.5", "1 int"),
        ("__builtin_huge_val()", "inf double"),
        ("\"a\" \"b\\n\"", "\"ab\\n\""),
        ("(\"x\")", "\"x\""),
        ("(const char *)\"x\"", "\"x\""),
        ("L\"\\u20ac\"", "WChar \"€\""),
    ] {
        assert_eq!(value(expression), wanted, "{expression}");
    }
}

#[test]
fn what_is_no_constant_has_a_reason() {
    for (expression, part) in [
        ("", "empty"),
        ("nothing", "'nothing' is not declared"),
        ("array[1]", "when the program runs"),
        ("n", "when the program runs"),
        ("1 / 0", "divided by zero"),
        ("1 << 40", "more bits"),
        ("int", "value"),
        ("do { } while (0)", "declared"),
        ("1 2", "end of the macro"),
        ("__LINE__", "where the macro is used"),
        ("({ 1; })", "statements"),
        ("sizeof(struct unknown)", "size"),
    ] {
        let found = value(expression);
        assert!(found.starts_with("no: ") && found.contains(part), "{expression}: {found}");
    }
}

#[test]
fn targets_have_their_own_types() {
    let text = "_Static_assert(sizeof(long) == 4 && sizeof(void *) == 8 && sizeof(L'a') == 2, \"\");\n#define X 4294967295\n\
                enum { A = sizeof(long double) };";
    let unit = read(text, Target::x86_64_windows_msvc());
    assert!(unit.problems.is_empty(), "{:?}", unit.problems);
    let unit = read("_Static_assert((char)-1 > 0, \"\");", Target::aarch64_linux_gnu());
    assert!(unit.problems.is_empty(), "{:?}", unit.problems);
    let unit = read("_Static_assert(sizeof(int) == 8, \"wide\");", Target::x86_64_linux_gnu());
    assert_eq!(unit.problems[0].message, "the assertion fails \"wide\"");
}

#[test]
fn lists_are_no_constants() {
    for list in ["1, 2", "\"cc\", \"memory\", \"r11\"", "{1, 2}", "3,"] {
        assert!(value(list).starts_with("no: "), "{list}: {}", value(list));
    }
}
