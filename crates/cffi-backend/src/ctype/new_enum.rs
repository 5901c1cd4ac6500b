//! Construction of enum types.

use cffi_types::CName;

use super::alloc::{self, Parts};
use super::{CType, Detail, EnumType, Kind};
use cffi_rt::seq::tuple_items;
use cffi_rt::{Obj, Owned, Py, R, dict, raise};

/// Makes an enum type from the tuples `names` and `values`, which the module function `new_enum_type` takes.
pub(crate) fn new(py: Py<'_>, name: &str, names: &Obj, values: &Obj, base: &CType) -> R<Owned<CType>> {
    let (names, values) = (tuple_items(names), tuple_items(values));
    if names.len() != values.len() {
        return Err(raise!(py, Value, "tuple args must have the same size"));
    }
    if !base.access.is_integer() {
        return Err(raise!(py, Type, "expected a primitive signed or unsigned base type"));
    }
    let (by_value, by_name) = (dict::new(py)?, dict::new(py)?);
    // From the last to the first, so that the first name of a value stays.
    for (key, value) in names.iter().zip(values).rev() {
        if !key.is_str() {
            return Err(raise!(py, Type, "enumerators must be a list of strings"));
        }
        base.check_fits(py, value)?;
        dict::set(py, &by_name, key, value)?;
        dict::set(py, &by_value, value, key)?;
    }
    alloc::new(
        py,
        base.state(),
        Parts {
            kind: Kind::Enum,
            access: base.access,
            flags: base.flags,
            name: py.room(CName::plain(name))?,
            size: base.size(),
            length: base.length(),
            item: None,
            detail: Detail::Enum(py.boxed(EnumType { by_value, by_name })?),
        },
    )
}
