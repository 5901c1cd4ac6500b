//! `ffi.buffer` objects.

use std::ffi::c_int;

use pyo3_ffi as ffi;

use super::functions::MOST_BYTES;
use super::gate::{self, Use, alive, pass_all as pass, touch};
use super::slots::{Part, writing};
use super::{refused, values};
use crate::cdata::buffer::{self, Buffer, Selected};
use crate::value::CData;
use cffi_rt::slots::{Call, CompareOp, guard};
use cffi_rt::{Args, Obj, Py, R, Raised};

/// Returns the name of an operation on a buffer.
fn part<'a>(verb: &'static str, keep: &'a CData) -> Part<'a> {
    Part { verb, part: &"the buffer", of: keep.ct() }
}

/// Checks some bytes of a buffer. Bytes outside of it are left to the buffer itself.
fn some(py: Py<'_>, b: &Buffer, from: isize, len: isize, write: bool) -> R<()> {
    let (data, size, keep) = b.bytes();
    if from < 0 || len < 0 || from.saturating_add(len) > size {
        return Ok(());
    }
    let (verb, how) = if write { ("writing", writing(keep)) } else { ("reading", Use::Read) };
    pass(py, data.wrapping_offset(from), len.unsigned_abs(), how, &part(verb, keep))
}

/// Checks the bytes that a subscript selects, or all where the look at it would run code.
fn selected(py: Py<'_>, b: &Buffer, key: &Obj, write: bool) -> R<()> {
    let plain = key.tp() == &raw mut ffi::PyLong_Type || key.tp() == &raw mut ffi::PySlice_Type;
    if !plain {
        return whole(py, b, if write { "writing" } else { "reading" }, write);
    }
    match buffer::select(py, b, key) {
        Ok(Selected::Item(i)) => some(py, b, i, 1, write),
        Ok(Selected::Slice(start, n)) => some(py, b, start, n, write),
        Err(raised) => {
            py.err_clear(raised);
            Ok(())
        }
    }
}

/// Checks all bytes of a buffer.
fn whole(py: Py<'_>, b: &Buffer, verb: &'static str, write: bool) -> R<()> {
    let (data, size, keep) = b.bytes();
    let how = if write { writing(keep) } else { Use::Read };
    if size.max(0).unsigned_abs() > MOST_BYTES {
        return Ok(());
    }
    pass(py, data, size.max(0).unsigned_abs(), how, &part(verb, keep))
}

/// Returns whether all bytes of a buffer may be written to, as far as that is known.
fn is_writable(b: &Buffer) -> bool {
    let (data, size, _) = b.bytes();
    let size = size.max(0).unsigned_abs();
    size == 0 || size > MOST_BYTES || gate::is_writable(data, size)
}

/// Makes a buffer. Its memory must not be gone; how much of it there is, is checked when it is used.
fn new(py: Py<'_>, args: Args<'_>) -> R {
    let first = if args.len() == 0 { None } else { args.get(0).downcast::<CData>() };
    let address = first.map_or(std::ptr::without_provenance_mut(usize::MAX), CData::data);
    let made = refused::null(py, address, buffer::new(py, args))?;
    if let Some(b) = made.downcast::<Buffer>() {
        let (data, _, keep) = b.bytes();
        alive(py, keep, &part("making", keep))?;
        touch(py, data, &part("making", keep))?;
    }
    Ok(made)
}

/// The call of the type `buffer`.
pub(super) struct Make;

impl Call for Make {
    type Receiver = Obj;

    unsafe fn call(py: Py<'_>, _class: &Obj, args: Args<'_>) -> R {
        new(py, args)
    }
}

/// `b[i]` for sequences.
pub(super) fn item(py: Py<'_>, b: &Buffer, i: isize) -> R {
    some(py, b, i, 1, false)?;
    buffer::item(py, b, i)
}

/// `b[i] = v` for sequences.
pub(super) fn set_item(py: Py<'_>, b: &Buffer, i: isize, value: Option<&Obj>) -> R<()> {
    some(py, b, i, 1, true)?;
    buffer::set_item(py, b, i, value)
}

/// `b[i]` and `b[i:j]`.
pub(super) fn subscript(py: Py<'_>, b: &Buffer, key: &Obj) -> R {
    selected(py, b, key, false)?;
    buffer::subscript(py, b, key)
}

/// `b[i] = v` and `b[i:j] = v`.
pub(super) fn set_subscript(py: Py<'_>, b: &Buffer, key: &Obj, value: Option<&Obj>) -> R<()> {
    selected(py, b, key, true)?;
    if let Some(from) = value.and_then(|value| value.downcast::<CData>()).filter(|cd| cd.ct().is_array()) {
        values::whole_array(py, from)?;
    }
    buffer::set_subscript(py, b, key, value)
}

/// Comparison.
pub(super) fn compare(py: Py<'_>, b: &Buffer, other: &Obj, op: CompareOp) -> R {
    whole(py, b, "comparing", false)?;
    if let Some(other) = other.downcast::<Buffer>() {
        whole(py, other, "comparing", false)?;
    }
    buffer::compare(py, b, other, op)
}

/// Reports an error that the caller will replace.
#[cold]
fn reported(py: Py<'_>, raised: Raised) -> Raised {
    let mut pending = py.take_err(raised);
    py.normalize(&mut pending);
    let value = pending.instance().map(Obj::new_ref);
    let raised = py.restore_err(pending);
    let Some(value) = value else { return raised };
    py.unraisable(raised, "when the buffer was lent");
    py.err_object(value.class(), &value)
}

/// `bf_getbuffer`.
///
/// # Safety
/// Called by the interpreter with a [`Buffer`] and a descriptor to fill.
pub(super) unsafe extern "C" fn get_buffer(
    p: *mut ffi::PyObject,
    view: *mut ffi::Py_buffer,
    flags: c_int,
) -> c_int {
    // SAFETY: called by the interpreter, so the object is a buffer, and the descriptor can be written to.
    unsafe {
        let buffer = &*p.cast::<Buffer>();
        let writes = flags & ffi::PyBUF_WRITABLE != 0;
        let checked = guard(|py| {
            let checked = whole(py, buffer, "lending", writes);
            checked.map_err(|raised| {
                (*view).obj = std::ptr::null_mut();
                // Many functions that want nothing but bytes put an error of their own in place of this one.
                if flags & !ffi::PyBUF_WRITABLE == ffi::PyBUF_SIMPLE { reported(py, raised) } else { raised }
            })
        });
        if checked < 0 {
            return checked;
        }
        let lent = buffer::get_buffer(p, view, flags);
        // Whoever asks for no more than bytes, may write to them later: a `memoryview` does.
        if lent == 0 && !writes && !is_writable(buffer) {
            (*view).readonly = 1;
        }
        lent
    }
}
