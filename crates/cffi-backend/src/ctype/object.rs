//! `CType`: its members, and the queries that all types answer.

use std::cell::UnsafeCell;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, Ordering};

use cffi_types::{CName, Prim, Primitive, Target};
use pyo3_ffi as ffi;

use super::{Access, Aggregate, EnumType, FunctionType};
use crate::state::State;
use crate::state::intern::{Key, addr};
use cffi_rt::args::Named;
use cffi_rt::at::{self, Entry};
use cffi_rt::obj::OnceRef;
use cffi_rt::slots::slot;
use cffi_rt::{Obj, Owned, Py, PyLayout, R, text};
/// The kinds of C types.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Void,
    Primitive,
    Enum,
    Pointer,
    Array,
    Struct,
    Union,
    Function,
}

const _: () = assert!(Kind::Function as usize + 1 == crate::state::KINDS);

/// Facts about a type beyond its kind, fixed when it is made.
pub(crate) mod flag {
    /// Pointer to `void`.
    pub(crate) const VOID_PTR: u16 = 1;
    /// Pointer to `void` or plain `char`: takes `bytes` and converts to and from other pointers.
    pub(crate) const VOID_OR_CHAR_PTR: u16 = 2;
    /// Pointer to a struct or union.
    pub(crate) const AGGREGATE_PTR: u16 = 4;
    /// A struct that represents C's `FILE`.
    pub(crate) const FILE: u16 = 8;
    /// A struct or union that an out-of-line module declares without fields.
    pub(crate) const OPAQUE: u16 = 16;
    /// `wchar_t` on platforms where it is signed.
    pub(crate) const SIGNED_WCHAR: u16 = 32;
    /// A vector: an array of fixed length that C passes by value.
    pub(crate) const VECTOR: u16 = 64;
    /// Pointer as whose value the storage of any `bytes` object can be passed: to `void`, `char`, and integers of one byte
    /// but `_Bool`.
    pub(crate) const TAKES_BYTES: u16 = 128;
}

/// The members that differ by kind. Boxed where they are large, so that plain types are small.
pub(crate) enum Detail {
    None,
    Primitive(&'static Primitive),
    BitInt(BitInt),
    /// The type `item[]` of slices.
    Pointer(OnceRef<CType>),
    /// The pointer type that the array decays to.
    Array(Owned<CType>),
    Aggregate(Box<Aggregate>),
    Enum(Box<EnumType>),
    Function(Box<FunctionType>),
}

/// A type `_BitInt(bits)`.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) struct BitInt {
    pub(crate) signed: bool,
    /// The number of bits, the sign included.
    pub(crate) bits: u32,
}

impl BitInt {
    /// Returns the name of the type in C.
    pub(crate) fn name(self) -> String {
        format!("{}_BitInt({})", if self.signed { "" } else { "unsigned " }, self.bits)
    }

    /// Returns the type of a name.
    pub(crate) fn named(name: &str) -> Option<BitInt> {
        let (signed, rest) = match name.strip_prefix("unsigned ") {
            Some(rest) => (false, rest),
            None => (true, name),
        };
        let digits = rest.strip_prefix("_BitInt(")?.strip_suffix(')')?;
        let bits = digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse().ok())??;
        (bits > u32::from(signed) && bits <= Target::MOST_BITS).then_some(BitInt { signed, bits })
    }
}

/// A C type. Weakly referenceable, tracked by the garbage collector.
#[repr(C)]
pub(crate) struct CType {
    pub(super) header: UnsafeCell<ffi::PyObject>,
    /// Managed by the interpreter.
    pub(super) weakrefs: UnsafeCell<*mut ffi::PyObject>,
    /// Counted; see [`crate::state::share`].
    pub(super) state: *const State,
    pub(crate) kind: Kind,
    pub(crate) access: Access,
    pub(crate) flags: u16,
    /// The offset in `name` at which a declarator is inserted, in bytes.
    pub(super) position: u32,
    pub(super) interned: AtomicBool,
    /// Mutable layout facts of structs, see `aggregate`.
    pub(super) layout: AtomicU32,
    pub(super) size: AtomicIsize,
    pub(super) length: AtomicIsize,
    pub(super) item: Option<Owned<CType>>,
    pub(crate) detail: Detail,
    pub(super) name: Box<str>,
}

