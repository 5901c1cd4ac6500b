//! The numbers of the primitive types.

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
