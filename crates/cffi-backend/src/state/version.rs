//! The version that the module reports.
//!
//! The front end refuses a backend whose `__version__` differs from its own, so the result is the release of the `cffi`
//! package of this process.

use std::ffi::CStr;

use super::{Module, Release};
use cffi_rt::{Exc, Obj, Owned, Py, R, dict, interp, module, raise, text};

/// The release that the specification describes, reported if there is no front end.
const SPECIFICATION: &str = "1.15.0";
/// The newest release that the tests cover.
const NEWEST: Release = Release(2, 1);

/// Returns `__version__` for this process.
fn front_end(py: Py<'_>) -> R {
    let found = match loaded(py)? {
        Some(version) => Some(version),
        None => installed(py)?,
    };
    found.map_or_else(|| text::new_str(py, SPECIFICATION), Ok)
}

/// Returns the release of the front end, or the newest known one if it cannot be determined.
pub(super) fn of_front_end(py: Py<'_>) -> Release {
    match front_end(py) {
        Ok(version) => release(py, &version),
        Err(raised) => {
            py.err_clear(raised);
            NEWEST
        }
    }
}

/// Sets the module's `__version__` if the front end is imported already, which is known without any search.
pub(crate) fn add_if_loaded(py: Py<'_>, module: &Obj) -> R<()> {
    match loaded(py)? {
        Some(version) => {
            warn_if_newer(py, &version)?;
            keep(py, module, &version)
        }
        None => Ok(()),
    }
}

/// Makes `version` the attribute `__version__`, and removes `__getattr__`, which has nothing left to find. The
/// interpreter specializes loads of attributes only of modules without a `__getattr__`.
fn keep(py: Py<'_>, module: &Obj, version: &Obj) -> R<()> {
    let dict = module::dict(py, module)?;
    dict::set(py, dict, &*text::interned(py, "__version__")?, version)?;
    dict::discard(py, dict, &*text::interned(py, "__getattr__")?)
}

/// `__getattr__` of the module. It determines `__version__` on first access, since most programs never read it, and
/// reading the metadata of a distribution takes longer than the rest of an import.
///
/// The result becomes an attribute only once `cffi` is imported: until then the process may still import another copy
/// of it, with other metadata or none.
///
/// # Errors
/// `AttributeError` for other names.
pub(crate) fn module_getattr(py: Py<'_>, module: &Module, name: &Obj) -> R {
    if !name.is_str() || text::lossy(py, name) != "__version__" {
        let name = text::lossy(py, name);
        return Err(raise!(py, Attribute, "module '_cffi_backend' has no attribute '{name}'"));
    }
    let Some(version) = loaded(py)? else { return front_end(py) };
    warn_if_newer(py, &version)?;
    keep(py, module, &version)?;
    Ok(version)
}

/// Returns the version of a `cffi` package that is imported, or being imported, already.
fn loaded(py: Py<'_>) -> R<Option<Owned>> {
    let Some(module) = interp::imported(py, "cffi")? else { return Ok(None) };
    match module.getattr_str(py, "__version__") {
        Ok(version) if version.is_str() => Ok(Some(version)),
        Ok(_) => Ok(None),
        Err(raised) => {
            py.err_clear(raised);
            Ok(None)
        }
    }
}

/// Returns the version of the `cffi` distribution that an import would find, from its metadata: importing the package
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
    let version = interp::import(py, MODULE)?.getattr_str(py, "version")?;
    let name = text::new_str(py, "cffi")?;
    version.call(py, &[&name])
}

/// Returns the major and minor number of a version, or those of the newest known release if they cannot be read.
fn release(py: Py<'_>, version: &Obj) -> Release {
    let text = text::lossy(py, version);
    let mut numbers = text.split('.').map(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(Some(major)), Some(Some(minor))) => Release(major, minor),
        _ => NEWEST,
    }
}

/// Warns about a front end that the tests do not cover. A program whose warnings are errors continues without the
/// warning: on the stock backend it would not be stopped either.
fn warn_if_newer(py: Py<'_>, version: &Obj) -> R<()> {
    if self::release(py, version) <= NEWEST {
        return Ok(());
    }
    let release = text::lossy(py, version);
    let message = format!(
        "ferrocffi has not been tested with cffi {release}; the newest release it knows is {}.{}",
        NEWEST.0, NEWEST.1
    );
    match py.warn(Exc::RuntimeWarning, &message) {
        Err(raised) if py.err_matches(Exc::RuntimeWarning) => {
            py.err_clear(raised);
            Ok(())
        }
        outcome => outcome,
    }
}
