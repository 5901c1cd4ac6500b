//! Texts of C for an FFI object: `cdef()`, `include()` and type strings.
//!
//! A text that is refused is data (`Err(Refusal)`), not an exception: callers choose how to report it.

use cffi_cdef::cdef::{CdefOptions, HeaderReport, HeaderRequest, Refusal, Report, WarningKind};
use cffi_types::Decls;
use cffi_types::decls::DeclId;
use cffi_types::types::QualType;

use crate::decls::object::FfiObject;
use crate::inline::lookup::Global;
use crate::realize::arena::{self, complete_waiting};
use crate::realize::integer;
use crate::realize::opcode::Made;
use cffi_rt::{Exc, Obj, Owned, Py, R, Raised, dict, text};

/// Adds the declarations of a text to those of an FFI object. Structs whose ctypes exist get their members, and type
/// strings are forgotten. After `override=True` the caller makes libraries forget their attributes.
///
/// # Errors
/// `AttributeError` for an FFI object with tables, `TypeError` and others for a struct that already has a ctype and is
/// defined wrongly now. A text that is refused adds nothing.
pub(crate) fn cdef(
    py: Py<'_>,
    ffi: &FfiObject,
    text: &str,
    options: CdefOptions,
) -> R<Result<Report, Refusal>> {
    let (report, defined) = match declare(py, ffi, text, options)? {
        Ok(accepted) => accepted,
        Err(refusal) => return Ok(Err(refusal)),
    };
    if defined {
        complete(py, ffi)?;
    }
    Ok(Ok(report))
}

/// Adds the declarations of a text. Also returns whether it defines a struct or enum; then [`complete`] has to follow.
///
/// # Errors
/// `AttributeError` for an FFI object with tables.
pub(crate) fn declare(
    py: Py<'_>,
    ffi: &FfiObject,
    text: &str,
    options: CdefOptions,
) -> R<Result<(Report, bool), Refusal>> {
    let accepted = ffi.begin_inline(py)?.cdef(text, options);
    if accepted.is_ok() {
        dict::clear(py, &ffi.parsed);
    }
    Ok(accepted)
}

/// Completes the ctypes of structs whose definitions came after them.
///
/// # Errors
/// `TypeError` and others for a struct that is defined wrongly.
pub(crate) fn complete(py: Py<'_>, ffi: &FfiObject) -> R<()> {
    complete_waiting(py, ffi, ffi.begin_inline(py)?)
}

/// Adds the declarations of headers to those of an FFI object, while other threads run. `wanted` selects the names that
/// `dir()` of a library shows; it must not touch Python objects. The caller makes libraries forget their attributes.
///
/// # Errors
/// Those of [`cdef`], except that no text is refused.
pub(crate) fn header(
    py: Py<'_>,
    ffi: &FfiObject,
    request: HeaderRequest,
    wanted: impl FnOnce(&Decls, &HeaderReport) -> Vec<DeclId> + Send,
) -> R<HeaderReport> {
    let inline = ffi.begin_inline(py)?;
    let report = inline.header(py, request, wanted);
    dict::clear(py, &ffi.parsed);
    complete_waiting(py, ffi, inline)?;
    Ok(report)
}

/// Makes the types and constants of another FFI object visible in this one.
///
/// # Errors
/// `AttributeError` for FFI objects with tables.
pub(crate) fn include(py: Py<'_>, ffi: &FfiObject, other: &FfiObject) -> R<Result<(), Refusal>> {
    let (inline, theirs) = (ffi.begin_inline(py)?, other.begin_inline(py)?);
    let links = match inline.include(theirs) {
        Ok(links) => links,
        Err(refusal) => return Ok(Err(refusal)),
    };
    inline.keep_include(py, Owned::of(other).into_obj(), &links)?;
    dict::clear(py, &ffi.parsed);
    Ok(Ok(()))
}

/// Returns the type of a type string.
///
/// # Errors
/// Those of a struct that already has a ctype, and that the string defines wrongly.
pub(crate) fn parse_type(py: Py<'_>, ffi: &FfiObject, text: &str) -> R<Result<QualType, Refusal>> {
    let inline = ffi.begin_inline(py)?;
    match inline.parse_type(text) {
        Ok((ty, false)) => Ok(Ok(ty)),
        Ok((ty, true)) => complete_waiting(py, ffi, inline).map(|()| Ok(ty)),
        Err(refusal) => Ok(Err(refusal)),
    }
}

