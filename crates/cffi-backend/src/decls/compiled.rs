//! The tables of a compiled module, and the record of the words that objects have replaced.
//!
//! Nothing reads the tables when the module is imported: a module may have many thousands of entries, and a program may
//! use ten of them. So code that goes from one entry to another checks that the other exists. One thing is not visible
//! in the words themselves: an even word can be the address of a type that was made here, or a number in a wrong
//! position, such as the length of an array. A bit for each word tells them apart.

use std::cmp;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ops::Deref;
use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use cffi_abi::{GetConst, Op, Opcode, StructFlags, TypeContext, constant_result, context_flags};
use cffi_parse::search_sorted_by;

use crate::ctype::{Access, CType};
use crate::decls::declarations::Source;
use crate::decls::entries::{EnumDecl, FieldDecl, GlobalDecl, IntValue, StructDecl, Word};
use crate::value::alloc::Symbol;
use cffi_rt::obj::OnceRef;
use cffi_rt::{Owned, Py};

/// Tables that live as long as the process.
pub(crate) struct Compiled {
    context: &'static TypeContext,
    /// The record of the words that objects replace; allocated before the first one is replaced.
    replaced: OnceLock<Replaced>,
}

/// The record of the words of the table of types that objects replace.
struct Replaced {
    /// A bit for each word that is, or is about to be, replaced by an object.
    made: Box<[AtomicUsize]>,
    /// All words as the module has them, for interpreters that cannot use the objects.
    words: Box<[Opcode]>,
}

// SAFETY: the tables are constant, except the words of types, which are only accessed as atomics.
unsafe impl Send for Compiled {}
// SAFETY: the tables are constant, except the words of types, which are only accessed as atomics.
unsafe impl Sync for Compiled {}

impl Deref for Compiled {
    type Target = TypeContext;

    fn deref(&self) -> &TypeContext {
        self.context
    }
}

/// Converts a number of entries; a negative one becomes 0.
pub(crate) fn count(n: c_int) -> usize {
    usize::try_from(n).unwrap_or(0)
}

/// Converts an index; a negative one becomes one that no table has.
pub(crate) fn index(n: c_int) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

impl Compiled {
    /// Takes tables that no code has used before.
    ///
    /// # Errors
    /// The name of a table that does not exist although it has entries.
    ///
    /// # Safety
    /// The context is that of a compiled module; its tables are as long as they say. No word of `types` has been
    /// replaced by an object yet, and from now on only the returned value replaces words.
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
            None => Ok(Compiled { context, replaced: OnceLock::new() }),
        }
    }

    /// Returns the tables themselves.
    pub(crate) fn context(&self) -> &'static TypeContext {
        self.context
    }

    fn place(&self, i: usize) -> Option<&AtomicUsize> {
        // SAFETY: in range; all accesses to the words go through atomics.
        (i < count(self.num_types)).then(|| unsafe { AtomicUsize::from_ptr(self.types.add(i).cast()) })
    }

    fn is_made(&self, i: usize) -> bool {
        let bits = self.replaced.get().map(|replaced| &replaced.made);
        let word = bits.and_then(|bits| bits.get(i / usize::BITS as usize));
        word.is_some_and(|word| word.load(Ordering::Acquire) >> (i % usize::BITS as usize) & 1 == 1)
    }

    fn mark(&self, i: usize) {
        if let Some(word) = self.replaced().made.get(i / usize::BITS as usize) {
            word.fetch_or(1 << (i % usize::BITS as usize), Ordering::AcqRel);
        }
    }

    fn replaced(&self) -> &Replaced {
        let number = count(self.num_types);
        self.replaced.get_or_init(|| Replaced {
            made: (0..number.div_ceil(usize::BITS as usize)).map(|_| AtomicUsize::new(0)).collect(),
            // Nothing has been replaced yet, since a word is marked first.
            words: (0..number)
                .filter_map(|i| self.place(i))
                .map(|place| Opcode::from_raw(place.load(Ordering::Relaxed)))
                .collect(),
        })
    }

    /// Returns the words of the table of types as the module has them, without the objects that have replaced some.
    pub(super) fn words(&self) -> &[Opcode] {
        &self.replaced().words
    }

    /// Returns entry `i` of a table with `n` entries.
    ///
    /// # Safety
    /// The table is one of this module, with its number of entries.
    unsafe fn entry<T>(&self, table: *const T, n: c_int, i: usize) -> Option<&T> {
        // SAFETY: the module's tables are as long as they say; `i` is in range, and the tables live as long as the process.
        (i < count(n)).then(|| unsafe { &*table.add(i) })
    }
}

