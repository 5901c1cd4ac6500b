//! Threads that end in the middle of a call.
//!
//! Before 3.14 CPython ends a thread that wants to run Python code after the interpreter's shutdown has begun by
//! `pthread_exit`. C code can end a thread in this way too. glibc (and FreeBSD) then unwinds the stack by force: each
//! frame's personality routine is asked for code to run. Rust's would run destructors, which touch Python objects on a
//! detached thread, and `catch_unwind`, which must not catch a forced unwinding: the C library aborts the process.
//!
//! So all frames of this extension are made transparent for a forced unwinding. The personality routine asks for a
//! frame's table of handlers before anything else, and this file answers that there is none. The unwinder passes over
//! the frame as over a frame of C code, and the thread ends as it does with a backend in C. The values in its frames
//! are never dropped; the locks of this extension are not held where Python code runs.
//!
//! Frames further up can belong to foreign code with handlers: C++ code that calls a callback from a function that is
//! `noexcept`, or inside of `catch (...)`, which would end the process. While the interpreter shuts down the thread is
//! stopped for good before such a frame, as CPython 3.14 stops all threads.
//!
//! Elsewhere `pthread_exit` unwinds nothing (musl, macOS, Windows), and there is nothing to do.

use std::cell::Cell;
use std::ffi::{CStr, c_int, c_void};

use cffi_rt::version;

/// The unwinder's description of a frame.
#[repr(C)]
struct Context {
    _opaque: [u8; 0],
}

const CONTINUE: c_int = 0;
/// A status that stops a walk, as any number but [`CONTINUE`] does.
const STOP: c_int = 4;

unsafe extern "C" {
    fn _Unwind_Backtrace(
        visit: unsafe extern "C" fn(*mut Context, *mut c_void) -> c_int,
        argument: *mut c_void,
    ) -> c_int;
    fn _Unwind_GetIP(context: *mut Context) -> usize;
    fn _Unwind_GetCFA(context: *mut Context) -> usize;
    fn _Unwind_FindEnclosingFunction(at: *mut c_void) -> *mut c_void;
}

// Hides the name, which belongs to this extension alone: the compiler exports functions with `no_mangle`.
std::arch::global_asm!(".hidden _Unwind_GetLanguageSpecificData");

/// Returns the table of handlers of a frame to its personality routine, in place of the unwinder's function with this
/// name; null for the frames of a thread that ends.
///
/// # Safety
/// Called by the personality routine of a frame of this extension, with the unwinder's description of it.
#[unsafe(no_mangle)]
unsafe extern "C" fn _Unwind_GetLanguageSpecificData(frame: *mut Context) -> *mut c_void {
    // SAFETY: the description comes from the unwinder, which waits for the answer.
    if unsafe { is_forced(frame) } {
        return std::ptr::null_mut();
    }
    // SAFETY: the unwinder passes the context of the frame that it examines.
    unsafe { handlers(frame) }
}

/// Returns the table of handlers of a frame.
///
/// # Safety
/// The description is one that the unwinder has just given.
unsafe fn handlers(frame: *mut Context) -> *mut c_void {
    type Function = unsafe extern "C" fn(*mut Context) -> *mut c_void;
    let function = address(c"_Unwind_GetLanguageSpecificData");
    // SAFETY: a function of the unwinder, of this type; the unwinder has just given the description.
    unsafe { std::mem::transmute::<*mut c_void, Function>(function)(frame) }
}

/// The kind of unwinding that has been seen on a thread.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Nothing,
    /// An exception of foreign code, which is looking for its handler or on its way to it.
    Exception,
    /// A forced unwinding, which goes on until the thread ends.
    End,
}

thread_local! {
    static SEEN: Cell<Seen> = const { Cell::new(Seen::Nothing) };
}

/// Returns whether the unwinding that has come to `frame` is the end of the thread.
///
/// # Safety
/// `frame` is the unwinder's description of the frame that it has come to.
unsafe fn is_forced(frame: *mut Context) -> bool {
    // A destructor can panic on such a thread, and catch that.
    if SEEN.get() == Seen::End && !std::thread::panicking() {
        return true;
    }
    // SAFETY: the description is the unwinder's own.
    let walk = unsafe { Walk::from(frame) };
    match walk.unwinder {
        Some(Unwinder::Forces) => {}
        // The forced unwinding continues after a cleanup.
        Some(Unwinder::Resumes) if !std::thread::panicking() && SEEN.get() != Seen::Exception => {}
        Some(Unwinder::Resumes) => return false,
        Some(Unwinder::Raises) => {
            if !std::thread::panicking() {
                SEEN.set(Seen::Exception);
            }
            return false;
        }
        // The stack cannot be read. In this case only CPython is known to end threads.
        None if std::thread::panicking() || !version::is_ending() => return false,
        None => {}
    }
    if walk.foreign_handlers && version::is_ending() {
        stop();
    }
    SEEN.set(Seen::End);
    true
}

/// Stops the calling thread for good.
fn stop() -> ! {
    loop {
        std::thread::sleep(std::time::Duration::from_secs(3600));
    }
}

/// The unwinder's functions that can have requested a frame's handlers.
#[derive(Clone, Copy)]
enum Unwinder {
    Forces,
    Raises,
    Resumes,
}

const UNWINDERS: [(&CStr, Unwinder); 4] = [
    (c"_Unwind_ForcedUnwind", Unwinder::Forces),
    (c"_Unwind_RaiseException", Unwinder::Raises),
    (c"_Unwind_Resume_or_Rethrow", Unwinder::Raises),
    (c"_Unwind_Resume", Unwinder::Resumes),
];

