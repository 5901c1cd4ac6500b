//! Definitions of compiled modules, from which the import system makes a module in each interpreter.

use std::cell::UnsafeCell;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use cffi_abi::module::ModuleInit;
use cffi_rt::module::Slots;
use cffi_rt::slots::guard;
use cffi_rt::{Obj, Owned, Py, R, num};
use pyo3_ffi as ffi;

/// The definition of a compiled module, with the words that the module passes to its initialization. Never freed, like
/// the module.
#[repr(C)]
struct Definition {
    /// The interpreter's part; first, so that its address is that of the whole.
    definition: UnsafeCell<ffi::PyModuleDef>,
    init: ModuleInit,
}

// SAFETY: the interpreter writes to its part when it is made known, which is done under the lock of the table; the other
// words are constant, and refer to static parts of the module.
unsafe impl Sync for Definition {}
// SAFETY: no thread owns a part of it.
unsafe impl Send for Definition {}

static SLOTS: Slots = Slots::creating(create);

/// All definitions, by the address of the module's context. The lock is held only for a look-up; no Python code runs
/// under it.
static DEFINITIONS: Mutex<Option<HashMap<usize, &'static Definition>>> = Mutex::new(None);

/// Returns the definition of the module that passes these words to its initialization.
///
/// # Safety
/// All words refer to static parts of a loaded module.
pub(super) unsafe fn definition(_py: Py<'_>, init: &ModuleInit) -> Owned {
    let mut definitions = DEFINITIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let known = definitions.get_or_insert_default().entry(init.ctx.addr()).or_insert_with(|| {
        let definition = ffi::PyModuleDef {
            m_base: ffi::PyModuleDef_HEAD_INIT,
            m_name: init.module_name,
            m_doc: std::ptr::null(),
            m_size: 0,
            m_methods: std::ptr::null_mut(),
            m_slots: SLOTS.as_ptr(),
            m_traverse: None,
            m_clear: None,
            m_free: None,
        };
        let init = ModuleInit { ..*init };
        let made = Box::leak(Box::new(Definition { definition: UnsafeCell::new(definition), init }));
        // SAFETY: attached; the definition is never freed, and no other thread knows it.
        unsafe { ffi::PyModuleDef_Init(made.definition.get()) };
        made
    });
    // SAFETY: made known to the interpreter above, which made it an object that is never freed.
    unsafe { Owned::from_borrowed(known.definition.get().cast()) }
}

/// Returns whether these are the words of a definition, from which a module is being made.
pub(super) fn is_in_definition(init: &ModuleInit) -> bool {
    let definitions = DEFINITIONS.lock().unwrap_or_else(PoisonError::into_inner);
    let known = definitions.as_ref().and_then(|definitions| definitions.get(&init.ctx.addr()));
    known.is_some_and(|known| std::ptr::eq(&raw const known.init, init))
}

/// Makes a module: calls the function that generated code calls, in the backend of this interpreter. The module gets the
/// name that it is imported by, which has the names of its packages too, as it does where it is initialized in one phase.
///
/// # Safety
/// Called by the import system with a definition of this file.
unsafe extern "C" fn create(
    spec: *mut ffi::PyObject,
    definition: *mut ffi::PyModuleDef,
) -> *mut ffi::PyObject {
    // SAFETY: the import system calls this with an attached thread, a spec, and a definition that is never freed.
    unsafe {
        let init = &raw const (*definition.cast::<Definition>()).init;
        guard(|py| {
            let made = initialize(py, init.addr())?;
            let name = Obj::from_ptr(spec).getattr_str(py, "name")?;
            made.setattr(py, c"__name__", &name)?;
            Ok(made)
        })
    }
}

fn initialize(py: Py<'_>, words: usize) -> R {
    let backend = cffi_rt::interp::import(py, c"_cffi_backend")?;
    let function = backend.getattr_str(py, "_init_cffi_1_0_external_module")?;
    let address: Owned = num::from_u64(py, words as u64)?;
    function.call(py, &[&*address as &Obj])
}
