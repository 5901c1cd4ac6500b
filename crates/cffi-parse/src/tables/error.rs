//! What can be wrong with the tables of a module.

use std::fmt;

use cffi_memory::NoMemory;

/// Names the table where something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// `_types`
    Types,
    /// `_globals`
    Globals,
    /// `_struct_unions`
    StructUnions,
    /// The fields in `_struct_unions`, counted over all structs
    Fields,
    /// `_enums`
    Enums,
    /// `_typenames`
    Typenames,
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Table::Types => "type",
            Table::Globals => "global",
            Table::StructUnions => "struct or union",
            Table::Fields => "field",
            Table::Enums => "enum",
            Table::Typenames => "typedef",
        })
    }
}

/// What is wrong with the tables of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableError {
    /// An entry ends before its last integer, or before the enumerators of an enum.
    Truncated(Table, usize),
    /// An entry refers to a type that is not there, or to the length of an array.
    NoSuchType(Table, usize, isize),
    /// A word refers to a struct, enum or typedef that is not there.
    NoSuchEntry(usize, Table, isize),
    /// The type of a struct or enum is not the one that refers back to it.
    NotItsType(Table, usize),
    /// A word that can only be in a table where types are built already.
    NotAnOperation(usize),
    /// An array at the end of the table, its length missing.
    NoLength(usize),
    /// A function whose parameters do not end, or have something among them that is no parameter.
    BadParameters(usize),
    /// A type that refers to itself without a struct between.
    Cycle(usize),
    /// A global that only a compiled module can have.
    NeedsAddress(usize),
    /// A negative number of bits.
    BadBits(usize),
    /// A field without a struct, or in a struct that is opaque or external.
    FieldOutside(usize),
    /// More than 4 GiB of names.
    TooLarge,
    /// No memory is left for the tables.
    NoMemory,
}

impl From<NoMemory> for TableError {
    fn from(_: NoMemory) -> TableError {
        TableError::NoMemory
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            TableError::Truncated(table, entry) => write!(f, "{table} {entry} is truncated"),
            TableError::NoSuchType(table, entry, index) => {
                write!(f, "{table} {entry} refers to type {index}, which does not exist")
            }
            TableError::NoSuchEntry(entry, table, index) => {
                write!(f, "type {entry} refers to {table} {index}, which does not exist")
            }
            TableError::NotItsType(table, entry) => {
                write!(f, "{table} {entry} does not refer to its own type")
            }
            TableError::NotAnOperation(entry) => write!(f, "type {entry} is not an operation"),
            TableError::NoLength(entry) => write!(f, "type {entry} is an array without length"),
            TableError::BadParameters(entry) => write!(f, "type {entry} has a bad list of parameters"),
            TableError::Cycle(entry) => write!(f, "type {entry} refers to itself"),
            TableError::NeedsAddress(entry) => write!(f, "global {entry} needs a compiled module"),
            TableError::BadBits(entry) => write!(f, "field {entry} has a negative number of bits"),
            TableError::FieldOutside(entry) => write!(f, "field {entry} is in no struct that has fields"),
            TableError::NoMemory => NoMemory.fmt(f),
            TableError::TooLarge => f.write_str("the tables are too large"),
        }
    }
}

impl std::error::Error for TableError {}
