//! `set_ffi`, by which `cffi.FFI` gets a parser of this project, and the start of the seams with the module.

use std::sync::atomic::Ordering;

use super::parser::CdefParser;
use super::{calls, deferred, methods, parser, switch};
use crate::state::Module;
use cffi_rt::{Exc, Obj, Owned, Py, R, dict, function, interp, seq, text, types};

/// Puts everything into place, if the environment does not turn the seams off.
pub(crate) fn install(py: Py<'_>, module: &Obj) -> R<()> {
    if !switch::is_on(py)? {
        return Ok(());
    }
    let module = deferred::backend(py, module)?;
    module.state(py)?.front.on.store(true, Ordering::Release);
    deferred::install(py, &module)
}

/// Module function `set_ffi`. The constructor of `cffi.FFI` calls it with the new object.
pub(crate) fn set_ffi(py: Py<'_>, module: &Module, object: &Obj) -> R {
    if !module.state(py)?.front.on.load(Ordering::Acquire) {
        return Ok(py.none());
    }
    let known = object.getattr_str(py, "_parser")?;
    let made = if known.downcast::<CdefParser>().is_some() {
        known
    } else if is_genuine(py, &known)? {
        let made = parser::make(py, module)?;
        calls::set_attribute(py, object, "_parser", &made)?;
        made
    } else {
        return Ok(py.none());
    };
    if let Some(parser) = made.downcast::<CdefParser>() {
        parser.ffi.set_or_get(object.new_ref());
        calls::set_attribute(py, object, "_parsed_types", &parser.parsed)?;
        use_compiled_methods(py, object, parser)?;
    }
    Ok(py.none())
}

/// Returns whether an object is of the class `Parser` of a module `cparser`, and not of a subclass.
fn is_genuine(py: Py<'_>, parser: &Obj) -> R<bool> {
    let class = parser.class();
    let module = class.getattr_str(py, "__module__")?;
    if !module.is_str() {
        return Ok(false);
    }
    let name = text::utf8(py, &module)?;
    if !name.ends_with(".cparser") {
        return Ok(false);
    }
    let Some(module) = interp::imported(py, name)? else { return Ok(false) };
    Ok(module.getattr_str(py, "Parser")?.is(class))
}

/// Methods that the genuine ones call on the object. A subclass that overrides one changes what others do.
const INNER: [&str; 5] = ["_typeof", "_typeof_locked", "_get_cached_btype", "_cdef", "_typeoffsetof"];

/// Lets the compiled methods serve an FFI object, unless its class overrides a method that they do not call. The first
/// object of a class puts them into the class.
fn use_compiled_methods(py: Py<'_>, object: &Obj, parser: &CdefParser) -> R<()> {
    let class = object.class();
    let Some((api, base)) = base_of(py, class)? else { return Ok(()) };
    let table = match attribute(py, &base, calls::REPLACED)? {
        Some(table) => table,
        None => replace_functions(py, &base, &api)?,
    };
    for name in INNER {
        if !is_original(py, class, name, &api, &table)? {
            return Ok(());
        }
    }
    parser.compiled.store(true, Ordering::Release);
    Ok(())
}

/// Puts the compiled methods into a class, in the place of its functions. Those that somebody has replaced stay. Returns
/// the table of what was there.
fn replace_functions(py: Py<'_>, base: &Obj, api: &Obj) -> R {
    let table = dict::new(py)?;
    let mut made: Vec<(&str, Owned)> = Vec::new();
    for (name, definition) in function::definitions(methods::METHODS.entries()) {
        let name = name.to_str().unwrap_or_default();
        let Some(known) = attribute(py, base, name)? else { continue };
        let method = function::for_class(py, base, definition)?;
        if function::is_of_module(py, &known, api) {
            made.push((name, method));
            note(py, &table, &known, &made)?;
        } else if known.class().is(method.class())
            && let Some(table) = attribute(py, base, calls::REPLACED)?
        {
            // Another thread was faster. It has set the table first.
            return Ok(table);
        }
    }
    if let Some(known) = attribute(py, base, "errno")? {
        let errno = function::computed_for_class(py, base, &methods::ERRNO)?;
        if known.class().is(types::property_class(py)) {
            made.push(("errno", errno));
            note(py, &table, &known, &made)?;
        } else if known.class().is(errno.class())
            && let Some(table) = attribute(py, base, calls::REPLACED)?
        {
            return Ok(table);
        }
    }
    calls::set_attribute(py, base, calls::REPLACED, &table)?;
    for (name, method) in &made {
        calls::set_attribute(py, base, name, method)?;
    }
    Ok(table)
}

/// Notes in the table what the method that was made last replaces.
fn note(py: Py<'_>, table: &Obj, known: &Obj, made: &[(&str, Owned)]) -> R<()> {
    let Some((name, method)) = made.last() else { return Ok(()) };
    dict::set(py, table, &*text::interned(py, name)?, &*seq::tuple(py, &[known, method])?)
}

/// Returns the module of the front end that a class belongs to, that of the package `cffi` or that of this project, and
/// its class `FFI`.
fn base_of(py: Py<'_>, class: &Obj) -> R<Option<(Owned, Owned)>> {
    for name in ["cffi.api", "ferrocffi.frontend.api"] {
        if let Some(api) = interp::imported(py, name)?
            && let Some(base) = attribute(py, &api, "FFI")?
            && types::is_subclass(py, class, &base)
        {
            return Ok(Some((api, base)));
        }
    }
    Ok(None)
}

/// Returns whether a class has a method that is a function of the module, or the compiled one in its place.
fn is_original(py: Py<'_>, class: &Obj, name: &str, api: &Obj, table: &Obj) -> R<bool> {
    let Some(method) = attribute(py, class, name)? else { return Ok(false) };
    if function::is_of_module(py, &method, api) {
        return Ok(true);
    }
    let pair = dict::get(py, table, &*text::interned(py, name)?)?;
    let compiled = pair.as_deref().and_then(|pair| seq::tuple_item(pair, 1));
    // Two threads may have made one each.
    Ok(compiled.is_some_and(|compiled| compiled.class().is(method.class())))
}

/// Returns the function of a class that a compiled method has replaced; `None` if the method of that name is another one.
pub(crate) fn replaced_by_compiled(py: Py<'_>, class: &Obj, name: &str) -> R<Option<Owned>> {
    let Some(table) = attribute(py, class, calls::REPLACED)? else { return Ok(None) };
    let Some(method) = attribute(py, class, name)? else { return Ok(None) };
    let Some(pair) = dict::get(py, &table, &*text::interned(py, name)?)? else { return Ok(None) };
    let is_compiled = seq::tuple_item(&pair, 1).is_some_and(|compiled| compiled.class().is(method.class()));
    Ok(seq::tuple_item(&pair, 0).filter(|_| is_compiled).map(Obj::new_ref))
}

/// Returns an attribute; `None` if there is none of that name.
fn attribute(py: Py<'_>, object: &Obj, name: &str) -> R<Option<Owned>> {
    match object.getattr_str(py, name) {
        Ok(found) => Ok(Some(found)),
        Err(raised) if py.err_matches(Exc::Attribute) => {
            py.err_clear(raised);
            Ok(None)
        }
        Err(raised) => Err(raised),
    }
}
