//! Closures on x86-64 System V, without libffi: the entry saves the argument registers, a list made with the
//! plan finds the arguments in them.

use std::arch::naked_asm;
use std::ffi::c_void;
use std::mem::MaybeUninit;

use crate::abi::sysv64::{self, Place, Return};
use crate::closure::Target;
use crate::ctype::Signature;
use crate::direct::{cell, in_place, result_index};
use crate::plan::PlanError;
use crate::registers::VECTORS_AT;

/// Arguments whose pointers fit on the stack; more take a heap block.
const FEW: usize = 24;
/// Structs put together from two registers: each takes one at least, and there are 14.
const SCATTERED: usize = sysv64::INTEGER_REGISTERS + sysv64::VECTOR_REGISTERS;

/// The sources of a handler's arguments.
#[derive(Debug)]
pub(crate) struct DirectClosure {
    sources: Box<[Source]>,
    result: Return,
}

#[derive(Clone, Copy, Debug)]
enum Source {
    /// At this offset of the saved registers.
    Frame(usize),
    /// At this offset of the stack arguments.
    Stack(usize),
    /// Halves at these offsets of the saved registers, put together; `None` is padding.
    Scattered([Option<usize>; 2]),
}

impl DirectClosure {
    /// Plans closures of `sig`, already checked.
    pub(crate) fn new(sig: &Signature) -> Result<DirectClosure, PlanError> {
        let mut sources = cffi_memory::vec(sig.args.len())?;
        let layout = sysv64::layout(&sig.args, &sig.result, |ty, place| {
            sources.push(match place {
                Place::Stack(offset) => Source::Stack(offset),
                Place::Registers(registers) => match in_place(ty, registers) {
                    Some(offset) => Source::Frame(offset),
                    None => Source::Scattered(registers.map(|half| half.map(cell))),
                },
            });
        })
        .ok_or(PlanError::TooLarge)?;
        Ok(DirectClosure { sources: sources.into_boxed_slice(), result: layout.result })
    }

    /// Runs the handler on the saved registers and sets those of the result.
    ///
    /// # Safety
    /// Called from the entry of a closure with this plan and target.
    unsafe fn run(&self, target: &Target, frame: &mut Frame, stack: *mut u8) {
        let mut scratch = [MaybeUninit::<[u64; 2]>::uninit(); SCATTERED];
        let mut few = [MaybeUninit::<*mut u8>::uninit(); FEW];
        let mut many = Vec::new();
        let args = match few.get_mut(..self.sources.len()) {
            Some(args) => args,
            None => {
                // If there is no memory, the function does not run, and C receives the zeros in the frame.
                if many.try_reserve_exact(self.sources.len()).is_err() {
                    return;
                }
                many.resize(self.sources.len(), MaybeUninit::uninit());
                &mut many[..]
            }
        };
        let registers = (&raw mut frame.registers).cast::<u8>();
        let mut next = scratch.iter_mut();
        for (arg, source) in args.iter_mut().zip(&self.sources) {
            arg.write(match *source {
                Source::Frame(offset) => registers.wrapping_add(offset),
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
            });
        }
        let args = args.as_ptr().cast::<*mut u8>();
        if self.result == Return::Memory {
            let area = frame.registers[0] as usize as *mut u8;
            // SAFETY: the creator of the closure vouched for the handler; the caller gave the area.
            unsafe { (target.handler)(area, args, target.user) };
            frame.result[0] = area as usize as u64;
            return;
        }
        let mut area = Area([0; 2]);
        // SAFETY: the handler of a live closure gets an area of 16 aligned bytes.
        unsafe { (target.handler)((&raw mut area).cast(), args, target.user) };
        match self.result {
            Return::Void | Return::Memory => {}
            Return::Integer { .. } => frame.result[0] = area.0[0],
            Return::Vector => frame.result[2] = area.0[0],
            Return::X87 => (frame.x87, frame.has_x87) = (area.0, 1),
            Return::Registers(halves) => {
                for (half, register) in area.0.into_iter().zip(halves) {
                    if let Some(register) = register {
                        frame.result[result_index(register)] = half;
                    }
                }
            }
        }
    }
}

