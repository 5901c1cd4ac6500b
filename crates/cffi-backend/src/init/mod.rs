//! The module object: definition, execution, names.

mod constants;
mod module;
mod names;
mod stock;
mod testing;
