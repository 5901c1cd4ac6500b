//! Multi-phase initialization: the definition of the module and the function that fills a new module object.

use std::ffi::{CStr, c_int, c_void};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};

use pyo3_ffi as ffi;

use super::{constants, names, stock};
use crate::callback;
use crate::state::front::Front;
use crate::state::hooks::Hooks;
use crate::state::symbols::Symbols;
use crate::state::types::Types;
use crate::state::version;
use crate::state::{Module, ModuleCell, State};
use crate::state::{handles, intern};
use crate::{call, cdata, checked, convert, ctype, exports, ffi_obj, front, lib_obj, library, native};
use cffi_rt::function;
use cffi_rt::interp::when_ended;
use cffi_rt::life::Life;
use cffi_rt::module::Slots;
use cffi_rt::note::Notes;
use cffi_rt::obj::{OnceRef, SharedRef};
use cffi_rt::spare::Spare;
use cffi_rt::{Obj, Owned, Py, R, Raised, raise, types as rt_types};

/// The slots of the definition.
static SLOTS: Slots = Slots::executing(exec);

/// The definition. CPython writes into its base when the first module is made from it.
struct Definition(std::cell::UnsafeCell<ffi::PyModuleDef>);

// SAFETY: only CPython writes to it, in `PyModuleDef_Init`, with its own locking.
unsafe impl Sync for Definition {}

static DEFINITION: Definition = Definition(std::cell::UnsafeCell::new(ffi::PyModuleDef {
    m_base: ffi::PyModuleDef_HEAD_INIT,
    m_name: c"_cffi_backend".as_ptr(),
    m_doc: c"The core of cffi: C types, C data, calls, callbacks and libraries.

This is ferrocffi, a drop-in replacement of the backend that the cffi package ships. Programs use it
through `cffi.FFI` and through modules that cffi has compiled; the functions here are what those call."
        .as_ptr(),
    m_size: size_of::<ModuleCell>() as ffi::Py_ssize_t,
    // With a GIL `add_functions` sets them in less time.
    m_methods: if cfg!(Py_GIL_DISABLED) { names::FUNCTIONS.as_slot().cast() } else { std::ptr::null_mut() },
    m_slots: SLOTS.as_ptr().cast(),
    m_traverse: Some(traverse),
    m_clear: Some(clear),
    m_free: Some(free),
}));

/// Returns the definition of the module. The import system calls this function, by the name of the package.
#[unsafe(no_mangle)]
#[allow(unreachable_pub, reason = "found by its symbol")]
pub extern "C" fn PyInit__cffi_backend() -> *mut ffi::PyObject {
    // SAFETY: called by the import system with an attached thread; the definition is static.
    unsafe { ffi::PyModuleDef_Init(DEFINITION.0.get()) }
}

/// Returns the state that CPython keeps for the module object.
///
/// # Safety
/// The module is alive, and was made from this definition.
unsafe fn cell(module: *mut ffi::PyObject) -> *mut ModuleCell {
    // SAFETY: the module was made from this definition, which asks for such a state.
    unsafe { ffi::PyModule_GetState(module).cast() }
}

unsafe extern "C" fn exec(module: *mut ffi::PyObject) -> c_int {
    // SAFETY: called by the import system with a new module of this definition.
    unsafe {
        cffi_rt::slots::guard(|py| {
            let module = Obj::from_ptr(module);
            if CStr::from_ptr(ffi::PyModule_GetName(module.as_ptr())) == native::module::NAME {
                remove_functions(module)?;
                return native::module::fill(py, module);
            }
            if stock::is_wanted(py)? {
                return stock::replace(py, module);
            }
            fill(py, module)?;
            front::seam::install(py, module)
        })
    }
}

const ERROR_DOC: &CStr = c"Raised as `FFI.error` for C type texts and declarations that cannot be used.

The text of the error shows the place in the declaration, or says what the declaration and the compiled module or
the library disagree about.";