impl GlobalDecl<'_> {
    /// Returns the variable of a compiled module; `None` for other globals.
    pub(crate) fn variable(&self) -> Option<Symbol> {
        let address = NonNull::new(self.address).filter(|_| self.op.op() == Ok(Op::GlobalVar))?;
        // SAFETY: for such a global, the table of a compiled module has the address of the variable.
        Some(unsafe { Symbol::new(address.cast()) })
    }

    /// Returns the C function behind a built-in function of a compiled module; `None` for other globals, and in the tables of
    /// old modules.
    pub(crate) fn function(&self) -> Option<Symbol> {
        let built_in = matches!(self.op.op(), Ok(Op::CpythonBltnV | Op::CpythonBltnN | Op::CpythonBltnO));
        let address = NonNull::new(self.size_or_direct_fn).filter(|_| built_in)?;
        // SAFETY: for such a global, the table of a compiled module has the address of the function.
        Some(unsafe { Symbol::new(address.cast()) })
    }
}

impl Source for &'static Compiled {
    fn address(&self) -> Option<*const c_void> {
        Some(std::ptr::from_ref(self.context()).cast())
    }

    /// Returns word `i`, or the object that was made for it; `None` if there is neither.
    fn word(&self, _py: Py<'_>, i: usize) -> Option<Word<'_>> {
        let raw = self.place(i)?.load(Ordering::Acquire);
        let word = Opcode::from_raw(raw);
        if word.is_operation() {
            return Some(Word::Op(word));
        }
        // The bit was set before the object was stored, so code that has seen the object sees the bit.
        let ct = std::ptr::with_exposed_provenance::<CType>(raw);
        // SAFETY: `set_made` put a ctype there, which a compiled module never gives up.
        self.is_made(i).then(|| Word::Made(unsafe { &*ct }))
    }

    /// Returns word `i` as a number, if it has not been replaced by an object.
    fn raw_word(&self, i: usize) -> Option<usize> {
        let raw = self.place(i)?.load(Ordering::Acquire);
        (!self.is_made(i)).then_some(raw)
    }

    fn set_made(&self, py: Py<'_>, i: usize, made: Owned<CType>) {
        let Some((place, Word::Op(op))) = self.place(i).zip(self.word(py, i)) else { return };
        self.mark(i);
        let (old, new) = (op.raw(), made.raw().expose_provenance());
        if place.compare_exchange(old, new, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            // The table owns the reference from here on.
            std::mem::forget(made);
        }
    }

    fn set_made_everywhere(&self, py: Py<'_>, op: Opcode, made: &Owned<CType>) {
        let mut i = 0;
        while i < count(self.num_types) {
            // The word behind an array of known length is a number, which may look like an operation.
            let has_length = match self.word(py, i) {
                Some(Word::Op(found)) if found == op => {
                    self.set_made(py, i, made.clone());
                    false
                }
                Some(Word::Op(found)) => found.op() == Ok(Op::Array),
                Some(Word::Made(ct)) => ct.access == Access::Array,
                None => false,
            };
            i += 1 + usize::from(has_length);
        }
    }

    /// Returns nothing: the objects of a compiled module are never given up.
    fn owned_places(&self) -> &[OnceRef<CType>] {
        &[]
    }

    fn has_wrappers(&self) -> bool {
        true
    }

    fn calls_python(&self) -> bool {
        self.flags & context_flags::EXTERN_PYTHON != 0
    }

    fn num_globals(&self) -> usize {
        count(self.num_globals)
    }

    fn global(&self, i: usize) -> Option<GlobalDecl<'_>> {
        // SAFETY: the table and its length are members of one module.
        let g = unsafe { self.entry(self.globals, self.num_globals, i) }?;
        Some(GlobalDecl {
            // SAFETY: names in a compiled module's tables are C strings.
            name: unsafe { text(g.name) },
            op: g.type_op,
            address: g.address,
            size_or_direct_fn: g.size_or_direct_fn,
        })
    }

    fn int_value(&self, i: usize) -> Option<IntValue> {
        type Fetch = unsafe extern "C" fn(*mut GetConst) -> c_int;
        let g = self.global(i)?;
        if g.address.is_null() {
            return None;
        }
        let mut out =
            GetConst { value: 0, ctx: self.context(), gindex: c_int::try_from(i).unwrap_or(c_int::MAX) };
        // SAFETY: the address of an integer constant is that of a generated function of this type, which only writes
        // the value.
        let status = unsafe { std::mem::transmute::<*mut c_void, Fetch>(g.address)(&raw mut out) };
        Some(IntValue {
            non_positive: status & constant_result::NON_POSITIVE != 0,
            bits: out.value,
            disagrees: status & constant_result::DISAGREES != 0,
        })
    }

    fn num_structs(&self) -> usize {
        count(self.num_struct_unions)
    }

    fn struct_union(&self, i: usize) -> Option<StructDecl<'_>> {
        // SAFETY: the table and its length are members of one module.
        let s = unsafe { self.entry(self.struct_unions, self.num_struct_unions, i) }?;
        Some(StructDecl {
            // SAFETY: names in a compiled module's tables are C strings.
            name: unsafe { text(s.name) }.to_bytes(),
            type_index: index(s.type_index),
            flags: StructFlags(s.flags),
            size: s.size,
            align: s.alignment,
            first_field: index(s.first_field_index),
            num_fields: count(s.num_fields),
        })
    }

    fn field(&self, i: usize) -> Option<FieldDecl<'_>> {
        if self.fields.is_null() {
            return None;
        }
        // SAFETY: the callers pass only the numbers of a struct's members, which lie in the table of fields.
        let f = unsafe { &*self.fields.add(i) };
        Some(FieldDecl {
            // SAFETY: names in a compiled module's tables are C strings.
            name: unsafe { text(f.name) }.to_bytes(),
            op: f.field_type_op,
            offset: f.field_offset,
            size: f.field_size,
        })
    }

    fn has_fields(&self, s: &StructDecl<'_>) -> bool {
        !self.fields.is_null() && s.first_field != usize::MAX
    }

    fn num_enums(&self) -> usize {
        count(self.num_enums)
    }

    fn enumeration(&self, i: usize) -> Option<EnumDecl<'_>> {
        // SAFETY: the table and its length are members of one module.
        let e = unsafe { self.entry(self.enums, self.num_enums, i) }?;
        // SAFETY: the texts in a compiled module's tables are C strings.
        let (name, enumerators) = unsafe { (text(e.name), text(e.enumerators)) };
        Some(EnumDecl {
            name: name.to_bytes(),
            type_index: index(e.type_index),
            primitive: e.type_prim,
            enumerators: enumerators.to_bytes(),
        })
    }

    fn num_typenames(&self) -> usize {
        count(self.num_typenames)
    }

    fn typename(&self, i: usize) -> Option<(&[u8], usize)> {
        // SAFETY: the table and its length are members of one module.
        let t = unsafe { self.entry(self.typenames, self.num_typenames, i) }?;
        // SAFETY: names in a compiled module's tables are C strings.
        Some((unsafe { text(t.name) }.to_bytes(), index(t.type_index)))
    }

    /// Finds a global by comparing each name only up to the first difference.
    fn find_global(&self, name: &[u8]) -> Option<usize> {
        search_sorted_by(count(self.num_globals), |i| {
            // SAFETY: the table and its length are members of one module.
            let entry = unsafe { self.entry(self.globals, self.num_globals, i) };
            // SAFETY: names in a compiled module's tables are C strings.
            entry.map_or(cmp::Ordering::Greater, |g| unsafe { compare_c_string(g.name, name) })
        })
    }
}

/// Returns a C string of a compiled module's tables.
///
/// # Safety
/// `p` is null or a C string that lives as long as the process.
unsafe fn text<'a>(p: *const c_char) -> &'a CStr {
    // SAFETY: the caller promises that it is null or such a string.
    if p.is_null() { c"" } else { unsafe { CStr::from_ptr(p) } }
}

/// Compares a C string with `other`, by bytes. Null counts as empty.
///
/// # Safety
/// `text` is null or a C string.
#[inline]
unsafe fn compare_c_string(text: *const c_char, other: &[u8]) -> cmp::Ordering {
    if text.is_null() {
        return b"".as_slice().cmp(other);
    }
    let text = text.cast::<u8>();
    for (i, there) in other.iter().enumerate() {
        // SAFETY: the caller gives a C string, and no byte before this one was its terminator.
        let here = unsafe { *text.add(i) };
        if here != *there || here == 0 {
            // A terminator is less than any further byte of `other`, even a NUL.
            return if here == 0 { cmp::Ordering::Less } else { here.cmp(there) };
        }
    }
    // SAFETY: no byte of the C string so far was its terminator.
    if unsafe { *text.add(other.len()) } == 0 { cmp::Ordering::Equal } else { cmp::Ordering::Greater }
}
