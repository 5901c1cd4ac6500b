//! Compares real headers with the C compiler: sizes, alignments, offsets, types, values of enumerators and macros.
//!
//! The short test uses headers of the C library. The long test uses every header of a list that exists on this machine
//! and that gcc accepts alone: `cargo test --release -p cffi-cdef --test headers -- --ignored --nocapture`.
//! `HEADERS="zlib.h png.h"` selects other headers, and `FLAGS="-I/usr/include/foo -DBAR=1"` gives options.
//! `HEADER_LIST` names a file with a header and its options on each line.

mod check;
mod list;
mod lost;

use std::fmt::Write as _;

use check::{Outcome, Request, check};

#[test]
fn headers_of_the_c_library() {
    if !check::has_gcc() {
        eprintln!("there is no gcc: nothing was compared");
        return;
    }
    let names = [
        "stdio.h",
        "stdlib.h",
        "string.h",
        "math.h",
        "time.h",
        "signal.h",
        "sys/stat.h",
        "sys/epoll.h",
        "netinet/in.h",
        "linux/input.h",
    ];
    run(names.iter().map(|name| Request::new(name, "")).collect());
}

#[test]
#[ignore = "takes minutes, and depends on what is installed"]
fn headers_of_libraries() {
    if let Ok(path) = std::env::var("HEADER_LIST") {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let lines = text.lines().filter_map(|line| {
            let line = line.trim();
            let (header, flags) = line.split_once(' ').unwrap_or((line, ""));
            (!header.is_empty()).then(|| Request::new(header, flags))
        });
        return run(lines.collect());
    }
    let requests = match std::env::var("HEADERS") {
        Ok(names) => {
            let flags = std::env::var("FLAGS").unwrap_or_default();
            names.split_whitespace().map(|name| Request::new(name, &flags)).collect()
        }
        Err(_) => list::requests(),
    };
    run(requests);
}

fn run(requests: Vec<Request>) {
    let (mut facts, mut headers, mut refused) = (0, 0, 0);
    let mut missing = Vec::new();
    let mut wrong = String::new();
    for request in &requests {
        match check(request) {
            Outcome::NotHere => missing.push(request.header.clone()),
            Outcome::GccRefuses(why) => {
                refused += 1;
                eprintln!("{}: gcc refuses it: {why}", request.header);
            }
            Outcome::Compared { facts: count, lines } => {
                headers += 1;
                facts += count;
                if !lines.is_empty() {
                    eprintln!("{}: {} of {count} facts are wrong or lost", request.header, lines.len());
                    let _ = writeln!(
                        wrong,
                        "{}: {} of {count} facts are wrong or lost",
                        request.header,
                        lines.len()
                    );
                    for line in lines.iter().take(40) {
                        let _ = writeln!(wrong, "    {}", line.chars().take(200).collect::<String>());
                    }
                }
            }
        }
    }
    eprintln!(
        "{facts} facts of {headers} headers compared; {refused} refused by gcc alone; not here: {missing:?}"
    );
    assert!(wrong.is_empty(), "{wrong}");
    assert!(facts > 0 || headers == 0, "nothing was compared");
}
