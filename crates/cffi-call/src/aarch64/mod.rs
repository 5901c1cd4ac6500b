//! Direct calls and closures on AArch64.

#[cfg(own_trampolines)]
pub(crate) mod closure;
pub(crate) mod direct;
mod places;
#[cfg(own_trampolines)]
pub mod va_list;
