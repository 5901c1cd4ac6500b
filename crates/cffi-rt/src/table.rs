//! The tables of methods, computed attributes and members that types and modules have.
//!
//! Each entry says of which layout its receiver is, so that no type or function gets the entries of another layout.

use std::ffi::{CStr, c_void};
use std::marker::PhantomData;

use pyo3_ffi as ffi;

/// The definition of a method, or of a function of a module, whose receiver has the layout `T`.
#[repr(transparent)]
pub struct Method<T: ?Sized>(ffi::PyMethodDef, PhantomData<fn(&T)>);

/// A computed attribute of objects of the layout `T`.
#[repr(transparent)]
pub struct Attribute<T: ?Sized>(ffi::PyGetSetDef, PhantomData<fn(&T)>);

/// A member of the layout `T` that the interpreter uses by its offset.
#[repr(transparent)]
pub struct Member<T: ?Sized>(ffi::PyMemberDef, PhantomData<fn(&T)>);

// SAFETY: nothing changes a definition after it is made, and its pointers are to texts and functions that never change.
unsafe impl<T: ?Sized> Sync for Method<T> {}
// SAFETY: nothing changes a definition after it is made, and its pointers are to texts and functions that never change.
unsafe impl<T: ?Sized> Sync for Attribute<T> {}
// SAFETY: nothing changes a definition after it is made, and its pointers are to texts that never change.
unsafe impl<T: ?Sized> Sync for Member<T> {}

impl<T: ?Sized> Method<T> {
    /// The entry that ends a table.
    pub const END: Method<T> = Method(ffi::PyMethodDef::zeroed(), PhantomData);

    /// Takes a definition that [`method!`](crate::slots::method) has written.
    ///
    /// # Safety
    /// Name and docstring are static. The function takes its arguments as the flags say, and can be called with every
    /// receiver of the layout.
    pub const unsafe fn new(definition: ffi::PyMethodDef) -> Method<T> {
        Method(definition, PhantomData)
    }

    /// Returns the name; `None` for the end of a table.
    pub fn name(&self) -> Option<&'static CStr> {
        // SAFETY: whoever made the definition gave it a static name; only the end of a table has none.
        (!self.0.ml_name.is_null()).then(|| unsafe { CStr::from_ptr(self.0.ml_name) })
    }

    /// Returns a copy that has the docstring of another definition.
    pub fn with_doc_of(&self, other: &Method<T>) -> Method<T> {
        Method(ffi::PyMethodDef { ml_doc: other.0.ml_doc, ..self.0 }, PhantomData)
    }

    /// Returns a pointer for the interpreter, which only reads the definition.
    pub fn as_ptr(&'static self) -> *mut ffi::PyMethodDef {
        std::ptr::from_ref(&self.0).cast_mut()
    }
}

impl<T: ?Sized> Attribute<T> {
    /// The entry that ends a table.
    pub const END: Attribute<T> = Attribute(
        ffi::PyGetSetDef {
            name: std::ptr::null(),
            get: None,
            set: None,
            doc: std::ptr::null(),
            closure: std::ptr::null_mut(),
        },
        PhantomData,
    );

    /// Takes the functions that [`attribute!`](crate::slots::attribute) has made.
    ///
    /// # Safety
    /// The functions can be called with every object of the layout.
    pub const unsafe fn new(
        name: &'static CStr,
        get: ffi::getter,
        set: Option<ffi::setter>,
        doc: &'static CStr,
    ) -> Attribute<T> {
        let (name, doc) = (name.as_ptr(), doc.as_ptr());
        Attribute(
            ffi::PyGetSetDef { name, get: Some(get), set, doc, closure: std::ptr::null_mut() },
            PhantomData,
        )
    }

    /// Returns a pointer for the interpreter, which only reads the definition.
    pub fn as_ptr(&'static self) -> *mut ffi::PyGetSetDef {
        std::ptr::from_ref(&self.0).cast_mut()
    }
}

impl<T: ?Sized> Member<T> {
    /// The entry that ends a table.
    pub const END: Member<T> = Member(
        ffi::PyMemberDef { name: std::ptr::null(), type_code: 0, offset: 0, flags: 0, doc: std::ptr::null() },
        PhantomData,
    );

    const unsafe fn new(
        name: &'static CStr,
        type_code: i32,
        offset: usize,
        doc: Option<&'static CStr>,
    ) -> Member<T> {
        let doc = match doc {
            Some(doc) => doc.as_ptr(),
            None => std::ptr::null(),
        };
        let (name, offset) = (name.as_ptr(), offset.cast_signed());
        Member(ffi::PyMemberDef { name, type_code, offset, flags: ffi::Py_READONLY, doc }, PhantomData)
    }

    /// Says where the objects keep the list of their weak references.
    ///
    /// # Safety
    /// At the offset is a pointer that is null in a new object, and that only the interpreter uses.
    pub const unsafe fn weak_references(offset: usize) -> Member<T> {
        // SAFETY: the caller promises a pointer at the offset, which is what the interpreter reads for this name.
        unsafe { Member::new(c"__weaklistoffset__", ffi::Py_T_PYSSIZET, offset, None) }
    }

    /// Says where the objects keep their vectorcall entry.
    ///
    /// # Safety
    /// At the offset is the entry by which the object can be called, or null.
    pub const unsafe fn vectorcall(offset: usize) -> Member<T> {
        // SAFETY: the caller promises an entry at the offset, which is what the interpreter reads for this name.
        unsafe { Member::new(c"__vectorcalloffset__", ffi::Py_T_PYSSIZET, offset, None) }
    }

    /// Makes an attribute of a reference that the objects keep. Programs cannot set it.
    ///
    /// # Safety
    /// At the offset is a reference to an object, which does not change, or null.
    pub const unsafe fn object(name: &'static CStr, offset: usize, doc: &'static CStr) -> Member<T> {
        // SAFETY: the caller promises a reference or null at the offset, which is what the type code demands.
        unsafe { Member::new(name, ffi::Py_T_OBJECT_EX, offset, Some(doc)) }
    }
}

/// Definitions that the interpreter reads up to an end.
#[repr(transparent)]
pub struct Table<E, const N: usize>([E; N]);

impl<E, const N: usize> Table<E, N> {
    /// Returns the definitions, the one that ends the table among them.
    pub const fn entries(&'static self) -> &'static [E; N] {
        &self.0
    }

    /// Returns the address for a slot of a type or module.
    pub const fn as_slot(&'static self) -> *mut c_void {
        (&raw const self.0).cast_mut().cast()
    }
}

macro_rules! table_of {
    ($Entry:ident, $new:ident, $name:ident) => {
        impl<T: ?Sized, const N: usize> Table<$Entry<T>, N> {
            /// Makes a table in a static. The last entry is the end, or the program does not compile.
            pub const fn $new(entries: [$Entry<T>; N]) -> Table<$Entry<T>, N> {
                assert!(N > 0 && entries[N - 1].0.$name.is_null(), "the last entry of a table is its end");
                Table(entries)
            }
        }
    };
}

table_of!(Method, methods, ml_name);
table_of!(Attribute, attributes, name);
table_of!(Member, members, name);
