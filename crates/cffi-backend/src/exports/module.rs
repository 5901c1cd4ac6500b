//! The import of a compiled module.

use std::ffi::{CStr, c_void};
use std::sync::atomic::Ordering;

use cffi_abi::module::{ModuleInit, export_count, version_is_known};
use cffi_abi::{TypeContext, context_flags};
use pyo3_ffi as ffi;

use super::import::{self, Caller};
use super::phases;
use super::registry::{self, Again, Claim};
use super::table::entries;
use crate::decls::copied::Copied;
use crate::decls::declarations::Declarations;
use crate::decls::object;
use crate::decls::object::FfiObject;
use crate::lib_obj::object as lib_object;
use crate::lib_obj::object::Lib;
use crate::state::{Module, State};
use crate::value::null::is_null_page;
use cffi_rt::{Obj, Owned, Py, R, Raised, dict, interp, module, raise, seq, text};

/// Module function `_init_cffi_1_0_external_module`. Returns the Python module for the tables of a compiled one, whose
/// initialization calls this with the address of a [`ModuleInit`]. The import system gets a definition instead, from
/// which it makes modules.
pub(crate) fn init_cffi_1_0_external_module(py: Py<'_>, module: &Module, address: &Obj) -> R {
    // SAFETY: attached; an object that is no int raises.
    let init = unsafe { ffi::PyLong_AsVoidPtr(address.as_ptr()) }.cast::<ModuleInit>();
    if init.is_null() {
        py.check()?;
    }
    if !may_be(init) {
        return Err(no_module(py, init.cast()));
    }
    // SAFETY: generated code passes the address of four words that live during this call.
    let init = unsafe { &*init };
    if !may_be(init.module_name) || !may_be(init.ctx) || !may_be(init.exports) {
        return Err(no_module(py, std::ptr::from_ref(init).cast()));
    }
    // SAFETY: generated code gives the address of a C string, a static part of the module.
    let name = unsafe { CStr::from_ptr(init.module_name) };
    if !version_is_known(init.version) {
        return Err(unknown_version(py, module, name, init.version));
    }
    let caller = if phases::is_in_definition(init) { Caller::Creation } else { import::caller(py, name) };
    if caller == Caller::Definition {
        // SAFETY: the name, the exports and the tables are static parts of the module.
        return Ok(unsafe { phases::definition(py, init) });
    }
    let again = if caller == Caller::Creation { Again::AsBefore } else { Again::Anew };
    // SAFETY: a module has room for as many entries as its version and flags require, and its tables are static.
    let made = unsafe { initialize(py, module.state(py)?, name, init, again)? };
    match caller {
        // SAFETY: the name, the exports and the tables are static parts of the module.
        Caller::Unknown => Ok(unsafe { phases::definition(py, init) }),
        _ => Ok(made),
    }
}

/// Makes the Python module.
///
/// # Safety
/// The words of `init` are those of a loaded module, which has room for as many exports as its version and flags require.
unsafe fn initialize(py: Py<'_>, st: &State, name: &CStr, init: &ModuleInit, again: Again) -> R {
    // SAFETY: the caller gives the words of a module, whose tables are static.
    let context: &'static TypeContext = unsafe { &*init.ctx };
    // SAFETY: these are the tables of a loaded module.
    let claim = unsafe { registry::claim(py, st, name, context, again)? };
    // SAFETY: the caller promises the room for the exports.
    unsafe { copy_to(init.exports, export_count(init.version, context.flags)) };
    let made = new_module(py, name)?;
    match claim {
        Claim::Tables(st, tables, making) => {
            let (ffi, lib) = fill(py, st, &made, name, tables, Declarations::new(tables))?;
            registry::show(py, context, ffi, lib);
            drop(making);
        }
        Claim::Copied(tables) => {
            let key = format!("ferrocffi.module.{:p}", std::ptr::from_ref(context));
            let kept = interp::kept(py, &key)?;
            match kept.as_deref().and_then(seq::Seq::of).map(|kept| (kept.get(0), kept.get(1))) {
                Some((Some(ffi), Some(lib))) => show(py, &made, &name.to_string_lossy(), &ffi, &lib)?,
                _ => {
                    let declarations = Declarations::new(py.room(Copied::new(tables))?);
                    let (ffi, lib) = fill(py, st, &made, name, tables, declarations)?;
                    interp::keep(py, &key, &*seq::tuple(py, &[&*ffi, &*lib])?)?;
                }
            }
        }
        Claim::Shown(ffi, lib) => show(py, &made, &name.to_string_lossy(), &ffi, &lib)?,
    }
    Ok(made)
}

/// Copies the first `count` entries of the table of C functions.
///
/// # Safety
/// `to` is writable for as many pointers.
unsafe fn copy_to(to: *mut *mut c_void, count: usize) {
    for (i, entry) in entries().iter().take(count).enumerate() {
        // SAFETY: the caller promises room for `count` pointers.
        unsafe { to.add(i).write(entry.load(Ordering::Relaxed)) };
    }
}

/// Returns whether an object can be at the address: no platform maps the first page, and C aligns objects.
fn may_be<T>(address: *const T) -> bool {
    !is_null_page(address.cast()) && address.is_aligned()
}

