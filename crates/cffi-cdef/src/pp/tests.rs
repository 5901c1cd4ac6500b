//! Tests of the preprocessor.

use cffi_types::Target;

use super::*;
use crate::files::MemoryFiles;

/// Returns the tokens of a text, separated by spaces.
fn expand(text: &str) -> String {
    let (out, problems) = run(text, &MemoryFiles::default());
    assert_eq!(problems, Vec::<String>::new(), "{text}");
    out
}

fn run(text: &str, files: &MemoryFiles) -> (String, Vec<String>) {
    let mut options = Options::new(Target::x86_64_linux_gnu());
    options.include_dirs = vec!["a".to_owned(), "b".to_owned()];
    run_with(text, files, &options)
}

fn run_with(text: &str, files: &MemoryFiles, options: &Options) -> (String, Vec<String>) {
    let mut pp = Preprocessor::new(files, options);
    let tokens = pp.run("main.c", text.as_bytes().into());
    let words: Vec<&str> = tokens.iter().map(|token| pp.text(*token)).collect();
    (words.join(" "), pp.problems.iter().map(|problem| problem.message.clone()).collect())
}

#[test]
fn the_examples_of_the_standard() {
    let text = "#define x 3\n#define f(a) f(x * (a))\n#undef x\n#define x 2\n#define g f\n#define z z[0]\n\
                #define h g(~\n#define m(a) a(w)\n#define w 0,1\n#define t(a) a\n#define p() int\n#define q(x) x\n\
                #define r(x,y) x ## y\n#define str(x) # x\n\
                f(y+1) + f(f(z)) % t(t(g)(0) + t)(1);\ng(x+(3,4)-w) | h 5) & m\n(f)^m(m);\n\
                p() i[q()] = { q(1), r(2,3), r(4,), r(,5), r(,) };\nchar c[2][6] = { str(hello), str() };";
    assert_eq!(
        expand(text),
        "f ( 2 * ( y + 1 ) ) + f ( 2 * ( f ( 2 * ( z [ 0 ] ) ) ) ) % f ( 2 * ( 0 ) ) + t ( 1 ) ; \
         f ( 2 * ( 2 + ( 3 , 4 ) - 0 , 1 ) ) | f ( 2 * ( ~ 5 ) ) & f ( 2 * ( 0 , 1 ) ) ^ m ( 0 , 1 ) ; \
         int i [ ] = { 1 , 23 , 4 , 5 , } ; char c [ 2 ] [ 6 ] = { \"hello\" , \"\" } ;"
    );
    let text = "#define str(s) # s\n#define xstr(s) str(s)\n#define hash_hash # ## #\n#define mkstr(a) # a\n\
                #define in_between(a) mkstr(a)\n#define join(c, d) in_between(c hash_hash d)\n\
                join(x, y); str(strncmp(\"abc\\0d\", \"abc\", '\\4') == 0); xstr(1 +   2)";
    let wanted = r#""x ## y" ; "strncmp(\"abc\\0d\", \"abc\", '\\4') == 0" ; "1 + 2""#;
    assert_eq!(expand(text), wanted);
}

#[test]
fn variadic_macros() {
    assert_eq!(
        expand("#define e(f, ...) p(f, ## __VA_ARGS__)\ne(1) e(1,2,3) e(1,)"),
        "p ( 1 ) p ( 1 , 2 , 3 ) p ( 1 )"
    );
    assert_eq!(expand("#define e(a...) [a]\ne() e(1,2)"), "[ ] [ 1 , 2 ]");
    let text = "#define F(a,...) f(0 __VA_OPT__(,) __VA_ARGS__)\n#define S(n,...) s n __VA_OPT__(= { __VA_ARGS__ })\n\
                #define EMPTY\nF(a,b,c) F() F(a) F(a, EMPTY) S(foo); S(bar, 1, 2);";
    assert_eq!(expand(text), "f ( 0 , b , c ) f ( 0 ) f ( 0 ) f ( 0 ) s foo ; s bar = { 1 , 2 } ;");
    assert_eq!(expand("#define G(x,...) a##__VA_OPT__(x)##b\nG(1) G(1,2)"), "ab a1b");
}

