//! See `src/read_header.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ferrocffi_fuzz::read_header::run(input));
