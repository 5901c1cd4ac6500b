//! The functions and variables of a `lib`: those of compiled modules, and of libraries opened out of line.
//!
//! A built-in function of a compiled module is replaced by another built-in function when it is first asked for. That
//! one has the name and the docstring of the first, checks the arguments, and calls the first.

use std::ffi::{CStr, c_void};
use std::fmt::{self, Display};
use std::mem::offset_of;

use cffi_call::thunk::{self, Context};
use pyo3_ffi as ffi;

use super::call::Checked;
use super::crashes;
use super::error::has_room;
use super::functions_known::{self as known, Known};
use super::gate::{Use, pass};
use super::values;
use crate::ctype::CType;
use crate::lib_obj::global::GlobalVariable;
use crate::lib_obj::object::Lib;
use crate::lib_obj::{attr, function};
use crate::library::{self, CLibrary};
use crate::state::Module;
use crate::value::CData;
use cffi_regions::mapped;
use cffi_rt::args::Place;
use cffi_rt::seq::{Seq, tuple_items};
use cffi_rt::slots::{Call, vectorcall, vectorcalled};
use cffi_rt::{Args, Obj, Owned, Params, Py, R, dict, raise, text};

/// The definition of a function that checks. Never freed, because the users of the function object rely on it.
#[repr(C)]
struct Definition {
    /// The interpreter's part; first, so that its address is that of the whole.
    method: ffi::PyMethodDef,
    context: Context,
    original: Owned,
    ct: Owned<CType>,
    known: &'static Known,
}

/// `lib.name`
pub(super) fn get(py: Py<'_>, lib: &Lib, name: &Obj) -> R {
    if let Some(kept) = dict::get(py, &lib.attrs, name)?
        && let Some(variable) = kept.downcast::<GlobalVariable>()
    {
        variable_usable(py, variable, name, Use::Read)?;
    }
    let found = attr::get(py, lib, name)?;
    if text::is(py, name, "__dict__") {
        return with_checking(py, lib, &found);
    }
    if let Some(cd) = found.downcast::<CData>()
        && cd.ct().function().is_some()
        && !known::is_known(cd.data().addr())
        && dict::get(py, &lib.attrs, name)?.is_some_and(|kept| kept.is(&found))
    {
        cd.state().symbols.remember(cd.data(), &text::lossy(py, name));
    }
    // SAFETY: attached; an object that the check accepts has the layout of a built-in function.
    let is_new = unsafe {
        ffi::PyCFunction_Check(found.as_ptr()) != 0
            && !is_checking((*found.as_ptr().cast::<ffi::PyCFunctionObject>()).vectorcall)
    };
    if !is_new {
        return Ok(found);
    }
    let Some(ct) = function::type_of(py, &found)? else { return Ok(found) };
    // SAFETY: attached; a built-in function, whose receiver is null or alive as long as it is.
    let owner = unsafe { Obj::from_ptr_opt(ffi::PyCFunction_GetSelf(found.as_ptr())) };
    let made = match owner.and_then(|owner| owner.downcast::<Lib>()).filter(|owner| !owner.is(lib)) {
        // A function of a module that this one includes is the object that the other module has.
        Some(owner) => get(py, owner, name)?,
        None => {
            // SAFETY: a `Lib` is an object, which is alive.
            let receiver = unsafe { Obj::from_ptr(lib.as_ptr()) };
            checking(py, receiver, &lib.name, &lib.shown(py), found, ct)?
        }
    };
    dict::set(py, &lib.attrs, name, &made)?;
    lib.cached.put(py, name, &made);
    Ok(made)
}

/// Puts the functions that check into a dict of all names.
fn with_checking(py: Py<'_>, lib: &Lib, all: &Owned) -> R {
    let names = attr::dir(py, lib)?;
    for i in 0..Seq::of(&names).map_or(0, |names| names.len()) {
        let Some(name) = Seq::of(&names).and_then(|names| names.get(i)) else { break };
        // SAFETY: attached; an object that is alive.
        let is_function = |value: &Owned| unsafe { ffi::PyCFunction_Check(value.as_ptr()) != 0 };
        if dict::get(py, all, &name)?.as_ref().is_some_and(is_function) {
            let checking = get(py, lib, &name)?;
            dict::set(py, all, &name, &checking)?;
        }
    }
    Ok(all.clone())
}

/// The use of a variable, for errors: with the verb.
struct Variable<'a>(Py<'a>, &'static str, &'a Obj);

impl Display for Variable<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} the variable '{}'", self.1, text::lossy(self.0, self.2))
    }
}

