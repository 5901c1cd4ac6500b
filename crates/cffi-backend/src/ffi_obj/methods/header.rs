//! Methods that read headers. `ferrocffi.FFI` is the interface to them.

use cffi_cdef::cdef::HeaderRequest;
use cffi_emit::Only;
use cffi_types::Target;
use cffi_types::decls::DeclFlags;

use crate::decls::object::FfiObject;
use crate::lib_obj::hooks as lib_hooks;
use crate::native::request::Request;
use crate::native::{declarations, header, values};
use crate::realize::inline;
use cffi_rt::{Args, Obj, Params, Py, R, raise, seq};

const READ: Params = Params { function: "_read_header", names: &["", "", "", "", "", ""], required: 6 };

/// FFI method `_read_header`.
pub(crate) fn read_header(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(includes), Some(main), Some(dirs), Some(defines), Some(std), Some(only)] =
        args.bind(py, &READ)?
    else {
        return Err(raise!(py, System, "an argument is missing"));
    };
    let request = Request::new(py, Target::HOST, includes, main, (dirs, defines), std)?;
    let patterns = values::texts(py, only)?;
    let (main, options) = (request.main, request.options());
    let request = HeaderRequest { directives: request.directives, main, options };
    let report = inline::header(py, ffi, request, |decls, report| {
        let only = Only { patterns, own: report.own.clone() };
        let first = report.first;
        only.select(decls).into_iter().filter(|id| id.number() >= first).collect()
    })?;
    lib_hooks::forget_attributes(py, ffi)?;
    header::problem_list(py, &report.problems, &report.sources)
}

/// FFI method `_declarations`.
pub(crate) fn list(py: Py<'_>, ffi: &FfiObject, only: &Obj) -> R {
    let patterns = values::texts(py, only)?;
    // Python objects are made without the lock, so from a copy.
    let (decls, ids) = ffi.begin_inline(py)?.with(|session| {
        let decls = session.decls.clone();
        let ids: Vec<_> = if patterns.is_empty() {
            let first = |flags: DeclFlags| !flags.contains(DeclFlags::REPEATED);
            let all = decls.iter().filter(|(id, decl)| first(decl.flags) && session.is_listed(*id));
            all.map(|(id, _)| id).collect()
        } else {
            Only { patterns, own: Vec::new() }.select(&decls)
        };
        (decls, ids)
    });
    seq::list_with(py, ids.len(), |at| declarations::declaration(py, &decls, ids[at]))
}
