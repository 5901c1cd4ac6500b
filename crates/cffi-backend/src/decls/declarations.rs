//! The declarations of a module: the interface of their sources, and the search by name on top of it.

use std::ffi::c_void;

use cffi_abi::Opcode;
use cffi_parse::search_sorted;

use crate::ctype::CType;
use crate::decls::entries::{EnumDecl, FieldDecl, GlobalDecl, IntValue, StructDecl, Word};
use cffi_rt::obj::OnceRef;
use cffi_rt::{Owned, Py};

/// A source of declarations: the tables of a compiled module, a copy of them, or those of an out-of-line ABI module.
///
/// Entries are numbered from 0 in each table. Globals, structs, enums and typedefs are sorted by the bytes of their
/// names.
pub(crate) trait Source: Send + Sync {
    /// Returns an address in the compiled module that has the declarations, if a compiled module has them.
    fn address(&self) -> Option<*const c_void> {
        None
    }

    /// Returns word `i` of the table of types, or the object that was made for it; `None` if it does not exist.
    fn word(&self, py: Py<'_>, i: usize) -> Option<Word<'_>>;

    /// Returns word `i` as a number, for the length that follows an array.
    fn raw_word(&self, i: usize) -> Option<usize>;

    /// Keeps a ctype in the place of word `i`, unless there is one already.
    fn set_made(&self, py: Py<'_>, i: usize, made: Owned<CType>);

    /// Keeps a ctype in the place of each word that is `op`, where C code reads the words.
    fn set_made_everywhere(&self, _py: Py<'_>, _op: Opcode, _made: &Owned<CType>) {}

    /// Returns the places of the ctypes that the source gives up with its FFI object, for the garbage collector.
    fn owned_places(&self) -> &[OnceRef<CType>];

    /// Returns whether the wrappers of a compiled module's functions can be called: they find their types in the module's
    /// own table, which has those of one interpreter.
    fn has_wrappers(&self) -> bool {
        false
    }

    /// Returns whether there are `extern "Python"` functions.
    fn calls_python(&self) -> bool {
        false
    }

    /// Returns the number of globals.
    fn num_globals(&self) -> usize;

    /// Returns global `i`.
    fn global(&self, i: usize) -> Option<GlobalDecl<'_>>;

    /// Returns the value of global `i`, which is an integer constant or enumerator. Calls into a compiled module.
    fn int_value(&self, i: usize) -> Option<IntValue>;

    /// Returns the number of structs and unions.
    fn num_structs(&self) -> usize;

    /// Returns struct or union `i`.
    fn struct_union(&self, i: usize) -> Option<StructDecl<'_>>;

    /// Returns entry `i` of the table of fields, which is one of the members of a struct or union.
    fn field(&self, i: usize) -> Option<FieldDecl<'_>>;

    /// Returns whether a struct's members can be found at all.
    fn has_fields(&self, s: &StructDecl<'_>) -> bool;

    /// Returns the number of enums.
    fn num_enums(&self) -> usize;

    /// Returns enum `i`.
    fn enumeration(&self, i: usize) -> Option<EnumDecl<'_>>;

    /// Returns the number of typedefs.
    fn num_typenames(&self) -> usize;

    /// Returns the name and the type index of typedef `i`.
    fn typename(&self, i: usize) -> Option<(&[u8], usize)>;

    /// Returns the index of a global by name.
    fn find_global(&self, name: &[u8]) -> Option<usize> {
        search_sorted(self.num_globals(), |i| self.global(i).map_or(&[], |g| g.name.to_bytes()), name)
    }

    /// Returns the index of a struct or union by name.
    fn find_struct(&self, name: &[u8]) -> Option<usize> {
        search_sorted(self.num_structs(), |i| self.struct_union(i).map_or(&[], |s| s.name), name)
    }

    /// Returns the index of an enum by name.
    fn find_enum(&self, name: &[u8]) -> Option<usize> {
        search_sorted(self.num_enums(), |i| self.enumeration(i).map_or(&[], |e| e.name), name)
    }

    /// Returns the index of a typedef by name.
    fn find_typename(&self, name: &[u8]) -> Option<usize> {
        search_sorted(self.num_typenames(), |i| self.typename(i).map_or(&[], |t| t.0), name)
    }
}

/// The declarations of a module.
pub(crate) struct Declarations(Box<dyn Source>);

impl Declarations {
    /// Makes the declarations from a source.
    pub(crate) fn new(source: impl Source + 'static) -> Declarations {
        Declarations(Box::new(source))
    }

    /// Returns the members of a struct or union; `None` if it has some and there is no table of them.
    pub(crate) fn fields<'a>(&'a self, s: &StructDecl<'a>) -> Option<impl Iterator<Item = FieldDecl<'a>>> {
        let range = s.first_field..s.first_field.saturating_add(s.num_fields);
        (s.num_fields == 0 || self.has_fields(s)).then(|| range.filter_map(|i| self.field(i)))
    }
}

impl std::ops::Deref for Declarations {
    type Target = dyn Source + 'static;

    #[inline(always)]
    fn deref(&self) -> &(dyn Source + 'static) {
        &*self.0
    }
}
