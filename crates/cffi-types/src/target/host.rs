//! The platform that this crate was compiled for. No other file of the crate depends on it.
//!
//! Sizes come from the Rust compiler if it has a name for the C type. The other sources are the psABI of each platform
//! for `long double` and `wchar_t`, and the `<stdint.h>` of each C library for the `int_fastN_t` types, whose width the
//! C standard leaves open.

use core::ffi::{c_char, c_double, c_float, c_int, c_long, c_longlong, c_short};

use super::{Arch, Env, FloatFormat, Os, RecordRules, Scalar, Target};

const MSVC: bool = cfg!(all(windows, not(target_env = "gnu")));
const APPLE: bool = cfg!(target_vendor = "apple");
const ARM: bool = cfg!(any(target_arch = "arm", target_arch = "aarch64"));
const BSD: bool =
    cfg!(any(target_os = "freebsd", target_os = "dragonfly", target_os = "netbsd", target_os = "openbsd"));

/// The nearest platform with a known name.
const BASE: Target = if cfg!(target_arch = "x86_64") {
    if MSVC {
        Target::x86_64_windows_msvc()
    } else if cfg!(windows) {
        Target::x86_64_windows_gnu()
    } else if APPLE {
        Target::x86_64_apple()
    } else {
        Target::x86_64_linux_gnu()
    }
} else if cfg!(target_arch = "x86") {
    if MSVC {
        Target::i686_windows_msvc()
    } else if cfg!(windows) {
        Target::i686_windows_gnu()
    } else {
        Target::i686_linux_gnu()
    }
} else if cfg!(target_arch = "aarch64") {
    if cfg!(windows) {
        Target::aarch64_windows_msvc()
    } else if APPLE {
        Target::aarch64_apple()
    } else {
        Target::aarch64_linux_gnu()
    }
} else if cfg!(target_arch = "arm") {
    Target::arm_linux_gnueabihf()
} else if cfg!(target_arch = "riscv64") {
    Target::riscv64_linux_gnu()
} else if cfg!(target_arch = "riscv32") {
    Target { arch: Arch::Riscv32, ..Target::riscv64_linux_gnu() }
} else if cfg!(target_arch = "s390x") {
    Target::s390x_linux_gnu()
} else if cfg!(target_arch = "powerpc64") {
    Target::powerpc64le_linux_gnu()
} else if cfg!(target_arch = "loongarch64") {
    Target::loongarch64_linux_gnu()
} else {
    Target { arch: Arch::Other, ..Target::riscv64_linux_gnu() }
};

const OS: Os = if cfg!(windows) {
    Os::Windows
} else if APPLE {
    Os::Apple
} else if BSD {
    Os::Bsd
} else if cfg!(any(target_os = "linux", target_os = "android")) {
    Os::Linux
} else {
    Os::Other
};

const ENV: Env = if MSVC {
    Env::Msvc
} else if cfg!(target_os = "android") {
    Env::Android
} else if cfg!(target_env = "gnu") {
    Env::Gnu
} else if cfg!(target_env = "musl") {
    Env::Musl
} else {
    Env::Native
};

/// Size and alignment of `long double` as a member of a struct.
const LONG_DOUBLE: Scalar = if MSVC {
    // The format is that of `double`, on every processor.
    Scalar::natural(8)
} else if cfg!(target_arch = "x86_64") {
    Scalar::natural(16)
} else if cfg!(target_arch = "x86") {
    // x87 extended precision, padded; Android uses the format of `double` instead.
    if cfg!(target_os = "android") {
        Scalar::new(8, 4)
    } else if APPLE {
        Scalar::natural(16)
    } else {
        Scalar::new(12, 4)
    }
} else if cfg!(target_arch = "m68k") {
    Scalar::new(12, 2)
} else if cfg!(target_arch = "s390x") {
    Scalar::new(16, 8)
} else if HAS_16_BYTE_LONG_DOUBLE {
    Scalar::natural(16)
} else {
    // The format is that of `double`: 32-bit Arm, Apple's and Windows' AArch64, 32-bit MIPS, musl on POWER.
    Scalar::natural(8)
};