/// Returns the alignment in bytes that a typedef requests for the type of a text; `None` if none does.
#[inline]
pub(crate) fn requested_align(py: Py<'_>, ffi: &FfiObject, source: &Obj) -> R<Option<u64>> {
    match ffi.inline() {
        Some(inline) if inline.has_requested_aligns() => Ok(inline.requested_align(text::utf8(py, source)?)),
        _ => Ok(None),
    }
}

/// Makes the ctype of a type.
pub(crate) fn made(py: Py<'_>, ffi: &FfiObject, ty: QualType) -> R<Made> {
    arena::made(py, ffi, ty)
}

/// Makes the ctype of a type string. A text that is refused raises `ffi.error`.
pub(crate) fn made_of_text(py: Py<'_>, ffi: &FfiObject, text: &str) -> R<Made> {
    match parse_type(py, ffi, text)? {
        Ok(ty) => made(py, ffi, ty),
        Err(refusal) => Err(refused(py, ffi, &refusal)),
    }
}

/// Raises `ffi.error` with the place and the reason of a refusal.
#[cold]
pub(crate) fn refused(py: Py<'_>, ffi: &FfiObject, refusal: &Refusal) -> Raised {
    let text = refusal.rendered.trim_end();
    match text::new_str(py, text) {
        Ok(text) => py.err_object(&ffi.context().state().ffi_error, &text),
        Err(raised) => raised,
    }
}

/// Issues the warnings about a text, in the words of the stock front end.
pub(crate) fn warn(py: Py<'_>, ffi: &FfiObject, report: &Report) -> R<()> {
    for warning in &report.warnings {
        match warning.kind {
            WarningKind::StringLiteral => py.warn(
                Exc::UserWarning,
                "String literal found in cdef() or type source. String literals are ignored here, but you should \
                 remove them anyway because some character sequences confuse pre-parsing.",
            )?,
            WarningKind::Pragma => py.warn(
                Exc::UserWarning,
                "#pragma in cdef() are entirely ignored, except #pragma pack. They should be removed for now, \
                 otherwise your code might behave differently in a future version of CFFI if #pragma support gets \
                 added. Note that '#pragma pack' needs to be replaced with the 'packed' keyword argument to cdef() \
                 in code that also runs on the stock backend.",
            )?,
            WarningKind::GlobalVariable(id) => {
                let name = ffi.begin_inline(py)?.with(|session| {
                    session.decls.types.symbols.get(session.decls.decl(id).name).to_owned()
                });
                let text = py.format(format_args!(
                    "Global variable '{name}' in cdef(): for consistency with C it should have a storage class \
                     specifier (usually 'extern')"
                ))?;
                py.warn(Exc::UserWarning, &text)?;
            }
        }
    }
    for note in &report.notes {
        py.warn(Exc::UserWarning, note.trim_end())?;
    }
    Ok(())
}

/// Returns the value of an integer constant; `None` for an unknown name.
///
/// # Errors
/// `ffi.error` for a name that is not that of an integer constant.
pub(crate) fn integer(py: Py<'_>, ffi: &FfiObject, name: &str) -> R<Option<Owned>> {
    let Some(inline) = ffi.inline() else { return Ok(None) };
    match inline.global(name) {
        Some(Global::Integer(value)) => integer::object(py, value).map(Some),
        Some(Global::Partial(ty)) => Err(partial(py, ffi, ty.into())),
        Some(_) => {
            let name: String = name.chars().take(200).collect();
            let text = format_args!(
                "function, global variable or non-integer constant '{name}' must be fetched from its original \
                 'lib' object"
            );
            Err(ffi.context().state().ffi_error(py, text))
        }
        None => Ok(None),
    }
}

/// Makes the error for an enumerator whose value only the C compiler knows: that of its enum.
#[cold]
pub(crate) fn partial(py: Py<'_>, ffi: &FfiObject, ty: QualType) -> Raised {
    match made(py, ffi, ty) {
        Err(raised) => raised,
        Ok(_) => ffi.context().state().ffi_error(py, format_args!("the enum is not complete")),
    }
}
