//! Functions of compiled modules: built-in function objects, and the C function pointers behind them.

use cffi_memory::NoMemory;
use std::ffi::CString;

use cffi_abi::Op;

use crate::ctype::CType;
use crate::decls::entries::GlobalDecl;
use crate::lib_obj::attr::required;
use crate::lib_obj::call as lib_call;
use crate::lib_obj::entry::type_index;
use crate::lib_obj::global::GlobalVariable;
use crate::lib_obj::inline;
use crate::lib_obj::object::Lib;
use crate::realize::opcode as realize;
use crate::realize::opcode::Signature;
use crate::realize::words::Words;
use crate::value::{CData, alloc};
use cffi_rt::{Obj, Owned, Py, R, function, raise, text};

/// Makes the built-in function object for a global of a compiled module.
pub(crate) fn builtin(py: Py<'_>, lib: &Lib, index: usize, global: &GlobalDecl<'_>) -> R {
    // The function finds its types in the module's table, so they have to be made before it can be called.
    let signature =
        realize::signature(py, lib.context(), Words::Table, type_index(py, lib.context(), global.op)?)?;
    let doc = py.room(docstring(global.name.to_bytes(), &signature, text::utf8(py, &lib.name)?))?;
    lib_call::function(py, lib, index, global, doc)
}

/// Returns the declaration in C and the name of its lib. Allocates one block only: a module may have thousands of
/// functions.
fn docstring(name: &[u8], signature: &Signature, lib: &str) -> Result<CString, NoMemory> {
    let (args, result) = (&signature.args, signature.result.cname());
    let (head, tail) = (result.head(), result.tail());
    let space = if head.ends_with('*') { "" } else { " " };
    let texts: usize = args.iter().map(|ct| ct.name().len()).sum();
    let texts = texts + args.len().saturating_sub(1) * ", ".len();
    let fixed = "();\n\nCFFI C function from .lib\0".len();
    // The exact length: a string with spare capacity would be moved.
    let len = head.len() + space.len() + name.len() + texts + tail.len() + lib.len() + fixed;
    let mut doc: Vec<u8> = cffi_memory::vec(len)?;
    for piece in [head.as_bytes(), space.as_bytes(), name, b"("] {
        doc.extend_from_slice(piece);
    }
    for (i, ct) in args.iter().enumerate() {
        doc.extend_from_slice(if i == 0 { b"" } else { b", " });
        doc.extend_from_slice(ct.name().as_bytes());
    }
    for piece in [")", tail, ";\n\nCFFI C function from ", lib, ".lib"] {
        doc.extend_from_slice(piece.as_bytes());
    }
    Ok(CString::new(doc).unwrap_or_default())
}

/// Returns the lib of a built-in function made by [`builtin`], and the index of its declaration.
///
/// The declaration is found by the name in the function's definition. It is the right one if both names have one
/// address, not only equal text, so no other object that looks like such a function is mistaken for one.
fn declaration(py: Py<'_>, obj: &Obj) -> Option<(Owned<Lib>, usize)> {
    let (this, name) = function::bound(py, obj)?;
    let lib = this.downcast::<Lib>()?;
    let decl = lib.context().decl();
    let index = decl.find_global(name.to_bytes())?;
    let global = decl.global(index)?;
    let same = std::ptr::eq(global.name.as_ptr(), name.as_ptr());
    let builtin = matches!(global.op.op(), Ok(Op::CpythonBltnV | Op::CpythonBltnN | Op::CpythonBltnO));
    (same && builtin).then(|| (Owned::of(lib), index))
}

/// Returns the function pointer type of a built-in function of a `lib`; `None` for other objects.
pub(crate) fn type_of(py: Py<'_>, obj: &Obj) -> R<Option<Owned<CType>>> {
    let Some((lib, index)) = declaration(py, obj) else { return Ok(None) };
    function_type(py, &lib, index).map(Some)
}

/// Makes the function pointer of a global whose wrapper cannot be called here, because it would find the types of another
/// interpreter.
///
/// # Errors
/// `NotImplementedError` for modules of old releases, which have wrappers only.
pub(crate) fn proper(py: Py<'_>, lib: &Lib, index: usize, global: &GlobalDecl<'_>) -> R {
    let name = global.name.to_string_lossy();
    let Some(symbol) = global.function() else {
        let text = "the module was made for one interpreter, and has to be compiled anew";
        return Err(raise!(py, NotImplemented, "function '{name}': {text}"));
    };
    let ct = function_type(py, lib, index)?;
    lib.context().state().symbols.remember(symbol.address(), &name);
    alloc::symbol(py, &ct, symbol).map(Owned::into_obj)
}

pub(crate) fn function_type(py: Py<'_>, lib: &Lib, index: usize) -> R<Owned<CType>> {
    let cx = lib.context();
    let Some(global) = cx.decl().global(index) else { return Err(raise!(py, System, "lost a function")) };
    Ok(realize::made(py, cx, Words::Table, type_index(py, cx, global.op)?)?.either())
}

/// Returns the function pointer behind a built-in function of a `lib`, one cdata for all calls; `None` for other
/// objects, and for functions of old modules, which have none.
pub(crate) fn pointer(py: Py<'_>, obj: &Obj) -> R<Option<Owned>> {
    let Some((lib, index)) = declaration(py, obj) else { return Ok(None) };
    let Some(global) = lib.context().decl().global(index) else { return Ok(None) };
    let Some(symbol) = global.function() else { return Ok(None) };
    let Some(place) = py.room(lib.pointer(index))? else { return Ok(None) };
    if let Some(made) = place.get() {
        return Ok(Some(made.new_ref()));
    }
    let ct = function_type(py, &lib, index)?;
    let made = alloc::symbol(py, &ct, symbol)?;
    Ok(Some(place.set_or_get(made.into_obj()).new_ref()))
}

/// `addressof(lib, name)`. Returns a pointer to a variable, or a function pointer.
///
/// # Errors
/// `AttributeError` for constants and for names that are not declared.
pub(crate) fn address_of(py: Py<'_>, lib: &Lib, name: &str) -> R {
    let key = text::new_str(py, name)?;
    let found = required(py, lib, &key)?;
    if let Some(array) = inline::address_of_array(py, lib, name)? {
        return Ok(array);
    }
    if let Some(variable) = found.downcast::<GlobalVariable>() {
        return variable.pointer(py);
    }
    if let Some(pointer) = pointer(py, &found)? {
        return Ok(pointer);
    }
    let is_function = found.downcast::<CData>().is_some_and(|cd| cd.ct().is_function());
    if is_function || declaration(py, &found).is_some() {
        return Ok(found);
    }
    let name: String = name.chars().take(200).collect();
    Err(raise!(py, Attribute, "cannot take the address of the constant '{name}'"))
}
