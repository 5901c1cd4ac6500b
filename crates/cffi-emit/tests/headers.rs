//! Tests with declarations of a header that a table cannot express as they are.

use cffi_abi::{Op, Opcode};
use cffi_cdef::files::MemoryFiles;
use cffi_cdef::parse_text;
use cffi_cdef::pp::Options;
use cffi_emit::{Attribute, Binding, Names, Tables, binding, tables};
use cffi_types::target::Target;

fn of(text: &str) -> Tables {
    let options = Options::new(Target::x86_64_linux_gnu());
    let unit = parse_text(&MemoryFiles::default(), "test.h", text.as_bytes().into(), &options);
    assert!(unit.problems.is_empty(), "{:?}", unit.problems);
    let all: Vec<_> = unit.decls.iter().map(|(id, _)| id).collect();
    tables(&unit.decls, &all, Names::Standard)
}

/// Returns the reason for which a declaration is left out.
fn reason<'a>(tables: &'a Tables, name: &str) -> &'a str {
    tables.left_out.iter().find(|left| left.name == name).map_or("", |left| &left.reason)
}

fn members(tables: &Tables, name: &str) -> Vec<String> {
    tables.records[name].fields.iter().map(|field| field.name.clone()).collect()
}

const F_CHECK: u32 = 2;
const F_PACKED: u32 = 4;
const F_OPAQUE: u32 = 16;

#[test]
fn packed_structs_have_the_flag() {
    let tables = of("struct p { char a; int b; short c; } __attribute__((packed));");
    assert_eq!(tables.records["p"].flags, F_CHECK | F_PACKED);
    assert_eq!(tables.left_out, []);
    // Packing that changes nothing but the alignment is still packing.
    let tables = of("struct p { int a; } __attribute__((packed)); struct q { char c; struct p p; };");
    assert_eq!(tables.records["p"].flags, F_CHECK | F_PACKED);
    assert_eq!(tables.records["q"].flags, F_CHECK);
    let tables = of("struct p { int a; int b; } __attribute__((packed, aligned(4)));");
    assert_eq!(tables.records["p"].flags, F_CHECK);
}

#[test]
fn other_attributes_become_padding() {
    let tables = of("struct s { char a; char b __attribute__((aligned(8))); };");
    assert_eq!(members(&tables, "s"), ["a", "", "b", ""]);
    assert_eq!(tables.records["s"].flags, 0);
    assert_eq!(reason(&tables, "struct s"), "its alignment is 1 in the table and 8 in C");
    let tables = of("#pragma pack(2)\nstruct s { char a; int b; char c; };\n#pragma pack()\n");
    assert_eq!(members(&tables, "s"), ["a", "", "b", "c", ""]);
    assert_eq!(tables.records["s"].flags, F_PACKED);
    let tables = of("union u { char a; int b; } __attribute__((aligned(16)));");
    assert_eq!(members(&tables, "u"), ["a", "b", ""]);
}

#[test]
fn members_of_unknown_types_are_bytes() {
    let tables = of("struct s { int a; __int128 b; _Float16 c; }; int f(struct s *); int g(struct s);");
    assert_eq!(members(&tables, "s"), ["a", "", "", "", ""]);
    assert_eq!(
        reason(&tables, "struct s.b"),
        "cffi does not know the type __int128, so it consists of bytes"
    );
    assert!(tables.globals.contains_key("f"));
    assert_eq!(reason(&tables, "g"), "struct s goes by value, and the table cannot express it exactly");
}

#[test]
fn bit_fields_that_lie_elsewhere_are_left_out_alone() {
    let tables = of("struct s { char a; int b : 20 __attribute__((aligned(8))); char c; };");
    assert_eq!(members(&tables, "s").iter().filter(|name| !name.is_empty()).collect::<Vec<_>>(), ["a", "c"]);
    assert_eq!(reason(&tables, "struct s.b"), "the table cannot express its place");
}

#[test]
fn functions_that_no_library_has() {
    let text = "static inline int a(void) { return 1; } static int b(void); inline int c(void) { return 1; } \
                __attribute__((visibility(\"hidden\"))) int d(void); extern __thread int e; int g(__int128); \
     int h(int) __attribute__((ms_abi));";
    let tables = of(text);
    assert_eq!(tables.globals.keys().collect::<Vec<_>>(), [""; 0]);
    for name in ["a", "b", "c", "d", "e", "g", "h"] {
        assert!(!reason(&tables, name).is_empty(), "{name}");
    }
}

#[test]
fn the_symbol_is_the_label() {
    let tables = of("int f(void) __asm__(\"f_v2\"); int g(void);");
    assert_eq!(tables.globals.keys().collect::<Vec<_>>(), ["f_v2", "g"]);
    assert_eq!(tables.labels["f"], "f_v2");
}

