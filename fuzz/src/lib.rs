//! What the targets do with one input. The fuzzer calls it (`fuzz_targets/`), and so does a test that needs none
//! (`tests/mutations.rs`).

pub mod cdef;
pub mod decode_tables;
pub mod parse_type;
pub mod read_header;
pub mod realize;
mod tables;
