//! Handles: where they were made, and where they ended.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cffi_memory::NoMemory;
use rustc_hash::FxBuildHasher;

use super::error::{Report, has_room};
use super::{refused, site};
use crate::cdata::own_gc;
use crate::decls::object::FfiObject;
use crate::ffi_obj::methods::allocate;
use crate::state::Module;
use crate::value::CData;
use cffi_regions::region::{How, Kind};
use cffi_regions::{Region, registry};
use cffi_rt::{Args, Obj, Py, R};

/// The largest number of handles that are remembered after their end.
const MOST: usize = 65_536;

type Handles = HashMap<usize, Arc<Region>, FxBuildHasher>;

/// The regions of handles by their addresses. Those that have ended are only looked up by `from_handle()`, since other
/// Python objects get their addresses.
static HANDLES: Mutex<Handles> = Mutex::new(Handles::with_hasher(FxBuildHasher));

fn handles() -> MutexGuard<'static, Handles> {
    HANDLES.lock().unwrap_or_else(PoisonError::into_inner)
}

fn made(py: Py<'_>, handle: &Obj) -> R<()> {
    let Some(cd) = handle.downcast::<CData>() else { return Ok(()) };
    let len = size_of::<CData>();
    let region = Region::lent(cd.data().addr(), len, Kind::Handle, "handle", false, site::here(py));
    let region = py.room(region.shared())?;
    let mut handles = handles();
    py.room(handles.try_reserve(1).map_err(NoMemory::from).and_then(|()| registry().add(&region)))?;
    if handles.len() >= MOST {
        handles.retain(|_, region| region.is_live());
    }
    handles.insert(region.start, region);
    Ok(())
}

/// `newp_handle`
pub(super) fn newp_handle(py: Py<'_>, module: &Module, args: Args<'_>) -> R {
    let handle = own_gc::newp_handle(py, module, args)?;
    made(py, &handle)?;
    Ok(handle)
}

/// `FFI.new_handle`
pub(super) fn new_handle(py: Py<'_>, ffi: &FfiObject, arg: &Obj) -> R {
    let handle = allocate::new_handle(py, ffi, arg)?;
    made(py, &handle)?;
    Ok(handle)
}

/// `from_handle`
pub(super) fn from_handle(py: Py<'_>, receiver: &Obj, arg: &Obj) -> R {
    own_gc::from_handle(py, receiver, arg).map_err(|raised| {
        let Some(cd) = arg.downcast::<CData>().filter(|cd| cd.ct().is_pointer_or_array()) else {
            return raised;
        };
        if !has_room() {
            return raised;
        }
        let address = cd.data().addr();
        let known = handles().get(&address).cloned().or_else(|| registry().find(address));
        let notes =
            known.map_or_else(Vec::new, |region| Report::of(String::new(), address, 0, &region).notes);
        refused::as_access_error(py, raised, notes)
    })
}

/// Ends the handle at an address, whose cdata is deallocated.
pub(super) fn collected(py: Py<'_>, address: usize) {
    let known = handles().get(&address).cloned();
    if let Some(region) = known.filter(|region| region.is_live()) {
        py.with_saved_err(|| {
            region.finish(site::here(py), How::Collected);
        });
        registry().remove(&region);
    }
}
