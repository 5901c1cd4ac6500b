//! `Lib`: the functions, variables and constants of a module.

pub(crate) mod attr;
pub(crate) mod call;
pub(crate) mod dlopen;
pub(crate) mod function;
pub(crate) mod global;
pub(crate) mod hooks;
mod inline;
mod missing;
pub(crate) mod object;
pub(crate) mod type_object;
