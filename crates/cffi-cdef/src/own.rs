//! Which files belong to a header, and which ones it only needs.
//!
//! A header in a folder of its own (`SDL2/SDL.h`) owns the files of that folder. A header in a folder that all libraries
//! share (`/usr/include/zlib.h`) owns the files that it includes with quotation marks, those whose names begin with its
//! name, and the parts of the C library that belong to it (`bits/`).

use std::collections::HashSet;

use cffi_types::Decls;
use cffi_types::decls::SourceFile;

use crate::pp::Options;
use crate::source::SourceMap;

/// Folders below the system's ones that hold headers of many origins.
const SHARED: &[&str] = &[
    "arpa",
    "asm",
    "asm-generic",
    "bits",
    "linux",
    "misc",
    "net",
    "netinet",
    "netpacket",
    "rpc",
    "scsi",
    "sys",
];

/// Files of the C library that its headers use for common types.
const COMMON: &[&str] =
    &["types", "wordsize", "timesize", "libc-header-start", "long-double", "floatn", "endian"];

/// Returns, for each file of some declarations, whether it belongs to one of the headers that the first text behind
/// `first` includes itself. `main` is the number of those headers, counted from the last one.
pub(crate) fn own_files(
    decls: &Decls,
    sources: &SourceMap,
    first: usize,
    main: usize,
    options: &Options,
) -> Vec<bool> {
    let files = decls.files();
    let is_top = |file: &SourceFile| {
        file.included_from.is_some_and(|from| files[from.file.number()].included_from.is_none())
    };
    // A header may be read several times, and a file has an entry for each time.
    let mut roots: Vec<Root<'_>> = Vec::new();
    for top in files.iter().skip(first).filter(|file| is_top(file)).rev() {
        let root = Root::new(&top.name, options);
        if !roots.iter().any(|known| known.path == root.path) {
            roots.push(root);
        }
    }
    roots.truncate(main);
    let mut own: HashSet<&str> = roots.iter().map(|root| root.path).collect();
    // Files are in the order of their inclusion, so the including file comes first.
    for file in files {
        let includer = file.included_from.map(|from| files[from.file.number()].name.as_str());
        let by_own = includer.is_some_and(|name| own.contains(name));
        let quoted = || {
            let from = file.included_from.map(|from| (&decls.file(from.file).name, from.line));
            let line = from.and_then(|(path, line)| sources.line_of_file(path, line));
            line.is_some_and(|line| line.contains(&b'"'))
        };
        if by_own && quoted() || roots.iter().any(|root| root.owns(&file.name, by_own)) {
            own.insert(&file.name);
        }
    }
    files.iter().map(|file| own.contains(file.name.as_str())).collect()
}

/// A header whose files are looked for.
struct Root<'a> {
    path: &'a str,
    folder: &'a str,
    /// The folder of the system that the header is in, if it is in a shared one.
    shared: Option<&'a str>,
    stem: &'a str,
}

impl<'a> Root<'a> {
    fn new(path: &'a str, options: &'a Options) -> Root<'a> {
        let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
        let stem = name.split('.').next().unwrap_or(name);
        let shared = options.system_dirs.iter().map(String::as_str).find(|dir| {
            let below = folder.strip_prefix(dir).map(|rest| rest.trim_start_matches('/'));
            below.is_some_and(|below| below.is_empty() || SHARED.contains(&below))
        });
        Root { path, folder, shared, stem }
    }

    fn owns(&self, file: &str, by_own: bool) -> bool {
        let Some(system) = self.shared else {
            return file.strip_prefix(self.folder).is_some_and(|rest| rest.starts_with('/'));
        };
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", file));
        let last = folder.rsplit('/').next().unwrap_or("");
        if last == "bits" {
            return by_own && !COMMON.iter().any(|common| name.starts_with(common));
        }
        // Another architecture's folder is beside the system's one.
        let system = system.split("/include").next().unwrap_or(system);
        let near = folder == self.folder || last.starts_with(self.stem) || SHARED.contains(&last) || by_own;
        file.starts_with(system) && near && (name.starts_with(self.stem) || last.starts_with(self.stem))
    }
}
