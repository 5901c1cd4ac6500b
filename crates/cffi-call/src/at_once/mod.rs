//! Finds functions that return at once, from their machine code.
//!
//! A function returns at once if it runs a bounded number of simple instructions: it calls nothing, asks the operating
//! system for nothing, jumps only forward, and only to places in itself. Such a function can neither wait for another
//! thread nor call back. So a caller may keep a lock that other threads wait for, where letting go of it and taking it
//! again would cost more than the call.
//!
//! The decoders are pure, and know only instructions that are surely harmless. Everything else makes the answer *no*.

mod aarch64;
mod x86_64;

use std::sync::OnceLock;

/// The environment variable that turns the search off.
pub const VARIABLE: &str = "FERROCFFI_AT_ONCE";

/// The most instructions of a function that returns at once.
const MOST: usize = 48;
/// The most bytes of its code.
const LONGEST: usize = 256;

/// What follows an instruction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flow {
    /// The next instruction.
    Next,
    /// The next instruction, or the one at this offset.
    Branch(usize),
    /// The instruction at this offset.
    Jump(usize),
    /// The caller.
    Return,
}

/// An instruction: the offset behind it, and what follows.
type Step = (usize, Flow);

/// Returns whether code returns at once. `step` decodes the instruction at an offset, and returns `None` for those that
/// it does not know. It is asked only for instructions that can be reached.
fn is_bounded(step: impl Fn(usize) -> Option<Step>) -> bool {
    /// The most places that jumps lead to.
    const PLACES: usize = 16;
    let (mut places, mut known) = ([0; PLACES], 0);
    let mut at = 0;
    for _ in 0..MOST {
        if at >= LONGEST {
            return false;
        }
        let Some((end, flow)) = step(at) else { return false };
        // A jump into the middle of an instruction leads to another one, which was not looked at.
        if places[..known].iter().any(|place| (at + 1..end).contains(place)) {
            return false;
        }
        if let Flow::Branch(place) | Flow::Jump(place) = flow {
            // A backward jump can be a loop.
            if place < end || known == PLACES {
                return false;
            }
            places[known] = place;
            known += 1;
        }
        let goes_on = matches!(flow, Flow::Next | Flow::Branch(_));
        let next = places[..known].iter().copied().filter(|place| *place >= end).min();
        at = match (goes_on, next) {
            (true, _) => end,
            (false, Some(place)) => place,
            (false, None) => return true,
        };
    }
    false
}

/// Returns whether this process wants functions to be looked at. The environment is read once.
fn is_wanted() -> bool {
    static WANTED: OnceLock<bool> = OnceLock::new();
    *WANTED.get_or_init(|| {
        let value = std::env::var_os(VARIABLE).unwrap_or_default();
        !["0", "no", "off", "false"].iter().any(|off| value.eq_ignore_ascii_case(off))
    })
}

/// Returns whether a function is known to return at once.
///
/// # Safety
/// `function` is the address of a function of a loaded library, as a symbol look-up gives it. Its code can be read, as
/// is the case on the systems for which there is a decoder.
pub unsafe fn returns_at_once(function: *const u8) -> bool {
    if function.is_null() || !is_wanted() {
        return false;
    }
    #[cfg(all(target_os = "linux", target_arch = "x86_64"))]
    return is_bounded(|at| {
        // SAFETY: the decoder reads only bytes of instructions that the processor would execute from this address.
        x86_64::decode(|i| unsafe { function.add(i).read() }, at)
    });
    #[cfg(all(target_os = "linux", target_arch = "aarch64"))]
    return is_bounded(|at| {
        // SAFETY: the decoder reads only instructions that the processor would execute from this address; they are
        // aligned.
        aarch64::decode(unsafe { function.add(at).cast::<u32>().read() }, at)
    });
    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    false
}

#[cfg(test)]
mod tests;
