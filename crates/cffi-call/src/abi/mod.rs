//! Calling conventions, one file each: pure classification, no unsafe code.

pub(crate) mod aapcs64;
#[cfg(all(test, sysv64))]
mod compare;
pub(crate) mod sysv64;
