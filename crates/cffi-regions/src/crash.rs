//! The report of a signal that ends the process while C code runs.
//!
//! A thread that calls C notes the call in a [`Call`] on its stack. When a signal such as SIGSEGV comes, the handler writes
//! which function was called with which arguments, from which Python lines, and which known memory is near the address.
//! Then the handler that was there before runs, or the default action. The handler allocates nothing, waits for no lock,
//! and writes with `write()` only.

use std::cell::Cell;
use std::ffi::c_void;
use std::fmt;

/// The largest number of arguments that are noted.
pub const MOST_ARGUMENTS: usize = 8;
/// The largest number of Python frames that are noted.
pub const MOST_FRAMES: usize = 6;

/// An argument as far as it can be shown without the interpreter.
#[derive(Clone, Copy, Debug)]
pub enum Argument<'a> {
    /// An integer.
    Int(i64),
    /// A floating-point number.
    Float(f64),
    /// An address, with the name of its C type.
    Address(usize, &'a str),
    /// A `bytes` object of this many bytes at an address.
    Bytes(usize, usize),
    /// `None`, or something else that is not shown.
    Other,
}

/// A call of C that has not returned.
#[derive(Debug)]
pub struct Call<'a> {
    /// The name of the function.
    name: &'static str,
    /// The file of the library that it is in.
    library: &'static str,
    /// The arguments.
    arguments: [Argument<'a>; MOST_ARGUMENTS],
    /// The number of arguments that were passed.
    count: usize,
    /// The frames that have led to the call, the innermost first: objects that live until it returns.
    frames: [*mut c_void; MOST_FRAMES],
    /// The lines of the frames, where they cannot be asked for in a signal handler; else 0.
    lines: [u32; MOST_FRAMES],
    previous: Cell<*const Call<'static>>,
}

impl<'a> Call<'a> {
    /// Describes a call.
    pub fn new(name: &'static str, library: &'static str) -> Call<'a> {
        Call {
            name,
            library,
            arguments: [Argument::Other; MOST_ARGUMENTS],
            count: 0,
            frames: [std::ptr::null_mut(); MOST_FRAMES],
            lines: [0; MOST_FRAMES],
            previous: Cell::new(std::ptr::null()),
        }
    }

    /// Adds an argument.
    pub fn push(&mut self, argument: Argument<'a>) {
        if let Some(place) = self.arguments.get_mut(self.count) {
            *place = argument;
        }
        self.count += 1;
    }

    /// Adds the frames that have led to the call, with the lines of those that cannot be asked in a signal handler. `more`
    /// returns the next outer frame.
    ///
    /// # Safety
    /// The frames are what the function of [`install`] shows, and live until the call returns.
    pub unsafe fn add_frames(&mut self, mut more: impl FnMut() -> Option<(*mut c_void, u32)>) {
        for (place, line) in self.frames.iter_mut().zip(&mut self.lines) {
            let Some(frame) = more() else { break };
            (*place, *line) = frame;
        }
    }

    /// Notes the call while `body` runs.
    pub fn during<T>(&self, body: impl FnOnce() -> T) -> T {
        struct Ends<'b, 'a>(&'b Call<'a>);
        impl Drop for Ends<'_, '_> {
            fn drop(&mut self) {
                CURRENT.set(self.0.previous.get());
            }
        }
        self.previous.set(CURRENT.replace(std::ptr::from_ref(self).cast()));
        let _ends = Ends(self);
        system::ensure_stack();
        body()
    }
}

thread_local! {
    /// The innermost call of this thread.
    static CURRENT: Cell<*const Call<'static>> = const { Cell::new(std::ptr::null()) };
}

/// Returns whether this thread is in a call of C.
pub fn is_in_call() -> bool {
    !CURRENT.get().is_null()
}

/// Shows one frame of a [`Call`], with its line if that is known: calls the function with the file's name and the line.
///
/// The frame is alive, and the thread that it belongs to is in the call.
pub type ShowFrame = unsafe fn(*mut c_void, u32, &mut dyn FnMut(&[u8], u32));

