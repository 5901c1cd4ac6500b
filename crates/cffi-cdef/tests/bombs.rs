//! Tests with hostile text: each gets an error or a result, in bounded time and memory, on a small stack.

#![expect(clippy::expect_used, reason = "a thread that cannot start has failed the test")]

use std::time::{Duration, Instant};

use cffi_cdef::cdef::{CdefOptions, Session};
use cffi_cdef::files::MemoryFiles;
use cffi_cdef::pp::Options;
use cffi_cdef::{Unit, parse_text};
use cffi_types::Target;

/// The stack size of threads on some systems, without what callers need of it. Debug builds need several times as much as optimised code.
const STACK: usize = if cfg!(debug_assertions) { 1 << 20 } else { 192 << 10 };

/// A time limit that is far above what any of these texts needs on a slow machine.
const LIMIT: Duration = Duration::from_secs(20);

fn on_small_stack<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let start = Instant::now();
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(work).expect("a thread starts");
    let result = thread.join().expect("it neither panics nor overflows the stack");
    assert!(start.elapsed() < LIMIT, "took {:?}", start.elapsed());
    result
}

fn header(text: String) -> Unit {
    header_with(text, MemoryFiles::default())
}

fn header_with(text: String, files: MemoryFiles) -> Unit {
    on_small_stack(move || {
        let mut options = Options::new(Target::x86_64_linux_gnu());
        options.include_dirs = vec!["dir".to_owned()];
        parse_text(&files, "bomb.h", text.into_bytes().into(), &options)
    })
}

fn refused(text: String) {
    let unit = header(text);
    assert!(!unit.problems.is_empty(), "nothing was refused");
    for problem in &unit.problems {
        let _ = problem.render(&unit.sources);
    }
}

/// Returns whether `cdef()` refuses a text; both results are accepted.
fn cdef(text: String) -> bool {
    on_small_stack(move || {
        Session::new(Target::x86_64_linux_gnu()).cdef(&text, CdefOptions::default()).is_err()
    })
}

fn type_string(text: String) -> bool {
    on_small_stack(move || Session::new(Target::x86_64_linux_gnu()).parse_type(&text).is_err())
}

#[test]
fn macros_that_double() {
    let mut text = String::from("#define m0 x x\n");
    for n in 1..64 {
        text += &format!("#define m{n} m{} m{}\n", n - 1, n - 1);
    }
    refused(text.clone() + "m63\n");
    refused(
        text.replace("x x", "x").replace("#define m", "#define f(a) a a\n#define m")
            + "f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(f(1)))))))))))))))))))))))))))\n",
    );
    refused(
        "#define s(x) #x #x\n#define t(x) s(x)\n".to_owned() + &"t(".repeat(150) + "a" + &")".repeat(150),
    );
}

#[test]
fn macros_nested_in_arguments() {
    refused("#define f(x) x\n".to_owned() + &"f(".repeat(100_000) + &")".repeat(100_000));
    refused("#define f(x) x\n".to_owned() + &"f(".repeat(100_000));
    let mut chain = String::from("#define m0 int x;\n");
    for n in 1..50_000 {
        chain += &format!("#define m{n} m{}\n", n - 1);
    }
    assert!(header(chain + "m49999\n").decls.find("x").is_some());
}

#[test]
fn files_that_include_themselves() {
    let mut files = MemoryFiles::default();
    files.add("dir/self.h", "#include <self.h>\nint x;\n");
    files.add("dir/twice.h", "#include <twice.h>\n#include <twice.h>\n");
    let unit = header_with("#include <self.h>\n".to_owned(), files.clone());
    assert!(unit.problems.iter().any(|problem| problem.message.contains("nested too deeply")));
    let unit = header_with("#include <twice.h>\n".to_owned(), files);
    assert!(!unit.problems.is_empty());
}

#[test]
fn a_million_tokens() {
    let unit = header("int x; ".repeat(330_000));
    assert_eq!(unit.decls.iter().count(), 1);
    let unit = header("; ".repeat(1_000_000));
    assert_eq!(unit.decls.len(), 0);
    refused("( ".repeat(1_000_000));
    refused("{ ".repeat(1_000_000));
    refused("[[ ".repeat(500_000));
    refused("* ".repeat(1_000_000));
    refused(")".repeat(1_000_000));
    refused("int ".repeat(1_000_000) + "x;");
    refused("struct ".repeat(1_000_000));
    refused("x y; ".repeat(200_000));
    header("#define A B\n".repeat(300_000));
}

