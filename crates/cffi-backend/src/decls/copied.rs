//! The declarations of a compiled module in an interpreter that cannot use the module's own table of types.
//!
//! Only one interpreter, with those that share its lock, can have its objects in that table. Each of the others reads the
//! words that the module had there, and has places of its own for the types that it makes.

use std::ffi::c_void;

use cffi_memory::NoMemory;

use crate::ctype::CType;
use crate::decls::compiled::Compiled;
use crate::decls::declarations::Source;
use crate::decls::entries::{EnumDecl, FieldDecl, GlobalDecl, IntValue, StructDecl, Word};
use cffi_rt::obj::{Attached, OnceRef};
use cffi_rt::{Owned, Py};

/// The tables of a compiled module, and a place for each type that is made.
pub(crate) struct Copied {
    tables: &'static Compiled,
    places: Attached<Box<[OnceRef<CType>]>>,
}

impl Copied {
    /// Takes the tables of a module that may be in use by other interpreters.
    ///
    /// # Errors
    /// There is no memory for the types to be made.
    pub(crate) fn new(tables: &'static Compiled) -> Result<Copied, NoMemory> {
        let places = cffi_memory::collect(tables.words().iter().map(|_| OnceRef::new()))?;
        Ok(Copied { tables, places: Attached::new(places.into_boxed_slice()) })
    }
}

impl Source for Copied {
    fn word(&self, py: Py<'_>, i: usize) -> Option<Word<'_>> {
        match self.places.get(py).get(i)?.get() {
            Some(made) => Some(Word::Made(made)),
            None => self.tables.words().get(i).copied().filter(|word| word.is_operation()).map(Word::Op),
        }
    }

    fn raw_word(&self, i: usize) -> Option<usize> {
        self.tables.words().get(i).map(|word| word.raw())
    }

    fn set_made(&self, py: Py<'_>, i: usize, made: Owned<CType>) {
        if let Some(place) = self.places.get(py).get(i) {
            place.set_or_get(made);
        }
    }

    fn owned_places(&self) -> &[OnceRef<CType>] {
        self.places.for_collector()
    }

    fn address(&self) -> Option<*const c_void> {
        self.tables.address()
    }

    fn calls_python(&self) -> bool {
        self.tables.calls_python()
    }

    fn num_globals(&self) -> usize {
        self.tables.num_globals()
    }

    fn global(&self, i: usize) -> Option<GlobalDecl<'_>> {
        self.tables.global(i)
    }

    fn int_value(&self, i: usize) -> Option<IntValue> {
        self.tables.int_value(i)
    }

    fn num_structs(&self) -> usize {
        self.tables.num_structs()
    }

    fn struct_union(&self, i: usize) -> Option<StructDecl<'_>> {
        self.tables.struct_union(i)
    }

    fn field(&self, i: usize) -> Option<FieldDecl<'_>> {
        self.tables.field(i)
    }

    fn has_fields(&self, s: &StructDecl<'_>) -> bool {
        self.tables.has_fields(s)
    }

    fn num_enums(&self) -> usize {
        self.tables.num_enums()
    }

    fn enumeration(&self, i: usize) -> Option<EnumDecl<'_>> {
        self.tables.enumeration(i)
    }

    fn num_typenames(&self) -> usize {
        self.tables.num_typenames()
    }

    fn typename(&self, i: usize) -> Option<(&[u8], usize)> {
        self.tables.typename(i)
    }

    fn find_global(&self, name: &[u8]) -> Option<usize> {
        self.tables.find_global(name)
    }
}
