//! Any text for `cdef()` is either accepted, or refused with a place and no remaining declarations. The last line of
//! the input is a type string.

use cffi_cdef::cdef::{CdefOptions, Session};
use cffi_types::Target;

/// Runs one input.
pub fn run(input: &str) {
    let (text, type_string) = input.rsplit_once('\n').unwrap_or((input, input));
    let mut session = Session::new(Target::x86_64_linux_gnu());
    for _ in 0..2 {
        let before = session.decls.len();
        match session.cdef(text, CdefOptions::default()) {
            Ok(report) => assert_eq!(report.first, before),
            Err(refusal) => {
                assert!(refusal.rendered.contains(&refusal.message));
                assert_eq!(session.decls.len(), before);
            }
        }
    }
    for (id, decl) in session.decls.iter().take(200) {
        let _ = (session.decls.text_of(id), session.decls.types.cffi_name(decl.ty));
    }
    // A type string that was read once has the same meaning the second time.
    if let Ok(first) = session.parse_type(type_string) {
        let again = session.parse_type(type_string);
        let defines = type_string.contains('{');
        assert!(defines || again.as_ref() == Ok(&first), "{type_string}: {first:?}, then {again:?}");
    }
}
