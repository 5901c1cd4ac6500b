//! Direct calls of compiled modules' functions, without their wrappers.
//!
//! The wrapper that cffi generates for a function of two or more arguments takes a tuple. The interpreter is given
//! another function, which takes an array of arguments: where every argument converts by a mere look at it, this calls
//! the function proper (the module's `_cffi_d_` function) by the plan of its type. All other calls, errors included,
//! are left to the wrapper, so that there is no visible difference.
//!
//! The interpreter has a special instruction for built-in functions that take their arguments so. It has none for those
//! without arguments, which are therefore given such a function too. But it does not tell them which function was called.
//! A thunk does. Where there are no thunks, the function object gets a vectorcall entry. These functions take keywords, and
//! refuse them, because the interpreter's own error has another text than for a wrapper.
//!
//! A function of one argument stays one for the interpreter (`METH_O`), for which there is an instruction too. Its thunk
//! calls the function proper in the same way, and leaves all else to the wrapper.

use std::borrow::Cow;
use std::ffi::{CStr, CString, c_void};
use std::mem::offset_of;
use std::sync::OnceLock;

use cffi_abi::Op;
use cffi_call::at_once;
use cffi_call::thunk::{self, Context};
use pyo3_ffi as ffi;

use crate::call;
use crate::ctype::CType;
use crate::decls::entries::GlobalDecl;
use crate::lib_obj::entry::needed;
use crate::lib_obj::function as lib_function;
use crate::lib_obj::object::Lib;
use cffi_rt::seq;
use cffi_rt::slots::{Call, vectorcall, vectorcalled};
use cffi_rt::{Args, Obj, Owned, Py, R, Raised, raise};

/// The definition of a built-in function, with the data that its calls need. Never freed, because the users of the
/// function object rely on its definition.
#[repr(C)]
struct Definition {
    /// The interpreter's part; first, so that its address is that of the whole.
    method: ffi::PyMethodDef,
    /// The definition of the wrapper alone, for errors of functions without arguments.
    plain: ffi::PyMethodDef,
    /// The context of the thunk.
    context: Context,
    /// The module's wrapper.
    wrapper: ffi::PyCFunction,
    /// The function proper, null in modules of old releases.
    target: *const c_void,
    /// The number of the function among the module's globals.
    index: usize,
    /// The data for direct calls, found by the first call; `None` where only the wrapper can make the call.
    direct: OnceLock<Option<Direct>>,
}

/// The type of a function, and the function that calls functions of this type.
struct Direct {
    ct: Owned<CType>,
    attempt: call::Attempt,
}

impl Definition {
    /// Makes the definition of a function that belongs to a `lib`.
    fn new(
        method: ffi::PyMethodDef,
        wrapper: ffi::PyCFunction,
        target: *const c_void,
        index: usize,
    ) -> Definition {
        let mut made = Definition {
            method,
            plain: method,
            context: Context { handler: noted },
            wrapper,
            target,
            index,
            direct: OnceLock::new(),
        };
        if made.is_direct() {
            made.context.handler = fast;
        } else if made.is_single() {
            made.context.handler = single;
        }
        made
    }

    /// Returns whether the wrapper takes one argument as it is, and the function proper is known.
    fn is_single(&self) -> bool {
        !self.target.is_null() && self.plain.ml_flags == ffi::METH_O
    }

    /// Returns whether calls need not go through the wrapper, because it takes a tuple or nothing.
    fn is_direct(&self) -> bool {
        !self.target.is_null() && matches!(self.plain.ml_flags, ffi::METH_VARARGS | ffi::METH_NOARGS)
    }

    /// Returns whether the wrapper takes a tuple of the arguments.
    fn takes_tuple(&self) -> bool {
        self.plain.ml_flags == ffi::METH_VARARGS
    }

    fn name(&self) -> Cow<'_, str> {
        // SAFETY: the name is a C string of the module.
        unsafe { CStr::from_ptr(self.method.ml_name) }.to_string_lossy()
    }
}

