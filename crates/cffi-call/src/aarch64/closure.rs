//! Closures on AArch64, without libffi: the entry saves the argument registers, a list made with the plan finds the
//! arguments in them.

use std::arch::naked_asm;
use std::ffi::c_void;
use std::mem::MaybeUninit;

use super::places::{Part, Places, Return, Source, Width};
use super::va_list::VaList;
use crate::addresses::{Address, FEW, room};
use crate::closure::Target;
use crate::plan_error::PlanError;
use crate::registers::{INTEGERS, VECTORS, VECTORS_AT};
use crate::scalar;
use crate::signature::Signature;

/// Structs put together from registers: each takes one at least.
const SCATTERED: usize = INTEGERS + VECTORS;

/// The sources of a handler's arguments.
#[derive(Debug)]
pub(crate) struct DirectClosure {
    sources: Box<[Source]>,
    parts: Box<[Part]>,
    result: Return,
    width: Width,
    /// Zeros, as many as the largest argument has of which no byte is passed.
    zeros: Box<[u8]>,
    /// The registers and stack bytes in use by the arguments before `...`.
    named: Named,
}

/// The registers and stack bytes that arguments with names take.
#[derive(Debug)]
struct Named {
    integers: i32,
    vectors: i32,
    stack: usize,
}

/// A struct that is put together: at most four parts of 16 bytes.
type Whole = [u64; 8];

impl DirectClosure {
    /// Plans closures of `sig`, already checked.
    pub(crate) fn new(sig: &Signature<'_>) -> Result<DirectClosure, PlanError> {
        // `va_arg` reads 16 bytes of a vector register.
        let is_variadic = sig.call.fixed.is_some();
        let least = if is_variadic { Width::Wide } else { Width::Narrow };
        let Places { mut sources, parts, result, width, counts, stack_used, .. } = Places::new(sig, least)?;
        let named = Named { integers: counts.0 as i32, vectors: counts.1 as i32, stack: stack_used };
        let nowhere = sources.iter().zip(sig.call.args).filter(|(source, _)| **source == Source::Nowhere);
        let most = nowhere.map(|(_, ty)| scalar::size(sig.types, *ty)).max().unwrap_or(0);
        let zeros = cffi_memory::repeated(0, most)?.into_boxed_slice();
        if is_variadic {
            cffi_memory::push(&mut sources, Source::Rest)?;
        }
        let (sources, parts) = (sources.into_boxed_slice(), parts.into_boxed_slice());
        Ok(DirectClosure { sources, parts, result, width, zeros, named })
    }

    /// Returns the code for handlers of cells: there is none.
    #[allow(clippy::unused_self, reason = "the plans of other platforms have some")]
    pub(crate) fn cell_entry(&self) -> Option<*const c_void> {
        None
    }

    /// Returns the code to which the trampolines of these closures jump.
    pub(crate) fn entry(&self) -> *const c_void {
        match self.width {
            Width::Narrow => enter as *const c_void,
            Width::Wide => enter_wide as *const c_void,
        }
    }

    /// Makes the `va_list` of a call.
    fn rest(&self, registers: *mut u8, stack: *mut u8) -> VaList {
        VaList::of(
            stack.wrapping_add(self.named.stack),
            registers.wrapping_add(VECTORS_AT),
            registers.wrapping_add(Width::Wide.registers()),
            (self.named.integers - INTEGERS as i32) * 8,
            (self.named.vectors - VECTORS as i32) * 16,
        )
    }

    /// Copies the parts of an argument to where they lie in memory.
    ///
    /// # Safety
    /// `registers` are those that the entry has saved.
    unsafe fn gather(&self, (start, count): (usize, usize), registers: *const u8, whole: *mut Whole) {
        for part in self.parts.iter().skip(start).take(count) {
            // SAFETY: the parts are those of a homogeneous struct, which has 64 bytes at most; each lies in a register.
            unsafe {
                let to = whole.cast::<u8>().add(part.offset);
                to.copy_from_nonoverlapping(registers.add(part.at), part.size);
            }
        }
    }

