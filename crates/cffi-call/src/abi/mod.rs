//! Differences between libffi and calling conventions, without unsafe code.

pub(crate) mod aapcs64;
