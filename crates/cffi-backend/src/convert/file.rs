//! Python file objects as C `FILE *`.

use std::ffi::{CStr, c_void};
use std::io;

use cffi_call::stdio::Stream;
use pyo3_ffi as ffi;

use crate::state::State;
use cffi_rt::{Exc, Obj, Owned, Py, R, Raised, num, raise, text};

/// The name of the capsule that holds the stream.
const CAPSULE: &CStr = c"FILE";
/// The file object's attribute that holds the capsule.
const ATTRIBUTE: &str = "__cffi_FILE";

/// Returns the `FILE *` for a Python file object (an instance of `io._IOBase`), made on first use and kept in its
/// attribute `__cffi_FILE`; `None` for other objects. The stream is open as long as the file object lives. Flushes the
/// data that the file object has buffered.
pub(crate) fn stream_of(py: Py<'_>, st: &State, obj: &Obj) -> R<Option<*mut u8>> {
    // SAFETY: the token proves that the thread is attached, and the objects are borrowed, so they are alive.
    match unsafe { ffi::PyObject_IsInstance(obj.as_ptr(), st.iobase.as_ptr()) } {
        0 => return Ok(None),
        -1 => return Err(Raised::already()),
        _ => {}
    }
    obj.getattr_str(py, "flush")?.call(py, &[])?;
    let name = text::interned(py, ATTRIBUTE)?;
    let capsule = match obj.getattr(py, &name) {
        Ok(capsule) => capsule,
        Err(raised) => {
            py.err_clear(raised);
            let capsule = open(py, obj)?;
            // SAFETY: the token proves that the thread is attached, and the objects are borrowed, so they are alive.
            if unsafe { ffi::PyObject_SetAttr(obj.as_ptr(), name.as_ptr(), capsule.as_ptr()) } < 0 {
                return Err(Raised::already());
            }
            capsule
        }
    };
    // SAFETY: attached; raises for other objects and for capsules of another name.
    let file = unsafe { ffi::PyCapsule_GetPointer(capsule.as_ptr(), CAPSULE.as_ptr()) };
    if file.is_null() { Err(Raised::already()) } else { Ok(Some(file.cast())) }
}

/// Makes a capsule with a new stream on the file's descriptor.
fn open(py: Py<'_>, obj: &Obj) -> R {
    // SAFETY: the token proves that the thread is attached, and the object is borrowed, so it is alive.
    let descriptor = unsafe { ffi::PyObject_AsFileDescriptor(obj.as_ptr()) };
    if descriptor < 0 {
        return Err(Raised::already());
    }
    let mode = obj.getattr_str(py, "mode")?;
    let mode = text::utf8(py, &mode)?;
    let stream = match Stream::duplicate(descriptor, mode.as_bytes()) {
        Ok(stream) => Box::new(stream),
        Err(error) => return Err(os_error(py, &error)),
    };
    let file = stream.as_ptr();
    // SAFETY: attached; the pointer is not null, the name is static. The capsule's destructor finds the stream in the
    // context, or null if setting that failed, so the stream is dropped once.
    unsafe {
        let capsule = Owned::from_new(py, ffi::PyCapsule_New(file.cast(), CAPSULE.as_ptr(), Some(close)))?;
        let context = Box::into_raw(stream);
        if ffi::PyCapsule_SetContext(capsule.as_ptr(), context.cast()) != 0 {
            drop(Box::from_raw(context));
            return Err(Raised::already());
        }
        Ok(capsule)
    }
}

/// Closes the stream of a capsule: its destructor.
unsafe extern "C" fn close(capsule: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter for a capsule made in `open`; its context is null or a boxed stream that
    // nobody else drops.
    unsafe {
        let context: *mut c_void = ffi::PyCapsule_GetContext(capsule);
        if !context.is_null() {
            drop(Box::from_raw(context.cast::<Stream>()));
        }
    }
}

/// Raises `OSError(errno, text)`, which makes itself into the subclass for that number.
#[cold]
fn os_error(py: Py<'_>, error: &io::Error) -> Raised {
    let Some(code) = error.raw_os_error() else { return raise!(py, Value, "{error}") };
    let args = || -> R {
        let code = num::from_i64(py, code.into())?;
        // SAFETY: the C library's text is copied before any other call of the C library.
        let text = unsafe { CStr::from_ptr(libc::strerror(error.raw_os_error().unwrap_or(0))) };
        let text = text::new_str(py, &text.to_string_lossy())?;
        // SAFETY: attached; a new tuple takes new references to both.
        unsafe { Owned::from_new(py, ffi::PyTuple_Pack(2, code.as_ptr(), text.as_ptr())) }
    };
    match args() {
        // SAFETY: the class lives as long as the interpreter.
        Ok(args) => py.err_object(unsafe { Obj::from_ptr(Exc::Os.class()) }, &args),
        Err(raised) => raised,
    }
}
