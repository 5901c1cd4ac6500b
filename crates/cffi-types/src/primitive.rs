//! The primitive types and their representation on the host.
//!
//! The numbers are those of the `PRIMITIVE` opcode in compiled modules; number 0 is `void`, which has
//! neither size nor codec and is therefore not in the table.

mod host;
mod lookup;

pub use lookup::by_name;

use core::ffi::{
    c_char, c_double, c_float, c_int, c_long, c_longlong, c_schar, c_short, c_uchar, c_uint, c_ulong,
    c_ulonglong, c_ushort,
};

use host::{FAST, LONG_DOUBLE, WCHAR};

/// How the value of a primitive type is loaded from and stored to memory.
///
/// A codec depends on representation only: `int` and `int32_t` are different types with one codec.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
#[repr(u8)]
pub enum Codec {
    /// 8-bit two's complement integer.
    I8,
    /// 16-bit two's complement integer.
    I16,
    /// 32-bit two's complement integer.
    I32,
    /// 64-bit two's complement integer.
    I64,
    /// 8-bit unsigned integer.
    U8,
    /// 16-bit unsigned integer.
    U16,
    /// 32-bit unsigned integer.
    U32,
    /// 64-bit unsigned integer.
    U64,
    /// `_Bool`: one byte, 0 or 1.
    Bool,
    /// One byte of text (`char`).
    Char8,
    /// One UTF-16 code unit.
    Char16,
    /// One code point.
    Char32,
    /// IEEE 754 binary32.
    F32,
    /// IEEE 754 binary64.
    F64,
    /// The C compiler's `long double`; its format depends on the target, [`Primitive::size`] tells its size.
    LongDouble,
    /// Real and imaginary part, each binary32.
    ComplexF32,
    /// Real and imaginary part, each binary64.
    ComplexF64,
}

impl Codec {
    /// The codec of an integer of `size` bytes, or `None` where no primitive has that size.
    #[must_use]
    pub const fn integer(size: usize, signed: bool) -> Option<Codec> {
        Some(match (size, signed) {
            (1, true) => Codec::I8,
            (2, true) => Codec::I16,
            (4, true) => Codec::I32,
            (8, true) => Codec::I64,
            (1, false) => Codec::U8,
            (2, false) => Codec::U16,
            (4, false) => Codec::U32,
            (8, false) => Codec::U64,
            _ => return None,
        })
    }
}

/// What a primitive type is in C, apart from its size.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum PrimKind {
    /// Signed integer.
    Signed,
    /// Unsigned integer other than `_Bool`.
    Unsigned,
    /// `_Bool`.
    Bool,
    /// Text: `char`, `wchar_t`, `char16_t`, `char32_t`.
    Char,
    /// `float` or `double`.
    Float,
    /// `long double`.
    LongDouble,
    /// `float _Complex` or `double _Complex`.
    Complex,
}

/// One primitive type on the host.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Primitive {
    /// The name that the type is created by and printed with.
    pub name: &'static str,
    /// Number in the `PRIMITIVE` opcode, 1..=51.
    pub number: u8,
    /// What it is in C.
    pub kind: PrimKind,
    /// Size in bytes.
    pub size: u8,
    /// Alignment in bytes as a struct member, which on i386 is less than the preferred alignment.
    pub align: u8,
    /// How a value is loaded and stored.
    pub codec: Codec,
    /// True only for `wchar_t`, on hosts where it is a signed type.
    pub signed_wchar: bool,
}

impl Primitive {
    const fn new(number: u8, name: &'static str, kind: PrimKind, size: usize, align: usize) -> Primitive {
        // No C type here is larger than 32 bytes, so the narrowing is exact.
        Primitive {
            name,
            number,
            kind,
            size: size as u8,
            align: align as u8,
            codec: codec_of(kind, size),
            signed_wchar: false,
        }
    }

