//! The Python objects that belong to the declarations of an FFI object.

use std::ffi::c_void;

use cffi_memory::NoMemory;
use cffi_types::TypeId;
use rustc_hash::FxHashMap;

use crate::ctype::CType;
use cffi_rt::{Obj, Owned};

/// A ctype that has been made.
pub(crate) struct Kept {
    pub(crate) ct: Owned<CType>,
    /// Whether the type is a function: `ct` is the type of pointers to it.
    pub(crate) function: bool,
}

impl Clone for Kept {
    fn clone(&self) -> Kept {
        Kept { ct: self.ct.clone(), function: self.function }
    }
}

/// The type of an included FFI object that a type stands for.
#[derive(Clone, Copy)]
struct Link {
    /// The place of the FFI object in the list of the included ones.
    include: usize,
    other: TypeId,
}

/// The objects. Each of them is a counted reference.
#[derive(Default)]
pub(super) struct Held {
    /// The ctype of each type of the arena that has been needed, by canonical type.
    pub(super) made: FxHashMap<TypeId, Kept>,
    /// The structs and unions whose ctypes were made before they were defined.
    pub(super) waiting: Vec<TypeId>,
    links: FxHashMap<TypeId, Link>,
    /// The included FFI objects.
    pub(super) includes: Vec<Owned>,
    /// The libraries that have been opened. Like those of `cffi.FFI`, they live at least as long as the FFI object.
    pub(super) libs: Vec<Owned>,
}

impl Held {
    /// Notes an included FFI object, and the types that come from it.
    pub(super) fn include(
        &mut self,
        other: Owned,
        links: &[cffi_cdef::cdef::Link],
    ) -> Result<(), (NoMemory, Owned)> {
        let room = self.includes.try_reserve(1).and_then(|()| self.links.try_reserve(links.len()));
        if room.is_err() {
            return Err((NoMemory, other));
        }
        let include = self.includes.len();
        self.includes.push(other);
        self.links.extend(links.iter().map(|link| (link.own, Link { include, other: link.other })));
        Ok(())
    }

    /// Returns the included FFI object that a type comes from, and the number of the type there.
    pub(super) fn origin(&self, ty: TypeId) -> Option<(Owned, TypeId)> {
        let link = self.links.get(&ty)?;
        Some((self.includes.get(link.include)?.clone(), link.other))
    }

    /// Calls `f` for every object.
    pub(super) fn visit(&self, f: &mut dyn FnMut(*mut c_void)) {
        for kept in self.made.values() {
            f(kept.ct.as_ptr().cast());
        }
        for object in self.includes.iter().chain(&self.libs) {
            f(Obj::as_ptr(object).cast());
        }
    }
}
