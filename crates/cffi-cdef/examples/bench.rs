//! Measures how long reading takes, for headers and for `cdef()`: the shortest of several runs in one process.
//! `cargo run --release -p cffi-cdef --example bench -- [-I DIR] HEADER…`

use std::time::{Duration, Instant};

use cffi_cdef::cdef::{CdefOptions, Session};
use cffi_cdef::files::DiskFiles;
use cffi_cdef::parse_header;
use cffi_cdef::pp::{Options, Preprocessor};
use cffi_types::target::Target;

fn main() {
    let mut options = Options::for_machine(&DiskFiles, Target::HOST);
    let mut headers = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-I" => options.include_dirs.extend(arguments.next()),
            _ => headers.push(argument),
        }
    }
    let start = least(|| drop(Preprocessor::new(&DiskFiles, &options)));
    println!("predefined macros: {start:?}");
    for header in &headers {
        let first = Instant::now();
        let unit = parse_header(&DiskFiles, header, &options);
        let first = first.elapsed();
        let count = unit.decls.len();
        let time = least(|| drop(parse_header(&DiskFiles, header, &options)));
        let thousand = time.as_secs_f64() * 1e6 / count as f64;
        println!(
            "{header}: {count} declarations, first {first:?}, then {time:?}, {thousand:.2} ms for 1,000"
        );
    }
    let ten = "typedef struct { int x, y; } point; int f(int, char *); extern int errors; enum e { A, B };\n\
               double g(double); void h(point *); #define N 5\n"
        .replace("#define", "\n#define");
    cdef("ten declarations", &ten);
    for count in [2_000, 20_000] {
        let text: String = (0..count)
            .map(|n| match n % 4 {
                0 => format!("typedef struct s{n} {{ int a; char *b; }} t{n};\n"),
                1 => format!("int f{n}(struct s{} *, unsigned long, const char *);\n", n - 1),
                2 => format!("#define C{n} {n}\n"),
                _ => format!("typedef int (*cb{n})(t{}, void *);\n", n - 3),
            })
            .collect();
        cdef(&format!("{count} declarations"), &text);
    }
    let mut session = Session::new(Target::HOST);
    let typedefs: String = (0..2_000).map(|n| format!("typedef int t{n};\n")).collect();
    if let Err(refusal) = session.cdef(&typedefs, CdefOptions::default()) {
        println!("{refusal}");
    }
    let mut number = 0;
    let time = least(|| {
        number += 1;
        let _ = session.parse_type(&format!("t{}[{number}]", number % 2_000));
    });
    println!("a new type string after 2,000 typedefs: {time:?}");
}

fn cdef(what: &str, text: &str) {
    let time = least(|| {
        let mut session = Session::new(Target::HOST);
        if let Err(refusal) = session.cdef(text, CdefOptions::default()) {
            println!("{refusal}");
        }
    });
    println!("cdef() of {what}: {time:?}");
}

/// Returns the shortest time among as many runs as fit into a second.
fn least(mut work: impl FnMut()) -> Duration {
    let end = Instant::now() + Duration::from_secs(1);
    let mut best = Duration::MAX;
    while Instant::now() < end {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed());
    }
    best
}
