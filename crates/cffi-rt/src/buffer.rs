//! The buffer protocol: a view that is released when it goes out of scope.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_int};
use std::mem::MaybeUninit;

use pyo3_ffi as ffi;

use super::err::{R, Raised, raise};
use super::obj::Obj;
use super::token::Py;

/// A contiguous buffer of another object, held until dropped.
///
/// Its descriptor has 80 bytes, and to copy one that has just been written takes longer than many a `memmove()`. So
/// code that must be fast makes an empty view with [`View::none`] and fills it in place.
pub struct View {
    raw: RawView,
    held: bool,
}

/// A descriptor that is not released automatically. After it has been filled it can be read at any time: releasing
/// changes only the owner.
#[repr(transparent)]
pub struct RawView(UnsafeCell<MaybeUninit<ffi::Py_buffer>>);

impl RawView {
    #[inline(always)]
    fn raw(&self) -> *mut ffi::Py_buffer {
        self.0.get().cast()
    }

    /// Fills the descriptor with a contiguous buffer of `obj`. If the exporter raises `TypeError` or `BufferError`,
    /// there is nothing to release.
    ///
    /// # Safety
    /// The descriptor holds no buffer that is still to be released, and nobody else uses it meanwhile.
    #[inline]
    pub unsafe fn fill(&self, py: Py<'_>, obj: &Obj, writable: bool) -> R<()> {
        let flags = if writable { ffi::PyBUF_WRITABLE } else { ffi::PyBUF_SIMPLE };
        // SAFETY: nobody else uses the descriptor, and its members are read when it has been filled.
        unsafe {
            self.fill_as(py, obj, flags)?;
            if (*self.raw()).strides.is_null() && (*self.raw()).suboffsets.is_null() {
                return Ok(());
            }
            self.check_contiguous(py)
        }
    }

    /// # Safety
    /// As for [`RawView::fill`].
    unsafe fn fill_as(&self, _py: Py<'_>, obj: &Obj, flags: c_int) -> R<()> {
        // SAFETY: attached; the exporter fills the descriptor or raises.
        match unsafe { ffi::PyObject_GetBuffer(obj.as_ptr(), self.raw(), flags) } {
            0 => Ok(()),
            _ => Err(Raised::already()),
        }
    }

    /// Rejects a buffer that is not contiguous, for exporters that describe more of it than was requested.
    ///
    /// # Safety
    /// The descriptor has just been filled; after an error it holds no buffer.
    #[cold]
    unsafe fn check_contiguous(&self, py: Py<'_>) -> R<()> {
        // SAFETY: the caller promises that the view is held, so its fields are filled.
        unsafe {
            if ffi::PyBuffer_IsContiguous(self.raw(), b'A' as std::ffi::c_char) == 0 {
                ffi::PyBuffer_Release(self.raw());
                return Err(raise!(py, Type, "contiguous buffer expected"));
            }
        }
        Ok(())
    }

    /// Returns the address of the first byte.
    ///
    /// # Safety
    /// The descriptor has been filled.
    #[inline(always)]
    pub unsafe fn ptr(&self) -> *mut u8 {
        // SAFETY: the caller promises that the view is held, so the exporter has filled `buf`.
        unsafe { (*self.raw()).buf.cast() }
    }

    /// Returns the length in bytes.
    ///
    /// # Safety
    /// The descriptor has been filled.
    #[inline(always)]
    pub unsafe fn len(&self) -> usize {
        // SAFETY: the caller promises that the view is held, so the exporter has filled `len`.
        unsafe { (*self.raw()).len.max(0).cast_unsigned() }
    }

    /// Returns whether the exporter forbids writing.
    ///
    /// # Safety
    /// The descriptor has been filled.
    #[inline(always)]
    pub unsafe fn readonly(&self) -> bool {
        // SAFETY: the caller promises that the view is held, so the exporter has filled `readonly`.
        unsafe { (*self.raw()).readonly != 0 }
    }

    /// Returns the object that the view keeps alive, or null if the buffer has none.
    ///
    /// # Safety
    /// The descriptor has been filled, and nobody changes the owner meanwhile.
    #[inline(always)]
    pub unsafe fn owner(&self) -> *mut ffi::PyObject {
        // SAFETY: the caller promises that the view is held, so `obj` is its exporter.
        unsafe { (*self.raw()).obj }
    }

    /// Replaces the owner after the descriptor has given up its reference to it.
    ///
    /// # Safety
    /// The descriptor has been filled; nobody else reads the owner meanwhile.
    pub unsafe fn set_owner(&self, owner: *mut ffi::PyObject) {
        // SAFETY: the caller promises that the view is held and that it alone uses it.
        unsafe { (*self.raw()).obj = owner };
    }

