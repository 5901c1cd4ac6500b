//! Calling conventions, one file each: pure classification, no unsafe code.

pub(crate) mod sysv64;
