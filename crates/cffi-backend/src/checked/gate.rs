//! May this range of addresses be used?

use std::fmt::Display;

use cffi_regions::mapped::{self, Lack, Need};
use cffi_regions::{Verdict, registry};

use super::error::{Report, has_room};
use super::{lent, libraries, objects, refused};
use crate::value::CData;
use cffi_rt::{Py, R, Raised};

/// The first page, where no platform maps anything. The functions behind the gate refuse it, with the texts of the stock
/// backend.
const FIRST_PAGE: usize = 4096;

/// The way in which memory is used.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Use {
    Read,
    Write,
    /// It may be written to; whoever has the buffer object refuses memory that must not be.
    WriteBuffer,
}

/// Ensures that `len` bytes can be used. `what` names the operation for the error.
///
/// # Errors
/// `AccessError`.
#[inline]
pub(super) fn pass(py: Py<'_>, at: *const u8, len: usize, how: Use, what: &dyn Display) -> R<()> {
    let address = at.addr();
    if len == 0 || address < FIRST_PAGE {
        return Ok(());
    }
    match registry().judge(address, len, how != Use::Read) {
        Verdict::Inside => Ok(()),
        Verdict::InFile => mapped(py, address, len, how, what),
        Verdict::Unknown => {
            match objects::dead_at(py, address, len).or_else(|| lent::destroyed_at(address, len)) {
                Some(region) => refuse(py, Verdict::Dead(region), address, len, how, what),
                None => mapped(py, address, len, how, what),
            }
        }
        verdict => refuse(py, verdict, address, len, how, what),
    }
}

/// Returns whether nothing is known that forbids writing to `len` bytes, which may be read.
pub(super) fn is_writable(at: *const u8, len: usize) -> bool {
    match registry().judge(at.addr(), len, true) {
        Verdict::ReadOnly(_) => false,
        Verdict::Unknown => mapped::check(at.addr(), len, Need::Write).is_ok(),
        _ => true,
    }
}

/// Ensures that `len` bytes can be used, for functions that refuse nothing in the first page but NULL.
///
/// # Errors
/// `AccessError`.
pub(super) fn pass_all(py: Py<'_>, at: *const u8, len: usize, how: Use, what: &dyn Display) -> R<()> {
    match at.addr() {
        near @ 1..FIRST_PAGE if len > 0 => {
            let text = format!("{what}: no memory is mapped at {near:#x}");
            Err(Report { text, notes: vec![refused::near_null(near)] }.raise(py))
        }
        _ => pass(py, at, len, how, what),
    }
}

/// Ensures that `len` bytes lie in the memory that a cdata is known to lend, if it is.
///
/// # Errors
/// `AccessError`.
#[inline]
pub(super) fn within(
    py: Py<'_>,
    cd: &CData,
    at: *const u8,
    len: usize,
    how: Use,
    what: &dyn Display,
) -> R<()> {
    let Some(region) = lent::region_of(cd) else { return Ok(()) };
    let address = at.addr();
    if !region.is_live() {
        return refuse(py, Verdict::Dead(region), address, len, how, what);
    }
    if address >= region.start && address.saturating_add(len) <= region.end() {
        return Ok(());
    }
    refuse(py, Verdict::Outside(region), address, len, how, what)
}

/// Ensures that a cdata does not show a buffer that was released.
///
/// # Errors
/// `AccessError`.
#[inline]
pub(super) fn alive(py: Py<'_>, cd: &CData, what: &dyn Display) -> R<()> {
    if !cd.is_tracked() {
        return Ok(());
    }
    match lent::region_of(cd).filter(|region| !region.is_live()) {
        Some(region) => refuse(py, Verdict::Dead(region), cd.data().addr(), 0, Use::Read, what),
        None => Ok(()),
    }
}

/// Ensures that an address does not lie in memory that has ended, and not outside of the region that it belongs to. The
/// end of a region belongs to it.
#[inline]
pub(super) fn touch(py: Py<'_>, at: *const u8, what: &dyn Display) -> R<()> {
    let address = at.addr();
    match registry().judge(address, 0, false) {
        Verdict::Inside | Verdict::InFile | Verdict::Unknown => Ok(()),
        verdict => refuse(py, verdict, address, 0, Use::Read, what),
    }
}

#[cold]
fn refuse(py: Py<'_>, verdict: Verdict, address: usize, len: usize, how: Use, what: &dyn Display) -> R<()> {
    if !has_room() {
        return Err(py.no_memory());
    }
    let report = match verdict {
        Verdict::ReadOnly(_) if how == Use::WriteBuffer => return Ok(()),
        Verdict::Inside | Verdict::InFile | Verdict::Unknown => return Ok(()),
        Verdict::ReadOnly(region) => {
            Report::of(format!("{what}: the memory must not be written to"), address, len, &region)
        }
        Verdict::Private(region) => Report::of(
            format!("{what}: the memory belongs to a handle, and only from_handle() may use it"),
            address,
            len,
            &region,
        ),
        Verdict::Dead(region) => {
            Report::of(format!("{what}: the memory has been freed"), address, len, &region)
        }
        Verdict::Outside(region) => {
            let side = if address < region.start { "before the start" } else { "past the end" };
            Report::of(format!("{what}: {side} of the memory"), address, len, &region)
        }
    };
    Err(report.raise(py))
}

#[inline]
fn mapped(py: Py<'_>, address: usize, len: usize, how: Use, what: &dyn Display) -> R<()> {
    let need = if how == Use::Read { Need::Read } else { Need::Write };
    mapped::check(address, len, need).map_err(|lack| lacks(py, lack, address, len, need, what))
}

/// Makes the error for an address of nobody's that cannot be used.
#[cold]
pub(super) fn lacks(
    py: Py<'_>,
    lack: Lack,
    address: usize,
    len: usize,
    need: Need,
    what: &dyn Display,
) -> Raised {
    if !has_room() {
        return py.no_memory();
    }
    if let Lack::Unmapped(at) = lack
        && let Some(region) = lent::past_at(at)
    {
        return Report::of(format!("{what}: no memory is mapped at {at:#x}"), at, 0, &region).raise(py);
    }
    if !matches!(lack, Lack::Unmapped(_)) {
        libraries::forget(lack.at());
    } else if let Some(library) = libraries::closed_at(lack.at()) {
        return Report::of(format!("{what}: the library has been closed"), lack.at(), 0, &library).raise(py);
    }
    let (text, at) = match lack {
        Lack::Shortened(at) => {
            (format!("{what}: the file that is mapped at {at:#x} has become too short"), at)
        }
        Lack::Unmapped(at) => (format!("{what}: no memory is mapped at {at:#x}"), at),
        Lack::Permission(at) => (
            match need {
                Need::Read => format!("{what}: the memory at {at:#x} cannot be read"),
                Need::Write => format!("{what}: the memory at {at:#x} is read-only"),
                Need::Execute => format!("{what}: the memory at {at:#x} is no code"),
            },
            at,
        ),
    };
    let mut notes = Vec::new();
    if len > 1 {
        notes.push(format!("the {len} bytes begin at {address:#x}"));
    }
    if let Some(near) = registry().nearest(at, 1 << 16) {
        let report = Report::of(String::new(), at, 0, &near);
        notes.extend(report.notes.into_iter().map(|note| format!("nearest: {note}")));
    }
    Report { text, notes }.raise(py)
}
