//! Declarations of real C.

use cffi_types::decls::DeclFlags;
use cffi_types::types::Shape;
use cffi_types::{Decls, Target};

use crate::files::MemoryFiles;
use crate::pp::{Options, Standard};
use crate::{Unit, parse_text};

fn unit(text: &str) -> Unit {
    unit_of(text, "gnu17")
}

fn unit_of(text: &str, standard: &str) -> Unit {
    let mut options = Options::new(Target::x86_64_linux_gnu());
    options.standard = Standard::from_name(standard).expect(standard);
    parse_text(&MemoryFiles::default(), "test.h", text.as_bytes().into(), &options)
}

fn decls(text: &str) -> Decls {
    let unit = unit(text);
    let problems: Vec<String> = unit.problems.iter().map(|problem| problem.render(&unit.sources)).collect();
    assert!(problems.is_empty(), "{}", problems.join("\n"));
    unit.decls
}

/// Returns a declaration as C text.
fn text_of(decls: &Decls, name: &str) -> String {
    decls.text_of(decls.find(name).unwrap_or_else(|| panic!("{name} is not declared")))
}

fn size_and_align(decls: &Decls, name: &str) -> (u64, u64) {
    let decl = decls.decl(decls.find(name).unwrap_or_else(|| panic!("{name} is not declared")));
    (decls.types.size(decl.ty.id()).expect(name), decls.types.align(decl.ty.id()).expect(name))
}

#[test]
fn declarators() {
    let decls = decls(
        "int *(*(*fp1)(int))[10]; char *const (*(*const table[3])(void))[5]; void (*signal(int, void (*)(int)))(int);\n\
         int f(int a[static 3], char *argv[], int g(void), const int c), (h)(void), *k; unsigned x, long *y;"
            .replace(" unsigned x, long *y;", "")
            .as_str(),
    );
    assert_eq!(text_of(&decls, "fp1"), "int *(*(*fp1)(int))[10]");
    assert_eq!(text_of(&decls, "table").replace(' ', ""), "char*const(*(*consttable[3])(void))[5]");
    assert_eq!(text_of(&decls, "signal"), "void (*signal(int, void (*)(int)))(int)");
    assert_eq!(text_of(&decls, "f"), "int f(int *, char **, int (*)(void), int)");
    assert_eq!(text_of(&decls, "h"), "int h(void)");
    let names: Vec<&str> = decls
        .param_names(decls.find("f").expect("f"))
        .iter()
        .map(|name| decls.types.symbols.get(*name))
        .collect();
    assert_eq!(names, ["a", "argv", "g", "c"]);
}

#[test]
fn attributes_that_matter() {
    let decls = decls(
        "struct __attribute__((packed)) p { char a; int b; } p; struct q { char a; int b; } __attribute__((packed, aligned(4))) q;\n\
         typedef int big __attribute__((aligned(32))); struct r { char a; big b; } r; struct m { char a; int b __attribute__((packed)); } m;\n\
         typedef int v4 __attribute__((vector_size(16))); typedef unsigned u8 __attribute__((mode(QI)));\n\
         enum __attribute__((packed)) e { A, B } e; struct { char a; _Alignas(8) char b; } n; __declspec(align(16)) struct d { int a; } dd;\n\
         #pragma pack(push, 2)\nstruct k { char a; long b; } k;\n#pragma pack(pop)\nstruct l { char a; long b; } l;\n"
            .replace("\n         #", "\n#")
            .as_str(),
    );
    for (name, wanted) in [
        ("p", (5, 1)),
        ("q", (8, 4)),
        ("r", (64, 32)),
        ("m", (5, 1)),
        ("v4", (16, 16)),
        ("u8", (1, 1)),
        ("e", (1, 1)),
        ("n", (16, 8)),
        ("k", (10, 2)),
        ("l", (16, 8)),
    ] {
        assert_eq!(size_and_align(&decls, name), wanted, "{name}");
    }
}

