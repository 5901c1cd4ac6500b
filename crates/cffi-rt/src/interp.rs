//! The current interpreter, and functions that run when it ends.

use std::ffi::{CStr, c_void};
#[cfg(all(Py_3_12, not(Py_3_13), unix))]
use std::ffi::{c_int, c_ulong};

use pyo3_ffi as ffi;

use super::dict;
use super::err::{R, Raised};
use super::obj::{Obj, Owned};
use super::text;
use super::token::Py;

/// The identity of an interpreter, for comparison only. The address may be used again after [`at_end`] has reported its
/// end.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Interp(usize);

impl Interp {
    /// Returns the interpreter that the thread is attached to.
    pub fn current(_py: Py<'_>) -> Interp {
        // SAFETY: the token proves that the thread is attached.
        Interp(unsafe { ffi::PyInterpreterState_Get() }.addr())
    }

    /// Returns a number that is not zero and that no other interpreter has at the same time.
    #[inline]
    pub fn number(self) -> usize {
        self.0
    }
}

/// Returns whether the thread is attached to the main interpreter.
pub fn is_main(_py: Py<'_>) -> bool {
    // SAFETY: the token proves that the thread is attached.
    unsafe { ffi::PyInterpreterState_Get() == ffi::PyInterpreterState_Main() }
}

/// Returns whether the thread, which is attached, as it has objects, is attached to the main interpreter.
#[cfg(Py_GIL_DISABLED)]
pub(super) fn has_objects_of_main() -> bool {
    // SAFETY: the thread is attached: only attached threads have references to objects.
    unsafe { ffi::PyInterpreterState_Get() == ffi::PyInterpreterState_Main() }
}

/// Runs the garbage collector.
pub fn collect(_py: Py<'_>) {
    // SAFETY: the token proves that the thread is attached.
    unsafe { ffi::PyGC_Collect() };
}

/// Returns whether the thread is attached to the main interpreter, and there are others.
pub fn is_main_of_several(py: Py<'_>) -> bool {
    // SAFETY: the token proves that the thread is attached. The list of interpreters begins with the newest one, and only
    // addresses are compared.
    is_main(py) && unsafe { ffi::PyInterpreterState_Head() != ffi::PyInterpreterState_Main() }
}

/// Returns the object that [`keep`] was given under this name.
///
/// # Errors
/// `MemoryError`.
pub fn kept(py: Py<'_>, name: &str) -> R<Option<Owned>> {
    dict::get(py, own_dict(py)?, &*text::new_str(py, name)?)
}

/// Keeps an object until the interpreter ends. `name` is unique in the interpreter.
///
/// # Errors
/// `MemoryError`.
pub fn keep(py: Py<'_>, name: &str, value: &Obj) -> R<()> {
    dict::set(py, own_dict(py)?, &*text::new_str(py, name)?, value)
}

/// Returns the dict that the interpreter has for extension modules.
fn own_dict<'py>(py: Py<'py>) -> R<&'py Obj> {
    // SAFETY: the token proves that the thread is attached; the dict is borrowed from its interpreter.
    let dict = unsafe { Obj::from_ptr_opt(ffi::PyInterpreterState_GetDict(ffi::PyInterpreterState_Get())) };
    dict.ok_or_else(|| py.no_memory())
}

/// Returns whether the calling thread's interpreter uses the lock and the memory of the main one, so that each can use
/// objects of the other. CPython lets such interpreters share the objects of extension modules that allow it.
pub fn shares_with_main(py: Py<'_>) -> bool {
    is_main(py) || has_main_lock(py)
}

/// Returns true: before 3.12 there is one lock.
#[cfg(not(Py_3_12))]
fn has_main_lock(_py: Py<'_>) -> bool {
    true
}

/// Returns whether the interpreter uses the main interpreter's lock. No function tells that, but an interpreter with a
/// separate lock has separate memory and checks extension modules, and one with the main lock does neither. Returns
/// false if the function that reads the flags is not found.
#[cfg(all(Py_3_12, not(Py_3_13), unix))]
fn has_main_lock(_py: Py<'_>) -> bool {
    const USE_MAIN_OBMALLOC: c_ulong = 1 << 5;
    const CHECK_EXTENSIONS: c_ulong = 1 << 8;
    type HasFeature = unsafe extern "C" fn(*mut ffi::PyInterpreterState, c_ulong) -> c_int;
    // SAFETY: the function has this type in the version that has it; the interpreter is alive, as the thread is attached.
    unsafe {
        let function = libc::dlsym(libc::RTLD_DEFAULT, c"_PyInterpreterState_HasFeature".as_ptr());
        if function.is_null() {
            return false;
        }
        let has = std::mem::transmute::<*mut c_void, HasFeature>(function);
        let here = ffi::PyInterpreterState_Get();
        has(here, USE_MAIN_OBMALLOC) != 0 && has(here, CHECK_EXTENSIONS) == 0
    }
}

/// Returns false, as the function that reads the flags cannot be looked up.
#[cfg(all(Py_3_12, not(Py_3_13), not(unix)))]
fn has_main_lock(_py: Py<'_>) -> bool {
    false
}

