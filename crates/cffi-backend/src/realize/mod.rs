//! Makes ctypes from declarations on first use.

pub(crate) mod arena;
pub(crate) mod circular;
pub(crate) mod depth;
pub(crate) mod enums;
pub(crate) mod inline;
pub(crate) mod integer;
pub(crate) mod opcode;
pub(crate) mod pending;
pub(crate) mod structs;
pub(crate) mod words;