/// `lib.name = value`
pub(super) fn set(py: Py<'_>, lib: &Lib, name: &Obj, value: Option<&Obj>) -> R<()> {
    if value.is_some() {
        let found = attr::required(py, lib, name)?;
        if let Some(variable) = found.downcast::<GlobalVariable>() {
            let check = |ct: &CType, address: *mut u8| {
                pass(py, address, ct.known_size().unwrap_or(0), Use::Write, &Variable(py, "writing", name))?;
                value.map_or(Ok(()), |value| values::readable(py, ct, value))
            };
            return value.map_or(Ok(()), |value| variable.write_after(py, value, check));
        }
    }
    attr::set(py, lib, name, value)
}

fn variable_usable(py: Py<'_>, variable: &GlobalVariable, name: &Obj, how: Use) -> R<()> {
    let Some((ct, address)) = variable.fixed() else { return Ok(()) };
    let size = ct.known_size().unwrap_or(0);
    let verb = if how == Use::Read { "reading" } else { "writing" };
    pass(py, address, size, how, &Variable(py, verb, name))
}

/// `CLibrary.read_variable`
pub(super) fn read_variable(py: Py<'_>, lib: &CLibrary, args: Args<'_>) -> R {
    if args.len() == 2 {
        opened_usable::<2>(py, lib, args, "read_variable", Use::Read)?;
    }
    library::read_variable(py, lib, args)
}

/// `CLibrary.write_variable`
pub(super) fn write_variable(py: Py<'_>, lib: &CLibrary, args: Args<'_>) -> R {
    if args.len() == 3 {
        opened_usable::<3>(py, lib, args, "write_variable", Use::Write)?;
        let (ct, _, value) = library::type_and_name::<3>(py, "write_variable", args)?;
        if let Some(value) = value {
            values::readable(py, ct, value)?;
        }
    }
    library::write_variable(py, lib, args)
}

fn opened_usable<const N: usize>(
    py: Py<'_>,
    lib: &CLibrary,
    args: Args<'_>,
    function: &'static str,
    how: Use,
) -> R<()> {
    let (ct, name, _) = library::type_and_name::<N>(py, function, args)?;
    let (address, _open) = lib.variable(py, &ct.state().notes, name)?;
    let verb = if how == Use::Read { "reading" } else { "writing" };
    let size = if ct.is_aggregate() || ct.is_array() { 0 } else { ct.known_size().unwrap_or(0) };
    pass(py, address, size, how, &format_args!("{verb} the variable '{name}'"))
}

/// Module function `_checked_function`. Returns a function that checks in place of one of a module of `verify()`; of a
/// function pointer it remembers the name.
pub(super) fn checked_function(py: Py<'_>, _module: &Module, args: Args<'_>) -> R {
    const PARAMS: Params = Params { function: "_checked_function", names: &["", "", ""], required: 3 };
    args.no_keywords(py, "_checked_function")?;
    let [Some(found), Some(ct), Some(name)] = args.bind::<3>(py, &PARAMS)? else {
        return Err(py.no_memory());
    };
    let ct = Place { function: "_checked_function", number: 2 }.exact::<CType>(py, ct)?;
    if let Some(cd) = found.downcast::<CData>() {
        if ct.function().is_some() {
            cd.state().symbols.remember(cd.data(), &text::lossy(py, name));
        }
        return Ok(found.new_ref());
    }
    // SAFETY: attached, and the object is alive.
    if unsafe { ffi::PyCFunction_Check(found.as_ptr()) } == 0 || ct.function().is_none() {
        return Err(raise!(py, Type, "expected a built-in function and its type"));
    }
    let module = found.getattr_str(py, "__module__")?;
    // SAFETY: attached; a built-in function, whose receiver is null or alive as long as it is.
    let receiver = unsafe { Obj::from_ptr_opt(ffi::PyCFunction_GetSelf(found.as_ptr())) };
    let none = py.none();
    let library = text::lossy(py, &module).into_owned();
    checking(py, receiver.unwrap_or(&none), &module, &library, found.new_ref(), ct.new_ref())
}

/// Makes the function that checks.
fn checking(py: Py<'_>, receiver: &Obj, module: &Obj, library: &str, original: Owned, ct: Owned<CType>) -> R {
    if !has_room() {
        return Err(py.no_memory());
    }
    if !cffi_rt::function::is_builtin(&original) {
        return Err(raise!(py, System, "a built-in function was expected"));
    }
    // SAFETY: an object that the check accepts has the layout of a built-in function; its definition and the name in it are
    // never freed.
    let method = unsafe { *(*original.as_ptr().cast::<ffi::PyCFunctionObject>()).m_ml };
    // SAFETY: the name of a definition is a C string.
    let name = unsafe { CStr::from_ptr(method.ml_name) }.to_string_lossy();
    let known = known::by_name(&name, library);
    let context = Context { handler: by_tuple };
    let method = ffi::PyMethodDef {
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: no_tuple },
        ml_flags: ffi::METH_VARARGS,
        ..method
    };
    let leaked = Box::into_raw(Box::new(Definition { method, context, original, ct, known }));
    // SAFETY: attached, all objects are alive, the definition is never freed, and no code has called the object yet. The
    // thunk has the signature of the interpreter's call with a tuple.
    unsafe {
        if let Some(code) = thunk::function(&(*leaked).context) {
            let meth = std::mem::transmute::<*const c_void, ffi::PyCFunction>(code);
            (*leaked).method.ml_meth = ffi::PyMethodDefPointer { PyCFunction: meth };
        }
        let object = ffi::PyCFunction_NewEx(leaked.cast(), receiver.as_ptr(), module.as_ptr());
        let made = Owned::from_new(py, object)?;
        (*object.cast::<ffi::PyCFunctionObject>()).vectorcall = Some(vectorcall::<Checking>);
        Ok(made)
    }
}

