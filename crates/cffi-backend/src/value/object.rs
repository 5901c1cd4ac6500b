//! Layouts of the CData family, and the queries that all of its members answer.

use std::cell::UnsafeCell;
use std::ops::Deref;

use pyo3_ffi as ffi;

use crate::ctype::{Access, CType};
use crate::state::State;
use cffi_rt::args::Named;
use cffi_rt::at::{self, BeginsWith, Entry};
use cffi_rt::slots::slot;
use cffi_rt::{Obj, Owned, Py, PyLayout, R};

/// A value of a C type, or the address of one.
#[repr(C)]
pub(crate) struct CData {
    pub(crate) header: UnsafeCell<ffi::PyObject>,
    pub(crate) ct: Owned<CType>,
    /// Written once, except values in place, which the code that makes the object writes.
    slot: UnsafeCell<Slot>,
    /// Managed by the interpreter.
    pub(crate) weakrefs: UnsafeCell<*mut ffi::PyObject>,
}

/// A value of at most 8 bytes, in place (see [`Access::is_in_place`]), or an address.
union Slot {
    address: *mut u8,
    /// A member that only reserves 8 bytes where pointers have 4.
    #[allow(dead_code, reason = "read by address")]
    value: u64,
}

/// A cdata with a length: items of an open array (any owner), or bytes of an owned struct of variable size.
#[repr(C)]
pub(crate) struct CDataLen {
    pub(crate) base: CData,
    pub(crate) length: isize,
}

/// A pointer from `new()` to a struct: the struct is a separate object, which owns the memory.
#[repr(C)]
pub(crate) struct CDataStructPtr {
    pub(crate) base: CData,
    pub(crate) target: Owned,
}

/// The layout of the base type, except open arrays. The type can be called without a tuple of arguments, which function
/// pointers need; that takes no memory, as the interpreter's blocks have a word to spare.
#[repr(C)]
pub(crate) struct CDataView {
    pub(crate) base: CData,
    /// The entry of the function type, or one of those in [`crate::state::hooks::Hooks`].
    pub(crate) vectorcall: ffi::vectorcallfunc,
}

/// The owner of the memory that a cdata refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owner {
    /// C, or the object itself (for a primitive value), or the keeper of a view.
    Nobody,
    /// The object: memory behind it, or the struct object that a struct pointer refers to.
    Own,
    /// A handle or a callback.
    OwnGc,
    /// A buffer.
    FromBuf,
    /// The cdata that a destructor was attached to.
    Gcp,
}

/// The offset of owned memory from the start of the object: behind the longest layout that has some.
pub(crate) const PAYLOAD: usize = size_of::<CDataLen>().next_multiple_of(16);

/// The offset of a primitive that is too large to be in place, and of the copy of a struct that C passed by value.
pub(crate) const BEHIND: usize = size_of::<CDataView>().next_multiple_of(16);

/// The size of most objects that own no memory, which is reused from one to the next.
pub(crate) const SMALL: usize = BEHIND;

/// The most bytes of owned memory in objects whose block is reused.
pub(crate) const OWNED: usize = 16;

// SAFETY: the layout is C's, and begins with a cdata.
unsafe impl BeginsWith<CData> for CDataLen {}
// SAFETY: the layout is C's, and begins with a cdata.
unsafe impl BeginsWith<CData> for CDataStructPtr {}
// SAFETY: the layout is C's, and begins with a cdata.
unsafe impl BeginsWith<CData> for CDataView {}

const _: () = assert!(
    size_of::<CDataView>() <= SMALL && size_of::<CDataLen>() <= SMALL && size_of::<CDataStructPtr>() <= SMALL
);

impl Deref for CData {
    type Target = Obj;
    #[inline(always)]
    fn deref(&self) -> &Obj {
        // SAFETY: a CData begins with the object header and is alive.
        unsafe { Obj::from_ptr(self.header.get()) }
    }
}

// SAFETY: repr(C) with the header first; every type of the family, and no other, has this `tp_hash`: the base type sets
// it and the others inherit it or set it too.
unsafe impl PyLayout for CData {
    #[inline(always)]
    fn check(obj: &Obj) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { (*obj.tp()).tp_hash.is_some_and(|f| std::ptr::fn_addr_eq(f, hash_slot().function())) }
    }
}

/// Returns `tp_hash` of the family, by which its members are recognized.
#[inline(always)]
pub(crate) fn hash_slot() -> Entry<CData, at::Hash> {
    slot!(unary CData, ffi::Py_hash_t, hash)
}

fn hash(py: Py<'_>, cd: &CData) -> R<isize> {
    (cd.state().hooks.hash)(py, cd)
}

