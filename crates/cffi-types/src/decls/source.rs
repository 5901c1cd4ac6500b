//! Sources, and places in them.

/// The number of a source in a [`Decls`](super::Decls).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct FileId(pub(super) u32);

impl FileId {
    /// Makes the number of a source, as [`FileId::number`] gives it.
    #[must_use]
    pub const fn from_number(number: usize) -> FileId {
        FileId(number as u32)
    }

    /// Returns the number itself, counted from 0.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 as usize
    }
}

/// A source: a file, or a text that the caller passed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// The name of the source in messages.
    pub name: String,
    /// The place of the `#include`, if another source includes this one.
    pub included_from: Option<Span>,
    /// Whether the source belongs to the system's headers.
    pub system: bool,
}

/// A place in a source.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub struct Span {
    /// The source.
    pub file: FileId,
    /// The distance from the start of the source in bytes.
    pub offset: u32,
    /// The line number, counted from 1; 0 if it is not known.
    pub line: u32,
}

impl Span {
    /// Makes a place in a source.
    #[must_use]
    pub const fn new(file: FileId, offset: u32, line: u32) -> Span {
        Span { file, offset, line }
    }
}
