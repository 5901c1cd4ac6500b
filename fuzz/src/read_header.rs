//! Any text that is read as a header gives declarations and problems that can be displayed, in bounded time, and a module
//! whose tables refer only to what they have.

use cffi_abi::Op;
use cffi_cdef::files::MemoryFiles;
use cffi_cdef::parse_text;
use cffi_cdef::pp::Options;
use cffi_emit::{Binding, Names};
use cffi_types::decls::DeclKind;
use cffi_types::{Decls, Target};

/// Runs one input, which can include itself.
pub fn run(input: &[u8]) {
    let mut files = MemoryFiles::default();
    files.add("dir/self.h", input);
    let mut options = Options::new(Target::x86_64_linux_gnu());
    options.include_dirs = vec!["dir".to_owned()];
    options.limits.expanded = 20_000;
    options.limits.includes = 50;
    options.limits.include_depth = 10;
    let unit = parse_text(&files, "input.h", input.into(), &options);
    for problem in unit.problems.iter().take(20) {
        assert!(problem.render(&unit.sources).contains(&problem.message));
    }
    for (id, decl) in unit.decls.iter().take(200) {
        let text = unit.decls.text_of(id);
        assert!(decl.kind != DeclKind::Function || text.contains('('), "{text}");
        let _ = unit.decls.types.size(decl.ty.id());
        assert!(decl.span.file.number() < unit.decls.files().len());
    }
    emit(&unit.decls);
}

fn emit(decls: &Decls) {
    let all: Vec<_> = decls.iter().map(|(id, _)| id).take(200).collect();
    let tables = cffi_emit::tables(decls, &all, Names::Standard);
    let types = tables.types.len();
    let mut raw = false;
    for word in &tables.types {
        let is_length = std::mem::replace(&mut raw, false);
        if is_length {
            continue;
        }
        let index = word.index().unwrap_or(0);
        match word.op().expect("an operation") {
            Op::Pointer | Op::OpenArray | Op::Function | Op::Noop => assert!(index < types),
            Op::Array => {
                assert!(index < types);
                raw = true;
            }
            Op::StructUnion => assert!(index < tables.records.len()),
            Op::Enum => assert!(index < tables.enums.len()),
            Op::Primitive => assert!(index < 52),
            Op::FunctionEnd => {}
            other => panic!("{other:?} in the table of types"),
        }
    }
    for (name, record) in &tables.records {
        let at = tables.records.keys().position(|known| known == name);
        let word = tables.types[record.type_index as usize];
        assert_eq!((word.op(), word.index()), (Ok(Op::StructUnion), at));
        assert!(record.fields.iter().all(|field| field.op.index().is_some_and(|index| index < types)));
    }
    for e in tables.enums.values() {
        assert!(e.enumerators.iter().all(|name| tables.globals.contains_key(name)));
    }
    assert!(tables.typenames.values().all(|index| (*index as usize) < types));
    let module = cffi_emit::binding(decls, &tables, &Binding::default());
    assert!(module.is_ascii());
}
