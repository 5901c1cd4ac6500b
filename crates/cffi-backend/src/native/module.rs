//! The functions of the module, and how a module object gets them.

use std::ffi::CStr;

use super::{declarations, header};
use cffi_rt::slots::method;
use cffi_rt::table::{Method, Table};
use cffi_rt::{Obj, Py, R, module, raise, view_of};

view_of!(
    /// The receiver of the module's functions.
    pub(super) struct Native if module::is_module
);

static FUNCTIONS: Table<Method<Native>, 7> = Table::methods([
    method!(fast Native, c"read_header", header::read_header, c"read_header($module, includes, main, include_dirs, defines, std, target, /)\n--\n\nReads headers and returns a capsule for the other functions.\n\n'includes' has the names in the order of their #include directives, of which the last 'main' ones are wanted.\nOther threads run meanwhile."),
    method!(one Native, c"problems", header::problems, c"problems($module, header, /)\n--\n\nA list of (severity, message, file, line, column, hint, rendered)."),
    method!(one Native, c"files", header::files, c"files($module, header, /)\n--\n\nA list of (path, whether it belongs to the header)."),
    method!(fast Native, c"declarations", declarations::declarations, c"declarations($module, header, only, /)\n--\n\nA list of (kind, name, type, value, file, line, doc, problem, flags)."),
    method!(fast Native, c"emit_python", declarations::emit_python, c"emit_python($module, header, only, module, headers, libraries, renames, /)\n--\n\n(the text of a module, what it lacks as a list of (name, kind, reason, file, line), the names of its globals)."),
    method!(fast Native, c"emit_c", declarations::emit_c, c"emit_c($module, header, only, module, preamble, /)\n--\n\n(the C source of a module, what it lacks as a list of (name, kind, reason, file, line), the names of its globals)."),
    Method::END,
]);

/// The name that the module is loaded by. Its last part is that of `_cffi_backend`, so the import system calls the one
/// function that the file exports; `init` then asks for this name.
pub(crate) const NAME: &CStr = c"ferrocffi._cffi_backend";

const DOC: &CStr = c"Reads C headers, and writes modules from them. The package ferrocffi has the interface.";

/// Fills a new module of this name.
pub(crate) fn fill(py: Py<'_>, module: &Obj) -> R<()> {
    match module.downcast::<Native>() {
        Some(module) => module::fill(py, module, DOC, &FUNCTIONS),
        None => Err(raise!(py, System, "a module was expected")),
    }
}
