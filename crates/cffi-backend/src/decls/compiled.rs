//! The tables of a compiled module, and which of its words have become objects.
//!
//! Nothing reads the tables when the module is imported: a module may have many thousands of entries, and a program
//! that uses ten of them. So whoever takes a step from one entry to another checks that there is one. What the
//! words themselves do not tell is whether an even one is the address of a type that was made here or a number that
//! stands in a wrong place, the length of an array perhaps; a bit for each word tells that.

use std::ffi::{c_int, c_void};
use std::ops::Deref;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use cffi_abi::{Opcode, TypeContext};

use crate::decls::declarations::Word;

/// Tables that live as long as the process.
pub(crate) struct Compiled {
    context: &'static TypeContext,
    /// A bit for each word that is, or is about to be, replaced by an object; there once the first one is.
    made: OnceLock<Box<[AtomicUsize]>>,
}

impl Deref for Compiled {
    type Target = TypeContext;

    fn deref(&self) -> &TypeContext {
        self.context
    }
}

/// A number of entries; none where it is negative.
pub(crate) fn count(n: c_int) -> usize {
    usize::try_from(n).unwrap_or(0)
}

/// An index, which leads nowhere where it is negative.
pub(crate) fn index(n: c_int) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

impl Compiled {
    /// Takes tables that nobody has used before.
    ///
    /// Errors: the name of a table that is not there although it has entries.
    ///
    /// # Safety
    /// The context is that of a compiled module; its tables are as long as they say. No word of `types` has been
    /// replaced by an object yet, and none will be but through the value that is made here.
    pub(crate) unsafe fn new(context: &'static TypeContext) -> Result<Compiled, &'static str> {
        let c = context;
        let tables = [
            ("types", c.num_types, c.types.is_null()),
            ("globals", c.num_globals, c.globals.is_null()),
            ("structs", c.num_struct_unions, c.struct_unions.is_null()),
            ("enums", c.num_enums, c.enums.is_null()),
            ("typedefs", c.num_typenames, c.typenames.is_null()),
        ];
        match tables.iter().find(|(_, number, null)| *number > 0 && *null) {
            Some((table, ..)) => Err(table),
            None => Ok(Compiled { context, made: OnceLock::new() }),
        }
    }

    /// The tables themselves.
    pub(crate) fn context(&self) -> &'static TypeContext {
        self.context
    }

    fn place(&self, i: usize) -> Option<&AtomicUsize> {
        // SAFETY: in range; all accesses to the words go through atomics.
        (i < count(self.num_types)).then(|| unsafe { AtomicUsize::from_ptr(self.types.add(i).cast()) })
    }

    fn is_made(&self, i: usize) -> bool {
        let word = self.made.get().and_then(|bits| bits.get(i / usize::BITS as usize));
        word.is_some_and(|word| word.load(Ordering::Acquire) >> (i % usize::BITS as usize) & 1 == 1)
    }

    fn mark(&self, i: usize) {
        let words = || count(self.num_types).div_ceil(usize::BITS as usize);
        let bits = self.made.get_or_init(|| (0..words()).map(|_| AtomicUsize::new(0)).collect());
        if let Some(word) = bits.get(i / usize::BITS as usize) {
            word.fetch_or(1 << (i % usize::BITS as usize), Ordering::AcqRel);
        }
    }

    /// Word `i`, or the object that was made for it; `None` if there is neither.
    pub(crate) fn word(&self, i: usize) -> Option<Word> {
        let raw = self.place(i)?.load(Ordering::Acquire);
        let word = Opcode::from_raw(raw);
        if word.is_operation() {
            return Some(Word::Op(word));
        }
        // The bit was set before the object was put there, so whoever has seen the object sees the bit.
        self.is_made(i).then(|| Word::Made(std::ptr::with_exposed_provenance_mut(raw)))
    }

    /// Word `i` as a number, if nothing has been made of it.
    pub(crate) fn number(&self, i: usize) -> Option<usize> {
        let raw = self.place(i)?.load(Ordering::Acquire);
        (!self.is_made(i)).then_some(raw)
    }

    /// Puts an object in the place of word `i`; false if that is no operation, or none any more.
    pub(crate) fn set_made(&self, i: usize, object: *mut c_void) -> bool {
        let Some((place, Word::Op(op))) = self.place(i).zip(self.word(i)) else { return false };
        self.mark(i);
        let (old, new) = (op.raw(), object.expose_provenance());
        place.compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}
