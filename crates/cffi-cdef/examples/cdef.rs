//! Reads texts of `cdef()` from standard input, each ended by a zero byte, and prints one line for each text with its
//! declarations. A text that begins with `TYPE ` is a type string. A text that begins with `+` is added to the `FFI`
//! object of the text before it.

use std::io::{Read as _, Write as _};

use cffi_cdef::cdef::{CdefOptions, Session};
use cffi_types::decls::{Constant, DeclFlags, DeclKind};
use cffi_types::target::Target;

fn main() {
    let mut input = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut input);
    let mut out = std::io::BufWriter::new(std::io::stdout());
    let mut session = Session::new(Target::HOST);
    for text in input.split(|byte| *byte == 0) {
        let text = String::from_utf8_lossy(text);
        let text = match text.strip_prefix('+') {
            Some(text) => text,
            None => {
                session = Session::new(Target::HOST);
                &*text
            }
        };
        if let Some(text) = text.strip_prefix("TYPE ") {
            let _ = match session.parse_type(text) {
                Ok(ty) => writeln!(out, "OK {}", session.decls.types.cffi_name(ty).text),
                Err(refusal) => writeln!(out, "NO {} {}", refusal.line, refusal.message),
            };
            continue;
        }
        match session.cdef(text, CdefOptions::default()) {
            Err(refusal) => {
                let _ = writeln!(out, "NO {} {}", refusal.line, refusal.message.replace('\n', " "));
            }
            Ok(report) => {
                let shown: Vec<String> = session
                    .decls
                    .iter()
                    .map(|(_, decl)| show(&session, decl))
                    .filter(|text| !text.is_empty())
                    .collect();
                let _ = writeln!(out, "OK {} WARN {}", shown.join("; "), report.warnings.len());
            }
        }
    }
}

fn show(session: &Session, decl: &cffi_types::decls::Decl) -> String {
    let decls = &session.decls;
    let name = decls.types.symbols.get(decl.name);
    let value = match decl.value.map(|value| decls.constant(value)) {
        Some(Constant::Int { value, .. }) => format!("={value}"),
        Some(Constant::Elided) => "=...".to_owned(),
        _ => String::new(),
    };
    let kind = match decl.kind {
        DeclKind::Function if decl.flags.contains(DeclFlags::EXTERN_PYTHON) => "extern_python",
        DeclKind::Function if decl.flags.contains(DeclFlags::EXTERN_PYTHON_PLUS_C) => "extern_python_plus_c",
        kind => kind.name(),
    };
    match decl.kind {
        DeclKind::Macro | DeclKind::Enumerator => format!("{kind} {name}{value}"),
        DeclKind::Struct | DeclKind::Union | DeclKind::Enum if name.is_empty() => String::new(),
        DeclKind::Struct | DeclKind::Union => {
            let size =
                decls.types.size(decl.ty.id()).map_or_else(|_| "?".to_owned(), |size| size.to_string());
            format!("{kind} {name}={size}")
        }
        DeclKind::Enum => format!("{kind} {name}"),
        _ => format!("{kind} {name}={}", decls.types.cffi_name(decl.ty).text),
    }
}
