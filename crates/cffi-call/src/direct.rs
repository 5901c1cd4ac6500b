//! Direct calls on x86-64 System V.
//!
//! The image is what the registers and the stack are to hold:
//!
//! | bytes | what |
//! |---|---|
//! | 0..48 | rdi, rsi, rdx, rcx, r8, r9 |
//! | 48..112 | the low halves of xmm0 to xmm7 |
//! | 112.. | the arguments on the stack, as they will lie there |
//! | behind | structs whose two halves go to different kinds of register, moved by a list made with the plan |

use std::arch::naked_asm;
use std::ffi::c_void;
use std::mem::MaybeUninit;

use crate::abi::sysv64::{self, Layout, Place, Register, ResultRegister, Return};
use crate::ctype::{ArgType, Signature};
use crate::plan::PlanError;
use crate::registers::{All, Few, Integers, Load, RegisterSet, Two, VECTORS_AT};

const _: () = assert!(crate::registers::INTEGERS == sysv64::INTEGER_REGISTERS);
const _: () = assert!(crate::registers::VECTORS == sysv64::VECTOR_REGISTERS);

/// Offset of the stack arguments in an image.
const STACK_AT: usize = VECTORS_AT + 8 * sysv64::VECTOR_REGISTERS;

/// A call of one signature.
#[derive(Debug)]
pub(crate) struct Direct {
    entry: Entry,
    result: Return,
    /// Extension of an integer result: shift left, then right again by this much.
    shift: u8,
    signed: bool,
    /// Vector registers in use, for variadic functions.
    vector_count: u8,
    stack_size: usize,
    stack_align: usize,
    /// Eight bytes each, from the back of the image to a register's cell: (from, to).
    moves: Box<[(usize, usize)]>,
}

/// The way in which control gets to the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// A typed call, which costs least; result in rax or none.
    ToInteger(RegisterSet),
    /// A typed call with the result in xmm0.
    ToVector(RegisterSet),
    /// The assembly stub: stack arguments, variadic functions, other results.
    Stub,
}

/// Offsets of arguments and the size of an image.
pub(crate) struct ImageLayout {
    pub(crate) offsets: Box<[usize]>,
    pub(crate) size: usize,
}

impl Direct {
    /// Plans the call of `sig`, already checked.
    pub(crate) fn new(sig: &Signature) -> Result<(Direct, ImageLayout), PlanError> {
        let mut offsets = cffi_memory::vec(sig.args.len())?;
        let mut scattered = Vec::new();
        let layout = sysv64::layout(&sig.args, &sig.result, |ty, place| {
            offsets.push(match place {
                Place::Stack(offset) => STACK_AT + offset,
                Place::Registers(registers) => in_place(ty, registers).unwrap_or_else(|| {
                    scattered.push((offsets.len(), registers));
                    0
                }),
            });
        })
        .ok_or(PlanError::TooLarge)?;
        // No overflow from here on: the stack has isize::MAX bytes at most, and what comes behind is little.
        let mut end = STACK_AT + layout.stack_size;
        let mut moves = Vec::new();
        for (argument, registers) in scattered {
            offsets[argument] = end;
            for (half, register) in registers.into_iter().enumerate() {
                moves.extend(register.map(|r| (end + 8 * half, cell(r))));
            }
            end += 16;
        }
        if end > isize::MAX as usize {
            return Err(PlanError::TooLarge);
        }
        let (shift, signed) = match layout.result {
            Return::Integer { size, signed } => (64 - 8 * size, signed),
            _ => (0, false),
        };
        let direct = Direct {
            entry: entry(&layout, sig.fixed_args.is_some()),
            result: layout.result,
            shift,
            signed,
            vector_count: layout.vector_count as u8,
            stack_size: layout.stack_size,
            stack_align: layout.stack_align,
            moves: moves.into_boxed_slice(),
        };
        Ok((direct, ImageLayout { offsets: offsets.into_boxed_slice(), size: end }))
    }

