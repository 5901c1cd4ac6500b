//! Direct calls on x86-64 System V.
//!
//! The image is what the registers and the stack are to hold:
//!
//! | bytes | what |
//! |---|---|
//! | 0..48 | rdi, rsi, rdx, rcx, r8, r9 |
//! | 48..112 | the low halves of xmm0 to xmm7 |
//! | 112.. | the arguments on the stack, as they will lie there |
//! | behind | values whose two halves go to different kinds of register, moved by a list made with the plan |
//!
//! If an argument takes more than half of a vector register, all of xmm0 to xmm7 are in the image, at 48..176. For vectors
//! of 32 and 64 bytes ymm0 to ymm7 (48..304) or zmm0 to zmm7 (48..560) are.

use std::arch::naked_asm;
use std::ffi::c_void;
use std::mem::MaybeUninit;

use crate::places::{Places, Return, Source, Width, Words};
use crate::plan_error::PlanError;
use crate::registers::{Extension, RegisterSet};
use crate::scalar;
use crate::signature::Signature;

/// A call of one signature.
#[derive(Debug)]
pub(crate) struct Direct {
    entry: Entry,
    result: Return,
    /// The extension of an integer result.
    extension: Extension,
    /// Vector registers in use, for variadic functions.
    vector_count: u8,
    stack_size: usize,
    stack_align: usize,
    /// The stub for [`Entry::Stub`].
    stub: Stub,
    /// Whether the image is registers only, and is loaded as it is.
    only_registers: bool,
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
    Stub(Width),
}

/// Offsets of arguments and the size of an image.
pub(crate) struct ImageLayout {
    pub(crate) offsets: Box<[usize]>,
    pub(crate) size: usize,
}

impl Direct {
    /// Plans the call of `sig`, already checked.
    pub(crate) fn new(sig: &Signature<'_>) -> Result<(Direct, ImageLayout), PlanError> {
        let places = Places::new(sig, Width::Narrow)?;
        let stack_at = places.width.registers();
        let mut offsets = cffi_memory::vec(places.sources.len())?;
        // No overflow: the stack has half of isize::MAX bytes at most, and so has a value.
        let mut end = stack_at + places.stack_size;
        let mut moves = Vec::new();
        for (source, ty) in places.sources.iter().zip(sig.call.args) {
            offsets.push(match *source {
                Source::Registers(at) => at,
                Source::Stack(at) => stack_at + at,
                Source::Scattered(halves) => {
                    let at = end;
                    for (half, to) in halves.into_iter().enumerate() {
                        if let Some(to) = to {
                            cffi_memory::push(&mut moves, (at + 8 * half, to))?;
                        }
                    }
                    end += 16;
                    at
                }
                Source::Nowhere | Source::Rest => {
                    let (at, size) = (end, scalar::size(sig.types, *ty));
                    end = end.checked_add(size).ok_or(PlanError::TooLarge)?.next_multiple_of(16);
                    at
                }
            });
        }
        if end > isize::MAX as usize {
            return Err(PlanError::TooLarge);
        }
        let extension = match places.result {
            Return::Integer { size, signed } => Extension::new(size, signed),
            _ => Extension::new(8, false),
        };
        let direct = Direct {
            entry: entry(&places, sig.call.fixed.is_some()),
            result: places.result,
            extension,
            vector_count: places.counts.1 as u8,
            stack_size: places.stack_size,
            stack_align: places.stack_align,
            stub: stub_for(places.width, places.result),
            only_registers: end == stack_at,
            moves: moves.into_boxed_slice(),
        };
        Ok((direct, ImageLayout { offsets: offsets.into_boxed_slice(), size: end }))
    }

