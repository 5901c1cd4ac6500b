//! Binary layout shared with compiled cffi modules.
//!
//! The C sources that `ffi.set_source()` generates contain static tables: opcodes that describe
//! types, and arrays of globals, structs, fields, enums and typedef names. They hand the address of
//! these tables to the backend when they are imported. This crate is the `repr(C)` twin of the
//! tables, with the numbers that go with it, and nothing else: no behaviour, no Python. The names and
//! numbers of the primitive types come from the one table in `cffi-types`. The layout is fixed by
//! modules that are already compiled; it can be extended by flags and version tags but never
//! changed.
//!
//! - [`Opcode`], [`Op`]: one word of a type description.
//! - [`Primitive`]: the numbers of the primitive types.
//! - [`TypeContext`] and the entries of its arrays.
//! - [`module`]: version tags, the exports table, names of capsules.
#![forbid(unsafe_code)]

mod context;
pub mod module;
mod opcode;
mod primitive;

pub use context::{
    Enum, ExternPy, Field, GetConst, Global, StructFlags, StructUnion, TypeContext, TypeName,
    constant_result, context_flags, unknown,
};
pub use opcode::{END_ABI_SHIFT, END_ABI_STDCALL, END_ELLIPSIS, IO_FILE_STRUCT, Op, Opcode};
pub use primitive::{
    LONG_DOUBLE_COMPLEX, NUM_PRIMITIVES, Primitive, UNKNOWN_FLOAT_PRIM, UNKNOWN_LONG_DOUBLE, UNKNOWN_PRIM,
    UNSIGNED_INT128, bit_int, bit_int_number, later_complex, later_primitive,
};
