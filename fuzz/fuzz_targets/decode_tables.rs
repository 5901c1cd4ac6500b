//! Any byte strings are either tables, whose references lead somewhere, or an error.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| ferrocffi_fuzz::decode_tables::run(input));
