//! The declarations of a module, compiled or not, and the object that holds them.

pub(crate) mod compiled;
pub(crate) mod consts;
pub(crate) mod context;
pub(crate) mod declarations;
pub(crate) mod decoded;
pub(crate) mod entries;
pub(crate) mod names;
pub(crate) mod object;
