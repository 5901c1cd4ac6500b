//! Layouts of the CData family, and what can be asked of any of them.

use std::cell::UnsafeCell;
use std::ops::Deref;

use pyo3_ffi as ffi;

use crate::ctype::{Access, CType};
use crate::state::State;
use cffi_rt::args::Named;
use cffi_rt::slots::slot;
use cffi_rt::{Obj, Owned, Py, PyLayout, R};

/// A value of a C type, or the address of one.
#[repr(C)]
pub(crate) struct CData {
    pub(crate) header: UnsafeCell<ffi::PyObject>,
    pub(crate) ct: Owned<CType>,
    /// Written once, but for values in place, which are written by whoever makes the object.
    slot: UnsafeCell<Slot>,
    /// Managed by the interpreter.
    pub(crate) weakrefs: UnsafeCell<*mut ffi::PyObject>,
}

/// A value of at most 8 bytes, in place (see [`Access::is_in_place`]), or an address.
union Slot {
    address: *mut u8,
    /// Only to reserve the room: where pointers have 4 bytes too.
    #[allow(dead_code, reason = "read by address")]
    value: u64,
}

/// A cdata with a length: items of an open array (any owner), or bytes of an owned struct of variable size.
#[repr(C)]
pub(crate) struct CDataLen {
    pub(crate) base: CData,
    pub(crate) length: isize,
}

/// A pointer from `new()` to a struct: the struct is an object of its own, which owns the memory.
#[repr(C)]
pub(crate) struct CDataStructPtr {
    pub(crate) base: CData,
    pub(crate) target: Owned,
}

/// Everything of the base type but open arrays. The type can be called without a tuple of arguments, which function
/// pointers need; that takes no memory, as the interpreter's blocks have a word to spare.
#[repr(C)]
pub(crate) struct CDataView {
    pub(crate) base: CData,
    /// The entry of the function type, or one of those in [`crate::state::hooks::Hooks`].
    pub(crate) vectorcall: ffi::vectorcallfunc,
}

/// Who owns what a cdata refers to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Owner {
    /// Nobody, or the object itself for a primitive value, or the keeper of a view.
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

/// Where owned memory begins, from the start of the object: behind the longest layout that has some.
pub(crate) const PAYLOAD: usize = size_of::<CDataLen>().next_multiple_of(16);

/// Where a primitive that is too large to be in place begins, and the copy of a struct that C passed by value.
pub(crate) const BEHIND: usize = size_of::<CDataView>().next_multiple_of(16);

impl Deref for CData {
    type Target = Obj;
    #[inline(always)]
    fn deref(&self) -> &Obj {
        // SAFETY: a CData begins with the object header and is alive.
        unsafe { Obj::from_ptr(self.header.get()) }
    }
}

// SAFETY: repr(C) with the header first; every type of the family, and no other, has this `tp_hash`: the base
// type sets it and the others inherit it or set it too.
unsafe impl PyLayout for CData {
    #[inline(always)]
    fn check(obj: &Obj) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { (*obj.tp()).tp_hash.is_some_and(|f| std::ptr::fn_addr_eq(f, hash_slot())) }
    }
}

/// `tp_hash` of the family, by which its members are recognised.
pub(crate) fn hash_slot() -> ffi::hashfunc {
    slot!(unary CData, ffi::Py_hash_t, hash)
}

fn hash(py: Py<'_>, cd: &CData) -> R<isize> {
    (cd.state().hooks.hash)(py, cd)
}

impl Named for CData {
    const TP_NAME: &'static str = "_cffi_backend._CDataBase";
}

impl CData {
    /// The C type.
    #[inline(always)]
    pub(crate) fn ct(&self) -> &CType {
        &self.ct
    }

    /// The state of the interpreter that it belongs to.
    #[inline(always)]
    pub(crate) fn state(&self) -> &State {
        self.ct.state()
    }

    /// The address: of the value for primitives, structs and arrays; for pointers, arrays and functions the
    /// value *is* the address.
    #[inline(always)]
    pub(crate) fn data(&self) -> *mut u8 {
        if self.ct.access.is_in_place() {
            return self.slot.get().cast();
        }
        // SAFETY: other types have an address there.
        unsafe { (*self.slot.get()).address }
    }

    /// Writes the address; nothing for a value in place.
    ///
    /// # Safety
    /// `p` is a fresh object whose layout begins with this one; nobody else has seen it.
    #[inline(always)]
    pub(crate) unsafe fn set_address(p: *mut CData, address: *mut u8) {
        // SAFETY: the caller gives a fresh object of such a layout, which nobody else has seen.
        unsafe { (&raw mut (*p).slot).write(UnsafeCell::new(Slot { address })) };
    }

    /// Whose memory it is.
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

    /// Made by `new()` or an allocator (or a struct returned by value).
    #[inline(always)]
    pub(crate) fn is_own(&self) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe {
            (*self.tp()).tp_dealloc.is_some_and(|f| std::ptr::fn_addr_eq(f, super::dealloc::own_slot()))
        }
    }

    /// Whether the garbage collector knows it: it may be in a cycle.
    #[inline(always)]
    pub(crate) fn is_tracked(&self) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { ffi::PyType_HasFeature(self.tp(), ffi::Py_TPFLAGS_HAVE_GC) != 0 }
    }

    /// The length of an array in items: of its type, or of this cdata if the type is open.
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

    /// The struct object that a pointer from `new()` refers to.
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

    /// Allocated bytes of a struct of variable size, for the struct from `new()` or the pointer to it.
    pub(crate) fn var_size(&self) -> Option<isize> {
        let owner = self.target().unwrap_or(self);
        if !owner.ct.has_var_array() || !matches!(owner.owner(), Owner::Own | Owner::Gcp) {
            return None;
        }
        // SAFETY: a struct with a variable array, owned by itself or by an allocator, has the layout CDataLen.
        let size = unsafe { (*std::ptr::from_ref(owner).cast::<CDataLen>()).length };
        (size >= 0).then_some(size)
    }

    /// A new counted reference.
    #[inline(always)]
    pub(crate) fn new_ref(&self) -> Owned<CData> {
        Owned::of(self)
    }
}
