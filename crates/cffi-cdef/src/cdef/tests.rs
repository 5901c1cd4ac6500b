//! Tests of the texts that `cdef()` accepts, and of those that it leaves to the stock front end.

use cffi_types::decls::{Constant, DeclFlags, DeclKind};
use cffi_types::types::{RecordState, Shape};
use cffi_types::{Decls, Target};

use super::*;

fn session() -> Session {
    Session::new(Target::x86_64_linux_gnu())
}

fn accepted(text: &str) -> Session {
    let mut session = session();
    if let Err(refusal) = session.cdef(text, CdefOptions::default()) {
        panic!("{text}\n{refusal}");
    }
    session
}

fn refused(text: &str) -> Refusal {
    let mut session = session();
    let refusal = session.cdef(text, CdefOptions::default()).expect_err(text);
    assert_eq!(session.decls.len(), 0, "{text}");
    refusal
}

/// Returns every declaration with a name, as text.
fn shown(decls: &Decls) -> Vec<String> {
    let named = decls.iter().filter(|(_, decl)| !decl.name.is_empty());
    let show = |(id, decl): (DeclIdOf, &cffi_types::decls::Decl)| match decl
        .value
        .map(|value| decls.constant(value))
    {
        Some(Constant::Int { value, .. }) => format!("{} = {value}", decls.types.symbols.get(decl.name)),
        Some(Constant::Elided) => format!("{} = ...", decls.types.symbols.get(decl.name)),
        _ => decls.text_of(id),
    };
    named.map(show).collect()
}

type DeclIdOf = cffi_types::decls::DeclId;

#[test]
fn what_the_stock_front_end_refuses_is_refused() {
    for text in [
        "struct s { enum { A, B }; int a; };",
        "struct s { enum e { A }; int a; };",
        "typedef int... enum;",
        "typedef ... *struct;",
        "typedef ... int;",
        "static const int X = 1 +;",
        "static const int X = (1;",
        "static const int X = 1);",
        "static const int X = 1 2;",
        "static const int X = int;",
    ] {
        refused(text);
    }
}

#[test]
fn lone_numbers_are_values() {
    for value in ["-5", "(-5)", "-(5)", "((-(0x5)))"] {
        let session = accepted(&format!("static const int X = {value};"));
        assert_eq!(shown(&session.decls), ["X = -5"], "{value}");
    }
}

#[test]
fn initializers_are_skipped() {
    for value in ["1 << 0", "(1 | 2) << -3", "A & ~B", "!x == 'a'", "1.5 * 2", "+3", "- -5", "1.5"] {
        let session = accepted(&format!("static const int X = {value}, Y = 7;"));
        let shown = shown(&session.decls);
        assert_eq!((shown.len(), shown[1].as_str()), (2, "Y = 7"), "{value}");
    }
}

#[test]
fn declarations_of_every_kind() {
    let session = accepted(
        "#define N 5\n#define M ...\ntypedef struct { int a; char b[N]; } foo, *pfoo;\nint f(foo *x, const char *, ...);\n\
         extern int *(*table[N*2])(void);\nenum e { A, B = N, C };\nunion u { int i; double d; };\nstatic const int K = -0x10;\n\
         int g(), h(unsigned);",
    );
    assert_eq!(
        shown(&session.decls),
        [
            "N = 5",
            "M = ...",
            "typedef foo foo",
            "typedef foo *pfoo",
            "int f(foo *, const char *, ...)",
            "int *(*table[10])(void)",
            "enum e",
            "A = 0",
            "B = 5",
            "C = 6",
            "union u",
            "K = -16",
            "int g(void)",
            "int h(unsigned int)"
        ]
    );
}

#[test]
fn dots_in_all_their_places() {
    let session = accepted(
        "typedef ... opaque; typedef ... *handle; typedef int... number; typedef double... real;\n\
         struct s { int a; ...; }; struct t { int a[...]; int b; }; extern int x[...], y[5][...];\n\
         enum e { A, B = ..., ... }; typedef int array[...];",
    );
    let decls = &session.decls;
    for name in ["opaque", "handle", "number", "real", "x", "y", "array"] {
        let id = decls.find(name).expect(name);
        assert!(decls.decl(id).flags.contains(DeclFlags::ELIDED) || name == "array", "{name}");
    }
    for name in ["s", "t"] {
        let symbol = decls.types.symbols.find(name).expect(name);
        let Some(Shape::Record(id)) = decls.tag(symbol).map(|ty| decls.types.shape(ty)) else {
            panic!("{name}")
        };
        assert_eq!(decls.types.record(id).state, RecordState::Partial, "{name}");
    }
    for text in [
        "int f(int a[...]);",
        "int f(int (*a)[...]);",
        "typedef int (*t)[...];",
        "typedef int... t[5];",
        "typedef int... *t;",
        "int... f(void);",
        "typedef ... **t;",
        "int f(...);",
        "struct s { int a:3; ...; };",
        "struct s { ... };",
        "typedef struct { int a; ...; } *p;",
        "struct s { struct { int x; ...; } b; };",
    ] {
        refused(text);
    }
    accepted("struct s { struct { int x; ...; }; int b; };");
}

