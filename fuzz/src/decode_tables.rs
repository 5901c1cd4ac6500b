//! Any byte strings are either tables, whose references lead somewhere, or an error.

use cffi_parse::tables::Tables;
use cffi_parse::{Output, parse};

use crate::tables::build;

/// One input.
pub fn run(input: &[u8]) {
    if let Ok(tables) = build(input) {
        walk(&tables);
    }
}

fn walk(tables: &Tables) {
    for entry in tables.struct_unions() {
        assert!(tables.types()[entry.type_index].is_operation());
        for field in &tables.fields()[entry.fields()] {
            assert_eq!(tables.c_name(field.name).to_bytes(), tables.name(field.name));
        }
    }
    for entry in tables.enums() {
        assert!(tables.types()[entry.type_index].is_operation());
        assert!(tables.enumerators(entry).all(|name| !name.contains(&b',')));
    }
    for global in tables.globals() {
        tables.find_global(tables.name(global.name));
    }
    let mut out = Output::new();
    for entry in tables.typenames() {
        assert!(entry.type_index < tables.types().len());
        if let Ok(name) = std::str::from_utf8(tables.name(entry.name)) {
            let _ = parse(name, tables, &mut out);
        }
    }
}