/// A text of fixed length that is written when it is full.
struct Out {
    buffer: [u8; 512],
    used: usize,
}

impl Out {
    const fn new() -> Out {
        Out { buffer: [0; 512], used: 0 }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            if self.used == self.buffer.len() {
                self.flush();
            }
            if let Some(place) = self.buffer.get_mut(self.used) {
                *place = *byte;
                self.used += 1;
            }
        }
    }

    fn flush(&mut self) {
        system::write(&self.buffer[..self.used]);
        self.used = 0;
    }
}

impl fmt::Write for Out {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.bytes(text.as_bytes());
        Ok(())
    }
}

/// Writes the report of a signal.
#[cfg_attr(not(unix), allow(dead_code, reason = "without signals nothing calls it"))]
fn report(signal: &str, address: Option<usize>, stack_is_full: bool, show: Option<ShowFrame>) {
    use fmt::Write;
    let current = CURRENT.get();
    // SAFETY: null, or a call on the stack of this thread that has not returned, and that borrows what it refers to.
    let call = unsafe { current.as_ref() };
    let mut out = Out::new();
    let _ = write!(out, "ferrocffi: {signal}");
    if let Some(address) = address {
        let _ = write!(out, " at address {address:#x}");
    }
    match call {
        Some(call) => {
            let _ = write!(out, " in a call of {}", call.name);
            if !call.library.is_empty() {
                let _ = write!(out, " of {}", call.library);
            }
            out.bytes(b"\n");
            arguments(&mut out, call);
        }
        None => out.bytes(b", and no call of C was in progress\n"),
    }
    if stack_is_full {
        out.bytes(b"  the stack of this thread has no room left\n");
    }
    if let Some(address) = address {
        near(&mut out, address, "the address is");
    }
    // What follows asks the interpreter, which may fail too.
    out.flush();
    if let (Some(call), Some(show)) = (call, show) {
        for (frame, line) in call.frames.iter().zip(call.lines).filter(|(frame, _)| !frame.is_null()) {
            let mut print = |file: &[u8], line| {
                out.bytes(b"  called from ");
                out.bytes(file);
                let _ = writeln!(out, ":{line}");
            };
            // SAFETY: whoever added the frame has promised that it lives until the call returns, and that it can be shown.
            unsafe { show(*frame, line, &mut print) };
        }
    }
    out.flush();
}

fn arguments(out: &mut Out, call: &Call<'_>) {
    use fmt::Write;
    for (i, argument) in call.arguments.iter().enumerate().take(call.count) {
        let _ = write!(out, "  argument {}: ", i + 1);
        let _ = match *argument {
            Argument::Int(value) => writeln!(out, "{value}"),
            Argument::Float(value) => writeln!(out, "{value}"),
            Argument::Address(address, name) => {
                let _ = writeln!(out, "'{name}' {address:#x}");
                near(out, address, "  that is");
                Ok(())
            }
            Argument::Bytes(address, len) => writeln!(out, "{len} bytes of a bytes object at {address:#x}"),
            Argument::Other => writeln!(out, "an object"),
        };
    }
    if call.count > MOST_ARGUMENTS {
        let _ = writeln!(out, "  and {} more arguments", call.count - MOST_ARGUMENTS);
    }
}

/// Writes which region is near an address.
fn near(out: &mut Out, address: usize, words: &str) {
    use fmt::Write;
    let Some(region) = crate::registry().nearest(address, 4096) else { return };
    let _ = write!(out, "  {words} ");
    let _ = if address < region.start {
        write!(out, "{} bytes before the start of ", region.start - address)
    } else if address >= region.end() {
        write!(out, "{} bytes past the end of ", address - region.end())
    } else {
        write!(out, "{} bytes from the start of ", address - region.start)
    };
    let _ = writeln!(out, "{} made at {}", region.what, region.made);
    if let Some((site, how)) = region.ended() {
        let _ = writeln!(out, "  freed at {site}: it was {}", how.words());
    }
    // The last owner may have gone meanwhile, and freeing memory is not possible here.
    std::mem::forget(region);
}

