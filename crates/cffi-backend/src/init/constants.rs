//! The integer constants of the module.

use crate::ctype::function::default_abi;
use cffi_rt::{Obj, Py, R, module};

/// Adds `FFI_*`, `RTLD_*` and, on Windows, `_WIN`.
pub(super) fn add_all(py: Py<'_>, target: &Obj) -> R<()> {
    module::add_int(py, target, c"FFI_DEFAULT_ABI", default_abi())?;
    module::add_int(py, target, c"FFI_CDECL", default_abi())?;
    #[cfg(all(windows, target_arch = "x86"))]
    module::add_int(py, target, c"FFI_STDCALL", crate::ctype::function::stdcall_abi())?;
    #[cfg(windows)]
    module::add_int(py, target, c"_WIN", if cfg!(target_pointer_width = "64") { 64 } else { 32 })?;
    for (name, value) in cffi_call::dl::RTLD_CONSTANTS {
        module::add_int(py, target, name, *value)?;
    }
    Ok(())
}
