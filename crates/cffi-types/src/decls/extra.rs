//! What few declarations have.

use core::num::NonZeroU32;

use crate::symbol::Symbol;

use super::problem::ProblemId;
use super::text::Text;

/// The number of an [`Extra`].
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub(super) struct ExtraId(pub(super) NonZeroU32);

/// What few declarations have.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Extra {
    /// The comment that belongs to the declaration.
    pub doc: Text,
    /// The symbol that the linker knows it by, where an `asm` label gives one.
    pub asm_label: Symbol,
    /// The message of a `deprecated` attribute.
    pub deprecated: Text,
    /// What could not be understood.
    pub problem: Option<ProblemId>,
    /// Attributes that were passed over, as written.
    pub attributes: Text,
    pub(super) params_start: u32,
    pub(super) params_count: u32,
}
