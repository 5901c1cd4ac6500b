//! `extern "Python"` functions of compiled modules: C functions whose code is attached in Python.
//!
//! The module has a structure for each of them, with two words for this crate. The first word points to the [`Slot`],
//! which is made when something is attached for the first time and is never freed, because the module is never
//! unloaded. A slot holds the code that each interpreter has attached.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, Ordering, fence};
use std::sync::{Mutex, PoisonError};

use cffi_abi::ExternPy;
use cffi_call::{errno, va_list};
use cffi_local::{self as local, Local};

use super::result::Form;
use super::target::Target;
use super::thread;
use crate::ctype::{Access, CType};
use cffi_rt::guarded::Guarded;
use cffi_rt::interp::{self, Interp, at_end};
use cffi_rt::{Obj, Py, R, raise};

/// Bytes of an argument's cell.
const CELL: usize = 8;

/// Code attached to a function in one interpreter.
struct Code {
    target: Target,
    /// For each argument, whether its cell holds the argument's address instead of its value.
    by_address: Box<[bool]>,
    /// Whether the function has `...`.
    variadic: bool,
}

// SAFETY: immutable; the references are only used by attached threads of the interpreter that it belongs to.
unsafe impl Send for Code {}
// SAFETY: the code is only used by attached threads, and its words are atomics.
unsafe impl Sync for Code {}

/// The code attached to one function: a list with a place for each interpreter that ever had something attached.
#[derive(Default)]
struct Slot {
    first: AtomicPtr<Place>,
}

/// The code that one interpreter has attached. Never freed, but taken over by another interpreter after the end of its
/// own.
struct Place {
    /// Set before the place is published, never changed.
    next: *const Place,
    /// The interpreter that has the place, or 0 while it is free.
    owner: AtomicUsize,
    /// Used by threads of that interpreter only.
    code: Guarded<Code>,
}

// SAFETY: `next` is immutable and points to another place, which is never freed; the other members can be shared
// between threads.
unsafe impl Sync for Place {}

/// All slots, for the end of an interpreter. The lock is held only while the list is copied or extended.
static SLOTS: Mutex<Vec<&'static Slot>> = Mutex::new(Vec::new());

impl Slot {
    fn places(&self) -> impl Iterator<Item = &'static Place> {
        // SAFETY: null, or places that are never freed.
        let first = unsafe { self.first.load(Ordering::Acquire).as_ref() };
        // SAFETY: places are never freed once they are published.
        std::iter::successors(first, |place| unsafe { place.next.as_ref() })
    }

    #[inline]
    fn place(&self, interp: Interp) -> Option<&'static Place> {
        self.places().find(|place| place.owner.load(Ordering::Acquire) == interp.number())
    }

    /// Returns the interpreter's place. Makes one if it has none.
    fn claim(&self, interp: Interp) -> &'static Place {
        let free = |place: &&Place| {
            let (old, new) = (0, interp.number());
            place.owner.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        };
        if let Some(place) = self.place(interp).or_else(|| self.places().find(free)) {
            return place;
        }
        let mut first = self.first.load(Ordering::Acquire);
        let owner = AtomicUsize::new(interp.number());
        let fresh = Box::into_raw(Box::new(Place { next: first, owner, code: Guarded::new() }));
        while let Err(other) = self.first.compare_exchange(first, fresh, Ordering::AcqRel, Ordering::Acquire)
        {
            first = other;
            // SAFETY: the place is not published yet, so nobody else reads it.
            unsafe { (*fresh).next = first };
        }
        // SAFETY: leaked on purpose: never freed.
        unsafe { &*fresh }
    }
}

/// Returns the first of this crate's words in the module's structure.
///
/// # Safety
/// `function` is the structure of a loaded module, in which no other code uses that word.
unsafe fn place<'a>(function: *mut ExternPy) -> &'a AtomicPtr<Slot> {
    // SAFETY: by the caller; the word is aligned, and all accesses to it go through atomics.
    unsafe { AtomicPtr::from_ptr((&raw mut (*function).reserved1).cast()) }
}

