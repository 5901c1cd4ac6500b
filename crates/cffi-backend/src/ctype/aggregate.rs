//! The members of structs and unions.
//!
//! A struct begins without members. It gets them once, by `complete_struct_or_union` or, in an out-of-line module, when
//! they are first needed. They are published with a release store after size, alignment and layout flags, so code that
//! sees the members also sees these.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use cffi_memory::NoMemory;
use cffi_types::layout::UnnamedBits;
use pyo3_ffi as ffi;

use super::name_index::{self, NameIndex};
use super::{Access, CType};
use cffi_rt::obj::OnceBox;
use cffi_rt::{Obj, Owned, Py, R, text, trash};

/// Facts about a struct's layout that restrict how it can be passed by value. They are set before its members.
pub(crate) mod layout {
    /// The layout is not the one that the declarations give, so members may be missing.
    pub(crate) const CUSTOM_FIELD_POS: u32 = 1;
    /// It ends in an array of unknown length, or contains such a struct.
    pub(crate) const WITH_VAR_ARRAY: u32 = 2;
    /// Packing moved a member.
    pub(crate) const WITH_PACKED_CHANGE: u32 = 4;
    /// It contains anonymous structs or unions, whose members are among its own.
    pub(crate) const FLATTENED: u32 = 8;
}

/// A member.
pub(crate) struct Field {
    /// Interned `str`; empty for members without a name that are not anonymous structs.
    pub(crate) name: Owned,
    pub(crate) ct: Owned<CType>,
    /// Bytes from the start of the struct; of the storage unit for a bit field.
    pub(crate) offset: isize,
    /// Bits from the least significant end of the storage unit, or one of the two below.
    pub(crate) bitshift: i16,
    /// The number of bits of a bit field.
    pub(crate) width: Width,
    /// 1: skipped by positional initializers (all members of a union but the first).
    pub(crate) flags: u8,
}

/// The number of bits of a bit field.
///
/// The sign says whether the type is one of [`Access::is_wide_integer`], so that the fast ways, which ask for a number of
/// bits that fits into a byte, need no test of the type.
#[derive(Clone, Copy)]
pub(crate) struct Width(i16);

impl Width {
    /// Returns the width of a member, whose number of bits is -1 if it is no bit field.
    pub(crate) fn new(bits: i16, access: Access) -> Width {
        Width(if access.is_wide_integer() && bits > 0 { -1 - bits } else { bits })
    }

    /// Returns the number of bits of a bit field of at most 64 bits; a number greater than that for other members.
    #[inline(always)]
    pub(crate) fn narrow(self) -> u32 {
        u32::from(self.0.cast_unsigned())
    }

    /// Returns the number of bits of a bit field of a wide type; `None` for other members.
    #[inline(always)]
    pub(crate) fn wide(self) -> Option<u32> {
        (self.0 < -1).then(|| u32::from((-1 - self.0).cast_unsigned()))
    }

    /// Returns the number of bits of any bit field; -1 for other members.
    pub(crate) fn bits(self) -> i16 {
        if self.0 < -1 { -1 - self.0 } else { self.0 }
    }
}

impl Field {
    /// `bitshift` of an ordinary member.
    pub(crate) const REGULAR: i16 = -1;
    /// `bitshift` of an array member without length or with length zero.
    pub(crate) const EMPTY_ARRAY: i16 = -2;

    /// Returns the name as text; names come from `str` objects that could be encoded.
    pub(crate) fn name_text(&self) -> &str {
        text::cached_utf8(&self.name)
    }

    /// Returns whether positional initializers skip it.
    pub(crate) fn skipped(&self) -> bool {
        self.flags & 1 != 0
    }
}

/// All members in order of declaration, anonymous structs flattened.
pub(crate) struct Fields {
    list: Box<[Field]>,
    /// The members by name, for structs for which a scan would take longer.
    index: Option<NameIndex>,
    /// The bit-fields without a name, which only calling conventions count.
    unnamed: Box<[UnnamedBits]>,
    /// The largest alignment of a member, as calling conventions count it.
    natural_align: u64,
}

/// The number of members up to which comparing their names one after the other takes less time than a look-up by hash.
const SCAN_UP_TO: usize = 3;

