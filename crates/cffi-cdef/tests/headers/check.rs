//! Checking one header: the declarations that the front end reads become assertions for gcc.

#![expect(clippy::expect_used, reason = "a test that cannot run its tools has failed")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use cffi_cdef::files::{DiskFiles, Files as _};
use cffi_cdef::pp::Options;
use cffi_cdef::problem::Level;
use cffi_cdef::{Unit, parse_text};
use cffi_types::QualType;
use cffi_types::decls::{Constant, DeclFlags, DeclKind};
use cffi_types::target::Target;
use cffi_types::types::Shape;

use super::lost;

/// A header and the options that it needs.
pub(crate) struct Request {
    pub(crate) header: String,
    pub(crate) includes: Vec<String>,
    pub(crate) defines: Vec<(String, String)>,
    /// Headers that must be included before it.
    pub(crate) before: Vec<String>,
}

impl Request {
    pub(crate) fn new(header: &str, flags: &str) -> Request {
        let (mut includes, mut defines, mut before) = (Vec::new(), Vec::new(), Vec::new());
        for flag in flags.split_whitespace() {
            if let Some(dir) = flag.strip_prefix("-I") {
                includes.push(dir.to_owned());
            } else if let Some(define) = flag.strip_prefix("-D") {
                let (name, body) = define.split_once('=').unwrap_or((define, "1"));
                defines.push((name.to_owned(), body.to_owned()));
            } else if let Some(name) = flag.strip_prefix("-B") {
                before.push(name.to_owned());
            }
        }
        Request { header: header.to_owned(), includes, defines, before }
    }

    pub(crate) fn source(&self) -> String {
        let mut out = String::new();
        for header in self.before.iter().chain([&self.header]) {
            let _ = writeln!(out, "#include <{header}>");
        }
        out
    }

    pub(crate) fn gcc(&self) -> Command {
        let mut command = Command::new("gcc");
        command.args(["-w", "-fmax-errors=0", "-ftrack-macro-expansion=0", "-x", "c"]);
        command.args(self.includes.iter().map(|dir| format!("-I{dir}")));
        command.args(self.defines.iter().map(|(name, body)| format!("-D{name}={body}")));
        command
    }
}

/// The outcome of a comparison.
pub(crate) enum Outcome {
    NotHere,
    GccRefuses(String),
    Compared { facts: usize, lines: Vec<String> },
}

pub(crate) fn has_gcc() -> bool {
    Command::new("gcc").arg("--version").output().is_ok_and(|output| output.status.success())
}

pub(crate) fn check(request: &Request) -> Outcome {
    let mut options = Options::for_machine(&DiskFiles, Target::HOST);
    options.include_dirs.clone_from(&request.includes);
    options.defines.clone_from(&request.defines);
    let dirs = request.includes.iter().chain(&options.system_dirs);
    if !dirs.into_iter().any(|dir| DiskFiles.exists(&format!("{dir}/{}", request.header))) {
        return Outcome::NotHere;
    }
    let dir = scratch(&request.header);
    let source = dir.join("header.c");
    std::fs::write(&source, request.source()).expect("the scratch folder can be written");
    let output = request.gcc().arg("-fsyntax-only").arg(&source).output().expect("gcc runs");
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr);
        let first = text.lines().find(|line| line.contains("error")).unwrap_or("").to_owned();
        return Outcome::GccRefuses(first);
    }
    let unit = parse_text(&DiskFiles, "<test>", request.source().into_bytes().into(), &options);
    let mut lines: Vec<String> = unit
        .problems
        .iter()
        .filter(|problem| problem.level == Level::Error)
        .map(|problem| problem.render(&unit.sources).lines().next().unwrap_or("").to_owned())
        .collect();
    let facts = Facts::of(&unit);
    let count = facts.compile_time.len() + facts.run_time.len() + facts.unfoldable.len();
    lines.extend(facts.compile_time_failures(request, &dir));
    lines.extend(facts.run_time_failures(request, &dir));
    lines.extend(facts.lost_constants(request, &dir));
    lines.extend(lost_macros(&unit, request, &source));
    lines.extend(lost::other_constants(&facts.unfoldable, request, &dir));
    lines.extend(lost::functions(&unit, request, &source, &dir));
    lines.extend(lost::types(&unit, request, &source, &dir));
    let _ = std::fs::remove_dir_all(&dir);
    Outcome::Compared { facts: count, lines }
}

fn scratch(header: &str) -> PathBuf {
    let name: String = header.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let dir = std::env::temp_dir().join(format!("cffi-cdef-{}-{name}", std::process::id()));
    std::fs::create_dir_all(&dir).expect("the temporary folder can be written");
    dir
}

