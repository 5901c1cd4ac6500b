//! The numbers of the primitive types.

use cffi_types::Prim;

/// Instead of a primitive number: an integer type of a size that no primitive has, or no integer type.
pub const UNKNOWN_PRIM: isize = -1;
/// Instead of a primitive number: a floating-point type that is neither `float` nor `double`.
pub const UNKNOWN_FLOAT_PRIM: isize = -2;
/// Instead of a primitive number: `long double` found where `typedef double... x;` was declared.
pub const UNKNOWN_LONG_DOUBLE: isize = -3;
/// The number of primitive types; their numbers are `0..NUM_PRIMITIVES`.
pub const NUM_PRIMITIVES: usize = Primitive::ALL.len();

macro_rules! primitives {
    ($($name:ident = $number:literal $c_name:literal $($spelling:literal)?, $kind:ident $measure:ident $(($n:literal))?;)*) => {
        /// A primitive type, `void` included, by its number in an `Op::Primitive`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum Primitive {
            /// `void`
            Void = 0,
            $(#[doc = concat!("`", $c_name, "`")] $name = $number,)*
        }

        impl Primitive {
            /// Every primitive, in the order of the numbers.
            pub const ALL: &'static [Primitive] = &[Primitive::Void, $(Primitive::$name),*];

            /// Returns the primitive with this number.
            #[inline]
            pub const fn from_number(number: isize) -> Option<Primitive> {
                match number {
                    0 => Some(Primitive::Void),
                    $($number => Some(Primitive::$name),)*
                    _ => None,
                }
            }

            /// Returns the name that the type has in cffi, which is also the one that its ctype shows.
            pub const fn c_name(self) -> &'static str {
                match self {
                    Primitive::Void => "void",
                    $(Primitive::$name => $c_name,)*
                }
            }
        }
    };
}

// The numbers and names come from the table of primitive types in `cffi-types`.
cffi_types::stock_primitives!(primitives);

impl Primitive {
    /// Returns the number of this primitive in the binary contract.
    #[inline]
    pub const fn number(self) -> isize {
        self as isize
    }
}

/// Returns the number of a primitive type that type strings know and compiled modules do not, by a name of one word.
///
/// ```
/// assert_eq!(cffi_abi::later_primitive("__int128"), Some(52));
/// assert_eq!(cffi_abi::later_primitive("int"), None);
/// ```
#[must_use]
pub fn later_primitive(name: &str) -> Option<isize> {
    let prim = match name {
        "__int128" | "__int128_t" => Prim::Int128,
        "__uint128_t" => Prim::UInt128,
        "char8_t" => Prim::Char8,
        "_Float16" => Prim::Float16,
        "__bf16" => Prim::Bfloat16,
        "_Float32" => Prim::Float32,
        "_Float64" => Prim::Float64,
        "_Float128" | "__float128" => Prim::Float128,
        "_Float32x" => Prim::Float32x,
        "_Float64x" => Prim::Float64x,
        _ => return None,
    };
    Some(prim as isize)
}

/// Returns the number of the complex type whose parts are of a type from [`later_primitive`].
#[must_use]
pub fn later_complex(number: isize) -> Option<isize> {
    let prim = match Prim::from_number(usize::try_from(number).ok()?)? {
        Prim::Float16 => Prim::Float16Complex,
        Prim::Float32 => Prim::Float32Complex,
        Prim::Float64 => Prim::Float64Complex,
        Prim::Float128 => Prim::Float128Complex,
        Prim::Float32x => Prim::Float32xComplex,
        Prim::Float64x => Prim::Float64xComplex,
        _ => return None,
    };
    Some(prim as isize)
}

/// The number of `unsigned __int128`.
pub const UNSIGNED_INT128: isize = Prim::UInt128 as isize;
/// The number of `long double _Complex`.
pub const LONG_DOUBLE_COMPLEX: isize = Prim::LongDoubleComplex as isize;

/// The numbers of `_BitInt` types, above those of all primitive types: this, and twice the width, and 1 if it is signed.
const BIT_INTS: isize = 256;

/// The largest width that a table can name. A damaged number would else make a variable of four bytes one of a
/// megabyte, which is read whole.
const MOST_BITS: u32 = 1024;

/// Returns the number of a type `_BitInt(bits)`; `None` if there is no such type, or if tables cannot name it.
///
/// ```
/// let number = cffi_abi::bit_int_number(true, 37).expect("small");
/// assert_eq!(cffi_abi::bit_int(number), Some((true, 37)));
/// assert_eq!(cffi_abi::bit_int_number(true, 1), None);
/// ```
#[must_use]
pub fn bit_int_number(signed: bool, bits: u32) -> Option<isize> {
    if bits <= u32::from(signed) || bits > MOST_BITS {
        return None;
    }
    let number = BIT_INTS.checked_add(isize::try_from(bits).ok()?.checked_mul(2)?)? + isize::from(signed);
    Some(number)
}

/// Returns whether the `_BitInt` type with this number is signed, and its width.
#[must_use]
pub fn bit_int(number: isize) -> Option<(bool, u32)> {
    let twice = number.checked_sub(BIT_INTS).filter(|twice| *twice > 0)?;
    let (signed, bits) = (twice & 1 == 1, u32::try_from(twice / 2).ok()?);
    bit_int_number(signed, bits).map(|_| (signed, bits))
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
