//! Sizes and addresses: `sizeof`, `typeof`, `typeoffsetof`, `rawaddressof`.

use crate::ctype::CType;
use crate::ctype::attrs::pair;
use crate::diag::field::no_such_field;
use crate::state::Module;
use crate::value::{CData, alloc};
use cffi_rt::args::{Place, int_or};
use cffi_rt::{Args, Exc, Obj, Owned, Params, Py, R, Raised, num, raise};

/// Module function `sizeof`.
pub(crate) fn sizeof(py: Py<'_>, _module: &Module, arg: &Obj) -> R {
    if let Some(cd) = arg.downcast::<CData>() {
        return num::from_isize(py, size_of_data(py, cd)?);
    }
    let Some(ct) = arg.downcast::<CType>() else {
        return Err(raise!(py, Type, "expected a 'cdata' or 'ctype' object"));
    };
    match ct.size() {
        n if n < 0 => {
            let raised = raise!(py, Value, "ctype '{}' is of unknown size", ct.name());
            Err(super::newp::unknown_size(py, raised, ct))
        }
        n => num::from_isize(py, n),
    }
}

/// Returns the number of bytes of the data: all items of an array, the whole allocation of a struct of variable size.
pub(crate) fn size_of_data(py: Py<'_>, cd: &CData) -> R<isize> {
    let ct = cd.ct();
    if ct.is_array() {
        let item = ct.item().map_or(0, CType::size);
        return cd
            .array_len()
            .checked_mul(item)
            .ok_or_else(|| raise!(py, Overflow, "array size would overflow a Py_ssize_t"));
    }
    let var = if ct.is_aggregate() { cd.var_size() } else { None };
    Ok(var.unwrap_or_else(|| ct.size()))
}

/// Module function `typeof`.
pub(crate) fn typeof_(py: Py<'_>, _module: &Module, arg: &Obj) -> R {
    match arg.downcast::<CData>() {
        Some(cd) => Ok(cd.ct().new_ref().into_obj()),
        None => Err(raise!(py, Type, "expected a 'cdata' object")),
    }
}

const TYPEOFFSETOF: Params = Params { function: "typeoffsetof", names: &["", "", ""], required: 2 };

/// Module function `typeoffsetof`.
pub(crate) fn typeoffsetof(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    let [Some(ct), Some(what), following] = args.bind(py, &TYPEOFFSETOF)? else { return Ok(py.none()) };
    let ct = Place { function: "typeoffsetof", number: 1 }.exact::<CType>(py, ct)?;
    let following = int_or(py, following, 0)? != 0;
    let (ct, offset) = type_offset(py, ct, what, following)?;
    pair(py, &ct, num::from_isize(py, offset)?)
}

/// Returns the type and the offset in bytes of a field (by name) or item (by index). A pointer to a struct is treated
/// as the struct, unless this is a `following` step of a longer path.
pub(crate) fn type_offset(py: Py<'_>, ct: &CType, what: &Obj, following: bool) -> R<(Owned<CType>, isize)> {
    if what.is_str() { field(py, ct, what, following) } else { item(py, ct, what) }
}

fn field(py: Py<'_>, ct: &CType, name: &Obj, following: bool) -> R<(Owned<CType>, isize)> {
    let ct = if ct.is_pointer() && !following { ct.item().unwrap_or(ct) } else { ct };
    if !ct.is_aggregate() {
        return Err(raise!(py, Type, "with a field name argument, expected a struct or union ctype"));
    }
    let Some(fields) = ct.fields(py)? else {
        return Err(raise!(py, Type, "struct/union is opaque"));
    };
    let Some(field) = fields.find(py, name) else {
        return Err(no_such_field(py, py.err_object(Exc::Key.object(py), name), ct, fields, name));
    };
    if field.bitshift >= 0 {
        return Err(raise!(py, Type, "not supported for bitfields"));
    }
    Ok((field.ct.clone(), field.offset))
}

fn item(py: Py<'_>, ct: &CType, index: &Obj) -> R<(Owned<CType>, isize)> {
    let index = num::exact_ssize(py, index).map_err(|raised: Raised| {
        py.err_clear(raised);
        raise!(py, Type, "field name or array index expected")
    })?;
    let item = if ct.is_pointer_or_array() { ct.item().filter(|i| i.size() >= 0) } else { None };
    let Some(item) = item else {
        return Err(raise!(
            py,
            Type,
            "with an integer argument, expected an array ctype or a pointer to non-opaque"
        ));
    };
    match index.checked_mul(item.size()) {
        Some(offset) => Ok((item.new_ref(), offset)),
        None => Err(raise!(py, Overflow, "array offset would overflow a Py_ssize_t")),
    }
}

const RAWADDRESSOF: Params = Params { function: "rawaddressof", names: &["", "", ""], required: 3 };

/// Module function `rawaddressof`.
pub(crate) fn rawaddressof(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    let [Some(ct), Some(cd), Some(offset)] = args.bind(py, &RAWADDRESSOF)? else { return Ok(py.none()) };
    let ct = Place { function: "rawaddressof", number: 1 }.exact::<CType>(py, ct)?;
    let cd = Place { function: "rawaddressof", number: 2 }.exact::<CData>(py, cd)?;
    let offset = num::arg_ssize(py, offset)?;
    if !(cd.ct().is_aggregate() || cd.ct().is_pointer_or_array()) {
        return Err(raise!(py, Type, "expected a cdata struct/union/array/pointer object"));
    }
    if !ct.is_pointer() {
        return Err(raise!(py, Type, "expected a pointer ctype"));
    }
    alloc::pointer(py, ct, cd.data().wrapping_offset(offset)).map(Owned::into_obj)
}
