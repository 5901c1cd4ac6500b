//! Callbacks: their addresses, and what happens to those that are gone.
//!
//! The code of a callback whose cdata is gone is kept for a while, so that no other callback gets its address. C code that
//! calls it gets zero, and the call of Python that has led there raises.

use std::cell::Cell;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxBuildHasher;

use super::error::{Report, end_of, has_room};
use super::functions_known as known;
use super::{objects, own, site, values};
use crate::callback::watch::{Retired, Watch};
use crate::ctype::CType;
use crate::value::CData;
use cffi_regions::region::{How, Kind};
use cffi_regions::{Region, crash, registry};
use cffi_rt::{Obj, Owned, Py, R, refcount};

/// The largest number of callbacks that are kept after their end.
const MOST: usize = 1024;

type Live = HashMap<usize, Arc<Region>, FxBuildHasher>;

/// The callbacks that are gone, with the regions of their code.
static GONE: Mutex<VecDeque<(Retired, Option<Arc<Region>>)>> = Mutex::new(VecDeque::new());

/// The regions of live callbacks by the address of their code.
static LIVE: Mutex<Live> = Mutex::new(Live::with_hasher(FxBuildHasher));

thread_local! {
    /// The callback that C code has called after its end, during the call of Python that is running.
    static CALLED: Cell<usize> = const { Cell::new(0) };
}

/// The functions that callbacks call in checked mode.
pub(super) const WATCH: Watch = Watch { made, gone, returned, copied, passed, called };

/// Returns whether a region is the code of a callback that can be called.
pub(super) fn is_live(region: &Region) -> bool {
    region.kind == Kind::Callback && region.is_live()
}

fn made(py: Py<'_>, cd: &CData) {
    let code = cd.data().addr();
    known::forget(code);
    // Without memory, a callback goes unwatched.
    if !has_room() {
        return;
    }
    let region = Region::lent(code, 1, Kind::Callback, cd.ct().name(), false, site::here(py));
    let mut live = LIVE.lock().unwrap_or_else(PoisonError::into_inner);
    if live.try_reserve(1).is_ok()
        && let Ok(region) = region.shared()
        && registry().add(&region).is_ok()
    {
        live.insert(code, region);
    }
}

fn gone(py: Py<'_>, code: usize, retired: Retired) {
    known::forget(code);
    let region = LIVE.lock().unwrap_or_else(PoisonError::into_inner).remove(&code);
    if let Some(region) = &region {
        py.with_saved_err(|| {
            region.finish(site::here(py), How::Collected);
        });
    }
    let leaving = {
        let mut gone = GONE.lock().unwrap_or_else(PoisonError::into_inner);
        if gone.try_reserve(1).is_ok() {
            gone.push_back((retired, region));
            if gone.len() > MOST { gone.pop_front() } else { None }
        } else {
            Some((retired, region))
        }
    };
    if let Some((retired, region)) = leaving {
        if let Some(region) = region {
            registry().remove(&region);
        }
        retired.free(py);
    }
}

/// Reports a pointer that a callback gives to C, if its memory is gone or will be gone after the return. C gets it all the
/// same, so that a use of it raises.
fn returned(py: Py<'_>, value: &Obj) {
    let Some(cd) = value.downcast::<CData>().filter(|cd| cd.ct().is_pointer_or_array()) else { return };
    let address = cd.data().addr();
    let (region, problem) = match registry().find(address) {
        Some(region) if region.is_live() => {
            let owner = cd.target().unwrap_or(cd);
            if !cd.is_own() || refcount::is_shared(cd) || refcount::is_shared(owner) {
                return;
            }
            (region, "nothing refers to the memory after the return")
        }
        Some(region) => (region, "the memory has been freed"),
        None => match objects::dead_at(py, address, 1) {
            Some(region) => (region, "the memory has been freed"),
            None => return,
        },
    };
    let report = match has_room() {
        true => Report::of(format!("the result of a callback: {problem}"), address, 0, &region),
        false => Report::without_room(),
    };
    let raised = report.raise(py);
    py.unraisable(raised, "when a callback returned");
}

/// Checks the memory that the conversion of a struct result reads.
fn copied(py: Py<'_>, ct: &CType, value: &Obj) -> R<()> {
    values::readable(py, ct, value)
}

/// Gives guard zones to a struct that C has passed by value.
fn passed(py: Py<'_>, copy: Owned<CData>) -> R<Owned<CData>> {
    let owner = own::relocated(py, &copy, Kind::Passed)?;
    own::view(py, &owner)
}

/// Notes that C code has called a callback that is gone.
fn called(py: Py<'_>, code: usize) {
    if crash::is_in_call() {
        CALLED.set(code);
    } else if let Some(report) = report(code, "C code") {
        let raised = report.raise(py);
        py.unraisable(raised, "from C code that called a callback");
    }
}

fn report(code: usize, caller: &str) -> Option<Report> {
    let region = registry().find(code)?;
    if !has_room() {
        return Some(Report::without_room());
    }
    let text = format!("{caller} has called a callback that has been freed");
    let mut report = Report::of(text, code, 0, &region);
    if region.is_live() {
        report.notes.extend(end_of(&region));
    }
    Some(report)
}

/// Returns the report of what C code has called during a call that has returned.
pub(super) fn called_meanwhile(function: &str) -> Option<Report> {
    match CALLED.replace(0) {
        0 => None,
        code => report(code, function),
    }
}
