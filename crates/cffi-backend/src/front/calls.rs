//! The common steps of the compiled methods of `cffi.FFI`: the type of an argument, and the way to the method of the
//! class.

use std::ffi::CStr;

use super::parser::{CdefParser, has_foreign_space, is_exact_str};
use super::{parser, receiver, withheld};
use crate::ctype::CType;
use crate::decls::object::FfiObject;
use crate::realize::inline;
use crate::realize::opcode::Made;
use cffi_rt::{Args, Obj, Owned, Py, R, attr, dict, seq, text};

/// Returns whether all arguments are given by position and their number is in the range.
#[inline]
pub(crate) fn plain(args: &Args<'_>, least: usize, most: usize) -> bool {
    args.keywords() == 0 && args.len() >= least && args.len() <= most
}

/// Returns the type that an argument is, or names without being a function type; `None` if the method of the class has
/// to decide.
#[inline]
pub(crate) fn bound_ctype(py: Py<'_>, parser: &CdefParser, arg: &Obj) -> R<Option<Owned<CType>>> {
    if !is_exact_str(arg) {
        return Ok(arg.downcast::<CType>().map(Owned::of));
    }
    if let Some(Ok(ct)) = parser.recent.get(py, arg).map(Owned::cast) {
        return Ok(Some(ct));
    }
    remembered(py, parser, arg)
}

/// Returns the type of a type string that names no function, and remembers it by the address of the string.
#[inline(never)]
fn remembered(py: Py<'_>, parser: &CdefParser, arg: &Obj) -> R<Option<Owned<CType>>> {
    match known(py, parser, arg)? {
        Some((ct, false)) => {
            parser.recent.put_text(py, arg, &ct);
            Ok(Some(ct))
        }
        _ => Ok(None),
    }
}

/// Returns the type as [`bound_ctype`] does; a text that names a function gives the type of pointers to it.
pub(super) fn either(py: Py<'_>, parser: &CdefParser, arg: &Obj) -> R<Option<Owned<CType>>> {
    if !is_exact_str(arg) {
        return Ok(arg.downcast::<CType>().map(Owned::of));
    }
    Ok(known(py, parser, arg)?.map(|(ct, _)| ct))
}

/// Returns the type of a type string, and whether the string names a function.
#[inline]
fn known(py: Py<'_>, parser: &CdefParser, key: &Obj) -> R<Option<(Owned<CType>, bool)>> {
    if let Some(found) = dict::get(py, &parser.parsed, key)?
        && let Some(ct) = seq::tuple_item(&found, 0).and_then(|ct| ct.downcast::<CType>())
    {
        let function = seq::tuple_item(&found, 1).and_then(Obj::as_bool) != Some(false);
        return Ok(Some((Owned::of(ct), function)));
    }
    parsed(py, parser, key)
}

/// Parses a type string that was not seen before. Nothing is raised: errors are those of the method of the class.
#[cold]
fn parsed(py: Py<'_>, parser: &CdefParser, key: &Obj) -> R<Option<(Owned<CType>, bool)>> {
    if !parser.serves(py)? {
        return Ok(None);
    }
    let mut withheld = false;
    match made(py, parser, key, &mut withheld) {
        Ok(Some(made)) => {
            let (ct, function) = match made {
                Made::Type(ct) => (ct, false),
                Made::Function(ct) => (ct, true),
            };
            let value = seq::tuple(py, &[&ct, &py.bool(function)])?;
            dict::set(py, &parser.parsed, key, &value)?;
            Ok(Some((ct, function)))
        }
        Ok(None) => Ok(None),
        Err(raised) if withheld || py.err_matches(cffi_rt::Exc::Memory) => Err(raised),
        Err(raised) => {
            py.err_clear(raised);
            Ok(None)
        }
    }
}