impl Deref for CType {
    type Target = Obj;
    #[inline(always)]
    fn deref(&self) -> &Obj {
        // SAFETY: a CType begins with the object header and is alive.
        unsafe { Obj::from_ptr(self.header.get()) }
    }
}

// SAFETY: repr(C) with the header first; `tp_repr` of this crate's CType is found in no other type, since the type
// cannot be subclassed.
unsafe impl PyLayout for CType {
    #[inline(always)]
    fn check(obj: &Obj) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { (*obj.tp()).tp_repr.is_some_and(|f| std::ptr::fn_addr_eq(f, repr_slot().function())) }
    }
}

impl Named for CType {
    const TP_NAME: &'static str = "_cffi_backend.CType";
    const SHARED: bool = true;
}

impl CType {
    /// Returns the state of the interpreter that the type belongs to.
    #[inline(always)]
    pub(crate) fn state(&self) -> &State {
        // SAFETY: the object counts a reference to its state.
        unsafe { &*self.state }
    }

    /// Returns the C name.
    #[inline]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Returns the name together with the position of a declarator.
    pub(crate) fn cname(&self) -> CName<&str> {
        CName { text: &self.name, position: self.position as usize }
    }

    /// Returns the size in bytes, or -1 if it is unknown.
    #[inline(always)]
    pub(crate) fn size(&self) -> isize {
        self.size.load(Ordering::Acquire)
    }

    /// Returns the size in bytes, if it is known.
    #[inline(always)]
    pub(crate) fn known_size(&self) -> Option<usize> {
        usize::try_from(self.size()).ok()
    }

    /// Returns the number of items of an array, -1 if open.
    #[inline(always)]
    pub(crate) fn length(&self) -> isize {
        self.length.load(Ordering::Acquire)
    }

    /// Sets size and alignment of a struct that is being completed.
    pub(crate) fn set_size_align(&self, size: isize, align: isize) {
        self.length.store(align, Ordering::Release);
        self.size.store(size, Ordering::Release);
    }

    /// Returns the type that a pointer points to, or that of an array's items.
    #[inline(always)]
    pub(crate) fn item(&self) -> Option<&CType> {
        self.item.as_deref()
    }

    /// Returns whether at least one bit of `flags` (see [`flag`]) is set.
    #[inline(always)]
    pub(crate) fn has(&self, flags: u16) -> bool {
        self.flags & flags != 0
    }

    /// Returns whether it is a struct or union.
    #[inline(always)]
    pub(crate) fn is_aggregate(&self) -> bool {
        self.access == Access::Aggregate
    }

    /// Returns whether it is a data pointer.
    #[inline(always)]
    pub(crate) fn is_pointer(&self) -> bool {
        self.kind == Kind::Pointer
    }

    /// Returns whether it is an array, fixed or open.
    #[inline(always)]
    pub(crate) fn is_array(&self) -> bool {
        self.kind == Kind::Array
    }

    /// Returns whether it is a vector: an array of fixed length that C passes by value, and that has an alignment of its
    /// own.
    #[inline]
    pub(crate) fn is_vector(&self) -> bool {
        self.has(flag::VECTOR)
    }

    /// Returns whether it is an array that C passes as a pointer to its first item.
    #[inline]
    pub(crate) fn decays(&self) -> bool {
        self.is_array() && !self.is_vector()
    }

    /// Returns the alignment of a vector in bytes.
    pub(crate) fn vector_align(&self) -> usize {
        let most = usize::try_from(Target::HOST.max_vector_align).unwrap_or(usize::MAX);
        self.known_size().unwrap_or(1).clamp(1, most)
    }

    /// Returns whether it is a function pointer (this model has no bare functions).
    #[inline(always)]
    pub(crate) fn is_function(&self) -> bool {
        self.kind == Kind::Function
    }

