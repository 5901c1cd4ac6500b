//! Data with a destructor: `__CDataGCP`.

use std::ffi::{CStr, c_int, c_void};
use std::mem::ManuallyDrop;
use std::ops::Deref;

use pyo3_ffi as ffi;

use crate::cdata::extent;
use crate::ctype::CType;
use crate::memory::Loc;
use crate::value::alloc;
use crate::value::object::{CData, CDataLen, Owner};
use cffi_rt::args::{self, Args, Params, Place};
use cffi_rt::at::{self, BeginsWith, Entry};
use cffi_rt::class::{Trace, Visit};
use cffi_rt::guarded::InTurn;
use cffi_rt::types::{TypeSpec, alloc_gc, track};
use cffi_rt::{Obj, Owned, Py, R, raise, trash};

/// A cdata at the address of another one, which it keeps alive, and the destructor that it calls at its end.
#[repr(C)]
pub(crate) struct CDataGcp {
    base: CDataLen,
    /// Exchanged in a few instructions, while no Python code can run.
    owned: InTurn<Held>,
}

// SAFETY: the layout is C's, and begins with that of a cdata.
unsafe impl BeginsWith<CData> for CDataGcp {}

struct Held {
    destructor: Option<Owned>,
    origin: Option<Owned<CData>>,
    /// The number of views, buffers and iterators that use the memory.
    users: u32,
    /// Whether a release was requested while there were users. The destructor then runs after the last of them.
    ending: bool,
}

/// The destructor and its argument. Both references are dropped after the call.
struct End {
    destructor: Option<Owned>,
    origin: Owned<CData>,
}

const DOC: &CStr = c"C data with a destructor, as `gc()` and allocators return it.";

const PARAMS: Params = Params { function: "gc", names: &["cdata", "destructor", "size"], required: 2 };

/// Module function `gcp` and FFI method `gc`.
pub(crate) fn gcp(py: Py<'_>, _receiver: &Obj, args: Args<'_>) -> R {
    let bound = args.bind(py, &PARAMS);
    let bound = bound.map_err(|raised| args.or_wrong_first::<CData>(py, raised, &PARAMS))?;
    let [Some(origin), destructor, size] = bound else { return Err(py.no_memory()) };
    let origin = Place { function: "gc", number: 1 }.exact::<CData>(py, origin)?;
    args::ssize_or(py, size, 0)?;
    let destructor = destructor.filter(|d| !d.is_none());
    if destructor.is_some() {
        return attach(py, origin, destructor).map(Owned::into_obj);
    }
    let Some(gcp) = CDataGcp::of(origin) else {
        return Err(raise!(
            py,
            Type,
            "Can remove destructor only on a object previously returned by ffi.gc()"
        ));
    };
    let removed = gcp.with(|held| held.destructor.take());
    drop(removed);
    Ok(py.none())
}

/// Makes a cdata with the type, the address and the length of `origin`, which it keeps alive. At its end it calls the
/// destructor, if there is one, with `origin`.
pub(crate) fn attach(py: Py<'_>, origin: &CData, destructor: Option<&Obj>) -> R<Owned<CData>> {
    let ct = origin.ct();
    let length = if ct.is_aggregate() { origin.var_size().unwrap_or(-1) } else { origin.array_len() };
    // SAFETY: the type is that of the cdata, and so is the length.
    unsafe { attach_as(py, origin, ct, length, destructor) }
}

/// Makes such a cdata of memory that the Python function of an allocator has returned. `size` and `length` are those of a value
/// of the type `ct`, or of what a pointer of that type points to. `length` has the meaning that it has in [`CDataLen`].
///
/// # Errors
/// `TypeError` if `memory` is no pointer or array, `MemoryError` for NULL, `ValueError` if less memory is known to be there.
pub(crate) fn of_memory(
    py: Py<'_>,
    memory: &CData,
    ct: &CType,
    size: isize,
    length: isize,
    destructor: Option<&Obj>,
) -> R<Owned<CData>> {
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
    // SAFETY: the memory has as many bytes as the value, as far as that is known; else the program says so, as in C.
    unsafe { attach_as(py, memory, ct, length, destructor) }
}

/// Makes such a cdata with another type.
///
/// # Safety
/// At the address of `origin` there is memory for a value of the type `ct` with this length, or `ct` is the type of `origin`.
unsafe fn attach_as(
    py: Py<'_>,
    origin: &CData,
    ct: &CType,
    length: isize,
    destructor: Option<&Obj>,
) -> R<Owned<CData>> {
    // SAFETY: the type has this layout; all members are written before the object is tracked.
    unsafe {
        let p = alloc_gc::<CDataGcp>(py, ct.state().types.cdata_gcp)?;
        alloc::fill(p.cast(), ct, origin.data());
        if let (Some(value), Some(from)) = (Loc::of(&*p.cast::<CData>()), Loc::of(origin))
            && ct.access.is_in_place()
        {
            value.assign(from);
        }
        (&raw mut (*p).base.length).write(length);
        let (destructor, origin) = (destructor.map(Obj::new_ref), Some(origin.new_ref()));
        let held = Held { destructor, origin, users: 0, ending: false };
        (&raw mut (*p).owned).write(InTurn::new(held));
        track(p.cast());
        Ok(Owned::from_raw(p.cast()))
    }
}

