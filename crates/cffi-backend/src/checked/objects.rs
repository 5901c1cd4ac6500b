//! Memory of Python objects that C has got the address of: `bytes` that were arguments, and objects whose buffer was lent.
//!
//! The memory stays valid for as long as the object lives, so an address in it is right until the last reference is
//! gone. Nothing reports that moment for such objects. So the latest of them are kept here, and an object to which only
//! this list refers has no owner any more.
//!
//! An object that has changed its size has other memory. Its old memory is nobody's until C code has run, which may have
//! got it from the allocator.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3_ffi as ffi;

use super::error::has_room;
use cffi_regions::region::{How, Kind};
use cffi_regions::{Region, Site, crash, mapped};
use cffi_rt::buffer::View;
use cffi_rt::interp::Reference;
use cffi_rt::{Obj, Owned, Py, R, refcount};

/// The largest number of objects that are kept.
const MOST: usize = 256;
/// The largest number of bytes of an object that is kept.
const LARGEST: usize = 1 << 16;

/// An object that is kept.
struct Kept {
    /// A strong reference.
    object: Reference,
    region: Arc<Region>,
    /// The line of the last known use: the call, or the end of the cdata that lent the buffer.
    last: Site,
    how: How,
    /// The number of calls of C at the last time that the memory was known to be that of the object.
    calls: u64,
}

/// The objects by the start of their memory.
#[derive(Default)]
struct Objects {
    by_start: BTreeMap<usize, Kept>,
    order: VecDeque<usize>,
}

static OBJECTS: Mutex<Objects> = Mutex::new(Objects { by_start: BTreeMap::new(), order: VecDeque::new() });

/// Whether an object was kept whose memory touches a page, by the number of the page. Never taken back, so that a
/// look-up for other addresses costs a load.
static PAGES: [AtomicU8; 4096] = [const { AtomicU8::new(0) }; 4096];

const PAGE: u32 = 12;

fn page(address: usize) -> &'static AtomicU8 {
    &PAGES[(address >> PAGE) % PAGES.len()]
}

fn objects() -> MutexGuard<'static, Objects> {
    OBJECTS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns whether the memory of an object is its own, and whether its end has next to no effect that a program could see.
pub(super) fn can_be_kept(py: Py<'_>, object: &Obj) -> bool {
    let tp = object.tp();
    tp == &raw mut ffi::PyBytes_Type
        || tp == &raw mut ffi::PyByteArray_Type
        || object.type_name() == "array.array"
        || is_plain_ndarray(py, object)
        || (is_own_ctypes_array(py, object) && refers_to_nothing(py, object))
}

/// Returns whether an object is an array of `ctypes` with memory of its own.
pub(super) fn is_own_ctypes_array(py: Py<'_>, object: &Obj) -> bool {
    if !object.type_name().contains("_Array_") {
        return false;
    }
    let look = || -> R<bool> {
        let owns = object.getattr_str(py, "_b_needsfree_")?.is_true(py)?;
        Ok(owns && object.getattr_str(py, "_b_base_")?.is_none())
    };
    look().unwrap_or_else(|raised| {
        py.err_clear(raised);
        false
    })
}

/// Returns whether an object of `ctypes` keeps no other object alive.
fn refers_to_nothing(py: Py<'_>, object: &Obj) -> bool {
    let objects = object.getattr_str(py, "_objects");
    objects.map(|objects| objects.is_none()).unwrap_or_else(|raised| {
        py.err_clear(raised);
        false
    })
}

/// Returns whether an object is an array of numpy that has its memory to itself, and no objects in it.
pub(super) fn is_plain_ndarray(py: Py<'_>, object: &Obj) -> bool {
    if object.type_name() != "numpy.ndarray" {
        return false;
    }
    let look = || -> R<bool> {
        let holds_objects = object.getattr_str(py, "dtype")?.getattr_str(py, "hasobject")?.is_true(py)?;
        Ok(object.getattr_str(py, "base")?.is_none() && !holds_objects)
    };
    look().unwrap_or_else(|raised| {
        py.err_clear(raised);
        false
    })
}

/// Returns the object whose memory a `memoryview`, or an array of numpy, shows, if that object can be kept.
pub(super) fn base_of_view(py: Py<'_>, view: &Obj) -> Option<Owned> {
    let attribute = match &*view.type_name() {
        "memoryview" => "obj",
        "numpy.ndarray" => "base",
        _ => return None,
    };
    match view.getattr_str(py, attribute) {
        Ok(base) => can_be_kept(py, &base).then_some(base),
        Err(raised) => {
            // The view was released.
            py.err_clear(raised);
            None
        }
    }
}

