//! `ffi.buffer`: C memory under Python's buffer protocol.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int, c_void};
use std::mem::offset_of;
use std::ops::Deref;

use pyo3_ffi as ffi;

use super::from_buffer::{self, CDataFromBuf};
use super::{extent, gcp, reach};
use crate::memory::Scalars;
use crate::value::object::{CData, Owner};
use cffi_rt::args::{self, Args, Params, Place};
use cffi_rt::at::{self, Entry};
use cffi_rt::buffer::View;
use cffi_rt::slots::{Call, CompareOp, guard, slot, vectorcall};
use cffi_rt::table::{Member, Table};
use cffi_rt::types::{self, TypeSpec, alloc_gc, track};
use cffi_rt::{Exc, Obj, Owned, Py, PyLayout, R, Raised, num, raise, text, trash};

/// Bytes of C memory, and the cdata that keeps them alive.
#[repr(C)]
pub(crate) struct Buffer {
    header: UnsafeCell<ffi::PyObject>,
    data: *mut u8,
    size: isize,
    keep: Owned<CData>,
    /// Managed by the interpreter.
    weakrefs: UnsafeCell<*mut ffi::PyObject>,
}

const DOC: &CStr = c"buffer(cdata, size=-1)
--

C memory as a writable buffer: `size` bytes from where a pointer or array cdata points, by default
as many as its type says. Slices are `bytes`; assigning to items and slices changes the memory. Any
function that takes a buffer can work on it without a copy. Keeps the cdata alive.

    >>> p = ffi.new('char[]', b'abc')
    >>> buffer(p)[0:2]
    b'ab'";

const PARAMS: Params = Params { function: "buffer", names: &["cdata", "size"], required: 1 };

impl Deref for Buffer {
    type Target = Obj;
    fn deref(&self) -> &Obj {
        // SAFETY: a Buffer begins with the object header and is alive.
        unsafe { Obj::from_ptr(self.header.get()) }
    }
}

// SAFETY: repr(C) with the header first; no other type has this function, since the type cannot be subclassed.
unsafe impl PyLayout for Buffer {
    fn check(obj: &Obj) -> bool {
        // SAFETY: the type is alive with the object.
        let visit = unsafe { (*obj.tp()).tp_traverse };
        visit.is_some_and(|f| std::ptr::fn_addr_eq(f, traverse as ffi::traverseproc))
    }
}

/// Makes the buffer for the arguments of `buffer(...)`.
pub(crate) fn new(py: Py<'_>, args: Args<'_>) -> R {
    let [Some(cd), size] = args.bind(py, &PARAMS)? else { return Err(py.no_memory()) };
    let cd = Place { function: "buffer", number: 1 }.exact::<CData>(py, cd)?;
    let size = size_of(py, cd, args::ssize_or(py, size, -1)?)?;
    if cd.data().is_null() && size > 0 {
        return Err(raise!(py, Runtime, "cannot use buffer() on {}", text::repr(py, cd)?));
    }
    let mut lock = View::none();
    from_buffer::guard(py, cd, &mut lock)?;
    // SAFETY: the type has this layout; all members are written before the object is tracked.
    unsafe {
        let p = alloc_gc::<Buffer>(py, cd.state().types.buffer)?;
        (&raw mut (*p).data).write(cd.data());
        (&raw mut (*p).size).write(size);
        (&raw mut (*p).keep).write(cd.new_ref());
        (*p).weakrefs.get().write(std::ptr::null_mut());
        if cd.is_tracked() {
            gcp::pin(py, cd);
        }
        track(p.cast());
        Ok(Owned::from_raw(p.cast()))
    }
}

/// Returns the size of the new buffer in bytes: `asked`, or the size of the type if that is negative.
fn size_of(py: Py<'_>, cd: &CData, asked: isize) -> R<isize> {
    let ct = cd.ct();
    if !ct.is_pointer_or_array() {
        return Err(raise!(py, Type, "expected a pointer or array cdata, got '{}'", ct.name()));
    }
    if asked < 0 {
        return match extent::by_type(cd) {
            Some(size) => Ok(size.cast_signed()),
            None => Err(raise!(py, Type, "don't know the size pointed to by '{}'", ct.name())),
        };
    }
    if matches!(cd.owner(), Owner::Own | Owner::OwnGc) {
        let owned = extent::by_type(cd).map_or(-1, usize::cast_signed);
        if asked > owned {
            warn_beyond(py, asked, owned)?;
        }
    }
    Ok(asked)
}

#[cold]
fn warn_beyond(py: Py<'_>, asked: isize, owned: isize) -> R<()> {
    let message = format!(
        "ffi.buffer(cdata, bytes): creating a buffer of {asked} bytes over a cdata that owns only {} bytes.  \
         This will crash if you access the extra memory",
        owned.cast_unsigned()
    );
    py.warn(Exc::UserWarning, &message)
}

