//! The work of each fuzz target on one input. The fuzzer calls it (`fuzz_targets/`), and so does a test that runs
//! without a fuzzer (`tests/mutations.rs`).

pub mod cdef;
pub mod declared;
pub mod decode_tables;
pub mod parse_type;
pub mod read_header;
pub mod realize;
mod tables;
