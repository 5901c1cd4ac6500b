//! The tables of a compiled module.
//!
//! Every pointer here is as the module wrote it: nothing is checked, and nothing is owned. The arrays
//! of names are sorted by the bytes of the name.

use std::ffi::{c_char, c_int, c_ulonglong, c_void};

use crate::Opcode;

/// `struct _cffi_type_context_s`: everything that a module declares.
#[derive(Debug)]
#[repr(C)]
pub struct TypeContext {
    /// `num_types` words. The backend replaces a word by the address of the type object made from it;
    /// generated code reads these addresses from here.
    pub types: *mut Opcode,
    /// `num_globals` entries.
    pub globals: *const Global,
    /// The fields of all structs; how many there are follows from `struct_unions` alone.
    pub fields: *const Field,
    /// `num_struct_unions` entries.
    pub struct_unions: *const StructUnion,
    /// `num_enums` entries.
    pub enums: *const Enum,
    /// `num_typenames` entries.
    pub typenames: *const TypeName,
    /// Number of `globals`.
    pub num_globals: c_int,
    /// Number of `struct_unions`.
    pub num_struct_unions: c_int,
    /// Number of `enums`.
    pub num_enums: c_int,
    /// Number of `typenames`.
    pub num_typenames: c_int,
    /// NULL, or the names of the included modules, the last one followed by NULL.
    pub includes: *const *const c_char,
    /// Number of words in `types`.
    pub num_types: c_int,
    /// See [`context_flags`].
    pub flags: c_int,
}

/// Bits of [`TypeContext::flags`].
pub mod context_flags {
    use std::ffi::c_int;

    /// The module has `extern "Python"` functions.
    pub const EXTERN_PYTHON: c_int = 1;
}

/// `struct _cffi_global_s`: a function, variable, constant or enumerator.
#[derive(Debug)]
#[repr(C)]
pub struct Global {
    /// Its name.
    pub name: *const c_char,
    /// What this points to depends on the operation in `type_op`.
    pub address: *mut c_void,
    /// Operation and index of the type.
    pub type_op: Opcode,
    /// For a variable its size or 0; for a built-in function the address of the function proper.
    pub size_or_direct_fn: *mut c_void,
}

/// `struct _cffi_getconst_s`: the argument of a function that fetches an integer constant.
#[derive(Debug)]
#[repr(C)]
pub struct GetConst {
    /// Filled by the function.
    pub value: c_ulonglong,
    /// Given by the caller; generated functions do not read it.
    pub ctx: *const TypeContext,
    /// Given by the caller; generated functions do not read it.
    pub gindex: c_int,
}

/// Bits of the result of a function that fetches an integer constant.
pub mod constant_result {
    use std::ffi::c_int;

    /// The value is zero or negative: its 64 bits are signed.
    pub const NON_POSITIVE: c_int = 1;
    /// The value is not the one that was declared.
    pub const DISAGREES: c_int = 2;
}

/// `struct _cffi_struct_union_s`
#[derive(Debug)]
#[repr(C)]
pub struct StructUnion {
    /// Its tag, or `$` and the name of the typedef it has instead.
    pub name: *const c_char,
    /// Index in `types` of its `Op::StructUnion`.
    pub type_index: c_int,
    /// See [`StructFlags`].
    pub flags: c_int,
    /// In bytes, or [`unknown::SIZE`], or [`unknown::COMPUTE_SIZE`].
    pub size: usize,
    /// In bytes, or −1 if unknown.
    pub alignment: c_int,
    /// Index in `fields`.
    pub first_field_index: c_int,
    /// Number of fields from there on.
    pub num_fields: c_int,
}

/// Bits of [`StructUnion::flags`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StructFlags(pub c_int);

impl StructFlags {
    /// A union, not a struct.
    pub const UNION: c_int = 0x01;
    /// Fields that are missing or not in the standard layout are an error.
    pub const CHECK_FIELDS: c_int = 0x02;
    /// With [`Self::CHECK_FIELDS`]: the layout is that of a packed struct.
    pub const PACKED: c_int = 0x04;
    /// Declared by an included FFI.
    pub const EXTERNAL: c_int = 0x08;
    /// Without fields.
    pub const OPAQUE: c_int = 0x10;

    /// Returns true if any of `bits` is set.
    #[inline]
    pub const fn has(self, bits: c_int) -> bool {
        self.0 & bits != 0
    }
}

/// `struct _cffi_field_s`
#[derive(Debug)]
#[repr(C)]
pub struct Field {
    /// Its name; empty for an anonymous struct or union.
    pub name: *const c_char,
    /// In bytes, or [`unknown::OFFSET`].
    pub field_offset: usize,
    /// In bytes, or [`unknown::SIZE`]; for an `Op::Bitfield` the number of bits.
    pub field_size: usize,
    /// `Op::Noop` or `Op::Bitfield` with the index of the type.
    pub field_type_op: Opcode,
}

/// Values that stand for a size or an offset that is not known.
pub mod unknown {
    /// No size to check against.
    pub const SIZE: usize = usize::MAX;
    /// The size and the layout are to be computed from the fields.
    pub const COMPUTE_SIZE: usize = usize::MAX - 1;
    /// No offset to check against.
    pub const OFFSET: usize = usize::MAX;
}

/// `struct _cffi_enum_s`
#[derive(Debug)]
#[repr(C)]
pub struct Enum {
    /// Its tag, or `$` and the name of the typedef it has instead.
    pub name: *const c_char,
    /// Index in `types` of its `Op::Enum`.
    pub type_index: c_int,
    /// Number of the primitive type that stores it.
    pub type_prim: c_int,
    /// The names of the enumerators, with commas between them. They are globals as well.
    pub enumerators: *const c_char,
}

/// `struct _cffi_typename_s`
#[derive(Debug)]
#[repr(C)]
pub struct TypeName {
    /// The name that `typedef` gave.
    pub name: *const c_char,
    /// Index in `types`.
    pub type_index: c_int,
}

/// `struct _cffi_externpy_s`: the state of one `extern "Python"` function. The backend writes into the
/// reserved places.
#[derive(Debug)]
#[repr(C)]
pub struct ExternPy {
    /// Its name, as in the global.
    pub name: *const c_char,
    /// In bytes.
    pub size_of_result: usize,
    /// The backend's own.
    pub reserved1: *mut c_void,
    /// The backend's own.
    pub reserved2: *mut c_void,
}
