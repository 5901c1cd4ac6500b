//! The instructions of AArch64. All have four bytes, and their first bits tell the group.
#![cfg_attr(
    not(all(target_os = "linux", target_arch = "aarch64")),
    allow(dead_code, reason = "this decoder is tested on every host, and used on its own processor only")
)]

use super::{Flow, Step};

/// Decodes the instruction `word` at offset `at`.
pub(super) fn decode(word: u32, at: usize) -> Option<Step> {
    let end = at + 4;
    let next = Some((end, Flow::Next));
    let to = |distance: i32| at.checked_add_signed(distance as isize);
    match (word >> 25) & 0xF {
        // Data processing with a constant, with registers, with floating-point and vector registers.
        0b1000 | 0b1001 | 0b0101 | 0b1101 | 0b0111 | 0b1111 => next,
        // Loads and stores, but for the exclusive and atomic ones.
        0b0100 | 0b0110 | 0b1100 | 0b1110 if is_plain_access(word) => next,
        0b1010 | 0b1011 => match word {
            // ret
            _ if word & 0xFFFF_FC1F == 0xD65F_0000 => Some((end, Flow::Return)),
            // nop, bti, paciasp and autiasp; the hints that wait (wfe, wfi) have other numbers.
            0xD503_201F | 0xD503_233F | 0xD503_23BF => next,
            _ if word & 0xFFFF_FF3F == 0xD503_241F => next,
            // b
            _ if word >> 26 == 0b00_0101 => {
                Some((end, Flow::Jump(at.cast_signed() + bits(word, 0, 26) as isize)))
            }
            // b.cond
            _ if word & 0xFF00_0010 == 0x5400_0000 => Some((end, Flow::Branch(to(bits(word, 5, 19))?))),
            // cbz and cbnz
            _ if word & 0x7E00_0000 == 0x3400_0000 => Some((end, Flow::Branch(to(bits(word, 5, 19))?))),
            // tbz and tbnz
            _ if word & 0x7E00_0000 == 0x3600_0000 => Some((end, Flow::Branch(to(bits(word, 5, 14))?))),
            _ => None,
        },
        _ => None,
    }
}

/// Returns whether a load or store is an ordinary one: of one register or of two, with any kind of address, or of a
/// constant beside the code.
fn is_plain_access(word: u32) -> bool {
    // Of two registers; of a constant; of one register with an unsigned offset; of one register with another offset,
    // where bit 21 without bit 11 means an atomic operation.
    word & 0x3A00_0000 == 0x2800_0000
        || word & 0x3B00_0000 == 0x1800_0000
        || word & 0x3B00_0000 == 0x3900_0000
        || (word & 0x3B00_0000 == 0x3800_0000 && (word & 0x0020_0000 == 0 || word & 0xC00 == 0x800))
}

/// Returns a distance of `count` bits from bit `first` on, which counts instructions, in bytes.
fn bits(word: u32, first: u32, count: u32) -> i32 {
    let shifted = (word << (32 - first - count)).cast_signed();
    (shifted >> (32 - count)) * 4
}
