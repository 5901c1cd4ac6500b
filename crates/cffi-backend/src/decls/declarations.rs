//! The declarations of a module, in one view of two forms: C tables of a compiled module, or tables decoded from
//! the byte strings of an out-of-line ABI module.

use std::cmp;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::sync::atomic::{AtomicPtr, Ordering};

use cffi_abi::{GetConst, Opcode, StructFlags, constant_result, unknown};
use cffi_parse::tables::Tables;
use cffi_parse::{search_sorted, search_sorted_by};

use crate::decls::compiled::{Compiled, count, index};

/// What a module declares.
pub(crate) enum Declarations {
    /// The tables of a compiled module; they live as long as the process.
    Compiled(&'static Compiled),
    /// Decoded tables, checked, and a place for each type that is made.
    Tables(Box<Tables>, Box<[AtomicPtr<c_void>]>),
}

// SAFETY: compiled tables are constant but for the words of `types`, which are only touched as atomics.
unsafe impl Send for Declarations {}
// SAFETY: as above.
unsafe impl Sync for Declarations {}

/// A global: a function, constant or variable.
#[derive(Clone, Copy)]
pub(crate) struct GlobalDecl<'a> {
    pub(crate) name: &'a CStr,
    pub(crate) op: Opcode,
    /// Null in tables that were decoded.
    pub(crate) address: *mut c_void,
    /// Size of a variable, or address of the function proper; see [`cffi_abi::Global`].
    pub(crate) size_or_direct_fn: *mut c_void,
}

/// A struct or union.
#[derive(Clone, Copy)]
pub(crate) struct StructDecl<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) type_index: usize,
    pub(crate) flags: StructFlags,
    /// See [`unknown`].
    pub(crate) size: usize,
    /// Bytes, -1 if unknown.
    pub(crate) align: i32,
    first_field: usize,
    num_fields: usize,
}

/// A member of a struct or union.
#[derive(Clone, Copy)]
pub(crate) struct FieldDecl<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) op: Opcode,
    /// Bytes, or [`unknown::OFFSET`].
    pub(crate) offset: usize,
    /// Bytes, or [`unknown::SIZE`]; bits of a bit field.
    pub(crate) size: usize,
}

/// An enum.
#[derive(Clone, Copy)]
pub(crate) struct EnumDecl<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) type_index: usize,
    pub(crate) primitive: i32,
    pub(crate) enumerators: &'a [u8],
}

/// An integer constant, as its module gives it.
#[derive(Clone, Copy)]
pub(crate) struct IntValue {
    /// The bits are those of a signed number.
    pub(crate) non_positive: bool,
    pub(crate) bits: u64,
    /// The compiler found another value than the declared one.
    pub(crate) disagrees: bool,
}

/// A C string of a compiled module's tables.
///
/// # Safety
/// `p` is null or a C string that lives as long as the process.
unsafe fn text<'a>(p: *const c_char) -> &'a CStr {
    // SAFETY: by the caller.
    if p.is_null() { c"" } else { unsafe { CStr::from_ptr(p) } }
}

impl Declarations {
    /// Decoded tables without any type made yet.
    pub(crate) fn from_tables(tables: Tables) -> Declarations {
        let places = tables.types().iter().map(|_| AtomicPtr::default()).collect();
        Declarations::Tables(Box::new(tables), places)
    }

    /// Word `i`, or the object that was made for it; `None` if it does not exist.
    pub(crate) fn word(&self, i: usize) -> Option<Word> {
        match self {
            Declarations::Compiled(c) => c.word(i),
            Declarations::Tables(t, places) => Some(match places.get(i)?.load(Ordering::Acquire) {
                p if p.is_null() => Word::Op(t.types()[i]),
                p => Word::Made(p),
            }),
        }
    }

    /// Word `i` as a number, for the length that stands behind an array.
    pub(crate) fn raw_word(&self, i: usize) -> Option<usize> {
        match self {
            Declarations::Compiled(c) => c.number(i),
            Declarations::Tables(t, _) => t.types().get(i).map(|word| word.raw()),
        }
    }

    /// Puts an object in the place of word `i`; false if there is one already.
    pub(crate) fn set_made(&self, i: usize, object: *mut c_void) -> bool {
        match self {
            Declarations::Compiled(c) => c.set_made(i, object),
            Declarations::Tables(_, places) => places.get(i).is_some_and(|place| {
                let null = std::ptr::null_mut();
                place.compare_exchange(null, object, Ordering::AcqRel, Ordering::Acquire).is_ok()
            }),
        }
    }

    /// The objects that decoded tables own; those of compiled modules are never given up.
    pub(crate) fn owned_places(&self) -> &[AtomicPtr<c_void>] {
        match self {
            Declarations::Compiled(_) => &[],
            Declarations::Tables(_, places) => places,
        }
    }