/// The assertions about a header.
#[derive(Default)]
struct Facts {
    /// Integer constant expressions that must be true.
    compile_time: Vec<String>,
    /// Expressions that must be true when the program runs.
    run_time: Vec<String>,
    /// Macros that the front end does not consider constants.
    unfoldable: Vec<String>,
    /// Declarations of the structs and unions without a body. C gives each parameter list that mentions a new one another
    /// type, unless it was declared before.
    bodiless: String,
}

impl Facts {
    fn of(unit: &Unit) -> Facts {
        let decls = &unit.decls;
        let mut facts = Facts::default();
        for record in decls.types.record_ids().map(|id| decls.types.record(id)) {
            if !record.is_defined() && !record.tag.is_empty() {
                let tag = decls.types.symbols.get(record.tag);
                let _ = writeln!(facts.bodiless, "{} {tag};", record.kind.keyword());
            }
        }
        for (_, decl) in decls.iter() {
            let name = decls.types.symbols.get(decl.name);
            match decl.kind {
                DeclKind::Struct | DeclKind::Union | DeclKind::Enum => facts.type_facts(unit, decl.ty),
                // A macro with this name hides the declaration from the test.
                DeclKind::Typedef | DeclKind::Function | DeclKind::Variable if is_macro(unit, decl.name) => {}
                DeclKind::Typedef => {
                    facts.size_facts(unit, name, decl.ty);
                    facts.same_type(unit, name, decl.ty);
                }
                DeclKind::Function | DeclKind::Variable if !decl.flags.contains(DeclFlags::THREAD_LOCAL) => {
                    facts.same_type(unit, &format!("__typeof__({name})"), decl.ty);
                }
                DeclKind::Function | DeclKind::Variable => {}
                DeclKind::Enumerator if is_macro(unit, decl.name) => {}
                DeclKind::Enumerator | DeclKind::Macro => {
                    if let Some(value) = decl.value {
                        facts.constant(unit, name, decls.constant(value), decl.kind == DeclKind::Macro);
                    }
                }
            }
        }
        facts
    }

    fn type_facts(&mut self, unit: &Unit, ty: QualType) {
        let types = &unit.decls.types;
        let Some(name) = spell(unit, ty) else { return };
        // A typedef may have another alignment than its struct; the typedef's alignment is compared.
        if !matches!(types.shape(ty.id()), Shape::Record(id) if types.record(id).tag.is_empty()) {
            self.size_facts(unit, &name, ty);
        }
        let Shape::Record(id) = types.shape(ty.id()) else { return };
        if types.size(ty.id()).is_err() {
            return;
        }
        for field in types.fields(id) {
            let member = types.symbols.get(field.name);
            if member.is_empty() || field.bits().is_some() || is_macro(unit, field.name) {
                continue;
            }
            let offset = field.offset();
            self.compile_time.push(format!("__builtin_offsetof({name}, {member}) == {offset}"));
            self.same_type(unit, &format!("__typeof__((({name} *)0)->{member})"), field.ty);
        }
        self.bit_fields(unit, &name, id);
    }

    /// Adds assertions about the positions of bit-fields. They can only be seen at run time: a field is set to all
    /// ones, and the bits are searched for.
    fn bit_fields(&mut self, unit: &Unit, name: &str, id: cffi_types::types::RecordId) {
        let types = &unit.decls.types;
        let record = types.record(id);
        for field in types.fields(id) {
            let member = types.symbols.get(field.name);
            let (Some(bits), false) = (field.bits(), member.is_empty()) else { continue };
            let Some(size) = record.size().filter(|size| *size > 0) else { continue };
            let bit = field.bit_offset;
            self.run_time.push(format!(
                "({{ union {{ {name} s; unsigned char b[{size}]; }} u; __builtin_memset(&u, 0, sizeof u); \
                 u.s.{member} = ~(long long)zero; int ok = 1; for (unsigned i = 0; i < {size} * 8u; i++) \
                 ok &= ((u.b[i / 8] >> i % 8) & 1) == (i >= {bit}u && i < {bit}u + {bits}u); ok; }})"
            ));
        }
    }

    fn size_facts(&mut self, unit: &Unit, name: &str, ty: QualType) {
        let types = &unit.decls.types;
        if matches!(types.resolve(ty).0, Shape::Void | Shape::Function(_)) {
            return;
        }
        if let (Ok(size), Ok(align)) = (types.size(ty.id()), types.align(ty.id())) {
            self.compile_time.push(format!("sizeof({name}) == {size}"));
            self.compile_time.push(format!("_Alignof({name}) == {align}"));
        }
    }