/// Makes the ctype of a type string. Sets `withheld` for an error that the genuine parser would take too long to find.
fn made(py: Py<'_>, parser: &CdefParser, key: &Obj, withheld: &mut bool) -> R<Option<Made>> {
    let source = text::utf8(py, key)?;
    if has_foreign_space(source) {
        return Ok(None);
    }
    let core = parser.core(py)?;
    let before = declarations(py, core)?;
    let ty = match inline::parse_type(py, core, source)? {
        Ok(ty) => ty,
        Err(refusal) => {
            let Some(reason) = withheld::check(source, &refusal) else { return Ok(None) };
            *withheld = true;
            return Err(parser::refuse(py, parser, key, reason));
        }
    };
    // A string whose type cannot be made goes on to the genuine parser, which notes it itself.
    let made = match inline::made(py, core, ty) {
        Err(raised) if withheld::is_too_deep(source) || withheld::has_no_stack_for_more(py) => {
            py.err_clear(raised);
            *withheld = true;
            return Err(withheld::too_deep(py));
        }
        made => made?,
    };
    if declarations(py, core)? != before {
        parser.record(py, &[&*text::interned(py, "type")?, key])?;
    }
    Ok(Some(made))
}

/// Returns the number of declarations, which grows when a type string declares a struct.
fn declarations(py: Py<'_>, core: &FfiObject) -> R<usize> {
    Ok(core.begin_inline(py)?.with(|session| session.decls.len()))
}

/// The attribute of the class that has what compiled methods have replaced: a dict from a name to a tuple of the function
/// that was there and the compiled method.
pub(super) const REPLACED: &str = "_replaced_methods";

/// Returns the function that a compiled method has replaced in the class of an object.
pub(super) fn function_of(py: Py<'_>, object: &Obj, name: &str) -> R {
    let table = object.class().getattr_str(py, REPLACED)?;
    let found = dict::get(py, &table, &*text::interned(py, name)?)?;
    match found.as_deref().and_then(|pair| seq::tuple_item(pair, 0)) {
        Some(function) => Ok(function.new_ref()),
        None => Err(cffi_rt::raise!(py, System, "the function {name}() of the class is missing")),
    }
}

/// Calls the function that a compiled method has replaced in the class of an object.
#[cold]
#[inline(never)]
pub(super) fn replaced(py: Py<'_>, object: &Obj, name: &CStr, args: Args<'_>) -> R {
    let function = function_of(py, object, name.to_str().unwrap_or_default())?;
    let mut values: Vec<&Obj> = vec![object];
    values.extend((0..args.len()).map(|i| args.get(i)));
    if args.keywords() == 0 {
        return function.call(py, &values);
    }
    let keywords = dict::new(py)?;
    for (name, value) in args.keyword_items() {
        dict::set(py, &keywords, name, value)?;
    }
    let values = seq::tuple(py, &values)?;
    function.call_with(py, &values, &keywords)
}

/// Calls a method of the property that a compiled attribute has replaced in the class of an object.
#[cold]
#[inline(never)]
pub(super) fn replaced_attribute(py: Py<'_>, object: &Obj, name: &str, step: &str, args: &[&Obj]) -> R {
    function_of(py, object, name)?.getattr_str(py, step)?.call(py, args)
}

/// Calls the function of the class that a compiled method has replaced. If it fails, and the genuine parser was not in
/// use before, it is not afterwards.
#[cold]
#[inline(never)]
pub(crate) fn genuine(py: Py<'_>, parser: &CdefParser, name: &CStr, args: Args<'_>) -> R {
    let Some(object) = parser.ffi.get().map(Obj::new_ref) else {
        return Err(cffi_rt::raise!(py, System, "the FFI object of a method is missing"));
    };
    let (was_genuine, types) = (parser.is_genuine(py), parser.known_types(py));
    let outcome = replaced(py, &object, name, args);
    if outcome.is_err() && !was_genuine && parser.known_types(py) == types {
        parser.forget_genuine(py);
    }
    outcome
}

/// Calls the function of the class that a compiled method has replaced, as [`genuine`] does.
#[cold]
#[inline(never)]
pub(super) fn genuine_on(py: Py<'_>, object: &Obj, name: &CStr, args: Args<'_>) -> R {
    match receiver::parser_of(py, object)? {
        Some(parser) => genuine(py, &parser, name, args),
        None => replaced(py, object, name, args),
    }
}

/// Sets an attribute.
pub(super) fn set_attribute(py: Py<'_>, object: &Obj, name: &str, value: &Obj) -> R<()> {
    attr::set(py, object, &*text::interned(py, name)?, Some(value))
}
