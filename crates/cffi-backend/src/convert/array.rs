//! Initializers of arrays.

use super::aggregate;
use super::chars;
use super::depth::Depth;
use super::error::{too_many_items, wrong_type};
use super::write::{float32, float64, signed, unsigned, write_at};
use crate::ctype::{Access, CType};
use crate::diag::place::{Place, refused};
use crate::memory::{Items, Loc, Scalar};
use crate::value::{CData, null};
use cffi_rt::seq::Seq;
use cffi_rt::text::Text;
use cffi_rt::{Exc, Obj, Py, R, Raised, num, raise};

/// Stores an initializer into an array whose type is `array` (fixed or open; a pointer type means an open array of its
/// items). The length of a fixed array is a limit too. Objects that change while they are converted do no harm.
///
/// `bytes` take their terminator with them where there is room. Text of wide characters does not, as in the C backend:
/// the units behind it keep their values.
pub(crate) fn write(py: Py<'_>, array: &CType, items: Items<'_>, value: &Obj) -> R<()> {
    Target::new(array, items).store(py, value, Depth::TOP)
}

/// Returns whether [`write_new`] stores into every byte of a new array of `length` items, so that it need not be zeroed.
pub(crate) fn overwrites(item: &CType, value: &Obj, length: isize) -> bool {
    let length = length.max(0).cast_unsigned();
    if let Some(seq) = Seq::of(value) {
        let whole =
            item.access.is_integer() || matches!(item.access, Access::F32 | Access::F64 | Access::Pointer);
        return whole && seq.len() == length;
    }
    false
}

/// Stores as [`write()`] does, into a new array of `length` items that nobody has seen. Its memory need not be zeroed
/// where [`overwrites`] is true: if the sequence gets shorter meanwhile, the items that are left out become zero.
pub(crate) fn write_new(py: Py<'_>, array: &CType, items: Items<'_>, value: &Obj) -> R<()> {
    let target = Target { fresh: true, ..Target::new(array, items) };
    match Seq::of(value) {
        // SAFETY: the items are writable, as many as there is room for.
        Some(seq) => unsafe { target.items(py, seq, Depth::TOP) },
        None => target.store(py, value, Depth::TOP),
    }
}

/// Stores as [`write()`] does, inside of another initializer. At most `limit` items are stored (`None` if the room is not
/// known).
pub(super) fn write_nested(
    py: Py<'_>,
    loc: Loc<'_>,
    value: &Obj,
    limit: Option<isize>,
    depth: Depth,
) -> R<()> {
    let array = loc.ct();
    match array.item().filter(|_| array.is_array()) {
        None => Err(wrong_type(py, array, "list or tuple", value)),
        Some(item) => {
            let room = room(array, limit);
            Target { array, item, data: loc.at(), room, fresh: false }.store(py, value, depth)
        }
    }
}

/// Returns the number of items that there is room for, where that is known.
fn room(array: &CType, limit: Option<isize>) -> Option<usize> {
    let limit = limit.map(|n| n.max(0).cast_unsigned());
    let length = if array.is_array() { usize::try_from(array.length()).ok() } else { None };
    match (length, limit) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}

/// An array in memory; its functions need memory that is writable for `room` items, or for all that they store.
struct Target<'a> {
    array: &'a CType,
    item: &'a CType,
    data: *mut u8,
    room: Option<usize>,
    /// Whether the memory may not be zeroed yet.
    fresh: bool,
}

