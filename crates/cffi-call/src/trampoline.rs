//! Trampolines: short pieces of code, all alike, that each find their own data at a fixed distance.
//!
//! The library contains one table of them. For every table in use the table's pages are mapped again from the
//! library's own file, with pages of data behind them: code that is never writable, data that is never
//! executable, as many as are needed. Where the file cannot be had (deleted, replaced), the code is copied
//! into fresh pages that lose the right to be written before they get the right to be executed.
//!
//! Slots are taken from lock-free lists, so a process forked at any moment has lists that work. Slots are
//! never unmapped. A freed slot jumps to [`dead`] until it is taken again, and freed slots are taken again only
//! when no unused one is left: a late call through a freed function pointer usually still finds it dead.

use std::arch::{global_asm, naked_asm};
use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, AtomicUsize, Ordering};

mod remap;

/// Bytes of the table; whole pages, which have up to 64 KiB on AArch64.
const TABLE: usize = if cfg!(target_arch = "aarch64") { 64 * 1024 } else { 4 * 4096 };
/// Bytes of one trampoline, and of its data.
const SLOT: usize = 16;
const SLOTS: usize = TABLE / SLOT;

// A trampoline finds its data at the distance of the table's size, and jumps where the second word says: the address of the
// data travels in x17, which the procedure call standard leaves free for code between caller and callee.
#[cfg(target_arch = "aarch64")]
global_asm!(
    ".pushsection .text.ferrocffi_trampolines,\"ax\",@progbits",
    ".balign 65536",
    ".globl ferrocffi_trampolines",
    ".hidden ferrocffi_trampolines",
    ".type ferrocffi_trampolines, %object",
    ".size ferrocffi_trampolines, {table}",
    "ferrocffi_trampolines:",
    ".rept {slots}",
    "hint #34",
    "adr x17, . + {table} - 4",
    "ldr x16, [x17, #8]",
    "br x16",
    ".endr",
    ".popsection",
    table = const TABLE,
    slots = const SLOTS,
);

// A trampoline finds its data at the distance of the table's size, and jumps where the second word says:
// the address of the data travels in r10, the static chain register, which the psABI leaves free for this.
#[cfg(target_arch = "x86_64")]
global_asm!(
    ".pushsection .text.ferrocffi_trampolines,\"ax\",@progbits",
    ".balign 4096",
    ".globl ferrocffi_trampolines",
    ".hidden ferrocffi_trampolines",
    ".type ferrocffi_trampolines, @object",
    ".size ferrocffi_trampolines, {table}",
    "ferrocffi_trampolines:",
    ".rept {slots}",
    "endbr64",
    "lea r10, [rip + {table} - 11]",
    "jmp qword ptr [r10 + 8]",
    ".balign 16, 0xcc",
    ".endr",
    ".popsection",
    table = const TABLE,
    slots = const SLOTS,
);

unsafe extern "C" {
    static ferrocffi_trampolines: [u8; TABLE];
}

/// A trampoline's data, which stays mapped for ever.
#[derive(Debug)]
#[repr(C)]
struct Slot {
    /// The argument of the entry; in a free slot, the next free one.
    context: AtomicPtr<c_void>,
    /// The code that the trampoline jumps to.
    entry: AtomicUsize,
}

/// A trampoline in use; given back when dropped.
#[derive(Debug)]
pub(crate) struct Trampoline {
    slot: &'static Slot,
}

impl Trampoline {
    /// Makes a trampoline that jumps to `entry` with the address of `context` in r10 or x17; returns `None` if there is no
    /// memory.
    pub(crate) fn new(context: *mut c_void, entry: *const c_void) -> Option<Trampoline> {
        let slot = FRESH.pop().or_else(refill)?;
        slot.context.store(context, Ordering::Relaxed);
        slot.entry.store(entry as usize, Ordering::Release);
        Some(Trampoline { slot })
    }

    /// Returns the function pointer.
    pub(crate) fn code(&self) -> *const c_void {
        // The code pages lie right before the data pages, in one mapping.
        ptr::from_ref(self.slot).cast::<u8>().wrapping_sub(TABLE).cast()
    }
}

