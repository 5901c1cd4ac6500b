//! What the declarations have: `integer_const`, `list_types`.

use cffi_abi::StructFlags;
use pyo3_ffi as ffi;

use crate::ffi::context::Context;
use crate::ffi::object::FfiObject;
use crate::ffi::{consts, structs};
use crate::rt::args::Place;
use crate::rt::{Args, Owned, Params, Py, R, Raised, raise, seq, text};

const INTEGER_CONST: Params = Params { function: "", names: &["name"], required: 1 };

/// FFI method `integer_const`.
pub(in crate::ffi) fn integer_const(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(name)] = args.bind(py, &INTEGER_CONST)? else { return Err(py.no_memory()) };
    let name = Place { function: "", number: 1 }.text(py, name)?;
    match find(py, ffi.context(), name, 0)? {
        Some(value) => Ok(value),
        None => Err(raise!(py, Attribute, "integer constant '{}' not found", shown(name))),
    }
}

fn shown(name: &str) -> String {
    name.chars().take(200).collect()
}

/// The value of an integer constant of these declarations or of those that they include.
fn find(py: Py<'_>, cx: &Context, name: &str, depth: u32) -> R<Option<Owned>> {
    if let Some(i) = cx.decl().find_global(name.as_bytes()) {
        let value = consts::int_if(py, cx, i)?;
        return value.map(Some).ok_or_else(|| no_integer(py, cx, name));
    }
    for include in cx.includes() {
        if depth > 100 {
            return Err(structs::include_recursion(py));
        }
        if let Some(value) = find(py, include.context(), name, depth + 1)? {
            return Ok(Some(value));
        }
    }
    Ok(None)
}

#[cold]
fn no_integer(py: Py<'_>, cx: &Context, name: &str) -> Raised {
    cx.state().ffi_error(
        py,
        format_args!(
            "function, global variable or non-integer constant '{}' must be fetched from its original 'lib' \
             object",
            shown(name)
        ),
    )
}

/// FFI method `list_types`.
pub(in crate::ffi) fn list_types(py: Py<'_>, ffi: &FfiObject) -> R {
    let decl = ffi.context().decl();
    let typedefs = (0..decl.num_typenames()).filter_map(|i| decl.typename(i)).map(|(name, _)| name);
    let named = || {
        let all = (0..decl.num_structs()).filter_map(|i| decl.struct_union(i));
        // Those without a tag are in the list of typedefs.
        all.filter(|s| !s.name.starts_with(b"$"))
    };
    let structs = named().filter(|s| !s.flags.has(StructFlags::UNION)).map(|s| s.name);
    let unions = named().filter(|s| s.flags.has(StructFlags::UNION)).map(|s| s.name);
    let (typedefs, structs, unions) = (list(py, typedefs)?, list(py, structs)?, list(py, unions)?);
    seq::tuple(py, &[&typedefs, &structs, &unions])
}

fn list<'a>(py: Py<'_>, names: impl Iterator<Item = &'a [u8]>) -> R {
    // SAFETY: attached; the list takes its own references.
    unsafe {
        let list = Owned::from_new(py, ffi::PyList_New(0))?;
        for name in names {
            let name = text::new_str(py, &String::from_utf8_lossy(name))?;
            if ffi::PyList_Append(list.as_ptr(), name.as_ptr()) < 0 {
                return Err(Raised::already());
            }
        }
        Ok(list)
    }
}