impl CDataGcp {
    /// Returns the cdata in its full layout, if it is of this type.
    #[inline(always)]
    pub(crate) fn of(cd: &CData) -> Option<&CDataGcp> {
        // SAFETY: all objects of this type, and no others, have this layout.
        (cd.tp() == cd.state().types.cdata_gcp)
            .then(|| unsafe { &*std::ptr::from_ref(cd).cast::<CDataGcp>() })
    }

    /// Calls `f` with the members that may change. `f` runs no Python code: it drops nothing.
    fn with<T>(&self, f: impl FnOnce(&mut Held) -> T) -> T {
        // SAFETY: code that has a reference to an object is attached to its interpreter, and the closures of this file
        // only exchange members.
        unsafe { self.owned.with(Py::assume(), f) }
    }

    /// Returns whether a destructor is to be called.
    pub(crate) fn has_destructor(&self) -> bool {
        self.with(|held| held.destructor.is_some())
    }

    /// Returns the cdata that it was made from, while it still has it.
    pub(crate) fn origin(&self) -> Option<Owned<CData>> {
        self.with(|held| held.origin.clone())
    }

    /// Calls the destructor now, unless that has been done, and drops an origin that has a separate end. An origin in
    /// Python's memory is kept until this object is deallocated, so that its address stays valid.
    ///
    /// While the memory has users, the destructor waits for the last of them, as it may free the memory.
    pub(crate) fn release(&self, py: Py<'_>) {
        let waits = self.with(|held| {
            held.ending = held.users > 0;
            held.ending
        });
        if !waits {
            self.finalize(py);
        }
    }

    /// Calls the destructor at once, even while the memory has users.
    fn finalize(&self, py: Py<'_>) {
        let taken = self.with(|held| {
            held.ending = false;
            let origin = held.origin.take()?;
            let end = End { destructor: held.destructor.take(), origin };
            Some((end, held.users > 0))
        });
        let Some((end, used)) = taken else { return };
        let memory = lasting(&end.origin);
        if used {
            // Users that end later no longer find this origin.
            unpin(py, &end.origin);
        }
        if let Some(memory) = memory {
            self.with(|held| held.origin = Some(memory));
        }
        end.run(py);
    }
}

/// Notes one more user of the memory of `cd`: until [`unpin`] is called, `release()` does not run the destructor that
/// may free it. `cd` is alive for that time.
pub(crate) fn pin(_py: Py<'_>, cd: &CData) {
    let mut next = pinned(cd);
    while let Some(cd) = next {
        let Some(gcp) = CDataGcp::of(&cd) else { return };
        let (first, origin) = gcp.with(|held| {
            held.users += 1;
            (held.users == 1, held.origin.clone())
        });
        next = origin.filter(|_| first).and_then(|origin| pinned(&origin));
    }
}

/// Notes one more user of the memory of `obj`, as [`pin`] does, if it is a cdata. Ignores other objects.
pub(crate) fn pin_object(py: Py<'_>, obj: &Obj) {
    if let Some(cd) = obj.downcast::<CData>() {
        pin(py, cd);
    }
}

/// Takes back what [`pin`] noted, and runs the destructors that have waited for this user.
pub(crate) fn unpin(py: Py<'_>, cd: &CData) {
    let mut next = pinned(cd);
    while let Some(cd) = next {
        let Some(gcp) = CDataGcp::of(&cd) else { return };
        let (last, ending, origin) = gcp.with(|held| {
            held.users = held.users.saturating_sub(1);
            (held.users == 0, held.users == 0 && held.ending, held.origin.clone())
        });
        next = origin.filter(|_| last).and_then(|origin| pinned(&origin));
        if ending {
            gcp.finalize(py);
        }
    }
}

/// A user of the memory of a cdata. It keeps a reference to the cdata.
pub(crate) struct User(ManuallyDrop<Owned<CData>>);

impl User {
    /// Notes one more user of the memory of `cd`, for as long as the value lives.
    pub(crate) fn new(py: Py<'_>, cd: &CData) -> User {
        pin(py, cd);
        User(ManuallyDrop::new(cd.new_ref()))
    }
}

impl Deref for User {
    type Target = CData;

    /// Returns the cdata whose memory it uses.
    #[inline(always)]
    fn deref(&self) -> &CData {
        &self.0
    }
}

