//! Views of Python buffers: `__CDataFromBuf`.
//!
//! A released cdata keeps its address, and it can still be read for as long as the exporter has that memory, because
//! programs do that. Each access checks this: the exporter (held weakly where it can be) has to give memory at that
//! address again.

use std::ffi::{CStr, c_int, c_void};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Mutex, PoisonError};

use pyo3_ffi as ffi;

use crate::ctype::{Access, CType};
use crate::state::Module;
use crate::value::object::{CData, CDataLen};
use crate::value::{alloc, kept, null};
use cffi_rt::args::{self, Args, Params, Place};
use cffi_rt::at::{self, BeginsWith, Entry};
use cffi_rt::buffer::{RawView, View};
use cffi_rt::types::{TypeSpec, alloc_gc, track};
use cffi_rt::{Obj, Owned, Py, R, Raised, raise};

/// A cdata at the memory of a buffer.
#[repr(C)]
pub(crate) struct CDataFromBuf {
    base: CDataLen,
    /// Held for a few instructions, while the view is taken out or its exporter read.
    lock: Mutex<()>,
    state: AtomicU8,
    /// Always filled. Length and flags do not change when it is released; then its owner is the exporter, or a weak
    /// reference to it, or null if there is none.
    view: RawView,
}

// SAFETY: the layout is C's, and begins with that of a cdata.
unsafe impl BeginsWith<CData> for CDataFromBuf {}

const HELD: u8 = 0;
/// The state while a thread is taking the view out.
const RELEASING: u8 = 1;
const RELEASED: u8 = 2;
/// The state before the view is filled; only the code that makes the object has seen it.
const EMPTY: u8 = 3;

const DOC: &CStr = c"A view of a Python object's buffer, as `from_buffer()` returns it.";

const PARAMS: Params = Params { function: "", names: &["", "", ""], required: 2 };

/// Module function `from_buffer`.
pub(crate) fn from_buffer(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    if args.keywords() > 0 {
        return Err(raise!(py, Type, "from_buffer() takes no keyword arguments"));
    }
    let [Some(ct), Some(obj), writable] = args.bind(py, &PARAMS)? else {
        return Err(py.no_memory());
    };
    let ct = Place { function: "", number: 1 }.exact::<CType>(py, ct)?;
    let writable = args::int_or(py, writable, 0)? != 0;
    new(py, ct, obj, writable).map(Owned::into_obj)
}

/// Makes a cdata of the pointer or array type `ct` at the memory of `obj`'s buffer. The buffer is locked until the
/// cdata is released or deallocated.
///
/// # Errors
/// `TypeError` for other types and for objects without a contiguous buffer, `BufferError` for a read-only one if
/// `writable` is set, `ValueError` if the buffer is too small for an array of fixed length.
pub(crate) fn new(py: Py<'_>, ct: &CType, obj: &Obj, writable: bool) -> R<Owned<CData>> {
    if !ct.is_pointer_or_array() {
        return Err(raise!(py, Type, "expected a pointer or array ctype, got '{}'", ct.name()));
    }
    if obj.is_str() {
        return Err(raise!(py, Type, "from_buffer() cannot return the address of a unicode object"));
    }
    // SAFETY: the type has this layout. All members but the view are written before anything can fail, and the view is
    // not read in the state `EMPTY`. The object is tracked when it is complete.
    unsafe {
        let p = alloc_gc::<CDataFromBuf>(py, ct.state().types.cdata_from_buf)?;
        alloc::fill(p.cast(), ct, std::ptr::null_mut());
        (&raw mut (*p).base.length).write(0);
        (&raw mut (*p).lock).write(Mutex::new(()));
        (&raw mut (*p).state).write(AtomicU8::new(EMPTY));
        let fresh = Owned::<CData>::from_raw(p.cast());
        let view = &(*p).view;
        view.fill(py, obj, writable)?;
        (*p).state.store(HELD, Ordering::Relaxed);
        (&raw mut (*p).base.length).write(length_of(py, ct, view.len())?);
        CData::set_address(p.cast(), view.ptr());
        track(p.cast());
        Ok(fresh)
    }
}

/// Returns the number of items of an array type that lie in `bytes` bytes (for a pointer type, the number of bytes).
fn length_of(py: Py<'_>, ct: &CType, bytes: usize) -> R<isize> {
    if ct.access == Access::Array {
        if bytes < ct.size().max(0).unsigned_abs() {
            return Err(raise!(
                py,
                Value,
                "buffer is too small ({bytes} bytes) for '{}' ({} bytes)",
                ct.name(),
                ct.size()
            ));
        }
        return Ok(ct.length());
    }
    if ct.access != Access::OpenArray {
        return Ok(bytes.cast_signed());
    }
    match ct.item().and_then(CType::known_size) {
        Some(size) if size > 0 => Ok((bytes / size).cast_signed()),
        _ => Err(raise!(
            py,
            ZeroDivision,
            "from_buffer('{}', ..): the actual length of the array cannot be computed",
            ct.name()
        )),
    }
}

