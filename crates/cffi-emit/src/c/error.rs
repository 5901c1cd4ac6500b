//! The reasons why a declaration cannot be written.

use std::fmt;

/// The exception that a reason becomes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum ErrorKind {
    /// `VerificationError`: the C text would not be right.
    Verification,
    /// `VerificationMissing`: only a C compiler knows it.
    Missing,
    /// `TypeError`.
    Type,
    /// `NotImplementedError`.
    NotImplemented,
}

impl ErrorKind {
    /// Returns the name of the exception.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ErrorKind::Verification => "VerificationError",
            ErrorKind::Missing => "VerificationMissing",
            ErrorKind::Type => "TypeError",
            ErrorKind::NotImplemented => "NotImplementedError",
        }
    }
}

/// The reason why a source cannot be written.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct EmitError {
    /// The exception that the reason becomes.
    pub kind: ErrorKind,
    /// The text, with the declaration in front.
    pub message: String,
}

impl EmitError {
    pub(super) fn verification(message: impl Into<String>) -> EmitError {
        EmitError { kind: ErrorKind::Verification, message: message.into() }
    }

    pub(super) fn wrong_type(message: impl Into<String>) -> EmitError {
        EmitError { kind: ErrorKind::Type, message: message.into() }
    }

    pub(super) fn not_implemented(message: impl Into<String>) -> EmitError {
        EmitError { kind: ErrorKind::NotImplemented, message: message.into() }
    }

    /// Returns the reason with the declaration in front.
    pub(super) fn of(self, declaration: &str) -> EmitError {
        EmitError { message: format!("{declaration}: {}", self.message), ..self }
    }
}

impl fmt::Display for EmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for EmitError {}
