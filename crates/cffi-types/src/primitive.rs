//! The primitive types, for any target ([`Prim`]) and, with their codecs, for the host ([`PRIMITIVES`]).
//!
//! Both follow from one table in `table.rs`. The numbers are those of the `PRIMITIVE` opcode in compiled modules;
//! number 0 is `void`, which has neither size nor codec and is therefore not in the table. [`PRIMITIVES`] contains the
//! types that the stock cffi knows; the host's other types are found by number and by name only.

mod lookup;
mod table;

pub use lookup::by_name;
pub use table::{Class, Prim};

use crate::target::Target;

/// The representation of a primitive type in memory, by which values are loaded and stored.
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
    /// The C compiler's `long double`. Its format depends on the target, and [`Primitive::size`] is its size.
    LongDouble,
    /// 128-bit two's complement integer.
    I128,
    /// 128-bit unsigned integer.
    U128,
    /// IEEE 754 binary16.
    F16,
    /// The upper half of a binary32.
    Bf16,
    /// IEEE 754 binary128, where that is not the format of `long double`.
    F128,
    /// Real and imaginary part, each a `long double`.
    ComplexLongDouble,
    /// Real and imaginary part, each binary32.
    ComplexF32,
    /// Real and imaginary part, each binary64.
    ComplexF64,
    /// Real and imaginary part, each binary16.
    ComplexF16,
    /// Real and imaginary part, each binary128, where that is not the format of `long double`.
    ComplexF128,
}

impl Codec {
    /// Returns the codec of an integer of `size` bytes, or `None` if no primitive type has that size.
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
            (16, true) => Codec::I128,
            (16, false) => Codec::U128,
            _ => return None,
        })
    }
}

/// The kind of a primitive type in C, apart from its size.
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
    /// The name by which the type is created and printed.
    pub name: &'static str,
    /// The number in the `PRIMITIVE` opcode, 1..=51; larger for types that compiled modules do not know.
    pub number: u8,
    /// The kind of the type in C.
    pub kind: PrimKind,
    /// Size in bytes.
    pub size: u8,
    /// Alignment in bytes as a struct member, which on i386 is less than the preferred alignment.
    pub align: u8,
    /// The codec of its values.
    pub codec: Codec,
    /// True only for `wchar_t`, on hosts where it is a signed type.
    pub signed_wchar: bool,
}

impl Primitive {
    /// Describes a type of the host. This runs at compile time only, so that a host with an unforeseen size does not
    /// build.
    const fn on_host(prim: Prim) -> Primitive {
        match Primitive::if_on_host(prim) {
            Some(primitive) => primitive,
            None => panic!(
                "the host lacks a primitive type that every C compiler has, or its size is unsupported"
            ),
        }
    }

    /// Describes a type of the host; `None` if there is none, or if its values have no codec.
    const fn if_on_host(prim: Prim) -> Option<Primitive> {
        let Some(scalar) = prim.scalar(&Target::HOST) else { return None };
        let Some(codec) = prim.codec(&Target::HOST) else { return None };
        Some(Primitive {
            name: prim.name(),
            number: prim as u8,
            kind: prim.kind(),
            size: scalar.size,
            align: scalar.align,
            codec,
            signed_wchar: matches!(prim, Prim::WChar) && Target::HOST.wchar_signed,
        })
    }

    /// Returns whether the type is an integer in the sense of C, which includes text types.
    #[must_use]
    pub const fn is_integer(&self) -> bool {
        matches!(self.kind, PrimKind::Signed | PrimKind::Unsigned | PrimKind::Bool | PrimKind::Char)
    }
}

/// All primitive types of the host in number order: entry `i` has number `i + 1`.
pub static PRIMITIVES: [Primitive; COUNT] = TABLE;

/// The number of primitive types that have numbers in compiled modules, without `void`.
pub const COUNT: usize = 51;

const TABLE: [Primitive; COUNT] = {
    let mut table = [Primitive::on_host(Prim::Bool); COUNT];
    let mut i = 0;
    while i < COUNT {
        table[i] = Primitive::on_host(Prim::ALL[i]);
        i += 1;
    }
    table
};

/// The number of all primitive types, without `void`.
pub const ALL_COUNT: usize = Prim::ALL.len();

/// The types that the stock cffi does not know: entry `i` has number `COUNT + 1 + i`.
static OTHERS: [Option<Primitive>; ALL_COUNT - COUNT] = OTHER_TABLE;

const OTHER_TABLE: [Option<Primitive>; ALL_COUNT - COUNT] = {
    let mut table = [None; ALL_COUNT - COUNT];
    let mut i = 0;
    while i < table.len() {
        table[i] = Primitive::if_on_host(Prim::ALL[COUNT + i]);
        i += 1;
    }
    table
};

/// Returns the primitive type with this number; `None` for 0 (`void`), for numbers above [`ALL_COUNT`], and for types
/// that the host does not have or whose values cannot be converted.
#[must_use]
pub fn by_number(number: usize) -> Option<&'static Primitive> {
    let index = number.checked_sub(1)?;
    match PRIMITIVES.get(index) {
        Some(primitive) => Some(primitive),
        None => OTHERS.get(index - COUNT)?.as_ref(),
    }
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
        assert_eq!(by_number(ALL_COUNT + 1), None);
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