impl Fields {
    /// Takes the members over; their names are interned and distinct.
    pub(crate) fn new(
        list: Vec<Field>,
        unnamed: Vec<UnnamedBits>,
        natural_align: u64,
    ) -> Result<Fields, NoMemory> {
        let index =
            if list.len() > SCAN_UP_TO { Some(NameIndex::new(&list, |field| &field.name)?) } else { None };
        let unnamed = unnamed.into_boxed_slice();
        Ok(Fields { list: list.into_boxed_slice(), index, unnamed, natural_align })
    }

    /// Returns the largest alignment of a member, as calling conventions count it.
    pub(crate) fn natural_align(&self) -> u64 {
        self.natural_align
    }

    /// Returns the bit-fields without a name, those of anonymous members included.
    pub(crate) fn unnamed(&self) -> &[UnnamedBits] {
        &self.unnamed
    }

    /// Returns the number of members.
    pub(crate) fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns an iterator over the members in order.
    pub(crate) fn iter(&self) -> std::slice::Iter<'_, Field> {
        self.list.iter()
    }

    /// Returns whether this is one of the members, by its address.
    #[inline(always)]
    pub(crate) fn contains(&self, field: &Field) -> bool {
        self.list.as_ptr_range().contains(&std::ptr::from_ref(field))
    }

    /// Finds a member by the very object that is its name, as the names of attributes in compiled Python code mostly are.
    #[inline(always)]
    pub(crate) fn find_same(&self, name: &Obj) -> Option<&Field> {
        match &self.index {
            None => self.list.iter().find(|f| f.name.is(name)),
            Some(index) => index.find_same(&self.list, |field| &field.name, name),
        }
    }

    /// Finds a member by name.
    #[inline]
    pub(crate) fn find(&self, py: Py<'_>, name: &Obj) -> Option<&Field> {
        match &self.index {
            None => self.list.iter().find(|f| f.name.is(name)).or_else(|| self.find_equal(py, name)),
            // A key of a dict can be any object, and only a str stores its hash where the index reads it.
            Some(index) if name.is_str() => index.find(py, &self.list, |field| &field.name, name),
            Some(_) => None,
        }
    }

    /// Finds a member by the text of its name: names that were built at run time are not interned.
    fn find_equal(&self, py: Py<'_>, name: &Obj) -> Option<&Field> {
        if !name.is_str() || cffi_rt::version::is_interned(name) {
            return None;
        }
        let hash = cffi_rt::version::str_hash(name);
        self.list.iter().find(|field| name_index::has_text(py, &field.name, hash, name))
    }
}

/// Builds the members of a struct of an out-of-line module when they are first needed.
pub(crate) trait LazyFields: Send + Sync {
    /// Completes `ct` or raises; called again after a failure.
    fn build(&self, py: Py<'_>, ct: &CType) -> R<()>;

    /// Calls `f` for every object that is referenced.
    fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject));
}

/// The part of a struct or union type that is filled later.
pub(crate) struct Aggregate {
    fields: OnceBox<Fields>,
    /// The number of threads that are laying out the members now.
    building: AtomicU32,
    /// The object that builds the members, until they exist. The lock is held for a few instructions, not while
    /// building.
    lazy: Mutex<Option<Arc<dyn LazyFields>>>,
    /// Whether members are, or were, built on demand.
    is_lazy: AtomicBool,
    /// Held while size, layout and members are published together.
    publishing: Mutex<()>,
}

impl Aggregate {
    /// Makes the part without members.
    pub(crate) fn new() -> Aggregate {
        Aggregate {
            fields: OnceBox::new(),
            building: AtomicU32::new(0),
            lazy: Mutex::new(None),
            is_lazy: AtomicBool::new(false),
            publishing: Mutex::new(()),
        }
    }

    /// Returns the members, if they exist already.
    #[inline(always)]
    pub(crate) fn fields(&self) -> Option<&Fields> {
        self.fields.get()
    }

    /// Publishes the members, after `before` has set the facts that go with them. Returns false and keeps the old
    /// members if there are members already.
    pub(crate) fn publish(&self, fields: Box<Fields>, before: impl FnOnce()) -> bool {
        let lock = self.publishing.lock().unwrap_or_else(PoisonError::into_inner);
        let first = self.fields().is_none();
        if first {
            before();
            self.fields.set(fields);
        }
        drop(lock);
        if first {
            // Dropping the old value may run Python code, so it is dropped outside of the lock.
            let lazy = self.lazy.lock().unwrap_or_else(PoisonError::into_inner).take();
            drop(lazy);
        }
        first
    }

