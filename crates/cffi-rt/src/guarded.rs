//! Values that the attached threads of one interpreter share: protected by the GIL where there is one, by a lock
//! elsewhere.

use super::token::Py;

/// A counted value. With a GIL, counting is as cheap as for a Python object.
#[cfg(not(Py_GIL_DISABLED))]
pub type Counted<T> = std::rc::Rc<T>;
#[cfg(Py_GIL_DISABLED)]
pub use shared::Counted;

/// A place for a counted value, used by the threads of one interpreter only.
pub struct Guarded<T> {
    #[cfg(not(Py_GIL_DISABLED))]
    value: std::cell::Cell<Option<Counted<T>>>,
    #[cfg(Py_GIL_DISABLED)]
    value: shared::Shares<T>,
}

// SAFETY: `get` and `replace` need an attached thread of the interpreter, of which there is one at a time; neither
// runs other code.
#[cfg(not(Py_GIL_DISABLED))]
unsafe impl<T: Send + Sync> Sync for Guarded<T> {}
// SAFETY: with a GIL only the thread that holds it reaches the value.
#[cfg(not(Py_GIL_DISABLED))]
unsafe impl<T: Send + Sync> Send for Guarded<T> {}

impl<T> Guarded<T> {
    /// Makes an empty place.
    pub fn new() -> Guarded<T> {
        #[cfg(not(Py_GIL_DISABLED))]
        return Guarded { value: std::cell::Cell::new(None) };
        #[cfg(Py_GIL_DISABLED)]
        return Guarded { value: shared::Shares::new() };
    }

    /// Returns the value in the place.
    ///
    /// # Safety
    /// The thread is attached to the interpreter whose threads use the place.
    #[inline(always)]
    pub unsafe fn get(&self, _py: Py<'_>) -> Option<Counted<T>> {
        #[cfg(not(Py_GIL_DISABLED))]
        {
            let value = self.value.take();
            let copy = value.clone();
            self.value.set(value);
            copy
        }
        #[cfg(Py_GIL_DISABLED)]
        self.value.get()
    }

    /// Replaces the value, and returns the old one for the caller to drop.
    ///
    /// # Safety
    /// As for [`Guarded::get`].
    pub unsafe fn replace(&self, _py: Py<'_>, value: Option<T>) -> impl Sized + use<T> {
        #[cfg(not(Py_GIL_DISABLED))]
        return self.value.replace(value.map(Counted::new));
        #[cfg(Py_GIL_DISABLED)]
        return self.value.replace(value);
    }
}

/// The implementation without a GIL: several threads share a lock and a count, so that threads which call the same
/// function at once do not write to the same memory.
#[cfg(Py_GIL_DISABLED)]
mod shared {
    use std::cell::Cell;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex, PoisonError, RwLock};

    /// The number of locks and counts; threads take them in turn.
    const SHARES: usize = 8;

    /// A value and its count on separate cache lines.
    #[repr(align(64))]
    struct Share<T>(Arc<T>);

    /// A counted value.
    pub struct Counted<T>(Arc<Share<T>>);

    impl<T> std::ops::Deref for Counted<T> {
        type Target = T;
        #[inline(always)]
        fn deref(&self) -> &T {
            &self.0.0
        }
    }

    #[repr(align(64))]
    struct Place<T>(RwLock<Option<Arc<Share<T>>>>);

    pub(super) struct Shares<T> {
        places: [Place<T>; SHARES],
        /// Held while a value is replaced, so that all places get the same one.
        replacing: Mutex<()>,
    }

    impl<T> Shares<T> {
        pub(super) fn new() -> Shares<T> {
            Shares { places: std::array::from_fn(|_| Place(RwLock::new(None))), replacing: Mutex::new(()) }
        }

        #[inline]
        pub(super) fn get(&self) -> Option<Counted<T>> {
            let place = &self.places[own_share()].0;
            place.read().unwrap_or_else(PoisonError::into_inner).clone().map(Counted)
        }

        pub(super) fn replace(&self, value: Option<T>) -> impl Sized + use<T> {
            let value = value.map(Arc::new);
            let _one_at_a_time = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
            self.places.each_ref().map(|place| {
                let fresh = value.clone().map(|value| Arc::new(Share(value)));
                std::mem::replace(&mut *place.0.write().unwrap_or_else(PoisonError::into_inner), fresh)
            })
        }
    }

    /// Returns the calling thread's number among the shares.
    #[inline]
    fn own_share() -> usize {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        thread_local! {
            static OWN: Cell<usize> = const { Cell::new(usize::MAX) };
        }
        if OWN.get() == usize::MAX {
            OWN.set(NEXT.fetch_add(1, Ordering::Relaxed) % SHARES);
        }
        OWN.get()
    }
}

/// A value that the threads of one interpreter change in turn.
pub struct InTurn<T> {
    #[cfg(not(Py_GIL_DISABLED))]
    value: std::cell::UnsafeCell<T>,
    #[cfg(Py_GIL_DISABLED)]
    value: std::sync::Mutex<T>,
}

// SAFETY: `with` needs an attached thread of the interpreter, of which there is one at a time.
#[cfg(not(Py_GIL_DISABLED))]
unsafe impl<T: Send> Sync for InTurn<T> {}

impl<T> InTurn<T> {
    /// Makes a place with a value.
    pub const fn new(value: T) -> InTurn<T> {
        #[cfg(not(Py_GIL_DISABLED))]
        return InTurn { value: std::cell::UnsafeCell::new(value) };
        #[cfg(Py_GIL_DISABLED)]
        return InTurn { value: std::sync::Mutex::new(value) };
    }

    /// Runs `f` with the value.
    ///
    /// # Safety
    /// The thread is attached to the interpreter whose threads use the place, and stays so in `f`, which runs no Python
    /// code and does not call this function again.
    #[inline(always)]
    pub unsafe fn with<R>(&self, _py: Py<'_>, f: impl FnOnce(&mut T) -> R) -> R {
        #[cfg(not(Py_GIL_DISABLED))]
        // SAFETY: no other thread is attached, and this one is not in this function already.
        return f(unsafe { &mut *self.value.get() });
        #[cfg(Py_GIL_DISABLED)]
        return f(&mut self.value.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}
