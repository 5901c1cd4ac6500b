//! Headers and texts of `cdef()` in one session.

use cffi_cdef::cdef::{CdefOptions, HeaderReport, HeaderRequest, Session};
use cffi_cdef::files::MemoryFiles;
use cffi_cdef::pp::Options;
use cffi_types::decls::DeclKind;
use cffi_types::types::Shape;
use cffi_types::{Prim, Target, TypeId};

fn files() -> MemoryFiles {
    let mut files = MemoryFiles::default();
    files.add("/inc/base.h", "#ifndef BASE\n#define BASE\ntypedef unsigned int uint32_t;\nstruct base { int n; };\n#define LIMIT 3\n#endif\n");
    files.add("/inc/one.h", "#include <base.h>\nuint32_t one(struct base *);\n#define TWICE (2 * LIMIT)\n");
    files.add("/inc/two.h", "#include <base.h>\nstruct two { struct base base; };\nint two(void);\n#define THRICE (TWICE + LIMIT)\nint bad bad;\n");
    files
}

fn read(session: &mut Session, name: &str) -> HeaderReport {
    let mut options = Options::new(Target::x86_64_linux_gnu());
    options.include_dirs.push("/inc".to_owned());
    let directives = format!("#include <{name}>\n");
    session.header(&files(), HeaderRequest { directives, main: 1, options })
}

fn value(session: &Session, name: &str) -> Option<i128> {
    session.constant(session.decls.types.symbols.find(name)?)
}

#[test]
fn headers_make_one_translation_unit() {
    let mut session = Session::new(Target::x86_64_linux_gnu());
    session.cdef("struct base; int before(struct base *);", CdefOptions::default()).expect("understood");
    let one = read(&mut session, "one.h");
    assert!(one.problems.is_empty());
    assert_eq!(value(&session, "TWICE"), Some(6));
    let two = read(&mut session, "two.h");
    assert_eq!(two.problems.len(), 1);
    assert!(two.problems[0].render(&two.sources).starts_with("/inc/two.h:5:9: error"));
    assert_eq!(value(&session, "THRICE"), Some(9));
    // The file with an include guard was read once.
    let bases = session.decls.iter().filter(|(_, decl)| {
        decl.kind == DeclKind::Macro && session.decls.types.symbols.get(decl.name) == "LIMIT"
    });
    assert_eq!(bases.count(), 1);
    session.cdef("struct after { struct two two; };", CdefOptions::default()).expect("understood");
    let after = session.parse_type("struct after").expect("known");
    assert_eq!(session.decls.types.size(after.id()), Ok(4));
}

#[test]
fn names_of_cffi_types_give_those_types() {
    let mut session = Session::new(Target::x86_64_linux_gnu());
    read(&mut session, "one.h");
    let one = session.decls.decl(session.decls.find("one").expect("declared"));
    let Shape::Function(id) = session.decls.types.resolve(one.ty).0 else { panic!("a function") };
    assert_eq!(session.decls.types.function_of(id).result.id(), TypeId::of(Prim::UInt32));
}

#[test]
fn own_files_and_hidden_names() {
    let mut session = Session::new(Target::x86_64_linux_gnu());
    let report = read(&mut session, "one.h");
    let mut own: Vec<&str> = session
        .decls
        .files()
        .iter()
        .zip(&report.own)
        .filter(|(_, own)| **own)
        .map(|(file, _)| file.name.as_str())
        .collect();
    // A file has an entry for each reader.
    own.sort_unstable();
    own.dedup();
    // Both headers are in one folder.
    assert_eq!(own, ["/inc/base.h", "/inc/one.h"]);
    let id = session.decls.find("one").expect("declared");
    let name = session.decls.decl(id).name;
    session.hide([id]);
    assert!(session.is_hidden(name) && !session.is_listed(id));
    session.show([id]);
    assert!(!session.is_hidden(name) && session.is_listed(id));
}

#[test]
fn a_header_that_includes_itself_ends() {
    let mut files = MemoryFiles::default();
    files.add("/inc/loop.h", "#include <loop.h>\nint f(void);\n");
    let mut options = Options::new(Target::x86_64_linux_gnu());
    options.include_dirs.push("/inc".to_owned());
    let mut session = Session::new(Target::x86_64_linux_gnu());
    let directives = "#include <loop.h>\n".to_owned();
    let report = session.header(&files, HeaderRequest { directives, main: 1, options });
    assert!(!report.problems.is_empty());
}
