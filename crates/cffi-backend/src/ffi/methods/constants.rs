//! What the declarations have: `integer_const`, `list_types`.

use cffi_abi::StructFlags;
use pyo3_ffi as ffi;

use crate::ffi::consts;
use crate::ffi::object::FfiObject;
use crate::rt::args::Place;
use crate::rt::{Args, Owned, Params, Py, R, Raised, raise, seq, text};

const INTEGER_CONST: Params = Params { function: "", names: &["name"], required: 1 };

/// FFI method `integer_const`.
pub(in crate::ffi) fn integer_const(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(name)] = args.bind(py, &INTEGER_CONST)? else { return Err(py.no_memory()) };
    let name = Place { function: "", number: 1 }.text(py, name)?;
    match consts::find(py, ffi.context(), name.as_bytes())? {
        Some(value) => Ok(value),
        None => {
            let name: String = name.chars().take(200).collect();
            Err(raise!(py, Attribute, "integer constant '{name}' not found"))
        }
    }
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