/// Notes a user of the memory of `cd` while `value` is stored there, if the conversion of the value may run code that
/// releases the memory.
pub(crate) fn storing(py: Py<'_>, cd: &CData, value: &Obj) -> Option<User> {
    // Objects with a destructor, and pointers to such structs, are tracked.
    let freeable = || CDataGcp::of(cd.target().unwrap_or(cd)).is_some();
    (cd.is_tracked() && !value.is_plain() && freeable()).then(|| User::new(py, cd))
}

impl Drop for User {
    fn drop(&mut self) {
        // SAFETY: users are members of Python objects, which attached threads deallocate; the reference is taken once.
        unsafe {
            unpin(Py::assume(), &self.0);
            trash::release(ManuallyDrop::take(&mut self.0).into_obj());
        }
    }
}

impl Trace for User {
    fn trace(&self, visit: &mut Visit) {
        visit.object(&self.0);
    }
}

/// Returns the object with a destructor whose memory `cd` shows: `cd` itself, or the struct that it points to.
fn pinned(cd: &CData) -> Option<Owned<CData>> {
    let cd = cd.target().unwrap_or(cd);
    CDataGcp::of(cd).map(|_| cd.new_ref())
}

/// Returns the object that holds the memory of `origin`, if holding it has no visible effect.
fn lasting(origin: &CData) -> Option<Owned<CData>> {
    let mut cd = origin.new_ref();
    while let Some(gcp) = CDataGcp::of(&cd) {
        let next = gcp.origin()?;
        cd = next;
    }
    let keeps = match cd.owner() {
        // A tracked view has a keeper with a separate end.
        Owner::Nobody => !cd.is_tracked(),
        Owner::Own => cd.target().is_none_or(|t| t.owner() != Owner::Gcp),
        Owner::OwnGc | Owner::FromBuf | Owner::Gcp => false,
    };
    keeps.then_some(cd)
}

impl End {
    /// Calls the destructor with the cdata that it was attached to, and drops both. Keeps an exception that is set.
    fn run(self, py: Py<'_>) {
        let End { destructor, origin } = self;
        if let Some(destructor) = destructor {
            py.with_saved_err(|| {
                if let Err(raised) = destructor.call(py, &[&origin]) {
                    py.unraisable_with(raised, "from callback for ffi.gc ", &origin, "");
                }
            });
            trash::release_object(destructor);
        }
        trash::release_object(origin.into_obj());
    }
}

unsafe extern "C" fn finalize(p: *mut ffi::PyObject) {
    // SAFETY: called by the garbage collector, attached, with an object of this type.
    unsafe { (*p.cast::<CDataGcp>()).finalize(Py::assume()) };
}

/// `tp_dealloc`.
///
/// # Safety
/// Called by the interpreter with an object of this type, whose last reference is gone.
pub(crate) unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone. The destructor runs after the object is gone,
    // so it cannot make the object reachable again.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        let cd = &*p.cast::<CDataGcp>();
        let (destructor, origin) = cd.with(|held| (held.destructor.take(), held.origin.take()));
        crate::value::dealloc::finish_dealloc(p, true);
        if let Some(origin) = origin {
            End { destructor, origin }.run(Py::assume());
        }
    }
}

unsafe extern "C" fn traverse(p: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the garbage collector with a tracked object; what is visited is owned by it.
    unsafe {
        let cd = &*p.cast::<CDataGcp>();
        let [destructor, origin] = cd.with(|held| {
            let destructor = held.destructor.as_ref().map_or(std::ptr::null_mut(), |x| x.as_ptr());
            [destructor, held.origin.as_ref().map_or(std::ptr::null_mut(), |x| x.as_ptr())]
        });
        let owned = [ffi::Py_TYPE(p).cast(), cd.base.base.ct().as_ptr(), destructor, origin];
        for q in owned {
            if !q.is_null() {
                let r = visit(q, arg);
                if r != 0 {
                    return r;
                }
            }
        }
    }
    0
}

/// Makes the Python type. It has no `tp_clear`: destructors run before the collector breaks a cycle, and the cycle has
/// another object that can be cleared.
pub(crate) fn make_type(py: Py<'_>, module: &Obj, base: &Obj) -> R {
    // SAFETY: the functions give up and visit the members of this layout, which the garbage collector tracks.
    let (dealloc, traverse, finalize) = unsafe {
        (
            Entry::<CDataGcp, at::Dealloc>::new(dealloc),
            Entry::<CDataGcp, at::Traverse>::new(traverse),
            Entry::<CDataGcp, at::Finalize>::new(finalize),
        )
    };
    let spec = TypeSpec::<CDataGcp>::new(c"_cffi_backend.__CDataGCP")
        .collected(traverse)
        .doc(DOC)
        .slot(at::Dealloc, dealloc)
        .slot(at::Finalize, finalize)
        .slot(at::Call, crate::call::call_slot());
    // SAFETY: the base class is that of cdata, with which the layout begins; the type sets a deallocation that fits its blocks.
    unsafe { spec.make_subclass(py, module, base) }
}
