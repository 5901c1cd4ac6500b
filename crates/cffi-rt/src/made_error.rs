//! Exception objects, made without a call of their class, and the arguments of those with fixed texts. These are made once
//! and used again, because programs fail often in the same places.
//!
//! One interpreter of the process has the table of arguments: the first that asks for it. The others make their arguments
//! anew. The functions return new references as addresses, as those of the interpreter do, since the errors of this crate
//! build on this file.

use std::ptr::null_mut;
use std::sync::atomic::{AtomicUsize, Ordering};

use pyo3_ffi as ffi;

use super::guarded::InTurn;
use super::token::Py;

/// The number of texts that are kept.
const PLACES: usize = 32;

/// Whether texts are kept. Without a GIL all threads would contend for the counts of the objects.
const KEEPS: bool = cfg!(not(Py_GIL_DISABLED));

/// A text, and the tuple that contains it: null, or a reference that the table owns.
struct Kept {
    text: &'static str,
    arguments: *mut ffi::PyObject,
}

// SAFETY: only attached threads of the interpreter that has the table use its objects.
unsafe impl Send for Kept {}

static TABLE: InTurn<[Kept; PLACES]> =
    InTurn::new([const { Kept { text: "", arguments: null_mut() } }; PLACES]);

/// The number of the interpreter that has the table, or zero.
static OWNER: AtomicUsize = AtomicUsize::new(0);

/// Returns the number of the interpreter that the thread is attached to.
fn here(_py: Py<'_>) -> usize {
    // SAFETY: the token proves that the thread is attached.
    unsafe { ffi::PyInterpreterState_Get() }.addr()
}

/// Returns whether no interpreter has the table, and there may be one.
pub(super) fn is_free() -> bool {
    KEEPS && OWNER.load(Ordering::Acquire) == 0
}

/// Gives the table to the current interpreter, which will call [`forget`] when it ends, if no other one has it.
pub(super) fn take(py: Py<'_>) {
    let _ = OWNER.compare_exchange(0, here(py), Ordering::AcqRel, Ordering::Acquire);
}

/// Empties the table, if the interpreter of this number has it. The thread is attached to that interpreter.
pub(super) fn forget(py: Py<'_>, interp: usize) {
    if OWNER.load(Ordering::Acquire) != interp {
        return;
    }
    for place in 0..PLACES {
        // SAFETY: the thread is attached to the interpreter that has the table, whose reference is given up once.
        unsafe {
            let old = TABLE.with(py, |table| std::mem::replace(&mut table[place].arguments, null_mut()));
            ffi::Py_XDECREF(old);
        }
    }
    OWNER.store(0, Ordering::Release);
}

/// Returns a tuple of this text; null with an exception if there is no memory.
pub(super) fn arguments(py: Py<'_>, text: &'static str) -> *mut ffi::PyObject {
    if !KEEPS || OWNER.load(Ordering::Acquire) != here(py) {
        return new(py, text);
    }
    let place = (text.as_ptr().addr() ^ (text.as_ptr().addr() >> 5) ^ text.len()) % PLACES;
    // SAFETY: the thread is attached to the interpreter that has the table. Its objects are alive, and the closures run no
    // Python code; an old tuple is given up afterwards.
    unsafe {
        let known = TABLE.with(py, |table| match &table[place] {
            kept if std::ptr::eq(kept.text, text) => kept.arguments,
            _ => null_mut(),
        });
        if !known.is_null() {
            return ffi::Py_NewRef(known);
        }
        let made = new(py, text);
        if !made.is_null() {
            let kept = Kept { text, arguments: ffi::Py_NewRef(made) };
            let old = TABLE.with(py, |table| std::mem::replace(&mut table[place], kept));
            ffi::Py_XDECREF(old.arguments);
        }
        made
    }
}

fn new(_py: Py<'_>, text: &str) -> *mut ffi::PyObject {
    // SAFETY: the token proves that the thread is attached; pointer and length describe `text`, which is UTF-8. The reference
    // to the object for it is given up here.
    unsafe {
        let object = ffi::PyUnicode_FromStringAndSize(text.as_ptr().cast(), text.len().cast_signed());
        if object.is_null() {
            return null_mut();
        }
        let tuple = ffi::PyTuple_Pack(1, object);
        ffi::Py_DECREF(object);
        tuple
    }
}

/// Makes an exception of a class with these arguments, as a call of the class does; null with an exception if that fails.
/// Returns `None` for classes that do more than to keep the arguments.
///
/// # Safety
/// `arguments` is a tuple, and both objects are alive.
pub(super) unsafe fn exception(
    _py: Py<'_>,
    class: *mut ffi::PyObject,
    arguments: *mut ffi::PyObject,
) -> Option<*mut ffi::PyObject> {
    let class = class.cast::<ffi::PyTypeObject>();
    // SAFETY: the token proves that the thread is attached. Both are classes, the given one after the check. The slot gets a
    // class and a tuple. `AttributeError` has members that only keyword arguments set.
    unsafe {
        let base = ffi::PyExc_BaseException.cast::<ffi::PyTypeObject>();
        let address = |slot: Option<ffi::initproc>| slot.map_or(0, |slot| slot as usize);
        if ffi::PyExceptionClass_Check(class.cast()) == 0 {
            return None;
        }
        let plain = ffi::PyType_HasFeature(class, ffi::Py_TPFLAGS_HEAPTYPE) == 0
            && (address((*class).tp_init) == address((*base).tp_init)
                || class.cast() == ffi::PyExc_AttributeError);
        let (new, of_base) = ((*class).tp_new?, (*base).tp_new?);
        (plain && new as usize == of_base as usize).then(|| new(class, arguments, null_mut()))
    }
}

/// Makes an exception with a text object, as [`exception`] does with arguments.
///
/// # Safety
/// Both objects are alive.
pub(super) unsafe fn exception_of_text(
    py: Py<'_>,
    class: *mut ffi::PyObject,
    text: *mut ffi::PyObject,
) -> Option<*mut ffi::PyObject> {
    // SAFETY: the token proves that the thread is attached, and the text is alive. The reference to the tuple is given up
    // here.
    unsafe {
        let arguments = ffi::PyTuple_New(1);
        if arguments.is_null() {
            return Some(null_mut());
        }
        ffi::PyTuple_SET_ITEM(arguments, 0, ffi::Py_NewRef(text));
        let made = exception(py, class, arguments);
        ffi::Py_DECREF(arguments);
        made
    }
}
