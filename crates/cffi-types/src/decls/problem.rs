//! What could not be understood, and why.

use super::{Decls, Span, Text};

/// The number of a problem in a [`Decls`].
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct ProblemId(u32);

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

impl Decls {
    /// Notes a problem.
    pub fn add_problem(&mut self, severity: Severity, span: Span, message: &str, hint: &str) -> ProblemId {
        let problem = Problem { severity, span, message: self.add_text(message), hint: self.add_text(hint) };
        self.problems.push(problem);
        ProblemId(self.problems.len() as u32 - 1)
    }

    /// A problem.
    ///
    /// # Panics
    /// If the number comes from another set that has more problems.
    #[must_use]
    pub fn problem(&self, id: ProblemId) -> &Problem {
        &self.problems[id.0 as usize]
    }

    /// All problems, in the order in which they were noted.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }
}
