//! Compares records on many targets with clang's.
//!
//! A seeded generator makes structs and unions: bit-fields, packing, alignment in every place, nested and anonymous
//! records, vectors, arrays of length 0 and open arrays. The arena lays them out for each target, and the test compares
//! the answers with those of `clang --target=…`.
//!
//! Clang's answers are in `recorded.txt`, so an ordinary run needs no compiler. Commands:
//!
//! * `FERROCFFI_CLANG=clang cargo test -p cffi-types --test records` runs clang itself and shows differences member
//!   by member; `FERROCFFI_SEED` sets a seed other than the recorded one.
//! * `FERROCFFI_RECORD=1 FERROCFFI_CLANG=clang cargo test -p cffi-types --test records` writes a new `recorded.txt`.
// Clippy's exemption for tests covers functions marked #[test], not their helpers.
#![allow(clippy::expect_used)]

mod arena;
mod clang;
mod generate;
mod recorded;
#[path = "../c_oracle/rng.rs"]
mod rng;
mod text;

use std::fmt::Write as _;

use cffi_types::Target;

/// Size, alignment and the position of each member in bits.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
struct Answer {
    size: u64,
    align: u64,
    positions: Vec<u64>,
}

/// The targets, by the names that clang uses.
const TARGETS: &[&str] = &[
    "x86_64-linux-gnu",
    "aarch64-linux-gnu",
    "s390x-linux-gnu",
    "i686-linux-gnu",
    "arm-linux-gnueabihf",
    "riscv64-linux-gnu",
    "powerpc64le-linux-gnu",
    "arm64-apple-macos",
    "x86_64-apple-macos",
    "x86_64-windows-gnu",
    "i686-windows-gnu",
    "x86_64-windows-msvc",
    "i686-windows-msvc",
    "aarch64-windows-msvc",
];

const SEED: u64 = 0x5EED_0011;
const COUNT: usize = 2000;

fn target(triple: &str) -> Target {
    Target::from_triple(triple).expect("a known target")
}

#[test]
fn layouts_are_those_of_clang() {
    let seed = std::env::var("FERROCFFI_SEED").ok().and_then(|text| text.parse().ok());
    let records = generate::batch(seed.unwrap_or(SEED), COUNT);
    assert!(generate::covers_enough(&records), "the generator should reach every kind of member");
    let record = std::env::var_os("FERROCFFI_RECORD").is_some();
    let recorded = recorded::read();
    let mut written = String::new();
    let mut differences = String::new();
    for triple in TARGETS {
        let target = target(triple);
        let text = text::program(&records, &target);
        let answers = arena::answers(&records, &target);
        let known = if let Some(clang) = std::env::var_os("FERROCFFI_CLANG") {
            let truth = clang::answers(&clang, triple, &text, records.len());
            for (index, (ours, clangs)) in answers.iter().zip(&truth).enumerate() {
                if ours != clangs && differences.len() < 9000 {
                    let definition = text::definition(index, &records[index], &target);
                    let _ =
                        writeln!(differences, "{triple}: {definition}\n  here  {ours:?}\n  clang {clangs:?}");
                }
            }
            let same = answers.iter().zip(&truth).filter(|(ours, clangs)| ours == clangs).count();
            println!("{triple}: {same} of {} records as in clang", records.len());
            recorded::digest(triple, &text, &truth)
        } else {
            assert!(seed.is_none() && !record, "other seeds and recording need FERROCFFI_CLANG");
            recorded.get(*triple).expect("recorded.txt knows all targets").clone()
        };
        let own = recorded::digest(triple, &text, &answers);
        assert_eq!(own.program, known.program, "{triple}: recorded.txt is of other records: record it anew");
        for (index, (ours, truth)) in own.answers().zip(known.answers()).enumerate() {
            if ours != truth && differences.len() < 9000 && std::env::var_os("FERROCFFI_CLANG").is_none() {
                let definition = text::definition(index, &records[index], &target);
                let _ = writeln!(differences, "{triple}: {definition}\n  here  {:?}", answers[index]);
            }
        }
        written.push_str(&known.to_string());
    }
    if record {
        recorded::write(&written);
    }
    assert!(differences.is_empty(), "layouts differ from clang's:\n{differences}");
}

#[test]
fn a_changed_answer_is_noticed() {
    let records = generate::batch(SEED, COUNT);
    let triple = TARGETS[0];
    let target = target(triple);
    let text = text::program(&records, &target);
    let mut answers = arena::answers(&records, &target);
    let known = recorded::read().get(triple).expect("recorded.txt knows all targets").clone();
    answers[1234].size += 1;
    let changed = recorded::digest(triple, &text, &answers);
    let differing = changed.answers().zip(known.answers()).filter(|(a, b)| a != b).count();
    assert_eq!(differing, 1);
}
