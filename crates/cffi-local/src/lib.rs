//! A small block of memory for each thread, with data that every call and callback needs: it is found once for all of
//! them.
//!
//! On x86-64 Linux it is found by a TLS descriptor, which costs a load and an addition where the C library has room for
//! the block beside the thread's own data. The code that compilers emit by default for a library, and that
//! `thread_local!` uses elsewhere, is a call that looks through a table.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::marker::PhantomData;

/// The block of one thread. It is all zero in a new thread; there is no destructor, so it can be used in any phase of
/// the thread's life.
///
/// It has a separate cache line: it is written in each call, and the C library puts a thread's variables beside memory
/// that other threads read. If it had more than a line, or more alignment, it would not fit into the memory that is
/// found fast.
#[repr(C, align(64))]
pub struct Local {
    /// The `errno` that calls save and restore.
    pub errno: Cell<c_int>,
    /// A number that says how long `recent` holds, for the user of this crate.
    pub generation: Cell<u32>,
    /// The address of the thread's C `errno`, or null before the first use.
    pub errno_at: Cell<*mut c_int>,
    /// The thread state with which the thread has gone into foreign code, or null.
    pub outside: Cell<*mut c_void>,
    /// The value of the one [`Place`] of the process, or null.
    placed: Cell<*mut c_void>,
    /// Counters, to which the user of this crate gives a meaning too.
    pub counts: [Cell<usize>; 2],
    /// What the thread has used last, for the user of this crate.
    pub recent: [Cell<*mut c_void>; 2],
}

const SIZE: usize = size_of::<Local>();
const _: () = assert!(SIZE == 64 && align_of::<Local>() == 64);

/// The place in each thread's block for a reference to a `T` that is never freed.
pub struct Place<T: 'static>(PhantomData<fn() -> &'static T>);

impl<T: Sync> Place<T> {
    /// Names the type of the references in the place.
    ///
    /// # Safety
    /// All places that the process makes, in all of its threads, are for this very type.
    #[must_use]
    pub const unsafe fn new() -> Place<T> {
        Place(PhantomData)
    }

    /// Returns the reference in a thread's block.
    #[inline(always)]
    #[must_use]
    pub fn get(&self, own: &Local) -> Option<&'static T> {
        // SAFETY: null, or a reference that `set` has put there, which is to a `T` as all places are.
        unsafe { own.placed.get().cast::<T>().as_ref() }
    }

    /// Puts a reference into a thread's block.
    #[inline]
    pub fn set(&self, own: &Local, value: Option<&'static T>) {
        own.placed
            .set(value.map_or(std::ptr::null_mut(), |value| std::ptr::from_ref(value).cast_mut().cast()));
    }
}

/// Returns a number that no other living thread has. Unlike `std::thread::current()` this allocates no memory.
pub fn this_thread() -> usize {
    with(|own| std::ptr::from_ref(own).addr())
}

/// Calls `f` with the calling thread's block.
#[inline(always)]
pub fn with<T>(f: impl FnOnce(&Local) -> T) -> T {
    // SAFETY: the block belongs to the calling thread and outlives `f`; the reference cannot leave the thread, as
    // the type is not `Sync`.
    f(unsafe { &*address() })
}

#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
std::arch::global_asm!(
    ".pushsection .tbss.ferrocffi_local,\"awT\",@nobits",
    ".balign 64",
    ".globl ferrocffi_local",
    ".hidden ferrocffi_local",
    ".type ferrocffi_local, @object",
    ".size ferrocffi_local, {size}",
    "ferrocffi_local:",
    ".zero {size}",
    ".popsection",
    size = const SIZE,
);

/// Returns the calling thread's block.
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[inline(always)]
fn address() -> *const Local {
    let block: *const Local;
    // SAFETY: the sequence that the psABI prescribes for TLS descriptors. Its function keeps all registers but rax;
    // some C libraries forget about vector registers where it has to allocate, hence the clobbers. The answer never
    // changes on a thread.
    unsafe {
        std::arch::asm!(
            "lea rax, [rip + ferrocffi_local@TLSDESC]",
            "call qword ptr [rax + ferrocffi_local@TLSCALL]",
            "add rax, qword ptr fs:0",
            out("rax") block,
            clobber_abi("sysv64"),
            options(pure, nomem),
        );
    }
    block
}

/// Returns the calling thread's block.
#[cfg(not(all(target_arch = "x86_64", target_os = "linux")))]
#[inline]
fn address() -> *const Local {
    thread_local! {
        static LOCAL: Local = const {
            Local {
                errno: Cell::new(0),
                generation: Cell::new(0),
                errno_at: Cell::new(std::ptr::null_mut()),
                outside: Cell::new(std::ptr::null_mut()),
                placed: Cell::new(std::ptr::null_mut()),
                counts: [const { Cell::new(0) }; 2],
                recent: [const { Cell::new(std::ptr::null_mut()) }; 2],
            }
        };
    }
    LOCAL.with(std::ptr::from_ref)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thread_has_one_that_begins_as_zero() {
        with(|local| local.counts[0].set(7));
        let here = address().addr();
        let there = std::thread::spawn(|| {
            with(|local| {
                assert!(local.counts.iter().all(|c| c.get() == 0) && local.errno.get() == 0);
                assert!(local.outside.get().is_null() && local.placed.get().is_null());
                local.counts[0].set(8);
            });
            address().addr()
        });
        assert!(there.join().is_ok_and(|there| there != here));
        assert_eq!((address().addr(), here % 64, with(|local| local.counts[0].get())), (here, 0, 7));
    }
}
