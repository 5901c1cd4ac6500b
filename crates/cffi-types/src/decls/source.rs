//! Where something stands in the sources.

/// The number of a source in a [`Decls`](super::Decls).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct FileId(pub(super) u32);

impl FileId {
    /// The number itself, from 0.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 as usize
    }
}

/// A source: a file, or a text that was handed over.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceFile {
    /// Its name as messages show it.
    pub name: String,
    /// Where it was included, if it was.
    pub included_from: Option<Span>,
    /// Whether it belongs to the system's headers.
    pub system: bool,
}

/// A place in a source.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub struct Span {
    /// The source.
    pub file: FileId,
    /// Distance from its start in bytes.
    pub offset: u32,
    /// Line, from 1; 0 if it is not known.
    pub line: u32,
}

impl Span {
    /// A place in a source.
    #[must_use]
    pub const fn new(file: FileId, offset: u32, line: u32) -> Span {
        Span { file, offset, line }
    }
}
