//! Memory from Python functions, for `ffi.new_allocator()`.

use crate::cdata::{gcp, reach};
use crate::ctype::CType;
use crate::value::CData;
use cffi_rt::{Obj, Owned, Py, R, num, raise};

/// Calls `alloc(size)` and gives the result the type `ct` and the destructor `free`.
#[inline(never)]
pub(crate) fn allocate(
    py: Py<'_>,
    ct: &CType,
    size: isize,
    length: isize,
    alloc: &Obj,
    free: Option<&Obj>,
    zero: bool,
) -> R<Owned<CData>> {
    let bytes = num::from_isize(py, size)?;
    let made = alloc.call(py, &[&bytes])?;
    let Some(memory) = made.downcast::<CData>() else {
        return Err(raise!(py, Type, "alloc() must return a cdata object (got {})", made.type_name()));
    };
    let cd = gcp::of_memory(py, memory, ct, size, length, free)?;
    if zero {
        reach::zero(memory, size.max(0).unsigned_abs());
    }
    Ok(cd)
}
