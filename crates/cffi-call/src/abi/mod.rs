//! Calling conventions, without unsafe code: the classification of System V x86-64, and the differences between libffi
//! and AAPCS64.

pub(crate) mod aapcs64;
#[cfg(all(test, sysv64))]
mod compare;
pub(crate) mod sysv64;