    /// Asserts that the C compiler considers a type the same as the one that was read, whatever its name.
    fn same_type(&mut self, unit: &Unit, expression: &str, ty: QualType) {
        if let Some(text) = spell(unit, ty) {
            self.compile_time.push(format!("__builtin_types_compatible_p({expression}, {text})"));
        }
    }

    fn constant(&mut self, unit: &Unit, name: &str, constant: &Constant, is_macro: bool) {
        match constant {
            Constant::Int { value, ty } => {
                let pointer = matches!(unit.decls.types.resolve(*ty).0, Shape::Pointer(_));
                let text = match u64::try_from(*value) {
                    Ok(value) => format!("{value}ULL"),
                    Err(_) => format!("({}LL - 1)", value + 1),
                };
                if pointer {
                    self.run_time.push(format!("(unsigned long)({name}) == {text}"));
                } else {
                    let negative = if *value < 0 { "< 0" } else { ">= 0" };
                    self.run_time.push(format!("({name}) == {text} && ({name}) {negative}"));
                    if is_macro {
                        self.same_type(unit, &format!("__typeof__(({name}) + 0)"), promoted(unit, *ty));
                    }
                }
            }
            Constant::Float { value, ty } if value.is_finite() => {
                let target = if unit.decls.types.size(ty.id()) == Ok(4) { "float" } else { "double" };
                self.run_time.push(format!("({target})({name}) == ({target}){value:e}"));
                self.same_type(unit, &format!("__typeof__({name})"), *ty);
            }
            Constant::Bytes(text) => {
                let bytes = unit.decls.bytes(*text);
                let escaped: String = bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
                let len = bytes.len() + 1;
                self.run_time.push(format!("!__builtin_memcmp({name}, \"{escaped}\", {len})"));
            }
            // GCC converts complex numbers to integers; the front end does not fold them.
            Constant::Unfoldable(_) if matches!(name, "I" | "_Complex_I") => {}
            // A macro that depends on the line has no fixed value.
            Constant::Unfoldable(reason)
                if unit.decls.text(unit.decls.problem(*reason).message).contains("where") => {}
            Constant::Unfoldable(_) => self.unfoldable.push(name.to_owned()),
            _ => {}
        }
    }