/// Makes the state and all objects that the module contains.
fn fill(py: Py<'_>, module: &Obj) -> R<()> {
    if !cffi_rt::num::int_layout_holds(py)? {
        return Err(raise!(py, Import, "this build of ferrocffi is not for a CPython with 15-bit digits"));
    }
    cffi_rt::fixed::keep(py)?;
    let is_checked = checked::mode::is_wanted(py)?;
    if is_checked {
        checked::install::change_types();
    }
    let ffi_error = rt_types::new_exception(py, module, c"ffi.error", ERROR_DOC)?;
    let mut hooks = Hooks {
        lib_function: lib_obj::function::pointer,
        entry_of: call::entry_of,
        general_entry: call::GENERAL,
        keeping_entry_of: call::keeping_entry_of,
        quiet_entry_of: call::quiet_entry_of,
        deciding_entry: call::vectorcall_deciding,
        keeping_deciding_entry: call::vectorcall_deciding_to_keep,
        pin: cdata::gcp::pin_object,
        hash: cdata::compare::hash,
    };
    if is_checked {
        checked::install::change_hooks(&mut hooks);
    }
    let state = Arc::new(State {
        release: OnceLock::new(),
        types: make_types(py, module)?,
        ffi_error,
        iobase: import_attr(py, c"_io", "_IOBase")?,
        file_struct: SharedRef::new(),
        void_pointer: SharedRef::new(),
        char_array: SharedRef::new(),
        hooks,
        interned: intern::Table::new(),
        handles: handles::Handles::new(),
        tracked_iter: OnceRef::new(),
        symbols: Symbols::default(),
        notes: Notes::new(),
        spare_fields: Spare::new(),
        spare_small: Spare::new(),
        spare_owned: Spare::new(),
        life: Life::here(py)?,
        pinned: AtomicBool::new(false),
        exit_noted: AtomicBool::new(false),
        primitives: std::array::from_fn(|_| SharedRef::new()),
        front: Front::new(),
        kinds: std::array::from_fn(|_| OnceRef::new()),
    });
    ffi_obj::type_object::add_attributes(py, &state)?;
    // This is not left to the first callback: another thread may fork the process while an import is in progress, and
    // exit functions run in the opposite order.
    callback::thread::note_exit(py, &state)?;
    let ended = Arc::downgrade(&state);
    when_ended(py, &format!("ferrocffi.state.{:p}", Arc::as_ptr(&state)), move |py| {
        if let Some(state) = ended.upgrade().filter(|state| !state.is_pinned()) {
            ffi_obj::type_object::remove_attributes(py, &state);
            state.clear(py);
        }
    })?;
    for (name, tp) in state.types.visible() {
        if !tp.is_null() {
            // SAFETY: attached; the module takes its own reference.
            add(unsafe { ffi::PyModule_AddObjectRef(module.as_ptr(), name.as_ptr(), tp.cast()) })?;
        }
    }
    add_functions(py, module)?;
    constants::add_all(py, module)?;
    let exports = exports::capsule(py)?;
    // SAFETY: attached; the module takes its own reference.
    add(unsafe { ffi::PyModule_AddObjectRef(module.as_ptr(), c"_C_API".as_ptr(), exports.as_ptr()) })?;
    version::add_if_loaded(py, module)?;
    if is_checked {
        let (functions, methods) = (names::FUNCTIONS.entries(), ffi_obj::type_object::methods());
        let Some(module) = module.downcast::<Module>() else {
            return Err(raise!(py, System, "a module was expected"));
        };
        checked::install::change_functions(py, module, &state, functions, methods)?;
    }
    // SAFETY: the module's own state, null until here.
    unsafe { (*cell(module.as_ptr())).state = Arc::into_raw(state) };
    Ok(())
}

/// Puts the functions into the module's dict. CPython would set each as an attribute, which first looks for a
/// descriptor with that name in the class. (Without a GIL it also defers their counts, which cannot be done from here.)
fn add_functions(py: Py<'_>, module: &Obj) -> R<()> {
    if cfg!(Py_GIL_DISABLED) {
        return Ok(());
    }
    // SAFETY: attached; a module has a name and a dict, which is borrowed from it. The definitions are static, and the
    // interpreter only reads them.
    unsafe {
        let name = Owned::from_new(py, ffi::PyModule_GetNameObject(module.as_ptr()))?;
        let dict = Obj::from_ptr(ffi::PyModule_GetDict(module.as_ptr()));
        for (key, definition) in function::definitions(names::FUNCTIONS.entries()) {
            let function = ffi::PyCFunction_NewEx(definition.as_ptr(), module.as_ptr(), name.as_ptr());
            let function = Owned::from_new(py, function)?;
            add(ffi::PyDict_SetItemString(dict.as_ptr(), key.as_ptr(), function.as_ptr()))?;
        }
    }
    Ok(())
}

/// Removes the functions of the definition from a module that is none of this kind.
fn remove_functions(module: &Obj) -> R<()> {
    if !cfg!(Py_GIL_DISABLED) {
        return Ok(());
    }
    // SAFETY: attached; a module has a dict, which is borrowed from it. The definitions are static.
    unsafe {
        let dict = ffi::PyModule_GetDict(module.as_ptr());
        for (key, _) in function::definitions(names::FUNCTIONS.entries()) {
            add(ffi::PyDict_DelItemString(dict, key.as_ptr()))?;
        }
    }
    Ok(())
}