#[repr(C, align(16))]
struct Area([u64; 2]);

/// The data that the entry keeps on its stack.
#[repr(C)]
struct Frame {
    /// The argument registers, as in the image of a call.
    registers: [u64; sysv64::INTEGER_REGISTERS + sysv64::VECTOR_REGISTERS],
    /// rax, rdx, xmm0, xmm1 at return.
    result: [u64; 4],
    x87: [u64; 2],
    /// Whether the result is `x87`.
    has_x87: u64,
}

const RESULT_AT: usize = std::mem::offset_of!(Frame, result);
const X87_AT: usize = std::mem::offset_of!(Frame, x87);
const HAS_X87_AT: usize = std::mem::offset_of!(Frame, has_x87);
/// With the return address, a multiple of 16.
const FRAME: usize = size_of::<Frame>();
const _: () = assert!(FRAME % 16 == 8 && VECTORS_AT == 48);

/// Returns the code to which the trampolines of closures jump.
pub(crate) fn entry() -> *const c_void {
    enter as *const c_void
}

/// Saves the argument registers, runs [`dispatch`], loads the result registers. r10 is the trampoline's data,
/// whose first word is the target.
#[unsafe(naked)]
unsafe extern "C" fn enter() {
    naked_asm!(
        ".cfi_startproc",
        "endbr64",
        "sub rsp, {frame}",
        ".cfi_adjust_cfa_offset {frame}",
        "mov qword ptr [rsp], rdi",
        "mov qword ptr [rsp + 8], rsi",
        "mov qword ptr [rsp + 16], rdx",
        "mov qword ptr [rsp + 24], rcx",
        "mov qword ptr [rsp + 32], r8",
        "mov qword ptr [rsp + 40], r9",
        "movsd qword ptr [rsp + 48], xmm0",
        "movsd qword ptr [rsp + 56], xmm1",
        "movsd qword ptr [rsp + 64], xmm2",
        "movsd qword ptr [rsp + 72], xmm3",
        "movsd qword ptr [rsp + 80], xmm4",
        "movsd qword ptr [rsp + 88], xmm5",
        "movsd qword ptr [rsp + 96], xmm6",
        "movsd qword ptr [rsp + 104], xmm7",
        "xor eax, eax",
        "mov qword ptr [rsp + {result}], rax",
        "mov qword ptr [rsp + {result} + 8], rax",
        "mov qword ptr [rsp + {result} + 16], rax",
        "mov qword ptr [rsp + {result} + 24], rax",
        "mov qword ptr [rsp + {has_x87}], rax",
        "mov rdi, qword ptr [r10]",
        "mov rsi, rsp",
        "lea rdx, [rsp + {frame} + 8]",
        "call {dispatch}",
        "cmp qword ptr [rsp + {has_x87}], 0",
        "je 2f",
        "fld tbyte ptr [rsp + {x87}]",
        "2:",
        "mov rax, qword ptr [rsp + {result}]",
        "mov rdx, qword ptr [rsp + {result} + 8]",
        "movsd xmm0, qword ptr [rsp + {result} + 16]",
        "movsd xmm1, qword ptr [rsp + {result} + 24]",
        "add rsp, {frame}",
        ".cfi_adjust_cfa_offset -{frame}",
        "ret",
        ".cfi_endproc",
        frame = const FRAME,
        result = const RESULT_AT,
        x87 = const X87_AT,
        has_x87 = const HAS_X87_AT,
        dispatch = sym dispatch,
    )
}

/// # Safety
/// Called by `enter` only: the target of a closure in use, the registers just saved, the stack arguments.
unsafe extern "C" fn dispatch(target: *const Target, frame: *mut Frame, stack: *mut u8) {
    // SAFETY: the closure is in use, so its target and its plan are alive; the frame is the entry's own.
    unsafe {
        let target = &*target;
        (*target.direct).run(target, &mut *frame, stack);
    }
}
