//! See `src/declared.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| ferrocffi_fuzz::declared::run(input));
