//! Calling conventions, one file each: pure classification, no unsafe code.
