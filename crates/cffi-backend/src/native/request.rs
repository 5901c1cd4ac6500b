//! The arguments of functions that read headers.

use std::fmt::Write as _;

use cffi_cdef::files::DiskFiles;
use cffi_cdef::pp::{Options, Standard};
use cffi_rt::{Exc, Obj, Py, R, num, raise, text};
use cffi_types::Target;

use super::values;

/// Which headers are read, and how.
pub(crate) struct Request {
    /// The directives that include them.
    pub(crate) directives: String,
    /// The number of headers that are wanted for themselves, counted from the last one.
    pub(crate) main: usize,
    target: Target,
    standard: Standard,
    dirs: Vec<String>,
    defines: Vec<(String, String)>,
}

impl Request {
    /// Makes a request of Python objects: lists of names, folders and pairs of macros, and the name of a standard.
    pub(crate) fn new(
        py: Py<'_>,
        target: Target,
        includes: &Obj,
        main: &Obj,
        (dirs, defines): (&Obj, &Obj),
        std: &Obj,
    ) -> R<Request> {
        let standard = if std.is_none() {
            Standard::default()
        } else {
            let name = text::utf8(py, std)?;
            let known = Standard::from_name(name);
            known.ok_or_else(|| {
                raise!(py, Value, "unknown standard '{name}'; known are c90 to c23 and gnu90 to gnu23")
            })?
        };
        Ok(Request {
            directives: directives(py, &values::texts(py, includes)?)?,
            main: usize::try_from(num::index(py, main, Exc::Overflow)?).unwrap_or(0),
            target,
            standard,
            dirs: values::texts(py, dirs)?,
            defines: values::pairs(py, defines)?,
        })
    }

    /// Returns the options of this machine's compiler with those of the request.
    pub(crate) fn options(&self) -> Options {
        let mut options = Options::for_machine(&DiskFiles, self.target);
        options.standard = self.standard;
        options.include_dirs.clone_from(&self.dirs);
        options.defines.clone_from(&self.defines);
        options
    }
}

/// Returns a text that includes headers.
fn directives(py: Py<'_>, includes: &[String]) -> R<String> {
    let mut source = String::new();
    for name in includes {
        if name.is_empty() || name.contains(['\n', '"', '>']) {
            return Err(raise!(py, Value, "a header cannot have the name '{}'", name.escape_debug()));
        }
        let quoted = name.starts_with('/') || name.starts_with("./") || name.contains(':');
        let (open, close) = if quoted { ('"', '"') } else { ('<', '>') };
        let _ = writeln!(source, "#include {open}{name}{close}");
    }
    Ok(source)
}
