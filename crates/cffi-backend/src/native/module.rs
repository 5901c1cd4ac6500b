//! The definition of the module.

use std::ffi::c_void;

use pyo3_ffi as ffi;

use super::{declarations, header};
use cffi_rt::slots::{METHODS_END, Table, method};
use cffi_rt::{Obj, PyLayout};

/// The receiver of the module's functions.
#[repr(transparent)]
pub(super) struct Native(Obj);

impl std::ops::Deref for Native {
    type Target = Obj;
    fn deref(&self) -> &Obj {
        &self.0
    }
}

// SAFETY: transparent over any object; only the receiver of the functions in this module's own table.
unsafe impl PyLayout for Native {
    fn check(obj: &Obj) -> bool {
        // SAFETY: `obj` is borrowed, so the object is alive.
        unsafe { ffi::PyModule_Check(obj.as_ptr()) != 0 }
    }
}

static FUNCTIONS: Table<ffi::PyMethodDef, 6> = Table([
    method!(fast Native, c"read_header", header::read_header, c"read_header($module, includes, main, include_dirs, defines, std, target, /)\n--\n\nReads headers and returns a capsule for the other functions.\n\n'includes' has the names in the order of their #include directives, of which the last 'main' ones are wanted.\nOther threads run meanwhile."),
    method!(one Native, c"problems", header::problems, c"problems($module, header, /)\n--\n\nA list of (severity, message, file, line, column, hint, rendered)."),
    method!(one Native, c"files", header::files, c"files($module, header, /)\n--\n\nA list of (path, whether it belongs to the header)."),
    method!(fast Native, c"declarations", declarations::declarations, c"declarations($module, header, only, /)\n--\n\nA list of (kind, name, type, value, file, line, doc, problem, flags)."),
    method!(fast Native, c"emit_python", declarations::emit_python, c"emit_python($module, header, only, module, headers, libraries, renames, /)\n--\n\n(the text of a module, what it lacks as a list of (name, kind, reason, file, line), the names of its globals)."),
    METHODS_END,
]);

static SLOTS: Table<ffi::PyModuleDef_Slot, { 1 + cfg!(Py_3_12) as usize + cfg!(Py_3_13) as usize }> =
    Table([
        #[cfg(Py_3_12)]
        ffi::PyModuleDef_Slot {
            slot: ffi::Py_mod_multiple_interpreters,
            value: ffi::Py_MOD_PER_INTERPRETER_GIL_SUPPORTED,
        },
        #[cfg(Py_3_13)]
        ffi::PyModuleDef_Slot { slot: ffi::Py_mod_gil, value: ffi::Py_MOD_GIL_NOT_USED },
        ffi::PyModuleDef_Slot { slot: 0, value: std::ptr::null_mut::<c_void>() },
    ]);

/// The definition. CPython writes into its base when the first module is made from it.
struct Definition(std::cell::UnsafeCell<ffi::PyModuleDef>);

// SAFETY: only CPython writes to it, in `PyModuleDef_Init`, with its own locking.
unsafe impl Sync for Definition {}

static DEFINITION: Definition = Definition(std::cell::UnsafeCell::new(ffi::PyModuleDef {
    m_base: ffi::PyModuleDef_HEAD_INIT,
    m_name: c"ferrocffi._native".as_ptr(),
    m_doc: c"Reads C headers, and writes modules from them. The package ferrocffi has the interface."
        .as_ptr(),
    m_size: 0,
    m_methods: FUNCTIONS.as_slot().cast(),
    m_slots: SLOTS.as_slot().cast(),
    m_traverse: None,
    m_clear: None,
    m_free: None,
}));

/// Returns the definition of the module. `ferrocffi` loads it by this name from the file of `_cffi_backend`.
#[unsafe(no_mangle)]
#[allow(unreachable_pub, reason = "found by its symbol")]
pub extern "C" fn PyInit__native() -> *mut ffi::PyObject {
    // SAFETY: called by the import system with an attached thread; the definition is static.
    unsafe { ffi::PyModuleDef_Init(DEFINITION.0.get()) }
}
