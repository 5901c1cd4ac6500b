//! One C value in memory.

use std::marker::PhantomData;

use super::Member;
use crate::ctype::{CType, Field};
use crate::value::alloc::{self, Symbol};
use crate::value::{CData, null};
use cffi_rt::{Owned, Py, R, raise};

/// A C value in memory: its type and its address.
#[derive(Clone, Copy)]
pub(crate) struct Loc<'a> {
    ct: &'a CType,
    at: *mut u8,
    memory: PhantomData<&'a u8>,
}

/// Writes a word of 64 bits at an offset in a block. Does nothing if the block ends before it does.
pub(crate) fn set_word(block: &mut [u128], offset: usize, word: u64) {
    if offset.checked_add(size_of::<u64>()).is_some_and(|end| end <= size_of_val(block)) {
        // SAFETY: the word lies within the block, as was checked just now; the write needs no alignment.
        unsafe { block.as_mut_ptr().cast::<u8>().add(offset).cast::<u64>().write_unaligned(word) };
    }
}

/// A C value in memory that no cdata owns: C, a library or the program says how long it stays.
#[derive(Clone, Copy)]
pub(crate) struct Foreign<'a>(Loc<'a>);

impl<'a> Foreign<'a> {
    /// States that a value of the type is at the address, for as long as the program uses a cdata that shows it.
    ///
    /// # Safety
    /// As for [`Loc::new`]. Where the type is a struct, a union or an array, the program, C or a library says that the
    /// memory stays.
    #[inline(always)]
    pub(crate) unsafe fn new(ct: &'a CType, at: *mut u8) -> Foreign<'a> {
        // SAFETY: the caller knows that the value is there.
        Foreign(unsafe { Loc::new(ct, at) })
    }

    /// Returns the value of a symbol, which is of the type that the program declares.
    #[inline(always)]
    pub(crate) fn of_symbol(ct: &'a CType, symbol: Symbol) -> Foreign<'a> {
        // SAFETY: the declaration says that a value of this type is there; it stays until the program closes the library.
        unsafe { Foreign::new(ct, symbol.address()) }
    }

    /// Returns the value without the fact that its memory stays.
    #[inline(always)]
    pub(crate) fn loc(self) -> Loc<'a> {
        self.0
    }

    /// Makes a cdata that shows the value.
    #[inline(always)]
    pub(crate) fn view(self, py: Py<'_>) -> R<Owned<CData>> {
        // SAFETY: the value is there for as long as the program uses the result.
        unsafe { alloc::view(py, self.0.ct, self.0.at) }
    }
}

/// Copies a struct of variable size with the items of its open array, as many as both have. Both are of one type; returns
/// false if they are not.
pub(crate) fn copy_variable(py: Py<'_>, to: &CData, from: &CData) -> R<bool> {
    let (source, target) = (Loc::shown(py, from)?, Loc::shown(py, to)?);
    if !source.ct.same(target.ct) {
        return Ok(false);
    }
    let size = |cd: &CData| cd.var_size().unwrap_or(cd.ct().size()).max(0).cast_unsigned();
    // SAFETY: each of the two has at least so many bytes: those that were allocated for it, or those of its type.
    unsafe { std::ptr::copy(source.at, target.at, size(from).min(size(to))) };
    Ok(true)
}

impl<'a> Loc<'a> {
    /// States that a value of the type is at the address.
    ///
    /// # Safety
    /// For the lifetime of the result, the address is readable for the size of the type, and writable if anything is
    /// stored there. Where the size is open (an open array, or a struct that ends in one) this includes the items that
    /// are stored. The address need not be aligned.
    #[inline(always)]
    pub(crate) unsafe fn new(ct: &'a CType, at: *mut u8) -> Loc<'a> {
        Loc { ct, at, memory: PhantomData }
    }

    /// Returns the value at an offset in a block, which is borrowed for as long as the result lives. `None` if the block ends
    /// before the value does, or the type has no known size.
    #[inline]
    pub(crate) fn inside(ct: &'a CType, block: &'a mut [u128], offset: usize) -> Option<Loc<'a>> {
        let end = offset.checked_add(ct.known_size()?)?;
        let at = block.as_mut_ptr().cast::<u8>().wrapping_add(offset);
        (end <= size_of_val(block)).then_some(Loc { ct, at, memory: PhantomData })
    }

