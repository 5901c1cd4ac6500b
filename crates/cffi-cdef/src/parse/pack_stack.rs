//! The state of `#pragma pack`.

use crate::intern::Atom;

/// The state of `#pragma pack`.
#[derive(Default, Debug)]
pub(crate) struct PackStack {
    /// The value that holds; 0 for none.
    pub(crate) current: u32,
    pub(super) pushed: Vec<(Atom, u32)>,
}