#[test]
fn extern_python() {
    let session = accepted(
        "extern \"Python\" int a(int);\nextern \"Python+C\" { int b(int); typedef int t; int c(t); }\nextern \"C + Python\" void d(void);\n\
         int e(void);",
    );
    let flags = |name: &str| session.decls.decl(session.decls.find(name).expect(name)).flags;
    assert!(flags("a").contains(DeclFlags::EXTERN_PYTHON));
    for name in ["b", "c", "d"] {
        assert!(flags(name).contains(DeclFlags::EXTERN_PYTHON_PLUS_C), "{name}");
    }
    assert!(!flags("e").contains(DeclFlags::EXTERN_PYTHON));
    for text in [
        "extern \"Python\" int x;",
        "extern \"python\" int f(int);",
        "extern \"C\" int f(void);",
        "extern \"Python\" int f(int)",
        "extern \"Python\" { int f(int);",
        "extern \"Python\" { struct s { int a; } f(int); }",
    ] {
        refused(text);
    }
}

#[test]
fn what_stock_refuses_is_refused() {
    for text in [
        "int f(a, b);",
        "foo f(void);",
        "int long x;",
        "char unsigned x;",
        "extern _Complex double x;",
        "int f(void) { return 1; }",
        "_Static_assert(1, \"x\");",
        "#include <stdio.h>",
        "#undef X",
        "#define A (5)",
        "#define A \"x\"",
        "#define A(x) x",
        "enum e { A = ~0 };",
        "enum e { A = 1 ? 2 : 3 };",
        "enum e { A = sizeof(int) };",
        "enum e { A = 1/0 };",
        "enum e { A = 1 << -1 };",
        "enum e { A = '\\x41' };",
        "enum e { A = 1'000 };",
        "enum e { A }; enum e { A };",
        "enum e { A }; enum f { B, A };",
        "enum e; enum e { A };",
        "struct s { int a; }; struct s { int a; };",
        "struct s { static int a; };",
        "typedef int foo_t; typedef long foo_t;",
        "typedef int f; extern int f;",
        "extern int x; extern long x;",
        "int f(int); int f(long);",
        "int [[a]] x;",
        "extern int \u{e9};",
        "int if(int);",
        "int WINAPI x;",
        "int x\\\n;",
    ] {
        refused(text);
    }
}

#[test]
fn types_of_gnu_c_are_known() {
    for text in [
        "extern long double _Complex x;",
        "extern __int128 x; extern unsigned __int128 y; extern __uint128_t z;",
        "_Float16 f(__bf16, _Float128, __float128, _Float32x);",
        "typedef float v4 __attribute__((vector_size(16))); v4 f(v4);",
        "__attribute__((vector_size(8))) short f(void);",
        "_BitInt(37) f(unsigned _BitInt(128));",
        "int f(const char *, va_list); int g(__builtin_va_list);",
        "int f(void) __attribute__((pure));",
        "__extension__ int f(void);",
        "struct s { char a; long b; } __attribute__((packed));",
        "typedef void *va_list; int f(va_list);",
    ] {
        accepted(text);
    }
}

#[test]
fn refusals_have_a_place() {
    let refusal = refused("int f(int);\nint g(foo_t x);\n");
    assert_eq!((refusal.file.as_str(), refusal.line, refusal.column), ("<cdef source string>", 2, 7));
    assert!(refusal.to_string().contains("int g(foo_t x);\n   |       ^"), "{refusal}");
    let refusal = refused("# 7 \"a b.h\" 3\nint f(void) foo;");
    assert_eq!((refusal.file.as_str(), refusal.line), ("a b.h", 7));
}

#[test]
fn a_refused_text_leaves_nothing() {
    let mut session = accepted("#define N 5\nstruct s; enum e { A };");
    let before = shown(&session.decls);
    for text in [
        "#define M 6\nstruct s { int a; }; int f(void); foo",
        "enum f { A = 7 };",
        "struct t { int x; } ;; enum { Q }; !",
    ] {
        assert!(session.cdef(text, CdefOptions::default()).is_err());
        assert_eq!(shown(&session.decls), before, "{text}");
    }
    let again = "#define M 7\nstruct s { int a; }; int f(struct s); enum { Q = M };";
    session.cdef(again, CdefOptions::default()).expect("what was refused is forgotten");
    assert_eq!(session.parse_type("struct s").map(|ty| session.decls.types.size(ty.id())), Ok(Ok(4)));
}