impl<'a> Target<'a> {
    fn new(array: &'a CType, items: Items<'a>) -> Target<'a> {
        let room = room(array, Some(items.len().cast_signed()));
        Target { array, item: items.item(), data: items.at(), room, fresh: false }
    }

    /// Stores any initializer.
    fn store(&self, py: Py<'_>, value: &Obj, depth: Depth) -> R<()> {
        // SAFETY: the place of an array is writable for its items, and that of an open one for all that is stored, as
        // bounded by `room`.
        unsafe {
            if let Some(seq) = Seq::of(value) {
                return self.items(py, seq, depth);
            }
            match self.item.access {
                Access::Char8 | Access::I8 | Access::U8 | Access::Bool => match value.as_bytes() {
                    Some(bytes) => self.bytes(py, bytes),
                    None => self.copy(py, value, "bytes or list or tuple"),
                },
                Access::Char16 | Access::Char32 if value.is_str() => self.text(py, Text::of(py, value)?),
                Access::Char16 | Access::Char32 => self.copy(py, value, "unicode or list or tuple"),
                _ => self.copy(py, value, "list or tuple"),
            }
        }
    }

    fn fits(&self, n: usize) -> bool {
        self.room.is_none_or(|room| n <= room)
    }

    /// Stores item by item. The sequence may change meanwhile: items that it loses or gains are left out.
    ///
    /// # Safety
    /// See the type.
    unsafe fn items(&self, py: Py<'_>, seq: Seq<'_>, depth: Depth) -> R<()> {
        let (item, stride, n) = (self.item, self.item.known_size().unwrap_or(0), seq.len());
        if !self.fits(n) {
            return Err(too_many_items(py, self.array, n));
        }
        if let Some(rest) = self.room.and_then(|room| room.checked_sub(n)).filter(|rest| *rest > 0) {
            // SAFETY: the array has that many more items behind the first `n`.
            unsafe { self.leave_out(self.data.add(n * stride), rest) };
        }
        /// The loop for one way to store, so that the way is chosen once.
        macro_rules! each {
            (|$to:ident, $value:ident| $put:expr) => {{
                let mut $to = self.data;
                for i in 0..n {
                    let Some(value) = seq.get(i) else {
                        self.leave_out($to, n - i);
                        break;
                    };
                    let $value: &Obj = &value;
                    $put.map_err(|raised| refused(py, raised, Place::Item(i, self.array), item, $value))?;
                    $to = $to.add(stride);
                }
                Ok(())
            }};
        }
        /// The loop for numbers of the type `$T`: `$some` stores as many of the usual objects as follow one another, and
        /// `$put` stores any object.
        macro_rules! numbers {
            ($T:ty, |$first:ident, $at:ident| $some:expr, |$to:ident, $object:ident| $put:expr) => {{
                let mut i = 0;
                loop {
                    let ($first, $at) = (i, self.data.cast::<$T>().add(i));
                    i = $some;
                    if i >= n {
                        break;
                    }
                    let $to = self.data.cast::<$T>().add(i).cast::<u8>();
                    let Some(object) = seq.get(i) else {
                        self.leave_out($to, n - i);
                        break;
                    };
                    let $object: &Obj = &object;
                    $put.map_err(|raised| refused(py, raised, Place::Item(i, self.array), item, $object))?;
                    i += 1;
                }
                Ok(())
            }};
        }
        macro_rules! integers {
            ($T:ty, $store:ident) => {
                numbers!($T, |i, at| seq.store_ints(py, i, n, at), |to, value| $store::<$T>(
                    py,
                    item,
                    Scalar::new(to),
                    value
                ))
            };
        }
        // SAFETY: no more than `n` items are stored, which fit, as was checked above or is known of the array. The type of each
        // access has the size of its items.
        unsafe {
            match item.access {
                Access::I8 => integers!(i8, signed),
                Access::I16 => integers!(i16, signed),
                Access::I32 => integers!(i32, signed),
                Access::I64 => integers!(i64, signed),
                Access::U8 => integers!(u8, unsigned),
                Access::U16 => integers!(u16, unsigned),
                Access::U32 => integers!(u32, unsigned),
                Access::U64 => integers!(u64, unsigned),
                Access::F32 => {
                    numbers!(f32, |i, at| seq.store_floats(py, i, n, at, |v| v as f32), |to, value| float32(
                        py,
                        Scalar::new(to),
                        value
                    ))
                }
                Access::F64 => {
                    numbers!(f64, |i, at| seq.store_floats(py, i, n, at, |v| v), |to, value| float64(
                        py,
                        Scalar::new(to),
                        value
                    ))
                }
                // A struct that ends in an open array has no room for its items where the next struct begins.
                Access::Aggregate => each!(|to, value| depth.down(py, |depth| aggregate::write_nested(
                    py,
                    Loc::new(item, to),
                    value,
                    Some(item.size()),
                    depth
                ))),
                _ => each!(|to, value| write_at(py, Loc::new(item, to), value, depth)),
            }
        }
    }

    /// Zeroes the last `n` items of a new array, which begin at `to`.
    ///
    /// # Safety
    /// `to` is writable for `n` items.
    unsafe fn leave_out(&self, to: *mut u8, n: usize) {
        if self.fresh {
            // SAFETY: the caller promises that the address is writable for the items.
            unsafe { to.write_bytes(0, n * self.item.known_size().unwrap_or(0)) };
        }
    }

    /// Stores `bytes`, with their terminator where there is room.
    ///
    /// # Safety
    /// See the type.
    unsafe fn bytes(&self, py: Py<'_>, bytes: &[u8]) -> R<()> {
        let n = bytes.len();
        if !self.fits(n) {
            return Err(too_long(py, self.array, "bytes", n));
        }
        if self.item.access == Access::Bool && bytes.iter().any(|b| *b > 1) {
            return Err(raise!(py, Value, "an array of _Bool can only contain \\x00 or \\x01"));
        }
        // SAFETY: the array has room for them, as was checked above or is known of the array. The array may be the storage
        // of the bytes itself.
        unsafe {
            std::ptr::copy(bytes.as_ptr(), self.data, n);
            if self.fits(n + 1) {
                self.data.add(n).write(0);
            }
        }
        Ok(())
    }

    /// Stores a `str`.
    ///
    /// # Safety
    /// See the type.
    unsafe fn text(&self, py: Py<'_>, text: Text<'_>) -> R<()> {
        let size = if self.item.access == Access::Char16 { 2 } else { 4 };
        let n = text.units(size);
        if !self.fits(n) {
            return Err(too_long(py, self.array, "unicode", n));
        }
        // SAFETY: the array has room for so many units, as was checked above or is known of the array.
        chars::store(text, unsafe { Items::new(self.item, self.data, n) });
        Ok(())
    }

    /// Copies a cdata of the array's type. The error for others says that they are not `expected`.
    ///
    /// # Safety
    /// See the type.
    unsafe fn copy(&self, py: Py<'_>, value: &Obj, expected: &str) -> R<()> {
        let same = value.downcast::<CData>().filter(|cd| self.array.is_array() && cd.ct().same(self.array));
        let Some(cd) = same else { return Err(wrong_type(py, self.array, expected, value)) };
        let n = cd.array_len().max(0).cast_unsigned();
        if !self.fits(n) {
            return Err(too_many_items(py, self.array, n));
        }
        let size = n.saturating_mul(self.item.known_size().unwrap_or(0));
        if size != 0 {
            let from = null::checked(py, cd)?;
            // SAFETY: the cdata has that many bytes; so has the target, as checked above or promised by the
            // caller. Both may overlap.
            unsafe { std::ptr::copy(from, self.data, size) };
        }
        Ok(())
    }
}

