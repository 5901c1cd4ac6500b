//! Prints the module for a `cdef()` text: `cargo run --example emit -- < TEXT`. Texts are separated by lines of `%%`.
//! With `--c`, prints the C source of an API module.

use std::io::Read as _;

use cffi_cdef::cdef::{CdefOptions, Session};
use cffi_emit::{CModule, Names, c_source, python, tables};
use cffi_types::target::Target;

fn main() {
    let mut input = String::new();
    let _ = std::io::stdin().read_to_string(&mut input);
    let c = std::env::args().any(|arg| arg == "--c");
    for text in input.split("%%\n") {
        let mut session = Session::new(Target::HOST);
        match session.cdef(text, CdefOptions::default()) {
            Ok(_) => {
                let all: Vec<_> = session.decls.iter().map(|(id, _)| id).collect();
                if c {
                    let module = CModule { name: "m".to_owned(), ..CModule::default() };
                    match c_source(&session.decls, &all, Names::Declared, &module) {
                        Ok(source) => print!("{}", source.text),
                        Err(error) => println!("{}: {error}", error.kind.name()),
                    }
                    println!("%%");
                    continue;
                }
                let tables = tables(&session.decls, &all, Names::Declared);
                print!("{}", python::stock_module(&tables, "m", &[]));
                for left in &tables.left_out {
                    println!("# {}: {}", left.name, left.reason);
                }
            }
            Err(refusal) => println!("refused: {}", refusal.message),
        }
        println!("%%");
    }
}
