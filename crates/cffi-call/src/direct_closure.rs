//! Closures on x86-64 System V, without libffi: the entry saves the argument registers, a list made with the
//! plan finds the arguments in them.

use std::arch::naked_asm;
use std::ffi::c_void;
use std::mem::MaybeUninit;

use crate::addresses::{Address, FEW, room};
use crate::closure::{CellHandler, Target};
use crate::places::{Places, Return, Source, Width, Words};
use crate::plan_error::PlanError;
use crate::registers::{INTEGERS, VECTORS, VECTORS_AT};
use crate::scalar;
use crate::signature::Signature;
use crate::va_list::{INTEGERS_END, REGISTERS_END, VaList};

/// Structs put together from two registers: each takes one at least, and there are 14.
const SCATTERED: usize = INTEGERS + VECTORS;

/// The sources of a handler's arguments.
#[derive(Debug)]
pub(crate) struct DirectClosure {
    sources: Box<[Source]>,
    result: Return,
    width: Width,
    /// Zeros, as many as the largest argument has of which no byte is passed.
    zeros: Box<[u8]>,
    /// The registers and stack bytes in use by the arguments before `...`.
    named: Named,
    /// The size of a result that has no members, so that C does not read it; 0 for others.
    unread: usize,
}

/// The registers and stack bytes that arguments with names take.
#[derive(Debug)]
struct Named {
    integers: u32,
    vectors: u32,
    stack: usize,
}

/// A `va_list` with its register save area.
#[repr(C, align(16))]
struct Rest {
    saved: [u8; REGISTERS_END as usize],
    list: VaList,
}

impl DirectClosure {
    /// Plans closures of `sig`, already checked.
    pub(crate) fn new(sig: &Signature<'_>) -> Result<DirectClosure, PlanError> {
        // `va_arg` reads 16 bytes of a vector register.
        let is_variadic = sig.call.fixed.is_some();
        let least = if is_variadic { Width::Wide } else { Width::Narrow };
        let Places { mut sources, result, width, counts, stack_used, .. } = Places::new(sig, least)?;
        let named = Named { integers: counts.0 as u32, vectors: counts.1 as u32, stack: stack_used };
        let nowhere = sources.iter().zip(sig.call.args).filter(|(source, _)| **source == Source::Nowhere);
        let most = nowhere.map(|(_, ty)| scalar::size(sig.types, *ty)).max().unwrap_or(0);
        let zeros = cffi_memory::repeated(0, most)?.into_boxed_slice();
        if is_variadic {
            cffi_memory::push(&mut sources, Source::Rest)?;
        }
        let size = scalar::size(sig.types, sig.call.result);
        let unread = if result == Return::Void { size } else { 0 };
        Ok(DirectClosure { sources: sources.into_boxed_slice(), result, width, zeros, named, unread })
    }

    /// Returns the code to which the trampolines of these closures jump.
    pub(crate) fn entry(&self) -> *const c_void {
        match self.width {
            Width::Narrow => enter as *const c_void,
            Width::Wide => enter_wide as *const c_void,
            Width::Avx => enter_avx as *const c_void,
            Width::Avx512 => enter_avx512 as *const c_void,
        }
    }

    /// Returns the code to which the trampolines of these closures jump if they have a handler of cells; `None` if the
    /// arguments or the result do not lie in cells.
    pub(crate) fn cell_entry(&self) -> Option<*const c_void> {
        if self.width != Width::Narrow || self.unread > 0 {
            return None;
        }
        let from = |start: usize, most: usize| {
            let lies = |(i, source): (usize, &Source)| *source == Source::Registers(start + 8 * i);
            self.sources.len() <= most && self.sources.iter().enumerate().all(lies)
        };
        let integers = from(0, INTEGERS);
        if !integers && !from(VECTORS_AT, VECTORS) {
            return None;
        }
        match (integers, self.result) {
            (true, Return::Void | Return::Integer { .. }) => Some(integers_to_integer as *const c_void),
            (true, Return::Vector) => Some(integers_to_vector as *const c_void),
            (false, Return::Void | Return::Integer { .. }) => Some(vectors_to_integer as *const c_void),
            (false, Return::Vector) => Some(vectors_to_vector as *const c_void),
            _ => None,
        }
    }