    /// Returns the value of a cdata of a primitive type, which the cdata holds, or keeps alive.
    #[inline(always)]
    pub(crate) fn of(cd: &'a CData) -> Option<Loc<'a>> {
        cd.ct().access.is_primitive().then(|| Loc { ct: cd.ct(), at: cd.data(), memory: PhantomData })
    }

    /// Returns the value of a cdata of a primitive type, or the struct, union or array that a cdata refers to; `None` at
    /// NULL, and for pointers.
    #[inline(always)]
    pub(crate) fn of_any(cd: &'a CData) -> Option<Loc<'a>> {
        let ct = cd.ct();
        let has_value = ct.access.is_primitive() || ct.is_aggregate() || ct.is_array();
        let at = cd.data();
        (has_value && !at.is_null()).then_some(Loc { ct, at, memory: PhantomData })
    }

    /// Returns the struct, union or array that a cdata of such a type refers to, which is there as C or the program says.
    ///
    /// # Errors
    /// `RuntimeError` for one at NULL, `SystemError` for a cdata of another type.
    #[inline]
    pub(crate) fn shown(py: Py<'_>, cd: &'a CData) -> R<Loc<'a>> {
        if !cd.ct().is_aggregate() && !cd.ct().is_array() {
            return Err(raise!(py, System, "cdata '{}' is neither a struct nor an array", cd.ct().name()));
        }
        Ok(Loc { ct: cd.ct(), at: null::checked(py, cd)?, memory: PhantomData })
    }

    /// Stores the low bytes of a cell into a value of 1, 2, 4 or 8 bytes.
    #[inline(always)]
    pub(crate) fn set_cell(self, cell: u64) {
        // SAFETY: the place is writable for the size of its type, which each arm has.
        unsafe {
            match self.ct.size() {
                1 => self.at.write(cell as u8),
                2 => self.at.cast::<u16>().write_unaligned(cell as u16),
                4 => self.at.cast::<u32>().write_unaligned(cell as u32),
                8 => self.at.cast::<u64>().write_unaligned(cell),
                _ => {}
            }
        }
    }

    /// Copies the first bytes of the value, as many as there are of both. Returns their number.
    pub(crate) fn copy_to(self, bytes: &mut [u8]) -> usize {
        let n = self.ct.known_size().unwrap_or(0).min(bytes.len());
        // SAFETY: the place is readable for the size of its type, and the slice has so many bytes.
        unsafe { std::ptr::copy_nonoverlapping(self.at, bytes.as_mut_ptr(), n) };
        n
    }

    /// Writes the first bytes of the value, as many as there are of both.
    pub(crate) fn copy_from(self, bytes: &[u8]) {
        let n = self.ct.known_size().unwrap_or(0).min(bytes.len());
        // SAFETY: the place is writable for the size of its type, and the slice has so many bytes.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.at, n) };
    }

    /// Reads byte `i` of the value, if it has so many.
    pub(crate) fn byte(self, i: usize) -> Option<u8> {
        // SAFETY: the place is readable for the size of its type.
        (i < self.ct.known_size()?).then(|| unsafe { self.at.add(i).read() })
    }

    /// Sets all bytes to zero.
    #[inline]
    pub(crate) fn zero(self) {
        // SAFETY: the place is writable for the size of its type.
        unsafe { self.at.write_bytes(0, self.ct.known_size().unwrap_or(0)) };
    }

    /// Copies a value of the same size, which may overlap, as C's assignment does. Returns false for another size.
    pub(crate) fn assign(self, from: Loc<'_>) -> bool {
        let size = self.ct.known_size();
        let fits = size == from.ct.known_size();
        if fits {
            // SAFETY: both have the size of the type.
            unsafe { std::ptr::copy(from.at, self.at, size.unwrap_or(0)) };
        }
        fits
    }

    /// Returns a member of a struct or union; `None` for a member of another type.
    #[inline(always)]
    pub(crate) fn member<'f>(self, field: &'f Field) -> Option<Member<'f>>
    where
        'a: 'f,
    {
        let own = self.ct.aggregate()?.fields()?.contains(field);
        // SAFETY: the member is one of this struct.
        own.then(|| unsafe { Member::new(field, self.at) })
    }

    /// Returns the type.
    #[inline(always)]
    pub(crate) fn ct(self) -> &'a CType {
        self.ct
    }

    /// Returns the address.
    #[inline(always)]
    pub(crate) fn at(self) -> *mut u8 {
        self.at
    }
}
