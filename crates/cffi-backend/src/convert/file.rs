//! Python file objects as C `FILE *`.

use std::ffi::CStr;
use std::io;
use std::ptr::NonNull;

use cffi_call::stdio::Stream;

use crate::state::State;
use cffi_rt::{Exc, Obj, Py, R, Raised, attr, capsule, num, raise, seq, text, types};

/// The name of the capsule that holds the stream.
const CAPSULE: &CStr = c"FILE";
/// The file object's attribute that holds the capsule.
const ATTRIBUTE: &str = "__cffi_FILE";

/// Returns the `FILE *` for a Python file object (an instance of `io._IOBase`), made on first use and kept in its
/// attribute `__cffi_FILE`; `None` for other objects. The stream is open as long as the file object lives. Flushes the
/// data that the file object has buffered.
pub(crate) fn stream_of(py: Py<'_>, st: &State, obj: &Obj) -> R<Option<*mut u8>> {
    if !types::is_instance(py, obj, &st.iobase)? {
        return Ok(None);
    }
    obj.getattr_str(py, "flush")?.call(py, &[])?;
    let name = text::interned(py, ATTRIBUTE)?;
    let capsule = match obj.getattr(py, &name) {
        Ok(capsule) => capsule,
        Err(raised) => {
            py.err_clear(raised);
            let capsule = open(py, obj)?;
            attr::set(py, obj, &name, Some(&capsule))?;
            capsule
        }
    };
    capsule::pointer(py, &capsule, CAPSULE).map(|file| Some(file.as_ptr().cast()))
}

/// Makes a capsule with a new stream on the file's descriptor.
fn open(py: Py<'_>, obj: &Obj) -> R {
    let descriptor = num::file_descriptor(py, obj)?;
    let mode = obj.getattr_str(py, "mode")?;
    let mode = text::utf8(py, &mode)?;
    let stream = match Stream::duplicate(descriptor, mode.as_bytes()) {
        Ok(stream) => stream,
        Err(error) => return Err(os_error(py, &error)),
    };
    let Some(file) = NonNull::new(stream.as_ptr()) else { return Err(py.no_memory()) };
    capsule::of_pointer(py, CAPSULE, file.cast(), stream)
}

/// Raises `OSError(errno, text)`, which makes itself into the subclass for that number.
#[cold]
fn os_error(py: Py<'_>, error: &io::Error) -> Raised {
    let Some(code) = error.raw_os_error() else { return raise!(py, Value, "{error}") };
    let args = || -> R {
        let code = num::from_i64(py, code.into())?;
        let text = error.to_string();
        // The text of the C library comes before the number.
        let text = text.rsplit_once(" (os error").map_or(text.as_str(), |(text, _)| text);
        let text = text::new_str(py, text)?;
        seq::tuple(py, &[&code, &text])
    };
    match args() {
        Ok(args) => py.err_object(Exc::Os.object(py), &args),
        Err(raised) => raised,
    }
}
