//! Which interpreter runs, and what has to happen when it ends.

use std::ffi::{CStr, c_void};

use pyo3_ffi as ffi;

use super::dict;
use super::err::{R, Raised};
use super::obj::{Obj, Owned};
use super::text;
use super::token::Py;

/// An interpreter, only to be compared. The address may be used again once [`at_end`] has been told of its end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interp(usize);

impl Interp {
    /// The interpreter that the thread is attached to.
    pub fn current(_py: Py<'_>) -> Interp {
        // SAFETY: the token proves that the thread is attached.
        Interp(unsafe { ffi::PyInterpreterState_Get() }.addr())
    }

    /// A number that no other interpreter has at the same time, and that is not zero.
    #[inline]
    pub fn number(self) -> usize {
        self.0
    }
}

/// What is called when an interpreter ends, with the thread that ends it attached.
pub type AtEnd = fn(Py<'_>, Interp);

/// Has `f` called when the current interpreter ends: late, when its modules are gone. A second registration
/// under the same name does nothing.
pub fn at_end(py: Py<'_>, name: &'static CStr, f: AtEnd) -> R<()> {
    // SAFETY: attached; the dict is borrowed from the interpreter.
    let dict = unsafe { Obj::from_ptr_opt(ffi::PyInterpreterState_GetDict(ffi::PyInterpreterState_Get())) };
    let Some(dict) = dict else { return Err(py.no_memory()) };
    let key = text::new_str(py, &name.to_string_lossy())?;
    if dict::get(py, dict, &key)?.is_some() {
        return Ok(());
    }
    // SAFETY: attached; a function's address is not null, the name lives as long as the process.
    let capsule = unsafe {
        let capsule = ffi::PyCapsule_New(f as *mut c_void, name.as_ptr(), Some(ended));
        let capsule = Owned::from_new(py, capsule)?;
        if ffi::PyCapsule_SetContext(capsule.as_ptr(), ffi::PyInterpreterState_Get().cast()) != 0 {
            return Err(Raised::already());
        }
        capsule
    };
    dict::set(py, dict, &key, &capsule)
}

/// The capsule's destructor: the interpreter has given up its dict.
unsafe extern "C" fn ended(capsule: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter, attached, for a capsule made in `at_end`; where the context is null
    // nothing was registered.
    unsafe {
        let interp = ffi::PyCapsule_GetContext(capsule);
        let function = ffi::PyCapsule_GetPointer(capsule, ffi::PyCapsule_GetName(capsule));
        if !interp.is_null() && !function.is_null() {
            let f = std::mem::transmute::<*mut c_void, AtEnd>(function);
            f(Py::assume(), Interp(interp.addr()));
        }
    }
}

/// What [`when_ended`] keeps.
type Last = Box<dyn FnOnce(Py<'_>)>;

/// Has `f` called once when the current interpreter ends: after its modules are gone, and before its last garbage
/// collection. `key` is unique in the process.
pub fn when_ended(py: Py<'_>, key: &str, f: impl FnOnce(Py<'_>) + 'static) -> R<()> {
    // SAFETY: attached; the dict is borrowed from the interpreter.
    let dict = unsafe { Obj::from_ptr_opt(ffi::PyInterpreterState_GetDict(ffi::PyInterpreterState_Get())) };
    let Some(dict) = dict else { return Err(py.no_memory()) };
    let key = text::new_str(py, key)?;
    let last: Last = Box::new(f);
    let last = Box::into_raw(Box::new(last));
    // SAFETY: attached; not null, the name is static. The capsule takes the box over; without one it goes here.
    let capsule = unsafe {
        let capsule = ffi::PyCapsule_New(last.cast(), LAST.as_ptr(), Some(run_last));
        if capsule.is_null() {
            drop(Box::from_raw(last));
        }
        Owned::from_new(py, capsule)?
    };
    dict::set(py, dict, &key, &capsule)
}

const LAST: &CStr = c"ferrocffi.last";

unsafe extern "C" fn run_last(capsule: *mut ffi::PyObject) {
    // SAFETY: called once, attached, for a capsule made in `when_ended`, which owns the box.
    unsafe {
        let last = ffi::PyCapsule_GetPointer(capsule, LAST.as_ptr()).cast::<Last>();
        if !last.is_null() {
            Box::from_raw(last)(Py::assume());
        }
    }
}
