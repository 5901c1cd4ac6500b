//! The note about a library that cannot be loaded.

use std::path::Path;

use cffi_rt::note::Notes;
use cffi_rt::{Py, Raised};

/// The suffix of libraries' file names.
const SUFFIX: &str = if cfg!(windows) {
    ".dll"
} else if cfg!(target_vendor = "apple") {
    ".dylib"
} else {
    ".so"
};

/// The length of the longest names that are looked for. Longer names are no names of files.
const LONGEST: usize = 4096;

/// Adds notes to the error about the library `name` with facts about the name.
#[cold]
pub(super) fn explain(py: Py<'_>, notes: &Notes, raised: Raised, name: &str) -> Raised {
    if name.len() > LONGEST {
        return raised;
    }
    if name.contains('/') || (cfg!(windows) && name.contains('\\')) {
        return if Path::new(name).exists() {
            raised
        } else {
            py.note(notes, raised, format_args!("a name with a slash is a path, and there is no such file"))
        };
    }
    if Path::new(name).exists() {
        return py.note(
            notes,
            raised,
            format_args!("there is such a file in the current folder, which is not searched: use './{name}'"),
        );
    }
    if name.contains(SUFFIX) {
        py.note(
            notes,
            raised,
            format_args!("searched for in the folders of the system, not in the current folder"),
        )
    } else {
        py.note(
            notes,
            raised,
            format_args!(
                "expected a file name, such as 'lib{name}{SUFFIX}'; ctypes.util.find_library('{name}') searches for one"
            ),
        )
    }
}
