//! C functions that know what they belong to: the caller passes four words, the callee gets a fifth.
//!
//! An interpreter passes a built-in function the object that it is bound to, and nothing that says which function it
//! is. A thunk is a function of its own for each, which adds the address of what it was made for.

use std::ffi::c_void;

/// What a thunk jumps to: the arguments as they came, and the address of this.
pub type Handler = unsafe extern "C" fn(usize, usize, usize, usize, *const Context) -> *mut c_void;

/// What a thunk was made for. To be the first member of something larger.
#[derive(Debug)]
#[repr(C)]
pub struct Context {
    /// Where the thunk jumps.
    pub handler: Handler,
}

/// A C function of up to four words that calls the context's handler. It is never freed. `None` on platforms that have
/// none, and without memory.
#[cfg(own_trampolines)]
pub fn function(context: &'static Context) -> Option<*const c_void> {
    let entry = enter as *const () as *const c_void;
    let made = crate::trampoline::Trampoline::new(std::ptr::from_ref(context).cast_mut().cast(), entry)?;
    let code = made.code();
    std::mem::forget(made);
    Some(code)
}

/// A C function of up to four words that calls the context's handler. It is never freed. `None` on platforms that have
/// none, and without memory.
#[cfg(not(own_trampolines))]
pub fn function(_context: &'static Context) -> Option<*const c_void> {
    None
}

/// Where the trampolines of thunks lead, with the address of the context's address in r10. The fifth word goes in r8.
#[cfg(own_trampolines)]
#[unsafe(naked)]
unsafe extern "C" fn enter() {
    std::arch::naked_asm!("endbr64", "mov r8, qword ptr [r10]", "jmp qword ptr [r8]")
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