#[cfg(unix)]
mod system {
    use std::cell::UnsafeCell;
    use std::sync::Once;
    use std::sync::OnceLock;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::ShowFrame;

    const SIGNALS: [(i32, &str); 5] = [
        (libc::SIGSEGV, "SIGSEGV"),
        (libc::SIGBUS, "SIGBUS"),
        (libc::SIGFPE, "SIGFPE"),
        (libc::SIGILL, "SIGILL"),
        (libc::SIGABRT, "SIGABRT"),
    ];

    /// The actions that were there before.
    struct Before(UnsafeCell<[Option<libc::sigaction>; SIGNALS.len()]>);

    // SAFETY: written once, before the handlers are in place; only read afterwards.
    unsafe impl Sync for Before {}

    static BEFORE: Before = Before(UnsafeCell::new([None; SIGNALS.len()]));
    static SHOW: OnceLock<ShowFrame> = OnceLock::new();
    static REPORTED: AtomicBool = AtomicBool::new(false);

    pub(super) fn write(bytes: &[u8]) {
        // SAFETY: the bytes are initialized, and the call may be made in signal handlers.
        unsafe { libc::write(2, bytes.as_ptr().cast(), bytes.len()) };
    }

    /// The size of the stack on which the handler runs.
    const STACK: usize = 1 << 16;

    /// What a thread has under the key if its stack for handlers is somebody else's, or if there was no memory.
    const NONE: *mut libc::c_void = std::ptr::without_provenance_mut(1);

    /// Returns the key under which a thread has its stack for handlers. A variable of the thread would take room of which the
    /// C library has little.
    fn key() -> Option<libc::pthread_key_t> {
        static KEY: OnceLock<Option<libc::pthread_key_t>> = OnceLock::new();
        *KEY.get_or_init(|| {
            let mut key = 0;
            // SAFETY: the function writes the key, and the destructor gets what threads have set under it.
            let made = unsafe { libc::pthread_key_create(&raw mut key, Some(give_back)) };
            (made == 0).then_some(key)
        })
    }

    /// Ensures that the handler can run where this thread's stack has no room left.
    pub(super) fn ensure_stack() {
        let Some(key) = key() else { return };
        // SAFETY: the key was made, and is never deleted.
        unsafe {
            if libc::pthread_getspecific(key).is_null() {
                libc::pthread_setspecific(key, make_stack());
            }
        }
    }

    /// Makes the stack for handlers of this thread, unless it has one from somebody else.
    #[cold]
    fn make_stack() -> *mut libc::c_void {
        // SAFETY: the functions get complete structures. The memory is a mapping of its own, which is given back when the
        // thread ends.
        unsafe {
            let mut before: libc::stack_t = std::mem::zeroed();
            if libc::sigaltstack(std::ptr::null(), &raw mut before) != 0
                || before.ss_flags & libc::SS_DISABLE == 0
            {
                return NONE;
            }
            let (read_write, private) =
                (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANON);
            let memory = libc::mmap(std::ptr::null_mut(), STACK, read_write, private, -1, 0);
            if memory == libc::MAP_FAILED {
                return NONE;
            }
            let stack = libc::stack_t { ss_sp: memory, ss_flags: 0, ss_size: STACK };
            if libc::sigaltstack(&raw const stack, std::ptr::null_mut()) != 0 {
                libc::munmap(memory, STACK);
                return NONE;
            }
            memory
        }
    }

    /// Gives back the stack for handlers of a thread that ends.
    ///
    /// # Safety
    /// Called by the system with what the thread had set under the key.
    unsafe extern "C" fn give_back(memory: *mut libc::c_void) {
        if memory == NONE {
            return;
        }
        // SAFETY: the mapping is the thread's own, and no handler runs on it. Another stack that took its place is left
        // alone.
        unsafe {
            let mut now: libc::stack_t = std::mem::zeroed();
            libc::sigaltstack(std::ptr::null(), &raw mut now);
            if now.ss_sp == memory {
                let none =
                    libc::stack_t { ss_sp: std::ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: STACK };
                libc::sigaltstack(&raw const none, std::ptr::null_mut());
            }
            libc::munmap(memory, STACK);
        }
    }