/// A walk through the calling thread's stack, from the innermost frame.
struct Walk {
    /// The stack address of the frame that the unwinding has come to.
    here: usize,
    functions: [(usize, Unwinder); UNWINDERS.len()],
    /// The innermost function of the unwinder.
    unwinder: Option<Unwinder>,
    /// Whether a frame further up has handlers and does not belong to this extension.
    foreign_handlers: bool,
}

impl Walk {
    /// # Safety
    /// `frame` is the unwinder's description of the frame that it has come to.
    unsafe fn from(frame: *mut Context) -> Walk {
        let functions = UNWINDERS.map(|(name, kind)| (address(name).addr(), kind));
        // SAFETY: the unwinder's functions; the walk is alive until the stack has been read.
        unsafe {
            let here = _Unwind_GetCFA(frame);
            let mut walk = Walk { here, functions, unwinder: None, foreign_handlers: false };
            _Unwind_Backtrace(visit, (&raw mut walk).cast());
            walk
        }
    }

    /// Takes note of a frame. Returns `false` if no more are needed.
    ///
    /// # Safety
    /// `frame` is the unwinder's description of the frame.
    unsafe fn look_at(&mut self, frame: *mut Context) -> bool {
        // SAFETY: the unwinder has just given the description.
        let (ip, at) = unsafe { (_Unwind_GetIP(frame), _Unwind_GetCFA(frame)) };
        if self.unwinder.is_none() {
            // SAFETY: the function only looks the address up in tables.
            let start = unsafe { _Unwind_FindEnclosingFunction(std::ptr::without_provenance_mut(ip)) };
            let found = self.functions.iter().find(|(function, _)| *function == start.addr());
            self.unwinder = found.map(|(_, unwinder)| *unwinder);
            return !matches!(self.unwinder, Some(Unwinder::Raises));
        }
        // SAFETY: the unwinder has just given the description.
        self.foreign_handlers = at > self.here && unsafe { !handlers(frame).is_null() } && !is_own(ip);
        !self.foreign_handlers
    }
}

/// # Safety
/// Called by the unwinder with the walk that [`Walk::from`] has given it.
unsafe extern "C" fn visit(frame: *mut Context, walk: *mut c_void) -> c_int {
    // SAFETY: the walk is alive and no other code uses it; the description is alive for the call.
    if unsafe { (*walk.cast::<Walk>()).look_at(frame) } { CONTINUE } else { STOP }
}

/// Returns whether there is code of this extension at an address.
fn is_own(ip: usize) -> bool {
    let base = |at: *const c_void| {
        let mut found = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
        // SAFETY: the function looks the address up; all zero is a valid description.
        unsafe {
            libc::dladdr(at, found.as_mut_ptr());
            found.assume_init().dli_fbase
        }
    };
    base(std::ptr::without_provenance(ip)) == base(visit as *const c_void)
}

/// Returns the address of a function of `libgcc_s`, which all code in the process that unwinds shares. Never null:
/// without the library the process ends.
pub(super) fn address(name: &CStr) -> *mut c_void {
    // SAFETY: C strings; the library is never closed.
    let found = unsafe {
        let library = libc::dlopen(c"libgcc_s.so.1".as_ptr(), libc::RTLD_NOW);
        if library.is_null() { library } else { libc::dlsym(library, name.as_ptr()) }
    };
    if found.is_null() {
        eprintln!("ferrocffi: libgcc_s.so.1 is needed to unwind the stack, and cannot be loaded");
        std::process::abort();
    }
    found
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    static DROPPED: AtomicU32 = AtomicU32::new(0);
    static REACHED: AtomicU32 = AtomicU32::new(0);

    struct Noted;

    impl Drop for Noted {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[inline(never)]
    fn ends(depth: u32, during_a_panic: bool) {
        let _noted = Noted;
        if depth > 0 {
            let _ = catch_unwind(AssertUnwindSafe(|| ends(depth - 1, during_a_panic)));
            return;
        }
        REACHED.fetch_add(1, Ordering::SeqCst);
        if during_a_panic {
            let _ends = EndsThread;
            panic!("on purpose");
        }
        drop(EndsThread);
    }

    struct EndsThread;

    impl Drop for EndsThread {
        fn drop(&mut self) {
            // SAFETY: the thread is a test's own, and the frames of this test are made for it.
            unsafe { libc::pthread_exit(std::ptr::null_mut()) };
        }
    }

    extern "C" fn start(during_a_panic: *mut c_void) -> *mut c_void {
        ends(5, !during_a_panic.is_null());
        std::ptr::null_mut()
    }

    #[test]
    fn a_thread_that_is_ended_runs_no_destructors() {
        for (during_a_panic, dropped) in [(0, 0), (1, 0)] {
            let argument = std::ptr::without_provenance_mut(during_a_panic);
            // SAFETY: a thread with the default attributes, which the test waits for.
            unsafe {
                let mut thread = std::mem::zeroed();
                assert_eq!(libc::pthread_create(&raw mut thread, std::ptr::null(), start, argument), 0);
                assert_eq!(libc::pthread_join(thread, std::ptr::null_mut()), 0);
            }
            assert_eq!(DROPPED.load(Ordering::SeqCst), dropped);
        }
        assert_eq!(REACHED.load(Ordering::SeqCst), 2);
    }
}
