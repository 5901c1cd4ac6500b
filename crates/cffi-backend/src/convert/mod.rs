//! Conversions between C memory and Python objects.
//!
//! `read` returns the Python value of C memory, `write` stores a Python value into it; both by the type's
//! [`Access`](crate::ctype::Access). Memory is read and written unaligned. The values that each type takes and gives,
//! and every message, follow the C backend.

pub(crate) mod aggregate;
#[allow(unsafe_code, reason = "stores into arrays")]
pub(crate) mod array;
pub(crate) mod bit_int;
pub(crate) mod bits;
pub(crate) mod chars;
mod depth;
pub(crate) mod direct;
pub(crate) mod error;
pub(crate) mod file;
pub(crate) mod int;
pub(crate) mod pointer;
pub(crate) mod read;
#[allow(unsafe_code, reason = "reads the arguments behind `...`")]
pub(crate) mod va_list;
pub(crate) mod wide;
pub(crate) mod write;

pub(crate) use read::{copied, read, read_as, read_copied, value};
pub(crate) use write::write;
