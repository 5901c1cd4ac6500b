//! Libraries opened by `load_library`: the type `CLibrary`.

#[allow(unsafe_code, reason = "opens libraries")]
mod open;
mod search;
pub(crate) mod watch;

use std::ffi::CStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cffi_call::dl::DlError;
use pyo3_ffi as ffi;

use crate::convert;
use crate::ctype::{Access, CType};
use crate::diag::place::{self, refused};
use crate::state::Module;
use crate::value::alloc;
use cffi_rt::args::Place;
use cffi_rt::at;
use cffi_rt::note::Notes;
use cffi_rt::slots::{method, slot};
use cffi_rt::table::{Method, Table};
use cffi_rt::{Args, Obj, Owned, Params, Py, R, Raised, class, function, num, raise, text};

pub(crate) use open::{Library, Opened, Spot, open, open_by_name};

/// Adds a note to the error about a missing symbol with possible reasons.
#[cold]
pub(crate) fn not_exported(py: Py<'_>, notes: &Notes, raised: Raised) -> Raised {
    py.note(
        notes,
        raised,
        format_args!(
            "a library contains the symbols that it exports: no macros, no inline functions, and C++ names are \
             mangled; compiled modules (API mode) can use what is in the headers"
        ),
    )
}

cffi_rt::class! {
    /// A library, as a Python object.
    pub(crate) struct CLibrary in c"_cffi_backend.CLibrary", plain {
        /// The open library; `None` once closed. The lock is held to copy or take the reference, never while Python or
        /// foreign code runs.
        library: Mutex<Option<Arc<Library>>>,
        /// Whether there is one, for a look without the lock.
        open: AtomicBool,
        name: Box<str>,
    }
}

/// Module function `load_library`.
pub(crate) fn load_library(py: Py<'_>, module: &Module, args: Args<'_>) -> R {
    let class = module.state(py)?.class(py, |types| types.clibrary)?;
    let Opened { library, name } = open(py, &module.state(py)?.notes, args)?;
    let library = Mutex::new(Some(library));
    class::create(py, class, |header| CLibrary { header, library, open: AtomicBool::new(true), name })
        .map(Owned::into_obj)
}

impl CLibrary {
    fn library(&self, py: Py<'_>) -> R<Arc<Library>> {
        let library = self.library.lock().unwrap_or_else(PoisonError::into_inner).clone();
        library.ok_or_else(|| raise!(py, Value, "library '{}' has already been closed", self.name))
    }

    /// Returns whether the library has not been closed.
    #[inline(always)]
    fn is_open(&self) -> bool {
        self.open.load(Ordering::Acquire)
    }

    fn take(&self) -> Option<Arc<Library>> {
        self.open.store(false, Ordering::Release);
        self.library.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Returns the address of a variable, and the library that it must not outlive.
    pub(crate) fn variable(&self, py: Py<'_>, notes: &Notes, name: &str) -> R<(*mut u8, Arc<Library>)> {
        let library = self.library(py)?;
        let address = self.found(py, notes, name, library.variable(name))?;
        Ok((address.address(), library))
    }

    /// Raises the error about a variable that was not found.
    fn found<T>(&self, py: Py<'_>, notes: &Notes, name: &str, found: Result<T, DlError>) -> R<T> {
        found.map_err(|e| {
            let library = &self.name;
            let raised = raise!(py, Key, "variable '{name}' not found in library '{library}': {e}");
            not_exported(py, notes, raised)
        })
    }
}

fn load_function(py: Py<'_>, lib: &CLibrary, args: Args<'_>) -> R {
    let (ct, name, _) = type_and_name::<2>(py, "load_function", args)?;
    let library = lib.library(py)?;
    if !matches!(ct.access, Access::Pointer | Access::Array | Access::OpenArray) {
        let ct = ct.name();
        return Err(raise!(py, Type, "function or pointer or array cdata expected, got '{ct}'"));
    }
    let symbol = library.symbol(name).map_err(|e| {
        let raised =
            raise!(py, Attribute, "function/symbol '{name}' not found in library '{}': {e}", lib.name);
        not_exported(py, &ct.state().notes, raised)
    })?;
    let ct = if ct.access == Access::OpenArray { ct.decayed().unwrap_or(ct) } else { ct };
    if ct.is_function() {
        ct.state().symbols.remember(symbol.address(), name);
    }
    Ok(alloc::symbol(py, ct, symbol)?.into_obj())
}

/// Method `read_variable`.
pub(crate) fn read_variable(py: Py<'_>, lib: &CLibrary, args: Args<'_>) -> R {
    let (ct, name, _) = type_and_name::<2>(py, "read_variable", args)?;
    value_of(py, lib, ct, name)
}

/// Returns the value of the variable `name` of type `ct`.
pub(crate) fn value_of(py: Py<'_>, lib: &CLibrary, ct: &CType, name: &str) -> R {
    let library = lib.library(py)?;
    convert::read(py, lib.found(py, &ct.state().notes, name, library.value(name, ct))?)
}

/// Returns the value as [`value_of`] does, of a variable whose place is noted in `spot`.
#[inline(always)]
pub(crate) fn value_at(py: Py<'_>, lib: &CLibrary, spot: &Spot, ct: &CType, name: &Obj) -> R {
    match spot.variable(py, lib, ct) {
        Some(variable) => convert::read(py, variable),
        None => value_found(py, lib, spot, ct, name),
    }
}

#[inline(never)]
fn value_found(py: Py<'_>, lib: &CLibrary, spot: &Spot, ct: &CType, name: &Obj) -> R {
    let name = text::utf8(py, name)?;
    let value = value_of(py, lib, ct, name)?;
    if let Ok(library) = lib.library(py) {
        spot.learn(&library, name);
    }
    Ok(value)
}

/// Stores into a variable as [`set_value`] does, whose place is noted in `spot`.
#[inline(always)]
pub(crate) fn set_value_at(
    py: Py<'_>,
    lib: &CLibrary,
    spot: &Spot,
    ct: &CType,
    name: &Obj,
    value: &Obj,
) -> R<()> {
    // The conversion of other objects may run code that closes the library.
    let runs_nothing = num::exact_short_int(py, value).is_some() || num::exact_f64(py, value).is_some();
    if runs_nothing
        && let Some(variable) = spot.variable(py, lib, ct)
        && (ct.access.is_integer() || ct.access == Access::F64 || ct.access == Access::F32)
    {
        return convert::write(py, variable.loc(), value).map_err(|raised| {
            let name = text::lossy(py, name);
            refused(py, raised, place::Place::Variable(&name), ct, value)
        });
    }
    set_value(py, lib, ct, text::utf8(py, name)?, value)
}

/// Method `write_variable`.
pub(crate) fn write_variable(py: Py<'_>, lib: &CLibrary, args: Args<'_>) -> R {
    let (ct, name, value) = type_and_name::<3>(py, "write_variable", args)?;
    let Some(value) = value else { return Err(raise!(py, System, "missing value")) };
    set_value(py, lib, ct, name, value).map(|()| py.none())
}

/// Stores into the variable `name` of type `ct`.
pub(crate) fn set_value(py: Py<'_>, lib: &CLibrary, ct: &CType, name: &str, value: &Obj) -> R<()> {
    let library = lib.library(py)?;
    let variable = lib.found(py, &ct.state().notes, name, library.value(name, ct))?;
    convert::write(py, variable.loc(), value)
        .map_err(|raised| refused(py, raised, place::Place::Variable(name), ct, value))
}

fn close_lib(py: Py<'_>, lib: &CLibrary) -> R {
    drop(lib.take());
    Ok(py.none())
}

/// Returns the arguments `(ctype, name[, value])`.
pub(crate) fn type_and_name<'a, const N: usize>(
    py: Py<'_>,
    function: &'static str,
    args: Args<'a>,
) -> R<(&'a CType, &'a str, Option<&'a Obj>)> {
    if args.keywords() > 0 {
        args.no_keywords(py, &format!("CLibrary.{function}"))?;
    }
    let names: &'static [&'static str] = &["", "", ""];
    let bound = args.bind::<N>(py, &Params { function, names: &names[..N.min(3)], required: N })?;
    let (Some(Some(ct)), Some(Some(name))) = (bound.first(), bound.get(1)) else {
        return Err(raise!(py, System, "missing argument"));
    };
    let ct = Place { function, number: 1 }.exact::<CType>(py, ct)?;
    let name = Place { function, number: 2 }.text(py, name)?;
    Ok((ct, name, bound.get(2).copied().flatten()))
}