    /// Returns the registers of a call that loads nothing else, with a result in one register or none.
    pub(crate) fn registers(&self) -> Option<RegisterSet> {
        match self.entry {
            Entry::ToInteger(set) | Entry::ToVector(set) if self.only_registers => Some(set),
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
                Entry::ToInteger(set) => self.store_integer(set.call::<u64>(function, image), result),
                // The upper half of the cell is rubbish for a float, and nobody's.
                Entry::ToVector(set) => {
                    result.cast::<MaybeUninit<f64>>().write(set.call(function, image));
                }
                Entry::Stub(_) => self.call_stub(function, image, result),
            }
        }
    }

    /// # Safety
    /// `result` is a result area.
    #[inline]
    unsafe fn store_integer(&self, raw: u64, result: *mut u8) {
        // SAFETY: result areas have 16 aligned bytes.
        unsafe { result.cast::<u64>().write(self.extension.apply(raw)) }
    }

    /// # Safety
    /// As for `call`.
    unsafe fn call_stub(&self, function: *const c_void, image: *mut u8, result: *mut u8) {
        let mut out = MaybeUninit::<Out>::uninit();
        let out = out.as_mut_ptr();
        let mask = self.stack_align.wrapping_neg();
        // SAFETY: the caller's promises; the image holds registers and stack arguments as the stub wants them, and its
        // first cell is kept free for the address of a result in memory. Every stub writes all words of `out`.
        unsafe {
            if self.result == Return::Memory {
                image.cast::<*mut u8>().write(result);
            }
            let vectors = usize::from(self.vector_count);
            if matches!(self.result, Return::X87 | Return::ComplexX87) {
                // A stub writes the ten bytes of a number.
                (*out).x87 = [0; 4];
            }
            (self.stub)(image, self.stack_size, function, out, vectors, mask);
            match self.result {
                Return::Void | Return::Memory => {}
                Return::Integer { .. } => self.store_integer((*out).words[0], result),
                Return::Vector => result.cast::<u64>().write((*out).words[2]),
                Return::Words(halves) => {
                    let words = &(*out).words;
                    result.cast::<[u64; 2]>().write(halves.map(|half| pick(words, half)));
                }
                Return::WideVector { size } => {
                    let from = (&raw const (*out).vector).cast::<u8>();
                    result.copy_from_nonoverlapping(from, usize::from(size));
                }
                Return::X87 => result.cast::<[u64; 2]>().write([(*out).x87[0], (*out).x87[1]]),
                Return::ComplexX87 => result.cast::<[u64; 4]>().write((*out).x87),
            }
        }
    }
}

/// The registers that the stub stores after the call: those of results, and for some stubs the top of the x87 stack.
#[repr(C, align(16))]
struct Out {
    words: Words,
    x87: [u64; 4],
    /// The first vector register, stored by the stubs of AVX and AVX-512.
    vector: [u64; 8],
}

const _: () = assert!(std::mem::offset_of!(Out, x87) == 48 && std::mem::offset_of!(Out, vector) == 80);

/// A stub: image, size of its stack part, function, results, number of vector registers, mask of the stack pointer.
type Stub = unsafe extern "C-unwind" fn(*const u8, usize, *const c_void, *mut Out, usize, usize);

fn stub_for(width: Width, result: Return) -> Stub {
    match (width, result) {
        (Width::Narrow, Return::X87) => stub_x87,
        (Width::Narrow, Return::ComplexX87) => stub_complex_x87,
        (Width::Narrow, _) => stub,
        (Width::Wide, Return::X87) => wide_stub_x87,
        (Width::Wide, Return::ComplexX87) => wide_stub_complex_x87,
        (Width::Wide, _) => wide_stub,
        (Width::Avx, Return::X87) => avx_stub_x87,
        (Width::Avx, Return::ComplexX87) => avx_stub_complex_x87,
        (Width::Avx, _) => avx_stub,
        (Width::Avx512, Return::X87) => avx512_stub_x87,
        (Width::Avx512, Return::ComplexX87) => avx512_stub_complex_x87,
        (Width::Avx512, _) => avx512_stub,
    }
}

fn pick(words: &Words, half: Option<u8>) -> u64 {
    half.and_then(|half| words.get(usize::from(half)).copied()).unwrap_or(0)
}

fn entry(places: &Places, variadic: bool) -> Entry {
    let on_stack = places.stack_size != 0 || places.stack_align > 16;
    if variadic || on_stack || places.width != Width::Narrow {
        return Entry::Stub(places.width);
    }
    let set = RegisterSet::with(places.counts.0, places.counts.1);
    match places.result {
        Return::Void | Return::Integer { .. } => Entry::ToInteger(set),
        Return::Vector => Entry::ToVector(set),
        _ => Entry::Stub(Width::Narrow),
    }
}

