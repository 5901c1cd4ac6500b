//! The note below the error about a name that a `lib` does not have.

use cffi_call::dl;

use crate::diag::nearest::nearest;
use crate::lib_obj::object::Lib;
use cffi_rt::line::Line;
use cffi_rt::note::Key;
use cffi_rt::{Obj, Py, Raised, text, version};

/// The number of this kind of place in keys of notes. No other place has it.
const NO_NAME: usize = (1 << 3) | 7;
/// The largest number of names that are compared. Without a GIL no note is kept, so each of them has to be cheap.
const COMPARED: usize = if cfg!(Py_GIL_DISABLED) { 64 } else { 4000 };
/// The length of the longest names that are explained.
const LONGEST: usize = 200;

/// Adds a note to the error about `name`, which `lib` does not declare: whether its library has it, or else the nearest
/// name.
///
/// The note for one name is made once, because programs look for names with `hasattr()`.
#[cold]
pub(super) fn explain(py: Py<'_>, raised: Raised, lib: &Lib, name: &Obj) -> Raised {
    let text = text::lossy(py, name);
    // Many programs look for names with two underscores on any object, and no library has them.
    if text.starts_with("__") || text.len() > LONGEST || !name.is_str() {
        return raised;
    }
    let of = [lib.serial, usize::from(lib.is_closed())];
    let key = Key { place: NO_NAME, of, expected: version::str_hash(name), got: 0, name: [0; 2] };
    let notes = &lib.context().state().notes;
    py.note_known(notes, raised, Some(&key), |line| push(line, lib, &text))
}

fn push(line: &mut Line, lib: &Lib, name: &str) {
    let has_symbol = has_symbol(lib, name);
    if has_symbol == Some(true) {
        line.push("'").push(name).push(if lib.is_compiled() {
            "' is in a library that the module is linked with, but the cdef() of the module does not declare it"
        } else {
            "' is in the library, but cdef() does not declare it"
        });
    } else if let Some(near) = nearest_name(lib, name.as_bytes()) {
        line.push("the nearest declared name is '").push(&near).push("'");
    } else if lib.is_compiled() {
        line.push("the cdef() of the module does not declare it");
    } else if has_symbol == Some(false) {
        line.push("cdef() does not declare it, and the library has no such symbol");
    } else {
        line.push("cdef() does not declare it");
    }
}

fn nearest_name(lib: &Lib, name: &[u8]) -> Option<String> {
    if let Some(declarations) = lib.ffi().inline() {
        let names = declarations.global_names();
        let near = nearest(name, names.iter().take(COMPARED).map(|(name, _)| name.as_bytes()))?;
        return Some(String::from_utf8_lossy(near).into_owned());
    }
    let of = |lib: &Lib| {
        let decl = lib.context().decl();
        let names = (0..decl.num_globals().min(COMPARED)).filter_map(|i| decl.global(i));
        nearest(name, names.map(|global| global.name.to_bytes())).map(<[u8]>::to_vec)
    };
    let own = of(lib);
    let included = lib.included().unwrap_or_default().iter();
    let all: Vec<Vec<u8>> = own.into_iter().chain(included.filter_map(|other| of(other))).collect();
    nearest(name, all.iter().map(Vec::as_slice)).map(|near| String::from_utf8_lossy(near).into_owned())
}

/// Returns whether the library, or one that the module is linked with, exports the name; `None` if that cannot be
/// known.
fn has_symbol(lib: &Lib, name: &str) -> Option<bool> {
    if let Some(library) = lib.library() {
        return Some(library.symbol(name).is_ok());
    }
    dl::exports(lib.context().decl().address()?, name.as_bytes())
}