impl CDataFromBuf {
    /// Returns the cdata in its full layout, if it is of this type.
    #[inline(always)]
    pub(crate) fn of(cd: &CData) -> Option<&CDataFromBuf> {
        // SAFETY: all objects of this type, and no others, have this layout.
        (cd.tp() == cd.state().types.cdata_from_buf)
            .then(|| unsafe { &*std::ptr::from_ref(cd).cast::<CDataFromBuf>() })
    }

    /// Returns the cdata whose memory `cd` shows, if that is of this type: `cd` itself or the keeper of a view.
    #[inline(always)]
    pub(crate) fn behind(cd: &CData) -> Option<&CDataFromBuf> {
        if shows_buffer(cd) {
            CDataFromBuf::of(cd).or_else(|| CDataFromBuf::of(kept::keeper(cd)?))
        } else {
            None
        }
    }

    /// Returns the number of bytes of the buffer.
    pub(crate) fn bytes(&self) -> usize {
        // SAFETY: filled before anybody saw the object; never changed.
        unsafe { self.view.len() }
    }

    /// Returns whether the memory must not be written to.
    pub(crate) fn readonly(&self) -> bool {
        // SAFETY: the view is held until the object is released.
        unsafe { self.view.readonly() }
    }

    /// Returns the exporter while the view is held; null for a view without one.
    ///
    /// # Safety
    /// The view is not taken out while the result is used.
    unsafe fn held(&self) -> Option<*mut ffi::PyObject> {
        // SAFETY: the view is filled in that state, and nobody takes it out meanwhile.
        (self.state.load(Ordering::Acquire) == HELD).then(|| unsafe { self.view.owner() })
    }

    /// Returns a new reference to the exporter, if the view is held and has one.
    pub(crate) fn exporter(&self) -> Option<Owned> {
        let _held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        // SAFETY: the view, which keeps its exporter alive, is only taken out under the lock.
        unsafe { Some(Obj::from_ptr_opt(self.held()?)?.new_ref()) }
    }

    /// Returns the reference to the exporter that is kept after a release, to drop it with the object.
    ///
    /// # Safety
    /// The object is being deallocated; the result is used once.
    unsafe fn released(&self) -> Option<Owned> {
        if self.state.load(Ordering::Acquire) != RELEASED {
            return None;
        }
        // SAFETY: written before that state was set; the reference is the object's own.
        unsafe { Obj::from_ptr_opt(self.view.owner()).map(|x| Owned::from_raw(x.as_ptr().cast::<Obj>())) }
    }

    /// Takes the view out. Only one caller gets it.
    fn take(&self, next: u8) -> Option<View> {
        let _held = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.state.compare_exchange(HELD, next, Ordering::AcqRel, Ordering::Acquire).ok()?;
        // SAFETY: it was filled, and nobody else can have won the exchange.
        Some(unsafe { self.view.take() })
    }

    /// Takes the view out at the end of the object, without the lock.
    ///
    /// # Safety
    /// The object is being deallocated, so no other thread uses it.
    unsafe fn take_last(&self) -> Option<View> {
        if self.state.load(Ordering::Acquire) != HELD {
            return None;
        }
        self.state.store(RELEASED, Ordering::Relaxed);
        // SAFETY: it was filled, and nobody else can take it.
        Some(unsafe { self.view.take() })
    }

    /// Unlocks the buffer; later calls do nothing.
    pub(crate) fn release(&self, py: Py<'_>) {
        let Some(view) = self.take(RELEASING) else { return };
        // SAFETY: the view keeps its exporter alive.
        let exporter = unsafe { Obj::from_ptr_opt(view.owner()) }.map(|x| weak_or_strong(py, x));
        // SAFETY: only the thread that set RELEASING writes this, and no thread reads it in that state.
        unsafe { self.view.set_owner(exporter.map_or(std::ptr::null_mut(), Owned::into_ptr)) };
        self.state.store(RELEASED, Ordering::Release);
        drop(view);
    }