#[test]
fn standard_names_are_cffi_types() {
    let text = "typedef unsigned int uint32_t; typedef unsigned long size_t; typedef int wchar_t; typedef uint32_t id; \
                id f(size_t, const wchar_t *, id *);";
    let tables = of(text);
    assert_eq!(tables.typenames.keys().collect::<Vec<_>>(), ["id"]);
    let pointers =
        of("typedef unsigned long size_t; typedef void call(size_t *, size_t[3]); call f; call *g;");
    let sizes = pointers.types.iter().filter(|word| **word == Opcode::new(Op::Primitive, 28)).count();
    let longs = pointers.types.iter().filter(|word| **word == Opcode::new(Op::Primitive, 10)).count();
    assert_eq!((sizes, longs), (1, 0));
    let odd = of("typedef float uint32_t; uint32_t f(void);");
    assert_eq!(odd.typenames.keys().collect::<Vec<_>>(), ["uint32_t"]);
}

#[test]
fn only_what_is_needed_is_added() {
    let options = Options::new(Target::x86_64_linux_gnu());
    let text = "typedef long used; typedef long unused; struct needed { used u; }; struct other { int i; }; \
                int f(struct needed *); enum e { A, B };";
    let unit = parse_text(&MemoryFiles::default(), "test.h", text.as_bytes().into(), &options);
    let wanted = ["f", "A"].map(|name| unit.decls.find(name).expect("declared"));
    let tables = tables(&unit.decls, &wanted, Names::Standard);
    assert_eq!(tables.globals.keys().collect::<Vec<_>>(), ["A", "B", "f"]);
    assert_eq!(tables.records.keys().collect::<Vec<_>>(), ["needed"]);
    assert_eq!(tables.typenames.keys().collect::<Vec<_>>(), ["used"]);
}

#[test]
fn constants() {
    let tables = of("#define I 3\n#define F 1.5\n#define S \"a\" \"b\"\n#define P ((char *)-1)\n#define G\n\
                     #define BIG 0xFFFFFFFFFFFFFFFFu\n#define U unknown\nenum { E = -1 };\n#define E E\n");
    assert_eq!(tables.globals.keys().collect::<Vec<_>>(), ["BIG", "E", "I"]);
    assert_eq!(tables.attributes["F"], Attribute::Float(1.5));
    assert_eq!(tables.attributes["S"], Attribute::Bytes(b"ab".to_vec()));
    assert_eq!(
        tables.attributes["P"],
        Attribute::Pointer { ctype: "char *".to_owned(), value: u64::MAX.into() }
    );
    assert!(!reason(&tables, "U").is_empty());
}

#[test]
fn files_are_shared() {
    let tables = of("typedef struct _IO_FILE FILE; struct _IO_FILE { int flags; }; int f(FILE *);");
    assert_eq!(tables.records["_IO_FILE"].flags, F_OPAQUE);
    assert!(tables.typenames.contains_key("FILE"));
}

#[test]
fn types_that_grow_without_end_are_left_out() {
    let mut text = String::from("typedef int t0(int);\n");
    for i in 1..40 {
        text.push_str(&format!("typedef int t{i}(t{}*, t{}*);\n", i - 1, i - 1));
    }
    text.push_str("t39 last; int first(void);\n");
    let tables = of(&text);
    assert!(!reason(&tables, "last").is_empty());
    assert!(tables.globals.contains_key("first"));
    let mut text = String::from("struct s0 { int a; };\n");
    for i in 1..5000 {
        text.push_str(&format!("struct s{i} {{ struct s{} a; }};\n", i - 1));
    }
    text.push_str("typedef int p0;\n");
    for i in 1..5000 {
        text.push_str(&format!("typedef p{} *p{i};\n", i - 1));
    }
    assert!(!of(&text).left_out.is_empty());
}

#[test]
fn bindings_are_python() {
    let options = Options::new(Target::x86_64_linux_gnu());
    let text = "/** Adds. \"Quoted\" \\ */\nint add(int a, int b);\n#define None 1.5\n#define lib \"x\"\n#define V \"\\377\"\n";
    let unit = parse_text(&MemoryFiles::default(), "test.h", text.as_bytes().into(), &options);
    let all: Vec<_> = unit.decls.iter().map(|(id, _)| id).collect();
    let tables = tables(&unit.decls, &all, Names::Standard);
    let mut made =
        Binding { module: "m".to_owned(), libraries: vec!["libm.so.6".to_owned()], ..Binding::default() };
    made.docs.insert("add".to_owned(), "Adds. \"Quoted\" \\".to_owned());
    let module = binding(&unit.decls, &tables, &made);
    assert!(module.contains("\n_libraries = (\"libm.so.6\",)\n"), "{module}");
    assert!(
        module.contains("\"add\": \"int add(int a, int b)\\n\\nAdds. \\\"Quoted\\\" \\\\\","),
        "{module}"
    );
    assert!(module.contains("globals()[\"None\"] = 1.5\n"), "{module}");
    assert!(!module.contains("\nlib = "), "{module}");
    assert!(module.contains("\nV = b\"\\xff\"\n"), "{module}");
}
