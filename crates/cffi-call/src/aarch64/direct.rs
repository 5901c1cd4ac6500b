//! Direct calls on AArch64.
//!
//! The image is what the registers and the stack are to hold:
//!
//! | bytes | what |
//! |---|---|
//! | 0..64 | x0 to x7 |
//! | 64..128 | the low halves of v0 to v7 |
//! | 128.. | the arguments on the stack, as they will lie there |
//! | behind | values that go to several registers, and those whose address is passed |
//!
//! If an argument takes more than half of a vector register, all of v0 to v7 are in the image, at 64..192.

use std::arch::naked_asm;
use std::ffi::c_void;
use std::mem::MaybeUninit;

use super::places::{Places, Return, Source, Width};
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
    stack_size: usize,
    width: Width,
    /// Whether the image is registers only, and is loaded as it is.
    only_registers: bool,
    /// Bytes from the back of the image to a register or to the stack: from, to, size.
    moves: Box<[(usize, usize, usize)]>,
    /// Values whose address is passed.
    addresses: Box<[Copied]>,
}

/// A value that is passed by the address of a copy.
#[derive(Debug)]
struct Copied {
    /// The offset of the value in the image.
    from: usize,
    /// The offset of the cell for its address.
    cell: usize,
    size: usize,
    /// The offset of room for a copy that is aligned as its type asks for, and that alignment; 0 where the image is
    /// aligned enough.
    room: (usize, usize),
}