    /// Returns the registers of a call that loads nothing else, with a result in one register or none.
    pub(crate) fn registers(&self) -> Option<RegisterSet> {
        match self.entry {
            Entry::ToInteger(set) | Entry::ToVector(set) if self.moves.is_empty() => Some(set),
            _ => None,
        }
    }

    /// Calls `function`.
    ///
    /// # Safety
    /// As for `CallPlan::call`; the image is one of this plan.
    #[inline]
    pub(crate) unsafe fn call(&self, function: *const c_void, image: *mut u8, result: *mut u8) {
        for &(from, to) in &self.moves {
            // SAFETY: both inside the image; bytes that the caller left unwritten are copied as they are.
            unsafe {
                let half = image.add(from).cast::<MaybeUninit<u64>>().read();
                image.add(to).cast::<MaybeUninit<u64>>().write(half);
            }
        }
        // SAFETY: the caller's promises about function, image and result; the entry fits the signature.
        unsafe {
            match self.entry {
                Entry::ToInteger(set) => self.store_integer(load::<u64>(set, function, image), result),
                // The upper half of the cell is rubbish for a float, and nobody's.
                Entry::ToVector(set) => {
                    result.cast::<MaybeUninit<f64>>().write(load(set, function, image));
                }
                Entry::Stub => self.call_stub(function, image, result),
            }
        }
    }

    /// # Safety
    /// `result` is a result area.
    #[inline]
    unsafe fn store_integer(&self, raw: u64, result: *mut u8) {
        let high = raw << self.shift;
        let value = if self.signed { ((high as i64) >> self.shift) as u64 } else { high >> self.shift };
        // SAFETY: result areas have 16 aligned bytes.
        unsafe { result.cast::<u64>().write(value) }
    }

    /// # Safety
    /// As for `call`.
    unsafe fn call_stub(&self, function: *const c_void, image: *mut u8, result: *mut u8) {
        let mut out = Out::default();
        let mask = self.stack_align.wrapping_neg();
        // SAFETY: the caller's promises; the image holds registers and stack arguments as the stub wants
        // them, and its first cell is kept free for the address of a result in memory.
        unsafe {
            if self.result == Return::Memory {
                image.cast::<*mut u8>().write(result);
            }
            let vectors = usize::from(self.vector_count);
            let stub = if self.result == Return::X87 { stub_x87 } else { stub };
            stub(image, self.stack_size, function, &raw mut out, vectors, mask);
            match self.result {
                Return::Void | Return::Memory => {}
                Return::Integer { .. } => self.store_integer(out.registers[0], result),
                Return::Vector => result.cast::<u64>().write(out.registers[2]),
                Return::Registers(halves) => {
                    result.cast::<[u64; 2]>().write(halves.map(|half| out.pick(half)));
                }
                Return::X87 => result.cast::<[u64; 2]>().write(out.x87),
            }
        }
    }
}

/// The registers that the stub stores after the call: rax, rdx, xmm0, xmm1, and for one of them the top of the x87
/// stack.
#[derive(Default)]
#[repr(C, align(16))]
struct Out {
    registers: [u64; 4],
    x87: [u64; 2],
}

impl Out {
    fn pick(&self, register: Option<ResultRegister>) -> u64 {
        register.map_or(0, |r| self.registers[result_index(r)])
    }
}

/// Returns the index where the stub stores a result register, and from which a closure's entry loads it.
pub(crate) fn result_index(register: ResultRegister) -> usize {
    match register {
        ResultRegister::Rax => 0,
        ResultRegister::Rdx => 1,
        ResultRegister::Xmm0 => 2,
        ResultRegister::Xmm1 => 3,
    }
}

/// Returns the offset of a register in an image.
pub(crate) fn cell(register: Register) -> usize {
    match register {
        Register::Integer(n) => 8 * n,
        Register::Vector(n) => VECTORS_AT + 8 * n,
    }
}