    /// Sets the object that will build the members.
    pub(crate) fn set_lazy(&self, lazy: Arc<dyn LazyFields>) {
        *self.lazy.lock().unwrap_or_else(PoisonError::into_inner) = Some(lazy);
        self.is_lazy.store(true, Ordering::Release);
    }

    /// Returns whether members will be built on demand, or have been.
    pub(crate) fn is_lazy(&self) -> bool {
        self.is_lazy.load(Ordering::Acquire)
    }

    fn lazy(&self) -> Option<Arc<dyn LazyFields>> {
        self.lazy.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Notes that a thread lays out the members, until [`Self::end_building`].
    pub(crate) fn begin_building(&self) {
        self.building.fetch_add(1, Ordering::AcqRel);
    }

    /// Notes that a thread no longer lays out the members.
    pub(crate) fn end_building(&self) {
        self.building.fetch_sub(1, Ordering::AcqRel);
    }

    /// Returns whether the members are being laid out now.
    pub(crate) fn is_building(&self) -> bool {
        self.building.load(Ordering::Acquire) != 0
    }

    /// Calls `f` for every object that is referenced.
    pub(crate) fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        for field in self.fields().into_iter().flat_map(Fields::iter) {
            f(field.ct.as_ptr());
        }
        // A thread that holds the lock is stopped, or is this one; in both cases the object is in use.
        if let Ok(lazy) = self.lazy.try_lock()
            && let Some(lazy) = &*lazy
        {
            lazy.visit(f);
        }
    }

    /// Drops the members of a dying type without nesting a frame for each link of a long chain.
    pub(super) fn release(&mut self) {
        if let Some(fields) = self.fields.take() {
            for field in fields.list {
                trash::release(field.ct.into_obj());
            }
        }
    }

    /// Returns the place of the members, for `tp_clear`.
    pub(super) fn place(&self) -> &OnceBox<Fields> {
        &self.fields
    }

    /// Drops the object that builds the members, for `tp_clear`.
    pub(super) fn clear_lazy(&self) {
        let lazy = self.lazy.lock().unwrap_or_else(PoisonError::into_inner).take();
        drop(lazy);
    }
}

impl CType {
    /// Returns the members of a struct or union, and builds them if necessary; `None` for an opaque or not yet
    /// completed one (and for other kinds).
    #[inline]
    pub(crate) fn fields(&self, py: Py<'_>) -> R<Option<&Fields>> {
        let Some(a) = self.aggregate() else { return Ok(None) };
        if let Some(fields) = a.fields() {
            return Ok(Some(fields));
        }
        if a.is_lazy() {
            self.build(py, a)?;
        }
        Ok(a.fields())
    }

    #[cold]
    fn build(&self, py: Py<'_>, a: &Aggregate) -> R<()> {
        match a.lazy() {
            Some(lazy) => lazy.build(py, self),
            None => Ok(()),
        }
    }

    /// Builds the members of a struct whose members are not built yet.
    #[inline]
    pub(crate) fn force(&self, py: Py<'_>) -> R<()> {
        if self.is_aggregate() {
            self.fields(py)?;
        }
        Ok(())
    }

    /// Returns whether the layout has at least one of these facts; see [`layout`].
    #[inline]
    pub(crate) fn layout_has(&self, bits: u32) -> bool {
        self.layout.load(Ordering::Acquire) & bits != 0
    }

    /// Adds facts about the layout; see [`layout`].
    pub(crate) fn set_layout(&self, bits: u32) {
        self.layout.store(bits, Ordering::Release);
    }

    /// Returns whether it is a struct that ends in an array of unknown length.
    #[inline]
    pub(crate) fn has_var_array(&self) -> bool {
        self.is_aggregate() && self.layout_has(layout::WITH_VAR_ARRAY)
    }

    /// Returns whether it is `void` or a struct without members, which has no value that could be read or written.
    #[inline]
    pub(crate) fn is_opaque(&self) -> bool {
        match self.access {
            super::Access::Void => true,
            super::Access::Aggregate => {
                self.has(super::flag::OPAQUE)
                    || self.aggregate().is_none_or(|a| a.fields().is_none() && !a.is_lazy())
            }
            _ => false,
        }
    }
}
