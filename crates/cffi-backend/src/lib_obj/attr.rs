//! Attributes of `lib`, made from the declarations on first access.

use std::borrow::Cow;

use cffi_abi::Op;

use crate::ctype::{Access, CType};
use crate::decls::consts;
use crate::decls::context::Context;
use crate::decls::context::include_recursion;
use crate::decls::entries::GlobalDecl;
use crate::lib_obj::entry::{type_index, type_of};
use crate::lib_obj::global as lib_global;
use crate::lib_obj::global::GlobalVariable;
use crate::lib_obj::inline;
use crate::lib_obj::missing::explain;
use crate::lib_obj::object::Lib;
use crate::lib_obj::{dlopen as lib_dlopen, function as lib_function};
use crate::realize::opcode as realize;
use crate::realize::words::Words;
use crate::value::alloc;
use cffi_rt::{Obj, Owned, Py, R, Raised, dict, raise, seq, shared, text, types};

/// The largest depth of includes. Deeper ones are regarded as a cycle.
const MAX_INCLUDES: u32 = 100;

/// `tp_getattro`
#[inline(always)]
pub(crate) fn get(py: Py<'_>, lib: &Lib, name: &Obj) -> R {
    match lib.cached.get(py, name) {
        Some(found) => value(py, found),
        None => get_any(py, lib, name),
    }
}

#[inline(never)]
fn get_any(py: Py<'_>, lib: &Lib, name: &Obj) -> R {
    match find(py, lib, name)? {
        Some(found) => value(py, found),
        None => special(py, lib, name),
    }
}

/// Returns the value of an attribute as it is kept.
#[inline(always)]
fn value(py: Py<'_>, found: Owned) -> R {
    match found.downcast::<GlobalVariable>() {
        Some(variable) => variable.read(py),
        None => Ok(found),
    }
}

/// `tp_setattro`
pub(crate) fn set(py: Py<'_>, lib: &Lib, name: &Obj, value: Option<&Obj>) -> R<()> {
    let found = match lib.cached.get(py, name) {
        Some(found) => found,
        None => required(py, lib, name)?,
    };
    let Some(value) = value else {
        return Err(raise!(py, Attribute, "C attribute cannot be deleted"));
    };
    match found.downcast::<GlobalVariable>() {
        Some(variable) => variable.write(py, value),
        None => {
            let name = short(py, name);
            Err(raise!(py, Attribute, "cannot write to function or constant '{name}'"))
        }
    }
}

/// Returns the attribute of that name: a value, or a [`GlobalVariable`]. `AttributeError` if it is not declared.
pub(crate) fn required(py: Py<'_>, lib: &Lib, name: &Obj) -> R {
    match find(py, lib, name)? {
        Some(found) => Ok(found),
        None => Err(missing(py, lib, name)),
    }
}

fn find(py: Py<'_>, lib: &Lib, name: &Obj) -> R<Option<Owned>> {
    match dict::get(py, &lib.attrs, name)? {
        Some(found) => {
            shared::used(lib);
            // A function or a constant is kept as long as the lib.
            shared::used(&found);
            lib.cached.put(py, name, &found);
            Ok(Some(found))
        }
        None => make(py, lib, name, 0),
    }
}

/// Returns the beginning of a name, for messages.
fn short<'a>(py: Py<'_>, name: &'a Obj) -> Cow<'a, str> {
    /// The number of characters that are shown.
    const LONGEST: usize = 200;
    match text::lossy(py, name) {
        name if name.len() <= LONGEST => name,
        name => name.chars().take(LONGEST).collect(),
    }
}

#[cold]
fn missing(py: Py<'_>, lib: &Lib, name: &Obj) -> Raised {
    let (shown, text) = (short(py, &lib.name), short(py, name));
    let raised = raise!(
        py,
        Attribute,
        "cffi library '{shown}' has no function, constant or global variable named '{text}'"
    );
    explain(py, raised, lib, name)
}

/// Returns the attributes that make a lib look like a module, unless C has such a name.
#[cold]
fn special(py: Py<'_>, lib: &Lib, name: &Obj) -> R {
    match text::utf8(py, name)? {
        "__all__" => names(py, lib, |op| !matches!(op, Some(Op::GlobalVar | Op::GlobalVarF))),
        "__dict__" => all(py, lib),
        // It makes help() do the right thing.
        "__class__" => Ok(types::module_class(py).new_ref()),
        "__name__" => text::new_str(py, &py.format(format_args!("{}.lib", lib.shown(py)))?),
        "__loader__" | "__spec__" => Ok(py.none()),
        _ => Err(missing(py, lib, name)),
    }
}

/// Method `__dir__`.
pub(crate) fn dir(py: Py<'_>, lib: &Lib) -> R {
    names(py, lib, |_| true)
}

/// Returns a list of the names whose operation is `wanted`.
fn names(py: Py<'_>, lib: &Lib, wanted: impl Fn(Option<Op>) -> bool) -> R {
    if let Some(declarations) = lib.ffi().inline() {
        return inline::names(py, declarations, !wanted(Some(Op::GlobalVar)));
    }
    let decl = lib.context().decl();
    let list = seq::new_list(py)?;
    for global in (0..decl.num_globals()).filter_map(|i| decl.global(i)) {
        if wanted(global.op.op().ok()) {
            seq::push(py, &list, &*text::from_c(py, global.name.to_bytes())?)?;
        }
    }
    Ok(list)
}