/// Turns a C status into a result.
pub(super) fn add(status: c_int) -> R<()> {
    if status < 0 { Err(Raised::already()) } else { Ok(()) }
}

fn import_attr(py: Py<'_>, module: &CStr, name: &str) -> R {
    let module = cffi_rt::interp::import(py, module)?;
    module.getattr_str(py, name)
}

fn make_types(py: Py<'_>, module: &Obj) -> R<Types> {
    let mut t = Types::empty();
    t.ctype = t.keep(py, ctype::type_object::make_type(py, module))?;
    t.cfield = t.keep(py, ctype::field::make_type(py, module))?;
    t.va_arguments = t.keep(py, convert::va_list::make_type(py, module))?;
    t.clibrary = t.keep(py, library::make_type(py, module))?;
    t.cdata = t.keep(py, cdata::types::make_base(py, module))?;
    let Some(base) = t.last() else { return Err(py.no_memory()) };
    t.cdata_array = t.keep(py, cdata::types::make_array(py, module, &base))?;
    t.cdata_own = t.keep(py, cdata::types::make_own(py, module, &base))?;
    let Some(own) = t.last() else { return Err(py.no_memory()) };
    t.kept = t.keep(py, cdata::kept::make_kept(py, module, &base))?;
    t.kept_array = t.keep(py, cdata::kept::make_array(py, module, &base))?;
    t.kept_gcp = t.keep(py, cdata::kept::make_gcp(py, module, &base))?;
    t.kept_buffer = t.keep(py, cdata::kept::make_buffer(py, module, &base))?;
    t.cdata_own_tracked = t.keep(py, cdata::types::make_own_tracked(py, module, &base))?;
    t.cdata_own_gc = t.keep(py, cdata::own_gc::make_type(py, module, &own))?;
    t.cdata_from_buf = t.keep(py, cdata::from_buffer::make_type(py, module, &base))?;
    t.cdata_gcp = t.keep(py, cdata::gcp::make_type(py, module, &base))?;
    // SAFETY: both are types of this module that no other code has seen yet.
    unsafe {
        rt_types::seal(t.cdata);
        rt_types::seal(t.cdata_own);
    }
    t.cdata_iter = t.keep(py, cdata::iter::make_type(py, module))?;
    t.buffer = t.keep(py, cdata::buffer::make_type(py, module))?;
    t.ffi = t.keep(py, ffi_obj::type_object::make_type(py, module))?;
    t.lib = t.keep(py, lib_obj::type_object::make_type(py, module))?;
    t.glob_support = t.keep(py, lib_obj::global::make_type(py, module))?;
    #[cfg(Py_GIL_DISABLED)]
    keep_types(py, &t);
    Ok(t)
}

/// Fixes the counts of the main interpreter's types, to which every cdata and ctype refers. The types of
/// subinterpreters are freed with them.
#[cfg(Py_GIL_DISABLED)]
fn keep_types(_py: Py<'_>, t: &Types) {
    // SAFETY: the token proves that the thread is attached.
    if unsafe { ffi::PyInterpreterState_Get() != ffi::PyInterpreterState_Main() } {
        return;
    }
    for tp in t.all() {
        // SAFETY: null, or made just now.
        if let Some(tp) = unsafe { Obj::from_ptr_opt(tp.cast()) } {
            cffi_rt::refcount::make_immortal(tp);
        }
    }
}

unsafe extern "C" fn traverse(module: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the garbage collector; the state is null before execution and after `free`.
    unsafe {
        match cell(module).as_ref().and_then(|c| c.state.as_ref()) {
            Some(state) => state.traverse(visit, arg),
            None => 0,
        }
    }
}

unsafe extern "C" fn clear(module: *mut ffi::PyObject) -> c_int {
    // SAFETY: called by the garbage collector with the module's own object.
    unsafe {
        if let Some(state) = cell(module).as_ref().and_then(|c| c.state.as_ref()) {
            state.clear(Py::assume());
        }
    }
    0
}

unsafe extern "C" fn free(module: *mut c_void) {
    // SAFETY: called once, when the module object is deallocated; the state was counted for it.
    unsafe {
        if let Some(cell) = cell(module.cast()).as_mut() {
            let state = std::mem::replace(&mut cell.state, std::ptr::null());
            if !state.is_null() {
                (*state).clear(Py::assume());
                crate::state::unshare(state);
            }
        }
    }
}
