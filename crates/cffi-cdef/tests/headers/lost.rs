//! What gcc knows of a header and the front end does not: functions, types, members, enumerators and texts of macros.

#![expect(clippy::expect_used, reason = "a test that cannot run its tools has failed")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use cffi_cdef::Unit;
use cffi_types::decls::{Constant, DeclKind};
use cffi_types::types::Shape;
use cffi_types::{Symbol, TypeId};

use super::check::{Request, errors};

/// Returns the functions that gcc has declared and the front end has not.
pub(crate) fn functions(unit: &Unit, request: &Request, source: &Path, dir: &Path) -> Vec<String> {
    let list = dir.join("functions.txt");
    let output = request.gcc().arg("-aux-info").arg(&list).arg("-fsyntax-only").arg(source).output();
    output.expect("gcc runs");
    let text = String::from_utf8_lossy(&std::fs::read(&list).unwrap_or_default()).into_owned();
    let mut names = BTreeSet::new();
    for line in text.lines() {
        let Some((place, declaration)) = line.split_once("*/ ") else { continue };
        if place.contains("<built-in>") || declaration.starts_with("typedef") || place.contains(":0:") {
            continue;
        }
        names.extend(function_name(declaration));
    }
    let known = |name: &str| {
        let id = unit.decls.types.symbols.find(name).and_then(|symbol| unit.decls.ordinary(symbol));
        id.is_some_and(|id| unit.decls.decl(id).kind == DeclKind::Function)
    };
    names
        .into_iter()
        .filter(|name| !known(name))
        .map(|name| format!("function {name} is not declared"))
        .collect()
}

/// Returns the name in a declaration of a function: the word before the first parenthesis that follows a name.
fn function_name(declaration: &str) -> Option<&str> {
    let mut from = 0;
    while let Some(at) = declaration[from..].find(" (") {
        let before = &declaration[..from + at];
        let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
        let word = &before[start..];
        // In `void (*signal (int))(int)`, the first word is no name.
        let is_name = !declaration[from + at + 2..].starts_with('*');
        if is_name
            && !word.is_empty()
            && !word.starts_with(|c: char| c.is_ascii_digit())
            && word != "__attribute__"
        {
            return Some(word);
        }
        from += at + 2;
    }
    None
}

/// Returns what the debug information of gcc has and the front end has not: structs, unions, enums, typedefs, members
/// and enumerators.
pub(crate) fn types(unit: &Unit, request: &Request, source: &Path, dir: &Path) -> Vec<String> {
    let object = dir.join("types.o");
    let mut command = request.gcc();
    command.args(["-g", "-gdwarf-4", "-gno-column-info", "-fno-eliminate-unused-debug-types", "-c", "-o"]);
    command.arg(&object).arg(source).output().expect("gcc runs");
    let output = Command::new("readelf").args(["-W", "--debug-dump=info"]).arg(&object).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    let tree = Tree::read(&text);
    let mut lost = Vec::new();
    for &at in &tree.top {
        let Some(entry) = tree.entries.get(&at) else { continue };
        let Some(name) = entry.name.as_deref() else {
            tree.compare_enumerators(unit, entry, &mut lost);
            continue;
        };
        let symbol = unit.decls.types.symbols.find(name);
        match entry.tag.as_str() {
            "structure_type" | "union_type" | "enumeration_type" if name.starts_with("__builtin") => {}
            "structure_type" | "union_type" | "enumeration_type" => {
                // The compiler's own type of variable arguments is in no header.
                if name == "__va_list_tag" || !entry.sized {
                    continue;
                }
                match symbol.and_then(|symbol| unit.decls.tag(symbol)) {
                    Some(ty) => tree.compare(unit, entry, ty, name, 0, &mut lost),
                    None => lost.push(format!("type {name} is not declared")),
                }
                tree.compare_enumerators(unit, entry, &mut lost);
            }
            "typedef" => {
                let decl =
                    symbol.and_then(|symbol| unit.decls.ordinary(symbol)).map(|id| unit.decls.decl(id));
                match decl.filter(|decl| decl.kind == DeclKind::Typedef) {
                    Some(decl) => {
                        if let Some(target) = entry.ty.and_then(|ty| tree.entries.get(&ty)) {
                            tree.compare(unit, target, decl.ty.id(), name, 0, &mut lost);
                        }
                    }
                    None if name.starts_with("__builtin") => {}
                    None => lost.push(format!("typedef {name} is not declared")),
                }
            }
            _ => {}
        }
    }
    lost
}

