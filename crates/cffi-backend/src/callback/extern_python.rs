//! `extern "Python"` functions of compiled modules: C functions whose code is attached in Python.
//!
//! The module has a structure for each of them, with two words for us. The first leads to the [`Slot`], made
//! when something is attached for the first time and never freed, as the module is never unloaded. A slot holds
//! what each interpreter has attached.

use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicPtr, Ordering, fence};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use cffi_abi::ExternPy;
use cffi_call::errno;

use super::result::Form;
use super::target::Target;
use super::thread;
use crate::ctype::{Access, CType};
use crate::rt::interp::{Interp, at_end};
use crate::rt::{Obj, Py, R, raise};

/// Bytes of an argument's cell.
const CELL: usize = 8;

/// Code attached to a function in one interpreter.
struct Code {
    target: Target,
    /// For each argument whether its cell holds its address instead of its value.
    by_address: Box<[bool]>,
}

// SAFETY: immutable; the references are only used by attached threads of the interpreter that it belongs to.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

/// What is attached to one function.
#[derive(Default)]
struct Slot {
    /// At most one for each interpreter. The lock is held to copy or exchange a reference, never while Python
    /// code runs.
    codes: RwLock<Vec<(Interp, Arc<Code>)>>,
}

/// All slots, for the end of an interpreter. The lock is held for the time it takes to copy the list or to add to
/// it.
static SLOTS: Mutex<Vec<&'static Slot>> = Mutex::new(Vec::new());

impl Slot {
    fn code(&self, interp: Interp) -> Option<Arc<Code>> {
        let codes = self.codes.read().unwrap_or_else(PoisonError::into_inner);
        codes.iter().find(|(of, _)| *of == interp).map(|(_, code)| code.clone())
    }

    /// Puts code in the place of what this interpreter has attached before, which is returned.
    fn exchange(&self, interp: Interp, code: Option<Arc<Code>>) -> Option<Arc<Code>> {
        let mut codes = self.codes.write().unwrap_or_else(PoisonError::into_inner);
        let place = codes.iter().position(|(of, _)| *of == interp);
        let old = place.map(|i| codes.swap_remove(i).1);
        codes.extend(code.map(|code| (interp, code)));
        old
    }
}

/// The first of our words in the module's structure.
///
/// # Safety
/// `function` is the structure of a loaded module, in which nobody else uses that word.
unsafe fn place<'a>(function: *mut ExternPy) -> &'a AtomicPtr<Slot> {
    // SAFETY: by the caller; the word is aligned, and all accesses to it go through atomics.
    unsafe { AtomicPtr::from_ptr((&raw mut (*function).reserved1).cast()) }
}

/// Attaches `callable` to the function in the current interpreter, in the place of what was attached before.
/// `error` and `onerror` are as for callbacks.
///
/// Errors: those of [`Target::new`].
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
    let by_address = signature.args.iter().map(|ct| by_address(ct)).collect();
    thread::note_exit(py)?;
    at_end(py, c"ferrocffi.extern_python", forget)?;
    // SAFETY: by the caller.
    let place = unsafe { place(function) };
    let mut slot = place.load(Ordering::Acquire);
    if slot.is_null() {
        let fresh = Box::into_raw(Box::<Slot>::default());
        match place.compare_exchange(slot, fresh, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => {
                // SAFETY: never freed from here on.
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
    // SAFETY: slots are never freed.
    let slot = unsafe { &*slot };
    // What was attached goes with no lock held: its end may run Python code.
    drop(slot.exchange(Interp::current(py), Some(Arc::new(Code { target, by_address }))));
    Ok(())
}

/// Gives up what an interpreter that ends has attached.
fn forget(_py: Py<'_>, interp: Interp) {
    let slots = SLOTS.lock().unwrap_or_else(PoisonError::into_inner).clone();
    for slot in slots {
        drop(slot.exchange(interp, None));
    }
}

/// Why a call did not reach any code. The texts are those of the C backend.
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

/// What the C code of `extern "Python"` functions calls, without the GIL, on any thread.
///
/// # Safety
/// `function` is the module's structure of the function. `args` has a cell of 8 bytes for each argument; the
/// result, whose `size_of_result` bytes fit there as well, goes to its start.
pub(crate) unsafe extern "C" fn call_python(function: *mut ExternPy, args: *mut u8) {
    // Pairs with the barrier that embedded modules have between making Python ready and leading callers here.
    fence(Ordering::Acquire);
    errno::save();
    // SAFETY: by the caller.
    let outcome = catch_unwind(AssertUnwindSafe(|| unsafe { run(function, args) }));
    match outcome {
        Ok(Ok(())) => {}
        Ok(Err(missing)) => {
            // SAFETY: by the caller.
            unsafe { give_zero(function, args) };
            // SAFETY: by the caller.
            let _ = catch_unwind(|| unsafe { tell(function, missing.text()) });
        }
        // SAFETY: by the caller.
        Err(_) => unsafe { give_zero(function, args) },
    }
    errno::restore();
}

/// # Safety
/// As for [`call_python`].
unsafe fn give_zero(function: *const ExternPy, args: *mut u8) {
    // SAFETY: by the caller; the size is never changed.
    unsafe { args.write_bytes(0, (*function).size_of_result) };
}

/// Says on C's stderr that nothing was called: there may be no Python to say it with.
///
/// # Safety
/// As for [`call_python`].
unsafe fn tell(function: *const ExternPy, why: &str) {
    // SAFETY: by the caller; the name is a C string of the module.
    let name = unsafe { std::ffi::CStr::from_ptr((*function).name) }.to_string_lossy();
    let text = format!("extern \"Python\": function {name}() called, but {why}.  Returning 0.\n");
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// # Safety
/// As for [`call_python`].
unsafe fn run(function: *mut ExternPy, args: *mut u8) -> Result<(), Missing> {
    // SAFETY: by the caller; slots are never freed.
    let slot = unsafe { place(function).load(Ordering::Acquire).as_ref() };
    let Some(slot) = slot else { return Err(Missing::Code) };
    let Some(attached) = thread::attach_here() else { return Err(Missing::Interpreter) };
    let py = attached.py();
    let Some(code) = slot.code(Interp::current(py)) else { return Err(Missing::InThisInterpreter) };
    let argument = |i: usize| {
        // SAFETY: there is a cell for each argument of the type, of which large ones hold the address.
        unsafe {
            let cell = args.add(i * CELL).cast_const();
            if code.by_address.get(i) == Some(&true) { cell.cast::<*const u8>().read() } else { cell }
        }
    };
    // SAFETY: by the caller: the arguments are readable, and the cells have room for the result. All arguments
    // are read before the result is written.
    unsafe { code.target.run(py, argument, args) };
    // Before the thread is detached.
    drop(code);
    drop(attached);
    Ok(())
}