#[test]
fn later_texts_know_earlier_ones() {
    let mut session =
        accepted("typedef struct s s_t; #\nstruct t { s_t *p; };".replace(" #\n", "\n").as_str());
    session.cdef("struct s { int x[4]; }; int f(s_t);", CdefOptions::default()).expect("accepted");
    let size = |session: &mut Session, text: &str| {
        let ty = session.parse_type(text).expect(text);
        session.decls.types.size(ty.id())
    };
    assert_eq!(size(&mut session, "s_t[3]"), Ok(48));
    assert_eq!(size(&mut session, "struct t"), Ok(8));
    let replace = CdefOptions { replace: true, ..CdefOptions::default() };
    assert!(session.cdef("int f(int);", CdefOptions::default()).is_err());
    session.cdef("int f(int);", replace).expect("replaced");
    assert_eq!(session.decls.find("f").map(|id| session.decls.text_of(id)).as_deref(), Some("int f(int)"));
}

#[test]
fn packing() {
    let size = |text: &str, pack: u8| {
        let mut session = session();
        session.cdef(text, CdefOptions { pack, ..CdefOptions::default() }).expect(text);
        let ty = session.parse_type("struct s").expect("declared");
        session.decls.types.size(ty.id())
    };
    let text = "struct s { char a; double b; };";
    assert_eq!(size(text, 0), Ok(16));
    assert_eq!(size(text, 1), Ok(9));
    assert_eq!(size(text, 2), Ok(10));
    assert_eq!(size(&format!("#pragma pack(push, 1)\n{text}\n#pragma pack(pop)\n"), 0), Ok(9));
    assert_eq!(size("struct s { char a; _Alignas(16) int b; };", 0), Ok(32));
}

#[test]
fn warnings() {
    let mut session = session();
    let report =
        session.cdef("int x; #\n".replace('#', "").as_str(), CdefOptions::default()).expect("accepted");
    assert!(matches!(report.warnings[..], [Warning { kind: WarningKind::GlobalVariable(_), .. }]));
    let report = session.cdef("extern int y; const int z; #pragma once\n", CdefOptions::default());
    assert!(report.is_err(), "a directive begins a line");
    let report =
        session.cdef("extern int y; const int z;\n#pragma once\n", CdefOptions::default()).expect("accepted");
    assert_eq!(report.warnings.len(), 1);
    assert_eq!(report.warnings[0].kind, WarningKind::Pragma);
    let report = session.cdef("enum { NEWLINE = '\\n' };", CdefOptions::default()).expect("accepted");
    assert_eq!(report.notes.len(), 1);
}

#[test]
fn type_strings() {
    let mut session = accepted("typedef struct { int a; } foo; enum { N = 3 };");
    let mut name = |text: &str| session.parse_type(text).map(|ty| session.decls.types.cffi_name(ty).text);
    for (text, wanted) in [
        ("int", "int"),
        ("unsigned long long [N+1]", "unsigned long long[4]"),
        ("const foo *const *", "foo * *"),
        ("int(*)(char x, ...)", "int(*)(char, ...)"),
        ("int (*(*[5])(void))[3]", "int(*(*[5])())[3]"),
        ("struct unknown *", "struct unknown *"),
        ("size_t /* c */ x // d", "size_t"),
        ("int(*)(int[5], void f(void))", "int(*)(int *, void(*)())"),
        ("bool", "_Bool"),
        ("float _Complex", "_cffi_float_complex_t"),
    ] {
        assert_eq!(name(text).as_deref(), Ok(wanted), "{text}");
    }
    for text in [
        "",
        "int, long",
        "int); int evil(long",
        "...",
        "foo bar baz",
        "int[-1]",
        "int[...]",
        "#define A 5\nint",
        "\"x\"",
        "bar",
        "int;",
    ] {
        assert!(name(text).is_err(), "{text}");
    }
}

#[test]
fn kinds_of_declarations() {
    let session = accepted("typedef int fn_t(int); extern fn_t f; extern fn_t *p; fn_t g;");
    let kind = |name: &str| session.decls.decl(session.decls.find(name).expect(name)).kind;
    assert_eq!(
        (kind("f"), kind("p"), kind("g")),
        (DeclKind::Function, DeclKind::Variable, DeclKind::Function)
    );
}

