//! The checks before an address is used.

use crate::ctype::{Access, CType};
use crate::value::CData;
use cffi_rt::{Py, R, Raised, raise};

/// The size of the first page. No platform maps it, so a small offset from NULL is also recognized where a value is
/// read or written.
const FIRST_PAGE: usize = 4096;

/// Returns whether an address is NULL or so near to it that nothing is mapped there.
#[inline(always)]
pub(crate) fn is_null_page(data: *const u8) -> bool {
    (data as usize) < FIRST_PAGE
}

/// Returns the address of a cdata from which another one is computed; `RuntimeError` for NULL.
#[inline(always)]
pub(crate) fn checked(py: Py<'_>, cd: &CData) -> R<*mut u8> {
    let data = cd.data();
    if data.is_null() { Err(null(py, cd)) } else { Ok(data) }
}

/// Ensures that a value of type `ct` at `at`, which was computed from `cd`, is not read or written in the first page.
/// Structs and arrays are not read: their cdata is an address again.
#[inline(always)]
pub(crate) fn loadable(py: Py<'_>, cd: &CData, ct: &CType, at: *mut u8) -> R<()> {
    if (at as usize) < FIRST_PAGE
        && !matches!(ct.access, Access::Aggregate | Access::Array | Access::OpenArray | Access::Void)
    {
        return Err(null(py, cd));
    }
    Ok(())
}

/// Ensures that the address `at`, which was computed from `cd`, is not in the first page, before a value is stored.
#[inline(always)]
pub(crate) fn storable(py: Py<'_>, cd: &CData, at: *mut u8) -> R<()> {
    if (at as usize) < FIRST_PAGE { Err(null(py, cd)) } else { Ok(()) }
}

/// Makes the exception for NULL.
#[cold]
#[inline(never)]
pub(crate) fn null(py: Py<'_>, cd: &CData) -> Raised {
    raise!(py, Runtime, "cannot dereference null pointer from cdata '{}'", cd.ct().name())
}
