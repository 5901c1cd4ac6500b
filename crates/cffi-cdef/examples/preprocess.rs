//! Prints the tokens of a header after preprocessing, one per line: `cargo run --example preprocess -- zlib.h`.

use std::io::Write as _;

use cffi_cdef::files::DiskFiles;
use cffi_cdef::pp::{Options, Preprocessor};
use cffi_types::target::Target;

fn main() {
    let name = std::env::args().nth(1).unwrap_or_else(|| "stdio.h".to_owned());
    let mut options = Options::for_machine(&DiskFiles, Target::x86_64_linux_gnu());
    options.include_dirs = std::env::args().skip(2).collect();
    let mut pp = Preprocessor::new(&DiskFiles, &options);
    let start = std::time::Instant::now();
    let tokens = pp.run("<command line>", format!("#include <{name}>\n").into_bytes().into());
    let elapsed = start.elapsed();
    let mut out = std::io::BufWriter::new(std::io::stdout());
    for token in &tokens {
        let _ = writeln!(out, "{}", pp.text(*token));
    }
    for problem in &pp.problems {
        eprint!("{}", problem.render(&pp.sources));
    }
    eprintln!("{} tokens in {elapsed:?}, {} files", tokens.len(), pp.sources.len());
}
