//! The version that the module reports.
//!
//! The front end refuses a backend whose `__version__` is not its own, so the answer is the release of the `cffi`
//! package of this process.

use std::ffi::CStr;

use pyo3_ffi as ffi;

use crate::rt::{Obj, Owned, Py, R, Raised, text};
use crate::state::Release;

/// The release that the specification describes, reported where there is no front end.
const SPECIFICATION: &str = "1.15.0";
/// The newest release that the tests cover.
const NEWEST: Release = Release(2, 1);

/// `__version__` for this process.
pub(super) fn front_end(py: Py<'_>) -> R {
    let found = match loaded(py)? {
        Some(version) => Some(version),
        None => installed(py)?,
    };
    let Some(version) = found else { return text::new_str(py, SPECIFICATION) };
    warn_if_newer(py, &version)?;
    Ok(version)
}

/// The version of a `cffi` package that is imported, or being imported, already.
fn loaded(py: Py<'_>) -> R<Option<Owned>> {
    // SAFETY: attached; a borrowed dict of the interpreter.
    let modules = unsafe { Obj::from_ptr(ffi::PyImport_GetModuleDict()) };
    let name = text::new_str(py, "cffi")?;
    // SAFETY: attached; a borrowed reference or null.
    let module = unsafe { Obj::from_ptr_opt(ffi::PyDict_GetItemWithError(modules.as_ptr(), name.as_ptr())) };
    let Some(module) = module else { return py.check().map(|()| None) };
    match module.getattr_str(py, "__version__") {
        Ok(version) if version.is_str() => Ok(Some(version)),
        Ok(_) => Ok(None),
        Err(raised) => {
            py.err_clear(raised);
            Ok(None)
        }
    }
}

/// The version of the `cffi` distribution that an import would find, from its metadata: importing the package
/// itself would come back here.
fn installed(py: Py<'_>) -> R<Option<Owned>> {
    match metadata_version(py) {
        Ok(version) if version.is_str() => Ok(Some(version)),
        Ok(_) => Ok(None),
        Err(raised) => {
            py.err_clear(raised);
            Ok(None)
        }
    }
}

fn metadata_version(py: Py<'_>) -> R {
    const MODULE: &CStr = c"importlib.metadata";
    // SAFETY: attached; a C string.
    let module = unsafe { Owned::from_new(py, ffi::PyImport_ImportModule(MODULE.as_ptr()))? };
    let version = module.getattr_str(py, "version")?;
    let name = text::new_str(py, "cffi")?;
    version.call(py, &[&name])
}

/// Major and minor number of a version; those of the newest known release where they cannot be read.
pub(super) fn release(py: Py<'_>, version: &Obj) -> Release {
    let text = text::lossy(py, version);
    let mut numbers = text.split('.').map(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(Some(major)), Some(Some(minor))) => Release(major, minor),
        _ => NEWEST,
    }
}

fn warn_if_newer(py: Py<'_>, version: &Obj) -> R<()> {
    if self::release(py, version) <= NEWEST {
        return Ok(());
    }
    let release = text::lossy(py, version);
    let message = std::ffi::CString::new(format!(
        "ferrocffi has not been tested with cffi {release}; the newest release it knows is {}.{}",
        NEWEST.0, NEWEST.1
    ))
    .unwrap_or_default();
    // SAFETY: attached; class and text are alive.
    let status = unsafe { ffi::PyErr_WarnEx(ffi::PyExc_RuntimeWarning, message.as_ptr(), 1) };
    if status < 0 { Err(Raised::already()) } else { Ok(()) }
}
