//! Memory on the stack for a value of a type that is known at run time only.

use super::Loc;
use crate::ctype::CType;
use cffi_rt::{Py, R, raise};

/// Words that hold any scalar: the largest is a complex number of two `long double`s.
const WORDS: usize = 4;

/// Zeroed memory for one scalar.
pub(crate) struct Scratch<'a> {
    ct: &'a CType,
    words: [u64; WORDS],
}

impl<'a> Scratch<'a> {
    /// Makes zeroed memory for a value of the type.
    ///
    /// # Errors
    /// `SystemError` for a type of no size, or a large one.
    #[inline]
    pub(crate) fn new(py: Py<'_>, ct: &'a CType) -> R<Scratch<'a>> {
        match ct.known_size() {
            Some(0..=32) => Ok(Scratch { ct, words: [0; WORDS] }),
            _ => Err(raise!(py, System, "'{}' is no scalar", ct.name())),
        }
    }

    /// Returns the value.
    #[inline]
    pub(crate) fn loc(&mut self) -> Loc<'_> {
        // SAFETY: the words have at least as many bytes as the type, and are borrowed for as long as the result lives.
        unsafe { Loc::new(self.ct, self.words.as_mut_ptr().cast()) }
    }
}
