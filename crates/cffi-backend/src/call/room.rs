//! Memory for the length of a call: on the C stack where it suffices.

use std::alloc::{Layout, alloc, dealloc};
use std::mem::MaybeUninit;

use cffi_call::CallPlan;

use crate::ctype::function::{ArgConvert, Step};
use crate::ctype::{Access, CType};
use crate::memory::{Items, Loc, Scalar};
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

/// The place of one argument in an image, by the way in which the argument converts. Integers, characters and pointers
/// have a cell of eight bytes, other types their size.
pub(crate) enum Slot<'a> {
    Int(Access, Scalar<'a, u64>),
    /// A character of so many bytes.
    Char(u8, Scalar<'a, u64>),
    /// A `_BitInt` of at most 64 bits.
    BitInt(Scalar<'a, u64>),
    /// A data pointer, and whether the storage of a `bytes` object may be passed.
    Pointer(bool, Scalar<'a, *mut u8>),
    Function(Scalar<'a, *mut u8>),
    F64(Scalar<'a, f64>),
    F32(Scalar<'a, f32>),
    /// A value that is stored as it is in memory.
    Memory(Loc<'a>),
}

impl<'a> Slot<'a> {
    /// Returns the place of an argument of type `ct` in an image.
    ///
    /// # Safety
    /// The image is writable for the size that the plan with this step asks for, and the step is for that argument.
    #[inline(always)]
    pub(super) unsafe fn new(step: Step, ct: &'a CType, image: *mut u8) -> Slot<'a> {
        // SAFETY: the plan has room for the argument at the offset of its step, in the form that the step says.
        unsafe {
            let at = image.add(step.offset);
            match step.convert {
                ArgConvert::Int(access) => Slot::Int(access, Scalar::new(at)),
                ArgConvert::Char(size) => Slot::Char(size, Scalar::new(at)),
                ArgConvert::BitInt => Slot::BitInt(Scalar::new(at)),
                ArgConvert::Pointer { bytes } => Slot::Pointer(bytes, Scalar::new(at)),
                ArgConvert::Function => Slot::Function(Scalar::new(at)),
                ArgConvert::F64 => Slot::F64(Scalar::new(at)),
                ArgConvert::F32 => Slot::F32(Scalar::new(at)),
                ArgConvert::Memory => Slot::Memory(Loc::new(ct, at)),
            }
        }
    }
}

/// Bytes of stack that a call has for temporaries.
const TEMPORARIES: usize = 512;

/// C memory for arrays that are made for a call. It lives until the call is over.
#[repr(C, align(16))]
pub(crate) struct Temporaries {
    stack: [MaybeUninit<u8>; TEMPORARIES],
    used: usize,
    blocks: Vec<Block>,
}

const _: () = assert!(align_of::<Temporaries>() >= ALIGN);

impl Temporaries {
    /// Makes an empty list of temporaries, which costs nothing.
    #[inline(always)]
    pub(crate) fn new() -> Temporaries {
        Temporaries { stack: [const { MaybeUninit::uninit() }; TEMPORARIES], used: 0, blocks: Vec::new() }
    }

    /// Makes room for `len` zeroed items, aligned to `align` bytes.
    ///
    /// # Errors
    /// `MemoryError`
    pub(super) fn items<'a>(
        &'a mut self,
        py: Py<'_>,
        item: &'a CType,
        len: usize,
        align: usize,
    ) -> R<Items<'a>> {
        let bytes = len.checked_mul(item.known_size().unwrap_or(0));
        let Some(size) = bytes.map(|bytes| bytes.max(1)) else { return Err(py.no_memory()) };
        let at = if align <= ALIGN && size <= TEMPORARIES - self.used {
            let at = self.stack[self.used..].as_mut_ptr().cast::<u8>();
            self.used = (self.used + size).next_multiple_of(ALIGN).min(TEMPORARIES);
            at
        } else {
            let block = Block::new(py, size, align.max(ALIGN))?;
            let at = block.at;
            py.push(&mut self.blocks, block)?;
            at
        };
        // SAFETY: the memory that was just taken has `size` bytes, as many as the items, and is not taken again.
        unsafe {
            at.write_bytes(0, size);
            Ok(Items::new(item, at, len))
        }
    }
}
