//! The parser of the object that a compiled method of `cffi.FFI` is called on.
//!
//! The methods belong to the class, which gives its objects no place for a pointer. So each thread notes the parser of
//! the object that it has used last. Else the parser is the attribute `_parser` of the object.

use super::parser::CdefParser;
use cffi_rt::{Exc, Obj, Owned, Py, R, noted};

/// Returns the parser whose declarations the compiled methods of an object use; `None` if the functions of its class have
/// to run.
#[inline(always)]
pub(super) fn parser_of(py: Py<'_>, object: &Obj) -> R<Option<Owned<CdefParser>>> {
    match noted::of::<CdefParser>(py, object) {
        Some(parser) => Ok(Some(parser)),
        None => find(py, object),
    }
}

/// Returns whether the compiled methods serve an object.
#[inline(always)]
pub(super) fn is_served(py: Py<'_>, object: &Obj) -> R<bool> {
    Ok(noted::is_known(py, object) || find(py, object)?.is_some())
}

/// Looks at the attribute `_parser` of an object.
#[inline(never)]
fn find(py: Py<'_>, object: &Obj) -> R<Option<Owned<CdefParser>>> {
    let found = match object.getattr_str(py, "_parser") {
        Ok(found) => found,
        Err(raised) if py.err_matches(Exc::Attribute) => {
            py.err_clear(raised);
            return Ok(None);
        }
        Err(raised) => return Err(raised),
    };
    let Ok(parser) = found.cast::<CdefParser>() else { return Ok(None) };
    if !parser.has_compiled_methods() || !parser.ffi.get().is_some_and(|ffi| ffi.is(object)) {
        return Ok(None);
    }
    noted::note(py, object, &*parser, &parser.noted);
    Ok(Some(parser))
}
