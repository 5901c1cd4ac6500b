//! Libraries that contain Python.

use std::fmt::Write as _;

use super::emitter::Emitter;

/// What starts Python.
const EMBEDDING: &str = include_str!("embedding.h");

impl Emitter<'_> {
    /// Writes what a library needs that starts Python itself.
    pub(super) fn push_embedding(&self, out: &mut String) {
        let Some(code) = &self.module.embedding else { return };
        let name = &self.module.name;
        let base = name.rsplit('.').next().unwrap_or(name);
        let _ = write!(
            out,
            "\n#define _CFFI_MODULE_NAME \"{name}\"\n#ifdef PYPY_VERSION\n#  define _CFFI_STARTED_MODULE \
             _cffi_pypyinit_{base}\n#else\n#  define _CFFI_STARTED_MODULE PyInit_{base}\n#endif\n\n/* The Python code. \
             It is no string, because some compilers have a limit for those. */\nstatic const unsigned char \
             _cffi_start_code[] = {{\n"
        );
        for line in code.split_inclusive('\n') {
            let shown = line.trim_end().escape_default().to_string();
            let _ = writeln!(out, "  /* {} */", shown.replace("*/", "* /").replace("/*", "/ *"));
            for bytes in line.as_bytes().chunks(24) {
                out.push_str("  ");
                for byte in bytes {
                    let _ = write!(out, "{byte},");
                }
                out.push('\n');
            }
        }
        out.push_str("  0\n};\n");
        out.push_str(EMBEDDING);
    }
}