/// Returns the offset of an argument whose bytes lie in its registers' cells just as they lie in memory.
pub(crate) fn in_place(ty: &ArgType, registers: [Option<Register>; 2]) -> Option<usize> {
    match registers {
        [Some(only), None] if ty.size() <= 8 => Some(cell(only)),
        [Some(first), Some(second)] if cell(second) == cell(first) + 8 && same_kind(first, second) => {
            Some(cell(first))
        }
        _ => None,
    }
}

/// Returns whether both registers are of one kind: r9 and xmm0 are neighbours in an image, but not by design.
fn same_kind(a: Register, b: Register) -> bool {
    matches!(
        (a, b),
        (Register::Integer(_), Register::Integer(_)) | (Register::Vector(_), Register::Vector(_))
    )
}

fn entry(layout: &Layout, variadic: bool) -> Entry {
    if variadic || layout.stack_size != 0 {
        return Entry::Stub;
    }
    let set = RegisterSet::with(layout.integer_count, layout.vector_count);
    match layout.result {
        Return::Void | Return::Integer { .. } => Entry::ToInteger(set),
        Return::Vector => Entry::ToVector(set),
        _ => Entry::Stub,
    }
}

/// # Safety
/// As for [`Load::call`] of that set.
#[inline(always)]
unsafe fn load<T>(set: RegisterSet, function: *const c_void, image: *const u8) -> T {
    // SAFETY: the caller promises a function of this type and an image of its plan.
    unsafe {
        match set {
            RegisterSet::Two => Two::call(function, image),
            RegisterSet::Few => Few::call(function, image),
            RegisterSet::Integers => Integers::call(function, image),
            RegisterSet::All => All::call(function, image),
        }
    }
}

/// The stub, in two versions that differ in what they do after the call.
///
/// The frame pointer addresses the frame, so unwinding does not depend on how much was pushed. Stack
/// arguments are copied from the end, in words: a load that spans two fresh stores waits for both to reach the
/// cache.
macro_rules! stub {
    ($name:ident, $after:literal) => {
        /// Loads the registers and the stack from `image`, calls, stores the result registers.
        ///
        /// # Safety
        /// `image` is 112 bytes of registers and `stack_size` bytes (a multiple of 16) of stack arguments;
        /// `mask` is minus the stack's alignment; function and arguments fit each other.
        #[unsafe(naked)]
        unsafe extern "C-unwind" fn $name(
            image: *const u8,
            stack_size: usize,
            function: *const c_void,
            out: *mut Out,
            vectors: usize,
            mask: usize,
        ) {
            naked_asm!(
                ".cfi_startproc",
                "endbr64",
                "push rbp",
                ".cfi_def_cfa_offset 16",
                ".cfi_offset rbp, -16",
                "mov rbp, rsp",
                ".cfi_def_cfa_register rbp",
                "push rbx",
                ".cfi_offset rbx, -24",
                "mov rbx, rcx",
                "mov r11, rdx",
                "mov r10, rdi",
                "mov eax, r8d",
                "sub rsp, 8",
                "sub rsp, rsi",
                "and rsp, r9",
                "test rsi, rsi",
                "je 3f",
                "2:",
                "mov r8, qword ptr [r10 + rsi + {stack} - 8]",
                "mov r9, qword ptr [r10 + rsi + {stack} - 16]",
                "mov qword ptr [rsp + rsi - 8], r8",
                "mov qword ptr [rsp + rsi - 16], r9",
                "sub rsi, 16",
                "jne 2b",
                "3:",
                "movsd xmm0, qword ptr [r10 + 48]",
                "movsd xmm1, qword ptr [r10 + 56]",
                "movsd xmm2, qword ptr [r10 + 64]",
                "movsd xmm3, qword ptr [r10 + 72]",
                "movsd xmm4, qword ptr [r10 + 80]",
                "movsd xmm5, qword ptr [r10 + 88]",
                "movsd xmm6, qword ptr [r10 + 96]",
                "movsd xmm7, qword ptr [r10 + 104]",
                "mov rdi, qword ptr [r10]",
                "mov rsi, qword ptr [r10 + 8]",
                "mov rdx, qword ptr [r10 + 16]",
                "mov rcx, qword ptr [r10 + 24]",
                "mov r8, qword ptr [r10 + 32]",
                "mov r9, qword ptr [r10 + 40]",
                "call r11",
                "mov qword ptr [rbx], rax",
                "mov qword ptr [rbx + 8], rdx",
                "movsd qword ptr [rbx + 16], xmm0",
                "movsd qword ptr [rbx + 24], xmm1",
                $after,
                "mov rbx, qword ptr [rbp - 8]",
                ".cfi_restore rbx",
                "mov rsp, rbp",
                "pop rbp",
                ".cfi_restore rbp",
                ".cfi_def_cfa rsp, 8",
                "ret",
                ".cfi_endproc",
                stack = const STACK_AT,
            );
        }
    };
}

