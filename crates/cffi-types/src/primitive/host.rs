//! The C types of the host that the standard library does not name.
//!
//! Sources: the psABI of each target for `long double` and `wchar_t`, the `<stdint.h>` of each C library
//! for the `int_fastN_t` types (the C standard leaves their width open).

const VISUAL_C: bool = cfg!(all(windows, not(target_env = "gnu")));
const APPLE: bool = cfg!(target_vendor = "apple");
const ARM: bool = cfg!(any(target_arch = "arm", target_arch = "aarch64"));

/// Size and alignment (as a struct member) of `long double`, in bytes.
pub(super) const LONG_DOUBLE: (usize, usize) = if VISUAL_C {
    // The same representation as double, on every processor.
    (8, 8)
} else if cfg!(target_arch = "x86_64") {
    (16, 16)
} else if cfg!(target_arch = "x86") {
    // x87 extended precision, padded; Android takes double instead.
    if cfg!(target_os = "android") {
        (8, 4)
    } else if APPLE {
        (16, 16)
    } else {
        (12, 4)
    }
} else if cfg!(target_arch = "m68k") {
    (12, 2)
} else if cfg!(target_arch = "s390x") {
    (16, 8)
} else if HAS_16_BYTE_LONG_DOUBLE {
    (16, 16)
} else {
    // 32-bit Arm, Apple's and Windows' AArch64, 32-bit MIPS, musl on POWER: the same as double.
    (8, 8)
};

/// Binary128, or IBM's pair of doubles.
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

/// Size of `wchar_t` in bytes, and whether it is signed.
pub(super) const WCHAR: (usize, bool) = if cfg!(windows) {
    (2, false)
} else if cfg!(target_os = "aix") {
    (4, false)
} else {
    // AAPCS: unsigned int. Apple and the BSDs that use int everywhere depart from it.
    (4, !ARM || APPLE || cfg!(any(target_os = "netbsd", target_os = "openbsd")))
};

/// Sizes of `int_fast8_t`, `int_fast16_t` and `int_fast32_t` in bytes; each is aligned to its size.
pub(super) const FAST: [usize; 3] = if cfg!(any(
    all(target_os = "linux", any(target_env = "gnu", target_env = "uclibc")),
    target_os = "android"
)) {
    // "long" for 16 and 32 bits; where long and pointers differ in width (x32), int, which is pointer-sized.
    [1, size_of::<usize>(), size_of::<usize>()]
} else if cfg!(any(target_vendor = "apple", all(windows, target_env = "gnu"))) {
    [1, 2, 4]
} else if cfg!(any(target_os = "freebsd", target_os = "dragonfly", target_os = "openbsd")) {
    [4, 4, 4]
} else {
    // musl, Visual C++, illumos, NetBSD, WASI.
    [1, 4, 4]
};