/// Makes the function object of the global `index` of `lib`, and bound to that.
pub(crate) fn function(py: Py<'_>, lib: &Lib, index: usize, global: &GlobalDecl<'_>, doc: CString) -> R {
    let flags = match global.op.op() {
        Ok(Op::CpythonBltnV) => ffi::METH_VARARGS,
        Ok(Op::CpythonBltnN) => ffi::METH_NOARGS,
        Ok(Op::CpythonBltnO) => ffi::METH_O,
        _ => return Err(raise!(py, System, "a global without a wrapper")),
    };
    let address = needed(py, lib.context(), global)?;
    // SAFETY: by the contract with compiled modules, the address of such a global is a function that takes the arguments
    // of these flags.
    let wrapper = unsafe { std::mem::transmute::<*mut c_void, ffi::PyCFunction>(address) };
    let method = ffi::PyMethodDef {
        ml_name: global.name.as_ptr(),
        ml_meth: ffi::PyMethodDefPointer { PyCFunction: wrapper },
        ml_flags: flags,
        ml_doc: doc.into_raw(),
    };
    let definition = Definition::new(method, wrapper, global.size_or_direct_fn().cast_const(), index);
    // Never freed: one for each function of a module that is never unloaded, as if it were a part of it.
    let leaked: *mut Definition = Box::into_raw(py.room(cffi_memory::boxed(definition))?);
    // SAFETY: attached, all objects are alive. The parts of the definition belong together by the module's tables; the name
    // is a part of the module, the docstring was leaked. No code has called the object yet.
    unsafe {
        let direct = (*leaked).is_direct();
        let code = if direct { thunk::function(&(*leaked).context) } else { None };
        if !direct
            && ((*leaked).is_single() || NOTES_STATE && lib.context().decl().calls_python())
            && let Some(code) = thunk::function(&(*leaked).context)
        {
            let meth = std::mem::transmute::<*const c_void, ffi::PyCFunction>(code);
            (*leaked).method.ml_meth = ffi::PyMethodDefPointer { PyCFunction: meth };
        }
        if let Some(code) = code {
            let meth = std::mem::transmute::<*const c_void, ffi::PyCFunctionFastWithKeywords>(code);
            (*leaked).method.ml_meth = ffi::PyMethodDefPointer { PyCFunctionFastWithKeywords: meth };
            (*leaked).method.ml_flags = ffi::METH_FASTCALL | ffi::METH_KEYWORDS;
        }
        let object = ffi::PyCFunction_NewEx(leaked.cast(), lib.as_ptr(), lib.name.as_ptr());
        let function = Owned::from_new(py, object)?;
        if direct && code.is_none() {
            (*object.cast::<ffi::PyCFunctionObject>()).vectorcall = Some(vectorcall::<Directly>);
        }
        Ok(function)
    }
}

/// Whether a wrapper that detaches by itself has to note the thread state. Before 3.12 the interpreter knows one state
/// of each thread, the first, whichever interpreter's code the thread runs. An `extern "Python"` function that the
/// wrapper's function calls looks for the interpreter's own. Where there are no thunks, only wrappers that take a tuple
/// note the state.
const NOTES_STATE: bool = cfg!(not(Py_3_12));

/// Calls the wrapper of a function: the target of the thunks of functions that keep their wrapper.
///
/// # Safety
/// Called by the interpreter, with an object and one or no argument, or a tuple, as the method's flags say; the context
/// is a definition's.
unsafe extern "C" fn noted(
    this: usize,
    arg: usize,
    _: usize,
    _: usize,
    context: *const Context,
) -> *mut c_void {
    // SAFETY: the context is a part of a definition, which is never freed; the wrapper takes the interpreter's
    // arguments.
    unsafe {
        let definition = &*context.byte_sub(offset_of!(Definition, context)).cast::<Definition>();
        let (this, arg) = (this as *mut ffi::PyObject, arg as *mut ffi::PyObject);
        Py::assume().outside(|| (definition.wrapper)(this, arg)).cast()
    }
}

/// Calls a function of one argument directly if it can: the target of the thunks of such functions.
///
/// # Safety
/// Called by the interpreter, as `METH_O` says; the context is a definition's.
unsafe extern "C" fn single(
    this: usize,
    arg: usize,
    _: usize,
    _: usize,
    context: *const Context,
) -> *mut c_void {
    // SAFETY: the context is a part of a definition, which is never freed. The interpreter passes the lib and an argument,
    // both alive during the call, and the function proper is of the type that was found for it.
    unsafe {
        let definition = &*context.byte_sub(offset_of!(Definition, context)).cast::<Definition>();
        let args = [arg as *mut ffi::PyObject];
        vectorcalled(args.as_ptr(), 1, std::ptr::null_mut(), |py, args| {
            let lib = Obj::from_ptr(this as *mut ffi::PyObject);
            if let Some(direct) = definition.direct.get().unwrap_or_else(|| find(py, lib, definition))
                && let Some(result) = (direct.attempt)(py, &direct.ct, definition.target.cast(), args)
            {
                return result;
            }
            let call = || (definition.wrapper)(lib.as_ptr(), args.get(0).as_ptr());
            Owned::from_new(py, if NOTES_STATE { py.outside(call) } else { call() })
        })
        .cast()
    }
}

/// Calls a function directly if it can: the target of the other thunks.
///
/// # Safety
/// Called by the interpreter, as `METH_FASTCALL | METH_KEYWORDS` says; the context is a definition's.
unsafe extern "C" fn fast(
    this: usize,
    args: usize,
    nargs: usize,
    kwnames: usize,
    context: *const Context,
) -> *mut c_void {
    // SAFETY: the context is a part of a definition, which is never freed.
    unsafe {
        let definition = &*context.byte_sub(offset_of!(Definition, context)).cast::<Definition>();
        let (args, kwnames) = (args as *const *mut ffi::PyObject, kwnames as *mut ffi::PyObject);
        vectorcalled(args, nargs, kwnames, |py, args| {
            run(py, Obj::from_ptr(this as *mut ffi::PyObject), definition, args)
        })
        .cast()
    }
}