    /// Number of globals.
    pub(crate) fn num_globals(&self) -> usize {
        match self {
            Declarations::Compiled(c) => count(c.num_globals),
            Declarations::Tables(t, _) => t.globals().len(),
        }
    }

    /// Global `i`.
    pub(crate) fn global(&self, i: usize) -> Option<GlobalDecl<'_>> {
        match self {
            Declarations::Compiled(c) => (i < count(c.num_globals)).then(|| {
                // SAFETY: in range of a table that lives as long as the process.
                let g = unsafe { &*c.globals.add(i) };
                GlobalDecl {
                    // SAFETY: names of compiled modules are C strings.
                    name: unsafe { text(g.name) },
                    op: g.type_op,
                    address: g.address,
                    size_or_direct_fn: g.size_or_direct_fn,
                }
            }),
            Declarations::Tables(t, _) => t.globals().get(i).map(|g| GlobalDecl {
                name: t.c_name(g.name),
                op: g.type_op,
                address: std::ptr::null_mut(),
                size_or_direct_fn: std::ptr::null_mut(),
            }),
        }
    }

    /// The value of global `i`, which is an integer constant or enumerator. Calls into a compiled module.
    pub(crate) fn int_value(&self, i: usize) -> Option<IntValue> {
        match self {
            Declarations::Compiled(c) => {
                let g = self.global(i)?;
                if g.address.is_null() {
                    return None;
                }
                type Fetch = unsafe extern "C" fn(*mut GetConst) -> c_int;
                // SAFETY: the `address` of such a global is a function of this type.
                let fetch = unsafe { std::mem::transmute::<*mut c_void, Fetch>(g.address) };
                let mut out =
                    GetConst { value: 0, ctx: c.context(), gindex: c_int::try_from(i).unwrap_or(c_int::MAX) };
                // SAFETY: generated code, which only writes the value.
                let status = unsafe { fetch(&raw mut out) };
                Some(IntValue {
                    non_positive: status & constant_result::NON_POSITIVE != 0,
                    bits: out.value,
                    disagrees: status & constant_result::DISAGREES != 0,
                })
            }
            Declarations::Tables(t, _) => t.globals().get(i).map(|g| IntValue {
                non_positive: g.value.non_positive,
                bits: g.value.bits,
                disagrees: false,
            }),
        }
    }

    /// Number of structs and unions.
    pub(crate) fn num_structs(&self) -> usize {
        match self {
            Declarations::Compiled(c) => count(c.num_struct_unions),
            Declarations::Tables(t, _) => t.struct_unions().len(),
        }
    }

    /// Struct or union `i`.
    pub(crate) fn struct_union(&self, i: usize) -> Option<StructDecl<'_>> {
        match self {
            Declarations::Compiled(c) => (i < count(c.num_struct_unions)).then(|| {
                // SAFETY: in range of a table that lives as long as the process.
                let s = unsafe { &*c.struct_unions.add(i) };
                StructDecl {
                    // SAFETY: names of compiled modules are C strings.
                    name: unsafe { text(s.name) }.to_bytes(),
                    type_index: index(s.type_index),
                    flags: StructFlags(s.flags),
                    size: s.size,
                    align: s.alignment,
                    first_field: index(s.first_field_index),
                    num_fields: count(s.num_fields),
                }
            }),
            Declarations::Tables(t, _) => t.struct_unions().get(i).map(|s| {
                let outside = s.flags.has(StructFlags::OPAQUE | StructFlags::EXTERNAL);
                let (size, align) = if outside { (unknown::SIZE, -1) } else { (unknown::COMPUTE_SIZE, -2) };
                StructDecl {
                    name: t.name(s.name),
                    type_index: s.type_index,
                    flags: s.flags,
                    size,
                    align,
                    first_field: s.fields().start,
                    num_fields: s.fields().len(),
                }
            }),
        }
    }

    /// The members of a struct or union; `None` if it has some and there is no table of them.
    pub(crate) fn fields<'a>(&'a self, s: &StructDecl<'a>) -> Option<impl Iterator<Item = FieldDecl<'a>>> {
        let lost = match self {
            Declarations::Compiled(c) => c.fields.is_null() || s.first_field == usize::MAX,
            Declarations::Tables(..) => false,
        };
        let range = s.first_field..s.first_field.saturating_add(s.num_fields);
        (s.num_fields == 0 || !lost).then(|| range.filter_map(|i| self.field(i)))
    }

    fn field(&self, i: usize) -> Option<FieldDecl<'_>> {
        match self {
            Declarations::Compiled(c) => {
                // SAFETY: the indices of a struct's members lie in the table of fields, which is there.
                let f = unsafe { &*c.fields.add(i) };
                Some(FieldDecl {
                    // SAFETY: names of compiled modules are C strings.
                    name: unsafe { text(f.name) }.to_bytes(),
                    op: f.field_type_op,
                    offset: f.field_offset,
                    size: f.field_size,
                })
            }
            Declarations::Tables(t, _) => t.fields().get(i).map(|f| {
                let bits = matches!(f.type_op.op(), Ok(cffi_abi::Op::Bitfield));
                FieldDecl {
                    name: t.name(f.name),
                    op: f.type_op,
                    offset: unknown::OFFSET,
                    size: if bits { f.bits as usize } else { unknown::SIZE },
                }
            }),
        }
    }

    /// Number of enums.
    pub(crate) fn num_enums(&self) -> usize {
        match self {
            Declarations::Compiled(c) => count(c.num_enums),
            Declarations::Tables(t, _) => t.enums().len(),
        }
    }

    /// Enum `i`.
    pub(crate) fn enumeration(&self, i: usize) -> Option<EnumDecl<'_>> {
        match self {
            Declarations::Compiled(c) => (i < count(c.num_enums)).then(|| {
                // SAFETY: in range of a table that lives as long as the process; its texts are C strings.
                unsafe {
                    let e = &*c.enums.add(i);
                    EnumDecl {
                        name: text(e.name).to_bytes(),
                        type_index: index(e.type_index),
                        primitive: e.type_prim,
                        enumerators: text(e.enumerators).to_bytes(),
                    }
                }
            }),
            Declarations::Tables(t, _) => t.enums().get(i).map(|e| EnumDecl {
                name: t.name(e.name),
                type_index: e.type_index,
                primitive: e.type_prim,
                enumerators: t.name(e.enumerators),
            }),
        }
    }

    /// Number of typedefs.
    pub(crate) fn num_typenames(&self) -> usize {
        match self {
            Declarations::Compiled(c) => count(c.num_typenames),
            Declarations::Tables(t, _) => t.typenames().len(),
        }
    }

    /// Name and type index of typedef `i`.
    pub(crate) fn typename(&self, i: usize) -> Option<(&[u8], usize)> {
        match self {
            Declarations::Compiled(c) => (i < count(c.num_typenames)).then(|| {
                // SAFETY: in range of a table that lives as long as the process; its texts are C strings.
                unsafe {
                    let t = &*c.typenames.add(i);
                    (text(t.name).to_bytes(), index(t.type_index))
                }
            }),
            Declarations::Tables(t, _) => {
                t.typenames().get(i).map(|entry| (t.name(entry.name), entry.type_index))
            }
        }
    }

    /// Index of a global by name.
    pub(crate) fn find_global(&self, name: &[u8]) -> Option<usize> {
        match self {
            // Each step looks at no more of a name than tells it from the other.
            Declarations::Compiled(c) => search_sorted_by(count(c.num_globals), |i| {
                // SAFETY: in range of a table that lives as long as the process; names are C strings.
                unsafe { compare_c_string((*c.globals.add(i)).name, name) }
            }),
            Declarations::Tables(..) => {
                search_sorted(self.num_globals(), |i| self.global(i).map_or(&[], |g| g.name.to_bytes()), name)
            }
        }
    }

    /// Index of a struct or union by name.
    pub(crate) fn find_struct(&self, name: &[u8]) -> Option<usize> {
        search_sorted(self.num_structs(), |i| self.struct_union(i).map_or(&[], |s| s.name), name)
    }

    /// Index of an enum by name.
    pub(crate) fn find_enum(&self, name: &[u8]) -> Option<usize> {
        search_sorted(self.num_enums(), |i| self.enumeration(i).map_or(&[], |e| e.name), name)
    }

    /// Index of a typedef by name.
    pub(crate) fn find_typename(&self, name: &[u8]) -> Option<usize> {
        search_sorted(self.num_typenames(), |i| self.typename(i).map_or(&[], |t| t.0), name)
    }
}

/// How a C string stands to `other`, by bytes. Null counts as empty.
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
        // SAFETY: by the caller; no byte before this one was the terminator.
        let here = unsafe { *text.add(i) };
        if here != *there || here == 0 {
            // A terminator is less than whatever `other` still has, a NUL included.
            return if here == 0 { cmp::Ordering::Less } else { here.cmp(there) };
        }
    }
    // SAFETY: as above.
    if unsafe { *text.add(other.len()) } == 0 { cmp::Ordering::Equal } else { cmp::Ordering::Greater }
}

/// A place in the table of types.
#[derive(Clone, Copy)]
pub(crate) enum Word {
    /// Still to be made.
    Op(Opcode),
    /// The address of a ctype.
    Made(*mut c_void),
}