#[test]
fn names_in_their_own_expansion() {
    // The standard leaves this open; the expected result is GCC's.
    assert_eq!(expand("#define f(a) a*g\n#define g(a) f(a)\nf(2)(9)"), "2 * 9 * g");
    assert_eq!(expand("#define AA BB\n#define BB AA\nAA BB"), "AA BB");
    assert_eq!(expand("#define foo foo a bar\n#define bar foo b\nfoo"), "foo a foo b");
    assert_eq!(
        expand("#define NIL(x) x\n#define G_0(a) NIL(G_1)(a)\n#define G_1(a) NIL(G_0)(a)\nG_0(42)"),
        "G_0 ( 42 )"
    );
}

#[test]
fn conditions() {
    let yes = |condition: &str| {
        let out = expand(&format!(
            "#define TWO 2\n#define HAS(x) defined x\n#if {condition}\nyes\n#else\nno\n#endif"
        ));
        assert_eq!(out, "yes", "{condition}");
    };
    yes("1 + 1 == TWO && defined TWO && !defined(THREE) && !HAS(THREE)");
    yes("-1 > 0u && -1 < 0 && (-1 >> 1) == -1 && ~0u == 0xffffffffffffffff");
    yes("0 && 1 / 0 || 1");
    yes("1 ? 2 : (1 / 0)");
    yes("'a' == 97 && '\\377' < 0 && L'\\0' == 0 && undefined_name == 0");
    yes("9223372036854775807 + 1 < 0 && 18446744073709551615 > 0");
    yes("__has_attribute(packed) && __has_attribute(__aligned__) && !__has_attribute(nonsense)");
    yes("defined __has_include && !__has_include(<nothing.h>) && __has_builtin(__builtin_expect)");
}

#[test]
fn other_groups() {
    assert_eq!(expand("#if 0\n'#else\n#elif 1\nb\n#elif 1/0\nc\n#else\nd\n#endif\ne"), "b e");
    assert_eq!(expand("#ifdef A\na\n#elifndef B\nb\n#elifdef C\nc\n#endif"), "b");
    assert_eq!(expand("#if 0\n#if 1\n#else\n#endif\n#else\nx\n#endif"), "x");
    let (_, problems) = run("#if 1\n#else\n#else\n#endif\n#endif\n#if 0\n", &MemoryFiles::default());
    assert_eq!(problems, ["a second #else, or #elif after it", "#endif without #if", "#if without #endif"]);
}

#[test]
fn includes() {
    let mut files = MemoryFiles::default();
    files.add("a/once.h", "#pragma once\nonce\n");
    files.add("a/guard.h", "/* c */\n#ifndef G\n#define G\nguard\n#endif\n");
    files.add("a/next.h", "first\n#include_next <next.h>\n");
    files.add("b/next.h", "second __INCLUDE_LEVEL__\n");
    files.add("b/sub/x.h", "#include \"y.h\"\n");
    files.add("b/sub/y.h", "y\n");
    let text = "#include <once.h>\n#include <once.h>\n#include <guard.h>\n#include <guard.h>\n#include <next.h>\n\
                #define N <sub/x.h>\n#include N\n#if __has_include(\"a/once.h\") && __has_include(<sub/y.h>)\nhas\n#endif";
    let (out, problems) = run(text, &files);
    assert_eq!(out, "once guard first second 2 y has");
    assert!(problems.is_empty(), "{problems:?}");
    let (_, problems) = run("#include <missing.h>\n#embed \"x\"\n#error no way\n", &files);
    assert_eq!(problems.len(), 3);
    assert_eq!(problems[0], "'missing.h' is not found");
    assert_eq!(problems[2], "#error no way");
}

