//! What could not be understood, and why.

use super::source::Span;
use super::text::Text;

/// The number of a problem in a [`Decls`](super::Decls).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct ProblemId(pub(super) u32);

/// How much a problem matters.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Severity {
    /// The declaration is used as it is understood; something in it was passed over.
    Note,
    /// The declaration is used, but it may mean something else than its author thinks.
    Warning,
    /// The declaration cannot be used.
    Error,
}

/// What could not be understood.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// How much it matters.
    pub severity: Severity,
    /// Where.
    pub span: Span,
    /// What.
    pub message: Text,
    /// What to do about it, or nothing.
    pub hint: Text,
}
