//! Makes ctypes from declarations when they are asked for.

pub(crate) mod circular;
pub(crate) mod depth;
pub(crate) mod enums;
pub(crate) mod opcode;
pub(crate) mod pending;
pub(crate) mod structs;
pub(crate) mod words;