/// Returns whether the interpreter uses the main interpreter's memory, and need not check extension modules. The
/// private module that `concurrent.interpreters` is made of tells it; without that module the answer is false.
#[cfg(Py_3_13)]
fn has_main_lock(py: Py<'_>) -> bool {
    let told = || {
        let module = import(py, c"_interpreters")?;
        let current = module.getattr_str(py, "get_current")?.call(py, &[])?;
        let Some(id) = super::seq::Seq::of(&current).and_then(|current| current.get(0)) else {
            return Ok(false);
        };
        let config = module.getattr_str(py, "get_config")?.call(py, &[&*id])?;
        let uses_memory = config.getattr_str(py, "use_main_obmalloc")?.is_true(py)?;
        Ok(uses_memory && !config.getattr_str(py, "check_multi_interp_extensions")?.is_true(py)?)
    };
    told().unwrap_or_else(|raised| {
        py.err_clear(raised);
        false
    })
}

/// Imports a module.
///
/// # Errors
/// Whatever the import raises.
pub fn import(py: Py<'_>, name: &CStr) -> R {
    // SAFETY: the token proves that the thread is attached; the name is a C string.
    unsafe { Owned::from_new(py, ffi::PyImport_ImportModule(name.as_ptr())) }
}

/// Returns the number of the interpreter, which no other one gets later.
pub fn id(_py: Py<'_>) -> i64 {
    // SAFETY: the token proves that the thread is attached, so there is an interpreter.
    unsafe { ffi::PyInterpreterState_GetID(ffi::PyInterpreterState_Get()) }
}

/// A reference to an object of one interpreter, for places that threads of all interpreters reach. If it is dropped, the
/// reference is never given up.
pub struct Reference {
    object: *mut Obj,
    interpreter: i64,
}

// SAFETY: the object is only reached by threads that are attached to its interpreter, as those that share it are.
unsafe impl Send for Reference {}
// SAFETY: the object is only reached by threads that are attached to its interpreter, as those that share it are.
unsafe impl Sync for Reference {}

impl Reference {
    /// Keeps a reference, of the interpreter that the thread is attached to.
    pub fn new(py: Py<'_>, object: Owned) -> Reference {
        Reference { object: object.into_raw(), interpreter: id(py) }
    }

    /// Returns the object if it is of the interpreter that the thread is attached to.
    pub fn get<'a>(&'a self, py: Py<'a>) -> Option<&'a Obj> {
        // SAFETY: the reference keeps the object alive, and the thread is attached to its interpreter.
        (self.interpreter == id(py)).then(|| unsafe { &*self.object })
    }

    /// Gives the reference up if it is of the interpreter that the thread is attached to.
    pub fn give_up(self, py: Py<'_>) {
        if self.interpreter == id(py) {
            // SAFETY: the reference belongs to this value, which is gone; the thread is attached to the interpreter.
            drop(unsafe { Owned::from_raw(self.object) });
        }
    }
}

/// Compiles the text of a module and runs it with these globals. `name` is the name of the file in tracebacks.
///
/// # Errors
/// Whatever the code raises.
pub fn run(py: Py<'_>, code: &CStr, name: &CStr, globals: &Obj) -> R<()> {
    // SAFETY: the token proves that the thread is attached; both texts are C strings, and the dict is alive.
    unsafe {
        let code =
            Owned::from_new(py, ffi::Py_CompileString(code.as_ptr(), name.as_ptr(), ffi::Py_file_input))?;
        Owned::from_new(py, ffi::PyEval_EvalCode(code.as_ptr(), globals.as_ptr(), globals.as_ptr()))?;
    }
    Ok(())
}

/// Returns a module that has been imported, or is being imported, without importing it.
///
/// # Errors
/// `MemoryError`, and whatever the look-up in `sys.modules` raises.
pub fn imported(py: Py<'_>, name: &str) -> R<Option<Owned>> {
    // SAFETY: the token proves that the thread is attached; the interpreter keeps the dict that it lends.
    let modules = unsafe { Obj::from_ptr(ffi::PyImport_GetModuleDict()) };
    let name = text::new_str(py, name)?;
    dict::get(py, modules, &name)
}

/// A function that is called when an interpreter ends, with the thread that ends it attached.
pub type AtEnd = fn(Py<'_>, Interp);

/// Registers `f` to be called when the current interpreter ends, after its modules are gone. A second registration
/// under the same name does nothing.
pub fn at_end(py: Py<'_>, name: &'static CStr, f: AtEnd) -> R<()> {
    let dict = own_dict(py)?;
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

/// Destroys the capsule, because the interpreter has dropped its dict.
unsafe extern "C" fn ended(capsule: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter, attached, for a capsule made in `at_end`; if the context is null, nothing was
    // registered.
    unsafe {
        let interp = ffi::PyCapsule_GetContext(capsule);
        let function = ffi::PyCapsule_GetPointer(capsule, ffi::PyCapsule_GetName(capsule));
        if !interp.is_null() && !function.is_null() {
            let f = std::mem::transmute::<*mut c_void, AtEnd>(function);
            f(Py::assume(), Interp(interp.addr()));
        }
    }
}

/// The function that [`when_ended`] keeps.
type Last = Box<dyn FnOnce(Py<'_>)>;

/// Registers `f` to be called once when the current interpreter ends: after its modules are gone, and before its last
/// garbage collection. `key` is unique in the process.
pub fn when_ended(py: Py<'_>, key: &str, f: impl FnOnce(Py<'_>) + 'static) -> R<()> {
    let dict = own_dict(py)?;
    let key = text::new_str(py, key)?;
    let last: Last = Box::new(f);
    let last = Box::into_raw(Box::new(last));
    // SAFETY: attached; not null, the name is static. The capsule takes the box over; without one it is dropped here.
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
