//! The text of a module that `ferrocffi bind` writes.
//!
//! It loads on every backend: beside `ffi`, the module has the constants that tables cannot hold, the comments of the
//! header, and a `lib` that is opened when it is first used.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use cffi_types::decls::Decls;

use crate::python::ffi_expression;
use crate::quote;
use crate::signature::signature;
use crate::tables::{Attribute, Tables};

/// The properties of a module that do not come from declarations.
#[derive(Clone, Debug, Default)]
pub struct Binding {
    /// The name of the module.
    pub module: String,
    /// The names of the headers, for the documentation.
    pub headers: Vec<String>,
    /// The file names of the library, in the order in which they are tried.
    pub libraries: Vec<String>,
    /// Names in the library by their names in the module.
    pub renamed: BTreeMap<String, String>,
    /// Comments of the header by the names of the declarations.
    pub docs: BTreeMap<String, String>,
}

/// The functions of each module.
const OPENING: &str = r#"
def _open():
    first = None
    for name in _libraries:
        try:
            return ffi.dlopen(name)
        except OSError as error:
            first = first or error
    raise first or OSError("this module was made without the name of a library; use ffi.dlopen()")


def __getattr__(name):
    if name == "lib":
        value = _open()
    elif name in _renamed:
        module, old = __import__("sys").modules[__name__], _renamed[name]
        value = getattr(module if old in _pointers or old in globals() else module.lib, old)
    elif name in _pointers:
        value = ffi.cast(*_pointers[name])
    else:
        raise AttributeError("module %r has no attribute %r" % (__name__, name))
    globals()[name] = value
    return value


def __dir__():
    return sorted({"lib", *globals(), *_renamed, *_pointers})
"#;

/// The names that a module uses itself.
const TAKEN: &[&str] = &[
    "ffi",
    "lib",
    "_cffi_backend",
    "_libraries",
    "_renamed",
    "_pointers",
    "_open",
    "__import__",
    "AttributeError",
    "OSError",
    "float",
    "getattr",
    "globals",
    "sorted",
];

/// Python's keywords, which are no names.
const KEYWORDS: &[&str] = &[
    "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue", "def",
    "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is",
    "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Returns the text of the module, without the first lines, which tell how it was made.
#[must_use]
pub fn binding(decls: &Decls, tables: &Tables, binding: &Binding) -> String {
    let mut out = String::new();
    let headers = binding.headers.join(", ");
    let _ = writeln!(out, "{}\n", quote::string(&format!("Declarations of {headers}.")));
    let _ = writeln!(out, "import _cffi_backend\n\nffi = {}\n", ffi_expression(tables, &binding.module));
    push_attributes(&mut out, tables);
    let libraries = binding.libraries.iter().map(|name| quote::string(name));
    push_tuple(&mut out, "_libraries", libraries);
    let labels = tables.labels.iter().chain(&binding.renamed);
    push_dict(&mut out, "_renamed", labels.map(|(name, symbol)| (name, quote::string(symbol))));
    let pointers = tables.attributes.iter().filter_map(|(name, attribute)| match attribute {
        Attribute::Pointer { ctype, value } => Some((name, format!("({}, {value})", quote::string(ctype)))),
        _ => None,
    });
    push_dict(&mut out, "_pointers", pointers);
    let docs = tables.sources.iter().filter_map(|(name, id)| {
        let doc = binding.docs.get(name)?;
        Some((name, quote::string(&format!("{}\n\n{doc}", signature(decls, *id)))))
    });
    push_dict(&mut out, "__docs__", docs);
    out.push('\n');
    out.push_str(OPENING);
    push_left_out(&mut out, decls, tables);
    out
}

fn push_attributes(out: &mut String, tables: &Tables) {
    for (name, attribute) in tables.attributes.iter().filter(|(name, _)| !TAKEN.contains(&name.as_str())) {
        let value = match attribute {
            Attribute::Float(value) if value.is_nan() => "float(\"nan\")".to_owned(),
            Attribute::Float(value) if value.is_infinite() => {
                format!("float(\"{}inf\")", if *value < 0.0 { "-" } else { "" })
            }
            Attribute::Float(value) => format!("{value:?}"),
            Attribute::Bytes(bytes) => quote::bytes(bytes),
            Attribute::Text(text) => quote::string(text),
            Attribute::Pointer { .. } => continue,
        };
        if is_name(name) {
            let _ = writeln!(out, "{name} = {value}");
        } else {
            let _ = writeln!(out, "globals()[{}] = {value}", quote::string(name));
        }
    }
}

/// Returns whether an attribute of this name can be assigned to in the text of a module.
fn is_name(name: &str) -> bool {
    let plain = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    plain && !KEYWORDS.contains(&name)
}

fn push_tuple(out: &mut String, name: &str, items: impl Iterator<Item = String>) {
    let items: String = items.map(|item| format!("{item}, ")).collect();
    let items = items.strip_suffix(' ').unwrap_or(&items);
    let _ = writeln!(out, "{name} = ({items})");
}

fn push_dict<'a>(out: &mut String, name: &str, items: impl Iterator<Item = (&'a String, String)>) {
    let _ = write!(out, "{name} = {{");
    let mut empty = true;
    for (key, value) in items {
        let _ = write!(out, "\n    {}: {value},", quote::string(key));
        empty = false;
    }
    out.push_str(if empty { "}\n" } else { "\n}\n" });
}

/// Returns a text for a comment: control characters become spaces, and characters beyond ASCII question marks.
fn plain(text: &str) -> String {
    let shown = |c: char| match c {
        c if c.is_control() => ' ',
        c if c.is_ascii() => c,
        _ => '?',
    };
    text.chars().map(shown).collect()
}

/// Lists what is missing, as comments.
fn push_left_out(out: &mut String, decls: &Decls, tables: &Tables) {
    let mut lines: Vec<String> = Vec::new();
    for left in tables.left_out.iter().filter(|left| left.is_loss()) {
        let (reason, name) = (plain(&left.reason), plain(&left.name));
        let line = match left.span {
            Some(span) => {
                let file = &decls.file(span.file).name;
                let file = plain(file.rsplit('/').next().unwrap_or(file));
                format!("#   {name} ({}, {file}:{}): {reason}\n", left.kind, span.line)
            }
            None => format!("#   {name} ({}): {reason}\n", left.kind),
        };
        lines.push(line);
    }
    if !lines.is_empty() {
        out.push_str("\n\n# Not, or not wholly, in this module:\n");
        lines.sort();
        lines.dedup();
        out.extend(lines);
    }
}
