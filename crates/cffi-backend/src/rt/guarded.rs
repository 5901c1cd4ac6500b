//! What the attached threads of one interpreter share and exchange: behind the GIL where there is one, behind a lock
//! where not.

use super::token::Py;

/// A counted value. With a GIL the count is as cheap as that of a Python object.
#[cfg(not(Py_GIL_DISABLED))]
pub(crate) type Counted<T> = std::rc::Rc<T>;
#[cfg(Py_GIL_DISABLED)]
pub(crate) type Counted<T> = std::sync::Arc<T>;

/// A place for a counted value, used by the threads of one interpreter only.
pub(crate) struct Guarded<T> {
    #[cfg(not(Py_GIL_DISABLED))]
    value: std::cell::Cell<Option<Counted<T>>>,
    #[cfg(Py_GIL_DISABLED)]
    value: std::sync::RwLock<Option<Counted<T>>>,
}

// SAFETY: `get` and `replace` need an attached thread of the interpreter, of which there is one at a time; neither
// runs other code.
#[cfg(not(Py_GIL_DISABLED))]
unsafe impl<T: Send + Sync> Sync for Guarded<T> {}
// SAFETY: as above.
#[cfg(not(Py_GIL_DISABLED))]
unsafe impl<T: Send + Sync> Send for Guarded<T> {}

impl<T> Guarded<T> {
    /// Empty.
    pub(crate) const fn new() -> Guarded<T> {
        #[cfg(not(Py_GIL_DISABLED))]
        return Guarded { value: std::cell::Cell::new(None) };
        #[cfg(Py_GIL_DISABLED)]
        return Guarded { value: std::sync::RwLock::new(None) };
    }

    /// What is in it.
    ///
    /// # Safety
    /// The thread is attached to the interpreter whose threads use it.
    #[inline(always)]
    pub(crate) unsafe fn get(&self, _py: Py<'_>) -> Option<Counted<T>> {
        #[cfg(not(Py_GIL_DISABLED))]
        {
            let value = self.value.take();
            let copy = value.clone();
            self.value.set(value);
            copy
        }
        #[cfg(Py_GIL_DISABLED)]
        self.value.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone()
    }

    /// Puts something else in, and gives back what was there.
    ///
    /// # Safety
    /// As for [`Guarded::get`].
    pub(crate) unsafe fn replace(&self, _py: Py<'_>, value: Option<Counted<T>>) -> Option<Counted<T>> {
        #[cfg(not(Py_GIL_DISABLED))]
        return self.value.replace(value);
        #[cfg(Py_GIL_DISABLED)]
        return std::mem::replace(
            &mut *self.value.write().unwrap_or_else(std::sync::PoisonError::into_inner),
            value,
        );
    }
}

/// A value that the threads of one interpreter change in turn.
pub(crate) struct InTurn<T> {
    #[cfg(not(Py_GIL_DISABLED))]
    value: std::cell::UnsafeCell<T>,
    #[cfg(Py_GIL_DISABLED)]
    value: std::sync::Mutex<T>,
}

// SAFETY: `with` needs an attached thread of the interpreter, of which there is one at a time.
#[cfg(not(Py_GIL_DISABLED))]
unsafe impl<T: Send> Sync for InTurn<T> {}

impl<T> InTurn<T> {
    /// With that value.
    pub(crate) const fn new(value: T) -> InTurn<T> {
        #[cfg(not(Py_GIL_DISABLED))]
        return InTurn { value: std::cell::UnsafeCell::new(value) };
        #[cfg(Py_GIL_DISABLED)]
        return InTurn { value: std::sync::Mutex::new(value) };
    }

    /// Works with the value.
    ///
    /// # Safety
    /// The thread is attached to the interpreter whose threads use it, and stays so in `f`, which runs no Python code
    /// and does not come back here.
    #[inline(always)]
    pub(crate) unsafe fn with<R>(&self, _py: Py<'_>, f: impl FnOnce(&mut T) -> R) -> R {
        #[cfg(not(Py_GIL_DISABLED))]
        // SAFETY: no other thread is attached, and this one is not in here already.
        return f(unsafe { &mut *self.value.get() });
        #[cfg(Py_GIL_DISABLED)]
        return f(&mut self.value.lock().unwrap_or_else(std::sync::PoisonError::into_inner));
    }
}