#[test]
fn one_tag_for_each_kind() {
    let mut session = accepted("struct f { int a; }; enum f { A }; union f; union f *p(struct f, enum f);");
    session.cdef("union f { double d; char c[12]; };", CdefOptions::default()).expect("accepted");
    let size = |session: &mut Session, text: &str| {
        let ty = session.parse_type(text).expect(text);
        session.decls.types.size(ty.id())
    };
    assert_eq!(size(&mut session, "struct f"), Ok(4));
    assert_eq!(size(&mut session, "union f"), Ok(16));
    assert_eq!(size(&mut session, "enum f"), Ok(4));
}

#[test]
fn initializers_of_every_form_are_skipped() {
    for value in [
        "{1, 2}",
        "{}",
        "{1, {2, 3},}",
        "{[1] = 3, .a.b[0] = {4}}",
        "f(3, g())",
        "(int)5",
        "(unsigned char *)&table[2]",
        "sizeof(struct unknown *)",
        "sizeof x",
        "a ? b : c ? d : e",
        "a->b.c[1]++",
        "a = b += 3",
        "(int[]){1, 2}[0]",
        "\"a\" \"b\"",
        "(a, b)",
        "* 1",
        "a + b = c",
        "L'a'",
        "'ab'",
        "*p++ = 3",
    ] {
        let session = accepted(&format!("int X[2] = {value}, Y[1];"));
        assert_eq!(shown(&session.decls), ["int X[2]", "int Y[1]"], "{value}");
    }
    for value in [
        "{1;}",
        "{1",
        "}",
        "{1,,2}",
        "{,}",
        "{1 2}",
        "{.1 2}",
        "{[1 ... 3] = 1}",
        "f(",
        "a b",
        "?",
        "",
        "1 +",
        "a ? b",
        "x->5",
        "(int)",
        "f(int)",
        "a[]",
        "a--b",
        "''",
    ] {
        let _ = refused(&format!("int X[2] = {value};"));
    }
    let deep = format!("int X = {}1{};", "{".repeat(100_000), "}".repeat(100_000));
    let _ = refused(&deep);
    let deep = format!("int X = {}1{};", "(".repeat(100_000), ")".repeat(100_000));
    assert_eq!(shown(&accepted(&deep).decls).len(), 1);
}

/// Returns a text that is read in several parts.
fn long_text() -> String {
    let mut text = String::from("enum early { EARLY = LATE };\n#pragma pack(push, 1)\n");
    for n in 0..6000 {
        text += &format!("struct s{n} {{ char c; struct {{ int a[N{}]; double d; }} in; }};\n", n / 3000);
        if n == 3000 {
            text += "#pragma pack(pop)\n#line 5 \"other.h\"\n";
        }
    }
    text + "#define LATE 7\n#define N0 2\n#define N1 3\nextern \"Python\" { int f(struct s5999 *); }\n"
}

#[test]
fn long_texts_are_read_in_parts() {
    let mut session = Session::new(Target::x86_64_linux_gnu());
    let report = session.cdef(&long_text(), CdefOptions::default()).unwrap();
    assert_eq!(report.warnings.len(), 2);
    let size = |session: &mut Session, name: &str| {
        let ty = session.parse_type(name).unwrap();
        session.decls.types.size(ty.id()).unwrap()
    };
    assert_eq!(size(&mut session, "struct s0"), 17);
    assert_eq!(size(&mut session, "struct s2999"), 17);
    assert_eq!(size(&mut session, "struct s3000"), 21);
    assert_eq!(size(&mut session, "struct s3001"), 32);
    assert_eq!(size(&mut session, "struct s5999"), 32);
    let ty = session.parse_type("struct s5999").unwrap();
    let decl = session.decls.iter().map(|(_, decl)| *decl).find(|decl| decl.ty.id() == ty.id()).unwrap();
    assert_eq!(decl.span.line, 5 + 2998);
    assert_eq!(session.decls.files().len(), 1);
}

#[test]
fn a_long_text_that_is_refused_late_declares_nothing() {
    for end in ["int f(", "typedef nothing t;", "#define LATE 8\n", "int x @;", "} int y;"] {
        let mut session = Session::new(Target::x86_64_linux_gnu());
        session.cdef("struct s5000; typedef struct s1 known;", CdefOptions::default()).unwrap();
        let before = session.decls.len();
        assert!(session.cdef(&(long_text() + end), CdefOptions::default()).is_err(), "{end}");
        assert_eq!(session.decls.len(), before, "{end}");
        let ty = session.parse_type("struct s5000").unwrap();
        assert!(session.decls.types.size(ty.id()).is_err(), "{end}");
        session.cdef(&long_text(), CdefOptions::default()).unwrap();
        let ty = session.parse_type("known").unwrap();
        assert_eq!(session.decls.types.size(ty.id()), Ok(17), "{end}");
    }
}
