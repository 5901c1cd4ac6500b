//! `Lib`: the functions, variables and constants of a module.

pub(crate) mod attr;
#[allow(unsafe_code, reason = "reaches functions and variables of C")]
pub(crate) mod call;
pub(crate) mod dlopen;
mod entry;
pub(crate) mod function;
#[allow(unsafe_code, reason = "reaches functions and variables of C")]
pub(crate) mod global;
#[allow(unsafe_code, reason = "reaches functions and variables of C")]
pub(crate) mod hooks;
mod inline;
mod missing;
pub(crate) mod object;
pub(crate) mod type_object;
