//! Conversion of the first argument of a method to a ctype: a type string, a ctype, or a cdata of the type.

use cffi_parse::{Output, parse, render_error};

use crate::ctype::CType;
use crate::decls::object::FfiObject;
use crate::ffi_obj::suggest;
use crate::inline::Inline;
use crate::realize::inline;
use crate::realize::opcode as realize;
use crate::realize::opcode::Made;
use crate::realize::words::Words;
use crate::value::CData;
use cffi_rt::{Obj, Owned, Py, R, Raised, dict, raise, seq, shared, text};

/// The kinds of arguments that a method takes.
#[derive(Clone, Copy)]
pub(crate) struct Accept(u8);

impl Accept {
    const STRING: u8 = 1;
    const CTYPE: u8 = 2;
    const CDATA: u8 = 4;

    /// A type string or a ctype.
    pub(crate) const TYPE: Accept = Accept(Self::STRING | Self::CTYPE);
    /// A type string or a cdata.
    pub(crate) const STRING_OR_CDATA: Accept = Accept(Self::STRING | Self::CDATA);
    /// A cdata only.
    pub(crate) const DATA: Accept = Accept(Self::CDATA);
    /// Any of the three.
    pub(crate) const ANY: Accept = Accept(Self::STRING | Self::CTYPE | Self::CDATA);

    fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }
}

/// Returns the type that `arg` names or has.
///
/// # Errors
/// `ffi.error` for a text that is no C type or one of a function, `TypeError` for other objects than those that
/// `accept` lists.
pub(crate) fn ctype(py: Py<'_>, ffi: &FfiObject, arg: &Obj, accept: Accept) -> R<Owned<CType>> {
    match made(py, ffi, arg, accept)? {
        Made::Type(ct) => Ok(ct),
        Made::Function(ct) => Err(realize::function_where_type(py, ffi.context(), &ct)),
    }
}

/// Returns the type as [`ctype`] does; a text that names a function gives the type of pointers to it.
pub(crate) fn ctype_or_function(py: Py<'_>, ffi: &FfiObject, arg: &Obj, accept: Accept) -> R<Owned<CType>> {
    made(py, ffi, arg, accept).map(Made::either)
}

#[inline]
fn made(py: Py<'_>, ffi: &FfiObject, arg: &Obj, accept: Accept) -> R<Made> {
    if accept.has(Accept::STRING) && arg.is_str() {
        if let Some(Ok(ct)) = ffi.recent.get(py, arg).map(Owned::cast::<CType>) {
            return Ok(Made::Type(ct));
        }
        return from_text(py, ffi, arg);
    }
    if accept.has(Accept::CTYPE)
        && let Some(ct) = arg.downcast::<CType>()
    {
        shared::used(ct);
        return Ok(Made::Type(ct.new_ref()));
    }
    match arg.downcast::<CData>() {
        Some(cd) if accept.has(Accept::CDATA) => Ok(Made::Type(cd.ct().new_ref())),
        _ => Err(unexpected(py, arg, accept)),
    }
}

#[cold]
fn unexpected(py: Py<'_>, arg: &Obj, accept: Accept) -> Raised {
    let names =
        [(Accept::STRING, "string"), (Accept::CTYPE, "ctype object"), (Accept::CDATA, "cdata object")];
    let names: Vec<&str> = names.iter().filter(|(bit, _)| accept.has(*bit)).map(|(_, name)| *name).collect();
    raise!(py, Type, "expected a {}, got '{}'", names.join(" or "), arg.type_name())
}

/// Returns the type of a text. Parses it and remembers the result, unless it has been parsed before.
fn from_text(py: Py<'_>, ffi: &FfiObject, arg: &Obj) -> R<Made> {
    shared::used(ffi);
    // A subclass may define another equality.
    let plain = text::plain_str(py, arg)?;
    if let Some(known) = dict::get(py, &ffi.parsed, &plain)?
        && let Some(made) = unwrap(known)
    {
        if let (Made::Type(ct), None) = (&made, ffi.inline()) {
            ffi.recent.put_text(py, arg, ct);
        }
        return Ok(made);
    }
    if let Some(inline) = ffi.inline() {
        return from_declared(py, ffi, inline, &plain);
    }
    let made = parse_text(py, ffi, &plain)?;
    keep(py, ffi, &plain, made)
}

/// Returns the type of a text with names that `cdef()` has declared.
#[cold]
fn from_declared(py: Py<'_>, ffi: &FfiObject, declarations: &Inline, plain: &Obj) -> R<Made> {
    let before = declarations.generation();
    let made = inline::made_of_text(py, ffi, text::utf8(py, plain)?)?;
    let made = keep(py, ffi, plain, made)?;
    if declarations.generation() != before {
        // The names may have another meaning now.
        dict::remove(py, &ffi.parsed, plain)?;
    }
    Ok(made)
}

/// Remembers the type of a text. Returns the one that was remembered first.
fn keep(py: Py<'_>, ffi: &FfiObject, plain: &Obj, made: Made) -> R<Made> {
    let value = match &made {
        Made::Type(ct) => ct.new_ref().into_obj(),
        Made::Function(ct) => seq::tuple(py, &[ct])?,
    };
    let kept = dict::set_default(py, &ffi.parsed, plain, &value)?;
    Ok(unwrap(kept).unwrap_or(made))
}

/// Returns the type in a value of the dict of parsed texts: the type, or for a function a tuple of the pointer type.
fn unwrap(value: Owned) -> Option<Made> {
    let value = match value.cast::<CType>() {
        Ok(ct) => {
            shared::used(&ct);
            return Some(Made::Type(ct));
        }
        Err(value) => value,
    };
    let ct = seq::tuple_item(&value, 0)?.downcast::<CType>()?;
    Some(Made::Function(ct.new_ref()))
}

#[cold]
fn parse_text(py: Py<'_>, ffi: &FfiObject, arg: &Obj) -> R<Made> {
    let cx = ffi.context();
    let input = text::utf8(py, arg)?;
    let mut out = Output::new();
    match parse(input, cx, &mut out) {
        Ok(root) => realize::made(py, cx, Words::Parsed(out.opcodes()), root),
        Err(e) => {
            let raised = cx.state().ffi_error(py, format_args!("{}", render_error(input, &e)));
            Err(suggest::explain(py, &cx.state().notes, raised, cx.decl(), input, &e))
        }
    }
}
