//! Global variables of a `lib`: the objects in its dict that represent them.

use std::ffi::{CStr, c_void};

use cffi_call::{at_once, errno};

use crate::convert;
use crate::ctype::{CType, make};
use crate::diag::place::{self, refused};
use crate::value::alloc;
use cffi_rt::class::{Trace, Visit};
use cffi_rt::{Obj, Owned, Py, R, class, text};

cffi_rt::class! {
    /// A variable, read and written through its `lib`. Immutable.
    pub(crate) struct GlobalVariable in c"_cffi_backend.__FFIGlobSupport", plain {
        name: Owned,
        ct: Owned<CType>,
        place: Place,
    }
}

/// A function that returns the address of a variable, which may depend on the thread.
type Fetch = unsafe extern "C" fn() -> *mut u8;

#[derive(Clone, Copy)]
enum Place {
    Fixed(*mut u8),
    Function(Fetch),
    /// A function that is known to return at once, so that it is called with the GIL.
    QuickFunction(Fetch),
}

impl Trace for Place {
    fn trace(&self, _: &mut Visit) {}
}

/// Makes a variable at a fixed address.
pub(crate) fn at(py: Py<'_>, name: &Obj, ct: Owned<CType>, address: *mut u8) -> R {
    new(py, name, ct, Place::Fixed(address))
}

/// Makes a variable whose address is computed for each access. `fetch` is the `address` of a
/// [`cffi_abi::Op::GlobalVarF`].
pub(crate) fn by_function(py: Py<'_>, name: &Obj, ct: Owned<CType>, fetch: *mut c_void) -> R {
    // SAFETY: a function of this type by the contract with compiled modules.
    let (function, quick) = unsafe {
        (
            std::mem::transmute::<*mut c_void, Fetch>(fetch),
            at_once::returns_at_once(fetch.cast_const().cast()),
        )
    };
    new(py, name, ct, if quick { Place::QuickFunction(function) } else { Place::Function(function) })
}

fn new(py: Py<'_>, name: &Obj, ct: Owned<CType>, place: Place) -> R {
    let st = ct.new_ref();
    let class = st.state().class(py, |types| types.glob_support)?;
    let name = name.new_ref();
    class::create(py, class, |header| GlobalVariable { header, name, ct, place }).map(Owned::into_obj)
}

impl GlobalVariable {
    fn address(&self, py: Py<'_>) -> R<*mut u8> {
        let address = match self.place {
            Place::Fixed(address) => address,
            // SAFETY: a function of the module, which computes an address and calls nothing, so it does not use errno.
            Place::QuickFunction(fetch) => unsafe { fetch() },
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

    /// Returns the type and the address of a variable whose address is not computed for each access.
    pub(crate) fn fixed(&self) -> Option<(&CType, *mut u8)> {
        match self.place {
            Place::Fixed(address) => Some((&self.ct, address)),
            Place::Function(_) | Place::QuickFunction(_) => None,
        }
    }

    /// Reads the value.
    pub(crate) fn read(&self, py: Py<'_>) -> R {
        let address = self.address(py)?;
        // SAFETY: the declaration says that a variable of this type is at the address.
        unsafe { convert::read(py, &self.ct, address) }
    }

    /// Stores a value.
    pub(crate) fn write(&self, py: Py<'_>, value: &Obj) -> R<()> {
        let address = self.address(py)?;
        // SAFETY: the declaration says that a variable of this type is at the address.
        unsafe { convert::write(py, &self.ct, address, value) }.map_err(|raised| {
            let name = text::lossy(py, &self.name);
            refused(py, raised, place::Place::Variable(&name), &self.ct, value)
        })
    }

    /// Stores a value, after a check of the type and the address.
    pub(crate) fn write_after(
        &self,
        py: Py<'_>,
        value: &Obj,
        check: impl FnOnce(&CType, *mut u8) -> R<()>,
    ) -> R<()> {
        let address = self.address(py)?;
        check(&self.ct, address)?;
        // SAFETY: the declaration says that a variable of this type is at the address.
        unsafe { convert::write(py, &self.ct, address, value) }.map_err(|raised| {
            let name = text::lossy(py, &self.name);
            refused(py, raised, place::Place::Variable(&name), &self.ct, value)
        })
    }

    /// Makes a pointer to the variable.
    pub(crate) fn pointer(&self, py: Py<'_>) -> R {
        let ct = make::pointer_to(py, &self.ct)?;
        let address = self.address(py)?;
        alloc::view(py, &ct, address).map(Owned::into_obj)
    }
}

const DOC: &CStr = c"A global variable of a lib, as lib.__dict__ shows it. Reading lib.NAME gives its value.";

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    class::spec::<GlobalVariable>(DOC).make(py, module, None)
}
