//! The memory representation of values.

use cffi_types::Codec;

/// The representation of a type's values, which decides how they are read from and written to memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Access {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    Bool,
    Char8,
    Char16,
    Char32,
    F32,
    F64,
    LongDouble,
    I128,
    U128,
    F16,
    Bf16,
    /// binary128, except that of `long double`.
    F128,
    ComplexLongDouble,
    ComplexF32,
    ComplexF64,
    ComplexF16,
    ComplexF128,
    /// `_BitInt(N)`, of any size.
    BitInt,
    /// Data and function pointers.
    Pointer,
    Array,
    OpenArray,
    Aggregate,
    Void,
}

impl Access {
    /// The number of variants.
    pub(crate) const COUNT: usize = Access::Void as usize + 1;
}

impl From<Codec> for Access {
    fn from(codec: Codec) -> Access {
        match codec {
            Codec::I8 => Access::I8,
            Codec::I16 => Access::I16,
            Codec::I32 => Access::I32,
            Codec::I64 => Access::I64,
            Codec::U8 => Access::U8,
            Codec::U16 => Access::U16,
            Codec::U32 => Access::U32,
            Codec::U64 => Access::U64,
            Codec::Bool => Access::Bool,
            Codec::Char8 => Access::Char8,
            Codec::Char16 => Access::Char16,
            Codec::Char32 => Access::Char32,
            Codec::F32 => Access::F32,
            Codec::F64 => Access::F64,
            Codec::LongDouble => Access::LongDouble,
            Codec::I128 => Access::I128,
            Codec::U128 => Access::U128,
            Codec::F16 => Access::F16,
            Codec::Bf16 => Access::Bf16,
            Codec::F128 => Access::F128,
            Codec::ComplexLongDouble => Access::ComplexLongDouble,
            Codec::ComplexF32 => Access::ComplexF32,
            Codec::ComplexF64 => Access::ComplexF64,
            Codec::ComplexF16 => Access::ComplexF16,
            Codec::ComplexF128 => Access::ComplexF128,
        }
    }
}

impl Access {
    /// Returns whether it is a signed integer of at most 64 bits (not a character). Enums with a signed base are included.
    #[inline]
    pub(crate) fn is_signed(self) -> bool {
        matches!(self, Access::I8 | Access::I16 | Access::I32 | Access::I64)
    }

    /// Returns whether it is an unsigned integer of at most 64 bits (not a character). `_Bool` is included.
    #[inline]
    pub(crate) fn is_unsigned(self) -> bool {
        matches!(self, Access::U8 | Access::U16 | Access::U32 | Access::U64 | Access::Bool)
    }

    /// Returns whether it is a signed or unsigned integer or `_Bool`.
    #[inline]
    pub(crate) fn is_integer(self) -> bool {
        self.is_signed() || self.is_unsigned()
    }

    /// Returns whether it is a character.
    #[inline]
    pub(crate) fn is_char(self) -> bool {
        matches!(self, Access::Char8 | Access::Char16 | Access::Char32)
    }

    /// Returns whether it is an integer of 128 bits or a `_BitInt`. [`Access::is_integer`] denies it.
    #[inline]
    pub(crate) fn is_wide_integer(self) -> bool {
        matches!(self, Access::I128 | Access::U128 | Access::BitInt)
    }

    /// Returns whether it is a real floating-point number.
    #[inline]
    pub(crate) fn is_float(self) -> bool {
        matches!(
            self,
            Access::F32 | Access::F64 | Access::LongDouble | Access::F16 | Access::Bf16 | Access::F128
        )
    }

    /// Returns whether it is a floating-point number of more precision than a Python `float` has, which stays a cdata.
    #[inline]
    pub(crate) fn is_precise(self) -> bool {
        matches!(self, Access::LongDouble | Access::F128)
    }

    /// Returns whether it is a primitive whose value, of at most 8 bytes, is a part of the cdata itself.
    #[inline(always)]
    pub(crate) fn is_in_place(self) -> bool {
        (self as u8) <= Access::F64 as u8
    }

    /// Returns whether it is a complex type.
    #[inline]
    pub(crate) fn is_complex(self) -> bool {
        matches!(
            self,
            Access::ComplexF32
                | Access::ComplexF64
                | Access::ComplexF16
                | Access::ComplexF128
                | Access::ComplexLongDouble
        )
    }

    /// Returns whether it is a primitive or an enum.
    #[inline]
    pub(crate) fn is_primitive(self) -> bool {
        !matches!(
            self,
            Access::Pointer | Access::Array | Access::OpenArray | Access::Aggregate | Access::Void
        )
    }
}
