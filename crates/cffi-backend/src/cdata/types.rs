//! The Python types of the CData family and their slots.

use std::ffi::{CStr, c_int, c_void};
use std::mem::offset_of;

use pyo3_ffi as ffi;

use crate::cdata::reach::{self, FieldOf};
use crate::cdata::{attr, index};
use crate::convert;
use crate::ctype::{CType, Field};
use crate::memory::Loc;
use crate::value::dealloc::{finish_dealloc, finish_small, own_mark, own_slot};
use crate::value::object::{self, CData, CDataLen, CDataStructPtr, CDataView};
use cffi_rt::at::{self, Entry};
use cffi_rt::slots::{SlotResult, attribute, guard, method, receiver, slot};
use cffi_rt::table::{Attribute, Member, Method, Table};
use cffi_rt::types::TypeSpec;
use cffi_rt::{Obj, Py, R, text};

const DOC: &CStr = c"A value of a C type: the cdata objects that `new()`, `cast()`, calls and so on return.

Only this class is public, as `ffi.CData`; `isinstance(x, ffi.CData)` is true of all of them.";

unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone. All objects of the base type have the size of a
    // small one, or more.
    unsafe {
        let access = (*p.cast::<CData>()).ct().access;
        if access.is_in_place() || !access.is_primitive() {
            finish_small(p);
        } else {
            // A value of many bytes is behind the object.
            finish_dealloc(p, false);
        }
    }
}

unsafe extern "C" fn traverse_own(p: *mut ffi::PyObject, visit: ffi::visitproc, arg: *mut c_void) -> c_int {
    // SAFETY: called by the garbage collector with a pointer to a struct; it owns a reference to each of these.
    unsafe {
        let cd = &*p.cast::<CDataStructPtr>();
        for q in [ffi::Py_TYPE(p).cast(), cd.base.ct().as_ptr(), cd.target.as_ptr()] {
            let r = visit(q, arg);
            if r != 0 {
                return r;
            }
        }
    }
    0
}

/// `tp_getattro`. Does what [`attr::get`] does, but its shortest way, to fields that are numbers, has no frame: all others
/// are functions of their own, in which a panic is caught.
///
/// # Safety
/// Called by the interpreter with a cdata and a live object.
unsafe extern "C" fn getattro(this: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
    #[inline(never)]
    unsafe extern "C" fn any(this: *mut ffi::PyObject, name: *mut ffi::PyObject) -> *mut ffi::PyObject {
        // SAFETY: the objects are those of the slot, which the interpreter keeps alive.
        unsafe { guard(|py| attr::get_any(py, receiver(this), Obj::from_ptr(name))) }
    }
    #[inline(never)]
    unsafe extern "C" fn bits(this: *mut ffi::PyObject, field: *const Field) -> *mut ffi::PyObject {
        // SAFETY: the cdata is alive, its ctype keeps the field, which was found in that.
        unsafe {
            guard(|py| {
                let cd: &CData = receiver(this);
                match FieldOf::known(cd, &*field) {
                    Some(found) => attr::read_bits(py, cd, found),
                    None => Ok(py.none()),
                }
            })
        }
    }
    #[inline(never)]
    unsafe extern "C" fn plain(
        this: *mut ffi::PyObject,
        ct: *const CType,
        at: *mut u8,
    ) -> *mut ffi::PyObject {
        // SAFETY: the cdata is alive, its ctype keeps that of the field, and the address is that of the field.
        unsafe { guard(|py| reach::read_in(py, Loc::new(&*ct, at), receiver(this))) }
    }
    // SAFETY: the interpreter calls slots with an attached thread and live objects.
    unsafe {
        let cd: &CData = receiver(this);
        let Some(found) = FieldOf::same(cd, Obj::from_ptr(name)) else { return any(this, name) };
        let Some(loc) = found.plain() else { return bits(this, found.field()) };
        match convert::direct::read(Py::assume(), loc) {
            Some(number) => number.into_c(),
            None => plain(this, loc.ct(), loc.at()),
        }
    }
}

