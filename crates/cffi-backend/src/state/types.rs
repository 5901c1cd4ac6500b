//! The list of all Python types of the module.

use pyo3_ffi as ffi;

use cffi_rt::{Owned, Py, R};

/// Declares the list: a member for each type, and the table of those that are visible in the module.
macro_rules! types {
    ($($(#[$doc:meta])* $member:ident = $name:expr;)*) => {
        /// One strong reference for each type; set before the state is shared, never changed.
        pub(crate) struct Types {
            $($(#[$doc])* pub(crate) $member: *mut ffi::PyTypeObject,)*
            /// The references to all of them.
            made: Vec<Owned>,
        }

        impl Types {
            /// Makes an empty list.
            pub(crate) const fn empty() -> Types {
                Types { $($member: std::ptr::null_mut(),)* made: Vec::new() }
            }

            /// Returns all types, null for those that are not made.
            pub(crate) fn all(&self) -> Vec<*mut ffi::PyTypeObject> {
                vec![$(self.$member,)*]
            }

            /// Returns the types that the module contains, with their names.
            pub(crate) fn visible(&self) -> Vec<(&'static std::ffi::CStr, *mut ffi::PyTypeObject)> {
                let all: Vec<(Option<&'static std::ffi::CStr>, _)> = vec![$(($name, self.$member),)*];
                all.into_iter().filter_map(|(n, t)| n.map(|n| (n, t))).collect()
            }
        }
    };
}

types! {
    /// C types.
    ctype = Some(c"CType");
    /// Fields of structs and unions.
    cfield = Some(c"CField");
    /// Libraries opened by `load_library`.
    clibrary = Some(c"CLibrary");
    /// Data that the cdata does not own.
    cdata = Some(c"_CDataBase");
    /// Open arrays of memory that the cdata does not own, with their length in the place of a vectorcall word.
    cdata_array = None;
    /// Structs and arrays in the memory of another cdata.
    kept = None;
    /// Slices of the memory of another cdata.
    kept_array = None;
    /// Views of memory that has a destructor.
    kept_gcp = None;
    /// Views of Python buffers that were made from a cdata.
    kept_buffer = None;
    /// Data that lives in the cdata itself.
    cdata_own = Some(c"__CDataOwn");
    /// Pointers to structs from an allocator.
    cdata_own_tracked = None;
    /// Handles and callbacks.
    cdata_own_gc = Some(c"__CDataOwnGC");
    /// Views of Python buffers.
    cdata_from_buf = Some(c"__CDataFromBuf");
    /// Data with a destructor.
    cdata_gcp = Some(c"__CDataGCP");
    /// Iterators over arrays.
    cdata_iter = Some(c"__CData_iterator");
    /// Arguments behind `...` of a callback.
    va_arguments = None;
    /// `ffi.buffer`.
    buffer = Some(c"buffer");
    /// `FFI` objects of out-of-line modules.
    ffi = Some(c"FFI");
    /// `lib` objects of out-of-line modules.
    lib = Some(c"Lib");
    /// Global variables of a `lib`.
    glob_support = Some(c"__FFIGlobSupport");
}

impl Types {
    /// Keeps the type that a `make_type` function has made, and returns it in the form in which the list has it.
    ///
    /// # Errors
    /// Those of the function, and `MemoryError`.
    pub(crate) fn keep(&mut self, py: Py<'_>, made: R) -> R<*mut ffi::PyTypeObject> {
        let made = made?;
        let tp = made.as_ptr().cast();
        py.push(&mut self.made, made)?;
        Ok(tp)
    }

    /// Returns the type that was kept last.
    pub(crate) fn last(&self) -> Option<Owned> {
        self.made.last().map(|made| made.new_ref())
    }
}
