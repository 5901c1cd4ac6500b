//! The numbers of the primitive types.

/// Instead of a primitive number: an integer type of a size that no primitive has, or no integer type.
pub const UNKNOWN_PRIM: isize = -1;
/// Instead of a primitive number: a floating-point type that is neither `float` nor `double`.
pub const UNKNOWN_FLOAT_PRIM: isize = -2;
/// Instead of a primitive number: `long double` found where `typedef double... x;` was declared.
pub const UNKNOWN_LONG_DOUBLE: isize = -3;
/// How many primitive types there are; the numbers are `0..NUM_PRIMITIVES`.
pub const NUM_PRIMITIVES: usize = Primitive::ALL.len();

macro_rules! primitives {
    ($($name:ident = $number:literal $c_name:literal,)*) => {
        /// A primitive type, `void` included, by its number in an `Op::Primitive`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Primitive {
            $(#[doc = concat!("`", $c_name, "`")] $name = $number,)*
        }

        impl Primitive {
            /// Every primitive, in the order of the numbers.
            pub const ALL: &'static [Primitive] = &[$(Primitive::$name),*];

            /// The primitive with this number.
            #[inline]
            pub const fn from_number(number: isize) -> Option<Primitive> {
                match number {
                    $($number => Some(Primitive::$name),)*
                    _ => None,
                }
            }

            /// The name that the type has in cffi, which is also the one that its ctype shows.
            pub const fn c_name(self) -> &'static str {
                match self {
                    $(Primitive::$name => $c_name,)*
                }
            }
        }
    };
}

primitives! {
    Void = 0 "void",
    Bool = 1 "_Bool",
    Char = 2 "char",
    SChar = 3 "signed char",
    UChar = 4 "unsigned char",
    Short = 5 "short",
    UShort = 6 "unsigned short",
    Int = 7 "int",
    UInt = 8 "unsigned int",
    Long = 9 "long",
    ULong = 10 "unsigned long",
    LongLong = 11 "long long",
    ULongLong = 12 "unsigned long long",
    Float = 13 "float",
    Double = 14 "double",
    LongDouble = 15 "long double",
    WChar = 16 "wchar_t",
    Int8 = 17 "int8_t",
    UInt8 = 18 "uint8_t",
    Int16 = 19 "int16_t",
    UInt16 = 20 "uint16_t",
    Int32 = 21 "int32_t",
    UInt32 = 22 "uint32_t",
    Int64 = 23 "int64_t",
    UInt64 = 24 "uint64_t",
    IntPtr = 25 "intptr_t",
    UIntPtr = 26 "uintptr_t",
    PtrDiff = 27 "ptrdiff_t",
    Size = 28 "size_t",
    SSize = 29 "ssize_t",
    IntLeast8 = 30 "int_least8_t",
    UIntLeast8 = 31 "uint_least8_t",
    IntLeast16 = 32 "int_least16_t",
    UIntLeast16 = 33 "uint_least16_t",
    IntLeast32 = 34 "int_least32_t",
    UIntLeast32 = 35 "uint_least32_t",
    IntLeast64 = 36 "int_least64_t",
    UIntLeast64 = 37 "uint_least64_t",
    IntFast8 = 38 "int_fast8_t",
    UIntFast8 = 39 "uint_fast8_t",
    IntFast16 = 40 "int_fast16_t",
    UIntFast16 = 41 "uint_fast16_t",
    IntFast32 = 42 "int_fast32_t",
    UIntFast32 = 43 "uint_fast32_t",
    IntFast64 = 44 "int_fast64_t",
    UIntFast64 = 45 "uint_fast64_t",
    IntMax = 46 "intmax_t",
    UIntMax = 47 "uintmax_t",
    FloatComplex = 48 "_cffi_float_complex_t",
    DoubleComplex = 49 "_cffi_double_complex_t",
    Char16 = 50 "char16_t",
    Char32 = 51 "char32_t",
}

impl Primitive {
    /// The number of this primitive in the binary contract.
    #[inline]
    pub const fn number(self) -> isize {
        self as isize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_places_in_the_list() {
        assert_eq!(NUM_PRIMITIVES, 52);
        for (place, &primitive) in Primitive::ALL.iter().enumerate() {
            assert_eq!(primitive as usize, place);
            assert_eq!(Primitive::from_number(primitive.number()), Some(primitive));
        }
        for outside in [UNKNOWN_PRIM, UNKNOWN_FLOAT_PRIM, UNKNOWN_LONG_DOUBLE, 52, isize::MAX] {
            assert_eq!(Primitive::from_number(outside), None);
        }
    }
}