/// An entry of the debug information.
#[derive(Default)]
struct Entry {
    tag: String,
    name: Option<String>,
    ty: Option<u64>,
    sized: bool,
    value: Option<i128>,
    children: Vec<u64>,
}

/// The entries of the debug information by their offset.
#[derive(Default)]
struct Tree {
    entries: BTreeMap<u64, Entry>,
    top: Vec<u64>,
}

impl Tree {
    fn read(text: &str) -> Tree {
        let mut tree = Tree::default();
        let mut path: Vec<u64> = Vec::new();
        for line in text.lines() {
            let line = line.trim_start();
            if let Some((depth, rest)) = line.strip_prefix('<').and_then(|line| line.split_once("><")) {
                let Some((offset, rest)) = rest.split_once(">: Abbrev Number: ") else { continue };
                let Some((_, tag)) = rest.split_once("(DW_TAG_") else { continue };
                let (Ok(depth), Ok(offset)) = (depth.parse::<usize>(), u64::from_str_radix(offset, 16))
                else {
                    continue;
                };
                path.truncate(depth);
                if let Some(parent) = path.last().and_then(|at| tree.entries.get_mut(at)) {
                    parent.children.push(offset);
                }
                if depth == 1 {
                    tree.top.push(offset);
                }
                path.push(offset);
                let tag = tag.trim_end_matches(')').to_owned();
                tree.entries.insert(offset, Entry { tag, ..Entry::default() });
            } else if let Some((key, value)) = line.split_once("DW_AT_") {
                let Some(entry) = path.last().and_then(|at| tree.entries.get_mut(at)) else { continue };
                let Some((_, value)) = value.split_once(':').filter(|_| key.starts_with('<')) else {
                    continue;
                };
                let word = line.split("DW_AT_").nth(1).and_then(|rest| rest.split([' ', ':']).next());
                let value = value.trim();
                match word.unwrap_or("") {
                    "name" => {
                        // `(string) name`, or `(indirect string, offset: 0x1): name`
                        let name = value.strip_prefix("(string) ").unwrap_or(value);
                        entry.name = name.rsplit("): ").next().map(|name| name.trim().to_owned());
                    }
                    "type" => {
                        let digits = value.trim_start_matches("<0x").trim_end_matches('>');
                        entry.ty = u64::from_str_radix(digits, 16).ok();
                    }
                    "byte_size" => entry.sized = true,
                    "const_value" => entry.value = value.parse().ok(),
                    _ => {}
                }
            }
        }
        tree
    }

    /// Compares the names of the members, and those of anonymous members.
    fn compare(
        &self,
        unit: &Unit,
        entry: &Entry,
        ty: TypeId,
        name: &str,
        depth: u32,
        lost: &mut Vec<String>,
    ) {
        let types = &unit.decls.types;
        if !matches!(entry.tag.as_str(), "structure_type" | "union_type") || !entry.sized || depth > 20 {
            return;
        }
        let (Shape::Record(id), _) = types.resolve(ty.into()) else {
            lost.push(format!("{name} is no record"));
            return;
        };
        if !types.record(id).is_defined() {
            lost.push(format!("{name} is not defined"));
            return;
        }
        let mut ours: Vec<_> = types.fields(id).iter().collect();
        // Debug information has no unnamed bit-fields.
        ours.retain(|field| !(field.name.is_empty() && field.bits().is_some()));
        let theirs: Vec<&Entry> = entry
            .children
            .iter()
            .filter_map(|at| self.entries.get(at))
            .filter(|child| child.tag == "member")
            .collect();
        let name_of = |symbol: Symbol| types.symbols.get(symbol).to_owned();
        let our_names: Vec<String> = ours.iter().map(|field| name_of(field.name)).collect();
        let their_names: Vec<String> =
            theirs.iter().map(|child| child.name.clone().unwrap_or_default()).collect();
        if our_names != their_names {
            lost.push(format!("{name} has the members {their_names:?}, not {our_names:?}"));
            return;
        }
        for (field, child) in ours.iter().zip(theirs) {
            let Some(target) = child.ty.and_then(|ty| self.entries.get(&ty)) else { continue };
            if target.name.is_none() {
                let member = format!("{name}.{}", name_of(field.name));
                self.compare(unit, target, field.ty.id(), &member, depth + 1, lost);
            }
        }
    }

