//! The declarations of a header, as Python objects and as the text of a module.

use std::collections::BTreeMap;

use cffi_cdef::plain_comment;
use cffi_emit::{Binding, CModule, LeftOut, Names, Only, binding, c_source, signature, tables};
use cffi_rt::args::{Args, Params};
use cffi_rt::{Py, R, num, raise, seq, text};
use cffi_types::decls::{Constant, DeclFlags, DeclId, DeclKind, Decls};

use super::header::{Header, unwrap};
use super::module::Native;
use super::values;

const DECLARATIONS: Params = Params { function: "declarations", names: &["", ""], required: 2 };
const EMIT: Params = Params { function: "emit_python", names: &["", "", "", "", "", ""], required: 6 };

/// The flags that Python sees, with their names.
const FLAGS: [(DeclFlags, &str); 9] = [
    (DeclFlags::STATIC, "static"),
    (DeclFlags::INLINE, "inline"),
    (DeclFlags::DEFINED, "defined"),
    (DeclFlags::THREAD_LOCAL, "thread_local"),
    (DeclFlags::NORETURN, "noreturn"),
    (DeclFlags::DEPRECATED, "deprecated"),
    (DeclFlags::WEAK, "weak"),
    (DeclFlags::HIDDEN, "hidden"),
    (DeclFlags::SYSTEM, "system"),
];

/// Module function `declarations`.
pub(super) fn declarations(py: Py<'_>, _module: &Native, args: Args<'_>) -> R {
    let [Some(header), Some(only)] = args.bind(py, &DECLARATIONS)? else {
        return Err(raise!(py, System, "an argument is missing"));
    };
    let header = unwrap(py, header)?;
    let selected = select(header, values::texts(py, only)?);
    seq::list_with(py, selected.len(), |at| declaration(py, &header.unit.decls, selected[at]))
}

/// Returns the declarations that patterns select; without any, those of the header's own files.
fn select(header: &Header, patterns: Vec<String>) -> Vec<DeclId> {
    let only = Only { patterns, own: header.own.clone() };
    only.select(&header.unit.decls)
}

/// Returns a declaration as a tuple.
pub(crate) fn declaration(py: Py<'_>, decls: &Decls, id: DeclId) -> R {
    let decl = decls.decl(id);
    let kind = match decl.kind {
        DeclKind::Variable if decl.value.is_some() => "constant",
        kind => kind.name(),
    };
    let shown = match decl.kind {
        DeclKind::Macro => macro_type(decls, id),
        DeclKind::Enumerator => decls.types.spell(decl.ty, ""),
        _ => signature(decls, id),
    };
    let extra = decls.extra(id);
    let doc = extra.map(|extra| plain_comment(&decls.text(extra.doc))).unwrap_or_default();
    let problem = match decl.value.map(|value| decls.constant(value)) {
        Some(Constant::Unfoldable(problem)) => Some(*problem),
        _ => decls.problem_of(id),
    };
    let problem = problem.map(|problem| decls.text(decls.problem(problem).message)).unwrap_or_default();
    let flags: Vec<&str> =
        FLAGS.iter().filter(|(flag, _)| decl.flags.contains(*flag)).map(|(_, name)| *name).collect();
    values::tuple(
        py,
        &[
            text::new_str(py, kind)?,
            text::new_str(py, decls.types.symbols.get(decl.name))?,
            values::optional(py, &shown)?,
            value(py, decls, id)?,
            text::new_str(py, &decls.file(decl.span.file).name)?,
            num::from_i64(py, decl.span.line.into())?,
            values::optional(py, &doc)?,
            values::optional(py, &problem)?,
            seq::tuple_with(py, flags.len(), |at| text::new_str(py, flags[at]))?,
        ],
    )
}

/// Returns the type of a macro that is a constant; empty for others.
fn macro_type(decls: &Decls, id: DeclId) -> String {
    match decls.decl(id).value.map(|value| decls.constant(value)) {
        Some(Constant::Int { ty, .. } | Constant::Float { ty, .. }) => decls.types.spell(*ty, ""),
        Some(Constant::Bytes(_)) => "char[]".to_owned(),
        Some(Constant::Wide { item, .. }) => format!("{}[]", item.spelling()),
        _ => String::new(),
    }
}

