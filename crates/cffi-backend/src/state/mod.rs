//! The state: the objects that one interpreter's copy of the module owns.
//!
//! There is no mutable static: every ctype holds a counted reference to the state of the interpreter that made it, and
//! through its ctype every cdata reaches it. So the state outlives the module object for as long as an object made with
//! it is alive.

pub(crate) mod front;
pub(crate) mod handles;
pub(crate) mod hooks;
pub(crate) mod intern;
pub(crate) mod symbols;
pub(crate) mod types;
pub(crate) mod version;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use pyo3_ffi as ffi;

use cffi_rt::life::Life;
use cffi_rt::note::Notes;
use cffi_rt::obj::{OnceRef, SharedRef};
use cffi_rt::spare::Spare;
use cffi_rt::{Obj, Owned, Py, R, raise};

/// The number of kinds of types.
pub(crate) const KINDS: usize = 8;

/// The number of primitive types, and of places in [`State::primitives`] (`void` has place 0).
pub(crate) const PRIMITIVE_PLACES: usize = cffi_types::primitive::ALL_COUNT + 1;

/// The release of the front end, which decides a few behaviours that changed between releases.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Release(pub(crate) u32, pub(crate) u32);

impl Release {
    /// Returns whether complex types are called `_cffi_float_complex_t` and `_cffi_double_complex_t`, as before `float
    /// _Complex` and `double _Complex`.
    pub(crate) fn renames_complex(self) -> bool {
        self >= Release(1, 17)
    }

    /// Returns whether `char *` and other pointer types convert to each other with a cast only; before that, with a
    /// warning.
    pub(crate) fn refuses_char_pointers(self) -> bool {
        self >= Release(2, 0)
    }
}

/// The state. The comment of each member tells which code may change it and under which lock.
pub(crate) struct State {
    /// The Python types. Set before the state is shared, never changed.
    pub(crate) types: types::Types,
    /// The release of the front end, found on first use: that may take an import. Set once, lock-free for readers.
    pub(crate) release: OnceLock<Release>,
    /// The exception class `ffi.error`. Set before the state is shared, never changed.
    pub(crate) ffi_error: Owned,
    /// `io._IOBase`, which file arguments are instances of. Set before the state is shared.
    pub(crate) iobase: Owned,
    /// The opaque struct that represents C's `FILE`, once made. Lock-free.
    pub(crate) file_struct: SharedRef,
    /// Functions of higher layers. Set before the state is shared, never changed.
    pub(crate) hooks: hooks::Hooks,
    /// The type `void *`, made on first use. Lock-free.
    pub(crate) void_pointer: SharedRef,
    /// The type `char[]`, made on first use. Lock-free.
    pub(crate) char_array: SharedRef,
    /// All live interned ctypes. Locked inside, with a lock for each shard; no Python code runs under it.
    pub(crate) interned: intern::Table,
    /// The addresses of all live handles. Exchanged in turn, under the GIL where there is one; no Python code runs
    /// meanwhile.
    pub(crate) handles: handles::Handles,
    /// The type of iterators that the garbage collector tracks, once made. Lock-free.
    pub(crate) tracked_iter: OnceRef<Obj>,
    /// Names of functions by address, for messages. Locked inside; no Python code runs under it.
    pub(crate) symbols: symbols::Symbols,
    /// The data that notes below errors share. Lock-free.
    pub(crate) notes: Notes,
    /// Memory for objects that show fields. Taken in turn, under the GIL; not used without.
    pub(crate) spare_fields: Spare,
    /// Memory for cdata of [`crate::value::object::SMALL`] bytes. Taken in turn, under the GIL; not used without.
    pub(crate) spare_small: Spare,
    /// Memory for cdata that own at most [`crate::value::object::OWNED`] bytes. Taken in turn, under the GIL; not used
    /// without.
    pub(crate) spare_owned: Spare,
    /// The life of the interpreter. Set before the state is shared.
    pub(crate) life: Arc<Life>,
    /// Whether other interpreters use objects of this state, which therefore is never freed. Lock-free.
    pub(crate) pinned: AtomicBool,
    /// Whether the interpreter's exit will be noticed, as callbacks need it. Lock-free; at worst the exit function is
    /// registered twice.
    pub(crate) exit_noted: AtomicBool,
    /// The primitive ctypes that have been used, kept alive until the module is cleared. Lock-free.
    pub(crate) primitives: [SharedRef; PRIMITIVE_PLACES],
    /// The seams of the `cffi` package. Every member is set once or atomic.
    pub(crate) front: front::Front,
    /// The texts of `ctype.kind` that have been used. Lock-free.
    pub(crate) kinds: [OnceRef<Obj>; KINDS],
}

// SAFETY: every member is immutable or has its own lock or atomics, as written beside it; the Python references
// are only used by attached threads of the interpreter that owns the state.
unsafe impl Send for State {}
// SAFETY: every member is immutable, atomic or has a separate lock.
unsafe impl Sync for State {}

impl State {
    /// Returns the release of the front end.
    pub(crate) fn release(&self, py: Py<'_>) -> Release {
        // Found outside of the lock: that can import a module, and so run other threads that need it too.
        self.release.get().copied().unwrap_or_else(|| {
            let found = version::of_front_end(py);
            *self.release.get_or_init(|| found)
        })
    }