    /// Fills `view` with `size` bytes at `data`, which lie in the buffer. The exporter itself lends them, so it keeps
    /// them for as long as the view lives, whether this cdata is released or not. Returns `false` and an empty view if
    /// the exporter cannot be asked or has other memory now.
    ///
    /// # Safety
    /// So many bytes lie at the address, in the buffer.
    pub(crate) unsafe fn lend(
        &self,
        py: Py<'_>,
        view: &mut ffi::Py_buffer,
        data: *mut u8,
        size: isize,
        flags: c_int,
    ) -> bool {
        view.obj = std::ptr::null_mut();
        let Some(exporter) = self.exporter().or_else(|| self.last_exporter(py)) else { return false };
        // SAFETY: the token proves that the thread is attached. The exporter fills the descriptor or raises, and this
        // code releases a descriptor that it does not use. It changes neither `obj` nor `internal`, which the release
        // reads.
        unsafe {
            if ffi::PyObject_GetBuffer(exporter.as_ptr(), view, flags & ffi::PyBUF_WRITABLE) < 0 {
                py.err_clear(Raised::already());
                view.obj = std::ptr::null_mut();
                return false;
            }
            if view.buf.cast::<u8>() != self.base.base.data() || view.len.cast_unsigned() < self.bytes() {
                ffi::PyBuffer_Release(view);
                view.obj = std::ptr::null_mut();
                return false;
            }
        }
        view.buf = data.cast();
        view.len = size;
        view.itemsize = 1;
        view.ndim = 1;
        let has = |flag: c_int| flags & flag == flag;
        view.format = if has(ffi::PyBUF_FORMAT) { c"B".as_ptr().cast_mut() } else { std::ptr::null_mut() };
        view.shape = if has(ffi::PyBUF_ND) { &raw mut view.len } else { std::ptr::null_mut() };
        view.strides = if has(ffi::PyBUF_STRIDES) { &raw mut view.itemsize } else { std::ptr::null_mut() };
        view.suboffsets = std::ptr::null_mut();
        true
    }

    /// Returns the exporter of a released view, while it is alive.
    fn last_exporter(&self, py: Py<'_>) -> Option<Owned> {
        if self.state.load(Ordering::Acquire) != RELEASED {
            return None;
        }
        // SAFETY: the owner was written before that state was set, and is only dropped with this object. A weak
        // reference that is called gives a new reference to its object, or `None`.
        unsafe {
            let kept = Obj::from_ptr_opt(self.view.owner())?;
            if ffi::PyWeakref_Check(kept.as_ptr()) == 0 {
                return Some(kept.new_ref());
            }
            match Owned::from_new(py, ffi::PyObject_CallNoArgs(kept.as_ptr())) {
                Ok(exporter) => Some(exporter).filter(|exporter| !exporter.is_none()),
                Err(raised) => {
                    py.err_clear(raised);
                    None
                }
            }
        }
    }

    /// Gets the exporter's buffer once more, if it has the address that it had before.
    #[cold]
    fn again(&self, py: Py<'_>) -> R<View> {
        if let Some(exporter) = self.last_exporter(py) {
            match View::get(py, &exporter, false) {
                Ok(view) if view.ptr() == self.base.base.data() && view.len() >= self.bytes() => {
                    return Ok(view);
                }
                Ok(_) => {}
                Err(raised) => py.err_clear(raised),
            }
        }
        Err(raise!(
            py,
            Runtime,
            "the buffer behind <cdata '{}' buffer RELEASED> is gone",
            self.base.base.ct().name()
        ))
    }
}

/// Returns whether the memory of a cdata is that of a Python buffer, which may have been released.
#[inline(always)]
pub(crate) fn shows_buffer(cd: &CData) -> bool {
    // SAFETY: the type is alive with the object.
    unsafe { (*cd.tp()).tp_traverse.is_some_and(|f| std::ptr::fn_addr_eq(f, traverse as ffi::traverseproc)) }
}

/// Returns the address of a cdata whose value is not in place, if its memory needs no further check: it is neither NULL
/// nor that of a Python buffer.
#[inline(always)]
pub(crate) fn steady_address(cd: &CData) -> Option<*mut u8> {
    let address = cd.address();
    (!null::is_null_page(address) && !shows_buffer(cd)).then_some(address)
}

/// Makes a weak reference to `obj`, or a strong one where it cannot have weak ones.
fn weak_or_strong(py: Py<'_>, obj: &Obj) -> Owned {
    // SAFETY: the token proves that the thread is attached; null means that there is no callback.
    match unsafe { Owned::from_new(py, ffi::PyWeakref_NewRef(obj.as_ptr(), std::ptr::null_mut())) } {
        Ok(weak) => weak,
        Err(raised) => {
            py.err_clear(raised);
            obj.new_ref()
        }
    }
}

/// Ensures that the memory of a cdata is valid before it is read or written: a released buffer is locked again for as
/// long as `lock`, an empty view, is kept.
///
/// # Errors
/// `RuntimeError` if the buffer is gone.
#[inline(always)]
pub(crate) fn guard(py: Py<'_>, cd: &CData, lock: &mut View) -> R<()> {
    if shows_buffer(cd) { look(py, cd, lock) } else { Ok(()) }
}

