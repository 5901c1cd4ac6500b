//! The facts about C functions by address: their names, and whether they free or allocate.

use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::{PoisonError, RwLock};

use rustc_hash::FxBuildHasher;

use super::error::Report;
use super::gate;
use crate::call;
use crate::state::symbols;
use crate::value::CData;
use cffi_regions::mapped::{self, Need};
use cffi_regions::registry;
use cffi_rt::line::Line;
use cffi_rt::{Py, R};

/// A function that calls go to. Never freed: there are as many as there are functions that are called.
pub(super) struct Known {
    /// The name with parentheses, or words that take its place.
    pub(super) name: &'static str,
    /// The file of the library that it is in, or the name of its module.
    pub(super) library: &'static str,
    /// Whether it is C's `free`.
    pub(super) frees: bool,
    /// Whether it is one of C's functions that return a new block of memory.
    pub(super) allocates: bool,
    /// Whether it is C's `realloc`.
    pub(super) reallocates: bool,
    /// The number of libraries that had been closed when it was looked at.
    closed: usize,
}

/// The largest number of functions that are kept.
const MOST: usize = 65_536;

type Functions = HashMap<usize, &'static Known, FxBuildHasher>;

static FUNCTIONS: RwLock<Functions> = RwLock::new(Functions::with_hasher(FxBuildHasher));

/// Returns what is known of the function at the address of a cdata.
///
/// # Errors
/// `AccessError` if no function can be there.
pub(super) fn function(py: Py<'_>, cd: &CData) -> R<&'static Known> {
    let address = cd.data().addr();
    let found = FUNCTIONS.read().unwrap_or_else(PoisonError::into_inner).get(&address).copied();
    match found {
        Some(known) if known.closed == symbols::closed() => Ok(known),
        _ => look(py, cd, address),
    }
}

/// Returns what is known of a function of a compiled module, by its name.
pub(super) fn by_name(name: &str, library: &str) -> &'static Known {
    Box::leak(Box::new(Known {
        library: Box::leak(Box::from(library)),
        name: Box::leak(format!("{name}()").into_boxed_str()),
        frees: name == "free",
        allocates: ALLOCATORS.iter().any(|known| known.to_bytes() == name.as_bytes()),
        reallocates: matches!(name, "realloc" | "reallocarray"),
        closed: 0,
    }))
}

#[cold]
fn look(py: Py<'_>, cd: &CData, address: usize) -> R<&'static Known> {
    let mut line = Line::new();
    let named = cd.state().symbols.push_name(cd.data(), &mut line);
    let name = if named { format!("{}()", line.as_str()) } else { format!("the function at {address:#x}") };
    if let Some(region) = registry().find(address) {
        let text = format!("calling {name}: there is data, and no code");
        return Err(Report::of(text, address, 0, &region).raise(py));
    }
    call::refuse_impossible(py, cd.ct(), cd.data())?;
    if cfg!(unix) {
        mapped::check(address, 1, Need::Execute).map_err(|lack| {
            gate::lacks(py, lack, address, 1, Need::Execute, &format_args!("calling {name}"))
        })?;
    }
    let known = Known {
        library: library_of(address),
        allocates: is_one_of(address, &ALLOCATORS),
        name: Box::leak(name.into_boxed_str()),
        frees: is_one_of(address, &[c"free"]),
        reallocates: is_one_of(address, &[c"realloc", c"reallocarray"]),
        closed: symbols::closed(),
    };
    let known: &'static Known = Box::leak(Box::new(known));
    let mut functions = FUNCTIONS.write().unwrap_or_else(PoisonError::into_inner);
    if functions.len() >= MOST {
        functions.clear();
    }
    functions.insert(address, known);
    Ok(known)
}

/// Returns the file of the library that contains an address; empty if it is in none.
#[cfg(unix)]
fn library_of(address: usize) -> &'static str {
    let mut info = std::mem::MaybeUninit::<libc::Dl_info>::zeroed();
    // SAFETY: the function fills the structure, and its name is copied at once, while the library is open.
    let name = unsafe {
        if libc::dladdr(std::ptr::without_provenance(address), info.as_mut_ptr()) == 0 {
            return "";
        }
        let info = info.assume_init();
        if info.dli_fname.is_null() {
            return "";
        }
        CStr::from_ptr(info.dli_fname).to_string_lossy()
    };
    cffi_regions::site::file(&name)
}

#[cfg(not(unix))]
fn library_of(_address: usize) -> &'static str {
    ""
}

/// The names of the functions that return a new block of memory.
const ALLOCATORS: [&CStr; 6] = [c"malloc", c"calloc", c"realloc", c"aligned_alloc", c"strdup", c"strndup"];

/// Returns whether an address is that of one of these functions. A program that is not position-independent can have its
/// own address for a function, so the libraries after this one are asked, too.
#[cfg(unix)]
fn is_one_of(address: usize, names: &[&CStr]) -> bool {
    names.iter().any(|name| {
        [libc::RTLD_DEFAULT, libc::RTLD_NEXT].into_iter().any(|place| {
            // SAFETY: a C string; the function looks the name up in the libraries of the process.
            unsafe { libc::dlsym(place, name.as_ptr()) }.addr() == address
        })
    })
}

#[cfg(not(unix))]
fn is_one_of(_address: usize, _names: &[&CStr]) -> bool {
    false
}
