//! The Python line that is running.

use std::cell::{Cell, OnceCell};

use pyo3_ffi as ffi;

use cffi_regions::Site;
use cffi_regions::site::file;
use cffi_rt::frame::{self, Frame};
use cffi_rt::{Obj, Owned, Py, interp, text};

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
    let Some(mut frame) = frame::current(py) else { return Site::NONE };
    let (first, is_inside) = of_frame(py, &frame);
    if !is_inside {
        return first;
    }
    for _ in 0..DEPTH {
        let Some(back) = frame.back(py) else { break };
        frame = back;
        let (site, is_inside) = of_frame(py, &frame);
        if !is_inside {
            return site;
        }
    }
    first
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

/// The lines that a thread has found, each in the place that its instruction has. The references of a thread that ends, and
/// those to code of interpreters that have ended, are never given up.
type Lines = Box<[Cell<Found>; FOUND]>;

thread_local! {
    /// On the heap, since the C library has room for few variables of threads where calls find theirs fast.
    static RECENT: OnceCell<Lines> = const { OnceCell::new() };
}

/// Calls `f` with a place of this thread's list, if the thread has one (it is not about to end).
#[inline]
fn with_place<T>(place: usize, f: impl FnOnce(&Cell<Found>) -> T) -> Option<T> {
    let fresh = || Box::new([const { Cell::new(NOTHING) }; FOUND]);
    RECENT.try_with(|recent| f(&recent.get_or_init(fresh)[place % FOUND])).ok()
}

/// Returns the line that a frame is at, and whether it is one of the front end.
fn of_frame(py: Py<'_>, frame: &Frame) -> (Site, bool) {
    let code = frame.code(py);
    let interpreter = interp::id(py);
    let instruction = frame.instruction(py);
    let place = (code.as_ptr().addr() >> 5) ^ instruction.unsigned_abs() as usize;
    let known = with_place(place, |place| {
        let found = place.get();
        let is_it = found.code == code.as_ptr()
            && found.instruction == instruction
            && found.interpreter == interpreter;
        is_it.then_some((found.site, found.is_inside))
    });
    if let Some(known) = known.flatten() {
        return known;
    }
    let site = look(py, frame, &code);
    let is_inside = INSIDE.iter().any(|inside| site.file.ends_with(inside));
    if instruction < 0 {
        return (site, is_inside);
    }
    let entry = Found { code: code.as_ptr(), interpreter, instruction, site, is_inside };
    if let Some(old) = with_place(place, |place| place.replace(entry)) {
        // The entry has the reference now.
        let _ = code.into_ptr();
        if !old.code.is_null() && old.interpreter == interpreter {
            // SAFETY: the entry had a reference of this interpreter, and is gone.
            drop(unsafe { Owned::<Obj>::from_raw(old.code.cast()) });
        }
    }
    (site, is_inside)
}

#[cold]
fn look(py: Py<'_>, frame: &Frame, code: &Obj) -> Site {
    let line = frame.line(py);
    match code.getattr_str(py, "co_filename") {
        Ok(name) => Site { file: file(&text::lossy(py, &name)), line: u32::try_from(line).unwrap_or(0) },
        Err(raised) => {
            py.err_clear(raised);
            Site::NONE
        }
    }
}