#[inline(never)]
fn look(py: Py<'_>, cd: &CData, lock: &mut View) -> R<()> {
    if let Some(from) = CDataFromBuf::behind(cd)
        && from.state.load(Ordering::Acquire) != HELD
    {
        *lock = from.again(py)?;
    }
    Ok(())
}

/// Ensures that the memory is valid before `value` is written there.
///
/// # Errors
/// Those of [`guard`], and `TypeError` if the exporter's memory is read-only.
#[inline(always)]
pub(crate) fn guard_write(py: Py<'_>, cd: &CData, value: Option<&Obj>, lock: &mut View) -> R<()> {
    if shows_buffer(cd) { look_before_write(py, cd, value, lock) } else { Ok(()) }
}

#[inline(never)]
fn look_before_write(py: Py<'_>, cd: &CData, value: Option<&Obj>, lock: &mut View) -> R<()> {
    let Some(from) = CDataFromBuf::behind(cd) else { return Ok(()) };
    if from.readonly() {
        return Err(raise!(py, Type, "cannot modify read-only memory"));
    }
    if from.state.load(Ordering::Acquire) == HELD {
        // The conversion of the value may run code that releases the buffer, so it is locked a second time.
        match value.filter(|v| !v.is_plain()).and_then(|_| from.exporter()) {
            Some(exporter) => return lock.fill(py, &exporter, false),
            None if from.state.load(Ordering::Acquire) == HELD => return Ok(()),
            None => {}
        }
    }
    *lock = from.again(py)?;
    Ok(())
}

/// Returns the text that the repr has after the type: `buffer len N from 'X' object`, `buffer from 'X' object` for
/// pointers, `buffer RELEASED`. Empty for cdata of other kinds.
pub(crate) fn describe(_py: Py<'_>, cd: &CData) -> R<String> {
    let Some(from) = CDataFromBuf::of(cd) else { return Ok(String::new()) };
    let owner = from.exporter();
    let Some(owner) = owner else { return Ok(String::from("buffer RELEASED")) };
    let name = owner.type_name();
    Ok(if cd.ct().is_array() {
        format!("buffer len {} from '{name}' object", cd.array_len())
    } else {
        format!("buffer from '{name}' object")
    })
}

/// `tp_dealloc`.
///
/// # Safety
/// Called by the interpreter with an object of this type, whose last reference is gone.
pub(crate) unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone. The buffer is unlocked after the object
    // is gone, since that may run other code.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        let cd = &*p.cast::<CDataFromBuf>();
        let exporter = cd.released();
        let view = cd.take_last();
        std::ptr::drop_in_place(&raw mut (*p.cast::<CDataFromBuf>()).lock);
        crate::value::dealloc::finish_dealloc(p, true);
        drop(view);
        drop(exporter);
    }
}

/// Visits the references of these cdata and of the views of their memory. [`shows_buffer`] recognizes both by this
/// function.
///
/// # Safety
/// Called by the garbage collector with an object of one of these types.
pub(crate) unsafe extern "C" fn traverse(
    p: *mut ffi::PyObject,
    visit: ffi::visitproc,
    arg: *mut c_void,
) -> c_int {
    // SAFETY: called by the garbage collector with a tracked object; what is visited is owned by it, and nobody
    // takes the view out meanwhile.
    unsafe {
        let Some(cd) = CDataFromBuf::of(&*p.cast::<CData>()) else {
            return super::kept::visit(p, visit, arg);
        };
        let owned = match cd.state.load(Ordering::Acquire) {
            HELD | RELEASED => cd.view.owner(),
            _ => std::ptr::null_mut(),
        };
        for q in [ffi::Py_TYPE(p).cast(), cd.base.base.ct().as_ptr(), owned] {
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

/// Makes the Python type. It needs no `tp_clear`: its references are set before other code sees the object, so every
/// cycle goes through another object that can be changed.
pub(crate) fn make_type(py: Py<'_>, module: &Obj, base: &Obj) -> R {
    // SAFETY: the functions give up and visit the members of this layout, which the garbage collector tracks.
    let (dealloc, traverse) = unsafe {
        (Entry::<CDataFromBuf, at::Dealloc>::new(dealloc), Entry::<CDataFromBuf, at::Traverse>::new(traverse))
    };
    let spec = TypeSpec::<CDataFromBuf>::new(c"_cffi_backend.__CDataFromBuf")
        .collected(traverse)
        .doc(DOC)
        .slot(at::Dealloc, dealloc)
        .slot(at::Call, crate::call::call_slot());
    // SAFETY: the base class is that of cdata, with which the layout begins; the type sets a deallocation that fits its blocks.
    unsafe { spec.make_subclass(py, module, base) }
}
