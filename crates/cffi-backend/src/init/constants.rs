//! The integer constants of the module.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use super::module::add;
use crate::ctype::function::default_abi;
use cffi_rt::{Obj, Py, R};

/// Adds `FFI_*`, `RTLD_*` and, on Windows, `_WIN`.
pub(super) fn add_all(py: Py<'_>, module: &Obj) -> R<()> {
    int(py, module, c"FFI_DEFAULT_ABI", default_abi())?;
    int(py, module, c"FFI_CDECL", default_abi())?;
    #[cfg(all(windows, target_arch = "x86"))]
    int(py, module, c"FFI_STDCALL", crate::ctype::function::stdcall_abi())?;
    #[cfg(windows)]
    int(py, module, c"_WIN", if cfg!(target_pointer_width = "64") { 64 } else { 32 })?;
    for (name, value) in cffi_call::dl::RTLD_CONSTANTS {
        int(py, module, name, *value)?;
    }
    Ok(())
}

fn int(_py: Py<'_>, module: &Obj, name: &CStr, value: i32) -> R<()> {
    // SAFETY: attached; the name is copied.
    add(unsafe { ffi::PyModule_AddIntConstant(module.as_ptr(), name.as_ptr(), value.into()) })
}
