//! The state of `#pragma pack`.

use crate::intern::Atom;

/// The current and the saved values of `#pragma pack`.
#[derive(Default, Debug)]
pub(crate) struct PackStack {
    /// The current value; 0 for no limit.
    pub(crate) current: u32,
    pub(super) pushed: Vec<(Atom, u32)>,
}
