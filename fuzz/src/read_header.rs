//! Any text that is read as a header gives declarations and problems that can be displayed, in bounded time.

use cffi_cdef::files::MemoryFiles;
use cffi_cdef::parse_text;
use cffi_cdef::pp::Options;
use cffi_types::Target;
use cffi_types::decls::DeclKind;

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
}
