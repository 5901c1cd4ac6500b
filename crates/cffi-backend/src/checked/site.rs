//! The Python line that is running.

use pyo3_ffi as ffi;

use cffi_regions::Site;
use cffi_regions::site::file;
use cffi_rt::{Obj, Owned, Py, text};

/// Files whose lines are not what a program wants to see: the front end between it and the backend.
const INSIDE: [&str; 4] = ["cffi/api.py", "cffi/model.py", "cffi/backend_ctypes.py", "ferrocffi/checked.py"];

/// The largest number of frames that are looked at.
const DEPTH: usize = 8;

/// Returns the innermost line of the program itself: files of the front end are skipped.
pub(super) fn here(py: Py<'_>) -> Site {
    // SAFETY: attached; a borrowed frame, or null where no Python code runs.
    let innermost = unsafe { Obj::from_ptr_opt(ffi::PyEval_GetFrame().cast()) };
    let Some(innermost) = innermost else { return Site::NONE };
    let first = of_frame(py, innermost);
    if !INSIDE.iter().any(|inside| first.file.ends_with(inside)) {
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
        let site = of_frame(py, &frame);
        if !INSIDE.iter().any(|inside| site.file.ends_with(inside)) {
            return site;
        }
    }
    first
}

fn of_frame(py: Py<'_>, frame: &Obj) -> Site {
    // SAFETY: a live frame, which always has a code object; the function returns a new reference.
    let (line, code) = unsafe {
        let frame = frame.as_ptr().cast();
        (ffi::PyFrame_GetLineNumber(frame), Owned::from_raw(ffi::PyFrame_GetCode(frame).cast::<Obj>()))
    };
    let name = match code.getattr_str(py, "co_filename") {
        Ok(name) => name,
        Err(raised) => {
            py.err_clear(raised);
            return Site::NONE;
        }
    };
    Site { file: file(&text::lossy(py, &name)), line: u32::try_from(line).unwrap_or(0) }
}
