//! The entries of a module's declarations, in the one form that all sources give them.

use std::ffi::{CStr, c_void};

use cffi_abi::{Opcode, StructFlags};

use crate::ctype::CType;

/// A global: a function, constant or variable. Only the sources of declarations make one, so its addresses are those that
/// the module gives for its name and operation.
#[derive(Clone, Copy)]
pub(crate) struct GlobalDecl<'a> {
    pub(crate) name: &'a CStr,
    pub(crate) op: Opcode,
    /// Null in tables that were decoded.
    pub(super) address: *mut c_void,
    pub(super) size_or_direct_fn: *mut c_void,
}

impl GlobalDecl<'_> {
    /// Returns the address, null in tables that were decoded.
    pub(crate) fn address(&self) -> *mut c_void {
        self.address
    }

    /// Returns the size of a variable, or the address of the function proper; see [`cffi_abi::Global`].
    pub(crate) fn size_or_direct_fn(&self) -> *mut c_void {
        self.size_or_direct_fn
    }
}

/// A struct or union.
#[derive(Clone, Copy)]
pub(crate) struct StructDecl<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) type_index: usize,
    pub(crate) flags: StructFlags,
    /// See [`cffi_abi::unknown`].
    pub(crate) size: usize,
    /// Bytes, -1 if unknown.
    pub(crate) align: i32,
    /// The index of its first member in the table of fields.
    pub(crate) first_field: usize,
    pub(crate) num_fields: usize,
}

/// A member of a struct or union.
#[derive(Clone, Copy)]
pub(crate) struct FieldDecl<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) op: Opcode,
    /// Bytes, or [`cffi_abi::unknown::OFFSET`].
    pub(crate) offset: usize,
    /// Bytes, or [`cffi_abi::unknown::SIZE`]; bits of a bit field.
    pub(crate) size: usize,
}

/// An enum.
#[derive(Clone, Copy)]
pub(crate) struct EnumDecl<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) type_index: usize,
    pub(crate) primitive: i32,
    pub(crate) enumerators: &'a [u8],
}

/// An integer constant, in the form in which its module gives it.
#[derive(Clone, Copy)]
pub(crate) struct IntValue {
    /// Whether the bits are those of a signed number.
    pub(crate) non_positive: bool,
    pub(crate) bits: u64,
    /// Whether the compiler found another value than the declared one.
    pub(crate) disagrees: bool,
}

/// A place in the table of types.
#[derive(Clone, Copy)]
pub(crate) enum Word<'a> {
    /// The operation of a type that has not been made yet.
    Op(Opcode),
    /// A ctype that has been made.
    Made(&'a CType),
}
