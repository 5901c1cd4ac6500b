//! `FFI` and `Lib`: the objects of out-of-line modules.
//!
//! A module, compiled or not, carries its declarations as tables (`declarations`, `compiled`). Its FFI object owns a context
//! (`context`), which makes ctypes from them when they are asked for (`realize`, `structs` and `pending`, `enums`), by the name
//! that a type string gives them (`names`). The class `FFI` is made in `type_object`, which leads to its methods;
//! these turn their type arguments into ctypes with `resolve`.

mod bound;
mod circular;
pub(crate) mod compiled;
mod construct;
pub(crate) mod consts;
pub(crate) mod context;
pub(crate) mod declarations;
pub(crate) mod enums;
mod init_once;
pub(crate) mod lib_attr;
mod lib_call;
pub(crate) mod lib_dlopen;
pub(crate) mod lib_function;
pub(crate) mod lib_global;
mod lib_hooks;
pub(crate) mod lib_object;
pub(crate) mod methods;
pub(crate) mod names;
pub(crate) mod object;
mod pending;
pub(crate) mod realize;
mod resolve;
pub(crate) mod structs;
mod suggest;
pub(crate) mod type_object;
