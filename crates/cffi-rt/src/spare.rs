//! Memory of small objects that come and go: kept for the next one, as the interpreter keeps that of its own types.

use std::ptr::NonNull;

use pyo3_ffi as ffi;

use super::guarded::InTurn;
use super::token::Py;

/// Blocks that are kept.
const MOST: usize = 16;

/// Whether any are: without the GIL the allocator, which knows threads apart, takes less time than a lock.
const KEEPS: bool = cfg!(not(Py_GIL_DISABLED));

/// The blocks of objects of one type, from `PyObject_Malloc`. Used by attached threads of one interpreter.
pub struct Spare(InTurn<Blocks>);

struct Blocks {
    count: usize,
    blocks: [Option<NonNull<ffi::PyObject>>; MOST],
}

// SAFETY: memory that nobody else knows.
unsafe impl Send for Blocks {}

impl Spare {
    /// Nothing yet.
    pub fn new() -> Spare {
        Spare(InTurn::new(Blocks { count: 0, blocks: [None; MOST] }))
    }

    /// A block, if there is one.
    #[inline]
    pub fn take(&self, py: Py<'_>) -> Option<NonNull<ffi::PyObject>> {
        if !KEEPS {
            return None;
        }
        // SAFETY: attached; nothing of Python runs in here.
        unsafe {
            self.0.with(py, |spare| {
                spare.count = spare.count.checked_sub(1)?;
                spare.blocks.get_mut(spare.count)?.take()
            })
        }
    }

    /// Keeps the block of an object, or says that there are enough.
    ///
    /// # Safety
    /// `p` is a deallocated object of the type, whose memory is not freed.
    #[inline]
    pub unsafe fn keep(&self, py: Py<'_>, p: *mut ffi::PyObject) -> bool {
        // SAFETY: with a GIL the attached thread is the only one that uses the list.
        KEEPS
            && unsafe {
                self.0.with(py, |spare| match spare.blocks.get_mut(spare.count) {
                    Some(place) => {
                        *place = NonNull::new(p);
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
        // SAFETY: attached, as whatever owns this is a part of the interpreter's state.
        let py = unsafe { Py::assume() };
        while let Some(block) = self.take(py) {
            // SAFETY: from PyObject_Malloc, and nobody else's.
            unsafe { ffi::PyObject_Free(block.as_ptr().cast()) };
        }
    }
}
