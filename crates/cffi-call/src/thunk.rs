//! C functions that know what they belong to: the caller passes four words, the callee gets a fifth.
//!
//! An interpreter passes a built-in function the object that it is bound to, but nothing that identifies the function.
//! A thunk is a separate function for each, which adds the address of its context.

use std::ffi::c_void;

/// Whether this platform has thunks.
pub const AVAILABLE: bool = cfg!(own_trampolines);

/// The function that a thunk jumps to. It gets the thunk's arguments and the address of the context.
pub type Handler = unsafe extern "C" fn(usize, usize, usize, usize, *const Context) -> *mut c_void;

/// The context of a thunk. It can be the first member of a larger struct.
#[derive(Debug)]
#[repr(C)]
pub struct Context {
    /// The function that the thunk jumps to.
    pub handler: Handler,
}

/// Makes a C function of up to four words that calls the context's handler. It is never freed. Returns `None` on
/// platforms without thunks, and if there is no memory.
#[cfg(own_trampolines)]
pub fn function(context: &'static Context) -> Option<*const c_void> {
    let entry = enter as *const () as *const c_void;
    let made = crate::trampoline::Trampoline::new(std::ptr::from_ref(context).cast_mut().cast(), entry)?;
    let code = made.code();
    std::mem::forget(made);
    Some(code)
}

/// Makes a C function of up to four words that calls the context's handler. It is never freed. Returns `None` on
/// platforms without thunks, and if there is no memory.
#[cfg(not(own_trampolines))]
pub fn function(_context: &'static Context) -> Option<*const c_void> {
    None
}

/// Receives the jumps of the trampolines of thunks, with the address of the context's address in r10. The fifth word
/// goes in r8.
#[cfg(all(target_arch = "x86_64", own_trampolines))]
#[unsafe(naked)]
unsafe extern "C" fn enter() {
    std::arch::naked_asm!("endbr64", "mov r8, qword ptr [r10]", "jmp qword ptr [r8]")
}

/// Receives the jumps of the trampolines of thunks, with the address of the context's address in x17. The fifth word
/// goes in x4.
#[cfg(all(target_arch = "aarch64", own_trampolines))]
#[unsafe(naked)]
unsafe extern "C" fn enter() {
    std::arch::naked_asm!("hint #36", "ldr x4, [x17]", "ldr x16, [x4]", "br x16")
}

#[cfg(all(test, own_trampolines))]
mod tests {
    use super::*;

    #[repr(C)]
    struct Named {
        context: Context,
        name: usize,
    }

    unsafe extern "C" fn sum(a: usize, b: usize, c: usize, d: usize, context: *const Context) -> *mut c_void {
        // SAFETY: the thunk was made for the context of a `Named`.
        let name = unsafe { (*context.cast::<Named>()).name };
        (a + 10 * b + 100 * c + 1000 * d + 10_000 * name) as *mut c_void
    }

    #[test]
    fn each_knows_what_it_was_made_for() {
        let codes = [1, 2].map(|name| {
            let named: &'static Named =
                Box::leak(Box::new(Named { context: Context { handler: sum }, name }));
            function(&named.context).expect("memory")
        });
        type Four = unsafe extern "C" fn(usize, usize, usize, usize) -> usize;
        for (code, name) in codes.into_iter().zip([1, 2]) {
            // SAFETY: takes four words, gives one.
            let got = unsafe { std::mem::transmute::<*const c_void, Four>(code)(1, 2, 3, 4) };
            assert_eq!(got, 4321 + 10_000 * name);
        }
    }
}