/// Attaches `callable` to the function in the current interpreter. It replaces the code that was attached before.
/// `error` and `onerror` have the meaning that they have for callbacks.
///
/// # Errors
/// Those of [`Target::new`].
///
/// # Safety
/// `function` is the structure of an `extern "Python"` function of the function type `ct`, in a loaded module.
pub(crate) unsafe fn attach(
    py: Py<'_>,
    function: *mut ExternPy,
    ct: &CType,
    callable: &Obj,
    error: Option<&Obj>,
    onerror: Option<&Obj>,
) -> R<()> {
    let target = Target::new(py, ct, callable, error, onerror, Form::Natural)?;
    let Some(signature) = ct.function() else {
        return Err(raise!(py, Type, "expected a function ctype, got '{}'", ct.name()));
    };
    let by_address = |ct: &CType| ct.is_aggregate() || ct.access == Access::LongDouble;
    if signature.ellipsis && !va_list::EXISTS {
        return Err(raise!(py, NotImplemented, "extern \"Python\": no function with '...' on this platform"));
    }
    // Behind the declared arguments lies the address of a `va_list`.
    let rest = signature.ellipsis.then_some(true);
    let declared = signature.args.iter().map(|ct| by_address(ct));
    let by_address = py.collect(declared.chain(rest))?.into_boxed_slice();
    let variadic = signature.ellipsis;
    thread::note_exit(py, ct.state())?;
    at_end(py, c"ferrocffi.extern_python", forget)?;
    // SAFETY: the caller gives a function of a compiled module's tables.
    let place = unsafe { place(function) };
    let mut slot = place.load(Ordering::Acquire);
    if slot.is_null() {
        let fresh = Box::into_raw(Box::<Slot>::default());
        match place.compare_exchange(slot, fresh, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                // SAFETY: the slot is never freed from here on.
                let known = unsafe { &*fresh };
                SLOTS.lock().unwrap_or_else(PoisonError::into_inner).push(known);
                slot = fresh;
            }
            Err(first) => {
                // SAFETY: made above, and seen by nobody.
                drop(unsafe { Box::from_raw(fresh) });
                slot = first;
            }
        }
    }
    // SAFETY: slots are never freed once they are published.
    let slot = unsafe { &*slot };
    let place = slot.claim(Interp::current(py));
    // SAFETY: attached to the place's interpreter. The old code is dropped afterwards: dropping it may run Python code.
    drop(unsafe { place.code.replace(py, Some(Code { target, by_address, variadic })) });
    Ok(())
}

/// Drops the code that an interpreter that ends has attached.
///
/// A function that was attached is often a part of a cycle: its module has it too, and cdata. The interpreter's last
/// collection finds that cycle only now. It would not find the types of those cdata as well, since a cdata is not
/// visible to the collector; so there is one more collection before it.
fn forget(py: Py<'_>, interp: Interp) {
    let slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for place in slots.into_iter().filter_map(|slot| slot.place(interp)) {
        // SAFETY: called with the interpreter's last thread.
        drop(unsafe { place.code.replace(py, None) });
        place.owner.store(0, Ordering::Release);
    }
    if !interp::is_main(py) {
        interp::collect(py);
    }
}

/// The reason why a call did not reach any code. The texts are those of the C backend.
enum Missing {
    Code,
    InThisInterpreter,
    Interpreter,
}

impl Missing {
    fn text(&self) -> &'static str {
        match self {
            Missing::Code => "no code was attached to it yet with @ffi.def_extern()",
            Missing::InThisInterpreter => "@ffi.def_extern() was not called in the current subinterpreter",
            Missing::Interpreter => "got internal exception (shutdown issue?)",
        }
    }
}

