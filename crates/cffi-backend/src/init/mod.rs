//! The module object: definition, execution, names.

mod constants;
mod docs;
#[allow(unsafe_code, reason = "makes the module object")]
mod module;
mod names;
mod stock;
#[allow(unsafe_code, reason = "makes the module object")]
mod testing;
