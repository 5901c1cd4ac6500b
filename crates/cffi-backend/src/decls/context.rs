//! The part of an FFI object that makes types from a module's declarations. The other files of this folder use it.

use cffi_memory::NoMemory;
use std::ffi::{c_int, c_void};
use std::sync::OnceLock;

use pyo3_ffi as ffi;

use crate::ctype::CType;
use crate::decls::declarations::Declarations;
use crate::decls::decoded::Decoded;
use crate::decls::object::FfiObject;
use crate::state::State;
use cffi_rt::obj::OnceRef;
use cffi_rt::{Owned, Py, R, Raised, raise};

/// Declarations and the types that have been made from them. It is a part of its FFI object.
pub(crate) struct Context {
    /// Counted; see [`crate::state::share`].
    state: *const State,
    /// Set once: by the constructor of FFI, or by the initialization of a compiled module.
    decl: OnceLock<Declarations>,
    /// The FFI objects given to `include`. Set once, with the declarations; emptied by the garbage collector.
    includes: OnceLock<Box<[OnceRef<FfiObject>]>>,
    /// The FFI object that this is a part of.
    object: *mut FfiObject,
}

// SAFETY: the state is Sync, the other members are set once; references are used by attached threads only.
unsafe impl Send for Context {}
// SAFETY: the declarations are immutable or atomic, and references are used by attached threads only.
unsafe impl Sync for Context {}

/// The declarations of an FFI object that has none.
static NOTHING: OnceLock<Declarations> = OnceLock::new();

fn nothing() -> &'static Declarations {
    NOTHING.get_or_init(|| {
        let empty = cffi_parse::tables::TablesBuilder::new().finish().ok();
        match empty.and_then(|tables| Decoded::new(tables).ok()) {
            Some(tables) => Declarations::new(tables),
            // An empty set of tables contains nothing that could be wrong, and takes no memory.
            None => unreachable!("empty tables"),
        }
    })
}

impl Context {
    /// Makes a context without declarations, as a part of `object`.
    ///
    /// # Safety
    /// The context is put into that object, which is alive for as long as the context is.
    pub(crate) unsafe fn new(st: &State, object: *mut FfiObject) -> Context {
        let state = crate::state::share(st);
        Context { state, decl: OnceLock::new(), includes: OnceLock::new(), object }
    }

    /// Sets the declarations and the includes; returns false if they are set already.
    ///
    /// # Errors
    /// There is no memory for the list of includes.
    pub(crate) fn set(&self, decl: Declarations, includes: Vec<Owned<FfiObject>>) -> Result<bool, NoMemory> {
        let place = |include| {
            let place = OnceRef::new();
            place.set_or_get(include);
            place
        };
        let includes = cffi_memory::collect(includes.into_iter().map(place))?.into_boxed_slice();
        Ok(self.decl.set(decl).is_ok() && self.includes.set(includes).is_ok())
    }

    /// Returns whether declarations have been set.
    pub(crate) fn has_declarations(&self) -> bool {
        self.decl.get().is_some()
    }

    /// Returns the state of the interpreter that it belongs to.
    #[inline(always)]
    pub(crate) fn state(&self) -> &State {
        // SAFETY: the object counts a reference to its state.
        unsafe { &*self.state }
    }

    /// Returns the FFI object that this is a part of.
    pub(crate) fn object(&self) -> Owned<FfiObject> {
        // SAFETY: the object is alive while its part is borrowed.
        unsafe { Owned::from_borrowed_raw(self.object) }
    }

    /// Returns the declarations.
    #[inline(always)]
    pub(crate) fn decl(&self) -> &Declarations {
        self.decl.get().unwrap_or_else(|| nothing())
    }

    /// Returns the included FFI objects.
    pub(crate) fn includes(&self) -> impl Iterator<Item = &FfiObject> {
        self.includes.get().map_or(&[][..], |i| i).iter().filter_map(OnceRef::get)
    }

    /// Keeps `ct` in the place of word `i` of the table of types, unless another object is there already.
    pub(crate) fn keep(&self, py: Py<'_>, i: usize, ct: &Owned<CType>) {
        self.decl().set_made(py, i, ct.clone());
    }

    /// Visits the references that it owns.
    ///
    /// # Safety
    /// Called by the garbage collector.
    pub(crate) unsafe fn traverse(&self, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
        let places = self.decl.get().map_or(&[][..], |decl| decl.owned_places());
        let made = places.iter().filter_map(|place| place.get().map(|ct| ct.as_ptr()));
        let includes = self.includes().map(|i| i.as_ptr());
        for p in made.chain(includes) {
            if !p.is_null() {
                // SAFETY: a live object that this context owns a reference to.
                let status = unsafe { visit(p, arg) };
                if status != 0 {
                    return status;
                }
            }
        }
        0
    }

    /// Drops the types that it made, which breaks the cycles through lazy structs, and the included FFI objects.
    ///
    /// # Safety
    /// Called by the garbage collector for a part of an object that only garbage refers to.
    pub(crate) unsafe fn clear(&self) {
        for include in self.includes.get().map_or(&[][..], |i| i) {
            // SAFETY: only garbage refers to the object, so nobody uses a reference that came from this place.
            drop(unsafe { include.empty() });
        }
        for place in self.decl.get().map_or(&[][..], |decl| decl.owned_places()) {
            // SAFETY: only garbage refers to the object, so nobody uses a ctype that came from this place.
            drop(unsafe { place.empty() });
        }
    }
}

/// Makes the error for includes that nest too deeply.
#[cold]
pub(crate) fn include_recursion(py: Py<'_>) -> Raised {
    raise!(py, Runtime, "recursion overflow in ffi.include() delegations")
}

/// A search through includes, which visits each of them once and no deeper than a hundred levels.
pub(crate) struct Includes {
    depth: u32,
    /// The addresses of the contexts that have been visited.
    seen: Vec<*const Context>,
}

impl Includes {
    /// Begins a search.
    pub(crate) fn new() -> Includes {
        Includes { depth: 0, seen: Vec::new() }
    }

    /// Continues in an included context with `f`; returns `None` if that has been visited already.
    ///
    /// # Errors
    /// `RuntimeError` if the includes nest too deeply.
    pub(crate) fn enter<T>(
        &mut self,
        py: Py<'_>,
        cx: &Context,
        f: impl FnOnce(&mut Includes) -> R<Option<T>>,
    ) -> R<Option<T>> {
        if self.depth >= 100 {
            return Err(include_recursion(py));
        }
        if self.seen.contains(&std::ptr::from_ref(cx)) {
            return Ok(None);
        }
        py.push(&mut self.seen, std::ptr::from_ref(cx))?;
        self.depth += 1;
        let found = f(self);
        self.depth -= 1;
        found
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        // SAFETY: the object is deallocated, so nobody uses what its part refers to. The reference to the state was
        // counted in `new`, and is given up once.
        unsafe {
            self.clear();
            (*self.state).notes.forget_types();
            crate::state::unshare(self.state);
        }
    }
}