    /// Returns the stack pointer of the interrupted code, where that is known.
    ///
    /// # Safety
    /// The context is the one that a signal handler got.
    #[cfg(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64")))]
    unsafe fn stack_pointer(context: *const libc::c_void) -> Option<usize> {
        // SAFETY: by this function's contract the context has this type.
        let registers = unsafe { &(*context.cast::<libc::ucontext_t>()).uc_mcontext };
        #[cfg(target_arch = "x86_64")]
        let pointer = registers.gregs[libc::REG_RSP as usize];
        #[cfg(target_arch = "aarch64")]
        let pointer = registers.sp;
        usize::try_from(pointer).ok()
    }

    #[cfg(not(all(target_os = "linux", any(target_arch = "x86_64", target_arch = "aarch64"))))]
    unsafe fn stack_pointer(_context: *const libc::c_void) -> Option<usize> {
        None
    }

    /// The farthest that code reaches beyond the stack pointer: a function with large variables touches them in any order.
    const REACH: usize = 1 << 16;

    unsafe extern "C" fn handle(signal: i32, info: *mut libc::siginfo_t, context: *mut libc::c_void) {
        let index = SIGNALS.iter().position(|(number, _)| *number == signal).unwrap_or(0);
        // SAFETY: the kernel passes a description of the signal.
        let (address, sent) = unsafe { ((*info).si_addr().addr(), (*info).si_code <= 0) };
        if !REPORTED.swap(true, Ordering::AcqRel) {
            let has_address = matches!(signal, libc::SIGSEGV | libc::SIGBUS) && !sent;
            // SAFETY: the kernel passes the state of the interrupted code.
            let pointer = unsafe { stack_pointer(context) };
            let is_full = has_address && pointer.is_some_and(|pointer| pointer.abs_diff(address) < REACH);
            let address = has_address.then_some(address);
            super::report(SIGNALS[index].1, address, is_full, SHOW.get().copied());
        }
        // SAFETY: the list is not changed any more; the actions are those that the system had. A fault happens again when
        // this function returns; other signals are sent again.
        unsafe {
            let default = libc::sigaction { sa_sigaction: libc::SIG_DFL, ..std::mem::zeroed() };
            let before = (*BEFORE.0.get())[index].unwrap_or(default);
            libc::sigaction(signal, &raw const before, std::ptr::null_mut());
            if sent || signal == libc::SIGABRT {
                libc::raise(signal);
            }
        }
    }

    /// Puts the handlers into place, once for the process.
    pub(super) fn install(show: ShowFrame) {
        static ONCE: Once = Once::new();
        let _ = SHOW.set(show);
        ONCE.call_once(|| {
            for (index, (signal, _)) in SIGNALS.iter().enumerate() {
                // SAFETY: the structure is complete, the handler has the signature that the flag asks for, and nobody
                // reads the list before the handler is in place.
                unsafe {
                    let mut action: libc::sigaction = std::mem::zeroed();
                    action.sa_sigaction = handle as *const () as usize;
                    action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
                    let mut before: libc::sigaction = std::mem::zeroed();
                    if libc::sigaction(*signal, std::ptr::null(), &raw mut before) == 0 {
                        (*BEFORE.0.get())[index] = Some(before);
                        libc::sigaction(*signal, &raw const action, std::ptr::null_mut());
                    }
                }
            }
        });
    }
}

#[cfg(not(unix))]
mod system {
    use super::ShowFrame;

    pub(super) fn write(_bytes: &[u8]) {}

    pub(super) fn ensure_stack() {}

    pub(super) fn install(_show: ShowFrame) {}
}

/// Puts the handlers into place, once for the process.
pub fn install(show: ShowFrame) {
    system::install(show);
}
