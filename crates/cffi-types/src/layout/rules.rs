//! The choice of the compiler whose rules apply.

/// The bits of the `sflags` argument of `complete_struct_or_union`.
pub mod sflags {
    /// Visual C++ bit fields.
    pub const MSVC_BITFIELDS: i32 = 0x01;
    /// GCC bit fields as on Arm.
    pub const GCC_ARM_BITFIELDS: i32 = 0x02;
    /// Bit fields counted from the most significant bit.
    pub const GCC_BIG_ENDIAN: i32 = 0x04;
    /// All alignments are 1.
    pub const PACKED: i32 = 0x08;
    /// GCC bit fields as on x86.
    pub const GCC_X86_BITFIELDS: i32 = 0x10;
    /// Bit fields counted from the least significant bit.
    pub const GCC_LITTLE_ENDIAN: i32 = 0x40;
    /// A stated offset, size or alignment that differs from the computed one is an error.
    pub const STD_FIELD_POS: i32 = 0x80;
}

/// The way in which bit fields share storage units.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum Algorithm {
    /// A bit field starts at the next free bit, unless it would cross a boundary of its type (System V psABIs).
    Gcc,
    /// A bit field reserves a whole unit of its type, shared with following fields of equal type size.
    Msvc,
}

/// The bit fields that raise the alignment of the whole struct to that of their type.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub enum BitFieldAlignment {
    /// All of them (AAPCS).
    All,
    /// Those with a name (System V x86 psABI).
    Named,
    /// Those with a width above zero (Visual C++).
    NonZero,
}

/// The default behaviour of the host's compiler.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Host {
    /// The `sflags` bits of the host's bit-field rules.
    pub bitfield_flag: i32,
    /// Byte order.
    pub big_endian: bool,
    /// Largest alignment that a struct gives a member, in bytes.
    pub default_pack: usize,
}

impl Host {
    /// Returns the host that this code was compiled for.
    #[must_use]
    pub const fn current() -> Host {
        let arm = cfg!(any(target_arch = "arm", target_arch = "aarch64"));
        let apple_silicon = cfg!(all(target_vendor = "apple", target_arch = "aarch64"));
        let bitfield_flag = if cfg!(windows) {
            sflags::MSVC_BITFIELDS
        } else if arm && !apple_silicon {
            sflags::GCC_ARM_BITFIELDS
        } else {
            sflags::GCC_X86_BITFIELDS
        };
        let default_pack = if cfg!(windows) { 8 } else { UNLIMITED_PACK };
        Host { bitfield_flag, big_endian: cfg!(target_endian = "big"), default_pack }
    }
}

/// Larger than any alignment in use.
const UNLIMITED_PACK: usize = 0x4000_0000;

/// The rules for one struct or union.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub struct Rules {
    /// The way in which bit fields share storage units.
    pub algorithm: Algorithm,
    /// The bit fields that raise the struct's alignment.
    pub bitfield_alignment: BitFieldAlignment,
    /// Whether bit fields count from the most significant bit of their unit.
    pub big_endian: bool,
    /// Whether any packing was requested.
    pub packed: bool,
    /// Largest alignment given to a member, in bytes; meant to be a power of two but not required to be one.
    pub pack: usize,
    /// Whether a packed bit field that would begin within a byte and cross a boundary of its type is rejected, as the C
    /// backend does. Otherwise it is placed as in GCC.
    pub refuse_shared_bytes: bool,
    /// Whether stated positions must agree with the computed ones.
    pub standard_positions: bool,
}

impl Rules {
    /// Returns the rules that `sflags` (see [`sflags`]) and `pack` (≤ 0: none) request, with the host's rules where
    /// they are silent.
    ///
    /// Contradicting bits are accepted: Visual C++ goes before GCC for sharing storage units, Arm before the others
    /// for alignment, big before little endian.
    #[must_use]
    pub const fn from_flags(flags: i32, pack: i32, host: &Host) -> Rules {
        const STYLES: i32 = sflags::MSVC_BITFIELDS | sflags::GCC_ARM_BITFIELDS | sflags::GCC_X86_BITFIELDS;
        const ENDIANS: i32 = sflags::GCC_BIG_ENDIAN | sflags::GCC_LITTLE_ENDIAN;
        let style = if flags & STYLES == 0 { host.bitfield_flag } else { flags };
        let msvc = style & sflags::MSVC_BITFIELDS != 0;
        let bitfield_alignment = if style & sflags::GCC_ARM_BITFIELDS != 0 {
            BitFieldAlignment::All
        } else if msvc {
            BitFieldAlignment::NonZero
        } else {
            BitFieldAlignment::Named
        };
        let (packed, pack) = if flags & sflags::PACKED != 0 {
            (true, 1)
        } else if pack <= 0 {
            (false, host.default_pack)
        } else {
            (true, pack as usize)
        };
        Rules {
            algorithm: if msvc { Algorithm::Msvc } else { Algorithm::Gcc },
            bitfield_alignment,
            big_endian: if flags & ENDIANS == 0 {
                host.big_endian
            } else {
                flags & sflags::GCC_BIG_ENDIAN != 0
            },
            packed,
            pack,
            refuse_shared_bytes: false,
            standard_positions: flags & sflags::STD_FIELD_POS != 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINUX: Host =
        Host { bitfield_flag: sflags::GCC_X86_BITFIELDS, big_endian: false, default_pack: UNLIMITED_PACK };
    const WINDOWS: Host = Host { bitfield_flag: sflags::MSVC_BITFIELDS, big_endian: false, default_pack: 8 };

    #[test]
    fn silent_flags_take_the_host() {
        let rules = Rules::from_flags(0, 0, &LINUX);
        assert_eq!(rules.algorithm, Algorithm::Gcc);
        assert_eq!(rules.bitfield_alignment, BitFieldAlignment::Named);
        assert!(!rules.packed && !rules.big_endian && !rules.standard_positions);
        let rules = Rules::from_flags(0, -3, &WINDOWS);
        assert_eq!(rules.algorithm, Algorithm::Msvc);
        assert_eq!(rules.bitfield_alignment, BitFieldAlignment::NonZero);
        assert_eq!((rules.packed, rules.pack), (false, 8));
        let big = Host { big_endian: true, ..LINUX };
        assert!(Rules::from_flags(0, 0, &big).big_endian);
        assert!(!Rules::from_flags(sflags::GCC_LITTLE_ENDIAN, 0, &big).big_endian);
    }

    #[test]
    fn packing() {
        let rules = Rules::from_flags(sflags::PACKED, 4, &LINUX);
        assert_eq!((rules.packed, rules.pack), (true, 1));
        let rules = Rules::from_flags(0, 4, &LINUX);
        assert_eq!((rules.packed, rules.pack), (true, 4));
    }

    #[test]
    fn contradictions() {
        let both = sflags::MSVC_BITFIELDS | sflags::GCC_ARM_BITFIELDS;
        let rules = Rules::from_flags(both, 0, &LINUX);
        assert_eq!(rules.algorithm, Algorithm::Msvc);
        assert_eq!(rules.bitfield_alignment, BitFieldAlignment::All);
        assert!(Rules::from_flags(0x44, 0, &LINUX).big_endian);
    }
}
