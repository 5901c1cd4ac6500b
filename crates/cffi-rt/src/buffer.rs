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
/// where it matters a view is made empty, with [`View::none`], and filled where it lies.
pub struct View {
    raw: RawView,
    held: bool,
}

/// A descriptor that nobody releases but who says so. One that has been filled can be read at any time: releasing
/// changes nothing but the owner.
#[repr(transparent)]
pub struct RawView(UnsafeCell<MaybeUninit<ffi::Py_buffer>>);

impl RawView {
    #[inline(always)]
    fn raw(&self) -> *mut ffi::Py_buffer {
        self.0.get().cast()
    }

    /// Fills the descriptor with a contiguous buffer of `obj`; `TypeError` or `BufferError` as the exporter has it,
    /// and then there is nothing to release.
    ///
    /// # Safety
    /// It holds no buffer that is still to be released, and nobody else looks at it meanwhile.
    #[inline]
    pub unsafe fn fill(&self, py: Py<'_>, obj: &Obj, writable: bool) -> R<()> {
        let flags = if writable { ffi::PyBUF_WRITABLE } else { ffi::PyBUF_SIMPLE };
        // SAFETY: by the caller; the members are read when it has been filled.
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

    /// For exporters that say more of their buffer than was asked.
    ///
    /// # Safety
    /// It has just been filled; after an error it holds nothing.
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

    /// Address of the first byte.
    ///
    /// # Safety
    /// It has been filled.
    #[inline(always)]
    pub unsafe fn ptr(&self) -> *mut u8 {
        // SAFETY: the caller promises that the view is held, so the exporter has filled `buf`.
        unsafe { (*self.raw()).buf.cast() }
    }

    /// Length in bytes.
    ///
    /// # Safety
    /// It has been filled.
    #[inline(always)]
    pub unsafe fn len(&self) -> usize {
        // SAFETY: the caller promises that the view is held, so the exporter has filled `len`.
        unsafe { (*self.raw()).len.max(0).cast_unsigned() }
    }

    /// Whether the exporter forbids writing.
    ///
    /// # Safety
    /// It has been filled.
    #[inline(always)]
    pub unsafe fn readonly(&self) -> bool {
        // SAFETY: the caller promises that the view is held, so the exporter has filled `readonly`.
        unsafe { (*self.raw()).readonly != 0 }
    }

    /// The object that the view keeps alive; null for buffers that have none.
    ///
    /// # Safety
    /// It has been filled, and nobody changes the owner meanwhile.
    #[inline(always)]
    pub unsafe fn owner(&self) -> *mut ffi::PyObject {
        // SAFETY: the caller promises that the view is held, so `obj` is its exporter.
        unsafe { (*self.raw()).obj }
    }

    /// Puts another object in the place of the owner, once that is not the descriptor's any more.
    ///
    /// # Safety
    /// It has been filled; nobody else looks at the owner meanwhile.
    pub unsafe fn set_owner(&self, owner: *mut ffi::PyObject) {
        // SAFETY: the caller promises that the view is held and that it alone uses it.
        unsafe { (*self.raw()).obj = owner };
    }

    /// A view that releases the buffer.
    ///
    /// # Safety
    /// It holds a buffer, which nobody else releases.
    pub unsafe fn take(&self) -> View {
        // SAFETY: by the caller; what stays behind is not released any more.
        let raw = RawView(UnsafeCell::new(MaybeUninit::new(unsafe { self.raw().read() })));
        View { raw, held: true }
    }
}

/// One-dimensional items, as an exporter describes them.
pub struct Items<'a> {
    /// The address of the first item.
    pub ptr: *const u8,
    /// How many there are.
    pub length: usize,
    /// Bytes of each.
    pub size: usize,
    /// Their type, in the letters of the module `struct`.
    pub format: &'a CStr,
}

impl View {
    /// A view of nothing yet.
    #[inline(always)]
    pub const fn none() -> View {
        View { raw: RawView(UnsafeCell::new(MaybeUninit::uninit())), held: false }
    }

    /// Asks `obj` for a contiguous buffer; `TypeError` or `BufferError` as the exporter has it.
    pub fn get(py: Py<'_>, obj: &Obj, writable: bool) -> R<View> {
        let mut view = View::none();
        view.fill(py, obj, writable)?;
        Ok(view)
    }

    /// The same where the view lies. A view that has been filled stays as it is.
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
        // SAFETY: filled just now; without strides the items lie one behind the other, and no format means bytes.
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

    /// Address of the first byte; null while it is empty.
    #[inline]
    pub fn ptr(&self) -> *mut u8 {
        // SAFETY: filled where it says so.
        if self.held { unsafe { self.raw.ptr() } } else { std::ptr::null_mut() }
    }

    /// Length in bytes.
    #[inline]
    pub fn len(&self) -> usize {
        // SAFETY: filled where it says so.
        if self.held { unsafe { self.raw.len() } } else { 0 }
    }

    /// The bytes.
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

    /// The object that the view keeps alive; null for buffers that have none.
    pub fn owner(&self) -> *mut ffi::PyObject {
        // SAFETY: filled where it says so.
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