#[test]
fn parentheses_without_end() {
    for open in
        ["(", "((int)", "-", "!", "sizeof ", "(1 + ", "1 ? 2 : ", "1 || ", "~(", "1 ? ", "sizeof(int[", "&"]
    {
        refused(format!("enum e {{ A = {}1", open.repeat(100_000)));
        header(format!("#if {}1\n#endif\n", open.repeat(100_000)));
        cdef(format!("enum e {{ A = {}1", open.repeat(100_000)));
    }
    for open in [
        "_Generic(1, default: ",
        "_Generic(",
        "_Generic(1, int[",
        "__builtin_choose_expr(1, ",
        "__builtin_choose_expr(",
        "__builtin_expect(",
        "__builtin_constant_p(",
        "__builtin_bswap32(",
        "__builtin_types_compatible_p(int[",
        "__builtin_types_compatible_p(typeof(",
        "__builtin_offsetof(struct { int a[9]; }, a[",
        "__builtin_offsetof(typeof(",
        "sizeof(char[",
        "sizeof(struct { char a[",
        "_Alignof(typeof(",
        "(typeof(",
        "(int){",
        "(struct { int a : ",
        "(enum { B = ",
        "((union { _Alignas(",
        "((struct { struct { _Static_assert(",
        "((int (*)(char[",
        "((int __attribute__((aligned(",
        "sizeof 1 ? sizeof(int[1 + (",
        "a[",
        "f(",
        "-+~!*&",
        "1 ? (1 ? (",
    ] {
        refused(format!("enum e {{ A = {}1", open.repeat(50_000)));
        refused(format!("#define X {}1\nint a[X];", open.repeat(50_000)));
        refused(format!("int x[{}1", open.repeat(50_000)));
        cdef(format!("enum e {{ A = {}1", open.repeat(50_000)));
        type_string(format!("int[{}1", open.repeat(50_000)));
    }
    refused(format!("int {}x{};", "(".repeat(100_000), ")".repeat(100_000)));
    refused(format!("int f{}int{};", "(int ".repeat(100_000), ")".repeat(100_000)));
    refused(format!("{}x;", "typeof(".repeat(100_000)));
    refused(format!("{}int x;", "_Alignas(".repeat(100_000)));
    refused("struct { ".repeat(100_000));
    refused("struct s { enum { A = sizeof(".repeat(50_000));
    refused("int x __attribute__((aligned(".repeat(50_000));
    refused("_Static_assert(".repeat(100_000));
    refused("_Generic(".repeat(100_000));
    refused("extern \"C\" ".repeat(200_000));
    header("extern \"C\" { ".repeat(200_000));
    assert!(cdef("struct { ".repeat(100_000)));
    assert!(cdef("(".repeat(1_000_000)));
    assert!(cdef("extern \"Python\" ".repeat(100_000)));
    assert!(type_string("(".repeat(1_000_000)));
    assert!(type_string("int(".repeat(100_000)));
}

#[test]
fn many_levels_of_pointers_and_arrays() {
    let unit = header(format!("int {}x;", "*".repeat(10_000)));
    assert!(unit.decls.find("x").is_some());
    let text = unit.decls.text_of(unit.decls.find("x").expect("declared"));
    assert!(text.len() > 10_000);
    header(format!("int {}x;", "*const ".repeat(100_000)));
    header(format!("int x{};", "[1]".repeat(100_000)));
    header(format!("int x{};", "[1000000]".repeat(100_000)));
    refused(format!("int {}x{};", "(*".repeat(100_000), ")(void)".repeat(100_000)));
    type_string(format!("int {}", "*".repeat(10_000)));
}

#[test]
fn a_million_declarations() {
    let text: String = (0..1_000_000).map(|n| format!("int f{n}(int);\n")).collect();
    let count = on_small_stack(move || {
        let mut session = Session::new(Target::x86_64_linux_gnu());
        session.cdef(&text, CdefOptions::default()).map(|_| session.decls.len())
    });
    assert_eq!(count.expect("accepted"), 1_000_000);
}

#[test]
fn comments_lines_and_quotes_without_end() {
    header("/*".repeat(500_000));
    header("//\\\n".repeat(200_000));
    header("\"".repeat(500_000));
    header("'\n".repeat(200_000));
    header("\\\n".repeat(500_000));
    header("/* c */ ".repeat(200_000) + "int x;");
    header("/* c */\nint x;\n".repeat(100_000));
    header("// c\n".repeat(200_000) + "int x;");
    header("__LINE__\n".repeat(100_000));
    header("#line 5\n".repeat(100_000));
    header("#if 1\n".repeat(200_000));
    header("#if 0\n".repeat(200_000));
    header("#pragma pack(push, 1)\n".repeat(100_000));
    header("R\"x(".repeat(100_000));
}

#[test]
fn large_records_and_enums() {
    let fields: String = (0..100_000).map(|n| format!("int f{n};")).collect();
    let unit = header(format!("struct s {{ {fields} }}; enum e {{ A = sizeof(((struct s *)0)->f99999) }};"));
    assert!(unit.problems.is_empty());
    let values: String = (0..100_000).map(|n| format!("E{n},")).collect();
    assert_eq!(header(format!("enum e {{ {values} }};")).decls.len(), 100_001);
    let nested: String =
        (0..2_000).map(|n| format!("struct s{n} {{ struct s{} *p; int x; }};", n + 1)).collect();
    assert!(header(nested).problems.is_empty());
    // Each struct contains the one before it twice, so the size exceeds the range of an address.
    let double: String = (1..100).map(|n| format!("struct d{n} {{ struct d{} a[2]; }};", n - 1)).collect();
    header(format!("struct d0 {{ int x; }}; {double}"));
    header("struct s { struct s x; }; struct t { struct u x; }; struct u { struct t x; };".to_string());
}

#[test]
fn anonymous_members_deep_inside() {
    let text = format!(
        "{} int x; {}; enum {{ A = __builtin_offsetof(struct s0, x) }};",
        (0..150)
            .map(|n| if n == 0 { "struct s0 {".to_owned() } else { "struct {".to_owned() })
            .collect::<String>(),
        "};".repeat(149) + "}"
    );
    header(text);
}