impl Named for CData {
    const TP_NAME: &'static str = "_cffi_backend._CDataBase";
}

impl CData {
    /// Returns the C type.
    #[inline(always)]
    pub(crate) fn ct(&self) -> &CType {
        &self.ct
    }

    /// Returns the state of the interpreter that it belongs to.
    #[inline(always)]
    pub(crate) fn state(&self) -> &State {
        self.ct.state()
    }

    /// Returns the address: for primitives, structs and arrays, that of the value; for pointers, arrays and functions,
    /// the value *is* the address.
    #[inline(always)]
    pub(crate) fn data(&self) -> *mut u8 {
        if self.ct.access.is_in_place() {
            return self.slot.get().cast();
        }
        // SAFETY: other types have an address there.
        unsafe { (*self.slot.get()).address }
    }

    /// Returns the address in the slot of a cdata whose value is not in place: a pointer, an array, a struct or a union.
    #[inline(always)]
    pub(crate) fn address(&self) -> *mut u8 {
        debug_assert!(!self.ct.access.is_in_place(), "a value in place has no address in its slot");
        // SAFETY: the slot is initialized, and its bytes are those of an address or of a value that has taken its place.
        unsafe { (*self.slot.get()).address }
    }

    /// Writes the address into the slot, which a value in place overwrites later.
    ///
    /// # Safety
    /// `p` is a fresh object whose layout begins with this one; nobody else has seen it.
    #[inline(always)]
    pub(crate) unsafe fn set_address(p: *mut CData, address: *mut u8) {
        // SAFETY: the caller gives a fresh object of such a layout, which nobody else has seen.
        unsafe { (&raw mut (*p).slot).write(UnsafeCell::new(Slot { address })) };
    }

    /// Returns the owner of the memory.
    #[inline]
    pub(crate) fn owner(&self) -> Owner {
        let (tp, types) = (self.tp(), &self.state().types);
        if tp == types.cdata || tp == types.cdata_array {
            Owner::Nobody
        } else if self.is_own() {
            Owner::Own
        } else if tp == types.cdata_gcp {
            Owner::Gcp
        } else if tp == types.cdata_from_buf {
            Owner::FromBuf
        } else if tp == types.cdata_own_gc {
            Owner::OwnGc
        } else {
            Owner::Nobody
        }
    }

    /// Returns whether it was made by `new()` or an allocator (or is a struct returned by value).
    #[inline(always)]
    pub(crate) fn is_own(&self) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe {
            (*self.tp())
                .tp_free
                .is_some_and(|f| std::ptr::fn_addr_eq(f, super::dealloc::own_mark().function()))
        }
    }

    /// Returns whether the garbage collector tracks it: it may be in a cycle.
    #[inline(always)]
    pub(crate) fn is_tracked(&self) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { ffi::PyType_HasFeature(self.tp(), ffi::Py_TPFLAGS_HAVE_GC) != 0 }
    }

    /// Returns the length of an array in items: of its type, or of this cdata if the type is open.
    ///
    /// Only for arrays; 0 for other kinds.
    #[inline(always)]
    pub(crate) fn array_len(&self) -> isize {
        match self.ct.access {
            Access::Array => self.ct.length(),
            // SAFETY: every cdata of an open array type has the layout CDataLen (or one that begins with it).
            Access::OpenArray => unsafe { (*std::ptr::from_ref(self).cast::<CDataLen>()).length },
            _ => 0,
        }
    }

    /// Returns the struct object that a pointer from `new()` refers to.
    #[inline]
    pub(crate) fn target(&self) -> Option<&CData> {
        if self.is_own() && self.ct.has(crate::ctype::flag::AGGREGATE_PTR) {
            // SAFETY: an owning pointer to a struct has that layout; its target is a cdata by construction.
            let target = unsafe { &(*std::ptr::from_ref(self).cast::<CDataStructPtr>()).target };
            target.downcast::<CData>()
        } else {
            None
        }
    }

    /// Returns the allocated bytes of a struct of variable size, for the struct from `new()` or the pointer to it.
    pub(crate) fn var_size(&self) -> Option<isize> {
        let owner = self.target().unwrap_or(self);
        if !owner.ct.has_var_array() || !matches!(owner.owner(), Owner::Own | Owner::Gcp) {
            return None;
        }
        // SAFETY: a struct with a variable array, owned by itself or by an allocator, has the layout CDataLen.
        let size = unsafe { (*std::ptr::from_ref(owner).cast::<CDataLen>()).length };
        (size >= 0).then_some(size)
    }

    /// Returns a new counted reference.
    #[inline(always)]
    pub(crate) fn new_ref(&self) -> Owned<CData> {
        Owned::of(self)
    }
}
