//! The parts of a source before and behind the functions.

use std::fmt::Write as _;

use super::emitter::Emitter;
use super::put::put;

/// What the code of each module needs.
const SUPPORT: &str = include_str!("support.h");

impl Emitter<'_> {
    /// Writes everything in front of the functions.
    pub(super) fn begin(&mut self, functions: usize) {
        /// The length of the text of an ordinary function and its entry.
        const USUAL: usize = 1300;
        let module = self.module;
        let mut out = String::with_capacity(SUPPORT.len() + module.preamble.len() + functions * USUAL);
        out.push_str("/* Written by ferrocffi. Changes are lost when it is written again. */\n\n");
        if module.embedding.is_some() {
            out.push_str("#define _CFFI_USE_EMBEDDING\n");
        }
        if module.full_api {
            out.push_str("#define _CFFI_NO_LIMITED_API\n");
        }
        out.push_str(SUPPORT);
        self.push_embedding(&mut out);
        out.push_str("\n/* The source of the user. */\n\n");
        out.push_str(&module.preamble);
        out.push_str("\n\n/* The types. */\n\n");
        self.push_types(&mut out);
        out.push_str("/* The functions. */\n\n");
        self.text = out;
    }

    /// Writes everything behind the functions, and returns the whole source.
    pub(super) fn finish(&mut self) -> String {
        let mut out = std::mem::take(&mut self.text);
        out.push_str("/* The tables. */\n\n");
        self.push_tables(&mut out);
        self.push_entry(&mut out);
        out
    }

    fn push_types(&self, out: &mut String) {
        out.push_str("static void *_cffi_types[] = {\n");
        let words = self.type_words();
        for (at, (word, name)) in words.iter().enumerate() {
            put!(out, "  /* ", at, " */ ");
            word.push(out);
            out.push(',');
            match name {
                // The stock front end names arrays of unknown length with a comment.
                Some(name) if name.contains('/') => {
                    let _ = write!(out, " /* {} */", name.replace("*/", "* /").replace("/*", "/ *"));
                }
                Some(name) => {
                    out.push_str(" /* ");
                    out.push_str(name);
                    out.push_str(" */");
                }
                None => {}
            }
            out.push('\n');
        }
        if words.is_empty() {
            out.push_str("  0\n");
        }
        out.push_str("};\n\n");
    }

    /// Writes the function by which an interpreter loads the module.
    fn push_entry(&self, out: &mut String) {
        let name = &self.module.name;
        let base = name.rsplit('.').next().unwrap_or(name);
        let version = self.version;
        let python = if self.has_python_functions || self.module.embedding.is_some() {
            "  if ((intptr_t)_cffi_parts[0] >= 0x0A03)\n    _cffi_call_python = (void (*)(struct _cffi_externpy_s *, char \
             *))_cffi_parts[1];\n"
        } else {
            ""
        };
        let _ = write!(
            out,
            "#ifdef __GNUC__\n#  pragma GCC visibility push(default)\n#endif\n\n#ifdef PYPY_VERSION\nPyMODINIT_FUNC\n\
             _cffi_pypyinit_{base}(const void *_cffi_parts[])\n{{\n{python}  _cffi_parts[0] = (const void \
             *){version:#x};\n  _cffi_parts[1] = &_cffi_type_context;\n  return 0;\n}}\n#  ifdef _MSC_VER\n\
             PyMODINIT_FUNC\nPyInit_{base}(void)\n{{\n  return 0;\n}}\n#  endif\n#else\n_CFFI_MODULE(\"{name}\", {version:#x})\nPyMODINIT_FUNC\n\
             PyInit_{base}(void)\n{{\n  return _CFFI_MODULE_MADE(\"{name}\", {version:#x});\n}}\n#endif\n\n\
             #ifdef __GNUC__\n#  pragma GCC visibility pop\n#endif\n"
        );
    }
}
