//! The declarations of a module, compiled or not, and the object that holds them.

#[allow(unsafe_code, reason = "reads the tables of compiled modules")]
pub(crate) mod compiled;
pub(crate) mod consts;
#[allow(unsafe_code, reason = "reads the tables of compiled modules")]
pub(crate) mod context;
pub(crate) mod copied;
pub(crate) mod declarations;
pub(crate) mod decoded;
pub(crate) mod entries;
pub(crate) mod names;
#[allow(unsafe_code, reason = "reads the tables of compiled modules")]
pub(crate) mod object;
