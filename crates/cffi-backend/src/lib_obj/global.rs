//! Global variables of a `lib`: the objects in its dict that represent them.

use std::alloc::Layout;
use std::ffi::{CStr, c_void};
use std::ptr::NonNull;

use cffi_abi::Op;
use cffi_call::{at_once, errno};

use crate::convert;
use crate::ctype::{Access, CType, make};
use crate::decls::context::Context;
use crate::decls::entries::GlobalDecl;
use crate::diag::place::{self, refused};
use crate::lib_obj::dlopen;
use crate::lib_obj::entry::{needed, type_of};
use crate::lib_obj::object::Lib;
use crate::memory::Foreign;
use crate::value::alloc::{self, Symbol};
use cffi_rt::class::{Trace, Visit};
use cffi_rt::{Obj, Owned, Py, R, class, raise, text};

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
    Fixed(Symbol),
    Function(Fetch),
    /// A function that is known to return at once, so that it is called with the GIL.
    QuickFunction(Fetch),
}

impl Trace for Place {
    fn trace(&self, _: &mut Visit) {}
}

/// Makes a variable at the address of a symbol.
pub(crate) fn at(py: Py<'_>, name: &Obj, ct: Owned<CType>, symbol: Symbol) -> R {
    new(py, name, ct, Place::Fixed(symbol))
}

/// Makes a variable whose address is computed for each access. `fetch` is the `address` of a
/// [`cffi_abi::Op::GlobalVarF`].
pub(crate) fn by_function(py: Py<'_>, cx: &Context, name: &Obj, global: &GlobalDecl<'_>) -> R {
    if global.op.op() != Ok(Op::GlobalVarF) {
        return Err(raise!(py, System, "a variable without such a function"));
    }
    let (ct, fetch) = (type_of(py, cx, global.op)?, needed(py, cx, global)?);
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
    fn symbol(&self, py: Py<'_>) -> R<Symbol> {
        let address = match self.place {
            Place::Fixed(symbol) => return Ok(symbol),
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
        let Some(address) = NonNull::new(address) else {
            let name = text::lossy(py, &self.name);
            let text = format_args!("global variable '{name}' is at address NULL");
            return Err(self.ct.state().ffi_error(py, text));
        };
        // SAFETY: the module gives the address for the name of the variable.
        Ok(unsafe { Symbol::new(address) })
    }

    /// Returns the type and the address of a variable whose address is not computed for each access.
    pub(crate) fn fixed(&self) -> Option<(&CType, *mut u8)> {
        match self.place {
            Place::Fixed(symbol) => Some((&self.ct, symbol.address())),
            Place::Function(_) | Place::QuickFunction(_) => None,
        }
    }

    fn value(&self, py: Py<'_>) -> R<Foreign<'_>> {
        Ok(Foreign::of_symbol(&self.ct, self.symbol(py)?))
    }

    /// Reads the value.
    pub(crate) fn read(&self, py: Py<'_>) -> R {
        convert::read(py, self.value(py)?)
    }

    /// Stores a value.
    pub(crate) fn write(&self, py: Py<'_>, value: &Obj) -> R<()> {
        self.write_after(py, value, |_, _| Ok(()))
    }

    /// Stores a value, after a check of the type and the address.
    pub(crate) fn write_after(
        &self,
        py: Py<'_>,
        value: &Obj,
        check: impl FnOnce(&CType, *mut u8) -> R<()>,
    ) -> R<()> {
        let variable = self.value(py)?.loc();
        check(&self.ct, variable.at())?;
        if convert::direct::write::<true, true>(py, variable, value) {
            return Ok(());
        }
        convert::write(py, variable, value).map_err(|raised| {
            let name = text::lossy(py, &self.name);
            refused(py, raised, place::Place::Variable(&name), &self.ct, value)
        })
    }

    /// Makes a pointer to the variable.
    pub(crate) fn pointer(&self, py: Py<'_>) -> R {
        let ct = make::pointer_to(py, &self.ct)?;
        alloc::pointer(py, &ct, self.symbol(py)?.address()).map(Owned::into_obj)
    }
}

/// Returns the type of a constant that is no integer.
fn sized(py: Py<'_>, cx: &Context, global: &GlobalDecl<'_>) -> R<Owned<CType>> {
    let ct = type_of(py, cx, global.op)?;
    if ct.known_size().is_none_or(|size| size == 0) {
        let (name, ct) = (global.name.to_string_lossy(), ct.name());
        let text = format_args!("constant '{name}' is of type '{ct}', whose size is not known");
        return Err(cx.state().ffi_error(py, text));
    }
    Ok(ct)
}

/// Returns the value of a constant that is no integer: one that a library exports, or one of a compiled module, whose entry
/// has a function that writes the value.
pub(crate) fn constant(py: Py<'_>, lib: &Lib, global: &GlobalDecl<'_>) -> R {
    type Fetch = unsafe extern "C" fn(*mut u8);
    if !matches!(global.op.op(), Ok(Op::Constant | Op::DlopenConst)) {
        return Err(raise!(py, System, "no constant with such a function"));
    }
    let (cx, fetch) = (lib.context(), global.address());
    let ct = sized(py, cx, global)?;
    if fetch.is_null() {
        return convert::read(py, Foreign::of_symbol(&ct, dlopen::symbol(py, lib, global.name)?));
    }
    let size = ct.known_size().unwrap_or(1);
    let Ok(layout) = Layout::from_size_align(size, 16) else { return Err(py.no_memory()) };
    // SAFETY: the `address` of such a global is a function of this type, which writes a value of the type; the block
    // has the size of one.
    unsafe {
        let data = std::alloc::alloc_zeroed(layout);
        if data.is_null() {
            return Err(py.no_memory());
        }
        std::mem::transmute::<*mut c_void, Fetch>(fetch)(data);
        let value = convert::read(py, Foreign::new(&ct, data));
        // The value of a struct or array is a cdata at its address. Like the module's own data, the block is not freed.
        if value.is_err() || !matches!(ct.access, Access::Aggregate | Access::Array) {
            std::alloc::dealloc(data, layout);
        }
        value
    }
}

const DOC: &CStr = c"A global variable of a lib, as lib.__dict__ shows it. Reading lib.NAME gives its value.";

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    class::spec::<GlobalVariable>(DOC).make(py, module)
}