#[test]
fn what_is_passed_over() {
    let decls = decls(
        "__extension__ extern __inline int f(void) __asm__(\"real_f\") __attribute__((nothrow, nonnull(1)));\n\
         static inline int g(int x) { if (x) { return ({ int y = x; y; }); } return (struct s){1}.a; }\n\
         int table[] = { 1, [2] = 3, }; const int five = 5; char text[] = \"abc\"; asm(\"nop\"); ;\n\
         extern \"C\" { int inside(void); } extern \"C\" int single(void);\n\
         int old(a, b) int a; char *b; { return a; }\n_Noreturn void stop(void); [[deprecated(\"old\")]] void h(void);\n\
         void (__attribute__((ms_abi)) *cb)(int); int __attribute__((__cdecl__)) c(void); __thread int tls;",
    );
    for name in ["f", "g", "table", "inside", "single", "old", "stop", "h", "cb", "c", "tls"] {
        assert!(decls.find(name).is_some(), "{name}");
    }
    let f = decls.find("f").expect("f");
    assert_eq!(decls.extra(f).map(|extra| decls.types.symbols.get(extra.asm_label)), Some("real_f"));
    let flags = |name: &str| decls.decl(decls.find(name).expect(name)).flags;
    assert!(flags("g").contains(DeclFlags::STATIC | DeclFlags::INLINE | DeclFlags::DEFINED));
    assert!(flags("stop").contains(DeclFlags::NORETURN) && flags("h").contains(DeclFlags::DEPRECATED));
    assert_eq!(size_and_align(&decls, "text").0, 4);
    assert!(decls.decl(decls.find("five").expect("five")).value.is_some());
    assert_eq!(text_of(&decls, "old"), "int old()");
    assert_eq!(text_of(&decls, "cb"), "void (__attribute__((ms_abi)) *cb)(int)");
}

#[test]
fn types_of_newer_editions_and_extensions() {
    let text = "typeof(1L) a; __typeof__(a) *b; _Float128 c; __int128 d; unsigned __int128 e; _BitInt(37) f; long double _Complex g;\n\
                _Atomic(int) h; __builtin_va_list i; bool j = true; enum k : short { K } k; constexpr int l = 3; alignas(16) char m;\n\
                auto n = 1; nullptr_t_is_not_known o;";
    let unit = unit_of(text, "gnu23");
    let sizes = [
        ("a", 8),
        ("b", 8),
        ("c", 16),
        ("d", 16),
        ("e", 16),
        ("f", 8),
        ("g", 32),
        ("h", 4),
        ("i", 24),
        ("j", 1),
        ("k", 2),
    ];
    for (name, size) in sizes {
        assert_eq!(size_and_align(&unit.decls, name).0, size, "{name}");
    }
    assert_eq!(unit.problems.len(), 1);
    assert!(unit.problems[0].message.ends_with("unknown type name 'nullptr_t_is_not_known'"));
    // Before C23 these words are ordinary names.
    decls("int bool, alignas, nullptr, constexpr;");
}

#[test]
fn a_refused_declaration_does_not_hide_the_next() {
    let text = "int a(unknown_t x);\nstruct s { int x; nonsense y; };\nint b(void) { return ; }\nint c[-1]; int d;\n) ; int e;\n";
    let unit = unit(text);
    for name in ["b", "d", "e"] {
        assert!(unit.decls.find(name).is_some(), "{name}: {:?}", unit.problems);
    }
    let messages: Vec<&str> = unit.problems.iter().map(|problem| problem.message.as_str()).collect();
    assert_eq!(messages[0], "'a' is left out: unknown type name 'unknown_t'");
    assert_eq!(messages.len(), 4, "{messages:?}");
    let shown = unit.problems[0].render(&unit.sources);
    assert!(shown.starts_with("test.h:1:7: error: ") && shown.contains("int a(unknown_t x);"), "{shown}");
}

#[test]
fn repeated_declarations_are_one() {
    let decls = decls(
        "extern int a[]; int a[5]; int f(); int f(int x); struct s; struct s *p; struct s { int x; }; typedef int t; typedef int t;\n\
         enum e { A }; extern enum e y; extern enum e y;",
    );
    assert_eq!(size_and_align(&decls, "a").0, 20);
    assert_eq!(text_of(&decls, "f"), "int f(int)");
    assert_eq!(decls.iter().filter(|(_, decl)| !decl.name.is_empty()).count(), 8);
}

