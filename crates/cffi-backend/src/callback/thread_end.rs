//! Runs a function when the calling thread ends.
//!
//! `thread_local!` registers its destructors with the C library, which ends the process if it has no memory for that. A
//! POSIX key reports the failure instead.

#[cfg(unix)]
pub(super) use key::{Key, call_at_end};
#[cfg(not(unix))]
pub(super) use local::{Key, call_at_end};

#[cfg(unix)]
mod key {
    use std::ffi::c_void;
    use std::ptr;
    use std::sync::OnceLock;

    /// The key with which threads register for one function.
    pub(in crate::callback) struct Key(OnceLock<Option<libc::pthread_key_t>>);

    impl Key {
        pub(in crate::callback) const fn new() -> Key {
            Key(OnceLock::new())
        }
    }

    /// The function of a key. Every use of a key has to name one function.
    type AtEnd = extern "C" fn(*mut c_void);

    /// Has `function` called when the calling thread ends, after the destructors of its thread-local variables. Returns
    /// false if there is no memory, or no key, for that.
    pub(in crate::callback) fn call_at_end(key: &'static Key, function: AtEnd) -> bool {
        let made = *key.0.get_or_init(|| {
            let mut key = 0;
            // SAFETY: the key is written to a local variable; extension modules are never unloaded, so that the function
            // outlives all threads.
            let failed = unsafe { libc::pthread_key_create(&raw mut key, Some(function)) };
            (failed == 0).then_some(key)
        });
        let any = ptr::from_ref(key).cast::<c_void>();
        // SAFETY: the key was made above and is never deleted; the value only has to differ from null.
        made.is_some_and(|key| unsafe { libc::pthread_setspecific(key, any) } == 0)
    }
}

#[cfg(not(unix))]
mod local {
    use std::cell::Cell;
    use std::ffi::c_void;
    use std::ptr;

    /// Names one function with which threads register. It has no state here: each thread keeps the function itself.
    pub(in crate::callback) struct Key;

    impl Key {
        pub(in crate::callback) const fn new() -> Key {
            Key
        }
    }

    type AtEnd = extern "C" fn(*mut c_void);

    struct Call(Cell<Option<AtEnd>>);

    impl Drop for Call {
        fn drop(&mut self) {
            if let Some(function) = self.0.get() {
                function(ptr::null_mut());
            }
        }
    }

    thread_local! {
        static CALL: Call = const { Call(Cell::new(None)) };
    }

    /// Has `function` called when the calling thread ends. Returns false if the thread is ending already.
    pub(in crate::callback) fn call_at_end(_key: &'static Key, function: AtEnd) -> bool {
        CALL.try_with(|call| call.0.set(Some(function))).is_ok()
    }
}
