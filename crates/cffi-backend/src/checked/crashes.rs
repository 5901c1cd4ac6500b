//! The facts that a crash report prints: the running call, its arguments and the Python lines.

use std::ffi::c_void;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3_ffi as ffi;

use crate::value::CData;
use cffi_regions::crash::{self, Argument, Call};
use cffi_rt::{Args, Obj, Owned, Py, num};

/// The offset of the file's name in a code object, in bytes; 0 if it is not known.
static FILE_NAME: AtomicUsize = AtomicUsize::new(0);

/// The largest code object, in words, in which the name is looked for.
const WORDS: usize = 40;

/// Puts the handlers into place.
pub(super) fn install(py: Py<'_>) {
    // SAFETY: attached; texts without NUL. The function returns a new code object, or null.
    let code = unsafe { ffi::PyCode_NewEmpty(c"ferrocffi".as_ptr(), c"ferrocffi".as_ptr(), 1) };
    // SAFETY: not null, and the reference is new.
    if let Some(code) = (!code.is_null()).then(|| unsafe { Owned::from_raw(code.cast::<Obj>()) })
        && let Ok(name) = code.getattr_str(py, "co_filename")
    {
        // SAFETY: the size of the type's objects is that of this one, so all of these words belong to it.
        let words = unsafe {
            let size = (*code.tp()).tp_basicsize.unsigned_abs() / size_of::<usize>();
            std::slice::from_raw_parts(code.as_ptr().cast::<*mut ffi::PyObject>(), size.min(WORDS))
        };
        let found = words.iter().position(|word| *word == name.as_ptr()).unwrap_or(0);
        FILE_NAME.store(found * size_of::<usize>(), Ordering::Relaxed);
    } else {
        // SAFETY: attached; an exception is set or not.
        unsafe { ffi::PyErr_Clear() };
    }
    crash::install(show);
}

/// Shows a frame, in a signal handler: reads objects that the thread keeps alive, and changes nothing.
///
/// Without a GIL, the functions for frames need an attached thread, which a call of C is not. There `frame` is the code
/// object, and the line is known.
///
/// # Safety
/// The frame is one that [`noted`] has added to a call of this thread, which has not returned.
unsafe fn show(frame: *mut c_void, line: u32, f: &mut dyn FnMut(&[u8], u32)) {
    let offset = FILE_NAME.load(Ordering::Relaxed);
    if offset == 0 {
        return;
    }
    // SAFETY: the caller gives a frame that runs on this thread, so it and its code are alive; the offset is that of a text
    // in code objects of this interpreter. Texts of file names have their UTF-8 form already, or are ASCII.
    unsafe {
        let (code, line) = if cfg!(Py_GIL_DISABLED) {
            (frame.cast::<ffi::PyCodeObject>(), line)
        } else {
            let line = ffi::PyFrame_GetLineNumber(frame.cast());
            (ffi::PyFrame_GetCode(frame.cast()), u32::try_from(line).unwrap_or(0))
        };
        let name = code.cast::<u8>().add(offset).cast::<*mut ffi::PyObject>().read();
        let mut len = 0;
        let text = ffi::PyUnicode_AsUTF8AndSize(name, &mut len);
        if !text.is_null() {
            f(std::slice::from_raw_parts(text.cast(), len.unsigned_abs()), line);
        }
    }
}

/// Describes a call for the report.
pub(super) fn noted<'a>(py: Py<'_>, name: &'static str, library: &'static str, args: Args<'a>) -> Call<'a> {
    let mut call = Call::new(name, library);
    for i in 0..args.len() {
        call.push(argument(py, args.get(i)));
    }
    // SAFETY: attached; a borrowed frame, or null. The frames that lead here run until the call returns, so they are
    // alive after the reference to each is given up.
    unsafe {
        let mut frame = ffi::PyEval_GetFrame();
        call.add_frames(|| {
            if frame.is_null() {
                return None;
            }
            let this = if cfg!(Py_GIL_DISABLED) {
                // The frame keeps its code alive.
                let code = ffi::PyFrame_GetCode(frame);
                ffi::Py_DECREF(code.cast());
                (code.cast(), u32::try_from(ffi::PyFrame_GetLineNumber(frame)).unwrap_or(0))
            } else {
                (frame.cast(), 0)
            };
            frame = ffi::PyFrame_GetBack(frame);
            ffi::Py_XDECREF(frame.cast());
            Some(this)
        });
    }
    call
}

fn argument<'a>(py: Py<'_>, value: &'a Obj) -> Argument<'a> {
    if let Some(cd) = value.downcast::<CData>() {
        return match cd.ct().access.is_primitive() {
            true => Argument::Other,
            false => Argument::Address(cd.data().addr(), cd.ct().name()),
        };
    }
    if let Some(bytes) = value.as_bytes() {
        return Argument::Bytes(bytes.as_ptr().addr(), bytes.len());
    }
    if let Some(value) = num::exact_int(py, value) {
        return Argument::Int(value);
    }
    num::exact_f64(py, value).map_or(Argument::Other, Argument::Float)
}