/// The stub, in versions that differ in the width of vector registers and in what they do after the call.
///
/// The frame pointer addresses the frame, so unwinding does not depend on how much was pushed. Stack
/// arguments are copied from the end, in words: a load that spans two fresh stores waits for both to reach the
/// cache.
macro_rules! stub {
    ($name:ident, $stack:expr, [$($load:literal),*], [$($after:literal),*]) => {
        /// Loads the registers and the stack from `image`, calls, stores the result registers.
        ///
        /// # Safety
        /// `image` is the registers, as many bytes as the width says, and `stack_size` bytes (a multiple of 16) of stack
        /// arguments; it is aligned to 16 bytes;
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
                $($load,)*
                "mov rdi, qword ptr [r10]",
                "mov rsi, qword ptr [r10 + 8]",
                "mov rdx, qword ptr [r10 + 16]",
                "mov rcx, qword ptr [r10 + 24]",
                "mov r8, qword ptr [r10 + 32]",
                "mov r9, qword ptr [r10 + 40]",
                "call r11",
                "mov qword ptr [rbx], rax",
                "mov qword ptr [rbx + 8], rdx",
                "movaps xmmword ptr [rbx + 16], xmm0",
                "movaps xmmword ptr [rbx + 32], xmm1",
                $($after,)*
                "mov rbx, qword ptr [rbp - 8]",
                ".cfi_restore rbx",
                "mov rsp, rbp",
                "pop rbp",
                ".cfi_restore rbp",
                ".cfi_def_cfa rsp, 8",
                "ret",
                ".cfi_endproc",
                stack = const $stack,
            );
        }
    };
}

/// Defines the stubs of one width.
macro_rules! stubs {
    ($width:expr, $plain:ident, $x87:ident, $complex:ident, $load:tt, [$($store:literal),*]) => {
        stub!($plain, $width.registers(), $load, [$($store),*]);
        stub!($x87, $width.registers(), $load, ["fstp tbyte ptr [rbx + 48]" $(, $store)*]);
        stub!(
            $complex,
            $width.registers(),
            $load,
            ["fstp tbyte ptr [rbx + 48]", "fstp tbyte ptr [rbx + 64]" $(, $store)*]
        );
    };
}

stubs!(
    Width::Narrow,
    stub,
    stub_x87,
    stub_complex_x87,
    [
        "movsd xmm0, qword ptr [r10 + 48]",
        "movsd xmm1, qword ptr [r10 + 56]",
        "movsd xmm2, qword ptr [r10 + 64]",
        "movsd xmm3, qword ptr [r10 + 72]",
        "movsd xmm4, qword ptr [r10 + 80]",
        "movsd xmm5, qword ptr [r10 + 88]",
        "movsd xmm6, qword ptr [r10 + 96]",
        "movsd xmm7, qword ptr [r10 + 104]"
    ],
    []
);
stubs!(
    Width::Wide,
    wide_stub,
    wide_stub_x87,
    wide_stub_complex_x87,
    [
        "movaps xmm0, xmmword ptr [r10 + 48]",
        "movaps xmm1, xmmword ptr [r10 + 64]",
        "movaps xmm2, xmmword ptr [r10 + 80]",
        "movaps xmm3, xmmword ptr [r10 + 96]",
        "movaps xmm4, xmmword ptr [r10 + 112]",
        "movaps xmm5, xmmword ptr [r10 + 128]",
        "movaps xmm6, xmmword ptr [r10 + 144]",
        "movaps xmm7, xmmword ptr [r10 + 160]"
    ],
    []
);
// The image is aligned to 16 bytes only, so the moves are those that take any address.
stubs!(
    Width::Avx,
    avx_stub,
    avx_stub_x87,
    avx_stub_complex_x87,
    [
        "vmovups ymm0, ymmword ptr [r10 + 48]",
        "vmovups ymm1, ymmword ptr [r10 + 80]",
        "vmovups ymm2, ymmword ptr [r10 + 112]",
        "vmovups ymm3, ymmword ptr [r10 + 144]",
        "vmovups ymm4, ymmword ptr [r10 + 176]",
        "vmovups ymm5, ymmword ptr [r10 + 208]",
        "vmovups ymm6, ymmword ptr [r10 + 240]",
        "vmovups ymm7, ymmword ptr [r10 + 272]"
    ],
    ["vmovups ymmword ptr [rbx + 80], ymm0", "vzeroupper"]
);
stubs!(
    Width::Avx512,
    avx512_stub,
    avx512_stub_x87,
    avx512_stub_complex_x87,
    [
        "vmovups zmm0, zmmword ptr [r10 + 48]",
        "vmovups zmm1, zmmword ptr [r10 + 112]",
        "vmovups zmm2, zmmword ptr [r10 + 176]",
        "vmovups zmm3, zmmword ptr [r10 + 240]",
        "vmovups zmm4, zmmword ptr [r10 + 304]",
        "vmovups zmm5, zmmword ptr [r10 + 368]",
        "vmovups zmm6, zmmword ptr [r10 + 432]",
        "vmovups zmm7, zmmword ptr [r10 + 496]"
    ],
    ["vmovups zmmword ptr [rbx + 80], zmm0", "vzeroupper"]
);

