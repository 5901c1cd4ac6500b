//! Prints the declarations of a header: `cargo run --example dump -- [--std=c99] [-I DIR] [-a] HEADER…`.
//! Without `-a` only the declarations in the header's own folder are shown.

use std::time::Instant;

use cffi_cdef::files::DiskFiles;
use cffi_cdef::pp::{Options, Standard};
use cffi_cdef::{Unit, parse_header, plain_comment};
use cffi_types::decls::{Constant, DeclFlags, DeclId, DeclKind};
use cffi_types::target::Target;

fn main() {
    let mut options = Options::for_machine(&DiskFiles, Target::HOST);
    let (mut all, mut quiet) = (false, false);
    let mut headers = Vec::new();
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "-a" => all = true,
            "-q" => quiet = true,
            "-I" => options.include_dirs.extend(arguments.next()),
            "-D" => options.defines.extend(arguments.next().map(|define| {
                let (name, body) = define.split_once('=').unwrap_or((&define, "1"));
                (name.to_owned(), body.to_owned())
            })),
            _ => match argument.strip_prefix("--std=") {
                Some(name) => options.standard = Standard::from_name(name).unwrap_or_default(),
                None => headers.push(argument),
            },
        }
    }
    for header in headers {
        let start = Instant::now();
        let unit = parse_header(&DiskFiles, &header, &options);
        let elapsed = start.elapsed();
        for problem in unit.problems.iter().take(20) {
            eprint!("{}", problem.render(&unit.sources));
        }
        if !quiet {
            dump(&unit, all);
        }
        let (decls, problems) = (unit.decls.len(), unit.problems.len());
        eprintln!("{header}: {decls} declarations, {problems} problems, {elapsed:?}");
    }
}

fn dump(unit: &Unit, all: bool) {
    let decls = &unit.decls;
    for (id, decl) in decls.iter() {
        if !all && decl.flags.contains(DeclFlags::SYSTEM) {
            continue;
        }
        if let Some(extra) = decls.extra(id)
            && !extra.doc.is_empty()
        {
            println!("    {}", plain_comment(&decls.text(extra.doc)).replace('\n', "\n    "));
        }
        let file = &decls.file(decl.span.file).name;
        println!(
            "{}:{}: {} {}{}",
            file,
            decl.span.line,
            decl.kind.name(),
            decls.text_of(id),
            value(unit, id)
        );
        if matches!(decl.kind, DeclKind::Struct | DeclKind::Union)
            && let cffi_types::types::Shape::Record(record) = decls.types.shape(decl.ty.id())
        {
            for field in decls.types.fields(record) {
                let name = decls.types.symbols.get(field.name);
                let bits = field.bits().map(|bits| format!(" : {bits}")).unwrap_or_default();
                println!("      {} {}{bits}", field.offset(), decls.types.spell(field.ty, name));
            }
            println!(
                "      size {:?} {:?}",
                decls.types.size(decl.ty.id()),
                decls.types.record(record).state
            );
        }
    }
}

fn value(unit: &Unit, id: DeclId) -> String {
    let decls = &unit.decls;
    match decls.decl(id).value.map(|value| decls.constant(value)) {
        None => String::new(),
        Some(Constant::Int { value, ty }) => format!(" = {value} ({})", decls.types.spell(*ty, "")),
        Some(Constant::Float { value, ty }) => format!(" = {value:?} ({})", decls.types.spell(*ty, "")),
        Some(Constant::Bytes(text)) => format!(" = {:?}", decls.text(*text)),
        Some(Constant::Wide { text, .. }) => format!(" = L{:?}", decls.text(*text)),
        Some(Constant::Elided) => " = ...".to_owned(),
        Some(Constant::Unfoldable(problem)) => {
            format!(" -- {}", decls.text(decls.problem(*problem).message))
        }
    }
}
