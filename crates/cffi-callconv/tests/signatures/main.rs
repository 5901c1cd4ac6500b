//! Compares the locations of arguments and results with compiled code.
//!
//! A seeded generator makes functions with all kinds of arguments and results, for each target. `python3 -m
//! ci.callconv` compiles them with clang and gcc, runs the machine code in an emulator with known bytes in the
//! locations that [`classify`] gives, and compares them with the arguments that the functions received. If all agree,
//! it writes `recorded.txt`: a digest of the locations of each function. This test generates the functions again and
//! compares the digests, so it needs neither compiler nor emulator.
//!
//! If `FERROCFFI_SIGNATURES` is set, the test writes the functions and their locations into that folder instead.
// Clippy's exemption for tests covers functions marked #[test], not their helpers.
#![allow(clippy::expect_used)]

mod generate;
#[path = "../../../cffi-types/tests/c_oracle/rng.rs"]
mod rng;
mod write;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use cffi_callconv::{CallLayout, Signature, classify};
use cffi_types::{Target, Types};

use generate::{Compiler, Function};

/// The targets and the compilers that compile their functions.
const RUNS: &[(&str, Compiler)] = &[
    ("x86_64-linux-gnu", Compiler::Gcc),
    ("x86_64-linux-gnu", Compiler::Clang),
    ("x86_64-windows-msvc", Compiler::Clang),
    ("x86_64-windows-gnu", Compiler::Clang),
    ("i686-linux-gnu", Compiler::Gcc),
    ("i686-linux-gnu", Compiler::Clang),
    ("i686-windows-msvc", Compiler::Clang),
    ("aarch64-linux-gnu", Compiler::Gcc),
    ("aarch64-linux-gnu", Compiler::Clang),
    ("arm64-apple-macos", Compiler::Clang),
    ("aarch64-windows-msvc", Compiler::Clang),
    ("riscv64-linux-gnu", Compiler::Clang),
    ("s390x-linux-gnu", Compiler::Clang),
];

const SEED: u64 = 0xCA11_0001;
const COUNT: usize = 5000;

fn layout(types: &Types, function: &Function) -> CallLayout {
    let signature = Signature {
        result: function.result,
        args: &function.args,
        fixed: function.fixed,
        convention: function.convention,
    };
    classify(types, &signature).expect("the generator makes what is covered")
}

/// Returns a character for each function: six bits of a hash of its locations and of those of all functions before it.
fn digest(layouts: &[CallLayout]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut hash = 0xCBF2_9CE4_8422_2325_u64;
    let next = |layout: &CallLayout| {
        hash = layout.to_string().bytes().fold(hash, |hash, byte| {
            let mixed = (hash ^ u64::from(byte)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            mixed ^ (mixed >> 29)
        });
        char::from(DIGITS[(hash >> 58) as usize])
    };
    layouts.iter().map(next).collect()
}

fn recorded() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/signatures/recorded.txt")
}

#[test]
fn places_are_those_of_compiled_code() {
    let folder = std::env::var_os("FERROCFFI_SIGNATURES");
    let seed = std::env::var("FERROCFFI_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(SEED);
    let mut written = String::new();
    let mut functions_of_all = Vec::new();
    for (triple, compiler) in RUNS {
        let target = Target::from_triple(triple).expect("a known target");
        let mut types = Types::new(target);
        let functions = generate::functions(&mut types, seed, COUNT, *compiler);
        let layouts: Vec<CallLayout> = functions.iter().map(|function| layout(&types, function)).collect();
        let name = format!("{triple}.{}", compiler.name());
        if let Some(folder) = &folder {
            write::files(Path::new(folder), &name, &types, &functions, &layouts);
        }
        let _ = writeln!(written, "{name}");
        for line in digest(&layouts).as_bytes().chunks(108) {
            let _ = writeln!(written, "  {}", String::from_utf8_lossy(line));
        }
        functions_of_all.push((types, functions, layouts));
    }
    if let Some(folder) = folder {
        std::fs::write(Path::new(&folder).join("recorded.txt"), written).expect("the folder is writable");
        return;
    }
    let known = std::fs::read_to_string(recorded()).expect("recorded.txt is part of the sources");
    assert!(known == written, "{}", first_difference(&known, &functions_of_all));
}

/// Describes the first function whose locations differ from the recorded ones.
fn first_difference(known: &str, all: &[(Types, Vec<Function>, Vec<CallLayout>)]) -> String {
    let mut runs: Vec<String> = Vec::new();
    for line in known.lines() {
        match line.strip_prefix("  ") {
            Some(more) => runs.last_mut().expect("a name comes first").push_str(more),
            None => runs.push(String::new()),
        }
    }
    for ((known, (triple, _)), (types, functions, layouts)) in runs.iter().zip(RUNS).zip(all) {
        let own = digest(layouts);
        if let Some(index) = known.bytes().zip(own.bytes()).position(|(known, own)| known != own) {
            let text = write::prototype(types, &functions[index]);
            return format!("{triple}: {text}\n  is laid out otherwise than recorded: {}", layouts[index]);
        }
    }
    "recorded.txt is of other functions: run python3 -m ci.callconv".to_owned()
}