    fn compile_time_failures(&self, request: &Request, dir: &std::path::Path) -> Vec<String> {
        let mut source = self.bodiless.clone() + &request.source();
        let first = source.lines().count() + 1;
        for fact in &self.compile_time {
            let _ = writeln!(source, "_Static_assert({fact}, \"\");");
        }
        let path = dir.join("assert.c");
        std::fs::write(&path, source).expect("written");
        let output = request.gcc().arg("-fsyntax-only").arg(&path).output().expect("gcc runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        errors(&stderr, "assert.c")
            .into_iter()
            .map(|(line, message)| match self.compile_time.get(line.wrapping_sub(first)) {
                Some(fact) => format!("{fact}: {message}"),
                None => format!("line {line}: {message}"),
            })
            .collect()
    }

    fn run_time_failures(&self, request: &Request, dir: &std::path::Path) -> Vec<String> {
        let mut source = request.source();
        let _ = writeln!(source, "static int zero; extern int printf(const char *, ...);\nint main(void) {{");
        let first = source.lines().count() + 1;
        for (number, fact) in self.run_time.iter().enumerate() {
            let _ = writeln!(source, "if (!({fact})) printf(\"%d\\n\", {number});");
        }
        source.push_str("return 0; }\n");
        let (path, program) = (dir.join("run.c"), dir.join("run"));
        std::fs::write(&path, source).expect("written");
        let mut command = request.gcc();
        command.args(["-O0", "-Wl,--unresolved-symbols=ignore-all", "-o"]).arg(&program).arg(&path);
        let output = command.output().expect("gcc runs");
        let stderr = String::from_utf8_lossy(&output.stderr);
        let failures = errors(&stderr, "run.c");
        if !failures.is_empty() || !output.status.success() {
            let mut lines: Vec<String> = failures
                .into_iter()
                .map(|(line, message)| match self.run_time.get(line.wrapping_sub(first)) {
                    Some(fact) => format!("{fact}: {message}"),
                    None => format!("line {line}: {message}"),
                })
                .collect();
            if lines.is_empty() {
                lines.push(stderr.lines().last().unwrap_or("gcc fails").to_owned());
            }
            return lines;
        }
        let output = Command::new(&program).output().expect("the program runs");
        let numbers = String::from_utf8_lossy(&output.stdout).into_owned();
        numbers.lines().filter_map(|line| self.run_time.get(line.parse::<usize>().ok()?)).cloned().collect()
    }

    /// Returns the macros that gcc considers integer constants and that were not folded.
    fn lost_constants(&self, request: &Request, dir: &std::path::Path) -> Vec<String> {
        let mut source = request.source();
        let first = source.lines().count() + 1;
        for (number, name) in self.unfoldable.iter().enumerate() {
            // Each check is in a separate function, since gcc reports an undeclared name once per function.
            let _ = writeln!(source, "void check_{number}(void) {{ enum {{ check = (int)({name}) }}; }}");
        }
        let path = dir.join("lost.c");
        std::fs::write(&path, source).expect("written");
        let mut failed: Vec<bool> = vec![false; self.unfoldable.len()];
        // GCC places some errors at the use of the macro only with this option, and others only without it.
        for tracking in ["-ftrack-macro-expansion=0", "-ftrack-macro-expansion=2"] {
            let mut command = request.gcc();
            let output = command.args([tracking, "-fsyntax-only"]).arg(&path).output().expect("gcc runs");
            for (line, _) in errors(&String::from_utf8_lossy(&output.stderr), "lost.c") {
                if let Some(place) = failed.get_mut(line.wrapping_sub(first)) {
                    *place = true;
                }
            }
        }
        let lost = self.unfoldable.iter().zip(failed).filter(|(_, failed)| !failed);
        // An error inside a header may belong to any of the macros, so the remaining ones are tried one by one.
        lost.map(|(name, _)| name)
            .filter(|name| {
                let alone =
                    format!("{}void check(void) {{ enum {{ check = (int)({name}) }}; }}\n", request.source());
                std::fs::write(&path, alone).expect("written");
                let output = request.gcc().arg("-fsyntax-only").arg(&path).output().expect("gcc runs");
                output.status.success()
            })
            .map(|name| format!("{name} is a constant that was not folded"))
            .collect()
    }
}

/// Returns whether there is a macro without parameters with this name.
fn is_macro(unit: &Unit, name: cffi_types::Symbol) -> bool {
    unit.decls.macro_named(name).is_some()
}

/// Returns the macros without parameters that gcc knows and that were not listed.
fn lost_macros(unit: &Unit, request: &Request, source: &std::path::Path) -> Vec<String> {
    let names = |with_header: bool| -> BTreeMap<String, String> {
        let mut command = request.gcc();
        command.args(["-dM", "-E"]).arg(if with_header { source.as_os_str() } else { "/dev/null".as_ref() });
        let output = command.output().expect("gcc runs");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let define = |line: &str| {
            let rest = line.strip_prefix("#define ")?;
            let (name, body) = rest.split_once(' ').unwrap_or((rest, ""));
            (!name.contains('(')).then(|| (name.to_owned(), body.to_owned()))
        };
        text.lines().filter_map(define).collect()
    };
    let predefined = names(false);
    let known = |name: &str| {
        unit.decls.types.symbols.find(name).is_some_and(|symbol| unit.decls.macro_named(symbol).is_some())
    };
    names(true)
        .into_keys()
        .filter(|name| !predefined.contains_key(name) && !known(name))
        .map(|name| format!("macro {name} is not listed"))
        .collect()
}

/// Returns the type in C without typedef names, or `None` if it cannot be written.
fn spell(unit: &Unit, ty: QualType) -> Option<String> {
    let types = &unit.decls.types;
    let text = types.spell(types.canonical(ty), "");
    let writable = !text.contains("<") && !text.contains("va_list") && !text.contains("{");
    writable.then_some(text)
}

/// Returns the type of an operand after `+ 0`.
fn promoted(unit: &Unit, ty: QualType) -> QualType {
    let types = &unit.decls.types;
    let int = cffi_types::TypeId::of(cffi_types::Prim::Int);
    if types.size(ty.id()).is_ok_and(|size| size < 4) { int.into() } else { ty }
}

/// Returns the line and message of each error in a file.
pub(crate) fn errors(stderr: &str, file: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for line in stderr.lines() {
        let Some(at) = line.find(&format!("{file}:")) else { continue };
        let rest = &line[at + file.len() + 1..];
        let mut parts = rest.splitn(3, ':');
        let number = parts.next().and_then(|number| number.parse::<usize>().ok());
        let message = parts.nth(1).unwrap_or("");
        if let (Some(number), Some(message)) = (number, message.trim().strip_prefix("error:")) {
            found.push((number, message.trim().to_owned()));
        }
    }
    found
}
