//! Prints the C source of an API module for a header of this machine: `cargo run --example emit_header -- zlib.h`.

use cffi_cdef::files::DiskFiles;
use cffi_cdef::parse_text;
use cffi_cdef::pp::Options;
use cffi_emit::{CModule, Names, Only, c_source};
use cffi_types::target::Target;

fn main() {
    let headers: Vec<String> = std::env::args().skip(1).collect();
    let preamble: String = headers.iter().map(|name| format!("#include <{name}>\n")).collect();
    let options = Options::for_machine(&DiskFiles, Target::HOST);
    let unit = parse_text(&DiskFiles, "<emit>", preamble.as_bytes().into(), &options);
    let own = unit.own_files(headers.len(), &options);
    let selected = Only { patterns: Vec::new(), own }.select(&unit.decls);
    let module = CModule { name: "m".to_owned(), preamble, ..CModule::default() };
    match c_source(&unit.decls, &selected, Names::Standard, &module) {
        Ok(source) => {
            print!("{}", source.text);
            for left in source.left_out.iter().filter(|left| left.is_loss()) {
                eprintln!("{} {}: {}", left.kind, left.name, left.reason);
            }
        }
        Err(error) => eprintln!("{}: {error}", error.kind.name()),
    }
}