    /// Makes the `va_list` of a call, and returns its address.
    ///
    /// # Safety
    /// `registers` and `stack` are those of a call of this closure.
    #[cold]
    unsafe fn rest(&self, rest: &mut MaybeUninit<Rest>, registers: *mut u8, stack: *mut u8) -> *mut u8 {
        let rest = rest.as_mut_ptr();
        let named = &self.named;
        // SAFETY: the entry saves six integer registers, and at least 16 bytes of each vector register; the save area has
        // room for both.
        unsafe {
            let saved = (&raw mut (*rest).saved).cast::<u8>();
            saved.copy_from_nonoverlapping(registers, VECTORS_AT);
            for number in 0..VECTORS {
                let from = registers.add(VECTORS_AT + self.width as usize * number);
                saved.add(VECTORS_AT + 16 * number).copy_from_nonoverlapping(from, 16);
            }
            let list = &raw mut (*rest).list;
            list.write(VaList {
                gp_offset: 8 * named.integers,
                fp_offset: INTEGERS_END + 16 * named.vectors,
                overflow: stack.add(named.stack),
                registers: saved,
            });
            list.cast()
        }
    }

    /// Runs the handler on the saved registers and sets those of the result.
    ///
    /// # Safety
    /// Called from the entry of a closure with this plan and target.
    unsafe fn run(&self, target: &Target, results: &mut Results, registers: *mut u8, stack: *mut u8) {
        let mut scratch = [MaybeUninit::<[u64; 2]>::uninit(); SCATTERED];
        let mut few = [Address::uninit(); FEW];
        let mut rest = MaybeUninit::<Rest>::uninit();
        let mut many = Vec::new();
        let Some(args) = room(&mut few, &mut many, self.sources.len()) else {
            // There is no memory, so the function does not run, and C receives the zeros in the frame.
            return;
        };
        let mut next = scratch.iter_mut();
        for (arg, source) in args.iter_mut().zip(&self.sources) {
            arg.write(match *source {
                Source::Registers(offset) => registers.wrapping_add(offset),
                Source::Stack(offset) => stack.wrapping_add(offset),
                Source::Scattered(halves) => {
                    // SAFETY: offsets of saved registers, from `cell`.
                    let read = |at: usize| unsafe { registers.add(at).cast::<u64>().read() };
                    match next.next() {
                        Some(place) => {
                            place.write(halves.map(|half| half.map_or(0, read))).as_mut_ptr().cast()
                        }
                        // There are fewer registers than that, so this does not happen.
                        None => return,
                    }
                }
                // The type has no bytes, or unnamed bit-fields only. A handler does not write to its arguments.
                Source::Nowhere => self.zeros.as_ptr().cast_mut(),
                Source::Rest => {
                    // SAFETY: the registers and the stack arguments are those that the entry has saved.
                    unsafe { self.rest(&mut rest, registers, stack) }
                }
            });
        }
        let args = args.as_ptr().cast::<*mut u8>();
        if self.result == Return::Memory {
            // SAFETY: the first integer register is saved first, and holds the address of the result's memory.
            let area = unsafe { registers.cast::<*mut u8>().read() };
            // SAFETY: the creator of the closure vouched for the handler; the caller gave the area.
            unsafe { (target.handler)(area, args, target.user) };
            results.words[0] = area as usize as u64;
            return;
        }
        if self.result == Return::ComplexX87 {
            // SAFETY: the results lie in the entry's frame, whose x87 part has the 32 aligned bytes of such a number.
            unsafe { (target.handler)((&raw mut results.x87).cast(), args, target.user) };
            results.x87_count = 2;
            return;
        }
        if let Return::WideVector { .. } = self.result {
            results.vector = [0; 8];
            // SAFETY: the vector in the entry's frame has 64 bytes, as many as the widest register.
            unsafe { (target.handler)((&raw mut results.vector).cast(), args, target.user) };
            results.has_vector = 1;
            return;
        }
        if self.unread > size_of::<Area>() {
            let Ok(mut unread) = cffi_memory::repeated(0_u8, self.unread) else { return };
            // SAFETY: the handler of a live closure gets as many bytes as the result has.
            unsafe { (target.handler)(unread.as_mut_ptr().cast(), args, target.user) };
            return;
        }
        let mut area = Area([0; 2]);
        // SAFETY: the handler of a live closure gets an area of 16 aligned bytes.
        unsafe { (target.handler)((&raw mut area).cast(), args, target.user) };
        match self.result {
            Return::Void | Return::Memory | Return::ComplexX87 | Return::WideVector { .. } => {}
            Return::Integer { .. } => results.words[0] = area.0[0],
            Return::Vector => results.words[2] = area.0[0],
            Return::X87 => {
                results.x87 = [area.0[0], area.0[1], 0, 0];
                results.x87_count = 1;
            }
            Return::Words(halves) => {
                for (half, word) in area.0.into_iter().zip(halves) {
                    if let Some(word) = word.and_then(|word| results.words.get_mut(usize::from(word))) {
                        *word = half;
                    }
                }
            }
        }
    }
}