    /// Turns the descriptor into a view that releases the buffer.
    ///
    /// # Safety
    /// The descriptor holds a buffer, which nobody else releases.
    pub unsafe fn take(&self) -> View {
        // SAFETY: the caller promises a filled descriptor; the copy that stays behind is not released any more.
        let raw = RawView(UnsafeCell::new(MaybeUninit::new(unsafe { self.raw().read() })));
        View { raw, held: true }
    }
}

/// One-dimensional items, as an exporter describes them.
pub struct Items<'a> {
    ptr: *const u8,
    length: usize,
    size: usize,
    format: &'a CStr,
}

impl Items<'_> {
    /// Returns the address of the first item.
    #[inline(always)]
    pub fn ptr(&self) -> *const u8 {
        self.ptr
    }

    /// Returns the number of items.
    #[inline(always)]
    pub fn len(&self) -> usize {
        self.length
    }

    /// Returns the size of an item in bytes.
    #[inline(always)]
    pub fn size(&self) -> usize {
        self.size
    }

    /// Returns the type of the items, in the letters of the module `struct`.
    #[inline(always)]
    pub fn format(&self) -> &CStr {
        self.format
    }
}

impl View {
    /// Makes an empty view.
    #[inline(always)]
    pub const fn none() -> View {
        View { raw: RawView(UnsafeCell::new(MaybeUninit::uninit())), held: false }
    }

    /// Requests a contiguous buffer of `obj`; raises the exporter's `TypeError` or `BufferError`.
    pub fn get(py: Py<'_>, obj: &Obj, writable: bool) -> R<View> {
        let mut view = View::none();
        view.fill(py, obj, writable)?;
        Ok(view)
    }

    /// Fills an empty view in place, as [`View::get`] does. A view that has been filled stays as it is.
    #[inline]
    pub fn fill(&mut self, py: Py<'_>, obj: &Obj, writable: bool) -> R<()> {
        if !self.held {
            // SAFETY: `held` is false, so the view holds no exporter that would be lost.
            unsafe { self.raw.fill(py, obj, writable)? };
            self.held = true;
        }
        Ok(())
    }

    /// Fills the view with the items of `obj`, if it has a contiguous buffer of one dimension.
    pub fn items(&mut self, py: Py<'_>, obj: &Obj) -> Option<Items<'_>> {
        if self.held {
            return None;
        }
        // SAFETY: `held` is false, so the view holds no exporter that would be lost.
        if let Err(raised) = unsafe { self.raw.fill_as(py, obj, ffi::PyBUF_ND | ffi::PyBUF_FORMAT) } {
            py.err_clear(raised);
            return None;
        }
        self.held = true;
        // SAFETY: filled just now; without strides the items are contiguous, and no format means bytes.
        unsafe {
            let raw = &*self.raw.raw();
            let size = usize::try_from(raw.itemsize).ok().filter(|size| *size > 0)?;
            if raw.ndim != 1 || !raw.strides.is_null() || !raw.suboffsets.is_null() {
                return None;
            }
            let format = if raw.format.is_null() { c"B" } else { CStr::from_ptr(raw.format) };
            Some(Items { ptr: self.raw.ptr(), length: self.raw.len() / size, size, format })
        }
    }

    /// Returns the address of the first byte, or null if the view is empty.
    #[inline]
    pub fn ptr(&self) -> *mut u8 {
        // SAFETY: the descriptor has been filled if `held` is true.
        if self.held { unsafe { self.raw.ptr() } } else { std::ptr::null_mut() }
    }

    /// Returns the length in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        // SAFETY: the descriptor has been filled if `held` is true.
        if self.held { unsafe { self.raw.len() } } else { 0 }
    }

    /// Returns the bytes.
    ///
    /// # Safety
    /// Nobody writes to the buffer while the slice lives.
    pub unsafe fn bytes(&self) -> &[u8] {
        if self.len() == 0 {
            return &[];
        }
        // SAFETY: the exporter promises `len` readable bytes until release.
        unsafe { std::slice::from_raw_parts(self.ptr(), self.len()) }
    }

    /// Returns the object that the view keeps alive, or null if the buffer has none.
    pub fn owner(&self) -> *mut ffi::PyObject {
        // SAFETY: the descriptor has been filled if `held` is true.
        if self.held { unsafe { self.raw.owner() } } else { std::ptr::null_mut() }
    }
}

impl Drop for View {
    #[inline]
    fn drop(&mut self) {
        if self.held {
            // SAFETY: filled by PyObject_GetBuffer and not released before; dropped with an attached thread.
            unsafe { ffi::PyBuffer_Release(self.raw.raw()) };
        }
    }
}
