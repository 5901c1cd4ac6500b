//! The declarations of an out-of-line ABI module, decoded from its byte strings.

use cffi_abi::{Op, StructFlags, unknown};
use cffi_memory::NoMemory;
use cffi_parse::tables::Tables;

use crate::ctype::CType;
use crate::decls::declarations::Source;
use crate::decls::entries::{EnumDecl, FieldDecl, GlobalDecl, IntValue, StructDecl, Word};
use cffi_rt::obj::{Attached, OnceRef};
use cffi_rt::{Owned, Py};

/// Decoded and checked tables, and a place for each type that is made.
pub(crate) struct Decoded {
    tables: Tables,
    places: Attached<Box<[OnceRef<CType>]>>,
}

impl Decoded {
    /// Takes tables of which no type has been made yet.
    ///
    /// # Errors
    /// There is no memory for the types to be made.
    pub(crate) fn new(tables: Tables) -> Result<Decoded, NoMemory> {
        let places = cffi_memory::collect(tables.types().iter().map(|_| OnceRef::new()))?;
        Ok(Decoded { tables, places: Attached::new(places.into_boxed_slice()) })
    }
}

impl Source for Decoded {
    fn word(&self, py: Py<'_>, i: usize) -> Option<Word<'_>> {
        match self.places.get(py).get(i)?.get() {
            Some(made) => Some(Word::Made(made)),
            None => self.tables.types().get(i).copied().map(Word::Op),
        }
    }

    fn raw_word(&self, i: usize) -> Option<usize> {
        self.tables.types().get(i).map(|word| word.raw())
    }

    fn set_made(&self, py: Py<'_>, i: usize, made: Owned<CType>) {
        if let Some(place) = self.places.get(py).get(i) {
            place.set_or_get(made);
        }
    }

    fn owned_places(&self) -> &[OnceRef<CType>] {
        self.places.for_collector()
    }

    fn num_globals(&self) -> usize {
        self.tables.globals().len()
    }

    fn global(&self, i: usize) -> Option<GlobalDecl<'_>> {
        self.tables.globals().get(i).map(|g| GlobalDecl {
            name: self.tables.c_name(g.name),
            op: g.type_op,
            address: std::ptr::null_mut(),
            size_or_direct_fn: std::ptr::null_mut(),
        })
    }

    fn find_global(&self, name: &[u8]) -> Option<usize> {
        // Compares names without looking for their ends.
        self.tables.find_global(name)
    }

    fn int_value(&self, i: usize) -> Option<IntValue> {
        self.tables.globals().get(i).map(|g| IntValue {
            non_positive: g.value.non_positive,
            bits: g.value.bits,
            disagrees: false,
        })
    }

    fn num_structs(&self) -> usize {
        self.tables.struct_unions().len()
    }

    fn struct_union(&self, i: usize) -> Option<StructDecl<'_>> {
        self.tables.struct_unions().get(i).map(|s| {
            let outside = s.flags.has(StructFlags::OPAQUE | StructFlags::EXTERNAL);
            let (size, align) = if outside { (unknown::SIZE, -1) } else { (unknown::COMPUTE_SIZE, -2) };
            StructDecl {
                name: self.tables.name(s.name),
                type_index: s.type_index,
                flags: s.flags,
                size,
                align,
                first_field: s.fields().start,
                num_fields: s.fields().len(),
            }
        })
    }

    fn field(&self, i: usize) -> Option<FieldDecl<'_>> {
        self.tables.fields().get(i).map(|f| {
            let bits = matches!(f.type_op.op(), Ok(Op::Bitfield));
            FieldDecl {
                name: self.tables.name(f.name),
                op: f.type_op,
                offset: unknown::OFFSET,
                size: if bits { f.bits as usize } else { unknown::SIZE },
            }
        })
    }

    fn has_fields(&self, _: &StructDecl<'_>) -> bool {
        true
    }

    fn num_enums(&self) -> usize {
        self.tables.enums().len()
    }

    fn enumeration(&self, i: usize) -> Option<EnumDecl<'_>> {
        self.tables.enums().get(i).map(|e| EnumDecl {
            name: self.tables.name(e.name),
            type_index: e.type_index,
            primitive: e.type_prim,
            enumerators: self.tables.name(e.enumerators),
        })
    }

    fn num_typenames(&self) -> usize {
        self.tables.typenames().len()
    }

    fn typename(&self, i: usize) -> Option<(&[u8], usize)> {
        self.tables.typenames().get(i).map(|entry| (self.tables.name(entry.name), entry.type_index))
    }
}
