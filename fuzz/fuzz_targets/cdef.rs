//! See `src/cdef.rs`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| ferrocffi_fuzz::cdef::run(input));