fn repr(py: Py<'_>, lib: &CLibrary) -> R {
    text::new_str(py, &py.format(format_args!("<clibrary '{}'>", lib.name))?)
}

const DOC: &CStr = c"A dynamic library opened by load_library().

It is closed by close_lib() or with the last reference to it, unless it was made from a handle that somebody
else had opened. Using functions and variables of a closed library is undefined, as in C.

    >>> libc = load_library(None)
    >>> int_ct = new_primitive_type('int')
    >>> libc.load_function(new_function_type((int_ct,), int_ct), 'abs')(-3)
    3";

static METHODS: Table<Method<CLibrary>, 5> = Table::methods([
    method!(fast CLibrary, c"load_function", load_function, c"load_function($self, ctype, name, /)\n--\n\nA cdata of the function, pointer or array type 'ctype' at the address of the symbol 'name' (str).\n\nAttributeError if there is no such symbol, TypeError for other types, ValueError once the library is closed.\n\n    >>> lib.load_function(new_function_type((double,), double), 'cos')(0.0)\n    1.0"),
    method!(fast CLibrary, c"read_variable", read_variable, c"read_variable($self, ctype, name, /)\n--\n\nThe value of the global variable 'name' (str), which has the type 'ctype', as a Python object.\n\nKeyError if there is no such variable, ValueError once the library is closed.\n\n    >>> lib.read_variable(new_primitive_type('int'), 'optind')\n    1"),
    method!(fast CLibrary, c"write_variable", write_variable, c"write_variable($self, ctype, name, value, /)\n--\n\nStore a Python object in the global variable 'name' (str), which has the type 'ctype'.\n\nKeyError if there is no such variable, ValueError once the library is closed, TypeError or OverflowError for\nvalues that the type does not take.\n\n    >>> lib.write_variable(new_primitive_type('int'), 'optind', 2)"),
    method!(noargs CLibrary, c"close_lib", close_lib, c"close_lib($self, /)\n--\n\nClose the library now. Does nothing the second time, nor if the handle came from elsewhere.\n\nWhile other threads are still looking a symbol up, the last of them closes it."),
    Method::END,
]);

/// Returns whether both functions are the methods `read_variable` and `write_variable` of a library. Checked mode has others.
pub(crate) fn are_own(read: &Obj, write: &Obj) -> bool {
    let [_, own_read, own_write, ..] = METHODS.entries();
    function::is_defined_by(read, own_read) && function::is_defined_by(write, own_write)
}

/// Returns the definitions of the methods.
pub(crate) fn methods() -> &'static [Method<CLibrary>] {
    METHODS.entries()
}

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    class::spec::<CLibrary>(DOC)
        .methods(&METHODS)
        .slot(at::Repr, slot!(unary CLibrary, *mut ffi::PyObject, repr))
        .make(py, module)
}
