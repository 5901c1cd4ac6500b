//! `unpack`.

use crate::cdata::{extent, from_buffer, reach};
use crate::convert::chars;
use crate::ctype::Access;
use crate::memory::{Bits, Items, Scalars};
use crate::value::alloc;
use crate::value::object::CData;
use cffi_rt::args::{Args, Params, Place};
use cffi_rt::buffer::View;
use cffi_rt::seq;
use cffi_rt::{Obj, Owned, Py, R, num, raise, text};

const PARAMS: Params = Params { function: "unpack", names: &["cdata", "length"], required: 2 };

/// Module function and FFI method `unpack`.
pub(crate) fn unpack(py: Py<'_>, _receiver: &Obj, args: Args<'_>) -> R {
    let bound = args.bind(py, &PARAMS);
    let bound = bound.map_err(|raised| args.or_wrong_first::<CData>(py, raised, &PARAMS))?;
    let [Some(cd), Some(length)] = bound else { return Err(py.no_memory()) };
    let cd = Place { function: "unpack", number: 1 }.exact::<CData>(py, cd)?;
    of(py, cd, num::arg_ssize(py, length)?)
}

/// Copies `length` items: characters to `bytes` or `str`, others to a list.
///
/// # Errors
/// `TypeError` if it is neither pointer nor array, `ValueError` for a length that is negative or more than is known to
/// exist, and for items of unknown size, `RuntimeError` for NULL.
pub(crate) fn of(py: Py<'_>, cd: &CData, length: isize) -> R {
    let ct = cd.ct();
    let item = match ct.item() {
        Some(item) if ct.is_pointer_or_array() => item,
        _ => return Err(raise!(py, Type, "expected a pointer or array, got '{}'", ct.name())),
    };
    let Ok(n) = usize::try_from(length) else {
        return Err(raise!(py, Value, "'length' cannot be negative"));
    };
    if cd.data().is_null() {
        return Err(raise!(py, Runtime, "cannot use unpack() on {}", text::repr(py, cd)?));
    }
    let Some(size) = item.known_size() else {
        return Err(raise!(py, Value, "'{}' points to items of unknown size", ct.name()));
    };
    check_length(py, cd, n, size)?;
    let mut lock = View::none();
    from_buffer::guard(py, cd, &mut lock)?;
    let Some(items) = reach::first(cd, n) else { return Err(py.no_memory()) };
    match item.access {
        Access::Char8 => bulk(items, |units| Some(units.to_bytes(py))),
        Access::Char16 => bulk(items, |units| Some(chars::str_from_utf16(py, units))),
        Access::Char32 => bulk(items, |units| Some(chars::str_from_utf32(py, units))),
        _ => None,
    }
    .unwrap_or_else(|| list(py, cd, items))
}

/// Makes one object of all characters.
fn bulk<'a, T: Bits>(items: Items<'a>, make: impl FnOnce(Scalars<'a, T>) -> Option<R>) -> Option<R> {
    items.scalars().and_then(make)
}

/// Refuses more items than are known to exist, or than could exist anywhere.
fn check_length(py: Py<'_>, cd: &CData, n: usize, size: usize) -> R<()> {
    let have = if cd.ct().is_array() {
        usize::try_from(cd.array_len()).ok()
    } else {
        extent::known_extent(cd).and_then(|bytes| bytes.checked_div(size))
    };
    if let Some(have) = have.filter(|have| n > *have) {
        let name = cd.ct().name();
        return Err(raise!(py, Value, "unpack() of {n} items from '{name}' with {have} items"));
    }
    if n.checked_mul(size).is_none_or(|bytes| bytes > isize::MAX.unsigned_abs()) {
        return Err(py.no_memory());
    }
    Ok(())
}

/// Makes the list of the items, which lie in the memory that `cd` shows.
fn list(py: Py<'_>, cd: &CData, items: Items<'_>) -> R {
    let (item, numbers) = (items.item(), num::Numbers::new(py));
    macro_rules! list {
        ($T:ty, $make:expr) => {
            of_scalars(py, items, |number: $T| $make(numbers, py, number.into()))
        };
    }
    let made = match item.access {
        Access::I8 => list!(i8, num::Numbers::int),
        Access::I16 => list!(i16, num::Numbers::int),
        Access::I32 => list!(i32, num::Numbers::int),
        Access::I64 => list!(i64, num::Numbers::int),
        Access::U8 => list!(u8, num::Numbers::int),
        Access::U16 => list!(u16, num::Numbers::int),
        Access::U32 => list!(u32, num::Numbers::int),
        Access::U64 => list!(u64, num::Numbers::unsigned),
        Access::F32 => list!(f32, num::Numbers::float),
        Access::F64 => list!(f64, num::Numbers::float),
        Access::Pointer => {
            of_scalars(py, items, |address: *mut u8| alloc::pointer(py, item, address).map(Owned::into_obj))
        }
        _ => None,
    };
    made.unwrap_or_else(|| reach::read_first(py, cd, items.len()))
}

/// Makes a list of what `make` makes of each number.
#[inline(always)]
fn of_scalars<T: Bits>(py: Py<'_>, items: Items<'_>, make: impl Fn(T) -> R) -> Option<R> {
    let numbers = items.scalars::<T>()?;
    Some(seq::list_with(py, numbers.len(), |i| match numbers.get(i) {
        Some(number) => make(number),
        None => Ok(py.none()),
    }))
}
