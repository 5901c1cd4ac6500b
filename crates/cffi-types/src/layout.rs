//! Placing the members of a struct or union.
//!
//! The rules are the ones that the C compilers follow on a target, chosen by [`Rules`]: GCC's on x86 and on Arm,
//! and Visual C++'s, with either byte order, on any host. A caller hands in one [`FieldSpec`] per member, in order,
//! either all at once ([`layout`]) or one by one ([`Builder`]), and gets a [`FieldPlace`] per visible field.
//!
//! Members of anonymous structs and unions become fields of the outer type: their places say which nested field
//! they come from.

mod builder;
mod error;
pub(crate) mod place;
mod rules;
#[cfg(test)]
mod tests;

pub use builder::Builder;
pub use error::{ErrorClass, LayoutError, Mismatch};
pub use rules::{Algorithm, BitFieldAlignment, Host, Rules, sflags};

/// [`FieldPlace::bitshift`] of a member that is not a bit field.
pub const REGULAR: i32 = -1;
/// [`FieldPlace::bitshift`] of an array member of length zero or without a length.
pub const EMPTY_ARRAY: i32 = -2;
/// [`FieldPlace::flags`]: positional initialisers skip this field.
pub const IGNORE_IN_CONSTRUCTOR: u32 = 1;

/// The type whose members are placed.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Owner<'a> {
    /// Its name as printed, for error texts (`struct point`).
    pub name: &'a str,
    /// Whether the members overlay each other.
    pub is_union: bool,
}

/// The properties of a member's type that affect its placement.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum FieldClass<'a> {
    /// Integer or enum; may be a bit field.
    Integer {
        /// Whether values are read with sign extension. Placement does not depend on it.
        signed: bool,
    },
    /// `_Bool`; may be a bit field.
    Bool,
    /// `_BitInt`, with its width; may be a bit field.
    BitInt {
        /// The number of bits, the sign included.
        bits: u32,
    },
    /// `char`, `wchar_t`, `char16_t`, `char32_t`; may be a bit field.
    Char,
    /// Array, with its length unless it is open.
    Array {
        /// Number of items.
        len: Option<usize>,
    },
    /// Struct or union, completed.
    Aggregate {
        /// Whether it ends in an open array, itself or in a member.
        var_array: bool,
        /// Its own fields, already flattened. Used only where the member has no name.
        nested: &'a [NestedField<'a>],
        /// Its own unnamed bit-fields. Used only where the member has no name.
        unnamed: &'a [UnnamedBits],
    },
    /// Pointer, function pointer, floating point, or whatever else cannot be a bit field.
    Other,
}

impl FieldClass<'_> {
    const fn may_be_bit_field(&self) -> bool {
        matches!(
            self,
            FieldClass::Integer { .. } | FieldClass::Bool | FieldClass::BitInt { .. } | FieldClass::Char
        )
    }
}

/// A field of an anonymous struct or union member, as placed in that type.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct NestedField<'a> {
    /// Field name.
    pub name: &'a str,
    /// Byte offset in its own type.
    pub offset: isize,
    /// The value of [`FieldPlace::bitshift`].
    pub bitshift: i32,
    /// The value of [`FieldPlace::bitsize`].
    pub bitsize: i32,
    /// The value of [`FieldPlace::flags`].
    pub flags: u32,
}

/// A bit-field without a name. Nobody can read or write it, but calling conventions count it.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct UnnamedBits {
    /// Position in bits from the start of the struct or union, in the order of memory.
    pub position: u64,
    /// Width in bits; may be 0.
    pub width: u32,
    /// Whether it is a member of a union.
    pub in_union: bool,
    /// Whether its type is a `_BitInt`.
    pub precise: bool,
}

/// One member as declared.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct FieldSpec<'a> {
    /// Name, empty for an unnamed bit field or an anonymous struct or union.
    pub name: &'a str,
    /// Name of its type as printed, for error texts.
    pub type_name: &'a str,
    /// Size of its type in bytes; `None` where unknown (open array, opaque or uncompleted type, `void`, function).
    pub size: Option<usize>,
    /// Alignment of its type in bytes; must be a power of two where the size is known or the type is an array.
    pub align: usize,
    /// Alignment in bytes that the declaration requests: a power of two, or 0.
    pub explicit: usize,
    /// Width in bits for a bit field.
    pub bitsize: Option<u32>,
    /// Byte offset that the declaration states. A negative one only marks the offset as stated.
    pub offset: Option<isize>,
    /// The class of its type.
    pub class: FieldClass<'a>,
}

/// The position of a visible field.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct FieldPlace {
    /// Index of the member in the declaration.
    pub source: usize,
    /// For a field of an anonymous struct or union: its index in that member's `nested` fields. The field's name
    /// and type are to be taken from there.
    pub nested: Option<usize>,
    /// Byte offset; for a bit field, that of its storage unit.
    pub offset: isize,
    /// For a bit field, its lowest bit in the storage unit (≥ 0); otherwise [`REGULAR`] or [`EMPTY_ARRAY`].
    pub bitshift: i32,
    /// For a bit field, its width; otherwise −1.
    pub bitsize: i32,
    /// 0 or [`IGNORE_IN_CONSTRUCTOR`].
    pub flags: u32,
}

/// A completed struct or union.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Layout {
    /// Size in bytes.
    pub size: usize,
    /// Alignment in bytes: a power of two, unless packing or the declared total alignment is none.
    pub align: usize,
    /// Largest alignment of a member in bytes, as some calling conventions count it.
    pub natural_align: u64,
    /// Something lies elsewhere than these rules put it, so members may be missing from the declaration.
    pub custom_field_pos: bool,
    /// An anonymous struct or union was flattened.
    pub flattened: bool,
    /// It ends in an open array, itself or in a member.
    pub with_var_array: bool,
    /// Packing moved at least one member.
    pub with_packed_change: bool,
    /// The visible fields in order of declaration.
    pub places: Vec<FieldPlace>,
    /// The bit-fields without a name, those of anonymous members included.
    pub unnamed: Vec<UnnamedBits>,
}

/// Size and alignment that the declaration states for the whole type, in bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Stated {
    /// Total size. 0 is accepted.
    pub size: Option<usize>,
    /// Total alignment.
    pub align: Option<usize>,
}

/// Places all members of a struct or union.
///
/// # Errors
/// The first rule that a member or the stated totals break, see [`LayoutError`].
pub fn layout<'a>(
    owner: Owner<'a>,
    rules: &Rules,
    fields: &[FieldSpec<'a>],
    stated: Stated,
) -> Result<Layout, LayoutError<'a>> {
    let mut builder = Builder::new(owner, rules, fields.len())?;
    for (index, field) in fields.iter().enumerate() {
        builder.add(field, index + 1 == fields.len())?;
    }
    builder.finish(stated)
}
