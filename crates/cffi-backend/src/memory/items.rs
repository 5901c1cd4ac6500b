//! Arrays in C memory: values of one type that follow one another.

use std::marker::PhantomData;

use super::Loc;
use crate::ctype::CType;
use cffi_rt::buffer::{self, View};
use cffi_rt::{Py, R, text};

/// A number of values of one type, one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Items<'a> {
    item: &'a CType,
    at: *mut u8,
    size: usize,
    len: usize,
    memory: PhantomData<&'a u8>,
}

impl<'a> Items<'a> {
    /// States that `len` values of the type are at the address.
    ///
    /// # Safety
    /// For the lifetime of the result, the address is readable for the size of the values, and writable if anything is
    /// stored there. It need not be aligned.
    #[inline(always)]
    pub(crate) unsafe fn new(item: &'a CType, at: *mut u8, len: usize) -> Items<'a> {
        Items { item, at, size: item.known_size().unwrap_or(0), len, memory: PhantomData }
    }

    /// Returns the type of a value.
    #[inline(always)]
    pub(crate) fn item(self) -> &'a CType {
        self.item
    }

    /// Returns the size of one value in bytes; 0 if it is not known.
    #[inline(always)]
    pub(crate) fn size(self) -> usize {
        self.size
    }

    /// Returns the number of values.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.len
    }

    /// Returns the address of the first value.
    #[inline(always)]
    pub(crate) fn at(self) -> *mut u8 {
        self.at
    }

    /// Returns the size of all values in bytes.
    #[inline(always)]
    pub(crate) fn bytes(self) -> usize {
        self.size * self.len
    }

    /// Returns value `i`, if there are so many.
    #[inline(always)]
    pub(crate) fn get(self, i: usize) -> Option<Loc<'a>> {
        // SAFETY: the value is one of those that `new` was told of.
        (i < self.len).then(|| unsafe { Loc::new(self.item, self.at.add(i * self.size)) })
    }

    /// Copies the values from an array of as many bytes, which may overlap. Returns false for another array.
    pub(crate) fn copy_from(self, other: Items<'_>) -> bool {
        let fits = other.bytes() == self.bytes();
        if fits {
            // SAFETY: both are arrays of so many bytes.
            unsafe { std::ptr::copy(other.at, self.at, self.bytes()) };
        }
        fits
    }

    /// Copies the values from as many bytes, which may overlap. Returns false for another number of bytes.
    pub(crate) fn copy_from_bytes(self, bytes: &[u8]) -> bool {
        let fits = bytes.len() == self.bytes();
        if fits {
            // SAFETY: the array has so many bytes.
            unsafe { std::ptr::copy(bytes.as_ptr(), self.at, bytes.len()) };
        }
        fits
    }

    /// Copies the values from bytes, and a zero behind them. Returns false if there is no room.
    #[inline]
    pub(crate) fn copy_from_text(self, text: &[u8]) -> bool {
        let fits = text.len() < self.bytes();
        if fits {
            // SAFETY: the array has more bytes than the text.
            unsafe {
                std::ptr::copy(text.as_ptr(), self.at, text.len());
                self.at.add(text.len()).write(0);
            }
        }
        fits
    }

    /// Copies the values from the items of a buffer of as many bytes that does not overlap. Returns false for another
    /// one: where they overlap, an iteration would read stored items again as later ones.
    #[inline(always)]
    pub(crate) fn copy_apart(self, items: &buffer::Items<'_>) -> bool {
        let bytes = items.len().saturating_mul(items.size());
        let (from, to) = (items.ptr().addr(), self.at.addr());
        if bytes != self.bytes() || (from < to + bytes && to < from + bytes) {
            return false;
        }
        // SAFETY: both have so many bytes and do not overlap; the exporter promises its items until the view is released.
        unsafe { std::ptr::copy_nonoverlapping(items.ptr(), self.at, bytes) };
        true
    }

    /// Copies the values from the bytes of a buffer, which may overlap. Returns false for another number of bytes.
    pub(crate) fn copy_from_view(self, view: &View) -> bool {
        let fits = view.len() == self.bytes();
        if fits {
            // SAFETY: both have so many bytes; the view holds those of its exporter.
            unsafe { std::ptr::copy(view.ptr(), self.at, view.len()) };
        }
        fits
    }

    /// Returns the values as numbers with the representation `T`; `None` if the type has another size.
    #[inline(always)]
    pub(crate) fn scalars<T: Bits>(self) -> Option<Scalars<'a, T>> {
        let Items { at, len, .. } = self;
        (self.size == size_of::<T>()).then_some(Scalars { at, len, memory: PhantomData })
    }
}

