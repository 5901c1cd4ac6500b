//! C values in memory by the representation of their type: the one place that reads and writes scalars.

use std::ffi::c_char;
use std::marker::PhantomData;

use cffi_call::{LongDouble, longdouble};

use super::Loc;
use crate::ctype::Access;
use crate::value::CData;
use cffi_rt::Obj;

/// The place of a value that has the representation of `T`, of which all bit patterns are values. It need not be aligned.
#[derive(Clone, Copy)]
pub(crate) struct Scalar<'a, T> {
    at: *mut u8,
    memory: PhantomData<(&'a u8, T)>,
}

impl<T: Copy> Scalar<'_, T> {
    /// States that a value of this representation is at the address.
    ///
    /// # Safety
    /// The address is readable, and writable if anything is stored there, for the size of `T`, of which all bit patterns
    /// are values.
    #[inline(always)]
    pub(crate) unsafe fn new(at: *mut u8) -> Self {
        Scalar { at, memory: PhantomData }
    }

    /// Reads the value.
    #[inline(always)]
    pub(crate) fn get(self) -> T {
        // SAFETY: the `Loc` that the place was made from is readable for the size of its type, which is that of `T`.
        unsafe { self.at.cast::<T>().read_unaligned() }
    }

    /// Writes the value.
    #[inline(always)]
    pub(crate) fn set(self, value: T) {
        // SAFETY: the `Loc` that the place was made from is writable for the size of its type, which is that of `T`.
        unsafe { self.at.cast::<T>().write_unaligned(value) }
    }
}

/// The bytes of a `long double`.
pub(crate) type LongDoubleBytes = [u8; longdouble::SIZE];

impl Scalar<'_, LongDoubleBytes> {
    /// Reads a `long double`.
    pub(crate) fn long_double(self) -> LongDouble {
        LongDouble::from_bytes(self.get())
    }

    /// Writes a `long double`.
    pub(crate) fn set_long_double(self, value: LongDouble) {
        self.set(value.to_bytes());
    }
}

impl Scalar<'_, [LongDoubleBytes; 2]> {
    /// Reads the real and the imaginary part.
    pub(crate) fn long_doubles(self) -> [LongDouble; 2] {
        self.get().map(LongDouble::from_bytes)
    }

    /// Writes the real and the imaginary part.
    pub(crate) fn set_long_doubles(self, parts: [LongDouble; 2]) {
        self.set(parts.map(LongDouble::to_bytes));
    }
}

/// Returns the cell for a `char`, which is extended by its sign if it has one.
#[inline(always)]
pub(crate) fn char_cell(byte: u8) -> u64 {
    i64::from(byte as c_char).cast_unsigned()
}

impl Loc<'_> {
    /// Returns a `_BitInt` of at most 64 bits, extended by its type.
    #[cold]
    fn bit_int_cell(self) -> u64 {
        let mut memory = [0; 8];
        self.copy_to(&mut memory);
        self.ct().bit_int().map_or(0, |of| of.extended(u64::from_ne_bytes(memory)))
    }

    /// Returns an integer, a character or a pointer, extended to 64 bits by its type: `char` by its own sign, wide
    /// characters with zeros. Returns 0 for other values.
    pub(crate) fn cell(self) -> u64 {
        match self.typed() {
            Typed::I8(place) => i64::from(place.get()).cast_unsigned(),
            Typed::I16(place) => i64::from(place.get()).cast_unsigned(),
            Typed::I32(place) => i64::from(place.get()).cast_unsigned(),
            Typed::I64(place) => place.get().cast_unsigned(),
            Typed::Char8(place) => char_cell(place.get()),
            Typed::U8(place) | Typed::Bool(place) => place.get().into(),
            Typed::U16(place) | Typed::Char16(place) => place.get().into(),
            Typed::U32(place) | Typed::Char32(place) => place.get().into(),
            Typed::U64(place) => place.get(),
            Typed::Pointer(place) => place.get().expose_provenance() as u64,
            Typed::BitInt => self.bit_int_cell(),
            _ => 0,
        }
    }
}

/// Declares [`Typed`], with a variant for each [`Access`] in the same order: a value with the Rust type that represents
/// it, or without one, for what is no scalar.
macro_rules! representations {
    ($($access:ident $(($T:ty))?,)*) => {
        /// A value in memory, by the representation of its type.
        pub(crate) enum Typed<'a> {
            $($access $((Scalar<'a, $T>))?,)*
        }

        impl<'a> Loc<'a> {
            /// Returns the value by the representation of its type.
            #[inline(always)]
            pub(crate) fn typed(self) -> Typed<'a> {
                match self.ct().access {
                    $(Access::$access => Typed::$access $((place::<$T>(self.at())))?,)*
                }
            }
        }
    };
}

/// Returns the value of an object that is a cdata of a primitive type.
#[inline]
pub(crate) fn primitive(obj: &Obj) -> Option<Typed<'_>> {
    obj.downcast::<CData>().and_then(Loc::of).map(Loc::typed)
}

#[inline(always)]
fn place<'a, T>(at: *mut u8) -> Scalar<'a, T> {
    Scalar { at, memory: PhantomData }
}

/// Declares methods that return the value as a number of one representation, if it has that.
macro_rules! numbers {
    ($($access:ident $name:ident $T:ty;)*) => {
        impl<'a> Loc<'a> {
            $(
                #[inline(always)]
                pub(crate) fn $name(self) -> Option<Scalar<'a, $T>> {
                    (self.ct().access == Access::$access).then(|| place(self.at()))
                }
            )*
        }
    };
}

numbers! {
    I8 i8 i8;
    I16 i16 i16;
    I32 i32 i32;
    I64 i64 i64;
    U8 u8 u8;
    U16 u16 u16;
    U32 u32 u32;
    U64 u64 u64;
    F32 f32 f32;
    F64 f64 f64;
    Pointer pointer *mut u8;
}

representations! {
    I8(i8),
    I16(i16),
    I32(i32),
    I64(i64),
    U8(u8),
    U16(u16),
    U32(u32),
    U64(u64),
    Bool(u8),
    Char8(u8),
    Char16(u16),
    Char32(u32),
    F32(f32),
    F64(f64),
    LongDouble(LongDoubleBytes),
    I128(i128),
    U128(u128),
    F16(u16),
    Bf16(u16),
    F128(u128),
    ComplexLongDouble([LongDoubleBytes; 2]),
    ComplexF32([f32; 2]),
    ComplexF64([f64; 2]),
    ComplexF16([u16; 2]),
    ComplexF128([u128; 2]),
    BitInt,
    Pointer(*mut u8),
    Array,
    OpenArray,
    Aggregate,
    Void,
}
