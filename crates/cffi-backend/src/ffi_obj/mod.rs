//! The class `FFI`: its construction and its methods.

pub(crate) mod bound;
pub(crate) mod construct;
mod docs;
pub(crate) mod init_once;
pub(crate) mod methods;
pub(crate) mod resolve;
pub(crate) mod suggest;
pub(crate) mod type_object;
