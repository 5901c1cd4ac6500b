//! `unpack`.

use pyo3_ffi as ffi;

use crate::cdata::{extent, from_buffer};
use crate::convert::{self, chars};
use crate::ctype::{Access, CType};
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
    let data = cd.data().cast_const();
    // SAFETY: the items exist as far as that is known; for other pointers the program is responsible, as in C.
    unsafe {
        match item.access {
            Access::Char8 => Owned::from_new(py, ffi::PyBytes_FromStringAndSize(data.cast(), length)),
            Access::Char16 => chars::str_from_utf16(py, data, n),
            Access::Char32 => chars::str_from_utf32(py, data, n),
            _ => items(py, cd, item, data, n, size),
        }
    }
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

/// Makes the list of `n` items of `size` bytes, in the memory that `cd` shows.
///
/// # Safety
/// The items are readable.
unsafe fn items(py: Py<'_>, cd: &CData, item: &CType, data: *const u8, n: usize, size: usize) -> R {
    macro_rules! read {
        ($T:ty) => {
            // SAFETY: by the caller; called with the address of one item, whose type has the representation that
            // its access names. It need not be aligned.
            |p: *const u8| unsafe { p.cast::<$T>().read_unaligned() }
        };
    }
    let numbers = num::Numbers::new(py);
    macro_rules! list {
        ($T:ty, $make:expr) => {{
            let read = read!($T);
            fill(py, data, n, size, |p| $make(numbers, py, read(p).into()))
        }};
    }
    match item.access {
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
            let read = read!(*mut u8);
            fill(py, data, n, size, |p| alloc::view(py, item, read(p)).map(Owned::into_obj))
        }
        // SAFETY: the caller promises `n` readable items at the address.
        _ => fill(py, data, n, size, |p| unsafe { convert::read_in(py, item, p, cd) }),
    }
}

/// Makes a list of the results of `make` for each of the addresses.
#[inline(always)]
fn fill(py: Py<'_>, data: *const u8, n: usize, size: usize, make: impl Fn(*const u8) -> R) -> R {
    seq::list_with(py, n, |i| make(data.wrapping_add(i * size)))
}
