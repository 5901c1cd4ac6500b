//! Where the parser looks up names.

/// The names that a type string may use. Identifiers are ASCII and may contain `$`.
///
/// Lookups come in the order in which C scopes would want them: a name that stands alone is first
/// looked for with [`Self::find_typename`], so a typedef may have the name of a standard type.
pub trait Context {
    /// Returns the index of the typedef `name` in the table of typedef names.
    fn find_typename(&self, name: &str) -> Option<usize>;

    /// Returns the index of `struct name` or `union name` in the table of structs, and whether it is a union.
    fn find_struct_union(&self, name: &str) -> Option<(usize, bool)>;

    /// Returns the index of `enum name` in the table of enums.
    fn find_enum(&self, name: &str) -> Option<usize>;

    /// Returns the constant or enumerator `name`, for the length of an array.
    fn find_constant(&self, name: &str) -> ConstantLookup;
}

/// What [`Context::find_constant`] knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstantLookup {
    /// No such name.
    Absent,
    /// A function, a variable, or a constant that is no integer.
    NotInteger,
    /// An integer constant or an enumerator.
    Integer {
        /// The value is zero or negative, and `bits` are those of a signed number.
        non_positive: bool,
        /// The value.
        bits: u64,
        /// The C compiler found another value than the one declared.
        disagrees: bool,
    },
}

/// The context of an FFI that declares nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoNames;

impl Context for NoNames {
    fn find_typename(&self, _name: &str) -> Option<usize> {
        None
    }

    fn find_struct_union(&self, _name: &str) -> Option<(usize, bool)> {
        None
    }

    fn find_enum(&self, _name: &str) -> Option<usize> {
        None
    }

    fn find_constant(&self, _name: &str) -> ConstantLookup {
        ConstantLookup::Absent
    }
}
