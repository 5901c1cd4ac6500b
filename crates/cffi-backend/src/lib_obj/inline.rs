//! Attributes of libraries whose declarations come from texts.

use std::sync::atomic::Ordering;

use cffi_types::TypeId;

use crate::ctype::CType;
use crate::decls::object::FfiObject;
use crate::inline::Inline;
use crate::inline::lookup::{Global, MacroValue};
use crate::lib_obj::global as lib_global;
use crate::lib_obj::object::Lib;
use crate::library::{self, Opened};
use crate::realize::opcode::{Made, function_where_type};
use crate::realize::{arena, inline as texts, integer};
use crate::value::alloc::{self, Symbol};
use cffi_rt::args::int_or;
use cffi_rt::{Args, Obj, Owned, Params, Py, R, num, raise, seq, text};

/// Opens the library that `dlopen(name=None, flags=0)` means. A name such as `'m'` is looked for in the folders of the
/// system.
pub(super) fn open(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R<Opened> {
    const PARAMS: Params = Params { function: "dlopen", names: &["", ""], required: 0 };
    let notes = &ffi.context().state().notes;
    let [name, flags] = args.bind::<2>(py, &PARAMS)?;
    match name {
        Some(name) if name.is_str() => library::open_by_name(py, notes, name, int_or(py, flags, 0)?),
        _ => library::open(py, notes, args),
    }
}

/// Makes the attribute of a name; `None` if it is not declared.
pub(super) fn attribute(py: Py<'_>, lib: &Lib, inline: &Inline, name: &Obj) -> R<Option<Owned>> {
    let key = text::utf8(py, name)?;
    let ffi = lib.ffi();
    if !lib.known.swap(true, Ordering::AcqRel) {
        inline.keep_lib(py, lib.new_ref())?;
    }
    Ok(Some(match inline.global(key) {
        None => return macro_value(py, ffi, inline, key),
        Some(Global::Integer(value)) => integer::object(py, value)?,
        Some(Global::Partial(ty)) => return Err(texts::partial(py, ffi, ty.into())),
        Some(Global::Constant) => {
            let text = "cannot be accessed from a dlopen() library";
            return Err(raise!(py, NotImplemented, "non-integer constant '{key}' {text}"));
        }
        Some(Global::Function(ty)) => {
            let ct = arena::made(py, ffi, ty.into())?.either();
            let symbol = symbol(py, lib, inline, key, "function/symbol")?;
            ct.state().symbols.remember(symbol.address(), key);
            alloc::symbol(py, &ct, symbol)?.into_obj()
        }
        Some(Global::Variable { ty, .. }) => {
            let ct = value_type(py, ffi, ty)?;
            lib_global::at(py, name, ct, symbol(py, lib, inline, key, "variable")?)?
        }
    }))
}

/// Makes the value of a macro that is not an integer; `None` for other names.
fn macro_value(py: Py<'_>, ffi: &FfiObject, inline: &Inline, name: &str) -> R<Option<Owned>> {
    Ok(Some(match inline.macro_value(name) {
        None => return Ok(None),
        Some(MacroValue::Float(value)) => num::from_f64(py, value)?,
        Some(MacroValue::Bytes(bytes)) => text::new_bytes(py, &bytes)?,
        Some(MacroValue::Text(value)) => text::new_str(py, &value)?,
        Some(MacroValue::Pointer(ty, value)) => {
            let ct = arena::made(py, ffi, ty.into())?.either();
            alloc::pointer(py, &ct, std::ptr::without_provenance_mut(value as usize))?.into_obj()
        }
    }))
}

fn value_type(py: Py<'_>, ffi: &FfiObject, ty: TypeId) -> R<Owned<CType>> {
    match arena::made(py, ffi, ty.into())? {
        Made::Type(ct) => Ok(ct),
        Made::Function(ct) => Err(function_where_type(py, ffi.context(), &ct)),
    }
}

/// Returns the address of a symbol.
///
/// # Errors
/// `AttributeError` if the library lacks it, `ValueError` if the library is closed.
fn symbol(py: Py<'_>, lib: &Lib, inline: &Inline, name: &str, kind: &str) -> R<Symbol> {
    if let Some(reason) = inline.absent(name) {
        return Err(raise!(py, Attribute, "{kind} '{name}' {reason}"));
    }
    let label = inline.label(name);
    let name = label.as_deref().unwrap_or(name);
    let Some(library) = lib.library() else {
        return Err(raise!(py, Value, "library '{}' has already been closed", lib.shown(py)));
    };
    library.symbol(name).map_err(|error| {
        let raised =
            raise!(py, Attribute, "{kind} '{name}' not found in library '{}': {error}", lib.shown(py));
        library::not_exported(py, &lib.ffi().context().state().notes, raised)
    })
}

/// Returns the address of an array variable as the array itself, as in-line libraries have it; `None` for other names.
pub(super) fn address_of_array(py: Py<'_>, lib: &Lib, name: &str) -> R<Option<Owned>> {
    let Some(inline) = lib.ffi().inline() else { return Ok(None) };
    let Some(Global::Variable { ty, array: true }) = inline.global(name) else { return Ok(None) };
    let ct = value_type(py, lib.ffi(), ty)?;
    let symbol = symbol(py, lib, inline, name, "function/symbol")?;
    let ct = if ct.length() < 0 { ct.decayed().unwrap_or(&ct).new_ref() } else { ct };
    alloc::symbol(py, &ct, symbol).map(|view| Some(view.into_obj()))
}

/// Returns a list of the names of all functions, variables and constants; without the variables if `values` is set.
pub(super) fn names(py: Py<'_>, inline: &Inline, values: bool) -> R {
    let list = seq::new_list(py)?;
    for (name, variable) in inline.global_names() {
        if !(values && variable) {
            seq::push(py, &list, &*text::new_str(py, &name)?)?;
        }
    }
    Ok(list)
}
