//! The platforms with known names.

use super::{Arch, Env, FloatFormat, Os, RecordRules, Scalar, Target, VaList};

/// The common properties of most 64-bit Unix platforms.
const LP64: Target = Target {
    arch: Arch::X86_64,
    os: Os::Linux,
    env: Env::Gnu,
    big_endian: false,
    char_signed: true,
    pointer: Scalar::natural(8),
    short: Scalar::natural(2),
    int: Scalar::natural(4),
    long: Scalar::natural(8),
    long_long: Scalar::natural(8),
    int128: Some(Scalar::natural(16)),
    float: Scalar::natural(4),
    double: Scalar::natural(8),
    long_double: Scalar::natural(16),
    long_double_format: FloatFormat::Quad,
    float128: Some(Scalar::natural(16)),
    wchar_size: 4,
    wchar_signed: true,
    fast: [1, 8, 8],
    bit_int_align: 8,
    max_vector_align: u32::MAX,
    max_align: 16,
    default_aligned: 16,
    records: RecordRules::SystemV,
    va_list: VaList::VoidPointer,
};

/// The common properties of 32-bit platforms.
const ILP32: Target =
    Target { pointer: Scalar::natural(4), long: Scalar::natural(4), int128: None, fast: [1, 4, 4], ..LP64 };

impl Target {
    /// Returns the model of x86-64 Linux with the GNU C library.
    #[must_use]
    pub const fn x86_64_linux_gnu() -> Target {
        Target { long_double_format: FloatFormat::X87, va_list: VaList::SystemV64, ..LP64 }
    }

    /// Returns the model of macOS on x86-64.
    #[must_use]
    pub const fn x86_64_apple() -> Target {
        Target {
            os: Os::Apple,
            env: Env::Native,
            fast: [1, 2, 4],
            max_vector_align: 16,
            ..Target::x86_64_linux_gnu()
        }
    }

    /// Returns the model of AArch64 Linux with the GNU C library.
    #[must_use]
    pub const fn aarch64_linux_gnu() -> Target {
        Target {
            arch: Arch::Aarch64,
            char_signed: false,
            wchar_signed: false,
            bit_int_align: 16,
            max_vector_align: 16,
            records: RecordRules::Arm,
            va_list: VaList::Aapcs64,
            ..LP64
        }
    }

    /// Returns the model of macOS and its relatives on AArch64.
    #[must_use]
    pub const fn aarch64_apple() -> Target {
        Target {
            arch: Arch::Aarch64,
            os: Os::Apple,
            env: Env::Native,
            long_double: Scalar::natural(8),
            long_double_format: FloatFormat::Double,
            float128: None,
            fast: [1, 2, 4],
            max_vector_align: 16,
            max_align: 8,
            default_aligned: 8,
            va_list: VaList::CharPointer,
            ..LP64
        }
    }

    /// Returns the model of Windows on x86-64 with Visual C++.
    #[must_use]
    pub const fn x86_64_windows_msvc() -> Target {
        Target {
            os: Os::Windows,
            env: Env::Msvc,
            long: Scalar::natural(4),
            int128: None,
            long_double: Scalar::natural(8),
            long_double_format: FloatFormat::Double,
            float128: None,
            wchar_size: 2,
            wchar_signed: false,
            fast: [1, 4, 4],
            max_align: 8,
            records: RecordRules::Msvc,
            va_list: VaList::CharPointer,
            ..LP64
        }
    }

    /// Returns the model of Windows on x86-64 with MinGW.
    #[must_use]
    pub const fn x86_64_windows_gnu() -> Target {
        Target {
            env: Env::Gnu,
            int128: Some(Scalar::natural(16)),
            long_double: Scalar::natural(16),
            long_double_format: FloatFormat::X87,
            float128: Some(Scalar::natural(16)),
            fast: [1, 2, 4],
            max_align: 16,
            ..Target::x86_64_windows_msvc()
        }
    }

    /// Returns the model of Windows on AArch64 with Visual C++.
    #[must_use]
    pub const fn aarch64_windows_msvc() -> Target {
        Target { arch: Arch::Aarch64, max_vector_align: 16, ..Target::x86_64_windows_msvc() }
    }

    /// Returns the model of 32-bit x86 Linux with the GNU C library.
    #[must_use]
    pub const fn i686_linux_gnu() -> Target {
        Target {
            arch: Arch::X86,
            long_long: Scalar::new(8, 4),
            double: Scalar::new(8, 4),
            long_double: Scalar::new(12, 4),
            long_double_format: FloatFormat::X87,
            bit_int_align: 4,
            va_list: VaList::CharPointer,
            ..ILP32
        }
    }

    /// Returns the model of 32-bit Windows with Visual C++.
    #[must_use]
    pub const fn i686_windows_msvc() -> Target {
        Target { arch: Arch::X86, pointer: Scalar::natural(4), ..Target::x86_64_windows_msvc() }
    }

    /// Returns the model of 32-bit Windows with MinGW.
    #[must_use]
    pub const fn i686_windows_gnu() -> Target {
        Target {
            arch: Arch::X86,
            pointer: Scalar::natural(4),
            int128: None,
            long_double: Scalar::new(12, 4),
            ..Target::x86_64_windows_gnu()
        }
    }

    /// Returns the model of Linux on IBM Z in 64-bit mode.
    #[must_use]
    pub const fn s390x_linux_gnu() -> Target {
        Target {
            arch: Arch::S390x,
            big_endian: true,
            char_signed: false,
            int128: Some(Scalar::new(16, 8)),
            long_double: Scalar::new(16, 8),
            float128: Some(Scalar::new(16, 8)),
            max_align: 8,
            default_aligned: 8,
            va_list: VaList::S390x,
            ..LP64
        }
    }

    /// Returns the model of 64-bit RISC-V Linux with the GNU C library.
    #[must_use]
    pub const fn riscv64_linux_gnu() -> Target {
        Target { arch: Arch::Riscv64, char_signed: false, bit_int_align: 16, ..LP64 }
    }

    /// Returns the model of 32-bit Arm Linux with hardware floating point and the GNU C library.
    #[must_use]
    pub const fn arm_linux_gnueabihf() -> Target {
        Target {
            arch: Arch::Arm,
            char_signed: false,
            long_double: Scalar::natural(8),
            long_double_format: FloatFormat::Double,
            float128: None,
            wchar_signed: false,
            max_vector_align: 8,
            max_align: 8,
            default_aligned: 8,
            records: RecordRules::Arm,
            va_list: VaList::Aapcs32,
            ..ILP32
        }
    }

    /// Returns the model of little-endian 64-bit POWER Linux with the GNU C library.
    #[must_use]
    pub const fn powerpc64le_linux_gnu() -> Target {
        Target {
            arch: Arch::Powerpc64,
            char_signed: false,
            long_double_format: FloatFormat::DoubleDouble,
            va_list: VaList::CharPointer,
            ..LP64
        }
    }

    /// Returns the model of 64-bit LoongArch Linux with the GNU C library.
    #[must_use]
    pub const fn loongarch64_linux_gnu() -> Target {
        Target { arch: Arch::Loongarch64, bit_int_align: 16, ..LP64 }
    }

    /// Returns the model of the platform with musl in place of the GNU C library.
    #[must_use]
    pub const fn with_musl(self) -> Target {
        Target { env: Env::Musl, fast: [1, 4, 4], ..self }
    }
}