#[cold]
fn too_long(py: Py<'_>, array: &CType, what: &str, n: usize) -> Raised {
    raise!(py, Index, "initializer {what} is too long for '{}' (got {n} characters)", array.name())
}

/// Returns the length of a new open array with items of type `item` made from `init`, and whether `init` still has to
/// be stored (false if it was just a length). Raises the errors of `new()`.
pub(crate) fn new_length(py: Py<'_>, item: &CType, init: &Obj) -> R<(isize, bool)> {
    if let Some(seq) = Seq::of(init) {
        return Ok((seq.len().cast_signed(), true));
    }
    if let Some(bytes) = init.as_bytes() {
        return Ok((bytes.len().cast_signed() + 1, true));
    }
    if init.is_str() {
        let units = Text::of(py, init)?.units(if item.size() == 2 { 2 } else { 4 });
        return Ok((units.cast_signed() + 1, true));
    }
    match num::index(py, init, Exc::Overflow) {
        Ok(length @ 0..) => Ok((length, false)),
        Ok(_) => Err(raise!(py, Value, "negative array length")),
        Err(raised) if py.err_matches(Exc::Type) => {
            py.err_clear(raised);
            let got = init.type_name();
            Err(raise!(py, Type, "expected new array length or list/tuple/str, not {got}"))
        }
        Err(raised) => Err(raised),
    }
}
