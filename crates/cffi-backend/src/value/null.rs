//! The checks before an address is followed.

use crate::ctype::{Access, CType};
use crate::value::CData;
use cffi_rt::{Py, R, Raised, raise};

/// No platform maps anything into the first page, so a small offset from NULL is recognised too where something
/// is read or written.
const FIRST_PAGE: usize = 4096;

/// Whether an address is NULL or so near to it that nothing is mapped there.
pub(crate) fn is_null_page(data: *const u8) -> bool {
    (data as usize) < FIRST_PAGE
}

/// The address of a cdata from which another one is computed; `RuntimeError` for NULL.
#[inline(always)]
pub(crate) fn checked(py: Py<'_>, cd: &CData) -> R<*mut u8> {
    let data = cd.data();
    if data.is_null() { Err(null(py, cd)) } else { Ok(data) }
}

/// Makes sure that a value of type `ct` at `at`, which was computed from `cd`, is not read or written in the first
/// page. Structs and arrays are not read: their cdata is an address again.
#[inline(always)]
pub(crate) fn loadable(py: Py<'_>, cd: &CData, ct: &CType, at: *mut u8) -> R<()> {
    if (at as usize) < FIRST_PAGE
        && !matches!(ct.access, Access::Aggregate | Access::Array | Access::OpenArray | Access::Void)
    {
        return Err(null(py, cd));
    }
    Ok(())
}

/// The same before anything is stored.
#[inline(always)]
pub(crate) fn storable(py: Py<'_>, cd: &CData, at: *mut u8) -> R<()> {
    if (at as usize) < FIRST_PAGE { Err(null(py, cd)) } else { Ok(()) }
}

/// The exception for NULL.
#[cold]
#[inline(never)]
pub(crate) fn null(py: Py<'_>, cd: &CData) -> Raised {
    raise!(py, Runtime, "cannot dereference null pointer from cdata '{}'", cd.ct().name())
}
