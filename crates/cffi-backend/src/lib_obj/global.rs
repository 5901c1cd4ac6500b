//! Global variables of a `lib`: what stands in its dict for each.

use std::cell::UnsafeCell;
use std::ffi::{CStr, c_void};
use std::ops::Deref;

use cffi_call::errno;
use pyo3_ffi as ffi;

use crate::convert;
use crate::convert::place::refused;
use crate::ctype::{CType, make};
use crate::value::alloc;
use cffi_rt::types::{self, TypeSpec};
use cffi_rt::{Obj, Owned, Py, PyLayout, R, text};

/// A variable, read and written through its `lib`. Immutable.
#[repr(C)]
pub(crate) struct GlobalVariable {
    header: UnsafeCell<ffi::PyObject>,
    name: Owned,
    ct: Owned<CType>,
    place: Place,
}

/// A function that gives the address of a variable, which may depend on the thread.
type Fetch = unsafe extern "C" fn() -> *mut u8;

#[derive(Clone, Copy)]
enum Place {
    Fixed(*mut u8),
    Function(Fetch),
}

impl Deref for GlobalVariable {
    type Target = Obj;
    fn deref(&self) -> &Obj {
        // SAFETY: begins with the object header and is alive.
        unsafe { Obj::from_ptr(self.header.get()) }
    }
}

// SAFETY: repr(C) with the header first; the type cannot be subclassed, and no other type has its `tp_dealloc`.
unsafe impl PyLayout for GlobalVariable {
    #[inline]
    fn check(obj: &Obj) -> bool {
        // SAFETY: the type is alive with the object.
        unsafe { (*obj.tp()).tp_dealloc.is_some_and(|f| std::ptr::fn_addr_eq(f, dealloc as ffi::destructor)) }
    }
}

/// A variable at a fixed address.
pub(crate) fn at(py: Py<'_>, name: &Obj, ct: Owned<CType>, address: *mut u8) -> R {
    new(py, name, ct, Place::Fixed(address))
}

/// A variable whose address is asked for each time. `fetch` is the `address` of a [`cffi_abi::Op::GlobalVarF`].
pub(crate) fn by_function(py: Py<'_>, name: &Obj, ct: Owned<CType>, fetch: *mut c_void) -> R {
    // SAFETY: by the contract with compiled modules a function of this type.
    let fetch = unsafe { std::mem::transmute::<*mut c_void, Fetch>(fetch) };
    new(py, name, ct, Place::Function(fetch))
}

fn new(py: Py<'_>, name: &Obj, ct: Owned<CType>, place: Place) -> R {
    // SAFETY: the type has this layout; all members are written.
    unsafe {
        let tp = ct.state().types.glob_support;
        let p = types::alloc_plain::<GlobalVariable>(py, tp, size_of::<GlobalVariable>())?;
        (&raw mut (*p).name).write(name.new_ref());
        (&raw mut (*p).ct).write(ct);
        (&raw mut (*p).place).write(place);
        Ok(Owned::from_raw(p.cast()))
    }
}

impl GlobalVariable {
    fn address(&self, py: Py<'_>) -> R<*mut u8> {
        let address = match self.place {
            Place::Fixed(address) => address,
            // SAFETY: a function of the module, which touches no Python object.
            Place::Function(fetch) => unsafe {
                py.detached(|| {
                    errno::restore();
                    let address = fetch();
                    errno::save();
                    address
                })
            },
        };
        if address.is_null() {
            let name = text::lossy(py, &self.name);
            let text = format_args!("global variable '{name}' is at address NULL");
            return Err(self.ct.state().ffi_error(py, text));
        }
        Ok(address)
    }

    /// Its value.
    pub(crate) fn read(&self, py: Py<'_>) -> R {
        let address = self.address(py)?;
        // SAFETY: a variable of this type, by the declaration.
        unsafe { convert::read(py, &self.ct, address) }
    }

    /// Stores a value.
    pub(crate) fn write(&self, py: Py<'_>, value: &Obj) -> R<()> {
        let address = self.address(py)?;
        // SAFETY: as in `read`.
        unsafe { convert::write(py, &self.ct, address, value) }.map_err(|raised| {
            let name = text::lossy(py, &self.name);
            refused(py, raised, convert::place::Place::Variable(&name), &self.ct, value)
        })
    }

    /// A pointer to it.
    pub(crate) fn pointer(&self, py: Py<'_>) -> R {
        let ct = make::pointer_to(py, &self.ct)?;
        let address = self.address(py)?;
        alloc::view(py, &ct, address).map(Owned::into_obj)
    }
}

unsafe extern "C" fn dealloc(p: *mut ffi::PyObject) {
    // SAFETY: called by the interpreter when the last reference is gone; each member is given up once.
    unsafe {
        let variable = p.cast::<GlobalVariable>();
        std::ptr::drop_in_place(&raw mut (*variable).name);
        std::ptr::drop_in_place(&raw mut (*variable).ct);
        types::free(p, false);
    }
}

const DOC: &CStr = c"A global variable of a lib, as lib.__dict__ shows it. Reading lib.NAME gives its value.";

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    TypeSpec::new::<GlobalVariable>(c"_cffi_backend.__FFIGlobSupport")
        .doc(DOC)
        .slot(ffi::Py_tp_dealloc, dealloc as *const c_void)
        .make(py, module, None)
}
