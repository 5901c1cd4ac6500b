//! The check before an address is followed.

use super::CData;
use crate::rt::{Py, R, Raised, raise};

/// No platform maps anything into the first page, so a small offset from NULL is recognised too.
const FIRST_PAGE: usize = 4096;

/// The address of a cdata that is about to be read or written there; `RuntimeError` for NULL.
#[inline(always)]
pub(crate) fn checked(py: Py<'_>, cd: &CData) -> R<*mut u8> {
    let data = cd.data();
    if (data as usize) < FIRST_PAGE { Err(null(py, cd)) } else { Ok(data) }
}

/// The exception for NULL.
#[cold]
#[inline(never)]
pub(crate) fn null(py: Py<'_>, cd: &CData) -> Raised {
    raise!(py, Runtime, "cannot dereference null pointer from cdata '{}'", cd.ct().name())
}
