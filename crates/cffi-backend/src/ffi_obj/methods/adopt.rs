//! Methods by which the front end in Python shares the ctypes of modules: `ferrocffi.frontend.compiled` includes the FFI
//! object of a module, and `ferrocffi.frontend.vengine` lets all modules of one FFI object have one set of types.

use cffi_abi::{Op, StructFlags};

use crate::ctype::CType;
use crate::decls::object::FfiObject;
use crate::inline::held::Kept;
use crate::inline::node::Node;
use crate::native::values;
use crate::realize::{enums, structs};
use cffi_rt::{Args, Obj, Owned, Params, Py, R, raise, seq, text};

const ADOPT: Params = Params { function: "_adopt", names: &["", ""], required: 2 };

/// FFI method `_adopt`: lets a type that a text declares be a ctype of another FFI object.
pub(crate) fn adopt(py: Py<'_>, ffi: &FfiObject, args: Args<'_>) -> R {
    let [Some(source), Some(ct)] = args.bind(py, &ADOPT)? else {
        return Err(raise!(py, System, "an argument is missing"));
    };
    let Some(ct) = ct.downcast::<CType>() else {
        return Err(raise!(py, Type, "expected a ctype, not '{}'", ct.type_name()));
    };
    let inline = ffi.begin_inline(py)?;
    let (ty, _) = match inline.parse_type(text::utf8(py, source)?) {
        Ok(found) => found,
        Err(refusal) => return Err(raise!(py, Value, "{}", refusal.message)),
    };
    // Other FFI objects that include this one take over structs, unions and enums, and make pointers to them.
    let (mut ty, mut ct) = (ty.id(), Owned::of(ct));
    while let Node::Pointer(to) = inline.node(py, ty)? {
        let Some(item) = ct.item() else { return Err(raise!(py, Value, "the ctype is no pointer")) };
        (ty, ct) = (to, Owned::of(item));
    }
    inline.keep(py, ty, Kept { ct, function: false })?;
    Ok(py.none())
}

/// FFI method `_tables`: the names of enums and of integer constants of a module, and the FFI objects that it includes.
/// None for an FFI object without tables.
pub(crate) fn tables(py: Py<'_>, ffi: &FfiObject) -> R {
    if !ffi.context().has_declarations() {
        return Ok(py.none());
    }
    let decl = ffi.context().decl();
    let (enums, constants, included) = (seq::new_list(py)?, seq::new_list(py)?, seq::new_list(py)?);
    for found in (0..decl.num_enums()).filter_map(|i| decl.enumeration(i)) {
        seq::push(py, &enums, &*text::from_c(py, found.name)?)?;
    }
    for found in (0..decl.num_globals()).filter_map(|i| decl.global(i)) {
        if matches!(found.op.op(), Ok(Op::ConstantInt | Op::Enum)) {
            seq::push(py, &constants, &*text::from_c(py, found.name.to_bytes())?)?;
        }
    }
    for other in ffi.context().includes() {
        seq::push(py, &included, other)?;
    }
    values::tuple(py, &[enums, constants, included])
}

/// FFI method `_share`: lets the structs, unions and enums of a module that was just loaded be those of another module,
/// as far as both have them, with one size.
pub(crate) fn share(py: Py<'_>, ffi: &FfiObject, other: &Obj) -> R {
    let own = ffi.context();
    let Some(other) = FfiObject::cast(own.state(), other) else {
        return Err(raise!(py, Type, "expected an FFI object, not '{}'", other.type_name()));
    };
    let theirs = other.context();
    if !own.has_declarations() || !theirs.has_declarations() {
        return Err(raise!(py, Value, "only modules have types to share"));
    }
    let nameless = |name: &[u8]| matches!(name, [b'$', b'0'..=b'9', ..]);
    for i in 0..own.decl().num_structs() {
        let Some(mine) = own.decl().struct_union(i).filter(|found| !nameless(found.name)) else { continue };
        let Some(place) = theirs.decl().find_struct(mine.name) else { continue };
        let Some(known) = theirs.decl().struct_union(place) else { continue };
        let alike = |flag| mine.flags.has(flag) == known.flags.has(flag);
        if (mine.size, mine.align) == (known.size, known.align)
            && alike(StructFlags::UNION)
            && alike(StructFlags::OPAQUE)
        {
            own.keep(py, mine.type_index, &structs::realize(py, theirs, place)?);
        }
    }
    for i in 0..own.decl().num_enums() {
        let Some(mine) = own.decl().enumeration(i).filter(|found| !nameless(found.name)) else { continue };
        let Some(place) = theirs.decl().find_enum(mine.name) else { continue };
        let same = theirs.decl().enumeration(place).is_some_and(|known| known.primitive == mine.primitive);
        if same {
            own.keep(py, mine.type_index, &enums::realize(py, theirs, place)?);
        }
    }
    Ok(py.none())
}