#[repr(C, align(16))]
struct Area([u64; 2]);

/// The first part of what the entry keeps on its stack. The argument registers follow, as in the image of a call.
#[repr(C)]
struct Results {
    words: Words,
    x87: [u64; 4],
    /// The number of `x87` values in the result.
    x87_count: u64,
    /// 1 if the result is `vector`; read by the entries of AVX and AVX-512 only.
    has_vector: u64,
    vector: [u64; 8],
}

const X87_AT: usize = std::mem::offset_of!(Results, x87);
/// The offsets that the entries of AVX and AVX-512 contain as numbers.
const _: () =
    assert!(std::mem::offset_of!(Results, has_vector) == 88 && std::mem::offset_of!(Results, vector) == 96);
const X87_COUNT_AT: usize = std::mem::offset_of!(Results, x87_count);
const REGISTERS_AT: usize = size_of::<Results>();
const _: () = assert!(X87_AT == 48 && VECTORS_AT == 48 && REGISTERS_AT.is_multiple_of(16));

/// Returns the size of an entry's frame. With the return address it is a multiple of 16.
const fn frame(width: Width) -> usize {
    REGISTERS_AT + width.registers() + 8
}

const _: () =
    assert!(frame(Width::Narrow) % 16 == 8 && frame(Width::Wide) % 16 == 8 && frame(Width::Avx512) % 16 == 8);

