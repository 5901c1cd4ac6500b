//! Methods that write modules: C sources and Python tables. `ferrocffi.sources` is the interface to them.

use cffi_emit::{CModule, EmitError, LeftOut, Names, abi_refusal, c_source, c_types, python, tables};
use cffi_types::decls::{DeclFlags, DeclId, Decls};

use crate::decls::object::FfiObject;
use crate::native::{declarations, values};
use cffi_rt::{Args, Params, Py, R, raise, seq, text};

const C: Params = Params { function: "_c_source", names: &["", "", "", "", ""], required: 5 };
const PYTHON: Params = Params { function: "_python_source", names: &["", ""], required: 2 };

/// Returns a copy of the declarations, as Python objects are made without the lock; those that are listed; and how
/// their names are understood.
fn declared(py: Py<'_>, ffi: &FfiObject) -> R<(Decls, Vec<DeclId>, Names)> {
    Ok(ffi.begin_inline(py)?.with(|session| {
        let decls = session.decls.clone();
        let first = |flags: DeclFlags| !flags.contains(DeclFlags::REPEATED);
        let listed = decls.iter().filter(|(id, decl)| first(decl.flags) && session.is_listed(*id));
        let ids = listed.map(|(id, _)| id).collect();
        let names = if session.has_headers() { Names::Standard } else { Names::Declared };
        (decls, ids, names)
    }))
}

/// FFI method `_c_source`.
pub(crate) fn c(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(name), Some(preamble), Some(includes), Some(embedding), Some(full_api)] = args.bind(py, &C)?
    else {
        return Err(raise!(py, System, "an argument is missing"));
    };
    let module = CModule {
        name: text::utf8_no_nul(py, name)?.to_owned(),
        preamble: text::utf8(py, preamble)?.to_owned(),
        includes: values::texts(py, includes)?,
        embedding: if embedding.is_none() { None } else { Some(text::utf8(py, embedding)?.to_owned()) },
        full_api: full_api.is_true(py)?,
    };
    let (decls, ids, names) = declared(py, ffi)?;
    match c_source(&decls, &ids, names, &module) {
        Ok(source) => answer(py, &source.text, &decls, &source.left_out),
        Err(error) => refusal(py, &error),
    }
}

/// FFI method `_c_types`.
pub(crate) fn types(py: Py<'_>, ffi: &FfiObject) -> R {
    let (decls, ids, names) = declared(py, ffi)?;
    match c_types(&decls, &ids, names) {
        Ok(words) => {
            let words = seq::list_with(py, words.len(), |at| text::new_str(py, &words[at]))?;
            values::tuple(py, &[words, seq::list_with(py, 0, |_| Ok(py.none()))?, py.none()])
        }
        Err(error) => refusal(py, &error),
    }
}

/// FFI method `_python_source`.
pub(crate) fn python(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(name), Some(includes)] = args.bind(py, &PYTHON)? else {
        return Err(raise!(py, System, "an argument is missing"));
    };
    let (name, includes) = (text::utf8_no_nul(py, name)?, values::texts(py, includes)?);
    let (decls, ids, names) = declared(py, ffi)?;
    let tables = tables(&decls, &ids, names);
    if names == Names::Declared
        && let Some(error) = abi_refusal(&decls, &ids, &tables)
    {
        return refusal(py, &error);
    }
    answer(py, &python::stock_module(&tables, name, &includes), &decls, &tables.left_out)
}

/// Returns the tuple of a text and what it lacks.
fn answer(py: Py<'_>, source: &str, decls: &Decls, left_out: &[LeftOut]) -> R {
    values::tuple(py, &[text::new_str(py, source)?, declarations::lost(py, decls, left_out)?, py.none()])
}

/// Returns the tuple of no text and the exception to raise.
fn refusal(py: Py<'_>, error: &EmitError) -> R {
    let exception = [text::new_str(py, error.kind.name())?, text::new_str(py, &error.message)?];
    values::tuple(py, &[py.none(), seq::list_with(py, 0, |_| Ok(py.none()))?, values::tuple(py, &exception)?])
}