#[cold]
fn no_module(py: Py<'_>, address: *const c_void) -> Raised {
    raise!(py, Import, "no cffi extension module can be at the address {:#x}", address as usize)
}

#[cold]
fn unknown_version(py: Py<'_>, module: &Module, name: &CStr, version: isize) -> Raised {
    let installed = module.getattr_str(py, "__version__").and_then(|v| text::str_of(py, &v));
    match installed {
        Ok(installed) => raise!(
            py,
            Import,
            "cffi extension module '{}' uses an unknown version tag {:#x}. This module might need a more recent \
             version of cffi than the one currently installed, which is {installed}",
            name.to_string_lossy(),
            version.cast_unsigned()
        ),
        Err(raised) => raised,
    }
}

/// Makes a module object. Its definition is never freed, like the C module.
fn new_module(py: Py<'_>, name: &CStr) -> R {
    let definition = Box::leak(Box::new(ffi::PyModuleDef {
        m_base: ffi::PyModuleDef_HEAD_INIT,
        m_name: name.as_ptr(),
        m_doc: std::ptr::null(),
        m_size: -1,
        m_methods: std::ptr::null_mut(),
        m_slots: std::ptr::null_mut(),
        m_traverse: None,
        m_clear: None,
        m_free: None,
    }));
    // SAFETY: attached; the definition lives as long as the process, and so does the name, a part of the module.
    unsafe {
        let module = Owned::from_new(py, ffi::PyModule_Create(definition))?;
        #[cfg(Py_GIL_DISABLED)]
        if ffi::PyUnstable_Module_SetGIL(module.as_ptr(), ffi::Py_MOD_GIL_NOT_USED) < 0 {
            return Err(Raised::already());
        }
        Ok(module)
    }
}

/// Makes `ffi` and `lib` from the tables, and publishes them.
fn fill(
    py: Py<'_>,
    st: &State,
    module: &Obj,
    name: &CStr,
    context: &TypeContext,
    declarations: Declarations,
) -> R<(Owned, Owned)> {
    let ffi = object::new(py, st)?;
    let text = name.to_string_lossy();
    let lib = lib_object::new(py, &ffi, &text, None)?;
    let (ffis, libs) = included(py, st, name, context)?;
    py.room(ffi.context().set(declarations, ffis))?;
    lib.set_included(libs);
    let (ffi, lib) = (ffi.into_obj(), lib.into_obj());
    show(py, module, &text, &ffi, &lib)?;
    Ok((ffi, lib))
}

/// Puts `ffi` and `lib` into the module, and the module into `sys.modules`.
fn show(py: Py<'_>, module: &Obj, name: &str, ffi: &Obj, lib: &Obj) -> R<()> {
    add(module, c"ffi", ffi)?;
    add(module, c"lib", lib)?;
    let modules = module::all(py);
    dict::set(py, modules, &*text::new_str(py, &format!("{name}.lib"))?, lib)?;
    dict::set(py, modules, &*text::new_str(py, name)?, module)
}

fn add(module: &Obj, name: &CStr, value: &Obj) -> R<()> {
    // SAFETY: attached, all objects are alive; the module takes its own reference.
    match unsafe { ffi::PyModule_AddObjectRef(module.as_ptr(), name.as_ptr(), value.as_ptr()) } {
        0 => Ok(()),
        _ => Err(Raised::already()),
    }
}

type Included = (Vec<Owned<FfiObject>>, Vec<Owned<Lib>>);

/// Imports the modules that this one includes.
fn included(py: Py<'_>, st: &State, name: &CStr, context: &TypeContext) -> R<Included> {
    let (mut ffis, mut libs) = (Vec::new(), Vec::new());
    let mut next = context.includes;
    if next.is_null() {
        return Ok((ffis, libs));
    }
    // SAFETY: the names are C strings of the module, in an array that ends with NULL.
    unsafe {
        while !(*next).is_null() {
            let other = CStr::from_ptr(*next);
            let (ffi, lib) =
                one_included(py, st, other).map_err(|raised| not_included(py, raised, name, other))?;
            ffis.push(ffi);
            libs.push(lib);
            next = next.add(1);
        }
    }
    Ok((ffis, libs))
}

fn one_included(py: Py<'_>, st: &State, name: &CStr) -> R<(Owned<FfiObject>, Owned<Lib>)> {
    let module = cffi_rt::interp::import(py, name)?;
    let (ffi, lib) = (module.getattr_str(py, "ffi")?, module.getattr_str(py, "lib")?);
    match (FfiObject::cast(st, &ffi), lib.downcast::<Lib>()) {
        (Some(ffi), Some(lib)) => Ok((ffi.context().object(), Owned::of(lib))),
        _ => Err(raise!(py, Type, "not made by the same backend")),
    }
}

#[cold]
fn not_included(py: Py<'_>, raised: Raised, name: &CStr, other: &CStr) -> Raised {
    py.err_clear(raised);
    let short = |text: &CStr| text.to_string_lossy().chars().take(200).collect::<String>();
    let (name, other) = (short(name), short(other));
    raise!(py, Import, "while loading {name}: failed to import ffi, lib from {other}")
}

const _: () = {
    // The flag is defined in the abi crate; the copy rule depends on it.
    assert!(context_flags::EXTERN_PYTHON == 1);
    assert!(size_of::<ModuleInit>() == 4 * size_of::<*mut c_void>());
};