/// The way in which control gets to the function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entry {
    /// A typed call, which costs least; result in x0 or none.
    ToInteger(RegisterSet),
    /// A typed call with the result in v0.
    ToVector(RegisterSet),
    /// The assembly stub: stack arguments, wide registers, other results.
    Stub,
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
        let (mut moves, mut addresses) = (Vec::new(), Vec::new());
        for (source, ty) in places.sources.iter().zip(sig.call.args) {
            let at = match *source {
                Source::Registers(at) => {
                    offsets.push(at);
                    continue;
                }
                Source::Stack(at) => {
                    offsets.push(stack_at + at);
                    continue;
                }
                _ => end,
            };
            offsets.push(at);
            // A cell of an integer has 8 bytes, whatever its type.
            let size = scalar::size(sig.types, *ty).max(8);
            end = end
                .checked_add(size)
                .and_then(|n| n.checked_next_multiple_of(16))
                .ok_or(PlanError::TooLarge)?;
            match *source {
                Source::Scattered { start, count } => {
                    for part in places.parts.iter().skip(start).take(count) {
                        cffi_memory::push(&mut moves, (at + part.offset, part.at, part.size))?;
                    }
                }
                Source::Packed { at: to, size } => {
                    cffi_memory::push(&mut moves, (at, stack_at + to, size))?;
                }
                Source::AddressInRegister(cell) | Source::AddressOnStack(cell) => {
                    let in_register = matches!(source, Source::AddressInRegister(_));
                    let cell = if in_register { cell } else { stack_at + cell };
                    let size = scalar::size(sig.types, *ty);
                    let align = scalar::align(sig.types, *ty);
                    let mut room = (0, 0);
                    if align > 16 && align.is_power_of_two() {
                        room = (end, align);
                        let more = size.checked_add(align).and_then(|n| end.checked_add(n));
                        end = more.and_then(|n| n.checked_next_multiple_of(16)).ok_or(PlanError::TooLarge)?;
                    }
                    cffi_memory::push(&mut addresses, Copied { from: at, cell, size, room })?;
                }
                _ => {}
            }
        }
        if end > isize::MAX as usize {
            return Err(PlanError::TooLarge);
        }
        let extension = match places.result {
            Return::Integer { size, signed } => Extension::new(size, signed),
            _ => Extension::new(8, false),
        };
        let direct = Direct {
            entry: entry(&places),
            result: places.result,
            extension,
            stack_size: places.stack_size,
            width: places.width,
            only_registers: end == stack_at,
            moves: moves.into_boxed_slice(),
            addresses: addresses.into_boxed_slice(),
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
        for &(from, to, size) in &self.moves {
            // SAFETY: both ranges lie in the image, and do not overlap: one is behind the stack arguments.
            unsafe { image.add(to).copy_from_nonoverlapping(image.add(from), size) };
        }
        for copied in &self.addresses {
            // SAFETY: the value, its room and the cell lie in the image of this plan.
            unsafe { copied.pass(image) };
        }
        // SAFETY: the caller's promises about function, image and result; the entry fits the signature.
        unsafe {
            match self.entry {
                Entry::ToInteger(set) => self.store_integer(set.call::<u64>(function, image), result),
                // The upper half of the cell is rubbish for a float, and nobody's.
                Entry::ToVector(set) => {
                    result.cast::<MaybeUninit<f64>>().write(set.call(function, image));
                }
                Entry::Stub => self.call_stub(function, image, result),
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
    unsafe fn call_stub(&self, function: *const c_void, image: *const u8, result: *mut u8) {
        let mut out = MaybeUninit::<Out>::uninit();
        let out = out.as_mut_ptr();
        // SAFETY: the caller's promises; the image holds registers and stack arguments as the stub wants them. The stub
        // writes all of `out`.
        unsafe {
            match self.width {
                Width::Narrow => stub(image, self.stack_size, function, out, result),
                Width::Wide => wide_stub(image, self.stack_size, function, out, result),
            }
            match self.result {
                Return::Void | Return::Memory => {}
                Return::Integer { .. } => self.store_integer((*out).words[0], result),
                Return::Vector => result.cast::<u64>().write((*out).vectors[0][0]),
                Return::Words => result.cast::<[u64; 2]>().write((*out).words),
                Return::Vectors { count, size } => {
                    let size = usize::from(size);
                    for (i, vector) in (*out).vectors.iter().take(usize::from(count)).enumerate() {
                        let from = std::ptr::from_ref(vector).cast::<u8>();
                        result.add(i * size).copy_from_nonoverlapping(from, size);
                    }
                }
            }
        }
    }
}

impl Copied {
    /// Puts the address of the value into its cell.
    ///
    /// # Safety
    /// `image` is an image of the plan that this belongs to.
    unsafe fn pass(&self, image: *mut u8) {
        // SAFETY: the plan has room at all of these offsets, and the room is longer than the value by its alignment.
        unsafe {
            let mut value = image.add(self.from);
            let (room, align) = self.room;
            if align != 0 && value.addr() & (align - 1) != 0 {
                let to = image.add(room);
                let to = to.add(to.align_offset(align));
                to.copy_from_nonoverlapping(value, self.size);
                value = to;
            }
            image.add(self.cell).cast::<*mut u8>().write(value);
        }
    }
}

/// The registers that the stub stores after the call: those of results.
#[repr(C, align(16))]
struct Out {
    words: [u64; 2],
    vectors: [[u64; 2]; 4],
}

fn entry(places: &Places) -> Entry {
    if places.stack_size != 0 || places.width != Width::Narrow {
        return Entry::Stub;
    }
    let set = RegisterSet::with(places.counts.0, places.counts.1);
    match places.result {
        Return::Void | Return::Integer { .. } => Entry::ToInteger(set),
        Return::Vector => Entry::ToVector(set),
        _ => Entry::Stub,
    }
}

/// Defines a stub. The frame pointer addresses the frame, so unwinding does not depend on how much was pushed.
macro_rules! stub {
    ($name:ident, $width:expr, [$($load:literal),*]) => {
        /// Loads the registers and the stack from `image`, calls, stores the result registers.
        ///
        /// # Safety
        /// `image` is the registers, as many bytes as the width says, and `stack_size` bytes (a multiple of 16) of stack
        /// arguments; function and arguments fit each other; `result` has room for a result in memory.
        #[unsafe(naked)]
        unsafe extern "C-unwind" fn $name(
            image: *const u8,
            stack_size: usize,
            function: *const c_void,
            out: *mut Out,
            result: *mut u8,
        ) {
            naked_asm!(
                ".cfi_startproc",
                "hint #34",
                "stp x29, x30, [sp, #-32]!",
                ".cfi_def_cfa_offset 32",
                ".cfi_offset x29, -32",
                ".cfi_offset x30, -24",
                "mov x29, sp",
                ".cfi_def_cfa_register x29",
                "str x19, [sp, #16]",
                ".cfi_offset x19, -16",
                "mov x19, x3",
                "mov x16, x2",
                "mov x17, x0",
                "mov x8, x4",
                "cbz x1, 3f",
                "sub sp, sp, x1",
                "add x9, x17, #{stack}",
                "2:",
                "sub x1, x1, #16",
                "add x10, x9, x1",
                "ldp x11, x12, [x10]",
                "add x10, sp, x1",
                "stp x11, x12, [x10]",
                "cbnz x1, 2b",
                "3:",
                $($load,)*
                "ldp x0, x1, [x17]",
                "ldp x2, x3, [x17, #16]",
                "ldp x4, x5, [x17, #32]",
                "ldp x6, x7, [x17, #48]",
                "blr x16",
                "stp x0, x1, [x19]",
                "stp q0, q1, [x19, #16]",
                "stp q2, q3, [x19, #48]",
                "mov sp, x29",
                ".cfi_def_cfa_register sp",
                "ldr x19, [sp, #16]",
                ".cfi_restore x19",
                "ldp x29, x30, [sp], #32",
                ".cfi_restore x29",
                ".cfi_restore x30",
                ".cfi_def_cfa_offset 0",
                "ret",
                ".cfi_endproc",
                stack = const $width.registers(),
            );
        }
    };
}

stub!(
    stub,
    Width::Narrow,
    ["ldp d0, d1, [x17, #64]", "ldp d2, d3, [x17, #80]", "ldp d4, d5, [x17, #96]", "ldp d6, d7, [x17, #112]"]
);
stub!(
    wide_stub,
    Width::Wide,
    [
        "ldp q0, q1, [x17, #64]",
        "ldp q2, q3, [x17, #96]",
        "ldp q4, q5, [x17, #128]",
        "ldp q6, q7, [x17, #160]"
    ]
);

#[cfg(test)]
mod tests {
    use cffi_types::{QualType, Target, TypeId, Types};

    use super::*;
    use crate::testing::{DOUBLE, FLOAT, INT, LONG, record};

    const STACK_AT: usize = Width::Narrow.registers();

    fn plan(types: &Types, args: &[QualType], result: QualType) -> (Direct, ImageLayout) {
        Direct::new(&Signature::new(types, result, args)).expect("plan")
    }

    #[test]
    fn common_shapes_are_called_without_the_stub() {
        let types = Types::new(Target::HOST);
        let entry = |args: &[QualType], result| plan(&types, args, result).0.entry;
        assert_eq!(entry(&[INT; 8], INT), Entry::ToInteger(RegisterSet::Integers));
        assert_eq!(entry(&[LONG], TypeId::VOID.into()), Entry::ToInteger(RegisterSet::Two));
        assert_eq!(entry(&[DOUBLE; 8], INT), Entry::ToInteger(RegisterSet::All));
        assert_eq!(entry(&[INT, DOUBLE], FLOAT), Entry::ToVector(RegisterSet::Few));
        assert_eq!(entry(&[INT; 9], INT), Entry::Stub);
    }

    #[test]
    fn homogeneous_structs_are_moved_to_a_register_for_each_member() {
        let mut types = Types::new(Target::HOST);
        let floats = record(&mut types, &[FLOAT, FLOAT, FLOAT], 0);
        let doubles = record(&mut types, &[DOUBLE, DOUBLE], 0);
        let (direct, image) = plan(&types, &[floats, doubles], TypeId::VOID.into());
        assert_eq!(image.offsets[..], [STACK_AT, 64 + 24]);
        assert_eq!(direct.moves[..], [(STACK_AT, 64, 4), (STACK_AT + 4, 72, 4), (STACK_AT + 8, 80, 4)]);
    }

    #[test]
    fn large_structs_are_passed_by_the_address_of_a_copy() {
        let mut types = Types::new(Target::HOST);
        let large = record(&mut types, &[LONG, LONG, LONG], 0);
        let (direct, image) = plan(&types, &[INT, large], TypeId::VOID.into());
        assert_eq!(image.offsets[..], [0, STACK_AT]);
        let copied = &direct.addresses[0];
        assert_eq!((copied.from, copied.cell, copied.room), (STACK_AT, 8, (0, 0)));
        let aligned = record(&mut types, &[LONG], 64);
        let (direct, image) = plan(&types, &[aligned], TypeId::VOID.into());
        assert_eq!(direct.addresses[0].room, (STACK_AT + 64, 64));
        assert!(image.size >= STACK_AT + 64 + 128);
    }
}