/// Runs an attached function. The C code of `extern "Python"` functions calls it, without the GIL, on any thread.
///
/// # Safety
/// `function` is the module's structure of the function. `args` has a cell of 8 bytes for each argument; the
/// result, whose `size_of_result` bytes fit there as well, goes to its start.
pub(crate) unsafe extern "C" fn call_python(function: *mut ExternPy, args: *mut u8) {
    // Pairs with the barrier that embedded modules have between making Python ready and sending callers here.
    fence(Ordering::Acquire);
    local::with(|own| {
        errno::save_in(own);
        // SAFETY: generated code passes its own function and an area of its signature.
        let outcome = catch_unwind(AssertUnwindSafe(|| unsafe { run(own, function, args) }));
        match outcome {
            Ok(Ok(())) => {}
            Ok(Err(missing)) => {
                // SAFETY: generated code passes its own function and an area of its signature.
                unsafe { give_zero(function, args) };
                // SAFETY: generated code passes its own function, whose name is a C string.
                let _ = catch_unwind(|| unsafe { tell(function, &missing) });
            }
            // SAFETY: generated code passes its own function and an area of its signature.
            Err(_) => unsafe { give_zero(function, args) },
        }
        errno::restore_in(own);
    });
}

/// # Safety
/// As for [`call_python`].
unsafe fn give_zero(function: *const ExternPy, args: *mut u8) {
    // SAFETY: by the caller; the size is never changed.
    unsafe { args.write_bytes(0, (*function).size_of_result) };
}

/// Writes to C's stderr that nothing was called, because Python may not be there to report it. The end of Python is
/// reported once, as threads of C may go on calling until the process ends.
///
/// # Safety
/// As for [`call_python`].
unsafe fn tell(function: *const ExternPy, missing: &Missing) {
    static END_TOLD: AtomicBool = AtomicBool::new(false);
    if matches!(missing, Missing::Interpreter) && END_TOLD.swap(true, Ordering::Relaxed) {
        return;
    }
    // SAFETY: by the caller; the name is a C string of the module.
    let name = unsafe { std::ffi::CStr::from_ptr((*function).name) }.to_string_lossy();
    let why = missing.text();
    let text = format!("extern \"Python\": function {name}() called, but {why}.  Returning 0.\n");
    say(text.as_bytes());
}

/// Writes to C's stderr, without the lock of Rust's stderr: a forked process would keep it locked.
#[cfg(unix)]
fn say(mut text: &[u8]) {
    while !text.is_empty() {
        // SAFETY: as many bytes as there are.
        let written = unsafe { libc::write(2, text.as_ptr().cast(), text.len()) };
        match usize::try_from(written) {
            Ok(written) if written > 0 => text = &text[written.min(text.len())..],
            _ => return,
        }
    }
}

/// Writes to C's stderr.
#[cfg(not(unix))]
fn say(text: &[u8]) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), text);
}

/// # Safety
/// As for [`call_python`].
unsafe fn run(own: &Local, function: *mut ExternPy, args: *mut u8) -> Result<(), Missing> {
    // SAFETY: by the caller; slots are never freed.
    let slot = unsafe { place(function).load(Ordering::Acquire).as_ref() };
    let Some(slot) = slot else { return Err(Missing::Code) };
    let Some(attached) = thread::attach_here(own) else { return Err(Missing::Interpreter) };
    let py = attached.py();
    // SAFETY: attached to the place's interpreter.
    let code = slot.place(Interp::current(py)).and_then(|place| unsafe { place.code.get(py) });
    let Some(code) = code else { return Err(Missing::InThisInterpreter) };
    let argument = |i: usize| {
        // SAFETY: there is a cell for each argument of the type; the cells of large arguments hold the address.
        unsafe {
            let cell = args.add(i * CELL).cast_const();
            if code.by_address.get(i) == Some(&true) { cell.cast::<*const u8>().read() } else { cell }
        }
    };
    // SAFETY: by the caller: the arguments are readable, and the cells have room for the result. All arguments
    // are read before the result is written.
    unsafe {
        match code.variadic {
            false => code.target.run::<false>(py, argument, args),
            true => code.target.run::<true>(py, argument, args),
        }
    };
    // The code is dropped before the thread is detached.
    drop(code);
    attached.leave();
    Ok(())
}
