//! Tables that were accepted lead to types with a size and to placed fields, or to an error.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ferrocffi_fuzz::realize::run(input));