/// Defines an entry of closures.
macro_rules! entry {
    ($name:ident, $width:expr, [$($save:literal),*], [$($clear:literal),*], [$($load:literal),*]) => {
        /// Saves the argument registers, runs [`dispatch`], loads the result registers. r10 is the trampoline's data,
        /// whose first word is the target.
        #[unsafe(naked)]
        unsafe extern "C" fn $name() {
            naked_asm!(
                ".cfi_startproc",
                "endbr64",
                "sub rsp, {frame}",
                ".cfi_adjust_cfa_offset {frame}",
                "mov qword ptr [rsp + {at}], rdi",
                "mov qword ptr [rsp + {at} + 8], rsi",
                "mov qword ptr [rsp + {at} + 16], rdx",
                "mov qword ptr [rsp + {at} + 24], rcx",
                "mov qword ptr [rsp + {at} + 32], r8",
                "mov qword ptr [rsp + {at} + 40], r9",
                $($save,)*
                "xorps xmm0, xmm0",
                "movaps xmmword ptr [rsp], xmm0",
                "movaps xmmword ptr [rsp + 16], xmm0",
                "movaps xmmword ptr [rsp + 32], xmm0",
                "mov qword ptr [rsp + {count}], 0",
                $($clear,)*
                "mov rdi, qword ptr [r10]",
                "mov rsi, rsp",
                "lea rdx, [rsp + {frame} + 8]",
                "call {dispatch}",
                "cmp qword ptr [rsp + {count}], 0",
                "je 2f",
                "cmp qword ptr [rsp + {count}], 1",
                "je 3f",
                "fld tbyte ptr [rsp + {x87} + 16]",
                "3:",
                "fld tbyte ptr [rsp + {x87}]",
                "2:",
                "mov rax, qword ptr [rsp]",
                "mov rdx, qword ptr [rsp + 8]",
                "movaps xmm0, xmmword ptr [rsp + 16]",
                "movaps xmm1, xmmword ptr [rsp + 32]",
                $($load,)*
                "add rsp, {frame}",
                ".cfi_adjust_cfa_offset -{frame}",
                "ret",
                ".cfi_endproc",
                frame = const frame($width),
                at = const REGISTERS_AT,
                x87 = const X87_AT,
                count = const X87_COUNT_AT,
                dispatch = sym dispatch,
            )
        }
    };
}

entry!(
    enter,
    Width::Narrow,
    [
        "movsd qword ptr [rsp + {at} + 48], xmm0",
        "movsd qword ptr [rsp + {at} + 56], xmm1",
        "movsd qword ptr [rsp + {at} + 64], xmm2",
        "movsd qword ptr [rsp + {at} + 72], xmm3",
        "movsd qword ptr [rsp + {at} + 80], xmm4",
        "movsd qword ptr [rsp + {at} + 88], xmm5",
        "movsd qword ptr [rsp + {at} + 96], xmm6",
        "movsd qword ptr [rsp + {at} + 104], xmm7"
    ],
    [],
    []
);
entry!(
    enter_wide,
    Width::Wide,
    [
        "movaps xmmword ptr [rsp + {at} + 48], xmm0",
        "movaps xmmword ptr [rsp + {at} + 64], xmm1",
        "movaps xmmword ptr [rsp + {at} + 80], xmm2",
        "movaps xmmword ptr [rsp + {at} + 96], xmm3",
        "movaps xmmword ptr [rsp + {at} + 112], xmm4",
        "movaps xmmword ptr [rsp + {at} + 128], xmm5",
        "movaps xmmword ptr [rsp + {at} + 144], xmm6",
        "movaps xmmword ptr [rsp + {at} + 160], xmm7"
    ],
    [],
    []
);
entry!(
    enter_avx,
    Width::Avx,
    [
        "vmovups ymmword ptr [rsp + {at} + 48], ymm0",
        "vmovups ymmword ptr [rsp + {at} + 80], ymm1",
        "vmovups ymmword ptr [rsp + {at} + 112], ymm2",
        "vmovups ymmword ptr [rsp + {at} + 144], ymm3",
        "vmovups ymmword ptr [rsp + {at} + 176], ymm4",
        "vmovups ymmword ptr [rsp + {at} + 208], ymm5",
        "vmovups ymmword ptr [rsp + {at} + 240], ymm6",
        "vmovups ymmword ptr [rsp + {at} + 272], ymm7"
    ],
    ["mov qword ptr [rsp + 88], 0", "vzeroupper"],
    ["cmp qword ptr [rsp + 88], 0", "je 4f", "vmovups ymm0, ymmword ptr [rsp + 96]", "4:"]
);
entry!(
    enter_avx512,
    Width::Avx512,
    [
        "vmovups zmmword ptr [rsp + {at} + 48], zmm0",
        "vmovups zmmword ptr [rsp + {at} + 112], zmm1",
        "vmovups zmmword ptr [rsp + {at} + 176], zmm2",
        "vmovups zmmword ptr [rsp + {at} + 240], zmm3",
        "vmovups zmmword ptr [rsp + {at} + 304], zmm4",
        "vmovups zmmword ptr [rsp + {at} + 368], zmm5",
        "vmovups zmmword ptr [rsp + {at} + 432], zmm6",
        "vmovups zmmword ptr [rsp + {at} + 496], zmm7"
    ],
    ["mov qword ptr [rsp + 88], 0", "vzeroupper"],
    ["cmp qword ptr [rsp + 88], 0", "je 4f", "vmovups zmm0, zmmword ptr [rsp + 96]", "4:"]
);