#[test]
fn lines_and_counters() {
    assert_eq!(
        expand("__LINE__ __COUNTER__ __COUNTER__\n#line 100 \"x.y\"\n__LINE__ __FILE__"),
        "1 0 1 100 \"x.y\""
    );
    assert_eq!(expand("#define L __LINE__\n\n\nL"), "4");
    assert_eq!(
        expand(
            "#define A 1\n#pragma push_macro(\"A\")\n#define B A\n#undef A\n#define A 2\nB\n#pragma pop_macro(\"A\")\nB"
        ),
        "2 1"
    );
}

#[test]
fn pragmas_for_the_parser() {
    let files = MemoryFiles::default();
    let options = Options::new(Target::x86_64_linux_gnu());
    let mut pp = Preprocessor::new(&files, &options);
    let text = "#pragma pack(push, 1)\n#define S(x) #x\n#define P _Pragma(S(pack(2)))\nP x\n#pragma pack(pop)\n#pragma other\n";
    let tokens = pp.run("main.c", text.as_bytes().into());
    let kinds: Vec<Kind> = tokens.iter().map(|token| token.kind).collect();
    assert_eq!(kinds, [Kind::Pragma, Kind::Pragma, Kind::Ident, Kind::Pragma]);
    assert_eq!(pp.pragmas[0], Pragma::Pack(PackAction::Push(Atom::EMPTY, Some(1))));
    assert_eq!(pp.pragmas[1], Pragma::Pack(PackAction::Set(2)));
    assert_eq!(pp.pragmas[2], Pragma::Pack(PackAction::Pop(Atom::EMPTY, None)));
}

#[test]
fn wrong_uses_are_problems() {
    let problems = |text: &str| run(text, &MemoryFiles::default()).1;
    assert_eq!(problems("#define f(x) x\nf(1,2)"), ["macro 'f' takes 1 arguments, but 2 are given"]);
    assert_eq!(problems("#define f(x) x\nf(1"), ["the arguments of 'f' are not closed"]);
    assert_eq!(problems("#define f(x,x) x\n"), ["two parameters have one name"]);
    assert_eq!(problems("#define a ## b\n"), ["'##' cannot be at an end of a macro"]);
    assert_eq!(problems("#define a(x) #y\n"), ["'#' is not followed by a parameter"]);
    assert_eq!(problems("#define a(x) x ## -\na(+)"), ["pasting '+' and '-' does not give a token"]);
    assert_eq!(problems("#if 1 2\n#endif"), ["'2' is too much in the condition"]);
    assert_eq!(problems("#if\n#endif"), ["#if has no condition"]);
}

#[test]
fn predefined_macros_are_those_of_the_compilers() {
    for (command, compiler) in [("gcc", Compiler::Gcc), ("clang", Compiler::Clang)] {
        for standard in ["gnu17", "c99", "gnu89", "c2x"] {
            compare_predefined(command, compiler, standard);
        }
    }
}