/// Whether `long double` is binary128 or IBM's pair of doubles.
const HAS_16_BYTE_LONG_DOUBLE: bool = cfg!(any(
    all(target_arch = "aarch64", not(target_vendor = "apple"), not(windows)),
    target_arch = "riscv32",
    target_arch = "riscv64",
    target_arch = "loongarch64",
    target_arch = "sparc64",
    target_arch = "mips64",
    target_arch = "wasm32",
    all(any(target_arch = "powerpc", target_arch = "powerpc64"), target_os = "linux", target_env = "gnu"),
));

const LONG_DOUBLE_FORMAT: FloatFormat = if LONG_DOUBLE.size == 8 {
    FloatFormat::Double
} else if cfg!(any(target_arch = "x86_64", target_arch = "x86", target_arch = "m68k")) {
    FloatFormat::X87
} else if cfg!(any(target_arch = "powerpc", target_arch = "powerpc64")) {
    FloatFormat::DoubleDouble
} else {
    FloatFormat::Quad
};

/// Size of `wchar_t` in bytes, and whether it is signed.
const WCHAR: (u8, bool) = if cfg!(windows) {
    (2, false)
} else if cfg!(target_os = "aix") {
    (4, false)
} else {
    // AAPCS prescribes `unsigned int`. Apple and the BSDs that use `int` everywhere differ from it.
    (4, !ARM || APPLE || cfg!(any(target_os = "netbsd", target_os = "openbsd")))
};

const FAST: [u8; 3] = if cfg!(any(
    all(target_os = "linux", any(target_env = "gnu", target_env = "uclibc")),
    target_os = "android"
)) {
    // These C libraries use `long` for 16 and 32 bits; where the widths of `long` and pointers differ (x32), they use
    // `int`, which has the width of a pointer.
    [1, size_of::<usize>() as u8, size_of::<usize>() as u8]
} else if cfg!(any(target_vendor = "apple", all(windows, target_env = "gnu"))) {
    [1, 2, 4]
} else if cfg!(any(target_os = "freebsd", target_os = "dragonfly", target_os = "openbsd")) {
    [4, 4, 4]
} else {
    // The values of musl, Visual C++, illumos, NetBSD and WASI.
    [1, 4, 4]
};

const fn scalar<T>() -> Scalar {
    // No C scalar is larger than 32 bytes, so the narrowing is exact.
    Scalar::new(size_of::<T>() as u8, align_of::<T>() as u8)
}

impl Target {
    /// The platform that this crate was compiled for.
    pub const HOST: Target = Target {
        os: OS,
        env: ENV,
        big_endian: cfg!(target_endian = "big"),
        char_signed: c_char::MIN != 0,
        pointer: scalar::<usize>(),
        short: scalar::<c_short>(),
        int: scalar::<c_int>(),
        long: scalar::<c_long>(),
        long_long: scalar::<c_longlong>(),
        int128: if size_of::<usize>() == 8 { BASE.int128 } else { None },
        float: scalar::<c_float>(),
        double: scalar::<c_double>(),
        long_double: LONG_DOUBLE,
        long_double_format: LONG_DOUBLE_FORMAT,
        wchar_size: WCHAR.0,
        wchar_signed: WCHAR.1,
        fast: FAST,
        records: if cfg!(windows) {
            RecordRules::Msvc
        } else if ARM && !APPLE {
            RecordRules::Arm
        } else {
            RecordRules::SystemV
        },
        ..BASE
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", target_pointer_width = "64"))]
    #[test]
    fn the_host_is_the_platform_of_its_name() {
        assert_eq!(Target::HOST, Target::x86_64_linux_gnu());
    }

    #[test]
    fn the_host_has_the_sizes_of_the_rust_compiler() {
        assert_eq!(usize::from(Target::HOST.pointer.size), size_of::<*const u8>());
        assert_eq!(usize::from(Target::HOST.long.size), size_of::<c_long>());
    }
}
