//! The methods of `FFI`. The table that maps their names to them is in [`crate::ffi_obj::type_object`].

pub(crate) mod address;
pub(crate) mod adopt;
pub(crate) mod allocate;
pub(crate) mod callable;
pub(crate) mod constants;
pub(crate) mod describe;
pub(crate) mod header;
pub(crate) mod inline;
pub(crate) mod source;
pub(crate) mod types;
#[cfg(windows)]
pub(crate) mod winerror;