#[test]
fn comments_are_documentation() {
    let text = "/** Adds.\n * @param a one\n */\nint add(int a, int b);\n\n/* not for b */\n\nint b;\n// One.\n// Two.\nint c;\n\
                int d; /**< Behind. */\nenum e {\n  A, /* first */\n  B  /* second */\n};\n/* value */\n#define V 1\n";
    let decls = decls(text);
    let doc = |name: &str| {
        let extra = decls.extra(decls.find(name).expect(name))?;
        Some(super::plain_comment(&decls.text(extra.doc)))
    };
    assert_eq!(doc("add").as_deref(), Some("Adds.\n@param a one"));
    assert_eq!(doc("b"), None);
    assert_eq!(doc("c").as_deref(), Some("One.\nTwo."));
    assert_eq!(doc("d").as_deref(), Some("Behind."));
    assert_eq!(doc("A").as_deref(), Some("first"));
    assert_eq!(doc("B").as_deref(), Some("second"));
    assert_eq!(doc("V").as_deref(), Some("value"));
}

#[test]
fn records_by_their_typedef_names() {
    let decls = decls("typedef struct { int x; } named, *pointer; typedef union u { int i; } other;");
    assert_eq!(text_of(&decls, "pointer"), "typedef named *pointer");
    let ty = decls.decl(decls.find("other").expect("other")).ty;
    assert!(
        matches!(decls.types.resolve(ty).0, Shape::Record(id) if decls.types.record(id).alias.is_empty())
    );
}

#[test]
fn comments_may_be_below() {
    let text = "int one(void);\n/* About one.\n */\n\nint two(void);\n/* About three. */\nint three(void);\n\
                int four(void);\n\n/* Section. */\n\nint five(void);\n/** Six. */\n\nint six(void);\n/* End. */\n\n\
                #define ARGS(x) x\nextern int seven ARGS((int a));\n/*\n  About seven.\n*/\n\n";
    let decls = decls(text);
    let doc = |name: &str| {
        let extra = decls.extra(decls.find(name)?)?;
        Some(super::plain_comment(&decls.text(extra.doc)))
    };
    assert_eq!(doc("one").as_deref(), Some("About one."));
    assert_eq!(doc("two"), None);
    assert_eq!(doc("three").as_deref(), Some("About three."));
    assert_eq!(doc("four"), None);
    assert_eq!(doc("five"), None);
    assert_eq!(doc("six").as_deref(), Some("Six."));
    assert_eq!(doc("seven").as_deref(), Some("About seven."));
}

#[test]
fn conventions_may_be_behind() {
    let text = "int f(int) __attribute__((ms_abi)); int (*p)(int) __attribute__((ms_abi)); \
                struct s { int (*m)(int) __attribute__((ms_abi)); int (*n)(int); }; \
                typedef int t(int) __attribute__((ms_abi)); int g(int);";
    let decls = decls(text);
    for name in ["f", "p", "t"] {
        assert!(decls.text_of(decls.find(name).unwrap()).contains("ms_abi"), "{name}");
    }
    assert!(!decls.text_of(decls.find("g").unwrap()).contains("ms_abi"));
    let Shape::Record(id) = decls.types.shape(decls.tag(decls.types.symbols.find("s").unwrap()).unwrap())
    else {
        panic!()
    };
    let members: Vec<String> =
        decls.types.fields(id).iter().map(|field| decls.types.spell(field.ty, "")).collect();
    assert!(members[0].contains("ms_abi") && !members[1].contains("ms_abi"), "{members:?}");
}

#[test]
fn attributes_behind_a_tag_belong_to_the_declaration() {
    let decls = decls(
        "struct s { long a; }; union u { int a; }; enum e { A };\n\
         typedef struct s __attribute__((aligned(32))) t1; typedef union u __attribute__((aligned(16))) t2;\n\
         typedef enum e __attribute__((aligned(8))) t3; typedef struct __attribute__((aligned(64))) s t4;\n\
         typedef struct { char c; struct s __attribute__((aligned(64))) x; } t5;\n\
         typedef struct { char c; struct s __attribute__((packed)) x; } t6; typedef struct { char c; t1 x; } t7;",
    );
    for (name, wanted) in [
        ("t1", (8, 32)),
        ("t2", (4, 16)),
        ("t3", (4, 8)),
        ("t4", (8, 8)),
        ("t5", (128, 64)),
        ("t6", (9, 1)),
        ("t7", (64, 32)),
    ] {
        assert_eq!(size_and_align(&decls, name), wanted, "{name}");
    }
}