/// The direct call of a function, or that of its wrapper, on systems without thunks.
struct Directly;

impl Call for Directly {
    type Receiver = ffi::PyCFunctionObject;

    unsafe fn call(py: Py<'_>, function: &ffi::PyCFunctionObject, args: Args<'_>) -> R {
        // SAFETY: the object was made from a definition, which is never freed, and is bound to a lib.
        unsafe { run(py, Obj::from_ptr(function.m_self), &*function.m_ml.cast::<Definition>(), args) }
    }
}

/// Calls the function.
///
/// # Safety
/// `this` is the lib that the function belongs to.
#[inline(always)]
unsafe fn run(py: Py<'_>, this: &Obj, definition: &Definition, args: Args<'_>) -> R {
    if let Some(direct) = definition.direct.get().unwrap_or_else(|| find(py, this, definition))
        && args.keywords() == 0
        // SAFETY: the function is of that type.
        && let Some(result) = unsafe { (direct.attempt)(py, &direct.ct, definition.target.cast(), args) }
    {
        return result;
    }
    // SAFETY: the caller promises that the definition is that of the module's own wrapper.
    unsafe {
        if definition.takes_tuple() {
            by_wrapper(py, this, definition, args)
                .map_err(|raised| wrong_argument(py, raised, definition, args))
        } else {
            by_plain_wrapper(py, this, definition, args)
        }
    }
}

/// Returns the direct way to call the function, if it can be called by a plan. It is kept from then on.
///
/// It is found before the lock is taken: realizing a type can run any code, even a call of this function.
#[cold]
fn find<'d>(py: Py<'_>, this: &Obj, definition: &'d Definition) -> &'d Option<Direct> {
    let ct = this.downcast::<Lib>().map(|lib| lib_function::function_type(py, lib, definition.index));
    let found = match ct {
        // SAFETY: the function proper is a part of the module, or null.
        Some(Ok(ct)) => call::attempt(&ct, unsafe { at_once::known(definition.target.cast()) })
            .map(|attempt| Direct { attempt, ct }),
        Some(Err(raised)) => {
            py.err_clear(raised);
            None
        }
        None => None,
    };
    definition.direct.get_or_init(|| found)
}

/// Adds a note to the exception that names the argument and the function.
#[cold]
fn wrong_argument(py: Py<'_>, raised: Raised, definition: &Definition, args: Args<'_>) -> Raised {
    let Some(Some(Direct { ct, .. })) = definition.direct.get() else { return raised };
    // The error about a wrong number of arguments names the function.
    if ct.function().is_none_or(|function| function.args.len() != args.len()) {
        return raised;
    }
    call::wrong_in_wrapper(py, raised, &definition.name(), ct, args)
}

/// Calls the wrapper, with a tuple of the arguments.
///
/// # Safety
/// `this` is the lib that the function belongs to.
#[cold]
unsafe fn by_wrapper(py: Py<'_>, this: &Obj, definition: &Definition, args: Args<'_>) -> R {
    if args.keywords() > 0 {
        return Err(raise!(py, Type, "{}() takes no keyword arguments", definition.name()));
    }
    let tuple = seq::tuple_with(py, args.len(), |i| Ok(args.get(i).new_ref()))?;
    // SAFETY: the token proves that the thread is attached. The wrapper takes the lib and a tuple, which are alive.
    unsafe {
        let call = || (definition.wrapper)(this.as_ptr(), tuple.as_ptr());
        Owned::from_new(py, if NOTES_STATE { py.outside(call) } else { call() })
    }
}

/// Calls a wrapper that takes no arguments. If there are some, a function object of the wrapper alone refuses them, so
/// that the error is the interpreter's own.
///
/// # Safety
/// As for [`by_wrapper`].
#[cold]
unsafe fn by_plain_wrapper(py: Py<'_>, this: &Obj, definition: &Definition, args: Args<'_>) -> R {
    if args.len() == 0 && args.keywords() == 0 {
        let none = std::ptr::null_mut();
        // SAFETY: the token proves that the thread is attached. The wrapper takes the lib, which is alive.
        return unsafe {
            let call = || (definition.wrapper)(this.as_ptr(), none);
            Owned::from_new(py, if NOTES_STATE { py.outside(call) } else { call() })
        };
    }
    let Some(lib) = this.downcast::<Lib>() else {
        return Err(raise!(py, System, "a function has lost its lib"));
    };
    let plain = std::ptr::from_ref(&definition.plain).cast_mut();
    // SAFETY: the token proves that the thread is attached; the definition is never freed, and the interpreter only
    // reads it.
    let function = unsafe {
        let made = ffi::PyCFunction_NewEx(plain, this.as_ptr(), lib.name.as_ptr());
        Owned::from_new(py, made)?
    };
    args.pass_on(py, &function)
}
