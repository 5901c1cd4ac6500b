//! Properties that few declarations have.

use core::num::NonZeroU32;

use crate::symbol::Symbol;

use super::problem::ProblemId;
use super::text::Text;

/// The number of an [`Extra`].
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub(super) struct ExtraId(pub(super) NonZeroU32);

/// The properties that few declarations have.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Extra {
    /// The comment that belongs to the declaration.
    pub doc: Text,
    /// The symbol of the declaration in object files, if an `asm` label gives one.
    pub asm_label: Symbol,
    /// The message of a `deprecated` attribute.
    pub deprecated: Text,
    /// The problem, if a part of the declaration could not be understood.
    pub problem: Option<ProblemId>,
    /// The source text of the attributes that were ignored.
    pub attributes: Text,
    pub(super) params_start: u32,
    pub(super) params_count: u32,
}