fn value(py: Py<'_>, decls: &Decls, id: DeclId) -> R {
    match decls.decl(id).value.map(|value| *decls.constant(value)) {
        Some(Constant::Int { value, .. }) => num::from_i128(py, value),
        Some(Constant::Float { value, .. }) => num::from_f64(py, value),
        Some(Constant::Bytes(bytes)) => text::new_bytes(py, decls.bytes(bytes)),
        Some(Constant::Wide { text: wide, .. }) => text::new_str(py, &decls.text(wide)),
        _ => Ok(py.none()),
    }
}

/// Module function `emit_python`.
pub(super) fn emit_python(py: Py<'_>, _module: &Native, args: Args<'_>) -> R {
    let [Some(header), Some(only), Some(module), Some(headers), Some(libraries), Some(renames)] =
        args.bind(py, &EMIT)?
    else {
        return Err(raise!(py, System, "an argument is missing"));
    };
    let header = unwrap(py, header)?;
    let patterns = values::texts(py, only)?;
    let mut made = Binding {
        module: text::utf8_no_nul(py, module)?.to_owned(),
        headers: values::texts(py, headers)?,
        libraries: values::texts(py, libraries)?,
        renamed: values::pairs(py, renames)?.into_iter().collect(),
        docs: BTreeMap::new(),
    };
    let decls = &header.unit.decls;
    let tables = tables(decls, &select(header, patterns), Names::Standard);
    for (name, id) in &tables.sources {
        if let Some(extra) = decls.extra(*id).filter(|extra| !extra.doc.is_empty())
            && decls.decl(*id).kind == DeclKind::Function
        {
            made.docs.insert(name.clone(), plain_comment(&decls.text(extra.doc)));
        }
    }
    let lost = lost(py, decls, &tables.left_out)?;
    let names: Vec<&String> = tables.globals.keys().chain(tables.attributes.keys()).collect();
    let names = seq::list_with(py, names.len(), |at| text::new_str(py, names[at]))?;
    values::tuple(py, &[text::new_str(py, &binding(decls, &tables, &made))?, lost, names])
}

const EMIT_C: Params = Params { function: "emit_c", names: &["", "", "", ""], required: 4 };

/// Module function `emit_c`.
pub(super) fn emit_c(py: Py<'_>, _module: &Native, args: Args<'_>) -> R {
    let [Some(header), Some(only), Some(module), Some(preamble)] = args.bind(py, &EMIT_C)? else {
        return Err(raise!(py, System, "an argument is missing"));
    };
    let header = unwrap(py, header)?;
    let module = CModule {
        name: text::utf8_no_nul(py, module)?.to_owned(),
        preamble: text::utf8(py, preamble)?.to_owned(),
        ..CModule::default()
    };
    let decls = &header.unit.decls;
    let selected = select(header, values::texts(py, only)?);
    let source = match c_source(decls, &selected, Names::Standard, &module) {
        Ok(source) => source,
        Err(error) => return Err(raise!(py, Value, "{error}")),
    };
    let names = seq::list_with(py, source.names.len(), |at| text::new_str(py, &source.names[at]))?;
    values::tuple(py, &[text::new_str(py, &source.text)?, lost(py, decls, &source.left_out)?, names])
}

/// Returns what a module lacks, as a list of (name, kind, reason, file, line).
pub(crate) fn lost(py: Py<'_>, decls: &Decls, left_out: &[LeftOut]) -> R {
    let lost: Vec<_> = left_out.iter().filter(|left| left.is_loss()).collect();
    seq::list_with(py, lost.len(), |at| {
        let left = lost[at];
        let (file, line) = left.span.map_or(("", 0), |span| (decls.file(span.file).name.as_str(), span.line));
        values::tuple(
            py,
            &[
                text::new_str(py, &left.name)?,
                text::new_str(py, left.kind)?,
                text::new_str(py, &left.reason)?,
                values::optional(py, file)?,
                num::from_i64(py, line.into())?,
            ],
        )
    })
}