/// Defines an entry of closures with a handler of cells.
macro_rules! cell_entry {
    ($name:ident, $bytes:literal, [$($save:literal),*], [$($load:literal),*]) => {
        /// Saves the registers that arguments of one class are in, runs the handler of cells, and loads the register of the
        /// result. r10 is the trampoline's data, whose first word is the target.
        #[unsafe(naked)]
        unsafe extern "C" fn $name() {
            naked_asm!(
                ".cfi_startproc",
                "endbr64",
                concat!("sub rsp, ", $bytes),
                concat!(".cfi_adjust_cfa_offset ", $bytes),
                $($save,)*
                "mov rax, qword ptr [r10]",
                "mov rdi, rsp",
                "mov rsi, qword ptr [rax + {user}]",
                "call qword ptr [rax + {cells}]",
                $($load,)*
                concat!("add rsp, ", $bytes),
                concat!(".cfi_adjust_cfa_offset -", $bytes),
                "ret",
                ".cfi_endproc",
                user = const std::mem::offset_of!(Target, user),
                cells = const std::mem::offset_of!(Target, cells),
            )
        }
    };
}

/// An optional function is its address.
const _: () = assert!(size_of::<Option<CellHandler>>() == size_of::<*const c_void>());
/// The entries have as many cells as registers of their class.
const _: () = assert!(INTEGERS == 6 && VECTORS == 8);

/// Defines the entries for arguments of one class, each with a result in an integer or a vector register.
macro_rules! cell_entries {
    ($to_integer:ident, $to_vector:ident, $bytes:literal, $save:tt) => {
        cell_entry!($to_integer, $bytes, $save, []);
        cell_entry!($to_vector, $bytes, $save, ["movq xmm0, rax"]);
    };
}

cell_entries!(
    integers_to_integer,
    integers_to_vector,
    56,
    [
        "mov qword ptr [rsp], rdi",
        "mov qword ptr [rsp + 8], rsi",
        "mov qword ptr [rsp + 16], rdx",
        "mov qword ptr [rsp + 24], rcx",
        "mov qword ptr [rsp + 32], r8",
        "mov qword ptr [rsp + 40], r9"
    ]
);
cell_entries!(
    vectors_to_integer,
    vectors_to_vector,
    72,
    [
        "movsd qword ptr [rsp], xmm0",
        "movsd qword ptr [rsp + 8], xmm1",
        "movsd qword ptr [rsp + 16], xmm2",
        "movsd qword ptr [rsp + 24], xmm3",
        "movsd qword ptr [rsp + 32], xmm4",
        "movsd qword ptr [rsp + 40], xmm5",
        "movsd qword ptr [rsp + 48], xmm6",
        "movsd qword ptr [rsp + 56], xmm7"
    ]
);

/// # Safety
/// Called by an entry only: the target of a closure in use, the results and behind them the registers just saved, the
/// stack arguments.
unsafe extern "C" fn dispatch(target: *const Target, results: *mut Results, stack: *mut u8) {
    // SAFETY: the closure is in use, so its target and its plan are alive; the frame is the entry's own, and the
    // registers follow the results in it.
    unsafe {
        let target = &*target;
        let registers = results.cast::<u8>().add(REGISTERS_AT);
        (*target.direct).run(target, &mut *results, registers, stack);
    }
}
