//! Why a struct or union cannot be laid out.

use core::fmt;

use cffi_memory::NoMemory;

/// The kind of exception that an error becomes.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum ErrorClass {
    /// `TypeError`
    Type,
    /// `KeyError`
    Key,
    /// `ValueError`
    Value,
    /// `OverflowError`
    Overflow,
    /// `NotImplementedError`
    NotImplemented,
    /// `SystemError`
    System,
    /// `MemoryError`
    Memory,
    /// `ffi.error`: the declaration disagrees with the C compiler.
    Verification,
}

/// The property on which declaration and computation disagree.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Mismatch<'a> {
    /// The offset of the named field.
    FieldOffset(&'a str),
    /// The size of the named field.
    FieldSize(&'a str),
    /// The size of the whole type.
    TotalSize,
    /// The alignment of the whole type.
    TotalAlignment,
}

impl fmt::Display for Mismatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Mismatch::FieldOffset(name) => write!(f, "wrong offset for field '{name}'"),
            Mismatch::FieldSize(name) => write!(f, "wrong size for field '{name}'"),
            Mismatch::TotalSize => f.write_str("wrong total size"),
            Mismatch::TotalAlignment => f.write_str("wrong total alignment"),
        }
    }
}

/// Why a struct or union cannot be laid out. `Display` gives the text of the exception.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum LayoutError<'a> {
    /// A member's type has no size, and it is not an open array in a place where one may be.
    UnknownSize {
        /// Name of the struct or union.
        owner: &'a str,
        /// Name of the member.
        field: &'a str,
        /// Name of the member's type.
        ctype: &'a str,
    },
    /// A member's type has an alignment that is not a power of two.
    BogusAlignment {
        /// Name of the member's type.
        ctype: &'a str,
        /// That alignment.
        align: usize,
    },
    /// An offset is stated for a bit field.
    BitFieldOffset {
        /// Name of the struct or union.
        owner: &'a str,
        /// Name of the member.
        field: &'a str,
    },
    /// A bit field of a type that cannot be one.
    BitFieldType {
        /// Name of the struct or union.
        owner: &'a str,
        /// Name of the member.
        field: &'a str,
        /// Name of the member's type.
        ctype: &'a str,
    },
    /// A bit field wider than its type.
    BitFieldWidth {
        /// Name of the struct or union.
        owner: &'a str,
        /// Name of the member.
        field: &'a str,
        /// Name of the member's type.
        ctype: &'a str,
        /// Stated width.
        bitsize: u32,
    },
    /// A bit field of width zero with a name.
    NamedZeroWidth {
        /// Name of the struct or union.
        owner: &'a str,
        /// Name of the member.
        field: &'a str,
    },
    /// A packed bit field that would begin within a byte and cross a boundary of its type, if
    /// [`Rules::refuse_shared_bytes`] is set; or a bit field that reaches beyond its unit and is counted from the most
    /// significant bit, which these rules do not cover.
    ///
    /// [`Rules::refuse_shared_bytes`]: super::Rules::refuse_shared_bytes
    PackedBitField {
        /// Name of the struct or union.
        owner: &'a str,
        /// Name of the member.
        field: &'a str,
    },
    /// Two fields of one name.
    DuplicateField {
        /// That name.
        field: &'a str,
    },
    /// A stated position differs from the computed one and [`Rules::standard_positions`] is set.
    ///
    /// [`Rules::standard_positions`]: super::Rules::standard_positions
    Mismatch {
        /// Name of the struct or union.
        owner: &'a str,
        /// The property that differs.
        what: Mismatch<'a>,
        /// The value that follows from the declaration (−1: unknown).
        cdef: isize,
        /// The value that was stated, by a C compiler.
        compiler: isize,
    },
    /// The stated size is too small for the fields.
    TotalSize {
        /// Name of the struct or union.
        owner: &'a str,
        /// The stated size in bytes.
        stated: usize,
        /// The end of the last field, in bytes.
        used: usize,
    },
    /// An offset or the total size would exceed `isize::MAX` bytes.
    Overflow {
        /// Name of the struct or union.
        owner: &'a str,
    },
    /// No memory is left for the members.
    NoMemory,
}

