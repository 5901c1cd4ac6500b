//! `CType` objects.
//!
//! What a member means for each kind:
//!
//! | kind | `access` | `size` | `length` | `item` | `detail` |
//! |---|---|---|---|---|---|
//! | void | Void | -1 | 0 | | |
//! | primitive | by codec | bytes | alignment | | descriptor |
//! | enum | by codec of its base | bytes | alignment | | names and values |
//! | pointer | Pointer | of a pointer | -1 | what it points to | the array type `item[]`, made lazily |
//! | array | Array, OpenArray | bytes, -1 open | items, -1 open | type of an item | the pointer type that it decays to |
//! | struct, union | Aggregate | bytes, -1 unknown | alignment | | fields, once known |
//! | function | Pointer | of a pointer | -1 | | arguments, result, call plan |
//!
//! A ctype is immutable once it is published, but for structs: their size, alignment and fields are set once,
//! when they are completed (see `aggregate`).

pub(crate) mod aggregate;
pub(crate) mod api;
pub(crate) mod attrs;
pub(crate) mod by_value;
pub(crate) mod complete;
pub(crate) mod enums;
pub(crate) mod field;
pub(crate) mod function;
pub(crate) mod make;
pub(crate) mod object;
pub(crate) mod variadic;

use std::cell::UnsafeCell;
use std::ops::Deref;
use std::sync::atomic::{AtomicBool, AtomicIsize, AtomicU32, Ordering};

use cffi_types::{CName, Codec, Primitive};
use pyo3_ffi as ffi;

use crate::rt::args::Named;
use crate::rt::obj::OnceRef;
use crate::rt::{Obj, Owned, PyLayout};
use crate::state::State;

pub(crate) use aggregate::{Aggregate, Field};
pub(crate) use enums::EnumType;
pub(crate) use function::FunctionType;

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

/// How a value of the type is read from and written to memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u8)]
pub(crate) enum Access {
    I8,
    I16,
    I32,
    I64,
    U8,
    U16,
    U32,
    U64,
    Bool,
    Char8,
    Char16,
    Char32,
    F32,
    F64,
    LongDouble,
    ComplexF32,
    ComplexF64,
    /// Data and function pointers.
    Pointer,
    Array,
    OpenArray,
    Aggregate,
    Void,
}

impl Access {
    /// How many there are.
    pub(crate) const COUNT: usize = Access::Void as usize + 1;
}

impl From<Codec> for Access {
    fn from(codec: Codec) -> Access {
        match codec {
            Codec::I8 => Access::I8,
            Codec::I16 => Access::I16,
            Codec::I32 => Access::I32,
            Codec::I64 => Access::I64,
            Codec::U8 => Access::U8,
            Codec::U16 => Access::U16,
            Codec::U32 => Access::U32,
            Codec::U64 => Access::U64,
            Codec::Bool => Access::Bool,
            Codec::Char8 => Access::Char8,
            Codec::Char16 => Access::Char16,
            Codec::Char32 => Access::Char32,
            Codec::F32 => Access::F32,
            Codec::F64 => Access::F64,
            Codec::LongDouble => Access::LongDouble,
            Codec::ComplexF32 => Access::ComplexF32,
            Codec::ComplexF64 => Access::ComplexF64,
        }
    }
}

impl Access {
    /// Signed integers (not characters), enums with a signed base included.
    #[inline]
    pub(crate) fn is_signed(self) -> bool {
        matches!(self, Access::I8 | Access::I16 | Access::I32 | Access::I64)
    }

    /// Unsigned integers (not characters), `_Bool` included.
    #[inline]
    pub(crate) fn is_unsigned(self) -> bool {
        matches!(self, Access::U8 | Access::U16 | Access::U32 | Access::U64 | Access::Bool)
    }

    /// Signed or unsigned integers and `_Bool`.
    #[inline]
    pub(crate) fn is_integer(self) -> bool {
        self.is_signed() || self.is_unsigned()
    }

    /// Character kinds.
    #[inline]
    pub(crate) fn is_char(self) -> bool {
        matches!(self, Access::Char8 | Access::Char16 | Access::Char32)
    }

    /// `float`, `double`, `long double`.
    #[inline]
    pub(crate) fn is_float(self) -> bool {
        matches!(self, Access::F32 | Access::F64 | Access::LongDouble)
    }

    /// Primitives whose value, of at most 8 bytes, is a part of the cdata itself.
    #[inline(always)]
    pub(crate) fn is_in_place(self) -> bool {
        (self as u8) <= Access::F64 as u8
    }

    /// Complex kinds.
    #[inline]
    pub(crate) fn is_complex(self) -> bool {
        matches!(self, Access::ComplexF32 | Access::ComplexF64)
    }

    /// Primitives and enums.
    #[inline]
    pub(crate) fn is_primitive(self) -> bool {
        !matches!(
            self,
            Access::Pointer | Access::Array | Access::OpenArray | Access::Aggregate | Access::Void
        )
    }
}

/// What is known of a type beyond its kind; fixed when it is made.
pub(crate) mod flag {
    /// Pointer to `void`.
    pub(crate) const VOID_PTR: u16 = 1;
    /// Pointer to `void` or plain `char`: takes `bytes` and converts to and from other pointers.
    pub(crate) const VOID_OR_CHAR_PTR: u16 = 2;
    /// Pointer to a struct or union.
    pub(crate) const AGGREGATE_PTR: u16 = 4;
    /// A struct that stands for C's `FILE`.
    pub(crate) const FILE: u16 = 8;
    /// A struct or union that an out-of-line module declares without fields.
    pub(crate) const OPAQUE: u16 = 16;
    /// `wchar_t` on platforms where it is signed.
    pub(crate) const SIGNED_WCHAR: u16 = 32;
}