fn compare_predefined(command: &str, compiler: Compiler, standard: &str) {
    use std::process::Command;
    if Target::HOST != Target::x86_64_linux_gnu() {
        return;
    }
    let run = |arguments: &[&str]| {
        let output =
            Command::new(command).args(arguments).output().ok().filter(|output| output.status.success())?;
        Some(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let Some(version) = run(&["-dumpfullversion"]).or_else(|| run(&["-dumpversion"])) else {
        eprintln!("there is no {command}");
        return;
    };
    let version =
        if compiler == Compiler::Clang { run(&["-dumpversion"]).unwrap_or(version) } else { version };
    let numbers: Vec<u32> = version.trim().split('.').filter_map(|part| part.parse().ok()).collect();
    let mut options = Options::new(Target::HOST);
    options.compiler = compiler;
    options.version =
        (numbers[0], numbers.get(1).copied().unwrap_or(0), numbers.get(2).copied().unwrap_or(0));
    options.standard = Standard::from_name(standard).unwrap();
    let Some(theirs) = run(&[&format!("-std={standard}"), "-dM", "-E", "-x", "c", "/dev/null"]) else {
        return;
    };
    let ours = predefined::text(&options);
    let table = |text: &str| -> std::collections::BTreeMap<String, String> {
        let lines = text.lines().filter_map(|line| line.strip_prefix("#define "));
        // These two macros contain the version of the distribution.
        let lines =
            lines.filter(|line| !line.starts_with("__VERSION__") && !line.starts_with("__clang_version__"));
        lines
            .map(|line| line.split_once(' ').unwrap_or((line, "")))
            .map(|(a, b)| (a.to_owned(), b.trim().to_owned()))
            .collect()
    };
    let (ours, theirs) = (table(&ours), table(&theirs));
    let known = |name: &str, body: &str| ours.get(name).is_some_and(|found| same_value(found, body));
    let wrong: Vec<String> = theirs
        .iter()
        .filter(|(name, body)| !known(name, body))
        .map(|(name, body)| format!("{name} {body} (here {:?})", ours.get(name)))
        .collect();
    let extra: Vec<&String> = ours.keys().filter(|name| !theirs.contains_key(*name)).collect();
    assert!(
        wrong.is_empty() && extra.is_empty(),
        "{command} -std={standard}: wrong or missing: {wrong:#?}, too much: {extra:?}"
    );
}

/// Compares the macros of other platforms with Clang's. A macro that is defined here must have Clang's value; macros
/// that only Clang defines are printed.
#[test]
fn predefined_macros_of_other_targets() {
    for target in [
        Target::aarch64_linux_gnu(),
        Target::s390x_linux_gnu(),
        Target::i686_linux_gnu(),
        Target::riscv64_linux_gnu(),
        Target::aarch64_apple(),
        Target::x86_64_windows_msvc(),
    ] {
        let triple = target.triple();
        let arguments = [&format!("--target={triple}"), "-dM", "-E", "-x", "c", "/dev/null"];
        let Ok(output) = std::process::Command::new("clang").args(arguments).output() else { return };
        if !output.status.success() {
            continue;
        }
        let mut options = Options::new(target);
        (options.compiler, options.version) = (Compiler::Clang, (14, 0, 6));
        let define = |line: &str| {
            let rest = line.strip_prefix("#define ")?;
            let (name, body) = rest.split_once(' ').unwrap_or((rest, ""));
            let version =
                ["VERSION", "version", "_VER", "clang_", "GNUC"].iter().any(|part| name.contains(part));
            (!version).then(|| (name.to_owned(), body.trim().to_owned()))
        };
        let table = |text: &str| -> std::collections::BTreeMap<String, String> {
            text.lines().filter_map(define).collect()
        };
        let theirs = table(&String::from_utf8_lossy(&output.stdout));
        let ours = table(&predefined::text(&options));
        let mut wrong = Vec::new();
        for (name, body) in &ours {
            if let Some(other) = theirs.get(name)
                && !same_value(body, other)
                && !name.contains("ENVIRONMENT")
            {
                wrong.push(format!("{name} {body} (clang: {other})"));
            }
        }
        let missing: Vec<&String> = theirs.keys().filter(|name| !ours.contains_key(*name)).collect();
        let extra: Vec<&String> = ours.keys().filter(|name| !theirs.contains_key(*name)).collect();
        println!("{triple}: missing {missing:?}, too much {extra:?}");
        assert!(wrong.is_empty(), "{triple}: {wrong:#?}");
    }
}

/// Compares two values. Clang writes fewer digits for the limits of floating-point types.
fn same_value(ours: &str, theirs: &str) -> bool {
    let number =
        |text: &str| crate::lex::literal::float(text.trim_end_matches(['F', 'L'])).map(|(value, _)| value);
    ours == theirs
        || number(ours).is_some() && number(ours) == number(theirs)
        || number(ours)
            .zip(number(theirs))
            .is_some_and(|(a, b)| (a as f32) == b as f32 && theirs.ends_with('F'))
}
