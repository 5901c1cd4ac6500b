//! Memory of Python objects that C must not write to: compared after a call with a copy that was made before it.

use std::sync::Arc;

use pyo3_ffi as ffi;

use super::error::{Described, Report, has_room};
use cffi_memory::NoMemory;
use cffi_regions::{Kind, Region};

/// The largest number of bytes that are copied. Of longer objects the start is watched.
const MOST: usize = 1 << 20;

/// Bytes that a call must leave as they are.
pub(super) struct Watched {
    argument: usize,
    at: *mut u8,
    before: Vec<u8>,
    what: What,
}

enum What {
    /// The bytes of a `bytes` object and the zero behind them.
    Bytes(usize),
    /// The bytes of a buffer that must not be written to.
    Constant(Arc<Region>),
    /// The bytes behind a buffer that belong to nobody else.
    Behind(Arc<Region>),
}

/// Copies bytes.
///
/// # Safety
/// `len` bytes can be read at the address.
unsafe fn copied(at: *const u8, len: usize) -> Result<Vec<u8>, NoMemory> {
    let mut copy = cffi_memory::vec(len)?;
    // SAFETY: by this function's contract the address has `len` bytes that can be read.
    copy.extend_from_slice(unsafe { std::slice::from_raw_parts(at, len) });
    Ok(copy)
}

impl Watched {
    /// Watches a `bytes` object that is passed as an address.
    pub(super) fn bytes(argument: usize, bytes: &[u8]) -> Result<Watched, NoMemory> {
        let at = bytes.as_ptr().cast_mut();
        // SAFETY: a zero follows the bytes of such an object.
        let before = unsafe { copied(at, (bytes.len() + 1).min(MOST))? };
        Ok(Watched { argument, at, before, what: What::Bytes(bytes.len()) })
    }

    /// Watches what C must not write to near the buffer of an object; `None` if that is nothing.
    ///
    /// # Safety
    /// The region is live: the object that has the memory keeps it.
    pub(super) unsafe fn lent(argument: usize, region: Arc<Region>) -> Result<Option<Watched>, NoMemory> {
        if region.zone() > 0 {
            let end = region.end();
            let at: *mut u8 = std::ptr::with_exposed_provenance_mut(end);
            // SAFETY: the zone lies in the block of the region, which its owner has not freed.
            let before = unsafe { copied(at, region.apron())? };
            return Ok(Some(Watched { argument, at, before, what: What::Behind(region) }));
        }
        if region.kind != Kind::Buffer || !region.alone {
            return Ok(None);
        }
        if !region.writable {
            let at: *mut u8 = std::ptr::with_exposed_provenance_mut(region.start);
            // SAFETY: the region is live, so its object lends these bytes.
            let before = unsafe { copied(at, region.len.min(MOST))? };
            return Ok(Some(Watched { argument, at, before, what: What::Constant(region) }));
        }
        if region.tail == 0 {
            return Ok(None);
        }
        let end = region.end();
        let at: *mut u8 = std::ptr::with_exposed_provenance_mut(end);
        // SAFETY: the bytes belong to the memory of the object, which is alive while the region is.
        let before = unsafe { copied(at, region.tail)? };
        Ok(Some(Watched { argument, at, before, what: What::Behind(region) }))
    }

    /// Compares, and puts back what was there before.
    ///
    /// # Safety
    /// The object whose memory is watched is alive.
    pub(super) unsafe fn report(&self, function: &str) -> Option<Report> {
        // SAFETY: the caller promises that the object is alive; it had so many bytes before the call.
        let now = unsafe { std::slice::from_raw_parts_mut(self.at, self.before.len()) };
        let first = now.iter().zip(&self.before).position(|(now, before)| now != before)?;
        let last = now.iter().zip(&self.before).rposition(|(now, before)| now != before)?;
        if !has_room() {
            now.copy_from_slice(&self.before);
            return Some(Report::without_room());
        }
        let count = last - first + 1;
        let bytes = if count == 1 { "1 byte was".into() } else { format!("up to {count} bytes were") };
        now.copy_from_slice(&self.before);
        let n = self.argument + 1;
        let (text, note) = match &self.what {
            What::Bytes(len) if first >= *len => (
                format!("{function} has written outside of the memory of its argument {n}"),
                format!("{bytes} written, 0 bytes past the end of a bytes object of {len} bytes"),
            ),
            What::Bytes(len) => (
                format!("{function} has written to the bytes object that is its argument {n}"),
                format!("{bytes} written, {first} bytes from the start of a bytes object of {len} bytes"),
            ),
            What::Constant(region) => (
                format!(
                    "{function} has written to the memory of its argument {n}, which must not be written to"
                ),
                format!("{bytes} written, {first} bytes from the start of {}", Described(region)),
            ),
            What::Behind(region) => (
                format!("{function} has written outside of the memory of its argument {n}"),
                format!("{bytes} written, {first} bytes past the end of {}", Described(region)),
            ),
        };
        Some(Report { text, notes: vec![note, "the bytes have got their values back".into()] })
    }
}

/// Returns the number of bytes behind the buffer of an object that lends a whole allocation: allocators give out multiples
/// of 8 bytes.
pub(super) fn tail_of(object: &cffi_rt::Obj, end: usize) -> usize {
    // Such an object has one byte more than it shows.
    let hidden = usize::from(object.tp() == &raw mut ffi::PyByteArray_Type);
    (end + hidden).next_multiple_of(8) - end
}