stub!(stub, "");
stub!(stub_x87, "fstp tbyte ptr [rbx + 32]");

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::ctype::StructType;

    fn plan(args: Vec<ArgType>, result: ArgType) -> (Direct, ImageLayout) {
        Direct::new(&Signature::new(args, result)).expect("plan")
    }

    #[test]
    fn common_shapes_are_called_without_the_stub() {
        let int = ArgType::int(4, true);
        assert_eq!(plan(vec![int.clone(); 6], int.clone()).0.entry, Entry::ToInteger(RegisterSet::Integers));
        assert_eq!(plan(vec![int.clone(); 3], int.clone()).0.entry, Entry::ToInteger(RegisterSet::Integers));
        assert_eq!(plan(vec![ArgType::Pointer], ArgType::Void).0.entry, Entry::ToInteger(RegisterSet::Two));
        assert_eq!(plan(vec![ArgType::Double; 8], int.clone()).0.entry, Entry::ToInteger(RegisterSet::All));
        assert_eq!(plan(vec![ArgType::Double; 3], ArgType::Float).0.entry, Entry::ToVector(RegisterSet::All));
        assert_eq!(
            plan(vec![int.clone(); 3], ArgType::Float).0.entry,
            Entry::ToVector(RegisterSet::Integers)
        );
        assert_eq!(
            plan(vec![int.clone(), ArgType::Double], ArgType::Float).0.entry,
            Entry::ToVector(RegisterSet::Few)
        );
        assert_eq!(plan(vec![int.clone(); 7], int).0.entry, Entry::Stub);
        assert_eq!(plan(vec![], ArgType::LongDouble).0.entry, Entry::Stub);
    }

    #[test]
    fn only_scattered_structs_are_moved() {
        let mixed = ArgType::Struct(Arc::new(StructType {
            size: 16,
            align: 8,
            fields: vec![(0, ArgType::Double, 1), (8, ArgType::Pointer, 1)],
        }));
        let pair = ArgType::Struct(Arc::new(StructType {
            size: 12,
            align: 4,
            fields: vec![(0, ArgType::int(4, true), 3)],
        }));
        let (direct, image) = plan(vec![pair, mixed], ArgType::Void);
        assert_eq!(image.offsets[..], [0, STACK_AT]);
        assert_eq!(direct.moves[..], [(STACK_AT, VECTORS_AT), (STACK_AT + 8, 16)]);
        assert_eq!(image.size, STACK_AT + 16);
    }

    #[test]
    fn padding_never_overwrites_the_next_argument() {
        let half = ArgType::Struct(Arc::new(StructType {
            size: 16,
            align: 16,
            fields: vec![(0, ArgType::int(4, true), 1)],
        }));
        let (direct, image) = plan(vec![half, ArgType::Pointer], ArgType::Void);
        assert_eq!(image.offsets[..], [STACK_AT, 8]);
        assert_eq!(direct.moves[..], [(STACK_AT, 0)]);
    }
}
