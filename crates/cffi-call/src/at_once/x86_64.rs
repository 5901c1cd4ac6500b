//! The instructions of x86-64 that compilers use in short functions.
#![cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    allow(dead_code, reason = "this decoder is tested on every host, and used on its own processor only")
)]

use super::{Flow, Step};

/// The prefixes of an instruction that matter here.
#[derive(Clone, Copy, Default)]
struct Prefixes {
    /// 66: operands of 16 bits, or another vector instruction.
    short: bool,
    /// F2 or F3, or 0.
    repeat: u8,
    /// REX.W: operands of 64 bits.
    wide: bool,
}

impl Prefixes {
    /// Returns the number of bytes of a constant operand that is not a single byte.
    fn constant(self) -> usize {
        if self.short && !self.wide { 2 } else { 4 }
    }
}

/// Returns whether the instruction at offset `at`, which [`decode`] knows, uses memory of the thread.
pub(super) fn uses_thread(byte: impl Fn(usize) -> u8, at: usize) -> bool {
    let prefixes = (at..).map(byte).take_while(|byte| matches!(byte, 0x66 | 0xF2 | 0xF3 | 0x64 | 0x2E));
    prefixes.into_iter().any(|prefix| prefix == 0x64)
}

/// Decodes the instruction at offset `at`; `byte` returns the byte at an offset.
pub(super) fn decode(byte: impl Fn(usize) -> u8, at: usize) -> Option<Step> {
    let mut i = at;
    let mut prefixes = Prefixes::default();
    loop {
        match byte(i) {
            0x66 => prefixes.short = true,
            repeat @ (0xF2 | 0xF3) => prefixes.repeat = repeat,
            // Segments: the thread's memory, and a prefix without meaning that fills up space.
            0x64 | 0x2E => {}
            _ => break,
        }
        i += 1;
        if i - at > 10 {
            return None;
        }
    }
    if byte(i) & 0xF0 == 0x40 {
        prefixes.wide = byte(i) & 8 != 0;
        i += 1;
    }
    let opcode = byte(i);
    i += 1;
    if opcode == 0x0F {
        return two_bytes(byte, i, prefixes);
    }
    // A jump through memory is marked in that way where the processor watches the targets of jumps.
    let is_marked_jump = prefixes.repeat == 0xF2 && opcode == 0xFF && byte(i) == 0x25;
    if prefixes.repeat != 0 && !(prefixes.repeat == 0xF3 && opcode == 0xC3) && !is_marked_jump {
        return None;
    }
    let constant = prefixes.constant();
    let next = |end: usize| Some((end, Flow::Next));
    match opcode {
        // Arithmetic: add, or, adc, sbb, and, sub, xor, cmp.
        0x00..=0x3F => match opcode & 7 {
            0..=3 => next(operand(&byte, i)?.1),
            4 => next(i + 1),
            5 => next(i + constant),
            _ => None,
        },
        // push, pop, cdqe, cdq, leave, nop.
        0x50..=0x5F | 0x90 | 0x98 | 0x99 | 0xC9 => next(i),
        // movsxd, test, mov, shifts.
        0x63 | 0x84 | 0x85 | 0x88..=0x8B | 0xD0..=0xD3 => next(operand(&byte, i)?.1),
        // lea has an operand in memory.
        0x8D if byte(i) < 0xC0 => next(operand(&byte, i)?.1),
        0x68 => next(i + constant),
        0x6A | 0xA8 | 0xB0..=0xB7 => next(i + 1),
        0xA9 => next(i + constant),
        0xB8..=0xBF => next(i + if prefixes.wide { 8 } else { constant }),
        // imul, arithmetic and shifts with a constant.
        0x69 | 0x81 => next(operand(&byte, i)?.1 + constant),
        0x6B | 0x80 | 0x83 | 0xC0 | 0xC1 => next(operand(&byte, i)?.1 + 1),
        // mov of a constant.
        0xC6 | 0xC7 => match operand(&byte, i)? {
            (0, end) => next(end + if opcode == 0xC6 { 1 } else { constant }),
            _ => None,
        },
        // test with a constant, not, neg, mul, imul, div, idiv.
        0xF6 | 0xF7 => match operand(&byte, i)? {
            (0, end) => next(end + if opcode == 0xF6 { 1 } else { constant }),
            (2..=7, end) => next(end),
            _ => None,
        },
        // A jump to the address in memory beside the code.
        0xFF if byte(i) == 0x25 && !prefixes.short => {
            Some((i + 5, Flow::Through((i + 5).cast_signed() + far(&byte, i + 1))))
        }
        // inc, dec.
        0xFE | 0xFF => match operand(&byte, i)? {
            (0 | 1, end) => next(end),
            _ => None,
        },
        0xC3 => Some((i, Flow::Return)),
        _ if prefixes.short => None,
        0x70..=0x7F => Some((i + 1, Flow::Branch(target(i + 1, near(&byte, i))?))),
        0xEB => Some((i + 1, Flow::Jump((i + 1).cast_signed() + near(&byte, i)))),
        0xE9 => Some((i + 4, Flow::Jump((i + 4).cast_signed() + far(&byte, i)))),
        _ => None,
    }
}

