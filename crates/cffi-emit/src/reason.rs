//! Declarations that a table cannot contain, and why.

use cffi_types::decls::{DeclId, Span};

/// A declaration that is left out of the result, or a part of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LeftOut {
    /// The name of the declaration; for a member, `struct.member`.
    pub name: String,
    /// The kind of the declaration, as [`cffi_types::decls::DeclKind::name`] gives it, or `member`.
    pub kind: &'static str,
    /// The reason, a phrase without a full stop.
    pub reason: String,
    /// The place of the declaration.
    pub span: Option<Span>,
    /// The declaration itself, if it is left out as a whole.
    pub decl: Option<DeclId>,
}

impl LeftOut {
    /// Returns whether a program can miss the declaration. Macros without a body are switches, such as the ones that
    /// protect headers from being read twice.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        self.reason != "the macro is empty"
    }
}
