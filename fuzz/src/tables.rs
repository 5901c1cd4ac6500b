//! Building tables from the bytes of an input.

use cffi_parse::tables::{IntConstant, TableError, Tables, TablesBuilder};

/// Builds tables. The input is a list of byte strings: a kind, a length, and that many bytes.
pub fn build(mut input: &[u8]) -> Result<Tables, TableError> {
    let mut builder = TablesBuilder::new();
    while let [kind, length, rest @ ..] = input {
        let (entry, rest) = rest.split_at(usize::from(*length).min(rest.len()));
        input = rest;
        match kind % 6 {
            0 => builder.types(entry)?,
            1 => {
                if builder.global(entry)? {
                    builder
                        .value(IntConstant { non_positive: entry.len() % 2 == 0, bits: entry.len() as u64 });
                }
            }
            2 => builder.struct_union(entry)?,
            3 => builder.field(entry)?,
            4 => builder.enumeration(entry)?,
            _ => builder.typename(entry)?,
        }
    }
    builder.finish()
}