    /// Returns whether it is a pointer or array.
    #[inline(always)]
    pub(crate) fn is_pointer_or_array(&self) -> bool {
        matches!(self.kind, Kind::Pointer | Kind::Array)
    }

    /// Returns the members of a struct or union.
    #[inline(always)]
    pub(crate) fn aggregate(&self) -> Option<&Aggregate> {
        match &self.detail {
            Detail::Aggregate(a) => Some(a),
            _ => None,
        }
    }

    /// Returns the signature of a function type.
    #[inline(always)]
    pub(crate) fn function(&self) -> Option<&FunctionType> {
        match &self.detail {
            Detail::Function(f) => Some(f),
            _ => None,
        }
    }

    /// Returns whether it is `float`, which C passes as `double` after `...`, and not `_Float32`, which it does not.
    pub(crate) fn is_promoted_float(&self) -> bool {
        matches!(&self.detail, Detail::Primitive(p) if usize::from(p.number) == Prim::Float as usize)
    }

    /// Returns the signedness and the width of a `_BitInt`.
    pub(crate) fn bit_int(&self) -> Option<BitInt> {
        match &self.detail {
            Detail::BitInt(of) => Some(*of),
            _ => None,
        }
    }

    /// Returns the enumerators of an enum.
    #[inline(always)]
    pub(crate) fn enumeration(&self) -> Option<&EnumType> {
        match &self.detail {
            Detail::Enum(e) => Some(e),
            _ => None,
        }
    }

    /// Returns the pointer type that an array decays to; for a pointer, itself.
    #[inline(always)]
    pub(crate) fn decayed(&self) -> Option<&CType> {
        match &self.detail {
            Detail::Array(pointer) => Some(pointer),
            Detail::Pointer(_) => Some(self),
            _ => None,
        }
    }

    /// Marks the type as being in the table of interned types.
    pub(crate) fn set_interned(&self) {
        self.interned.store(true, Ordering::Relaxed);
    }

    /// Returns a new counted reference.
    #[inline(always)]
    pub(crate) fn new_ref(&self) -> Owned<CType> {
        Owned::of(self)
    }

    /// Returns whether both are one type (types are compared by identity).
    #[inline(always)]
    pub(crate) fn same(&self, other: &CType) -> bool {
        std::ptr::eq(self, other)
    }
}

impl CType {
    /// Returns the key of an interned type in the table; `None` for the kinds that are never interned.
    pub(super) fn key(&self) -> Option<Key> {
        match &self.detail {
            Detail::None if self.kind == Kind::Void => Some(Key::Void),
            Detail::Primitive(p) => Some(Key::Primitive(p.number)),
            Detail::BitInt(of) => Some(Key::BitInt(of.signed, of.bits)),
            Detail::Pointer(_) => Some(Key::Pointer(self.item().map_or(0, |i| addr(i)))),
            Detail::Array(pointer) if self.is_vector() => Some(Key::Vector(addr(pointer), self.length())),
            Detail::Array(pointer) => Some(Key::Array(addr(pointer), self.length())),
            Detail::Function(f) => f.key().ok(),
            _ => None,
        }
    }
}

impl Detail {
    /// Calls `f` for every object that is referenced.
    pub(super) fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        match self {
            Detail::None | Detail::Primitive(_) | Detail::BitInt(_) => {}
            Detail::Pointer(array) => {
                if let Some(ct) = array.get() {
                    f(ct.as_ptr());
                }
            }
            Detail::Array(pointer) => f(pointer.as_ptr()),
            Detail::Aggregate(a) => a.visit(f),
            Detail::Enum(e) => e.visit(f),
            Detail::Function(t) => t.visit(f),
        }
    }
}

fn repr(py: Py<'_>, ct: &CType) -> R {
    text::new_str(py, &py.format(format_args!("<ctype '{}'>", ct.name()))?)
}

/// Returns `tp_repr`, which also serves to recognize the type.
#[inline(always)]
pub(crate) fn repr_slot() -> Entry<CType, at::Repr> {
    slot!(unary CType, *mut ffi::PyObject, repr)
}
