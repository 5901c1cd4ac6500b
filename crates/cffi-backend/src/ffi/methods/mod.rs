//! The methods of `FFI`. The table that leads here from their names is in [`super::type_object`].

pub(super) mod address;
pub(super) mod allocate;
pub(super) mod callable;
pub(super) mod constants;
pub(super) mod types;
#[cfg(windows)]
pub(super) mod winerror;

use crate::rt::{Args, Py, R, raise};

/// Refuses keyword arguments, for methods that count their arguments themselves.
fn no_keywords(py: Py<'_>, args: Args<'_>, function: &str) -> R<()> {
    match args.keywords() {
        0 => Ok(()),
        _ => Err(raise!(py, Type, "{function}() takes no keyword arguments")),
    }
}