    /// Runs the handler on the saved registers and sets those of the result.
    ///
    /// # Safety
    /// Called from the entry of a closure with this plan and target.
    unsafe fn run(&self, target: &Target, results: &mut Results, registers: *mut u8, stack: *mut u8) {
        let mut scratch = [const { MaybeUninit::<Whole>::uninit() }; SCATTERED];
        let mut few = [Address::uninit(); FEW];
        let mut rest = MaybeUninit::<VaList>::uninit();
        let mut many = Vec::new();
        let Some(args) = room(&mut few, &mut many, self.sources.len()) else {
            // There is no memory, so the function does not run, and C receives zeros.
            *results = Results { words: [0; 2], vectors: [[0; 2]; 4], ..*results };
            return;
        };
        let mut next = scratch.iter_mut();
        for (arg, source) in args.iter_mut().zip(&self.sources) {
            arg.write(match *source {
                Source::Registers(offset) => registers.wrapping_add(offset),
                Source::Stack(offset) | Source::Packed { at: offset, .. } => stack.wrapping_add(offset),
                // SAFETY: an address that is passed in this cell, which the entry has saved.
                Source::AddressInRegister(at) => unsafe { registers.add(at).cast::<*mut u8>().read() },
                // SAFETY: an address that the caller has put on the stack for this argument.
                Source::AddressOnStack(at) => unsafe { stack.add(at).cast::<*mut u8>().read() },
                Source::Scattered { start, count } => match next.next() {
                    Some(place) => {
                        // SAFETY: the registers are those that the entry has saved.
                        unsafe { self.gather((start, count), registers, place.as_mut_ptr()) };
                        place.as_mut_ptr().cast()
                    }
                    // There are fewer registers than that, so this does not happen.
                    None => return,
                },
                // The type has no bytes. A handler does not write to its arguments.
                Source::Nowhere => self.zeros.as_ptr().cast_mut(),
                Source::Rest => std::ptr::from_mut(rest.write(self.rest(registers, stack))).cast(),
            });
        }
        let args = args.as_ptr().cast::<*mut u8>();
        if self.result == Return::Memory {
            // SAFETY: the creator of the closure vouched for the handler; x8 is the area that the caller gave.
            unsafe { (target.handler)(results.memory, args, target.user) };
            // The convention does not ask for it; some callers of other conventions look there.
            results.words[0] = results.memory as usize as u64;
            return;
        }
        let mut area = Area([0; 8]);
        // SAFETY: the handler of a live closure gets an area of at least 16 aligned bytes, or 64, as many as a
        // homogeneous struct can have.
        unsafe { (target.handler)((&raw mut area).cast(), args, target.user) };
        match self.result {
            Return::Void | Return::Memory => {}
            Return::Integer { .. } => results.words[0] = area.0[0],
            Return::Vector => results.vectors[0] = [area.0[0], 0],
            Return::Words => results.words = [area.0[0], area.0[1]],
            Return::Vectors { count, size } => {
                let from = (&raw const area.0).cast::<u8>();
                let size = usize::from(size);
                for (i, vector) in results.vectors.iter_mut().take(usize::from(count)).enumerate() {
                    *vector = [0; 2];
                    // SAFETY: four parts of 16 bytes at most lie in the area; a register has 16 bytes.
                    unsafe {
                        let to = std::ptr::from_mut(vector).cast::<u8>();
                        to.copy_from_nonoverlapping(from.add(i * size), size);
                    }
                }
            }
        }
    }
}

#[repr(C, align(16))]
struct Area(Whole);

/// What the entry keeps on its stack behind its frame record. The argument registers follow, as in the image of a call.
#[repr(C)]
struct Results {
    words: [u64; 2],
    vectors: [[u64; 2]; 4],
    /// x8: where a result in memory goes.
    memory: *mut u8,
    unused: u64,
}

/// The size of the frame record: x29 and x30.
const RECORD: usize = 16;
const REGISTERS_AT: usize = RECORD + size_of::<Results>();
const _: () = assert!(size_of::<Results>() == 96 && VECTORS_AT == 64);

const fn frame(width: Width) -> usize {
    REGISTERS_AT + width.registers()
}

const _: () = assert!(frame(Width::Narrow).is_multiple_of(16) && frame(Width::Wide).is_multiple_of(16));

/// Defines an entry of closures.
macro_rules! entry {
    ($name:ident, $width:expr, [$($save:literal),*]) => {
        /// Saves the argument registers, runs [`dispatch`], loads the result registers. x17 is the trampoline's data,
        /// whose first word is the target.
        #[unsafe(naked)]
        unsafe extern "C" fn $name() {
            naked_asm!(
                ".cfi_startproc",
                "hint #36",
                "stp x29, x30, [sp, #-{frame}]!",
                ".cfi_def_cfa_offset {frame}",
                ".cfi_offset x29, -{frame}",
                ".cfi_offset x30, -{frame} + 8",
                "mov x29, sp",
                "stp x0, x1, [sp, #112]",
                "stp x2, x3, [sp, #128]",
                "stp x4, x5, [sp, #144]",
                "stp x6, x7, [sp, #160]",
                $($save,)*
                "str x8, [sp, #96]",
                "ldr x0, [x17]",
                "add x1, sp, #16",
                "add x2, sp, #{frame}",
                "bl {dispatch}",
                "ldp x0, x1, [sp, #16]",
                "ldp q0, q1, [sp, #32]",
                "ldp q2, q3, [sp, #64]",
                "ldp x29, x30, [sp], #{frame}",
                ".cfi_restore x29",
                ".cfi_restore x30",
                ".cfi_def_cfa_offset 0",
                "ret",
                ".cfi_endproc",
                frame = const frame($width),
                dispatch = sym dispatch,
            )
        }
    };
}

const _: () = assert!(REGISTERS_AT == 112 && std::mem::offset_of!(Results, memory) + RECORD == 96);

entry!(
    enter,
    Width::Narrow,
    ["stp d0, d1, [sp, #176]", "stp d2, d3, [sp, #192]", "stp d4, d5, [sp, #208]", "stp d6, d7, [sp, #224]"]
);
entry!(
    enter_wide,
    Width::Wide,
    ["stp q0, q1, [sp, #176]", "stp q2, q3, [sp, #208]", "stp q4, q5, [sp, #240]", "stp q6, q7, [sp, #272]"]
);

/// # Safety
/// Called by an entry only: the target of a closure in use, the results and behind them the registers just saved, the
/// stack arguments.
unsafe extern "C" fn dispatch(target: *const Target, results: *mut Results, stack: *mut u8) {
    // SAFETY: the closure is in use, so its target and its plan are alive; the frame is the entry's own, and the
    // registers follow the results in it.
    unsafe {
        let target = &*target;
        let registers = results.cast::<u8>().add(size_of::<Results>());
        (*target.direct).run(target, &mut *results, registers, stack);
    }
}
