//! Module functions that make types.

use cffi_rt::seq::tuple_items;

use super::{CType, Kind, function, make, new_enum, new_function};
use crate::state::Module;
use cffi_rt::args::{Place, int_or};
use cffi_rt::{Args, Exc, Obj, Owned, Params, Py, R, num, raise, text};

const fn params(function: &'static str, names: &'static [&'static str], required: usize) -> Params {
    Params { function, names, required }
}

const PRIMITIVE: Params = params("new_primitive_type", &[""], 1);

/// Module function `new_primitive_type`.
pub(crate) fn new_primitive_type(py: Py<'_>, module: &Module, args: Args<'_>) -> R {
    let [Some(name)] = args.bind(py, &PRIMITIVE)? else { return Ok(py.none()) };
    let name = Place { function: PRIMITIVE.function, number: 1 }.text(py, name)?;
    make::primitive_by_name(py, module.state(py)?, name).map(Owned::into_obj)
}

const POINTER: Params = params("new_pointer_type", &[""], 1);

/// Module function `new_pointer_type`.
pub(crate) fn new_pointer_type(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    let [Some(item)] = args.bind(py, &POINTER)? else { return Ok(py.none()) };
    let item = Place { function: POINTER.function, number: 1 }.exact::<CType>(py, item)?;
    make::pointer_to(py, item).map(Owned::into_obj)
}

const ARRAY: Params = params("new_array_type", &["", ""], 2);

/// Module function `new_array_type`.
pub(crate) fn new_array_type(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    let [Some(pointer), Some(length)] = args.bind(py, &ARRAY)? else { return Ok(py.none()) };
    let pointer = Place { function: ARRAY.function, number: 1 }.exact::<CType>(py, pointer)?;
    let length = if length.is_none() {
        -1
    } else {
        let n = num::index(py, length, Exc::Overflow)?;
        if n < 0 {
            return Err(raise!(py, Value, "negative array length"));
        }
        n
    };
    make::array_of(py, pointer, length).map(Owned::into_obj)
}

/// Module function `new_void_type`.
pub(crate) fn new_void_type(py: Py<'_>, module: &Module) -> R {
    make::void(py, module.state(py)?).map(Owned::into_obj)
}

const STRUCT: Params = params("new_struct_type", &[""], 1);
const UNION: Params = params("new_union_type", &[""], 1);

/// Module function `new_struct_type`.
pub(crate) fn new_struct_type(py: Py<'_>, module: &Module, args: Args<'_>) -> R {
    aggregate(py, module, args, &STRUCT, Kind::Struct)
}

/// Module function `new_union_type`.
pub(crate) fn new_union_type(py: Py<'_>, module: &Module, args: Args<'_>) -> R {
    aggregate(py, module, args, &UNION, Kind::Union)
}

fn aggregate(py: Py<'_>, module: &Module, args: Args<'_>, params: &Params, kind: Kind) -> R {
    let [Some(name)] = args.bind(py, params)? else { return Ok(py.none()) };
    let name = Place { function: params.function, number: 1 }.text(py, name)?;
    make::aggregate(py, module.state(py)?, name, kind).map(Owned::into_obj)
}

const FUNCTION: Params = params("new_function_type", &["", "", "", ""], 2);

/// Module function `new_function_type`.
pub(crate) fn new_function_type(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    let [Some(types), Some(result), ellipsis, abi] = args.bind(py, &FUNCTION)? else { return Ok(py.none()) };
    let types = Place { function: FUNCTION.function, number: 1 }.tuple(py, types)?;
    let result = Place { function: FUNCTION.function, number: 2 }.exact::<CType>(py, result)?;
    let ellipsis = int_or(py, ellipsis, 0)? != 0;
    let abi = int_or(py, abi, function::default_abi())?;
    let types = ctypes(py, types)?;
    new_function::new(py, types, result, ellipsis, abi).map(Owned::into_obj)
}

/// Returns the ctypes in a tuple.
fn ctypes(py: Py<'_>, tuple: &Obj) -> R<Vec<Owned<CType>>> {
    py.try_collect(tuple_items(tuple).iter().map(|item| {
        let ct = item.downcast::<CType>().map(CType::new_ref);
        ct.ok_or_else(|| raise!(py, Type, "expected a tuple of ctypes"))
    }))
}

const ENUM: Params = params("new_enum_type", &["", "", "", ""], 4);

/// Module function `new_enum_type`.
pub(crate) fn new_enum_type(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    let [Some(name), Some(names), Some(values), Some(base)] = args.bind(py, &ENUM)? else {
        return Ok(py.none());
    };
    let at = |number| Place { function: ENUM.function, number };
    let name = at(1).text(py, name)?;
    let names = at(2).tuple(py, names)?;
    let values = at(3).tuple(py, values)?;
    let base = at(4).exact::<CType>(py, base)?;
    new_enum::new(py, name, names, values, base).map(Owned::into_obj)
}

/// Module function `alignof`.
pub(crate) fn alignof(py: Py<'_>, _module: &Module, arg: &Obj) -> R {
    let Some(ct) = arg.downcast::<CType>() else {
        return Err(raise!(py, Type, "expected a 'ctype' object"));
    };
    num::from_isize(py, alignment(py, ct)?)
}

/// Returns the alignment in bytes; `ValueError` where it is unknown.
pub(crate) fn alignment(py: Py<'_>, ct: &CType) -> R<isize> {
    let mut inner = ct;
    while let (true, Some(item)) = (inner.decays(), inner.item()) {
        inner = item;
    }
    if inner.is_vector() {
        return Ok(inner.vector_align().cast_signed());
    }
    inner.force(py)?;
    let align = match inner.kind {
        Kind::Pointer | Kind::Function => align_of::<*const u8>().cast_signed(),
        Kind::Void => -1,
        _ => inner.length(),
    };
    if align < 1 {
        return Err(raise!(py, Value, "ctype '{}' is of unknown alignment", inner.name()));
    }
    if align & (align - 1) != 0 {
        return Err(raise!(py, System, "found for ctype '{}' bogus alignment '{align}'", inner.name()));
    }
    Ok(align)
}

const GETCNAME: Params = params("getcname", &["", ""], 2);

/// Module function `getcname`.
pub(crate) fn getcname(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    let [Some(ct), Some(inner)] = args.bind(py, &GETCNAME)? else { return Ok(py.none()) };
    let ct = Place { function: GETCNAME.function, number: 1 }.exact::<CType>(py, ct)?;
    let inner = Place { function: GETCNAME.function, number: 2 }.text(py, inner)?;
    text::new_str(py, &py.room(ct.cname().with_declarator(inner))?)
}
