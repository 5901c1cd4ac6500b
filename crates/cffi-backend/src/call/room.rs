//! Memory for the length of a call: on the C stack where it suffices.

use std::alloc::{Layout, alloc, dealloc};
use std::mem::MaybeUninit;

use cffi_call::CallPlan;

use cffi_rt::{Py, R};

/// Bytes on the stack for the image of a call: eight integers, eight floats and eight words of stack at least.
pub(crate) const IMAGE: usize = 256;
/// Bytes on the stack for a result that is no struct.
pub(crate) const RESULT: usize = 32;

const ALIGN: usize = CallPlan::IMAGE_ALIGN;

/// `N` bytes of uninitialized memory, or a heap block for larger requests.
#[repr(C, align(16))]
pub(crate) struct Room<const N: usize> {
    stack: [MaybeUninit<u8>; N],
    heap: Option<Block>,
}

const _: () = assert!(align_of::<Room<16>>() >= ALIGN);

impl<const N: usize> Room<N> {
    /// Makes room for nothing yet.
    #[inline(always)]
    pub(crate) fn new() -> Self {
        Room { stack: [const { MaybeUninit::uninit() }; N], heap: None }
    }

    /// Returns `size` uninitialized bytes, aligned for an image.
    #[inline(always)]
    pub(crate) fn get(&mut self, py: Py<'_>, size: usize) -> R<*mut u8> {
        if size <= N { Ok(self.stack.as_mut_ptr().cast()) } else { self.grow(py, size) }
    }

    #[cold]
    fn grow(&mut self, py: Py<'_>, size: usize) -> R<*mut u8> {
        Ok(self.heap.insert(Block::new(py, size, ALIGN)?).at)
    }
}

/// The image of a call that has at most [`IMAGE`] bytes, uninitialised.
#[repr(C, align(16))]
pub(crate) struct Small([MaybeUninit<u8>; IMAGE]);

const _: () = assert!(align_of::<Small>() >= ALIGN);

impl Small {
    #[inline(always)]
    pub(crate) fn new() -> Small {
        Small([const { MaybeUninit::uninit() }; IMAGE])
    }

    #[inline(always)]
    pub(crate) fn at(&mut self) -> *mut u8 {
        self.0.as_mut_ptr().cast()
    }
}

/// The image of a call that loads registers only, uninitialised.
#[repr(C, align(16))]
pub(crate) struct Registers([MaybeUninit<u8>; cffi_call::registers::IMAGE]);

const _: () = assert!(align_of::<Registers>() >= ALIGN);

impl Registers {
    #[inline(always)]
    pub(crate) fn new() -> Registers {
        Registers([const { MaybeUninit::uninit() }; cffi_call::registers::IMAGE])
    }

    #[inline(always)]
    pub(crate) fn at(&mut self) -> *mut u8 {
        self.0.as_mut_ptr().cast()
    }
}

/// A heap block.
pub(crate) struct Block {
    pub(crate) at: *mut u8,
    layout: Layout,
}

impl Block {
    /// Allocates a block without initializing it.
    ///
    /// # Errors
    /// `MemoryError` if there is no memory.
    pub(crate) fn new(py: Py<'_>, size: usize, align: usize) -> R<Block> {
        let Ok(layout) = Layout::from_size_align(size.max(1), align) else { return Err(py.no_memory()) };
        // SAFETY: the size is not zero.
        let at = unsafe { alloc(layout) };
        if at.is_null() { Err(py.no_memory()) } else { Ok(Block { at, layout }) }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // SAFETY: allocated with this layout, freed only here.
        unsafe { dealloc(self.at, self.layout) };
    }
}
