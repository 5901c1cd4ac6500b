//! The table of primitive types.
//!
//! A row gives the name, the kind and the source of the size of a type. The enum [`Prim`], the numbers in compiled
//! modules, the sizes on any [`Target`] and the host's table all follow from it.

use crate::target::{FloatFormat, Scalar, Target};

use super::{Codec, PrimKind};

/// The source of the size and alignment of a primitive type.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
enum Measure {
    /// A fixed number of bytes, with equal alignment unless the target aligns its `long long` to fewer bytes.
    Bytes(u8),
    Short,
    Int,
    Long,
    LongLong,
    Pointer,
    /// `int_fast8_t`, `int_fast16_t` or `int_fast32_t`, by the index in [`Target::fast`].
    Fast(u8),
    Wchar,
    Int128,
    Half,
    Bfloat,
    Single,
    Double,
    LongDouble,
    /// `_Float64x`: the widest of the processor's formats.
    Wide,
    Quad,
}

/// The class of the values of a primitive type on one target.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Class {
    /// `_Bool`: 0 or 1.
    Bool,
    /// Text: a byte, a UTF-16 code unit or a code point.
    Char {
        /// Whether C treats it as a signed number.
        signed: bool,
    },
    /// An integer.
    Integer {
        /// Whether it is signed.
        signed: bool,
    },
    /// A real floating-point number.
    Float(FloatFormat),
    /// A complex number: real part, then imaginary part.
    Complex(FloatFormat),
}

struct Row {
    prim: Prim,
    name: &'static str,
    spelling: &'static str,
    kind: PrimKind,
    measure: Measure,
}