    /// Whether the type is an integer in the sense of C, text types included.
    #[must_use]
    pub const fn is_integer(&self) -> bool {
        matches!(self.kind, PrimKind::Signed | PrimKind::Unsigned | PrimKind::Bool | PrimKind::Char)
    }
}

/// Evaluated at compile time only, so that a host with an unforeseen size does not build.
const fn codec_of(kind: PrimKind, size: usize) -> Codec {
    let codec = match (kind, size) {
        (PrimKind::Signed, _) => Codec::integer(size, true),
        (PrimKind::Unsigned, _) => Codec::integer(size, false),
        (PrimKind::Bool, 1) => Some(Codec::Bool),
        (PrimKind::Char, 1) => Some(Codec::Char8),
        (PrimKind::Char, 2) => Some(Codec::Char16),
        (PrimKind::Char, 4) => Some(Codec::Char32),
        (PrimKind::Float, 4) => Some(Codec::F32),
        (PrimKind::Float, 8) => Some(Codec::F64),
        (PrimKind::LongDouble, _) => Some(Codec::LongDouble),
        (PrimKind::Complex, 8) => Some(Codec::ComplexF32),
        (PrimKind::Complex, 16) => Some(Codec::ComplexF64),
        _ => None,
    };
    match codec {
        Some(codec) => codec,
        None => panic!("a primitive type of this host has an unsupported size"),
    }
}

macro_rules! primitive {
    ($number:literal, $name:literal, $kind:ident, $rust:ty) => {
        Primitive::new($number, $name, PrimKind::$kind, size_of::<$rust>(), align_of::<$rust>())
    };
}

/// All primitive types of the host in number order: entry `i` has number `i + 1`.
pub static PRIMITIVES: [Primitive; COUNT] = TABLE;

/// How many primitive types there are, `void` not counted.
pub const COUNT: usize = 51;

const TABLE: [Primitive; COUNT] = [
    primitive!(1, "_Bool", Bool, bool),
    primitive!(2, "char", Char, c_char),
    primitive!(3, "signed char", Signed, c_schar),
    primitive!(4, "unsigned char", Unsigned, c_uchar),
    primitive!(5, "short", Signed, c_short),
    primitive!(6, "unsigned short", Unsigned, c_ushort),
    primitive!(7, "int", Signed, c_int),
    primitive!(8, "unsigned int", Unsigned, c_uint),
    primitive!(9, "long", Signed, c_long),
    primitive!(10, "unsigned long", Unsigned, c_ulong),
    primitive!(11, "long long", Signed, c_longlong),
    primitive!(12, "unsigned long long", Unsigned, c_ulonglong),
    primitive!(13, "float", Float, c_float),
    primitive!(14, "double", Float, c_double),
    Primitive::new(15, "long double", PrimKind::LongDouble, LONG_DOUBLE.0, LONG_DOUBLE.1),
    Primitive { signed_wchar: WCHAR.1, ..Primitive::new(16, "wchar_t", PrimKind::Char, WCHAR.0, WCHAR.0) },
    primitive!(17, "int8_t", Signed, i8),
    primitive!(18, "uint8_t", Unsigned, u8),
    primitive!(19, "int16_t", Signed, i16),
    primitive!(20, "uint16_t", Unsigned, u16),
    primitive!(21, "int32_t", Signed, i32),
    primitive!(22, "uint32_t", Unsigned, u32),
    primitive!(23, "int64_t", Signed, i64),
    primitive!(24, "uint64_t", Unsigned, u64),
    primitive!(25, "intptr_t", Signed, isize),
    primitive!(26, "uintptr_t", Unsigned, usize),
    primitive!(27, "ptrdiff_t", Signed, isize),
    primitive!(28, "size_t", Unsigned, usize),
    primitive!(29, "ssize_t", Signed, isize),
    primitive!(30, "int_least8_t", Signed, i8),
    primitive!(31, "uint_least8_t", Unsigned, u8),
    primitive!(32, "int_least16_t", Signed, i16),
    primitive!(33, "uint_least16_t", Unsigned, u16),
    primitive!(34, "int_least32_t", Signed, i32),
    primitive!(35, "uint_least32_t", Unsigned, u32),
    primitive!(36, "int_least64_t", Signed, i64),
    primitive!(37, "uint_least64_t", Unsigned, u64),
    Primitive::new(38, "int_fast8_t", PrimKind::Signed, FAST[0], FAST[0]),
    Primitive::new(39, "uint_fast8_t", PrimKind::Unsigned, FAST[0], FAST[0]),
    Primitive::new(40, "int_fast16_t", PrimKind::Signed, FAST[1], FAST[1]),
    Primitive::new(41, "uint_fast16_t", PrimKind::Unsigned, FAST[1], FAST[1]),
    Primitive::new(42, "int_fast32_t", PrimKind::Signed, FAST[2], FAST[2]),
    Primitive::new(43, "uint_fast32_t", PrimKind::Unsigned, FAST[2], FAST[2]),
    primitive!(44, "int_fast64_t", Signed, i64),
    primitive!(45, "uint_fast64_t", Unsigned, u64),
    primitive!(46, "intmax_t", Signed, i64),
    primitive!(47, "uintmax_t", Unsigned, u64),
    primitive!(48, "_cffi_float_complex_t", Complex, [c_float; 2]),
    primitive!(49, "_cffi_double_complex_t", Complex, [c_double; 2]),
    primitive!(50, "char16_t", Char, u16),
    primitive!(51, "char32_t", Char, u32),
];