    /// Returns one of the Python types, which `pick` chooses from the list.
    ///
    /// # Errors
    /// `SystemError` if it has not been made.
    pub(crate) fn class(&self, py: Py<'_>, pick: fn(&types::Types) -> *mut ffi::PyTypeObject) -> R<&Obj> {
        // SAFETY: null, or a type that the state keeps alive.
        let class = unsafe { Obj::from_ptr_opt(pick(&self.types).cast()) };
        class.ok_or_else(|| raise!(py, System, "a type of this module is missing"))
    }

    /// Raises `ffi.error` with a text.
    #[cold]
    pub(crate) fn ffi_error(&self, py: Py<'_>, message: std::fmt::Arguments<'_>) -> cffi_rt::Raised {
        py.err_class(&self.ffi_error, message)
    }

    /// Visits the objects that the state owns, for the module's `m_traverse`.
    ///
    /// # Safety
    /// Called by the garbage collector.
    pub(crate) unsafe fn traverse(
        &self,
        visit: ffi::visitproc,
        arg: *mut std::ffi::c_void,
    ) -> std::ffi::c_int {
        let owned = self.types.all().into_iter().map(<*mut ffi::PyTypeObject>::cast::<ffi::PyObject>);
        let others = [self.ffi_error.as_ptr(), self.iobase.as_ptr()];
        let mut status = 0;
        let mut once = |p: *mut ffi::PyObject| {
            if status == 0 && !p.is_null() {
                // SAFETY: a live object that the state owns a reference to.
                status = unsafe { visit(p, arg) };
            }
        };
        owned.chain(others).chain(self.tracked_iter.get().map(Obj::as_ptr)).for_each(&mut once);
        for place in self.cleared() {
            // SAFETY: the garbage collector calls this function.
            unsafe { place.visit(&mut once) };
        }
        status
    }

    /// Returns the places that [`State::clear`] empties.
    fn cleared(&self) -> impl Iterator<Item = &SharedRef> {
        let single = [&self.file_struct, &self.void_pointer, &self.char_array];
        self.primitives.iter().chain(single).chain(self.front.objects())
    }

    /// Keeps the state for good: other interpreters will use its objects after its own interpreter has ended.
    pub(crate) fn pin(&self) {
        if !self.pinned.swap(true, Ordering::AcqRel) {
            share(self);
        }
    }

    /// Returns whether [`State::pin`] was called.
    pub(crate) fn is_pinned(&self) -> bool {
        self.pinned.load(Ordering::Acquire)
    }

    /// Breaks the cycles that go through the state, for the module's `m_clear`. The Python types are kept until the
    /// state itself is freed: ctypes that are still alive need them.
    pub(crate) fn clear(&self, py: Py<'_>) {
        if self.is_pinned() {
            return;
        }
        self.notes.clear(py);
        for place in self.cleared() {
            drop(place.exchange(py, None));
        }
    }
}

/// The module state that CPython allocates with the module object: a counted pointer to the [`State`].
#[repr(C)]
pub(crate) struct ModuleCell {
    /// From `Arc::into_raw`, or null before the module has been executed and after it has been freed.
    pub(crate) state: *const State,
}

/// The receiver of the module's functions.
#[repr(transparent)]
pub(crate) struct Module(Obj);

impl std::ops::Deref for Module {
    type Target = Obj;
    fn deref(&self) -> &Obj {
        &self.0
    }
}

// SAFETY: transparent over any object; only used as the receiver of functions of this module's own table.
unsafe impl cffi_rt::PyLayout for Module {
    fn check(obj: &Obj) -> bool {
        // SAFETY: `obj` is borrowed, so the object is alive.
        unsafe { ffi::PyModule_Check(obj.as_ptr()) != 0 }
    }
}

impl Module {
    /// Returns the state that belongs to the module object.
    #[inline(always)]
    pub(crate) fn state<'a>(&'a self, py: Py<'_>) -> R<&'a State> {
        // SAFETY: module objects of this crate have a ModuleCell as state; the state lives while the module does.
        unsafe {
            let cell = ffi::PyModule_GetState(self.0.as_ptr()).cast::<ModuleCell>();
            match cell.as_ref().and_then(|c| c.state.as_ref()) {
                Some(state) => Ok(state),
                None => Err(raise!(py, Runtime, "the _cffi_backend module of this interpreter is gone")),
            }
        }
    }
}

/// Returns a counted reference to a state in the form that objects store.
pub(crate) fn share(state: &State) -> *const State {
    let p = std::ptr::from_ref(state);
    // SAFETY: every `&State` points into an Arc: it is only made by `Arc::new` when the module is executed.
    unsafe { Arc::increment_strong_count(p) };
    p
}

/// Drops a reference from [`share`].
///
/// # Safety
/// `p` came from [`share`] and is not used afterwards; the thread is attached.
pub(crate) unsafe fn unshare(p: *const State) {
    // SAFETY: the caller gives a reference from `share`, which is dropped here.
    unsafe { drop(Arc::from_raw(p)) };
}
