//! C streams made from file descriptors, for passing file objects where C wants a `FILE *`.

use std::ffi::{CString, c_char, c_int};
use std::io;
use std::ptr::NonNull;

/// A C stream on a duplicated descriptor, without a buffer: what C writes is in the file when it returns.
///
/// Closed when dropped, together with its own descriptor; the original one stays open.
#[derive(Debug)]
pub struct Stream(NonNull<libc::FILE>);

// SAFETY: C streams carry their own lock.
unsafe impl Send for Stream {}

/// The number of bytes of a mode that are read.
const LONGEST_MODE: usize = 200;

impl Stream {
    /// Returns a stream on a duplicate of `descriptor`, opened in `mode` (as for `fopen`).
    ///
    /// # Errors
    /// The system's error; `InvalidInput` for a mode with a NUL in it.
    pub fn duplicate(descriptor: c_int, mode: &[u8]) -> io::Result<Stream> {
        if mode.contains(&0) {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        // No valid mode is longer, so the system refuses a truncated mode too.
        let mode = &mode[..mode.len().min(LONGEST_MODE)];
        let mode = CString::new(mode).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        // SAFETY: no precondition; -1 for a bad descriptor.
        let copy = unsafe { dup(descriptor) };
        if copy < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a terminated string; the copy is ours.
        let file = unsafe { fdopen(copy, mode.as_ptr()) };
        let Some(file) = NonNull::new(file) else {
            let error = io::Error::last_os_error();
            // SAFETY: the copy is still ours: fdopen failed.
            unsafe { close(copy) };
            return Err(error);
        };
        // SAFETY: a fresh stream; null means unbuffered.
        unsafe { libc::setbuf(file.as_ptr(), std::ptr::null_mut::<c_char>()) };
        Ok(Stream(file))
    }

    /// Returns the `FILE *`, valid while the stream lives.
    pub fn as_ptr(&self) -> *mut libc::FILE {
        self.0.as_ptr()
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // SAFETY: opened in `duplicate`, closed only here. Unbuffered: there is nothing to lose on failure.
        unsafe { libc::fclose(self.0.as_ptr()) };
    }
}

#[cfg(unix)]
use libc::{close, dup, fdopen};

#[cfg(windows)]
unsafe extern "C" {
    #[link_name = "_dup"]
    fn dup(descriptor: c_int) -> c_int;
    #[link_name = "_close"]
    fn close(descriptor: c_int) -> c_int;
    #[link_name = "_fdopen"]
    fn fdopen(descriptor: c_int, mode: *const c_char) -> *mut libc::FILE;
}

#[cfg(all(test, unix))]
mod tests {
    use std::io::{Read, pipe};
    use std::os::fd::AsRawFd;

    use super::*;

    #[test]
    fn writes_arrive_at_once_and_the_original_stays_open() {
        let (mut reader, writer) = pipe().expect("pipe");
        let stream = Stream::duplicate(writer.as_raw_fd(), b"w").expect("stream");
        let mut got = [0_u8; 5];
        // SAFETY: an open stream and a terminated string.
        unsafe { libc::fputs(c"hello".as_ptr(), stream.as_ptr()) };
        reader.read_exact(&mut got).expect("read");
        assert_eq!(&got, b"hello");
        drop(stream);
        assert!(writer.try_clone().is_ok());
    }

    #[test]
    fn bad_descriptors_and_modes_are_errors() {
        assert_eq!(
            Stream::duplicate(-1, b"r").map(|_| ()).map_err(|e| e.raw_os_error()),
            Err(Some(libc::EBADF))
        );
        assert_eq!(
            Stream::duplicate(0, b"r\0").map(|_| ()).map_err(|e| e.kind()),
            Err(io::ErrorKind::InvalidInput)
        );
    }
}