/// Returns the address of an object's memory.
fn start_of(py: Py<'_>, object: &Obj) -> Option<usize> {
    memory_of(py, object).map(|(start, _)| start)
}

/// Returns the address of an object's memory, and the number of its bytes.
pub(super) fn memory_of(py: Py<'_>, object: &Obj) -> Option<(usize, usize)> {
    if let Some(bytes) = object.as_bytes() {
        return Some((bytes.as_ptr().addr(), bytes.len()));
    }
    match View::get(py, object, false) {
        Ok(view) => Some((view.ptr().addr(), view.len())),
        Err(raised) => {
            py.err_clear(raised);
            None
        }
    }
}

/// Keeps an object whose memory C has, so that its end can be noticed.
///
/// `last` is the line of its last known use, and `how` the way in which it ends if the object has no other owner now.
pub(super) fn keep(
    py: Py<'_>,
    object: &Obj,
    start: usize,
    region: impl FnOnce() -> Region,
    last: Option<Site>,
    how: How,
) {
    if let Some(known) = objects().by_start.get_mut(&start)
        && known.object.get(py).is_some_and(|known| known.is(object))
    {
        known.calls = mapped::generation();
        match last {
            Some(last) => (known.last, known.how) = (last, how),
            // C has got the address again.
            None => known.how = how,
        }
        return;
    }
    // Without the lock: the look for the line may run the garbage collector, and so anything.
    if !has_room() {
        return;
    }
    let region = region();
    if region.len > LARGEST || region.len == 0 {
        return;
    }
    let last = last.unwrap_or(region.made);
    for address in (region.start..region.end()).step_by(1 << PAGE).chain([region.end() - 1]) {
        page(address).store(1, Ordering::Relaxed);
    }
    let object = Reference::new(py, object.new_ref());
    let calls = mapped::generation();
    let kept = Kept { object, region: Arc::new(region), last, how, calls };
    let (mut replaced, mut oldest) = (None, None);
    {
        let mut objects = objects();
        match objects.by_start.insert(start, kept) {
            None => objects.order.push_back(start),
            other => replaced = other,
        }
        if objects.order.len() > MOST {
            oldest = objects.order.pop_front().and_then(|start| objects.by_start.remove(&start));
        }
    }
    for kept in replaced.into_iter().chain(oldest) {
        kept.object.give_up(py);
    }
}

/// Returns the region of an object whose memory a range touches, if nothing but this list refers to the object, or its
/// buffer was released.
pub(super) fn dead_at(py: Py<'_>, address: usize, len: usize) -> Option<Arc<Region>> {
    if page(address).load(Ordering::Relaxed) == 0 {
        return None;
    }
    let last = address.saturating_add(len.max(1) - 1);
    let (object, region, ending, calls, is_owned) = {
        let objects = objects();
        let (_, kept) = objects.by_start.range(..=last).next_back()?;
        let object = kept.object.get(py).filter(|_| address < kept.region.end())?;
        let is_owned = refcount::is_shared(object);
        let (region, ending) = (Arc::clone(&kept.region), (kept.last, kept.how));
        (object.new_ref(), region, ending, kept.calls, is_owned)
    };
    // Without the lock: objects of other modules are asked for their memory.
    let (last, how) = ending;
    if start_of(py, &object) != Some(region.start) {
        if calls != mapped::generation() || crash::is_in_call() {
            return None;
        }
        region.finish(last, How::Resized);
        return Some(region);
    }
    if is_owned && (how != How::Released || !is_text(&object)) {
        return None;
    }
    region.finish(last, how);
    Some(region)
}

/// Returns whether an object is one whose memory must not be used after its buffer was released, even though the object
/// is alive.
fn is_text(object: &Owned) -> bool {
    let tp = object.tp();
    tp == &raw mut ffi::PyBytes_Type || tp == &raw mut ffi::PyByteArray_Type
}

/// Describes the memory of a `bytes` object that is an argument.
pub(super) fn argument(bytes: &[u8], made: Site) -> Region {
    let what = format!("bytes object of {} bytes", bytes.len());
    Region::lent(bytes.as_ptr().expose_provenance(), bytes.len() + 1, Kind::Object, &*what, false, made)
}
