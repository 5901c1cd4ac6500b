//! Calling conventions, one file each: pure classification, no unsafe code.

pub(crate) mod aapcs64;
pub(crate) mod sysv64;