impl Buffer {
    /// Copies `len` bytes from `at`, both within the buffer.
    fn copy(&self, py: Py<'_>, at: isize, len: isize) -> R {
        let mut lock = View::none();
        from_buffer::guard(py, &self.keep, &mut lock)?;
        self.part(at, len).map_or_else(|| text::new_bytes(py, &[]), |part| part.to_bytes(py))
    }

    /// Returns the bytes in memory, which may still need a check.
    fn memory(&self) -> Scalars<'_, u8> {
        // SAFETY: the cdata has so many bytes, or the program has said so, and the buffer keeps the cdata.
        unsafe { Scalars::new(self.data, self.size.max(0).cast_unsigned()) }
    }

    /// Returns `len` bytes from `at` on, if the buffer has them.
    fn part(&self, at: isize, len: isize) -> Option<Scalars<'_, u8>> {
        self.memory().part(usize::try_from(at).ok()?, usize::try_from(len).ok()?)
    }
}

fn len(_py: Py<'_>, b: &Buffer) -> R<isize> {
    Ok(b.size)
}

/// `b[i]` for sequences.
pub(crate) fn item(py: Py<'_>, b: &Buffer, i: isize) -> R {
    if i < 0 || i >= b.size {
        return Err(raise!(py, Index, "buffer index out of range"));
    }
    b.copy(py, i, 1)
}

/// `b[i] = v` for sequences.
pub(crate) fn set_item(py: Py<'_>, b: &Buffer, i: isize, value: Option<&Obj>) -> R<()> {
    let Some(value) = value else { return Err(no_delete(py)) };
    if i < 0 || i >= b.size {
        return Err(raise!(py, Index, "buffer assignment index out of range"));
    }
    let Some([byte]) = value.as_bytes() else {
        return Err(raise!(py, Type, "must assign a bytes of length 1, not {}", value.type_name()));
    };
    let mut lock = View::none();
    from_buffer::guard_write(py, &b.keep, None, &mut lock)?;
    b.memory().set(i.cast_unsigned(), *byte);
    Ok(())
}

#[cold]
fn no_delete(py: Py<'_>) -> Raised {
    raise!(py, Type, "'del x[n]' not supported for buffer objects")
}

impl Buffer {
    /// Returns the address and the number of the bytes, and the cdata that has them.
    pub(crate) fn bytes(&self) -> (*mut u8, isize, &CData) {
        (self.data, self.size, &self.keep)
    }
}

/// The bytes that a subscript selects.
pub(crate) enum Selected {
    Item(isize),
    /// The start and the number of the bytes, within the buffer.
    Slice(isize, isize),
}

/// Returns the bytes that a subscript selects. An item may lie outside of the buffer.
pub(crate) fn select(py: Py<'_>, b: &Buffer, key: &Obj) -> R<Selected> {
    // SAFETY: attached; `key` is alive, and a slice where it is used as one.
    unsafe {
        if ffi::PyIndex_Check(key.as_ptr()) != 0 {
            let i = num::index(py, key, Exc::Index)?;
            return Ok(Selected::Item(if i < 0 { i + b.size } else { i }));
        }
        if ffi::PySlice_Check(key.as_ptr()) == 0 {
            return Err(raise!(py, Type, "buffer indices must be integers, not {}", key.type_name()));
        }
        let (mut start, mut stop, mut step) = (0, 0, 0);
        if ffi::PySlice_Unpack(key.as_ptr(), &mut start, &mut stop, &mut step) < 0 {
            return Err(Raised::already());
        }
        let n = ffi::PySlice_AdjustIndices(b.size, &mut start, &mut stop, step);
        if step != 1 {
            return Err(raise!(py, Type, "buffer doesn't support slicing with step != 1"));
        }
        Ok(Selected::Slice(start, n))
    }
}

/// `b[i]` and `b[i:j]`.
pub(crate) fn subscript(py: Py<'_>, b: &Buffer, key: &Obj) -> R {
    match select(py, b, key)? {
        Selected::Item(i) => item(py, b, i),
        Selected::Slice(start, n) => b.copy(py, start, n),
    }
}

/// `b[i] = v` and `b[i:j] = v`.
pub(crate) fn set_subscript(py: Py<'_>, b: &Buffer, key: &Obj, value: Option<&Obj>) -> R<()> {
    let Some(value) = value else { return Err(no_delete(py)) };
    match select(py, b, key)? {
        Selected::Item(i) => set_item(py, b, i, Some(value)),
        Selected::Slice(start, n) => {
            let mut lock = View::none();
            let source = extent::Bytes::readable(py, value, &mut lock)?;
            if source.len().is_some_and(|have| have != n.cast_unsigned()) {
                return Err(raise!(py, Value, "right operand length must match slice length"));
            }
            if n == 0 {
                return Ok(());
            }
            source.refuse_null(py, value, "buffer")?;
            let mut lock = View::none();
            from_buffer::guard_write(py, &b.keep, None, &mut lock)?;
            b.part(start, n).map(|part| reach::copy_into(part, &source));
            Ok(())
        }
    }
}