/// What differs by kind. Boxed where it is large, so that plain types stay small.
pub(crate) enum Detail {
    None,
    Primitive(&'static Primitive),
    /// The type `item[]` of slices.
    Pointer(OnceRef<CType>),
    /// The pointer type.
    Array(Owned<CType>),
    Aggregate(Box<Aggregate>),
    Enum(Box<EnumType>),
    Function(Box<FunctionType>),
}

/// A C type. Weakly referenceable, tracked by the garbage collector.
#[repr(C)]
pub(crate) struct CType {
    header: UnsafeCell<ffi::PyObject>,
    /// Managed by the interpreter.
    weakrefs: UnsafeCell<*mut ffi::PyObject>,
    /// Counted; see [`crate::state::share`].
    state: *const State,
    pub(crate) kind: Kind,
    pub(crate) access: Access,
    pub(crate) flags: u16,
    /// Where a declarator goes in `name`, in bytes.
    position: u32,
    interned: AtomicBool,
    /// Mutable layout facts of structs, see `aggregate`.
    layout: AtomicU32,
    size: AtomicIsize,
    length: AtomicIsize,
    item: Option<Owned<CType>>,
    pub(crate) detail: Detail,
    name: Box<str>,
}

impl Deref for CType {
    type Target = Obj;
    #[inline(always)]
    fn deref(&self) -> &Obj {
        // SAFETY: a CType begins with the object header and is alive.
        unsafe { Obj::from_ptr(self.header.get()) }
    }
}

// SAFETY: repr(C) with the header first; `tp_repr` of this crate's CType is found in no other type, since the
// type cannot be subclassed.
unsafe impl PyLayout for CType {
    #[inline(always)]
    fn check(obj: &Obj) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { (*obj.tp()).tp_repr.is_some_and(|f| std::ptr::fn_addr_eq(f, object::repr_slot())) }
    }
}

impl Named for CType {
    const TP_NAME: &'static str = "_cffi_backend.CType";
    const SHARED: bool = true;
}

impl CType {
    /// The state of the interpreter that the type belongs to.
    #[inline(always)]
    pub(crate) fn state(&self) -> &State {
        // SAFETY: counted by this object.
        unsafe { &*self.state }
    }

    /// The C name.
    #[inline]
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The name together with the position of a declarator.
    pub(crate) fn cname(&self) -> CName<&str> {
        CName { text: &self.name, position: self.position as usize }
    }

    /// Bytes, or -1 where unknown.
    #[inline(always)]
    pub(crate) fn size(&self) -> isize {
        self.size.load(Ordering::Acquire)
    }

    /// Bytes, where known.
    #[inline(always)]
    pub(crate) fn known_size(&self) -> Option<usize> {
        usize::try_from(self.size()).ok()
    }

    /// Items of an array, -1 if open.
    #[inline(always)]
    pub(crate) fn length(&self) -> isize {
        self.length.load(Ordering::Acquire)
    }

    /// Sets size and alignment of a struct that is being completed.
    pub(crate) fn set_size_align(&self, size: isize, align: isize) {
        self.length.store(align, Ordering::Release);
        self.size.store(size, Ordering::Release);
    }

    /// What a pointer points to, or an array consists of.
    #[inline(always)]
    pub(crate) fn item(&self) -> Option<&CType> {
        self.item.as_deref()
    }

    /// Whether all bits of `flags` (see [`flag`]) are set.
    #[inline(always)]
    pub(crate) fn has(&self, flags: u16) -> bool {
        self.flags & flags != 0
    }

    /// Struct or union.
    #[inline(always)]
    pub(crate) fn is_aggregate(&self) -> bool {
        self.access == Access::Aggregate
    }

    /// Data pointer.
    #[inline(always)]
    pub(crate) fn is_pointer(&self) -> bool {
        self.kind == Kind::Pointer
    }

    /// Array, fixed or open.
    #[inline(always)]
    pub(crate) fn is_array(&self) -> bool {
        self.kind == Kind::Array
    }

    /// Function pointer (this model has no bare functions).
    #[inline(always)]
    pub(crate) fn is_function(&self) -> bool {
        self.kind == Kind::Function
    }

    /// Pointer or array.
    #[inline(always)]
    pub(crate) fn is_pointer_or_array(&self) -> bool {
        matches!(self.kind, Kind::Pointer | Kind::Array)
    }

    /// The members of a struct or union.
    #[inline(always)]
    pub(crate) fn aggregate(&self) -> Option<&Aggregate> {
        match &self.detail {
            Detail::Aggregate(a) => Some(a),
            _ => None,
        }
    }

    /// The signature of a function type.
    #[inline(always)]
    pub(crate) fn function(&self) -> Option<&FunctionType> {
        match &self.detail {
            Detail::Function(f) => Some(f),
            _ => None,
        }
    }

    /// The enumerators of an enum.
    #[inline(always)]
    pub(crate) fn enumeration(&self) -> Option<&EnumType> {
        match &self.detail {
            Detail::Enum(e) => Some(e),
            _ => None,
        }
    }

    /// The pointer type that an array decays to; for a pointer, itself.
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

    /// A new counted reference.
    #[inline(always)]
    pub(crate) fn new_ref(&self) -> Owned<CType> {
        Owned::of(self)
    }

    /// Whether both are the same type (types are compared by identity).
    #[inline(always)]
    pub(crate) fn same(&self, other: &CType) -> bool {
        std::ptr::eq(self, other)
    }
}
