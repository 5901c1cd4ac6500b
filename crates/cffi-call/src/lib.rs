//! Calls and closures.
