//! `FFI` and `Lib`: the objects of out-of-line modules.
//!
//! A module, compiled or not, carries its declarations as tables (`declarations`). Its FFI object owns a context
//! (`context`), which makes ctypes from them when they are asked for (`realize`, `structs`, `enums`), by the name
//! that a type string gives them (`names`).

pub(crate) mod consts;
pub(crate) mod context;
pub(crate) mod declarations;
pub(crate) mod enums;
pub(crate) mod names;
pub(crate) mod object;
pub(crate) mod realize;
pub(crate) mod structs;
