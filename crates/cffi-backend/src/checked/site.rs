//! The Python line that is running.

use std::cell::Cell;

use pyo3_ffi as ffi;

use cffi_regions::Site;
use cffi_regions::site::file;
use cffi_rt::{Obj, Owned, Py, text};

/// Files whose lines are not what a program wants to see: the front end between it and the backend, and modules of the
/// standard library that call what they are given.
const INSIDE: [&str; 8] = [
    "cffi/api.py",
    "cffi/model.py",
    "cffi/backend_ctypes.py",
    "ferrocffi/checked.py",
    "ferrocffi/ffi.py",
    "/contextlib.py",
    "/functools.py",
    "/weakref.py",
];

/// The largest number of frames that are looked at.
const DEPTH: usize = 8;

/// Returns the innermost line of the program itself: files of the front end are skipped.
pub(super) fn here(py: Py<'_>) -> Site {
    // SAFETY: attached; a borrowed frame, or null where no Python code runs.
    let innermost = unsafe { Obj::from_ptr_opt(ffi::PyEval_GetFrame().cast()) };
    let Some(innermost) = innermost else { return Site::NONE };
    let (first, is_inside) = of_frame(py, innermost);
    if !is_inside {
        return first;
    }
    let mut frame = innermost.new_ref();
    for _ in 0..DEPTH {
        // SAFETY: a live frame; the function returns a new reference, or null for the outermost frame.
        let back = unsafe { ffi::PyFrame_GetBack(frame.as_ptr().cast()) };
        if back.is_null() {
            break;
        }
        // SAFETY: not null, and the reference is new.
        frame = unsafe { Owned::from_raw(back.cast::<Obj>()) };
        let (site, is_inside) = of_frame(py, &frame);
        if !is_inside {
            return site;
        }
    }
    first
}

/// Returns the number of the interpreter, which no other one gets later.
pub(super) fn interpreter(_py: Py<'_>) -> i64 {
    // SAFETY: attached, so there is an interpreter.
    unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) }
}

/// A line that was found before.
#[derive(Clone, Copy)]
struct Found {
    /// A strong reference, so that no other code gets the address while the entry is there.
    code: *mut ffi::PyObject,
    /// The number of the interpreter that the code belongs to.
    interpreter: i64,
    instruction: i32,
    site: Site,
    /// Whether the file is one of [`INSIDE`].
    is_inside: bool,
}

/// The number of lines that a thread keeps.
const FOUND: usize = 64;

const NOTHING: Found =
    Found { code: std::ptr::null_mut(), interpreter: -1, instruction: 0, site: Site::NONE, is_inside: false };

thread_local! {
    /// The lines that this thread has found, each in the place that its instruction has. The references of a thread that
    /// ends, and those to code of interpreters that have ended, are never given up.
    static RECENT: [Cell<Found>; FOUND] = const { [const { Cell::new(NOTHING) }; FOUND] };
}

/// Returns the line that a frame is at, and whether it is one of the front end.
fn of_frame(py: Py<'_>, frame: &Obj) -> (Site, bool) {
    // SAFETY: a live frame, which always has a code object; the function returns a new reference.
    let code = unsafe { Owned::from_raw(ffi::PyFrame_GetCode(frame.as_ptr().cast()).cast::<Obj>()) };
    let interpreter = interpreter(py);
    let instruction = instruction(frame);
    let place = (code.as_ptr().addr() >> 5) ^ instruction.unsigned_abs() as usize;
    RECENT.with(|recent| {
        let place = &recent[place % FOUND];
        let found = place.get();
        if found.code == code.as_ptr() && found.instruction == instruction && found.interpreter == interpreter
        {
            return (found.site, found.is_inside);
        }
        let site = look(py, frame, &code);
        let is_inside = INSIDE.iter().any(|inside| site.file.ends_with(inside));
        if instruction < 0 {
            return (site, is_inside);
        }
        place.set(Found { code: code.into_ptr(), interpreter, instruction, site, is_inside });
        if !found.code.is_null() && found.interpreter == interpreter {
            // SAFETY: the entry had a reference of this interpreter, and is gone.
            drop(unsafe { Owned::<Obj>::from_raw(found.code.cast()) });
        }
        (site, is_inside)
    })
}

/// Returns the number of the instruction that a frame is at; -1 where the interpreter does not tell it.
#[cfg(Py_3_11)]
fn instruction(frame: &Obj) -> i32 {
    // SAFETY: a live frame, of the thread that is attached.
    unsafe { ffi::PyFrame_GetLasti(frame.as_ptr().cast()) }
}

#[cfg(not(Py_3_11))]
fn instruction(_frame: &Obj) -> i32 {
    -1
}

#[cold]
fn look(py: Py<'_>, frame: &Obj, code: &Obj) -> Site {
    // SAFETY: a live frame, of the thread that is attached.
    let line = unsafe { ffi::PyFrame_GetLineNumber(frame.as_ptr().cast()) };
    match code.getattr_str(py, "co_filename") {
        Ok(name) => Site { file: file(&text::lossy(py, &name)), line: u32::try_from(line).unwrap_or(0) },
        Err(raised) => {
            py.err_clear(raised);
            Site::NONE
        }
    }
}
