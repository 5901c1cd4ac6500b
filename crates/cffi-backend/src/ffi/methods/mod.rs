//! The methods of `FFI`. The table that leads here from their names is in [`super::type_object`].

pub(super) mod address;
pub(super) mod allocate;
pub(super) mod callable;
pub(super) mod constants;
pub(super) mod types;
#[cfg(windows)]
pub(crate) mod winerror;
