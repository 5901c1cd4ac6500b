//! Allocation of ctypes, and the lookup of those that have been made.

use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32};

use cffi_types::CName;

use super::{Access, CType, Detail, Kind};
use crate::state::intern::Key;
use crate::state::{self, State};
use cffi_rt::types;
use cffi_rt::{Owned, Py, R};

/// The members of a new ctype.
pub(crate) struct Parts {
    pub(crate) kind: Kind,
    pub(crate) access: Access,
    pub(crate) flags: u16,
    pub(crate) name: CName,
    pub(crate) size: isize,
    pub(crate) length: isize,
    pub(crate) item: Option<Owned<CType>>,
    pub(crate) detail: Detail,
}

/// Makes the object.
pub(crate) fn new(py: Py<'_>, st: &State, parts: Parts) -> R<Owned<CType>> {
    let Parts { kind, access, flags, name, size, length, item, detail } = parts;
    // SAFETY: the type is this layout's GC type; all members behind the header are written before tracking.
    unsafe {
        let p = types::alloc_gc::<CType>(py, st.types.ctype)?;
        (&raw mut (*p).state).write(state::share(st));
        (&raw mut (*p).kind).write(kind);
        (&raw mut (*p).access).write(access);
        (&raw mut (*p).flags).write(flags);
        (&raw mut (*p).position).write(u32::try_from(name.position).unwrap_or(u32::MAX));
        (&raw mut (*p).interned).write(AtomicBool::new(false));
        (&raw mut (*p).layout).write(AtomicU32::new(0));
        (&raw mut (*p).size).write(AtomicIsize::new(size));
        (&raw mut (*p).length).write(AtomicIsize::new(length));
        (&raw mut (*p).item).write(item);
        (&raw mut (*p).detail).write(detail);
        (&raw mut (*p).name).write(name.text.into_boxed_str());
        types::track(p.cast());
        Ok(Owned::from_raw(p))
    }
}

/// Returns the live interned type with that key.
pub(super) fn interned(st: &State, key: &Key) -> Option<Owned<CType>> {
    // SAFETY: only `publish` below puts objects into the table.
    st.interned.find(key).map(|found| unsafe { found.cast_unchecked() })
}

/// Publishes a type under its key, unless another thread has published one meanwhile. Returns the published type.
pub(super) fn publish(py: Py<'_>, st: &State, key: Key, fresh: Owned<CType>) -> R<Owned<CType>> {
    fresh.set_interned();
    // SAFETY: only ctypes are put into the table, by this function, and their deallocation removes them.
    unsafe {
        let first = py.room(st.interned.publish(key, fresh.into_obj()))?;
        Ok(first.cast_unchecked())
    }
}

/// Returns the primitive type (or void) with that number, if it has been made.
pub(super) fn primitive_made(py: Py<'_>, st: &State, number: u8) -> Option<Owned<CType>> {
    let made = st.primitives.get(usize::from(number))?.get(py)?;
    // SAFETY: only `keep_primitive` puts objects there.
    Some(unsafe { made.cast_unchecked() })
}

/// Keeps a primitive type (or void) alive with the module.
pub(super) fn keep_primitive(py: Py<'_>, st: &State, number: u8, fresh: Owned<CType>) -> Owned<CType> {
    let Some(place) = st.primitives.get(usize::from(number)) else { return fresh };
    let first = place.set_or_get(py, fresh.into_obj());
    // SAFETY: only ctypes are put into these places.
    unsafe { first.cast_unchecked() }
}
