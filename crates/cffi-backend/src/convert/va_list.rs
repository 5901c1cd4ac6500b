//! Lists of arguments, C's `va_list`: those behind `...` of a callback, as the last argument of the Python function, and those
//! that a program makes of values.

use std::cell::UnsafeCell;
use std::ffi::CStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use cffi_call::signature::Abi;
use cffi_call::va_list::{NextArgument, VaList};

use super::read_copied;
use crate::ctype::by_value::ByValue;
use crate::ctype::{CType, make};
use crate::memory::Loc;
use cffi_rt::args::Named;
use cffi_rt::class::{self, Trace, Visit};
use cffi_rt::slots::method;
use cffi_rt::table::{Method, Table};
use cffi_rt::{Obj, Owned, Py, R, Raised, raise, text};

cffi_rt::class! {
    /// A list. That of a callback can be read until the Python function returns.
    pub(crate) struct VaObject in c"_cffi_backend.VaArguments", collected {
        /// The type of the callback; for a list of values, `void`.
        ct: Owned<CType>,
        place: Place,
        /// The values of a list that a program has made: their memory is used.
        values: Owned,
    }
}

/// A place in a list.
struct Place {
    shared: Arc<Shared>,
    list: UnsafeCell<VaList>,
    /// For a list of values its beginning, from which each C function reads it, and the list that C functions get.
    values: Option<(VaList, UnsafeCell<VaList>)>,
}

/// Holds the data that all copies of a list share.
struct Shared {
    /// Whether the call still runs. The lock also guards `list`; no Python code runs under it.
    running: Mutex<bool>,
    /// The arguments of a list of values.
    _block: Vec<u128>,
}

// SAFETY: the addresses in a list lead to the stack of a running call, or to the block that is shared.
unsafe impl Send for Place {}
// SAFETY: the lock guards the list; the other members are never changed.
unsafe impl Sync for Place {}

impl Trace for Place {
    fn trace(&self, _visit: &mut Visit) {}
}

impl Place {
    fn lock(&self) -> MutexGuard<'_, bool> {
        self.shared.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Named for VaObject {
    const TP_NAME: &'static str = "_cffi_backend.VaArguments";
}

/// The list of a running call. When it is dropped, nothing can be read from the object and its copies any more.
pub(crate) struct VaArguments(Owned<VaObject>);

impl VaArguments {
    /// Makes the object for the list of a callback of type `ct`.
    ///
    /// # Safety
    /// `argument` is the address of a closure's `va_list`, whose call lasts longer than the result of this function.
    pub(crate) unsafe fn new(py: Py<'_>, ct: &CType, argument: *const u8) -> R<VaArguments> {
        // SAFETY: the caller promises the address of a closure's list.
        let list = unsafe { VaList::read(argument.cast()) };
        let shared = Arc::new(Shared { running: Mutex::new(true), _block: Vec::new() });
        let place = Place { shared, list: UnsafeCell::new(list), values: None };
        Ok(VaArguments(object(py, ct, place, &py.none())?))
    }