#[cfg(test)]
mod tests {
    use cffi_types::{Prim, QualType, Target, TypeId, Types};

    use super::*;
    use crate::testing::{DOUBLE, FLOAT, INT, LONG, record, scalar};

    const STACK_AT: usize = Width::Narrow.registers();
    const VECTORS_AT: usize = crate::registers::VECTORS_AT;

    fn plan(types: &Types, args: &[QualType], result: QualType) -> (Direct, ImageLayout) {
        Direct::new(&Signature::new(types, result, args)).expect("plan")
    }

    #[test]
    fn common_shapes_are_called_without_the_stub() {
        let types = Types::new(Target::HOST);
        let entry = |args: &[QualType], result| plan(&types, args, result).0.entry;
        assert_eq!(entry(&[INT; 6], INT), Entry::ToInteger(RegisterSet::Integers));
        assert_eq!(entry(&[INT; 3], INT), Entry::ToInteger(RegisterSet::Integers));
        assert_eq!(entry(&[LONG], TypeId::VOID.into()), Entry::ToInteger(RegisterSet::Two));
        assert_eq!(entry(&[DOUBLE; 8], INT), Entry::ToInteger(RegisterSet::All));
        assert_eq!(entry(&[DOUBLE; 3], FLOAT), Entry::ToVector(RegisterSet::All));
        assert_eq!(entry(&[INT; 3], FLOAT), Entry::ToVector(RegisterSet::Integers));
        assert_eq!(entry(&[INT, DOUBLE], FLOAT), Entry::ToVector(RegisterSet::Few));
        assert_eq!(entry(&[INT; 7], INT), Entry::Stub(Width::Narrow));
        assert_eq!(entry(&[], scalar(Prim::LongDouble)), Entry::Stub(Width::Narrow));
        assert_eq!(entry(&[scalar(Prim::Float128)], INT), Entry::Stub(Width::Wide));
    }

    #[test]
    fn only_scattered_structs_are_moved() {
        let mut types = Types::new(Target::HOST);
        let mixed = record(&mut types, &[DOUBLE, LONG], 0);
        let three = record(&mut types, &[INT, INT, INT], 0);
        let (direct, image) = plan(&types, &[three, mixed], TypeId::VOID.into());
        assert_eq!(image.offsets[..], [0, STACK_AT]);
        assert_eq!(direct.moves[..], [(STACK_AT, VECTORS_AT), (STACK_AT + 8, 16)]);
        assert_eq!(image.size, STACK_AT + 16);
    }

    #[test]
    fn padding_never_overwrites_the_next_argument() {
        let mut types = Types::new(Target::HOST);
        let half = record(&mut types, &[INT], 16);
        let (direct, image) = plan(&types, &[half, LONG], TypeId::VOID.into());
        assert_eq!(image.offsets[..], [STACK_AT, 8]);
        assert_eq!(direct.moves[..], [(STACK_AT, 0)]);
    }

    #[test]
    fn empty_structs_take_nothing() {
        let mut types = Types::new(Target::HOST);
        let empty = record(&mut types, &[], 0);
        let (_, image) = plan(&types, &[LONG, empty, LONG], TypeId::VOID.into());
        assert_eq!(image.offsets[..], [0, STACK_AT, 8]);
        assert_eq!(image.size, STACK_AT);
    }

    #[test]
    fn sizes_that_overflow_are_refused() {
        let mut types = Types::new(Target::HOST);
        let length = isize::MAX as u64 / 2 - 7;
        let bytes = types.array(scalar(Prim::UInt8), cffi_types::types::Length::Fixed(length)).into();
        let big = record(&mut types, &[bytes], 0);
        for args in [&[big, big][..], &[big, big, big]] {
            let error = Direct::new(&Signature::new(&types, TypeId::VOID.into(), args)).err();
            assert_eq!(error, Some(PlanError::TooLarge));
        }
    }
}
