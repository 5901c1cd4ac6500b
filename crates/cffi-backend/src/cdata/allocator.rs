//! Memory from Python functions, for `ffi.new_allocator()`.

use crate::cdata::{extent, gcp, reach};
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
    if !memory.ct().is_pointer_or_array() {
        return Err(raise!(py, Type, "alloc() must return a cdata pointer, not '{}'", memory.ct().name()));
    }
    if memory.data().is_null() {
        return Err(raise!(py, Memory, "alloc() returned NULL"));
    }
    let room = extent::known_extent(memory);
    if let Some(room) = room.filter(|room| *room < size.max(0).unsigned_abs()) {
        return Err(raise!(py, Value, "alloc() must return at least {size} bytes, got {room}"));
    }
    let cd = gcp::attach_as(py, memory, ct, length, free)?;
    if zero {
        reach::zero(memory, size.max(0).unsigned_abs());
    }
    Ok(cd)
}
