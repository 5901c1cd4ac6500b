//! Any string is either a type, whose words lead somewhere, or an error with a place in the string.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &str| ferrocffi_fuzz::parse_type::run(input));
