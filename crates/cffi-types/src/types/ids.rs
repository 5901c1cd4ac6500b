//! The numbers of objects in an arena.

/// The number of a function type's contents in a [`Types`](super::Types).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct FunctionId(pub(super) u32);

/// The number of a struct or union in a [`Types`](super::Types).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct RecordId(pub(super) u32);

impl RecordId {
    /// Returns the number itself: records are numbered from 0 in the order in which they were declared.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 as usize
    }
}

/// The number of an enum in a [`Types`](super::Types).
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
pub struct EnumId(pub(super) u32);

impl EnumId {
    /// Returns the number itself: enums are numbered from 0 in the order in which they were declared.
    #[must_use]
    pub const fn number(self) -> usize {
        self.0 as usize
    }
}