/// The primitive type with this opcode number; `None` for 0 (`void`) and for numbers above 51.
#[must_use]
pub fn by_number(number: usize) -> Option<&'static Primitive> {
    PRIMITIVES.get(number.checked_sub(1)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_follow_positions() {
        for (index, primitive) in PRIMITIVES.iter().enumerate() {
            assert_eq!(usize::from(primitive.number), index + 1, "{}", primitive.name);
            assert_eq!(by_number(index + 1), Some(primitive));
        }
        assert_eq!(by_number(0), None);
        assert_eq!(by_number(COUNT + 1), None);
        assert_eq!(by_number(usize::MAX), None);
    }

    #[test]
    fn sizes_are_multiples_of_alignments() {
        for p in &PRIMITIVES {
            assert!(p.align.is_power_of_two() && p.size % p.align == 0, "{p:?}");
        }
    }

    #[test]
    fn fixed_sizes() {
        let size = |name| by_name(name).map(|p| p.size);
        assert_eq!(size("int8_t"), Some(1));
        assert_eq!(size("uint_least16_t"), Some(2));
        assert_eq!(size("char32_t"), Some(4));
        assert_eq!(size("long long"), Some(8));
        assert_eq!(size("_cffi_double_complex_t"), Some(16));
        assert_eq!(size("size_t").map(usize::from), Some(size_of::<usize>()));
    }

    #[test]
    fn only_wchar_may_be_a_signed_text_type() {
        for p in PRIMITIVES.iter().filter(|p| p.signed_wchar) {
            assert_eq!(p.name, "wchar_t");
        }
    }

    #[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", target_pointer_width = "64"))]
    #[test]
    fn linux_x86_64() {
        let facts = |name| by_name(name).map(|p| (p.size, p.align, p.codec));
        assert_eq!(facts("long"), Some((8, 8, Codec::I64)));
        assert_eq!(facts("long double"), Some((16, 16, Codec::LongDouble)));
        assert_eq!(facts("wchar_t"), Some((4, 4, Codec::Char32)));
        assert_eq!(facts("int_fast8_t"), Some((1, 1, Codec::I8)));
        assert_eq!(facts("uint_fast16_t"), Some((8, 8, Codec::U64)));
        assert_eq!(facts("_cffi_float_complex_t"), Some((8, 4, Codec::ComplexF32)));
        assert_eq!(by_name("wchar_t").map(|p| p.signed_wchar), Some(true));
    }
}