    fn compare_enumerators(&self, unit: &Unit, entry: &Entry, lost: &mut Vec<String>) {
        if entry.tag != "enumeration_type" {
            return;
        }
        let decls = &unit.decls;
        for child in entry.children.iter().filter_map(|at| self.entries.get(at)) {
            let (Some(name), "enumerator") = (child.name.as_deref(), child.tag.as_str()) else { continue };
            let id = decls.types.symbols.find(name).and_then(|symbol| decls.ordinary(symbol));
            let decl = id.map(|id| decls.decl(id)).filter(|decl| decl.kind == DeclKind::Enumerator);
            match decl.and_then(|decl| decl.value).map(|value| decls.constant(value)) {
                Some(Constant::Int { value, .. }) if child.value.is_none_or(|theirs| theirs == *value) => {}
                Some(Constant::Int { value, .. }) => {
                    lost.push(format!("enumerator {name} is {:?}, not {value}", child.value));
                }
                _ => lost.push(format!("enumerator {name} is not declared")),
            }
        }
    }
}

/// Returns the macros that gcc takes as texts, floating-point numbers or constant pointers, of those that were not folded.
pub(crate) fn other_constants(names: &[String], request: &Request, dir: &Path) -> Vec<String> {
    let path = dir.join("other.c");
    let mut lost = Vec::new();
    for (kind, make) in [
        ("a text", (|name| text_question(name, "char")) as fn(&str) -> String),
        ("a wide text", |name| text_question(name, "__WCHAR_TYPE__")),
        ("a number", |name| format!("static const double check = 1 ? (double)({name}) : 0.0;")),
    ] {
        let mut source = request.source();
        let first = source.lines().count() + 1;
        for (number, name) in names.iter().enumerate() {
            let _ = writeln!(source, "void other_{number}(void) {{ {} }}", make(name));
        }
        std::fs::write(&path, source).expect("written");
        let mut failed = vec![false; names.len()];
        for tracking in ["-ftrack-macro-expansion=0", "-ftrack-macro-expansion=2"] {
            let output =
                request.gcc().args([tracking, "-fsyntax-only"]).arg(&path).output().expect("gcc runs");
            for (line, _) in errors(&String::from_utf8_lossy(&output.stderr), "other.c") {
                if let Some(place) = failed.get_mut(line.wrapping_sub(first)) {
                    *place = true;
                }
            }
        }
        for (name, _) in names.iter().zip(failed).filter(|(_, failed)| !failed) {
            let alone = format!("{}void other(void) {{ {} }}\n", request.source(), make(name));
            std::fs::write(&path, alone).expect("written");
            let output = request.gcc().arg("-fsyntax-only").arg(&path).output().expect("gcc runs");
            if output.status.success() {
                lost.push(format!("{name} is {kind} that was not folded"));
            }
        }
    }
    lost
}

/// Returns the declaration that is right where a macro is a literal text with this type of characters.
fn text_question(name: &str, character: &str) -> String {
    format!(
        "_Static_assert(__builtin_types_compatible_p(__typeof__({name}), {character}[sizeof({name}) / \
         sizeof({character})]) && __builtin_constant_p(({name})[0]), \"\");"
    )
}