impl From<NoMemory> for LayoutError<'_> {
    fn from(_: NoMemory) -> Self {
        LayoutError::NoMemory
    }
}

impl<'a> LayoutError<'a> {
    /// Compares a field's size by its declaration with the size that the C compiler gave it; −1 means unknown.
    ///
    /// # Errors
    /// [`LayoutError::Mismatch`] if they differ.
    pub fn check_field_size(
        owner: &'a str,
        field: &'a str,
        cdef: isize,
        compiler: isize,
    ) -> Result<(), LayoutError<'a>> {
        if cdef == compiler {
            return Ok(());
        }
        let what = Mismatch::FieldSize(field);
        Err(LayoutError::Mismatch { owner, what, cdef, compiler })
    }

    /// Returns the kind of exception that this error becomes.
    #[must_use]
    pub const fn class(&self) -> ErrorClass {
        match self {
            LayoutError::UnknownSize { .. }
            | LayoutError::BitFieldOffset { .. }
            | LayoutError::BitFieldType { .. }
            | LayoutError::BitFieldWidth { .. }
            | LayoutError::NamedZeroWidth { .. }
            | LayoutError::TotalSize { .. } => ErrorClass::Type,
            LayoutError::BogusAlignment { .. } => ErrorClass::System,
            LayoutError::PackedBitField { .. } => ErrorClass::NotImplemented,
            LayoutError::DuplicateField { .. } => ErrorClass::Key,
            LayoutError::Mismatch { .. } => ErrorClass::Verification,
            LayoutError::Overflow { .. } => ErrorClass::Overflow,
            LayoutError::NoMemory => ErrorClass::Memory,
        }
    }
}

impl fmt::Display for LayoutError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LayoutError::UnknownSize { owner, field, ctype } => {
                write!(f, "field '{owner}.{field}' has ctype '{ctype}' of unknown size")
            }
            LayoutError::BogusAlignment { ctype, align } => {
                write!(f, "found for ctype '{ctype}' bogus alignment '{align}'")
            }
            LayoutError::BitFieldOffset { owner, field } => {
                write!(f, "field '{owner}.{field}' is a bitfield, but a fixed offset is specified")
            }
            LayoutError::BitFieldType { owner, field, ctype } => {
                write!(f, "field '{owner}.{field}' declared as '{ctype}' cannot be a bit field")
            }
            LayoutError::BitFieldWidth { owner, field, ctype, bitsize } => write!(
                f,
                "bit field '{owner}.{field}' is declared '{ctype}:{bitsize}', \
                 which exceeds the width of the type"
            ),
            LayoutError::NamedZeroWidth { owner, field } => {
                write!(f, "field '{owner}.{field}' is declared with :0")
            }
            LayoutError::PackedBitField { owner, field } => write!(
                f,
                "with 'packed', gcc would compile field '{owner}.{field}' \
                 to reuse some bits in the previous field"
            ),
            LayoutError::DuplicateField { field } => write!(f, "duplicate field name '{field}'"),
            LayoutError::Mismatch { owner, what, cdef, compiler } => write!(
                f,
                "{owner}: {what} (cdef says {cdef}, but C compiler says {compiler}). \
                 fix it or use \"...;\" as the last field in the cdef for {owner} to make it flexible"
            ),
            LayoutError::TotalSize { owner, stated, used } => {
                write!(f, "{owner} cannot be of size {stated}: there are fields at least up to {used}")
            }
            LayoutError::NoMemory => NoMemory.fmt(f),
            LayoutError::Overflow { owner } => write!(f, "size of {owner} would overflow a Py_ssize_t"),
        }
    }
}

impl core::error::Error for LayoutError<'_> {}
