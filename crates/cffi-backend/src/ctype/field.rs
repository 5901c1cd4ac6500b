//! `CField` objects: the members in `ctype.fields`.

use std::cell::UnsafeCell;
use std::ffi::CStr;
use std::mem::offset_of;
use std::ops::Deref;

use pyo3_ffi as ffi;

use super::{CType, Field};
use crate::state::State;
use cffi_rt::args::Named;
use cffi_rt::at::{self, Entry};
use cffi_rt::slots::attribute;
use cffi_rt::table::{Attribute, Member, Table};
use cffi_rt::types::{self, TypeSpec};
use cffi_rt::{Obj, Owned, Py, PyLayout, R, num};

/// A snapshot of a member.
#[repr(C)]
pub(crate) struct CField {
    header: UnsafeCell<ffi::PyObject>,
    ct: Owned<CType>,
    offset: isize,
    bitshift: i16,
    bitsize: i16,
    flags: u8,
}

impl Deref for CField {
    type Target = Obj;
    fn deref(&self) -> &Obj {
        // SAFETY: begins with the object header and is alive.
        unsafe { Obj::from_ptr(self.header.get()) }
    }
}

// SAFETY: repr(C) with the header first; the deallocator is used by this type alone.
unsafe impl PyLayout for CField {
    fn check(obj: &Obj) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { (*obj.tp()).tp_dealloc.is_some_and(|f| std::ptr::fn_addr_eq(f, dealloc as ffi::destructor)) }
    }
}

impl Named for CField {
    const TP_NAME: &'static str = "_cffi_backend.CField";
}

/// Makes the object for a member.
pub(crate) fn new(py: Py<'_>, st: &State, field: &Field) -> R {
    // SAFETY: the type of this layout; all members are written.
    unsafe {
        let p = types::alloc_spare::<CField>(py, st.types.cfield, size_of::<CField>(), &st.spare_fields)?;
        (&raw mut (*p).ct).write(field.ct.clone());
        (&raw mut (*p).offset).write(field.offset);
        (&raw mut (*p).bitshift).write(field.bitshift);
        (&raw mut (*p).bitsize).write(field.width.bits());
        (&raw mut (*p).flags).write(field.flags);
        Ok(Owned::from_raw(p).into_obj())
    }
}

unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone.
    unsafe {
        let ct = (&raw mut (*p.cast::<CField>()).ct).read();
        types::free_spare(p, &ct.state().spare_fields);
        drop(ct);
    }
}

fn get_offset(py: Py<'_>, f: &CField) -> R {
    num::from_isize(py, f.offset)
}

fn get_bitshift(py: Py<'_>, f: &CField) -> R {
    num::from_i64(py, f.bitshift.into())
}

fn get_bitsize(py: Py<'_>, f: &CField) -> R {
    num::from_i64(py, f.bitsize.into())
}

fn get_flags(py: Py<'_>, f: &CField) -> R {
    num::from_i64(py, f.flags.into())
}

const DOC: &CStr = c"A field of a struct or union, as found in `ctype.fields`.

All attributes are read-only: `type` (CType), `offset` (bytes from the start of the struct; of the
storage unit for a bit field), `bitshift` (bits, or -1 for what is no bit field, or -2 for an array of
unknown or zero length), `bitsize` (bits, or -1), `flags` (1 if positional initializers skip the field).";

/// A member that the interpreter reads without a call.
static MEMBERS: Table<Member<CField>, 2> = Table::members([
    // SAFETY: the member is a reference that is set before anybody sees the object, and never changes.
    unsafe { Member::object(c"type", offset_of!(CField, ct), c"CType of the field.") },
    Member::END,
]);

static GETSET: Table<Attribute<CField>, 5> = Table::attributes([
    attribute!(CField, c"offset", get_offset, c"Offset in bytes (int)."),
    attribute!(
        CField,
        c"bitshift",
        get_bitshift,
        c"Position of a bit field in its storage unit, in bits; -1 or -2 otherwise (int).",
    ),
    attribute!(CField, c"bitsize", get_bitsize, c"Width of a bit field in bits, -1 otherwise (int)."),
    attribute!(CField, c"flags", get_flags, c"1 if positional initializers skip the field, else 0 (int).",),
    Attribute::END,
]);

/// Makes the Python type. It needs no garbage collector: ctypes refer only to ctypes, and never to such an object.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    // SAFETY: the function gives up the only reference of this layout, whose blocks come from the list that it fills.
    let dealloc = unsafe { Entry::<CField, at::Dealloc>::new(dealloc) };
    TypeSpec::<CField>::new(c"_cffi_backend.CField")
        .doc(DOC)
        .slot(at::Dealloc, dealloc)
        .members(&MEMBERS)
        .attributes(&GETSET)
        .make(py, module)
}