/// `tp_setattro`. Does what [`attr::set`] does, with a short way of the kind that [`getattro`] has.
///
/// # Safety
/// Called by the interpreter with a cdata, a live object, and another one or null.
unsafe extern "C" fn setattro(
    this: *mut ffi::PyObject,
    name: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> c_int {
    #[inline(never)]
    unsafe extern "C" fn any(
        this: *mut ffi::PyObject,
        name: *mut ffi::PyObject,
        value: *mut ffi::PyObject,
    ) -> c_int {
        // SAFETY: the objects are those of the slot, which the interpreter keeps alive.
        unsafe { guard(|py| attr::set(py, receiver(this), Obj::from_ptr(name), Obj::from_ptr_opt(value))) }
    }
    #[inline(never)]
    unsafe extern "C" fn bits(
        this: *mut ffi::PyObject,
        field: *const Field,
        value: *mut ffi::PyObject,
    ) -> c_int {
        // SAFETY: the objects are those of the slot, and the ctype of the cdata keeps the field, which was found in that.
        unsafe {
            guard(|py| {
                let cd: &CData = receiver(this);
                match FieldOf::known(cd, &*field) {
                    Some(found) => attr::store_bits(py, cd, found, Obj::from_ptr(value)),
                    None => Ok(()),
                }
            })
        }
    }
    // SAFETY: the interpreter calls slots with an attached thread and live objects.
    unsafe {
        let cd: &CData = receiver(this);
        let Some(new) = Obj::from_ptr_opt(value) else { return any(this, name, value) };
        let Some(found) = FieldOf::same(cd, Obj::from_ptr(name)) else { return any(this, name, value) };
        let Some(loc) = found.plain() else { return bits(this, found.field(), value) };
        if convert::direct::write::<true, true>(Py::assume(), loc, new) {
            return 0;
        }
        any(this, name, value)
    }
}

/// `mp_subscript`. Does what [`index::get`] does, with a short way of the kind that [`getattro`] has.
///
/// # Safety
/// Called by the interpreter with a cdata and a live object.
unsafe extern "C" fn subscript(this: *mut ffi::PyObject, key: *mut ffi::PyObject) -> *mut ffi::PyObject {
    #[inline(never)]
    unsafe extern "C" fn any(this: *mut ffi::PyObject, key: *mut ffi::PyObject) -> *mut ffi::PyObject {
        // SAFETY: the objects are those of the slot, which the interpreter keeps alive.
        unsafe { guard(|py| index::get(py, receiver(this), Obj::from_ptr(key))) }
    }
    // SAFETY: the interpreter calls slots with an attached thread and live objects.
    unsafe {
        let (py, cd): (_, &CData) = (Py::assume(), receiver(this));
        let Some(item) = reach::plain_item(py, cd, Obj::from_ptr(key)) else { return any(this, key) };
        match convert::direct::read(py, item) {
            Some(number) => number.into_c(),
            None => any(this, key),
        }
    }
}

/// `mp_ass_subscript`. Does what [`index::set`] does, with a short way of the kind that [`getattro`] has.
///
/// # Safety
/// Called by the interpreter with a cdata, a live object, and another one or null.
unsafe extern "C" fn assign_subscript(
    this: *mut ffi::PyObject,
    key: *mut ffi::PyObject,
    value: *mut ffi::PyObject,
) -> c_int {
    #[inline(never)]
    unsafe extern "C" fn any(
        this: *mut ffi::PyObject,
        key: *mut ffi::PyObject,
        value: *mut ffi::PyObject,
    ) -> c_int {
        // SAFETY: the objects are those of the slot, which the interpreter keeps alive.
        unsafe { guard(|py| index::set(py, receiver(this), Obj::from_ptr(key), Obj::from_ptr_opt(value))) }
    }
    // SAFETY: the interpreter calls slots with an attached thread and live objects.
    unsafe {
        let (py, cd): (_, &CData) = (Py::assume(), receiver(this));
        if let Some(new) = Obj::from_ptr_opt(value)
            && let Some(item) = reach::plain_item(py, cd, Obj::from_ptr(key))
            && convert::direct::write::<false, true>(py, item, new)
        {
            return 0;
        }
        any(this, key, value)
    }
}

fn name(py: Py<'_>, _cd: &CData) -> R {
    text::interned(py, "<cdata>")
}

static GETSET: Table<Attribute<CData>, 2> =
    Table::attributes([attribute!(CData, c"__name__", name, c"'<cdata>'."), Attribute::END]);

static METHODS: Table<Method<CData>, 5> = Table::methods([
    method!(noargs CData, c"__dir__", super::attr::dir, c"__dir__($self, /)\n--\n\nNames of the fields of a struct or union, or of what a pointer to one points to."),
    method!(noargs CData, c"__complex__", super::number::complex, c"__complex__($self, /)\n--\n\nThe value of a complex cdata as a Python complex."),
    method!(noargs CData, c"__enter__", super::release::enter, c"__enter__($self, /)\n--\n\nReturn self; the data is released at the end of the `with` block."),
    method!(fast CData, c"__exit__", super::release::exit, c"__exit__($self, /, *args)\n--\n\nRelease the data, as `release()` does."),
    Method::END,
]);

static MEMBERS: Table<Member<CDataView>, 3> = Table::members([
    // SAFETY: the member is null in a new cdata, which this layout begins with, and only the interpreter uses it.
    unsafe { Member::weak_references(offset_of!(CData, weakrefs)) },
    // SAFETY: the member is an entry in every object of this layout; types of other layouts do not have the flag for it.
    unsafe { Member::vectorcall(offset_of!(CDataView, vectorcall)) },
    Member::END,
]);

/// Returns the `tp_dealloc` of cdata that own no memory, or a value behind the object.
fn dealloc_slot() -> Entry<CData, at::Dealloc> {
    // SAFETY: the function distinguishes by the ctype where the block of such an object comes from.
    unsafe { Entry::<CData, at::Dealloc>::new(dealloc) }
}

/// Makes `_CDataBase`, still open for the subclasses of this module.
///
/// Subclasses set `tp_call` again. Otherwise they would inherit the flag that promises a vectorcall word in each
/// object, where they have other members. They set this function too, since `_CDataBase.__call__` takes all of them.
pub(crate) fn make_base(py: Py<'_>, module: &Obj) -> R {
    // SAFETY: the functions do what `attr` and `index` do for every cdata; the members say where the entries are.
    let (spec, getattro, setattro, subscript, assign_subscript) = unsafe {
        (
            TypeSpec::<CDataView>::new(c"_cffi_backend._CDataBase").vectorcalled(),
            Entry::<CData, at::GetAttr>::new(getattro),
            Entry::<CData, at::SetAttr>::new(setattro),
            Entry::<CData, at::Subscript>::new(subscript),
            Entry::<CData, at::AssignSubscript>::new(assign_subscript),
        )
    };
    spec.with_subclasses()
        .doc(DOC)
        .slot(at::Dealloc, dealloc_slot())
        .slot(at::Repr, slot!(unary CData, *mut ffi::PyObject, super::repr::repr))
        .slot(at::Hash, object::hash_slot())
        .slot(at::Compare, slot!(compare CData, super::compare::compare))
        .slot(at::Call, crate::call::call_slot())
        .slot(at::GetAttr, getattro)
        .slot(at::SetAttr, setattro)
        .slot(at::Iter, slot!(unary CData, *mut ffi::PyObject, super::iter::iter))
        .methods(&METHODS)
        .attributes(&GETSET)
        .members(&MEMBERS)
        .slot(at::Add, slot!(binary CData, super::arith::add))
        .slot(at::Subtract, slot!(binary CData, super::arith::subtract))
        .slot(at::Bool, slot!(unary CData, c_int, super::number::truth))
        .slot(at::Int, slot!(unary CData, *mut ffi::PyObject, super::number::int))
        .slot(at::Float, slot!(unary CData, *mut ffi::PyObject, super::number::float))
        .slot(at::MappingLen, slot!(unary CData, isize, super::index::len))
        .slot(at::Subscript, subscript)
        .slot(at::AssignSubscript, assign_subscript)
        .make(py, module)
}

/// Makes the type of open arrays. It differs from `_CDataBase` only in the layout and in the way it is called (which
/// reports that it cannot be).
pub(crate) fn make_array(py: Py<'_>, module: &Obj, base: &Obj) -> R {
    let spec = TypeSpec::<CDataLen>::new(c"_cffi_backend._CDataBase")
        .doc(DOC)
        .slot(at::Dealloc, dealloc_slot())
        .slot(at::Call, crate::call::call_slot());
    // SAFETY: the base class is that of cdata, with which the layout begins; the type sets a deallocation that fits its blocks.
    unsafe { spec.make_subclass(py, module, base) }
}

/// Makes `__CDataOwn`, still open for `__CDataOwnGC`.
pub(crate) fn make_own(py: Py<'_>, module: &Obj, base: &Obj) -> R {
    let spec = TypeSpec::<CDataLen>::new(c"_cffi_backend.__CDataOwn")
        .with_subclasses()
        .doc(DOC)
        .slot(at::Dealloc, own_slot())
        .slot(at::Free, own_mark())
        .slot(at::Call, crate::call::call_slot());
    // SAFETY: the base class is that of cdata, with which the layout begins; the type sets a deallocation that fits its blocks.
    unsafe { spec.make_subclass(py, module, base) }
}

/// Makes the type of pointers to structs from an allocator: a `__CDataOwn` that the garbage collector tracks. It needs
/// no `tp_clear`, since the target is set before other code sees the pointer.
pub(crate) fn make_own_tracked(py: Py<'_>, module: &Obj, base: &Obj) -> R {
    // SAFETY: the function visits the references of this layout.
    let traverse = unsafe { Entry::<CDataStructPtr, at::Traverse>::new(traverse_own) };
    let spec = TypeSpec::<CDataStructPtr>::new(c"_cffi_backend.__CDataOwn")
        .collected(traverse)
        .doc(DOC)
        .slot(at::Dealloc, own_slot())
        .slot(at::Free, own_mark())
        .slot(at::Call, crate::call::call_slot());
    // SAFETY: the base class is that of cdata, with which the layout begins; the type sets a deallocation that fits its blocks.
    unsafe { spec.make_subclass(py, module, base) }
}