/// Returns a dict of all names, with variables as they are kept here.
fn all(py: Py<'_>, lib: &Lib) -> R {
    let all = dict::new(py)?;
    if let Some(declarations) = lib.ffi().inline() {
        for (name, _) in declarations.global_names() {
            let name = text::new_str(py, &name)?;
            match required(py, lib, &name) {
                Ok(value) => dict::set(py, &all, &name, &value)?,
                // A header declares more than one library has.
                Err(raised) => py.err_clear(raised),
            }
        }
        return Ok(all);
    }
    let decl = lib.context().decl();
    for global in (0..decl.num_globals()).filter_map(|i| decl.global(i)) {
        let name = text::from_c(py, global.name.to_bytes())?;
        dict::set(py, &all, &name, &*required(py, lib, &name)?)?;
    }
    Ok(all)
}

/// Makes the attribute of a name and keeps it; `None` if it is declared neither here nor in an included module.
fn make(py: Py<'_>, lib: &Lib, name: &Obj, depth: u32) -> R<Option<Owned>> {
    if let Some(declarations) = lib.ffi().inline() {
        return match inline::attribute(py, lib, declarations, name)? {
            Some(made) => dict::set_default(py, &lib.attrs, name, &made).map(Some),
            None => Ok(None),
        };
    }
    let key = text::utf8(py, name)?.as_bytes();
    let made = match lib.context().decl().find_global(key) {
        Some(index) => of_global(py, lib, name, index)?,
        None => match from_included(py, lib, name, depth)? {
            Some(found) => found,
            None => return Ok(None),
        },
    };
    dict::set_default(py, &lib.attrs, name, &made).map(Some)
}

fn from_included(py: Py<'_>, lib: &Lib, name: &Obj, depth: u32) -> R<Option<Owned>> {
    let Some(libs) = lib.included() else {
        // FFI objects without a lib provide only integers.
        let name = text::utf8(py, name)?.as_bytes();
        return consts::find_in_includes(py, lib.context(), name);
    };
    if depth > MAX_INCLUDES && !libs.is_empty() {
        return Err(include_recursion(py));
    }
    for other in libs {
        let found = match dict::get(py, &other.attrs, name)? {
            Some(found) => Some(found),
            None => make(py, other, name, depth + 1)?,
        };
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

fn of_global(py: Py<'_>, lib: &Lib, name: &Obj, index: usize) -> R {
    let cx = lib.context();
    let Some(global) = cx.decl().global(index) else { return Err(missing(py, lib, name)) };
    match global.op.op() {
        Ok(Op::CpythonBltnV | Op::CpythonBltnN | Op::CpythonBltnO) => match cx.decl().has_wrappers() {
            true => lib_function::builtin(py, lib, index, &global),
            false => lib_function::proper(py, lib, index, &global),
        },
        Ok(Op::ConstantInt | Op::Enum) => consts::int(py, cx, index),
        Ok(Op::Constant | Op::DlopenConst) => lib_global::constant(py, lib, &global),
        Ok(Op::GlobalVar) => variable(py, lib, name, &global),
        Ok(Op::GlobalVarF) => lib_global::by_function(py, cx, name, &global),
        Ok(Op::DlopenFunc) => {
            let symbol = lib_dlopen::symbol(py, lib, global.name)?;
            let ct = realize::made(py, cx, Words::Table, type_index(py, cx, global.op)?)?.either();
            pointer_type(py, cx, &global, &ct)?;
            cx.state().symbols.remember(symbol.address(), &global.name.to_string_lossy());
            alloc::symbol(py, &ct, symbol).map(Owned::into_obj)
        }
        Ok(Op::ExternPython) => {
            let ct = type_of(py, cx, global.op)?;
            pointer_type(py, cx, &global, &ct)?;
            alloc::pointer(py, &ct, global.size_or_direct_fn().cast()).map(Owned::into_obj)
        }
        _ => Err(raise!(py, NotImplemented, "in lib_build_attr: op={}", global.op.number())),
    }
}

fn pointer_type(py: Py<'_>, cx: &Context, global: &GlobalDecl<'_>, ct: &CType) -> R<()> {
    if ct.access == Access::Pointer {
        return Ok(());
    }
    let name = global.name.to_string_lossy();
    Err(cx.state().ffi_error(py, format_args!("'{name}' is no function but of type '{}'", ct.name())))
}

/// Makes a variable at a fixed address.
fn variable(py: Py<'_>, lib: &Lib, name: &Obj, global: &GlobalDecl<'_>) -> R {
    let cx = lib.context();
    let ct = type_of(py, cx, global.op)?;
    let (declared, compiled) = (ct.size(), global.size_or_direct_fn().addr().cast_signed());
    if declared != compiled && compiled != 0 && declared > 0 {
        let name: String = global.name.to_string_lossy().chars().take(200).collect();
        let text = format_args!(
            "global variable '{name}' should be {declared} bytes according to the cdef, but is actually {compiled}"
        );
        return Err(cx.state().ffi_error(py, text));
    }
    let symbol = match global.variable() {
        Some(symbol) => symbol,
        None => lib_dlopen::symbol(py, lib, global.name)?,
    };
    lib_global::at(py, name, ct, symbol)
}