/// Types of which all bit patterns are values, and that need no clean-up.
///
/// # Safety
/// That is so.
pub(crate) unsafe trait Bits: Copy {}

macro_rules! bits {
    ($($T:ty)*) => {
        // SAFETY: numbers and addresses have no other bit patterns than values.
        $(unsafe impl Bits for $T {})*
    };
}

bits!(i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 *mut u8);

/// A number of values that have the representation of `T`, one after the other.
#[derive(Clone, Copy)]
pub(crate) struct Scalars<'a, T> {
    at: *mut u8,
    len: usize,
    memory: PhantomData<(&'a u8, T)>,
}

impl<'a, T: Bits> Scalars<'a, T> {
    /// States that `len` values of this representation are at the address.
    ///
    /// # Safety
    /// As for [`Items::new`].
    #[inline(always)]
    pub(crate) unsafe fn new(at: *mut u8, len: usize) -> Scalars<'a, T> {
        Scalars { at, len, memory: PhantomData }
    }

    /// Returns `len` values from value `start` on, if there are so many.
    #[inline(always)]
    pub(crate) fn part(self, start: usize, len: usize) -> Option<Scalars<'a, T>> {
        let inside = start <= self.len && len <= self.len - start;
        let at = self.at.wrapping_add(start * size_of::<T>());
        inside.then_some(Scalars { at, len, memory: PhantomData })
    }

    /// Returns the address of the first value.
    #[inline(always)]
    pub(crate) fn at(self) -> *mut u8 {
        self.at
    }

    /// Returns the number of values.
    #[inline(always)]
    pub(crate) fn len(self) -> usize {
        self.len
    }

    /// Reads value `i`, if there are so many.
    #[inline(always)]
    pub(crate) fn get(self, i: usize) -> Option<T> {
        // SAFETY: the value is one of those that `new` was told of.
        (i < self.len).then(|| unsafe { self.at.cast::<T>().add(i).read_unaligned() })
    }

    /// Writes value `i`, if there are so many.
    #[inline(always)]
    pub(crate) fn set(self, i: usize, value: T) {
        if i < self.len {
            // SAFETY: the value is one of those that `Items::new` was told of.
            unsafe { self.at.cast::<T>().add(i).write_unaligned(value) };
        }
    }

    /// Reads all values.
    #[inline]
    pub(crate) fn iter(self) -> impl Iterator<Item = T> + Clone {
        (0..self.len).filter_map(move |i| self.get(i))
    }
}

impl<T: Bits + text::Unit> Scalars<'_, T> {
    /// Makes a `str` of the values, which are code points; returns `None` if they are not aligned.
    #[inline]
    pub(crate) fn to_str(self, py: Py<'_>) -> Option<R> {
        let aligned = self.at.cast::<T>().is_aligned() && !self.at.is_null();
        if !aligned {
            return None;
        }
        // SAFETY: the values are those that `Items::new` was told of, the address is aligned, and the slice is only copied.
        let units = unsafe { std::slice::from_raw_parts(self.at.cast::<T>(), self.len) };
        Some(text::from_units(py, units))
    }
}

impl Scalars<'_, u8> {
    /// Makes `bytes` of the values.
    #[inline(always)]
    pub(crate) fn to_bytes(self, py: Py<'_>) -> R {
        if self.len == 0 {
            return text::new_bytes(py, &[]);
        }
        // SAFETY: the values are those that `Items::new` was told of, and the slice is only copied.
        text::new_bytes(py, unsafe { std::slice::from_raw_parts(self.at, self.len) })
    }
}
