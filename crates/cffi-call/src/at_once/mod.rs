//! Finds functions that return at once, from their machine code.
//!
//! A function returns at once if it runs a bounded number of simple instructions: it calls nothing, asks the operating
//! system for nothing, and jumps only forward, to places in itself. Instead of returning it may continue as another function
//! that returns at once. Such a function can neither wait for another thread nor call back. So a caller may keep a lock
//! that other threads wait for, where letting go of it and taking it again would cost more than the call.
//!
//! The decoders are pure, and know only instructions that are surely harmless. Everything else makes the answer *no*.

mod aarch64;
mod x86_64;

use std::cell::Cell;
use std::sync::OnceLock;

/// The environment variable that turns the search off.
pub const VARIABLE: &str = "FERROCFFI_AT_ONCE";

/// The most instructions of a function that returns at once.
const MOST: usize = 48;
/// The most bytes of its code.
const LONGEST: usize = 256;

/// The most functions of which one continues as the next.
const CHAIN: usize = 3;

/// The next step after an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// The next instruction.
    Next,
    /// The next instruction, or the one at this offset.
    Branch(usize),
    /// The instruction at this offset, which may be far away, and so the beginning of another function.
    Jump(isize),
    /// The function whose address is in memory at this offset.
    Through(isize),
    /// The caller.
    Return,
}

/// An instruction: the offset behind it, and what follows.
type Step = (usize, Flow);

/// Where a function continues instead of returning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tail {
    /// At this offset.
    At(isize),
    /// At the address that is in memory at this offset.
    Through(isize),
}

/// Returns whether code returns at once, or `Some(tail)` in place of `true` if it may also continue there. `step` decodes
/// the instruction at an offset, and returns `None` for those that it does not know. It is asked only for instructions
/// that can be reached.
fn bounded(step: impl Fn(usize) -> Option<Step>) -> Result<Option<Tail>, Unknown> {
    /// The most places that jumps lead to.
    const PLACES: usize = 16;
    let (mut places, mut known) = ([0; PLACES], 0);
    let (mut at, mut tail) = (0, None);
    for _ in 0..MOST {
        if at >= LONGEST {
            return Err(Unknown);
        }
        let (end, flow) = step(at).ok_or(Unknown)?;
        // A jump into the middle of an instruction leads to another one, which was not looked at.
        if places[..known].iter().any(|place| (at + 1..end).contains(place)) {
            return Err(Unknown);
        }
        let (mut jump, mut leaves) = (None, None);
        match flow {
            Flow::Branch(place) => jump = Some(place),
            Flow::Jump(place) => match usize::try_from(place) {
                Ok(place) if place < LONGEST => jump = Some(place),
                _ => leaves = Some(Tail::At(place)),
            },
            Flow::Through(place) => leaves = Some(Tail::Through(place)),
            Flow::Next | Flow::Return => {}
        }
        if let Some(place) = jump {
            // A backward jump can be a loop.
            if place < end || known == PLACES {
                return Err(Unknown);
            }
            places[known] = place;
            known += 1;
        }
        if leaves.is_some() {
            // There is one at most, so that the number of functions is bounded.
            if tail.is_some_and(|tail| Some(tail) != leaves) {
                return Err(Unknown);
            }
            tail = leaves;
        }
        let goes_on = matches!(flow, Flow::Next | Flow::Branch(_));
        let next = places[..known].iter().copied().filter(|place| *place >= end).min();
        at = match (goes_on, next) {
            (true, _) => end,
            (false, Some(place)) => place,
            (false, None) => return Ok(tail),
        };
    }
    Err(Unknown)
}

/// Code of which it is not known that it returns at once.
#[derive(Debug, PartialEq, Eq)]
struct Unknown;

/// Returns whether this process wants functions to be looked at. The environment is read once.
fn is_wanted() -> bool {
    static WANTED: OnceLock<bool> = OnceLock::new();
    *WANTED.get_or_init(|| {
        let value = std::env::var_os(VARIABLE).unwrap_or_default();
        !["0", "no", "off", "false"].iter().any(|off| value.eq_ignore_ascii_case(off))
    })
}

/// What is known of a function from its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    Nothing,
    /// It returns at once.
    AtOnce,
    /// It returns at once, and uses no memory of its thread but the stack, so that it does not know errno.
    Quiet,
}

/// Returns whether a function is known to return at once.
///
/// # Safety
/// As for [`known`].
pub unsafe fn returns_at_once(function: *const u8) -> bool {
    // SAFETY: the caller gives the address of a function whose code can be read.
    unsafe { known(function) != Known::Nothing }
}

/// Looks at the code of a function.
///
/// # Safety
/// `function` is the address of a function of a loaded library, as a symbol look-up gives it. Its code can be read, as
/// is the case on the systems for which there is a decoder.
pub unsafe fn known(function: *const u8) -> Known {
    if function.is_null() || !is_wanted() {
        return Known::Nothing;
    }
    let mut function = function;
    let uses_thread = Cell::new(false);
    for _ in 0..CHAIN {
        // SAFETY: the caller promises code that can be read; so can that of functions which it continues as.
        let tail = match unsafe { look(function, &uses_thread) } {
            Ok(None) if uses_thread.get() => return Known::AtOnce,
            Ok(None) => return Known::Quiet,
            Ok(Some(tail)) => tail,
            Err(Unknown) => return Known::Nothing,
        };
        function = match tail {
            Tail::At(offset) => function.wrapping_offset(offset),
            // SAFETY: the processor would read the address of a function there. It has been filled in when the library was
            // loaded; if not, it leads to code of the dynamic loader, which is no function that returns at once.
            Tail::Through(offset) => unsafe {
                function.wrapping_offset(offset).cast::<*const u8>().read_unaligned()
            },
        };
        if function.is_null() {
            return Known::Nothing;
        }
    }
    Known::Nothing
}

/// Looks at one function, and notes whether it uses memory of its thread.
///
/// # Safety
/// The bytes at the address are code, and can be read.
unsafe fn look(function: *const u8, uses_thread: &Cell<bool>) -> Result<Option<Tail>, Unknown> {
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return bounded(|at| {
        // SAFETY: the decoder reads only bytes of instructions that the processor would execute from this address.
        let byte = |i| unsafe { function.add(i).read() };
        let step = x86_64::decode(byte, at)?;
        uses_thread.set(uses_thread.get() || x86_64::uses_thread(byte, at));
        Some(step)
    });
    // The decoder does not know the instruction that reads the address of the thread's memory.
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    let _ = uses_thread;
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    return bounded(|at| {
        // SAFETY: the decoder reads only instructions that the processor would execute from this address; they are
        // aligned.
        aarch64::decode(unsafe { function.add(at).cast::<u32>().read() }, at)
    });
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    {
        let _ = (function, uses_thread);
        bounded(|_| None)
    }
}

#[cfg(test)]
mod tests;
