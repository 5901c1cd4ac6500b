//! Memory of small objects that are made and freed often. It is kept for the next object, as the interpreter does for
//! its own types.

use std::ptr::NonNull;

use pyo3_ffi as ffi;

use super::guarded::InTurn;
use super::token::Py;

/// The number of blocks that are kept.
const MOST: usize = 32;

/// Whether blocks are kept. Without the GIL, the allocator, which distinguishes threads, is faster than a lock.
const KEEPS: bool = cfg!(not(Py_GIL_DISABLED));

/// The blocks of objects of one size, from `PyObject_Malloc`. Attached threads of one interpreter use them.
pub struct Spare(InTurn<Blocks>);

struct Blocks {
    /// The number of blocks that are kept, in the first places.
    count: usize,
    blocks: [*mut ffi::PyObject; MOST],
}

// SAFETY: memory that nobody else knows.
unsafe impl Send for Blocks {}

impl Spare {
    /// Makes an empty list of blocks.
    pub fn new() -> Spare {
        Spare(InTurn::new(Blocks { count: 0, blocks: [std::ptr::null_mut(); MOST] }))
    }

    /// Returns a block, if there is one.
    #[inline(always)]
    pub fn take(&self, py: Py<'_>) -> Option<NonNull<ffi::PyObject>> {
        if !KEEPS {
            return None;
        }
        // SAFETY: attached; the closure runs no Python code.
        unsafe {
            self.0.with(py, |spare| {
                let last = spare.count.checked_sub(1)?;
                spare.count = last;
                NonNull::new(*spare.blocks.get(last)?)
            })
        }
    }

    /// Keeps the block of an object, or returns false if there are enough.
    ///
    /// # Safety
    /// `p` is a deallocated object from the interpreter's allocator, whose memory is not freed, and has the size of the
    /// other blocks or more.
    #[inline(always)]
    pub unsafe fn keep(&self, py: Py<'_>, p: *mut ffi::PyObject) -> bool {
        // SAFETY: with a GIL the attached thread is the only one that uses the list.
        KEEPS
            && unsafe {
                self.0.with(py, |spare| match spare.blocks.get_mut(spare.count) {
                    Some(place) => {
                        *place = p;
                        spare.count += 1;
                        true
                    }
                    None => false,
                })
            }
    }
}

impl Drop for Spare {
    fn drop(&mut self) {
        // SAFETY: attached, as the owner of this list is a part of the interpreter's state.
        let py = unsafe { Py::assume() };
        while let Some(block) = self.take(py) {
            // SAFETY: from PyObject_Malloc, and nobody else's.
            unsafe { ffi::PyObject_Free(block.as_ptr().cast()) };
        }
    }
}
