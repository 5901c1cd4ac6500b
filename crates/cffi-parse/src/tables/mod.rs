//! The tables of out-of-line ABI modules.
//!
//! A Python module written by `ffi.emit_python_code()` has byte strings in the place of the C tables of
//! a compiled module. [`TablesBuilder`] takes them one by one, [`Tables`] is what they say. Whoever has
//! a [`Tables`] need not check again that an index is in range, that a name ends, or that following
//! the words of a type from one to the next comes to an end.
//!
//! What does *not* make a table wrong, because it is harmless until somebody uses the entry, and has an
//! error of its own then: operations and primitive numbers that do not exist.
//!
//! All integers are 4 bytes long, big endian and signed; strings end at a NUL byte or where the byte
//! string ends.

mod builder;
mod check;
mod error;

use std::ffi::CStr;
use std::ops::Range;

use cffi_abi::{Opcode, StructFlags};

pub use builder::TablesBuilder;
pub use check::{TypeCounts, check_types};
pub use error::{Table, TableError};

use crate::{ConstantLookup, Context, search_sorted};

/// A name in [`Tables`]; see [`Tables::name`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    start: u32,
    len: u32,
}

/// The value of an integer constant or an enumerator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IntConstant {
    /// The value is zero or negative, and `bits` are those of a signed number.
    pub non_positive: bool,
    /// The low 64 bits of the value.
    pub bits: u64,
}

/// A function, variable, constant or enumerator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Global {
    /// Its name.
    pub name: Name,
    /// Operation, and where the operation has one the index of the type.
    pub type_op: Opcode,
    /// The value of an `Op::ConstantInt` or `Op::Enum`.
    pub value: IntConstant,
}

/// A struct or union. Sizes and alignment are not known here, they follow from the fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StructUnion {
    /// Its tag, or `$` and the name of the typedef it has instead.
    pub name: Name,
    /// Index of the `Op::StructUnion` that refers back to this entry.
    pub type_index: usize,
    /// See [`StructFlags`].
    pub flags: StructFlags,
    first_field: usize,
    num_fields: usize,
}

impl StructUnion {
    /// Places in [`Tables::fields`]. Empty if the struct is opaque or comes from an included FFI.
    pub fn fields(&self) -> Range<usize> {
        self.first_field..self.first_field + self.num_fields
    }
}

/// A field of a struct or union.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its name; empty for an anonymous struct or union.
    pub name: Name,
    /// `Op::Noop` or `Op::Bitfield` with the index of the type.
    pub type_op: Opcode,
    /// Number of bits; 0 for an `Op::Noop`.
    pub bits: u32,
}

/// An enum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Enum {
    /// Its tag, or `$` and the name of the typedef it has instead.
    pub name: Name,
    /// Index of the `Op::Enum` that refers back to this entry.
    pub type_index: usize,
    /// Number of the primitive type that stores it, which may not exist.
    pub type_prim: i32,
    /// See [`Tables::enumerators`].
    pub enumerators: Name,
}

/// A typedef.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeName {
    /// The name that `typedef` gave.
    pub name: Name,
    /// Index of its type.
    pub type_index: usize,
}

/// The checked tables of one module.
#[derive(Debug)]
pub struct Tables {
    types: Box<[Opcode]>,
    globals: Box<[Global]>,
    struct_unions: Box<[StructUnion]>,
    fields: Box<[Field]>,
    enums: Box<[Enum]>,
    typenames: Box<[TypeName]>,
    /// All names, each with a NUL byte after it and none within.
    names: Box<[u8]>,
}

impl Tables {
    /// Returns the words of all types. The word after an `Op::Array` is a length.
    pub fn types(&self) -> &[Opcode] {
        &self.types
    }

    /// Globals, sorted by name.
    pub fn globals(&self) -> &[Global] {
        &self.globals
    }

    /// Structs and unions, sorted by name.
    pub fn struct_unions(&self) -> &[StructUnion] {
        &self.struct_unions
    }

    /// Returns the fields of all structs; see [`StructUnion::fields`].
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Enums, sorted by name.
    pub fn enums(&self) -> &[Enum] {
        &self.enums
    }

    /// Typedefs, sorted by name.
    pub fn typenames(&self) -> &[TypeName] {
        &self.typenames
    }

    /// Returns the bytes of a name, without the NUL byte.
    ///
    /// `name` has to be from these tables; one from others gives some other bytes, or none.
    pub fn name(&self, name: Name) -> &[u8] {
        let start = name.start as usize;
        self.names.get(start..start + name.len as usize).unwrap_or(b"")
    }

    /// Returns a name as a C string.
    pub fn c_name(&self, name: Name) -> &CStr {
        let start = name.start as usize;
        let bytes = self.names.get(start..=start + name.len as usize).unwrap_or(b"\0");
        CStr::from_bytes_until_nul(bytes).unwrap_or(c"")
    }

    /// Returns the names of the enumerators of an enum. Their values are in the globals of the same names,
    /// if these exist, which has not been checked.
    pub fn enumerators(&self, enumeration: &Enum) -> impl Iterator<Item = &[u8]> {
        let names = self.name(enumeration.enumerators);
        names.split(|&byte| byte == b',').filter(move |_| !names.is_empty())
    }

    /// Returns the index in [`Self::globals`].
    pub fn find_global(&self, name: &[u8]) -> Option<usize> {
        search_sorted(self.globals.len(), |i| self.name(self.globals[i].name), name)
    }

    /// Returns the index in [`Self::struct_unions`].
    pub fn find_struct_union(&self, name: &[u8]) -> Option<usize> {
        search_sorted(self.struct_unions.len(), |i| self.name(self.struct_unions[i].name), name)
    }

    /// Returns the index in [`Self::enums`].
    pub fn find_enum(&self, name: &[u8]) -> Option<usize> {
        search_sorted(self.enums.len(), |i| self.name(self.enums[i].name), name)
    }

    /// Returns the index in [`Self::typenames`].
    pub fn find_typename(&self, name: &[u8]) -> Option<usize> {
        search_sorted(self.typenames.len(), |i| self.name(self.typenames[i].name), name)
    }
}

impl Context for Tables {
    fn find_typename(&self, name: &str) -> Option<usize> {
        self.find_typename(name.as_bytes())
    }

    fn find_struct_union(&self, name: &str) -> Option<(usize, bool)> {
        let index = self.find_struct_union(name.as_bytes())?;
        Some((index, self.struct_unions[index].flags.has(StructFlags::UNION)))
    }

    fn find_enum(&self, name: &str) -> Option<usize> {
        self.find_enum(name.as_bytes())
    }

    fn find_constant(&self, name: &str) -> ConstantLookup {
        let Some(index) = self.find_global(name.as_bytes()) else { return ConstantLookup::Absent };
        let Global { type_op, value, .. } = self.globals[index];
        if builder::has_value(type_op) {
            let IntConstant { non_positive, bits } = value;
            ConstantLookup::Integer { non_positive, bits, disagrees: false }
        } else {
            ConstantLookup::NotInteger
        }
    }
}

#[cfg(test)]
mod tests;
