//! Methods that list declarations: `integer_const`, `list_types`.

use cffi_abi::StructFlags;

use crate::decls::consts;
use crate::decls::object::FfiObject;
use crate::realize::inline;
use cffi_rt::args::Place;
use cffi_rt::{Args, Params, Py, R, raise, seq, text};

const INTEGER_CONST: Params = Params { function: "", names: &["name"], required: 1 };

/// FFI method `integer_const`.
pub(crate) fn integer_const(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(name)] = args.bind(py, &INTEGER_CONST)? else { return Err(py.no_memory()) };
    let name = Place { function: "", number: 1 }.text(py, name)?;
    let found = match ffi.inline() {
        Some(_) => inline::integer(py, ffi, name)?,
        None => consts::find(py, ffi.context(), name.as_bytes())?,
    };
    match found {
        Some(value) => Ok(value),
        None => {
            let name: String = name.chars().take(200).collect();
            Err(raise!(py, Attribute, "integer constant '{name}' not found"))
        }
    }
}

/// FFI method `list_types`.
pub(crate) fn list_types(py: Py<'_>, ffi: &FfiObject) -> R {
    if let Some(declarations) = ffi.inline() {
        let names = declarations.type_names();
        let list = |names: &[String]| {
            let list = seq::new_list(py)?;
            for name in names {
                seq::push(py, &list, &*text::new_str(py, name)?)?;
            }
            Ok(list)
        };
        let (typedefs, structs, unions) =
            (list(&names.typedefs)?, list(&names.structs)?, list(&names.unions)?);
        return seq::tuple(py, &[&typedefs, &structs, &unions]);
    }
    let decl = ffi.context().decl();
    let (typedefs, structs, unions) = (seq::new_list(py)?, seq::new_list(py)?, seq::new_list(py)?);
    for (name, _) in (0..decl.num_typenames()).filter_map(|i| decl.typename(i)) {
        seq::push(py, &typedefs, &*text::from_c(py, name)?)?;
    }
    for found in (0..decl.num_structs()).filter_map(|i| decl.struct_union(i)) {
        // Structs without a tag are in the list of typedefs.
        if !found.name.starts_with(b"$") {
            let list = if found.flags.has(StructFlags::UNION) { &unions } else { &structs };
            seq::push(py, list, &*text::from_c(py, found.name)?)?;
        }
    }
    seq::tuple(py, &[&typedefs, &structs, &unions])
}
