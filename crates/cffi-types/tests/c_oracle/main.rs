//! The type model against the C compiler of the host.
//!
//! Declarations are made up by a seeded generator, laid out by this crate, written to one C file, and compiled and
//! run. The program reports sizes, alignments, offsets and, for each bit field, the bytes of an otherwise zeroed
//! struct after a store, and the value read back.
//!
//! The compiler is `cc`, or what the environment variable `CC` names. Windows' own compiler is not driven from here;
//! its rules are checked on x86 through GCC's and Clang's `ms_struct` attribute.
#![cfg(not(windows))]
// Clippy's exemption for tests covers functions marked #[test], not their helpers.
#![allow(clippy::expect_used)]

mod compile;
mod emit;
mod expect;
mod generate;
mod model;
mod primitives;
mod rng;

use std::fmt::Write as _;

use model::{Abi, Declared};

/// Compares one generated batch with the compiler and fails with the first few differences.
fn check(seed: u64, count: usize, abi: Abi) {
    let seed = seed.wrapping_add(extra_seed());
    let batch = generate::batch(seed, count, abi);
    let reports = compile::run(&format!("layout_{abi:?}_{seed}"), &emit::program(&batch));
    let reports: Vec<&str> = reports.lines().collect();
    assert_eq!(reports.len(), batch.len(), "one line per declaration");
    let mut differences = String::new();
    let mut failed = 0;
    for (declared, report) in batch.iter().zip(reports) {
        let expected = expect::report(declared);
        if expected != report {
            failed += 1;
            if failed <= 10 {
                let _ = writeln!(
                    differences,
                    "{}  here: {expected}\n  in C: {report}",
                    emit::definition(declared)
                );
            }
        }
    }
    assert!(failed == 0, "{failed} of {} declarations differ:\n{differences}", batch.len());
    assert!(covers_enough(&batch), "the generator should reach every kind of member");
}

/// Other declarations than the usual ones, by the environment variable `CFFI_ORACLE_SEED`.
fn extra_seed() -> u64 {
    std::env::var("CFFI_ORACLE_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(0)
}

/// A generator that only made easy cases would pass whatever the rules are.
fn covers_enough(batch: &[Declared]) -> bool {
    let bit_fields = batch.iter().flat_map(|d| &d.fields).filter(|f| f.bitsize >= 0);
    let (total, full) = bit_fields.fold((0, 0), |(n, full), f| (n + 1, full + usize::from(f.bitsize == 64)));
    let flattened = batch.iter().filter(|d| d.layout.places.iter().any(|p| p.nested.is_some())).count();
    let open = batch.iter().filter(|d| d.layout.with_var_array).count();
    let packed = batch.iter().filter(|d| d.layout.with_packed_change).count();
    let unions = batch.iter().filter(|d| d.decl.is_union).count();
    total > batch.len() && [full, flattened, open, packed, unions].iter().all(|n| *n > batch.len() / 100)
}

#[test]
fn gcc_layout() {
    check(0x5EED_0001, 2500, Abi::Native);
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
#[test]
fn msvc_layout() {
    check(0x5EED_0002, 2500, Abi::Ms);
}

#[test]
fn primitive_types() {
    primitives::check();
}
