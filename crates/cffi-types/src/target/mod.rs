//! The data model of a platform, as a value.
//!
//! A [`Target`] contains all sizes, alignments and layout rules that a C front end needs. It does not depend on the
//! machine that runs this code, so the declarations for any platform can be read on any other. Only [`Target::HOST`]
//! depends on the machine that the crate was compiled for.
//!
//! Sources: the processor supplement (psABI) of each platform, Microsoft's and Apple's documentation, and the output of
//! gcc and clang.

mod host;
mod models;
mod triple;

pub use triple::UnknownTriple;

/// A processor family. Families differ in data layout or calling conventions.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Arch {
    /// 64-bit x86.
    X86_64,
    /// 32-bit x86.
    X86,
    /// 64-bit Arm.
    Aarch64,
    /// 32-bit Arm.
    Arm,
    /// 64-bit RISC-V.
    Riscv64,
    /// 32-bit RISC-V.
    Riscv32,
    /// IBM Z in 64-bit mode.
    S390x,
    /// 64-bit POWER, either byte order.
    Powerpc64,
    /// 64-bit LoongArch.
    Loongarch64,
    /// Any other processor.
    Other,
}

/// An operating system. Systems differ in data layout or calling conventions.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Os {
    /// Linux, Android included.
    Linux,
    /// macOS, iOS and their relatives.
    Apple,
    /// Windows.
    Windows,
    /// FreeBSD, NetBSD, OpenBSD, DragonFly.
    Bsd,
    /// Any other system.
    Other,
}

/// The C library or compiler family that a platform is used with.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum Env {
    /// The GNU C library on Linux, MinGW on Windows.
    Gnu,
    /// musl.
    Musl,
    /// Microsoft Visual C++.
    Msvc,
    /// Android's C library.
    Android,
    /// The C library that belongs to the system.
    Native,
}

/// Size and alignment of a scalar type, in bytes.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub struct Scalar {
    /// The size, as `sizeof` gives it.
    pub size: u8,
    /// The alignment as a member of a struct, as `_Alignof` gives it.
    pub align: u8,
}

impl Scalar {
    /// Makes a scalar with this size and alignment.
    #[must_use]
    pub const fn new(size: u8, align: u8) -> Scalar {
        Scalar { size, align }
    }

    /// Makes a scalar that is aligned to its size.
    #[must_use]
    pub const fn natural(size: u8) -> Scalar {
        Scalar { size, align: size }
    }
}

/// The representation of a floating-point number.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum FloatFormat {
    /// IEEE 754 binary16.
    Half,
    /// bfloat16: the upper half of a binary32.
    Bfloat,
    /// IEEE 754 binary32.
    Single,
    /// IEEE 754 binary64.
    Double,
    /// The 80-bit format of the x87, padded.
    X87,
    /// IEEE 754 binary128.
    Quad,
    /// IBM's pair of doubles.
    DoubleDouble,
}

/// The rules by which the members of a struct are placed.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum RecordRules {
    /// System V: a bit-field starts at the next free bit, unless it would cross a boundary of its type.
    /// Unnamed bit-fields do not raise the alignment of the struct.
    SystemV,
    /// Arm's procedure call standards: like [`RecordRules::SystemV`], but unnamed bit-fields and those of width 0 raise
    /// the alignment of the struct too.
    Arm,
    /// Visual C++: a bit-field takes a whole unit of its type, which following bit-fields of types of equal
    /// size share.
    Msvc,
}

/// The definition of `va_list`.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub enum VaList {
    /// `char *`.
    CharPointer,
    /// `void *`.
    VoidPointer,
    /// An array of one struct of 24 bytes (System V x86-64).
    SystemV64,
    /// A struct of 32 bytes (AAPCS64).
    Aapcs64,
    /// A struct that holds one `void *` (AAPCS).
    Aapcs32,
    /// An array of one struct of 32 bytes (s390x).
    S390x,
}

/// The data model of a platform.
///
/// The fields are public so that an unusual platform can be described: take the value of the nearest constructor and
/// change the fields that differ.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub struct Target {
    /// Processor family.
    pub arch: Arch,
    /// Operating system.
    pub os: Os,
    /// C library or compiler family.
    pub env: Env,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
    /// Whether plain `char` is signed.
    pub char_signed: bool,
    /// Any pointer; also `size_t`, `ptrdiff_t` and `intptr_t`.
    pub pointer: Scalar,
    /// `short`.
    pub short: Scalar,
    /// `int`.
    pub int: Scalar,
    /// `long`.
    pub long: Scalar,
    /// `long long`, `int64_t` and `intmax_t`.
    pub long_long: Scalar,
    /// `__int128`, where there is one.
    pub int128: Option<Scalar>,
    /// `float`.
    pub float: Scalar,
    /// `double`.
    pub double: Scalar,
    /// `long double`.
    pub long_double: Scalar,
    /// The representation of `long double`.
    pub long_double_format: FloatFormat,
    /// `_Float128`, where there is one.
    pub float128: Option<Scalar>,
    /// Size of `wchar_t` in bytes.
    pub wchar_size: u8,
    /// Whether `wchar_t` is signed.
    pub wchar_signed: bool,
    /// Sizes of `int_fast8_t`, `int_fast16_t` and `int_fast32_t`; each is aligned to its size.
    pub fast: [u8; 3],
    /// Largest alignment of a `_BitInt` in bytes.
    pub bit_int_align: u8,
    /// Largest alignment of a vector type in bytes; smaller vectors are aligned to their size.
    pub max_vector_align: u32,
    /// Alignment of `max_align_t` in bytes.
    pub max_align: u8,
    /// Alignment that `__attribute__((aligned))` without a number requests, in bytes.
    pub default_aligned: u8,
    /// The rules by which the members of a struct are placed.
    pub records: RecordRules,
    /// The definition of `va_list`.
    pub va_list: VaList,
}

impl Target {
    /// The largest width of a `_BitInt` that a compiler has.
    pub const MOST_BITS: u32 = 8_388_608;

    /// Returns the size and alignment of `_BitInt(bits)`: a power of two up to the largest alignment, a multiple of it
    /// beyond.
    #[must_use]
    pub fn bit_int(&self, bits: u32) -> (u64, u64) {
        let limb = u64::from(self.bit_int_align);
        let bytes = u64::from(bits).div_ceil(8).max(1);
        if bytes <= limb {
            let size = bytes.next_power_of_two();
            return (size, size);
        }
        (bytes.next_multiple_of(limb), limb)
    }

    /// Returns whether the compiler is Visual C++ or a compatible one, where `long double` is `double` and there is no
    /// `__int128`.
    #[must_use]
    pub const fn is_msvc(&self) -> bool {
        matches!(self.env, Env::Msvc)
    }

    /// Returns the number of bits in a pointer.
    #[must_use]
    pub const fn pointer_bits(&self) -> u32 {
        self.pointer.size as u32 * 8
    }

    /// Returns the largest size that an object may have, in bytes: `PTRDIFF_MAX`.
    #[must_use]
    pub const fn max_object_size(&self) -> u64 {
        (1u64 << (self.pointer_bits() - 1)) - 1
    }
}