/// Decodes an instruction whose first byte is 0F; the second one is at `i`.
fn two_bytes(byte: impl Fn(usize) -> u8, i: usize, prefixes: Prefixes) -> Option<Step> {
    let opcode = byte(i);
    let i = i + 1;
    let next = |end: usize| Some((end, Flow::Next));
    match opcode {
        // endbr64
        0x1E if prefixes.repeat == 0xF3 && byte(i) == 0xFA => next(i + 1),
        // nop with an operand
        0x1F => next(operand(&byte, i)?.1),
        // Moves between memory and vector registers, conversions, comparisons.
        0x10..=0x17 | 0x28..=0x2A | 0x2C..=0x2F => next(operand(&byte, i)?.1),
        // cmovcc
        0x40..=0x4F => next(operand(&byte, i)?.1),
        // Arithmetic on vector registers.
        0x50..=0x6F | 0x74..=0x76 | 0x7C..=0x7F => next(operand(&byte, i)?.1),
        0xD4 | 0xD6 | 0xDB | 0xDF | 0xEB | 0xEF | 0xFA | 0xFB | 0xFC..=0xFE => next(operand(&byte, i)?.1),
        0x70 | 0xC2 | 0xC6 => next(operand(&byte, i)?.1 + 1),
        0x80..=0x8F if !prefixes.short && prefixes.repeat == 0 => {
            Some((i + 4, Flow::Branch(target(i + 4, far(&byte, i))?)))
        }
        // setcc
        0x90..=0x9F => next(operand(&byte, i)?.1),
        // shld and shrd
        0xA4 | 0xAC => next(operand(&byte, i)?.1 + 1),
        0xA5 | 0xAD => next(operand(&byte, i)?.1),
        // imul, movzx, movsx, bsf, bsr, tzcnt, lzcnt
        0xAF | 0xB6 | 0xB7 | 0xBC..=0xBF => next(operand(&byte, i)?.1),
        // popcnt
        0xB8 if prefixes.repeat == 0xF3 => next(operand(&byte, i)?.1),
        // bswap
        0xC8..=0xCF => next(i),
        _ => None,
    }
}

/// Decodes the operands at `i`: returns the number of the register or of the operation, and the offset behind.
fn operand(byte: &impl Fn(usize) -> u8, i: usize) -> Option<(u8, usize)> {
    let modrm = byte(i);
    let (kind, register, base) = (modrm >> 6, (modrm >> 3) & 7, modrm & 7);
    let mut end = i + 1;
    if kind == 3 {
        return Some((register, end));
    }
    let mut no_base = base == 5;
    if base == 4 {
        no_base = byte(end) & 7 == 5;
        end += 1;
    }
    end += match kind {
        0 if no_base => 4,
        0 => 0,
        1 => 1,
        _ => 4,
    };
    Some((register, end))
}

/// Returns the distance of a jump that has one byte for it.
fn near(byte: &impl Fn(usize) -> u8, i: usize) -> isize {
    isize::from(byte(i).cast_signed())
}

/// Returns the distance of a jump that has four bytes for it.
fn far(byte: &impl Fn(usize) -> u8, i: usize) -> isize {
    i32::from_le_bytes([byte(i), byte(i + 1), byte(i + 2), byte(i + 3)]) as isize
}

/// Returns the offset to which a jump leads; `None` before the beginning.
fn target(end: usize, distance: isize) -> Option<usize> {
    end.checked_add_signed(distance)
}