/// Compares the bytes with an object that has a buffer.
pub(crate) fn compare(py: Py<'_>, b: &Buffer, other: &Obj, op: CompareOp) -> R {
    if other.is_str() {
        return Ok(py.not_implemented());
    }
    let (mine, theirs) = match View::get(py, b, false).and_then(|m| Ok((m, View::get(py, other, false)?))) {
        Ok(views) => views,
        Err(raised) => {
            py.err_clear(raised);
            return Ok(py.not_implemented());
        }
    };
    if mine.len() != theirs.len() && matches!(op, CompareOp::Eq | CompareOp::Ne) {
        return Ok(py.bool(op == CompareOp::Ne));
    }
    // SAFETY: no other code runs while the slices live.
    let order = unsafe { mine.bytes().cmp(theirs.bytes()) };
    Ok(py.bool(op.holds(order)))
}

/// `bf_getbuffer`.
///
/// # Safety
/// Called by the interpreter with a [`Buffer`] and a descriptor to fill.
pub(crate) unsafe extern "C" fn get_buffer(
    p: *mut ffi::PyObject,
    view: *mut ffi::Py_buffer,
    flags: c_int,
) -> c_int {
    // SAFETY: called by the interpreter; the object and its cdata live as long as the view.
    unsafe {
        guard(|py| {
            let b = &*p.cast::<Buffer>();
            if let Some(from) = CDataFromBuf::behind(&b.keep)
                && from.lend(py, &mut *view, b.data, b.size, flags)
            {
                return Ok(());
            }
            if let Err(raised) = from_buffer::guard(py, &b.keep, &mut View::none()) {
                (*view).obj = std::ptr::null_mut();
                return Err(raised);
            }
            let readonly = CDataFromBuf::behind(&b.keep).is_some_and(CDataFromBuf::readonly);
            match ffi::PyBuffer_FillInfo(view, p, b.data.cast(), b.size, readonly.into(), flags) {
                0 => Ok(()),
                _ => Err(Raised::already()),
            }
        })
    }
}

/// The call of the class.
struct Make;

impl Call for Make {
    type Receiver = Obj;

    unsafe fn call(py: Py<'_>, _class: &Obj, args: Args<'_>) -> R {
        new(py, args)
    }
}

unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone.
    unsafe {
        ffi::PyObject_GC_UnTrack(p.cast());
        let b = p.cast::<Buffer>();
        types::clear_weakrefs(p, *(*b).weakrefs.get());
        let keep = (&raw mut (*b).keep).read();
        types::free(p, true);
        if keep.is_tracked() {
            gcp::unpin(Py::assume(), &keep);
        }
        trash::release(keep.into_obj());
    }
}

unsafe extern "C" fn traverse(p: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the garbage collector with a tracked object; what is visited is owned by it.
    unsafe {
        match visit(ffi::Py_TYPE(p).cast(), arg) {
            0 => visit((*p.cast::<Buffer>()).keep.as_ptr(), arg),
            r => r,
        }
    }
}

static MEMBERS: Table<Member<Buffer>, 2> = Table::members([
    // SAFETY: the member is null in a new object, and this file hands it to the interpreter alone.
    unsafe { Member::weak_references(offset_of!(Buffer, weakrefs)) },
    Member::END,
]);

/// Makes the Python type. It needs no `tp_clear`: its reference is set before other code sees the object, so every
/// cycle goes through another object that can be changed.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    // SAFETY: the functions work on the members of this layout, which the garbage collector tracks.
    let (dealloc, traverse, get_buffer) = unsafe {
        (
            Entry::<Buffer, at::Dealloc>::new(dealloc),
            Entry::<Buffer, at::Traverse>::new(traverse),
            Entry::<Buffer, at::GetBuffer>::new(get_buffer),
        )
    };
    let made = TypeSpec::new(c"_cffi_backend.buffer")
        .with_instances()
        .collected(traverse)
        .doc(DOC)
        // It is only called by its name: a call of the type goes through `vectorcall`.
        .slot(at::New, slot!(make Buffer, new))
        .slot(at::Dealloc, dealloc)
        .members(&MEMBERS)
        .slot(at::Compare, slot!(compare Buffer, compare))
        .slot(at::GetBuffer, get_buffer)
        .slot(at::SequenceLen, slot!(unary Buffer, isize, len))
        .slot(at::Item, slot!(item Buffer, item))
        .slot(at::AssignItem, slot!(assign_item Buffer, set_item))
        .slot(at::MappingLen, slot!(unary Buffer, isize, len))
        .slot(at::Subscript, slot!(subscript Buffer, subscript))
        .slot(at::AssignSubscript, slot!(assign Buffer, set_subscript))
        .make(py, module)?;
    // SAFETY: a new type object that other code has not seen yet; before 3.14 no slot sets this member.
    unsafe { (*made.as_ptr().cast::<ffi::PyTypeObject>()).tp_vectorcall = Some(vectorcall::<Make>) };
    Ok(made)
}
