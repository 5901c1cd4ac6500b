//! The targets without a fuzzer: every kept input, and many that differ from one in a few places.
//!
//! The inputs follow from a fixed number, so a failure comes back. `FUZZ_INPUTS` says how many for each target.

use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

use ferrocffi_fuzz::{cdef, declared, decode_tables, parse_type, read_header, realize};

const INPUTS: usize = 50_000;
const MAX_LEN: usize = 2048;

/// Bytes that mean something in a type or in a table.
const PIECES: &[&[u8]] = &[
    b"*",
    b"[",
    b"]",
    b"(",
    b")",
    b",",
    b"...",
    b" const ",
    b"struct s",
    b"union u",
    b"enum e",
    b"unsigned ",
    b"long ",
    b"int",
    b"0x7fffffff",
    b"__stdcall ",
    b"typedef ",
    b"#define f(x) x ## x\n",
    b"#include <self.h>\n",
    b"#if ",
    b"\n#endif\n",
    b"{",
    b"};",
    b"= sizeof(",
    b"f(f(",
    b"extern \"Python\" ",
    b"__attribute__((packed))",
    b"/*",
    b"\\\n",
    b"enum { A = ",
    b"struct s { int a : 3; ",
    b"_Pragma(\"pack(1)\")",
    b"__attribute__((aligned(16)))",
    b"\x0c",
    b":0;",
    b"__VA_OPT__(",
    b"\0\0\0\x03",
    b"\0\0\0\x05",
    b"\0\0\0\x09",
    b"\0\0\x07\x01",
    b"\0\0\0\x0d",
    b"\0\0\0\x0f",
    b"\0\0\0\x11",
    b"\0\0\0\x13",
    b"\0\0\0\x15",
    b"\0\0\x01\x03",
    b"\xff\xff\xff\x05",
    b"\x7f\xff\xff\xff",
];

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// One change at one place.
    fn change(&mut self, input: &mut Vec<u8>, kept: &[Vec<u8>]) {
        let at = self.below(input.len() + 1);
        match self.below(8) {
            0 if at < input.len() => input[at] ^= 1 << self.below(8),
            1 if at < input.len() => input[at] = self.next() as u8,
            2 if at < input.len() => input[at] = [0, 1, 2, 0x7F, 0x80, 0xFF][self.below(6)],
            3 => input.insert(at, self.next() as u8),
            4 => {
                let end = (at + 1 + self.below(8)).min(input.len());
                input.drain(at..end.max(at));
            }
            5 => {
                let end = (at + 1 + self.below(32)).min(input.len());
                let piece = input[at..end.max(at)].to_vec();
                let to = self.below(input.len() + 1);
                input.splice(to..to, piece);
            }
            6 => {
                let other = &kept[self.below(kept.len())];
                let from = self.below(other.len() + 1);
                input.truncate(at);
                input.extend_from_slice(&other[from..]);
            }
            _ => {
                let piece = PIECES[self.below(PIECES.len())];
                input.splice(at..at, piece.iter().copied());
            }
        }
        input.truncate(MAX_LEN);
    }
}

fn kept(target: &str) -> Vec<Vec<u8>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for folder in ["seeds", "corpus"] {
        let Ok(entries) = fs::read_dir(root.join(folder).join(target)) else { continue };
        let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.sort();
        found.extend(paths.iter().filter_map(|path| fs::read(path).ok()));
    }
    assert!(!found.is_empty(), "no inputs are kept for {target}");
    found
}

fn replay(target: &str, run: fn(&[u8])) {
    let mut kept = kept(target);
    let count = std::env::var("FUZZ_INPUTS").ok().and_then(|text| text.parse().ok()).unwrap_or(INPUTS);
    let mut random = Random(u64::from_le_bytes(*b"ferrocff"));
    let held = |input: &[u8]| {
        assert!(catch_unwind(|| run(input)).is_ok(), "{target} does not hold for {}", input.escape_ascii());
    };
    kept.iter().for_each(|input| held(input));
    for _ in 0..count {
        let at = random.below(kept.len());
        let mut input = kept[at].clone();
        for _ in 0..=random.below(4) {
            random.change(&mut input, &kept);
        }
        held(&input);
        // Some changes are built upon, so that inputs move away from those that are kept.
        if random.below(16) == 0 {
            if kept.len() < 1000 {
                kept.push(input);
            } else {
                let place = random.below(kept.len());
                kept[place] = input;
            }
        }
    }
}

#[test]
fn cdef_holds() {
    replay("cdef", |input| cdef::run(&String::from_utf8_lossy(input)));
}

#[test]
fn declared_holds() {
    replay("declared", |input| declared::run(&String::from_utf8_lossy(input)));
}

#[test]
fn read_header_holds() {
    replay("read_header", read_header::run);
}

#[test]
fn parse_type_holds() {
    replay("parse_type", |input| parse_type::run(&String::from_utf8_lossy(input)));
}

#[test]
fn decode_tables_holds() {
    replay("decode_tables", decode_tables::run);
}

#[test]
fn realize_holds() {
    replay("realize", realize::run);
}
