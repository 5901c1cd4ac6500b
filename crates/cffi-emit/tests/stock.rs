//! Modules must be equal, byte for byte, to those that stock cffi's generator makes of the same `cdef()` texts.

use cffi_cdef::cdef::{CdefOptions, Session};
use cffi_emit::{Names, python, tables};
use cffi_types::target::Target;

const SEPARATOR: &str = "%%\n";

#[test]
fn modules_are_those_of_the_stock_generator() {
    let texts: Vec<&str> = include_str!("stock/texts.txt").split(SEPARATOR).collect();
    let modules: Vec<&str> = include_str!("stock/modules.txt").split(SEPARATOR).collect();
    assert_eq!(texts.len(), modules.len(), "run record.py");
    for (text, expected) in texts.into_iter().zip(modules) {
        // The modules were recorded on this platform.
        let mut session = Session::new(Target::x86_64_linux_gnu());
        if let Err(refusal) = session.cdef(text, CdefOptions::default()) {
            panic!("{text}{refusal}");
        }
        let all: Vec<_> = session.decls.iter().map(|(id, _)| id).collect();
        let tables = tables(&session.decls, &all, Names::Declared);
        assert_eq!(python::stock_module(&tables, "m", &[]), expected, "{text}");
        assert_eq!(tables.left_out, [], "{text}");
    }
}