impl Drop for Trampoline {
    fn drop(&mut self) {
        self.slot.entry.store(dead_entry(), Ordering::Release);
        RETIRED.push(self.slot);
    }
}

/// Slots never used yet, or given back long ago.
static FRESH: Stack = Stack(AtomicU64::new(0));
/// Slots given back since `FRESH` was last filled.
static RETIRED: Stack = Stack(AtomicU64::new(0));

/// A lock-free stack of slots, linked by their contexts.
///
/// The head is an address divided by 16 (43 bits: user space ends at 2^47; one more on AArch64) below a count of changes, so that a
/// pop that was overtaken by others fails even if its slot is on top again.
struct Stack(AtomicU64);

const ADDRESS_BITS: u32 = if cfg!(target_arch = "aarch64") { 44 } else { 43 };

impl Stack {
    fn address(head: u64) -> usize {
        ((head & ((1 << ADDRESS_BITS) - 1)) << 4) as usize
    }

    /// Returns the slot on top, for a head that was read from a stack.
    fn top(&self, head: u64) -> Option<&'static Slot> {
        // SAFETY: a head has zero or the address of a slot that was pushed, and those stay mapped.
        unsafe { ptr::with_exposed_provenance::<Slot>(Self::address(head)).as_ref() }
    }

    fn after(head: u64, top: usize) -> u64 {
        let count = (head >> ADDRESS_BITS).wrapping_add(1);
        (count << ADDRESS_BITS) | (top as u64 >> 4)
    }

    fn pop(&self) -> Option<&'static Slot> {
        let mut head = self.0.load(Ordering::Acquire);
        loop {
            let top = self.top(head)?;
            // If somebody else took this slot, its context is not a link, and the exchange fails.
            let next = top.context.load(Ordering::Relaxed);
            let new = Self::after(head, next.addr());
            match self.0.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(top),
                Err(now) => head = now,
            }
        }
    }

    fn push(&self, slot: &'static Slot) {
        self.push_chain(slot, slot);
    }

    /// Pushes a chain that is already linked from `first` to `last`, and nobody else's.
    fn push_chain(&self, first: &'static Slot, last: &'static Slot) {
        let first = ptr::from_ref(first).expose_provenance();
        let mut head = self.0.load(Ordering::Relaxed);
        loop {
            last.context.store(ptr::with_exposed_provenance_mut(Self::address(head)), Ordering::Relaxed);
            let new = Self::after(head, first);
            match self.0.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    /// Empties the stack and gives back what was the top of the chain.
    fn take_all(&self) -> Option<&'static Slot> {
        let mut head = self.0.load(Ordering::Acquire);
        loop {
            let top = self.top(head)?;
            let new = Self::after(head, 0);
            match self.0.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(top),
                Err(now) => head = now,
            }
        }
    }
}

/// Fills `FRESH` with the slots given back, or with a new table, and keeps one for the caller.
#[cold]
fn refill() -> Option<&'static Slot> {
    if let Some(first) = RETIRED.take_all() {
        // SAFETY: the chain is this thread's now; in a free slot, the context is the next one of the chain, or null.
        let next =
            |slot: &Slot| unsafe { slot.context.load(Ordering::Relaxed).cast::<Slot>().as_ref::<'static>() };
        if let Some(second) = next(first) {
            let last = std::iter::successors(Some(second), |slot| next(slot)).last();
            FRESH.push_chain(second, last.unwrap_or(second));
        }
        return Some(first);
    }
    let (first, rest) = new_table()?.split_first()?;
    if let (Some(second), Some(last)) = (rest.first(), rest.last()) {
        FRESH.push_chain(second, last);
    }
    Some(first)
}

/// Maps a table and links all its slots.
fn new_table() -> Option<&'static [Slot]> {
    // SAFETY: the table is TABLE bytes of code and position-independent but for its distance to the data.
    let data = unsafe { remap::map_with_data((&raw const ferrocffi_trampolines).cast(), TABLE) }?;
    // SAFETY: TABLE bytes of zeroed, writable memory that nobody else knows, aligned to a page; they stay mapped for ever.
    let slots: &'static [Slot] = unsafe { std::slice::from_raw_parts(data.cast::<Slot>().as_ptr(), SLOTS) };
    // The stacks keep addresses of slots only.
    let _ = data.as_ptr().expose_provenance();
    let mut next = ptr::null_mut();
    for slot in slots.iter().rev() {
        slot.context.store(next, Ordering::Relaxed);
        slot.entry.store(dead_entry(), Ordering::Relaxed);
        next = ptr::from_ref(slot).cast_mut().cast();
    }
    Some(slots)
}