macro_rules! rows {
    ($($prim:ident = $number:literal $name:literal $($spelling:literal)?, $kind:ident $measure:ident $(($n:literal))?;)*) => {
        /// A primitive type of C, on any target. The number of a variant that the stock cffi knows is the number in the
        /// `PRIMITIVE` opcode of compiled modules; number 0 is reserved for `void`.
        #[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Hash)]
        #[repr(u8)]
        pub enum Prim {
            $(#[doc = concat!("`", $name, "`")] $prim = $number,)*
        }

        const ROWS: &[Row] = &[$(Row {
            prim: Prim::$prim,
            name: $name,
            spelling: rows!(@spelling $name $($spelling)?),
            kind: PrimKind::$kind,
            measure: Measure::$measure $(($n))?,
        },)*];

        impl Prim {
            /// Every primitive type, in the order of the numbers.
            pub const ALL: &'static [Prim] = &[$(Prim::$prim),*];
        }
    };
    (@spelling $name:literal) => { $name };
    (@spelling $name:literal $spelling:literal) => { $spelling };
}

/// Passes the rows of the primitive types that have numbers in compiled modules to a macro: name of the variant,
/// number, cffi's name, C's spelling if it differs, kind and measure.
///
/// ```
/// macro_rules! count {
///     ($($prim:ident = $number:literal $name:literal $($spelling:literal)?, $kind:ident $measure:ident $(($n:literal))?;)*) => {
///         [$($number),*].len()
///     };
/// }
/// assert_eq!(cffi_types::stock_primitives!(count), 51);
/// ```
#[macro_export]
macro_rules! stock_primitives {
    ($callback:ident) => {
        $callback! {
            Bool = 1 "_Bool", Bool Bytes(1);
            Char = 2 "char", Char Bytes(1);
            SChar = 3 "signed char", Signed Bytes(1);
            UChar = 4 "unsigned char", Unsigned Bytes(1);
            Short = 5 "short", Signed Short;
            UShort = 6 "unsigned short", Unsigned Short;
            Int = 7 "int", Signed Int;
            UInt = 8 "unsigned int", Unsigned Int;
            Long = 9 "long", Signed Long;
            ULong = 10 "unsigned long", Unsigned Long;
            LongLong = 11 "long long", Signed LongLong;
            ULongLong = 12 "unsigned long long", Unsigned LongLong;
            Float = 13 "float", Float Single;
            Double = 14 "double", Float Double;
            LongDouble = 15 "long double", LongDouble LongDouble;
            WChar = 16 "wchar_t", Char Wchar;
            Int8 = 17 "int8_t", Signed Bytes(1);
            UInt8 = 18 "uint8_t", Unsigned Bytes(1);
            Int16 = 19 "int16_t", Signed Bytes(2);
            UInt16 = 20 "uint16_t", Unsigned Bytes(2);
            Int32 = 21 "int32_t", Signed Bytes(4);
            UInt32 = 22 "uint32_t", Unsigned Bytes(4);
            Int64 = 23 "int64_t", Signed Bytes(8);
            UInt64 = 24 "uint64_t", Unsigned Bytes(8);
            IntPtr = 25 "intptr_t", Signed Pointer;
            UIntPtr = 26 "uintptr_t", Unsigned Pointer;
            PtrDiff = 27 "ptrdiff_t", Signed Pointer;
            Size = 28 "size_t", Unsigned Pointer;
            SSize = 29 "ssize_t", Signed Pointer;
            IntLeast8 = 30 "int_least8_t", Signed Bytes(1);
            UIntLeast8 = 31 "uint_least8_t", Unsigned Bytes(1);
            IntLeast16 = 32 "int_least16_t", Signed Bytes(2);
            UIntLeast16 = 33 "uint_least16_t", Unsigned Bytes(2);
            IntLeast32 = 34 "int_least32_t", Signed Bytes(4);
            UIntLeast32 = 35 "uint_least32_t", Unsigned Bytes(4);
            IntLeast64 = 36 "int_least64_t", Signed Bytes(8);
            UIntLeast64 = 37 "uint_least64_t", Unsigned Bytes(8);
            IntFast8 = 38 "int_fast8_t", Signed Fast(0);
            UIntFast8 = 39 "uint_fast8_t", Unsigned Fast(0);
            IntFast16 = 40 "int_fast16_t", Signed Fast(1);
            UIntFast16 = 41 "uint_fast16_t", Unsigned Fast(1);
            IntFast32 = 42 "int_fast32_t", Signed Fast(2);
            UIntFast32 = 43 "uint_fast32_t", Unsigned Fast(2);
            IntFast64 = 44 "int_fast64_t", Signed Bytes(8);
            UIntFast64 = 45 "uint_fast64_t", Unsigned Bytes(8);
            IntMax = 46 "intmax_t", Signed Bytes(8);
            UIntMax = 47 "uintmax_t", Unsigned Bytes(8);
            FloatComplex = 48 "_cffi_float_complex_t" "float _Complex", Complex Single;
            DoubleComplex = 49 "_cffi_double_complex_t" "double _Complex", Complex Double;
            Char16 = 50 "char16_t", Char Bytes(2);
            Char32 = 51 "char32_t", Char Bytes(4);
        }
    };
}

macro_rules! all_rows {
    ($($stock:tt)*) => {
        rows! {
            $($stock)*
            // The following types are unknown to the stock cffi; compiled modules have no numbers for them.
            Int128 = 52 "__int128", Signed Int128;
            UInt128 = 53 "unsigned __int128", Unsigned Int128;
            Char8 = 54 "char8_t", Unsigned Bytes(1);
            Float16 = 55 "_Float16", Float Half;
            Bfloat16 = 56 "__bf16", Float Bfloat;
            Float32 = 57 "_Float32", Float Single;
            Float64 = 58 "_Float64", Float Double;
            Float128 = 59 "_Float128", Float Quad;
            Float32x = 60 "_Float32x", Float Double;
            Float64x = 61 "_Float64x", Float Wide;
            LongDoubleComplex = 62 "long double _Complex", Complex LongDouble;
            Float16Complex = 63 "_Float16 _Complex", Complex Half;
            Float32Complex = 64 "_Float32 _Complex", Complex Single;
            Float64Complex = 65 "_Float64 _Complex", Complex Double;
            Float128Complex = 66 "_Float128 _Complex", Complex Quad;
            Float32xComplex = 67 "_Float32x _Complex", Complex Double;
            Float64xComplex = 68 "_Float64x _Complex", Complex Wide;
        }
    };
}

stock_primitives!(all_rows);

impl Prim {
    /// The integer types that standard C spells with keywords, from `_Bool` to `unsigned long long`.
    pub const KEYWORD_INTEGERS: &'static [Prim] = Prim::ALL.split_at(Prim::ULongLong as usize).0;

    /// Returns the primitive type with this number.
    #[must_use]
    pub const fn from_number(number: usize) -> Option<Prim> {
        if number == 0 || number > ROWS.len() {
            return None;
        }
        Some(ROWS[number - 1].prim)
    }

    const fn row(self) -> &'static Row {
        &ROWS[self as usize - 1]
    }

    /// Returns the name by which cffi creates and prints the type.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// Returns the C spelling of the type, which differs from [`Prim::name`] for cffi's complex types.
    #[must_use]
    pub const fn spelling(self) -> &'static str {
        self.row().spelling
    }

    /// Returns the kind of the type, which does not depend on the target.
    #[must_use]
    pub const fn kind(self) -> PrimKind {
        self.row().kind
    }

    /// Returns the class of the type's values on a target.
    #[must_use]
    pub const fn class(self, target: &Target) -> Class {
        match self.row().kind {
            PrimKind::Bool => Class::Bool,
            PrimKind::Char => Class::Char {
                signed: match self {
                    Prim::Char => target.char_signed,
                    Prim::WChar => target.wchar_signed,
                    _ => false,
                },
            },
            PrimKind::Signed => Class::Integer { signed: true },
            PrimKind::Unsigned => Class::Integer { signed: false },
            PrimKind::Float | PrimKind::LongDouble => Class::Float(self.format(target)),
            PrimKind::Complex => Class::Complex(self.format(target)),
        }
    }

    /// Returns whether the type is an integer in the sense of C, which includes `_Bool` and text types.
    #[must_use]
    pub const fn is_integer(self) -> bool {
        matches!(self.kind(), PrimKind::Signed | PrimKind::Unsigned | PrimKind::Bool | PrimKind::Char)
    }

    /// Returns the format of a floating-point type or of the parts of a complex one.
    const fn format(self, target: &Target) -> FloatFormat {
        match self.row().measure {
            Measure::Half => FloatFormat::Half,
            Measure::Bfloat => FloatFormat::Bfloat,
            Measure::Single => FloatFormat::Single,
            Measure::LongDouble => target.long_double_format,
            Measure::Wide if matches!(target.long_double_format, FloatFormat::X87) => FloatFormat::X87,
            Measure::Wide | Measure::Quad => FloatFormat::Quad,
            _ => FloatFormat::Double,
        }
    }

    /// Returns the size and alignment on a target; `None` if the target has no such type.
    #[must_use]
    pub const fn scalar(self, target: &Target) -> Option<Scalar> {
        let scalar = match self.row().measure {
            Measure::Bytes(8) => target.long_long,
            Measure::Bytes(n) => Scalar::natural(n),
            Measure::Short => target.short,
            Measure::Int => target.int,
            Measure::Long => target.long,
            Measure::LongLong => target.long_long,
            Measure::Pointer => target.pointer,
            Measure::Fast(i) => Scalar::natural(target.fast[i as usize]),
            Measure::Wchar => Scalar::natural(target.wchar_size),
            Measure::Half | Measure::Bfloat => Scalar::natural(2),
            Measure::Single => target.float,
            Measure::Double => target.double,
            Measure::LongDouble => target.long_double,
            Measure::Int128 => match target.int128 {
                Some(scalar) => scalar,
                None => return None,
            },
            Measure::Wide if matches!(target.long_double_format, FloatFormat::X87) => target.long_double,
            Measure::Wide | Measure::Quad => match target.float128 {
                Some(scalar) => scalar,
                None => return None,
            },
        };
        Some(match self.row().kind {
            PrimKind::Complex => Scalar::new(scalar.size * 2, scalar.align),
            _ => scalar,
        })
    }

    /// Returns the codec of the type's values on a target, if there is one.
    #[must_use]
    pub const fn codec(self, target: &Target) -> Option<Codec> {
        let Some(Scalar { size, .. }) = self.scalar(target) else { return None };
        match (self.row().kind, size) {
            (PrimKind::Signed, _) => Codec::integer(size as usize, true),
            (PrimKind::Unsigned, _) => Codec::integer(size as usize, false),
            (PrimKind::Bool, 1) => Some(Codec::Bool),
            (PrimKind::Char, 1) => Some(Codec::Char8),
            (PrimKind::Char, 2) => Some(Codec::Char16),
            (PrimKind::Char, 4) => Some(Codec::Char32),
            (PrimKind::LongDouble, _) => Some(Codec::LongDouble),
            (PrimKind::Float, _) => match self.format(target) {
                FloatFormat::Half => Some(Codec::F16),
                FloatFormat::Bfloat => Some(Codec::Bf16),
                FloatFormat::Single => Some(Codec::F32),
                FloatFormat::Double => Some(Codec::F64),
                // `long double` may have this format too, but its values lose what a `double` does not keep.
                FloatFormat::Quad => Some(Codec::F128),
                format if format as u8 == target.long_double_format as u8 => Some(Codec::LongDouble),
                _ => None,
            },
            (PrimKind::Complex, _) => match self.format(target) {
                FloatFormat::Single => Some(Codec::ComplexF32),
                FloatFormat::Double => Some(Codec::ComplexF64),
                format if format as u8 == target.long_double_format as u8 => Some(Codec::ComplexLongDouble),
                FloatFormat::Half => Some(Codec::ComplexF16),
                FloatFormat::Quad => Some(Codec::ComplexF128),
                _ => None,
            },
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_the_places_in_the_table() {
        for (index, &prim) in Prim::ALL.iter().enumerate() {
            assert_eq!(prim as usize, index + 1);
            assert_eq!(Prim::from_number(index + 1), Some(prim));
        }
        assert_eq!(Prim::from_number(0), None);
        assert_eq!(Prim::from_number(Prim::ALL.len() + 1), None);
    }

    #[test]
    fn names_differ() {
        let names: std::collections::HashSet<_> = Prim::ALL.iter().map(|p| p.name()).collect();
        assert_eq!(names.len(), Prim::ALL.len());
    }

    #[test]
    fn sizes_follow_the_target() {
        let size = |prim: Prim, target: &Target| prim.scalar(target).map(|s| (s.size, s.align));
        let windows = Target::x86_64_windows_msvc();
        let i686 = Target::i686_linux_gnu();
        let linux = Target::x86_64_linux_gnu();
        assert_eq!(size(Prim::Long, &linux), Some((8, 8)));
        assert_eq!(size(Prim::Long, &windows), Some((4, 4)));
        assert_eq!(size(Prim::WChar, &windows), Some((2, 2)));
        assert_eq!(size(Prim::Int64, &i686), Some((8, 4)));
        assert_eq!(size(Prim::DoubleComplex, &i686), Some((16, 4)));
        assert_eq!(size(Prim::LongDoubleComplex, &i686), Some((24, 4)));
        assert_eq!(size(Prim::Int128, &i686), None);
        assert_eq!(size(Prim::Int128, &linux), Some((16, 16)));
        assert_eq!(Prim::Char.class(&Target::aarch64_linux_gnu()), Class::Char { signed: false });
        assert_eq!(Prim::Float64x.class(&linux), Class::Float(FloatFormat::X87));
        assert_eq!(Prim::Float64x.class(&Target::aarch64_linux_gnu()), Class::Float(FloatFormat::Quad));
    }

    #[test]
    fn sizes_are_multiples_of_alignments() {
        for target in [Target::x86_64_linux_gnu(), Target::i686_linux_gnu(), Target::s390x_linux_gnu()] {
            for scalar in Prim::ALL.iter().filter_map(|p| p.scalar(&target)) {
                assert!(scalar.align.is_power_of_two() && scalar.size % scalar.align == 0, "{scalar:?}");
            }
        }
    }
}
