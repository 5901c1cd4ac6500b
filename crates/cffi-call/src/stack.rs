//! How much room there is on the stack, for calls whose arguments take much of it.

/// Returns the number of bytes between here and the end of this thread's stack, where the platform tells.
#[cfg(all(target_os = "linux", any(target_env = "gnu", target_env = "musl")))]
pub fn remaining() -> Option<usize> {
    use std::mem::MaybeUninit;

    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let (mut lowest, mut size) = (std::ptr::null_mut(), 0);
    // SAFETY: the attributes are initialised by the first call, read by the second, and given up once.
    unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let status = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut lowest, &raw mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        if status != 0 {
            return None;
        }
    }
    let here = (&raw const size).addr();
    here.checked_sub(lowest.addr())
}

/// Returns the number of bytes between here and the end of this thread's stack, where the platform tells.
#[cfg(not(all(target_os = "linux", any(target_env = "gnu", target_env = "musl"))))]
pub fn remaining() -> Option<usize> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::remaining;

    #[test]
    fn a_thread_has_about_what_it_was_given() {
        let handle = std::thread::Builder::new().stack_size(1 << 20).spawn(remaining);
        let left = handle.ok().and_then(|h| h.join().ok()).flatten();
        assert!(left.is_some_and(|n| n > 1 << 18 && n <= 1 << 21), "{left:?}");
    }
}
