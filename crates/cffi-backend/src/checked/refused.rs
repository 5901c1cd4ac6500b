//! Errors of the backend itself that are about wrong accesses: they become `AccessError`, with their texts.

use super::error::Report;
use cffi_rt::{Exc, Py, R, Raised, text};

/// The first page, where no platform maps anything.
pub(super) const FIRST_PAGE: usize = 4096;

/// Makes an `AccessError` of a `RuntimeError`. Other exceptions stay as they are.
#[cold]
pub(super) fn as_access_error(py: Py<'_>, raised: Raised, notes: Vec<String>) -> Raised {
    let mut pending = py.take_err(raised);
    if pending.class != Exc::Runtime.class() {
        return py.restore_err(pending);
    }
    py.normalize(&mut pending);
    let text = pending.instance().map(|value| text::str_of(py, value));
    match text {
        Some(Ok(text)) => Report { text, notes }.raise(py),
        Some(Err(failed)) => {
            py.err_clear(failed);
            py.restore_err(pending)
        }
        None => py.restore_err(pending),
    }
}

/// Says of an address in the first page that it is one.
pub(super) fn near_null(address: usize) -> String {
    format!("{address:#x} is near NULL: it is in the first page, where nothing is mapped")
}

/// Makes an `AccessError` of the error for an address in the first page.
pub(super) fn null<T>(py: Py<'_>, address: *const u8, done: R<T>) -> R<T> {
    if address.addr() >= FIRST_PAGE {
        return done;
    }
    done.map_err(|raised| {
        let notes = match address.addr() {
            0 => Vec::new(),
            near => vec![near_null(near)],
        };
        as_access_error(py, raised, notes)
    })
}