/// Returns whether a vectorcall entry is that of the functions that [`checking`] makes.
fn is_checking(entry: Option<ffi::vectorcallfunc>) -> bool {
    entry.is_some_and(|f| std::ptr::fn_addr_eq(f, vectorcall::<Checking> as ffi::vectorcallfunc))
}

/// Returns whether an object is a function of a compiled module.
pub(super) fn is_function(object: &Obj) -> bool {
    // SAFETY: the object is alive, and a built-in function has that layout.
    unsafe {
        ffi::PyCFunction_Check(object.as_ptr()) != 0
            && is_checking((*object.as_ptr().cast::<ffi::PyCFunctionObject>()).vectorcall)
    }
}

/// The call of a function that checks: the interpreter prefers its vectorcall entry.
struct Checking;

impl Call for Checking {
    type Receiver = ffi::PyCFunctionObject;

    unsafe fn call(py: Py<'_>, function: &ffi::PyCFunctionObject, args: Args<'_>) -> R {
        // SAFETY: the object was made by `checking` from a definition, which is never freed.
        run(py, unsafe { &*function.m_ml.cast::<Definition>() }, args)
    }
}

/// Calls a function that checks with a tuple: the target of the thunks.
///
/// # Safety
/// Called by the interpreter with a tuple, as `METH_VARARGS` says; the context is a definition's.
unsafe extern "C" fn by_tuple(
    _: usize,
    tuple: usize,
    _: usize,
    _: usize,
    context: *const Context,
) -> *mut c_void {
    // SAFETY: the context is a part of a definition, which is never freed, and the tuple holds its items during the call.
    unsafe {
        let definition = &*context.byte_sub(offset_of!(Definition, context)).cast::<Definition>();
        let items = tuple_items(Obj::from_ptr(tuple as *mut ffi::PyObject));
        vectorcalled(items.as_ptr().cast(), items.len(), std::ptr::null_mut(), |py, args| {
            run(py, definition, args)
        })
        .cast()
    }
}

/// Takes the place of [`by_tuple`] where there are no thunks.
unsafe extern "C" fn no_tuple(_lib: *mut ffi::PyObject, _tuple: *mut ffi::PyObject) -> *mut ffi::PyObject {
    // SAFETY: called by the interpreter with an attached thread.
    let py = unsafe { Py::assume() };
    let _ = raise!(py, System, "call the function itself, and not its __call__, in checked mode");
    std::ptr::null_mut()
}

fn run(py: Py<'_>, definition: &Definition, args: Args<'_>) -> R {
    let function = definition.ct.function().filter(|_| args.keywords() == 0);
    let Some(function) = function else {
        // SAFETY: the values are those of the interpreter's own call.
        return unsafe { through(py, definition, args, None) };
    };
    let mut checked = Checked::new(definition.known, function);
    checked.arguments(py, args)?;
    if definition.known.frees && checked.frees(py)? {
        return Ok(py.none());
    }
    let noted = crashes::noted(py, definition.known.name, definition.known.library, args);
    // SAFETY: the values are those of the interpreter's own call, or arrays made for it that `checked` keeps.
    let result = noted.during(|| unsafe { through(py, definition, args, Some(&checked.values)) });
    mapped::may_have_changed();
    checked.after(py, result)
}

/// Calls the original function, with other values of the arguments if there are some.
///
/// # Safety
/// The other values are live objects, as many as `args` has.
unsafe fn through(
    py: Py<'_>,
    definition: &Definition,
    args: Args<'_>,
    values: Option<&[*mut ffi::PyObject]>,
) -> R {
    let own;
    let values = match values {
        Some(values) => values,
        None => {
            own = args.values().iter().map(|value| value.as_ptr()).collect::<Vec<_>>();
            &own
        }
    };
    // SAFETY: attached; all values are alive, as many as the call has, and the names are those of the interpreter's call.
    unsafe {
        let original = definition.original.as_ptr();
        Owned::from_new(py, ffi::PyObject_Vectorcall(original, values.as_ptr(), args.len(), args.names()))
    }
}
