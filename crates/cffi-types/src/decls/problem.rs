//! Problems in declarations.

use super::source::Span;
use super::text::Text;

/// The number of a problem in a [`Decls`](super::Decls).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct ProblemId(pub(super) u32);

/// The severity of a problem.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub enum Severity {
    /// The declaration is used as it is understood; a part of it was ignored.
    Note,
    /// The declaration is used, but its meaning may differ from its author's intention.
    Warning,
    /// The declaration cannot be used.
    Error,
}

/// A problem: a part of a source that could not be understood.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The severity.
    pub severity: Severity,
    /// The place in the source.
    pub span: Span,
    /// The description of the problem.
    pub message: Text,
    /// Advice how to solve the problem; may be empty.
    pub hint: Text,
}
