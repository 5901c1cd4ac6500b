//! The facts about C functions by address: their names, and whether they free or allocate.

use std::collections::HashMap;
use std::ffi::CStr;
use std::sync::{PoisonError, RwLock};

use cffi_call::dl;
use rustc_hash::FxBuildHasher;

use super::demands::{self, Demand};
use super::error::{Report, has_room};
use super::{callbacks, gate, libraries};
use crate::call;
use crate::state::symbols;
use crate::value::CData;
use cffi_regions::mapped::{self, Need};
use cffi_regions::{Kind, registry};
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
    /// The memory that the function reads and writes through its arguments.
    pub(super) demands: &'static [Demand],
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
        demands: demands::of(name),
        closed: 0,
    }))
}

#[cold]
fn look(py: Py<'_>, cd: &CData, address: usize) -> R<&'static Known> {
    if !has_room() {
        return Err(py.no_memory());
    }
    let mut line = Line::new();
    let named = cd.state().symbols.push_name(cd.data(), &mut line);
    let name = if named {
        format!("{}()", line.as_str())
    } else {
        let last = libraries::closed_at(address).and_then(|_| cd.state().symbols.last_name(cd.data()));
        last.map_or_else(|| format!("the function at {address:#x}"), |name| format!("{name}()"))
    };
    if let Some(region) = registry().find(address).filter(|region| !callbacks::is_live(region)) {
        let text = match region.kind {
            Kind::Callback => format!("calling {name}: the callback has been freed"),
            _ => format!("calling {name}: there is data, and no code"),
        };
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
        demands: demands_at(address),
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

/// Returns the demands of the function of the C library at an address.
fn demands_at(address: usize) -> &'static [Demand] {
    let is_there = |name: &&str| match std::ffi::CString::new(*name) {
        Ok(name) => is_one_of(address, &[&name]),
        Err(_) => false,
    };
    demands::names().find(is_there).map_or(&[], demands::of)
}

/// Returns whether a cdata is a function of C, and not a callback.
pub(super) fn is_of_c(cd: &CData) -> bool {
    cd.ct().function().is_some() && registry().find(cd.data().addr()).is_none()
}

/// Forgets what is known of an address, because another function is there from now on.
pub(super) fn forget(address: usize) {
    FUNCTIONS.write().unwrap_or_else(PoisonError::into_inner).remove(&address);
}

/// Returns whether an address has been looked at.
pub(super) fn is_known(address: usize) -> bool {
    FUNCTIONS.read().unwrap_or_else(PoisonError::into_inner).contains_key(&address)
}

/// Returns the file of the library that contains an address; empty if it is in none.
fn library_of(address: usize) -> &'static str {
    mapped::library_at(address).map_or("", |name| cffi_regions::site::file(&name))
}

/// The names of the functions that return a new block of memory.
const ALLOCATORS: [&CStr; 6] = [c"malloc", c"calloc", c"realloc", c"aligned_alloc", c"strdup", c"strndup"];

/// Returns whether an address is that of one of these functions.
fn is_one_of(address: usize, names: &[&CStr]) -> bool {
    names.iter().any(|name| dl::is_symbol(address, name))
}
