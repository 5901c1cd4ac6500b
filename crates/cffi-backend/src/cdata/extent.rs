//! The number of bytes that can be reached from a cdata's address.

use super::from_buffer::{self, CDataFromBuf};
use super::gcp::CDataGcp;
use crate::value::object::{CData, Owner};
use cffi_rt::buffer::View;
use cffi_rt::{Obj, Owned, Py, R, raise, text};

/// Returns the number of bytes that the type of a pointer or array covers: all items of the array, or the one item that
/// the pointer points to (for an owned struct of variable size, as allocated). `None` if the size is unknown.
#[inline(always)]
pub(crate) fn by_type(cd: &CData) -> Option<usize> {
    if cd.ct().is_array() {
        let item = cd.ct().item()?.known_size()?;
        return usize::try_from(cd.array_len()).ok()?.checked_mul(item);
    }
    match cd.var_size() {
        Some(size) => usize::try_from(size).ok(),
        None => cd.ct().item()?.known_size(),
    }
}

/// Returns the number of bytes that are known to exist at the address of a pointer or array: all items of an array, the
/// memory that an owning pointer owns. `None` for other pointers, whose memory only C knows.
#[inline]
pub(crate) fn known_extent(cd: &CData) -> Option<usize> {
    if cd.ct().is_array() {
        return by_type(cd);
    }
    match cd.owner() {
        Owner::Nobody => None,
        Owner::Own => by_type(cd),
        // The address of a handle is that of a Python object, whose bytes must not be changed.
        Owner::OwnGc => Some(0),
        Owner::FromBuf => CDataFromBuf::of(cd).map(CDataFromBuf::bytes),
        Owner::Gcp => of_origin(cd),
    }
}

/// Returns the extent of the cdata that destructors were attached to.
fn of_origin(cd: &CData) -> Option<usize> {
    let mut cd: Owned<CData> = cd.new_ref();
    while let Some(gcp) = CDataGcp::of(&cd) {
        cd = gcp.origin()?;
    }
    match cd.owner() {
        Owner::Own | Owner::FromBuf => known_extent(&cd),
        _ => None,
    }
}

/// The bytes of a pointer or array cdata, or of an object with a buffer.
pub(crate) struct Bytes {
    ptr: *mut u8,
    len: Option<usize>,
}

impl Bytes {
    /// Finds bytes to read, which are valid for as long as `lock`, an empty view, is kept.
    #[inline]
    pub(crate) fn readable(py: Py<'_>, obj: &Obj, lock: &mut View) -> R<Bytes> {
        Bytes::get(py, obj, false, lock)
    }

    /// Finds bytes to write to, which are valid for as long as `lock`, an empty view, is kept.
    #[inline]
    pub(crate) fn writable(py: Py<'_>, obj: &Obj, lock: &mut View) -> R<Bytes> {
        Bytes::get(py, obj, true, lock)
    }

    /// Finds bytes that need no lock and whose number is known: those of an array, and to read, those of a `bytes` object.
    /// `None` for other objects.
    #[inline(always)]
    pub(crate) fn steady(obj: &Obj, writable: bool) -> Option<Bytes> {
        if let Some(cd) = obj.downcast::<CData>() {
            let ptr = from_buffer::steady_address(cd).filter(|_| cd.ct().is_array())?;
            return Some(Bytes { ptr, len: Some(by_type(cd)?) });
        }
        let bytes = obj.as_exact_bytes().filter(|_| !writable)?;
        Some(Bytes { ptr: bytes.as_ptr().cast_mut(), len: Some(bytes.len()) })
    }

    #[inline]
    fn get(py: Py<'_>, obj: &Obj, writable: bool, lock: &mut View) -> R<Bytes> {
        let Some(cd) = obj.downcast::<CData>() else {
            if !writable && let Some(bytes) = obj.as_exact_bytes() {
                // The memory of these objects never moves, so they need no lock.
                return Ok(Bytes { ptr: bytes.as_ptr().cast_mut(), len: Some(bytes.len()) });
            }
            lock.fill(py, obj, writable)?;
            return Ok(Bytes { ptr: lock.ptr(), len: Some(lock.len()) });
        };
        if !cd.ct().is_pointer_or_array() {
            return Err(raise!(py, Type, "expected a pointer or array ctype, got '{}'", cd.ct().name()));
        }
        if writable {
            from_buffer::guard_write(py, cd, None, lock)?;
        } else {
            from_buffer::guard(py, cd, lock)?;
        }
        Ok(Bytes { ptr: cd.data(), len: known_extent(cd) })
    }

    /// Returns the address of the first byte. It is null only if [`Bytes::refuse_null`] was not called.
    pub(crate) fn ptr(&self) -> *mut u8 {
        self.ptr
    }

    /// Returns the number of bytes, where it is known.
    pub(crate) fn len(&self) -> Option<usize> {
        self.len
    }

    /// Fails for a NULL pointer; `obj` is the object that has the bytes.
    #[inline]
    pub(crate) fn refuse_null(&self, py: Py<'_>, obj: &Obj, function: &str) -> R<()> {
        if self.ptr.is_null() {
            Err(raise!(py, Runtime, "cannot use {function}() on {}", text::repr(py, obj)?))
        } else {
            Ok(())
        }
    }
}