    /// Returns the object.
    pub(crate) fn object(&self) -> Owned {
        self.0.clone().into_obj()
    }
}

impl Drop for VaArguments {
    fn drop(&mut self) {
        *self.0.place.lock() = false;
    }
}

fn object(py: Py<'_>, ct: &CType, place: Place, values: &Obj) -> R<Owned<VaObject>> {
    class::create(py, ct.state().class(py, |types| types.va_arguments)?, |header| VaObject {
        header,
        ct: ct.new_ref(),
        place,
        values: values.new_ref(),
    })
}

/// Makes a list of values, which lie in `block` as on the stack of a call, from its `start` bytes on.
pub(crate) fn of_values(
    py: Py<'_>,
    void: &CType,
    mut block: Vec<u128>,
    start: usize,
    values: &Obj,
) -> R<Owned> {
    let list = VaList::in_memory(block.as_mut_ptr().cast::<u8>().wrapping_add(start));
    let shared = Arc::new(Shared { running: Mutex::new(true), _block: block });
    let values_of = Some((list, UnsafeCell::new(list)));
    let place = Place { shared, list: UnsafeCell::new(list), values: values_of };
    object(py, void, place, values).map(Owned::into_obj)
}

impl VaObject {
    /// Returns the list's address for a C function, unless the call has ended.
    fn for_c(&self) -> Option<*mut u8> {
        let running = self.place.lock();
        if let Some((start, given)) = &self.place.values {
            // SAFETY: the lock guards the list; no reference to it exists.
            unsafe { given.get().write(*start) };
            return Some(given.get().cast());
        }
        running.then(|| self.place.list.get().cast())
    }
}

/// Returns the address to pass where a C function takes a `va_list`: `ct` is the type to which that decays.
pub(crate) fn address(ct: &CType, value: &Obj) -> Option<*mut u8> {
    let list = value.downcast::<VaObject>()?;
    let is_tag = ct.item().is_some_and(|item| item.is_aggregate() && item.name() == "struct __va_list_tag");
    if is_tag { list.for_c() } else { None }
}

/// Writes a list as the struct `ct` that `va_list` is on AArch64. Returns false if this is something else.
#[cfg(target_arch = "aarch64")]
pub(super) fn write_struct(loc: Loc<'_>, value: &Obj) -> bool {
    let ct = loc.ct();
    let Some(list) = value.downcast::<VaObject>() else { return false };
    let size = size_of::<VaList>();
    if ct.name() != "struct __va_list" || ct.known_size() != Some(size) {
        return false;
    }
    let Some(from) = list.for_c() else { return false };
    // SAFETY: the place is writable for the size of its type, as many bytes as the list has.
    unsafe { std::ptr::copy_nonoverlapping(from, loc.at(), size) };
    true
}

#[cold]
fn ended(py: Py<'_>) -> Raised {
    raise!(py, Runtime, "the callback whose arguments these are has returned")
}

/// Method `next`.
fn next(py: Py<'_>, list: &VaObject, wanted: &Obj) -> R {
    let ct = match wanted.downcast::<CType>() {
        Some(ct) => ct.new_ref(),
        None if wanted.is_str() => named(py, list, text::utf8(py, wanted)?)?,
        None => {
            let got = wanted.type_name();
            return Err(raise!(py, Type, "next() expects a ctype or the name of a plain type, not {got}"));
        }
    };
    let state = list.ct.state();
    let ct = if ct.is_promoted_float() { make::primitive_by_name(py, state, "double")? } else { ct };
    let ct = if ct.decays() { ct.decayed().map_or_else(|| ct.clone(), CType::new_ref) } else { ct };
    let void = make::void(py, state)?;
    let types = ByValue::new(py, &[&ct], &void, Some(0))?;
    let place = match NextArgument::new(&types.signature(Abi::Default)) {
        Ok(place) => place,
        Err(reason) => return Err(raise!(py, NotImplemented, "'{}' behind '...': {reason}", ct.name())),
    };
    // A value that is promoted has the size of an int.
    let size = ct.known_size().unwrap_or(0).max(16);
    let mut room = py.room(cffi_memory::repeated(0_u128, size.div_ceil(16)))?;
    let at = room.as_mut_ptr().cast::<u8>();
    {
        let running = list.place.lock();
        if !*running {
            return Err(ended(py));
        }
        // SAFETY: the lock guards the list, and the call still runs. The type is what the program says of the argument, as in C.
        unsafe { place.take(&mut *list.place.list.get(), at) };
    }
    // SAFETY: the block has at least the size of the type.
    read_copied(py, unsafe { Loc::new(&ct, at) })
}

/// Returns the type of a name: a primitive type or `void`, and any number of `*` behind it.
fn named(py: Py<'_>, list: &VaObject, name: &str) -> R<Owned<CType>> {
    let base = name.trim_end_matches(|c: char| c == '*' || c.is_ascii_whitespace());
    let stars = name[base.len()..].bytes().filter(|b| *b == b'*').count();
    let base = base.trim().strip_prefix("const ").unwrap_or(base).trim();
    let state = list.ct.state();
    let mut ct = match base {
        "void" => make::void(py, state)?,
        _ => make::primitive_by_name(py, state, base)?,
    };
    for _ in 0..stars {
        ct = make::pointer_to(py, &ct)?;
    }
    Ok(ct)
}

/// Method `copy`.
fn copy(py: Py<'_>, list: &VaObject) -> R {
    let now = {
        let running = list.place.lock();
        if !*running {
            return Err(ended(py));
        }
        // SAFETY: the lock guards the list.
        unsafe { *list.place.list.get() }
    };
    let values = list.place.values.as_ref().map(|_| (now, UnsafeCell::new(now)));
    let place = Place { shared: list.place.shared.clone(), list: UnsafeCell::new(now), values };
    Ok(object(py, &list.ct, place, &list.values)?.into_obj())
}

const DOC: &CStr = c"A list of arguments, for C functions that take a va_list.

As the last argument of a callback it has what C passes for '...': it can be read while the callback runs, one argument
after the other. Like C, nobody checks their types.";

static METHODS: Table<Method<VaObject>, 3> = Table::methods([
    method!(one VaObject, c"next", next, c"next($self, ctype, /)\n--\n\nReads the next argument as a value of this type: a ctype, or the name of a primitive type or of pointers to one."),
    method!(noargs VaObject, c"copy", copy, c"copy($self, /)\n--\n\nAnother list that begins with the argument that would be read next."),
    Method::END,
]);

/// Makes the Python type.
pub(crate) fn make_type(py: Py<'_>, module: &Obj) -> R {
    class::spec::<VaObject>(DOC).methods(&METHODS).make(py, module)
}