fn dead_entry() -> usize {
    dead as *const () as usize
}

/// Receives the calls of freed trampolines: writes a message once to standard error and returns zero.
#[cfg(target_arch = "aarch64")]
#[unsafe(naked)]
unsafe extern "C" fn dead() {
    naked_asm!(
        ".cfi_startproc",
        "hint #36",
        "stp x29, x30, [sp, #-16]!",
        ".cfi_def_cfa_offset 16",
        ".cfi_offset x29, -16",
        ".cfi_offset x30, -8",
        "mov x29, sp",
        "bl {report}",
        "mov x0, xzr",
        "mov x1, xzr",
        "movi v0.2d, #0",
        "movi v1.2d, #0",
        "movi v2.2d, #0",
        "movi v3.2d, #0",
        "ldp x29, x30, [sp], #16",
        ".cfi_restore x29",
        ".cfi_restore x30",
        ".cfi_def_cfa_offset 0",
        "ret",
        ".cfi_endproc",
        report = sym report_dead,
    )
}

/// Receives the calls of freed trampolines: writes a message once to standard error and returns zero.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn dead() {
    naked_asm!(
        ".cfi_startproc",
        "endbr64",
        "sub rsp, 8",
        ".cfi_adjust_cfa_offset 8",
        "call {report}",
        "add rsp, 8",
        ".cfi_adjust_cfa_offset -8",
        "xor eax, eax",
        "xor edx, edx",
        "pxor xmm0, xmm0",
        "pxor xmm1, xmm1",
        "ret",
        ".cfi_endproc",
        report = sym report_dead,
    )
}

extern "C" fn report_dead() {
    static REPORTED: AtomicBool = AtomicBool::new(false);
    const TEXT: &[u8] = b"a C callback was called after it was freed; it returns 0\n";
    if !REPORTED.swap(true, Ordering::Relaxed) {
        // SAFETY: a plain write of bytes that live for ever; nothing can be done about a failure.
        unsafe { libc::write(2, TEXT.as_ptr().cast(), TEXT.len()) };
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    extern "C" fn forty_two() -> i32 {
        42
    }

    fn call(code: *const c_void) -> i32 {
        // SAFETY: the trampoline jumps to a function of this type, or is dead.
        unsafe { std::mem::transmute::<*const c_void, extern "C" fn() -> i32>(code)() }
    }

    fn make() -> Trampoline {
        Trampoline::new(ptr::null_mut(), forty_two as *const c_void).expect("memory")
    }

    #[test]
    fn trampolines_are_distinct_and_lead_to_their_entry() {
        let all: Vec<Trampoline> = (0..3 * SLOTS).map(|_| make()).collect();
        let codes: HashSet<usize> = all.iter().map(|t| t.code() as usize).collect();
        assert_eq!(codes.len(), all.len());
        assert!(all.iter().all(|t| call(t.code()) == 42));
    }

    #[test]
    fn a_freed_trampoline_returns_zero() {
        let code = make().code();
        assert_eq!(call(code), 0);
    }

    #[test]
    fn slots_are_taken_again() {
        let mut seen = HashSet::new();
        for _ in 0..20 * SLOTS {
            seen.insert(make().code() as usize);
        }
        // Other tests of this process hold and free some meanwhile.
        assert!(seen.len() < 12 * SLOTS, "{}", seen.len());
    }

    #[test]
    fn threads_never_share_a_slot() {
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..2000 {
                        let pair = [make(), make(), make()];
                        assert!(pair[0].code() != pair[1].code() && pair[1].code() != pair[2].code());
                        assert!(pair.iter().all(|t| call(t.code()) == 42));
                    }
                });
            }
        });
    }
}
