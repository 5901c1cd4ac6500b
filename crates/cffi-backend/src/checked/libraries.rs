//! Libraries: where they were opened, and where those were closed whose code or data is still used.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cffi_memory::NoMemory;

use super::error::has_room;
use super::site;
use crate::library::watch::Watch;
use cffi_regions::region::{How, Kind};
use cffi_regions::{Region, Site, mapped};
use cffi_rt::Py;

/// The largest number of closed libraries that are remembered.
const MOST: usize = 256;

/// The libraries that programs have opened by name.
#[derive(Default)]
struct Libraries {
    /// Those that are open, each with its handle, as often as it was opened.
    open: Vec<(usize, Arc<Region>)>,
    /// Those that were closed, the latest last.
    closed: VecDeque<Arc<Region>>,
}

static LIBRARIES: Mutex<Libraries> = Mutex::new(Libraries { open: Vec::new(), closed: VecDeque::new() });

fn libraries() -> MutexGuard<'static, Libraries> {
    LIBRARIES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The functions that are called for libraries in checked mode.
pub(super) const WATCH: Watch = Watch { opened, closing };

fn opened(py: Py<'_>, handle: usize, span: Option<(usize, usize)>, name: &str) {
    if !has_room() {
        return;
    }
    let (start, end) = span.unwrap_or((0, 0));
    let region = Region::lent(start, end - start, Kind::Library, name, true, site::here(py));
    libraries().open.push((handle, Arc::new(region)));
}

fn closing(py: Py<'_>, handle: usize) {
    let mut here = Site::NONE;
    py.with_saved_err(|| here = site::here(py));
    let mut libraries = libraries();
    let Some(at) = libraries.open.iter().position(|(known, _)| *known == handle) else {
        return;
    };
    let (_, region) = libraries.open.swap_remove(at);
    region.finish(here, How::Closed);
    if libraries.closed.try_reserve(1).is_err() {
        return;
    }
    if libraries.closed.len() >= MOST {
        libraries.closed.pop_front();
    }
    libraries.closed.push_back(region);
    drop(libraries);
    mapped::may_have_changed();
}

/// Returns the closed library that had an address at which nothing is mapped now.
pub(super) fn closed_at(address: usize) -> Option<Arc<Region>> {
    let libraries = libraries();
    let mut closed = libraries.closed.iter().rev();
    closed.find(|region| (region.start..region.end()).contains(&address)).cloned()
}

/// Forgets closed libraries that had an address at which something else is mapped now.
pub(super) fn forget(address: usize) {
    libraries().closed.retain(|region| !(region.start..region.end()).contains(&address));
}

/// Returns the open libraries.
pub(super) fn open() -> Result<Vec<Arc<Region>>, NoMemory> {
    cffi_memory::collect(libraries().open.iter().map(|(_, region)| Arc::clone(region)))
}
