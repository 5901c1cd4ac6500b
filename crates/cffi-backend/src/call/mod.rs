//! Calling function pointers.
//!
//! A call writes the arguments into an image on the C stack, as the type's call plan says, and hands it over.
//! Nothing is allocated on this path for calls of usual size, but the result.

pub(crate) mod argument;
pub(crate) mod errno;
pub(crate) mod keep;
mod outcome;
mod plain;
pub(crate) mod registers;
mod result;
mod room;
mod scalar;
pub(crate) mod temporary;
mod variadic;

use std::any::Any;

use cffi_call::CallPlan;
use pyo3_ffi as ffi;

use crate::call::room::Room;
use crate::call::temporary::Temporaries;
use crate::ctype::function::{FunctionType, Prepared};
use crate::ctype::{Access, CType};
use crate::diag::place::{Place, refused};
use crate::value::CData;
use cffi_rt::line::Line;
use cffi_rt::seq::tuple_items;
use cffi_rt::slots::{guard, receiver, vectorcalled};
use cffi_rt::{Args, Obj, Py, R, Raised, raise, shared};

pub(crate) use crate::call::argument::{exact_int, extended};
pub(crate) use crate::call::registers::Attempt;
pub(crate) use crate::call::temporary::{PointerArg, pointer_argument};

/// Calls a cdata with arguments.
///
/// Errors: `TypeError` for what is no function pointer, for keyword arguments and for a wrong number of
/// arguments; `RuntimeError` for NULL; whatever the conversion of an argument or of the result raises.
#[inline]
pub(crate) fn call(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
    call_checked::<RELEASE>(py, cd, args, args.keywords() > 0)
}

/// The same, for the entries that only know the plain case.
#[cold]
#[inline(never)]
fn call_any(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
    call(py, cd, args)
}

/// Whether a call keeps the GIL.
const KEEP: bool = true;
const RELEASE: bool = false;

#[inline(always)]
fn call_checked<const GIL: bool>(py: Py<'_>, cd: &CData, args: Args<'_>, keywords: bool) -> R {
    let ct = cd.ct();
    if cd.owner() == crate::value::object::Owner::Nobody {
        shared::used(cd);
    }
    let Some(function) = ct.function() else { return Err(not_callable(py, ct)) };
    if cd.data().is_null() {
        return Err(null_function(py, ct));
    }
    if keywords {
        return Err(no_keywords(py));
    }
    let Some(prepared) = &function.call else {
        return variadic::call::<GIL>(py, ct, function, cd.data(), args);
    };
    if args.len() != prepared.steps.len() {
        return Err(wrong_count(py, ct, cd.data(), prepared.steps.len(), args.len()));
    }
    // SAFETY: the address and the type of the function belong together by the word of whoever made the cdata;
    // there is a step and a type for each argument.
    unsafe {
        match call_plain::<GIL>(py, function, prepared, cd.data(), args) {
            Some(result) => result,
            None => invoke_any::<GIL>(py, function, prepared, cd.data(), args),
        }
    }
}

/// Any call of a planned function.
///
/// # Safety
/// As for [`invoke`].
#[inline(never)]
unsafe fn invoke_any<const GIL: bool>(
    py: Py<'_>,
    function: &FunctionType,
    prepared: &Prepared,
    target: *const u8,
    args: Args<'_>,
) -> R {
    // SAFETY: by the caller.
    unsafe { invoke::<GIL>(py, prepared, types_of(function), &function.result, target, args) }
}

fn types_of(function: &FunctionType) -> impl Iterator<Item = &CType> {
    function.args.iter().map(|a| &**a)
}

/// Converts the arguments, calls, and converts the result.
///
/// # Safety
/// `target` is a function of the signature that `prepared` was made for, whose argument types are `types` and
/// whose result is `result`; `args` has as many positional arguments.
#[inline(always)]
unsafe fn invoke<'t, const GIL: bool>(
    py: Py<'_>,
    prepared: &Prepared,
    types: impl Iterator<Item = &'t CType>,
    result: &CType,
    target: *const u8,
    args: Args<'_>,
) -> R {
    let steps = prepared.steps.iter().zip(types);
    // SAFETY: the plan has room for each argument at its offset of the image; the rest by the caller.
    unsafe {
        with_image::<GIL>(py, &prepared.plan, result, target, |image, temporaries| {
            for (i, (step, ct)) in steps.enumerate() {
                argument::write(py, *step, ct, image.add(step.offset), args.get(i), temporaries)
                    .map_err(|raised| wrong_argument(py, raised, target, i, ct, args.get(i)))?;
            }
            Ok(())
        })
    }
}

/// Makes the call with the image that `fill` completes.
///
/// # Safety
/// As for [`finish`]; `fill` writes every argument of the plan.
#[inline(always)]
unsafe fn with_image<const GIL: bool>(
    py: Py<'_>,
    plan: &CallPlan,
    result: &CType,
    target: *const u8,
    fill: impl FnOnce(*mut u8, &mut Temporaries) -> R<()>,
) -> R {
    if plan.image_size() > LARGE_IMAGE {
        check_stack(py, plan.image_size())?;
    }
    let mut image = Room::<{ room::IMAGE }>::new();
    let image = image.get(py, plan.image_size())?;
    let mut temporaries = Temporaries::new();
    fill(image, &mut temporaries)?;
    // SAFETY: the image is complete; the rest by the caller.
    unsafe { finish::<GIL>(py, plan, result, target, image) }
}

/// Arguments of more bytes than this are only passed where the stack has room for them.
const LARGE_IMAGE: usize = 64 * 1024;
/// What is left for the callee at least.
const CALLEE: usize = 128 * 1024;

#[cold]
fn check_stack(py: Py<'_>, image: usize) -> R<()> {
    let needed = image.saturating_add(CALLEE);
    match cffi_call::stack::remaining() {
        Some(left) if needed > left => Err(raise!(
            py,
            Memory,
            "arguments of {image} bytes do not fit on the stack, which has {left} bytes left"
        )),
        _ => Ok(()),
    }
}

/// Calls `target`, a function of the type `ct`, if all arguments convert by a mere look at them. `None` otherwise,
/// and then nothing has happened.
///
/// # Safety
/// `target` is a function of that type.
pub(crate) unsafe fn plain(py: Py<'_>, ct: &CType, target: *const u8, args: Args<'_>) -> Option<R> {
    let function = ct.function()?;
    let prepared = function.call.as_ref()?;
    if args.len() != prepared.steps.len() {
        return None;
    }
    // SAFETY: by the caller; there is a step and a type for each argument.
    unsafe { call_plain::<RELEASE>(py, function, prepared, target, args) }
}

/// The quickest way to make [`plain`] calls of functions of the type `ct`; `None` if they have to be called otherwise.
pub(crate) fn attempt(ct: &CType) -> Option<Attempt> {
    let function = ct.function().filter(|f| f.call.is_some())?;
    Some(registers::attempt_of(function).unwrap_or(plain))
}

/// The same for arguments whose number is right. The short way, on which nothing can fail before the call.
///
/// # Safety
/// As for [`invoke`].
#[inline(always)]
unsafe fn call_plain<const GIL: bool>(
    py: Py<'_>,
    function: &FunctionType,
    prepared: &Prepared,
    target: *const u8,
    args: Args<'_>,
) -> Option<R> {
    let plan = &prepared.plan;
    if plan.image_size() > room::IMAGE {
        return None;
    }
    let mut image = room::Small::new();
    for (i, (step, ct)) in prepared.steps.iter().zip(types_of(function)).enumerate() {
        // SAFETY: the plan has room for this argument at this offset of its image.
        if !unsafe { plain::write(py, *step, ct, image.at().add(step.offset), args.get(i)) } {
            return None;
        }
    }
    // SAFETY: the image is complete; the rest by the caller.
    Some(unsafe { finish::<GIL>(py, plan, &function.result, target, image.at()) })
}

/// Makes the call with a complete image, and converts the result.
///
/// # Safety
/// As for [`CallPlan::call`]; `result` is the type of the function's result.
#[inline(always)]
unsafe fn finish<const GIL: bool>(
    py: Py<'_>,
    plan: &CallPlan,
    result: &CType,
    target: *const u8,
    image: *mut u8,
) -> R {
    if result.access == Access::Aggregate {
        // SAFETY: by the caller.
        return unsafe { result::call_for_struct::<GIL>(py, plan, result, target, image) };
    }
    let mut area = Room::<{ room::RESULT }>::new();
    let area = area.get(py, plan.result_size())?;
    // SAFETY: by the caller.
    unsafe {
        foreign::<GIL>(py, || plan.call_with_errno(target.cast(), image, area));
        result::read(py, result, area)
    }
}

/// Runs foreign code. It touches no Python object, except through callbacks, which attach themselves.
///
/// # Safety
/// As for [`Py::detached`].
#[inline(always)]
unsafe fn foreign<const GIL: bool>(py: Py<'_>, code: impl FnOnce()) {
    // SAFETY: by the caller.
    if GIL == KEEP { py.outside(code) } else { unsafe { py.detached(code) } }
}

#[cold]
fn not_callable(py: Py<'_>, ct: &CType) -> Raised {
    raise!(py, Type, "cdata '{}' is not callable", ct.name())
}

#[cold]
fn null_function(py: Py<'_>, ct: &CType) -> Raised {
    raise!(py, Runtime, "cannot call null pointer pointer from cdata '{}'", ct.name())
}

#[cold]
fn no_keywords(py: Py<'_>) -> Raised {
    raise!(py, Type, "a cdata function cannot be called with keyword arguments")
}

#[cold]
fn wrong_count(py: Py<'_>, ct: &CType, target: *const u8, expected: usize, got: usize) -> Raised {
    let raised = raise!(py, Type, "'{}' expects {expected} arguments, got {got}", ct.name());
    of_function(py, raised, ct, target)
}

/// Says below the error which function was called, if that is known.
#[cold]
pub(super) fn of_function(py: Py<'_>, raised: Raised, ct: &CType, target: *const u8) -> Raised {
    let (st, mut line) = (ct.state(), Line::new());
    match st.symbols.push_name(target, line.push("in a call of ")) {
        true => py.note_text(&st.notes, raised, line.as_str()),
        false => raised,
    }
}

/// Says below the error which argument it was, counted from 0 here, and of which function.
#[cold]
#[inline(never)]
fn wrong_argument(
    py: Py<'_>,
    raised: Raised,
    target: *const u8,
    i: usize,
    ct: &CType,
    value: &Obj,
) -> Raised {
    let mut name = Line::new();
    if !ct.state().symbols.push_name(target, &mut name) {
        name.push("the function");
    }
    refused(py, raised, Place::Argument(i + 1, name.as_str()), ct, value)
}

/// Says the same for a call that was left to a compiled module's wrapper: the argument that it cannot have converted
/// by a mere look, if there is only one.
///
/// `ct` is the type of the function `name`.
#[cold]
pub(crate) fn wrong_in_wrapper(py: Py<'_>, raised: Raised, name: &str, ct: &CType, args: Args<'_>) -> Raised {
    let Some((function, prepared)) = ct.function().and_then(|f| Some((f, f.call.as_ref()?))) else {
        return raised;
    };
    if args.len() != prepared.steps.len() {
        return raised;
    }
    let saved = py.take_err(raised);
    let mut image = Room::<{ room::IMAGE }>::new();
    let place = image.get(py, prepared.plan.image_size());
    let (mut count, mut only) = (0, None);
    if let Ok(place) = place {
        for (i, (step, ct)) in prepared.steps.iter().zip(types_of(function)).enumerate() {
            // SAFETY: the plan has room for this argument at this offset of its image.
            if !unsafe { plain::write(py, *step, ct, place.add(step.offset), args.get(i)) } {
                only = if count == 0 { Some((i, ct)) } else { None };
                count += 1;
            }
        }
    }
    let raised = py.restore_err(saved);
    match only {
        Some((i, ct)) => refused(py, raised, Place::Argument(i + 1, name), ct, args.get(i)),
        _ => py.note(&ct.state().notes, raised, format_args!("in a call of {name}")),
    }
}

/// The vectorcall entry of function pointers of a type: the most direct one that serves its signature.
pub(crate) fn entry_of(function: &dyn Any) -> ffi::vectorcallfunc {
    function
        .downcast_ref::<FunctionType>()
        .and_then(|function| scalar::entry(function).or_else(|| registers::entry(function)))
        .unwrap_or(vectorcall)
}

/// The vectorcall entry of function pointers and callbacks.
///
/// # Safety
/// Called by the interpreter: `callable` is a cdata, `args` as the protocol has them.
pub(crate) unsafe extern "C" fn vectorcall(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: by the caller.
    unsafe { vectorcalled(args, nargsf, kwnames, |py, args| call(py, receiver(callable), args)) }
}

/// The vectorcall entry of function pointers whose calls keep the GIL.
///
/// # Safety
/// As for [`vectorcall`].
pub(crate) unsafe extern "C" fn vectorcall_keeping(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: by the caller.
    unsafe {
        vectorcalled(args, nargsf, kwnames, |py, args| {
            call_checked::<KEEP>(py, receiver(callable), args, args.keywords() > 0)
        })
    }
}

/// `tp_call` of all cdata: by the vectorcall entry where the object has one, which its own type says. The type in
/// which the interpreter found this function does not: `_CDataBase.__call__(x)` passes cdata of all types.
///
/// # Safety
/// Called by the interpreter: `callable` is a cdata, `args` a tuple, `kwargs` null or a dict.
pub(crate) unsafe extern "C" fn tp_call(
    callable: *mut ffi::PyObject,
    args: *mut ffi::PyObject,
    kwargs: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter passes live objects; the tuple holds its items during the call, and its flag says
    // that an object has the vectorcall word.
    unsafe {
        if ffi::PyType_HasFeature(ffi::Py_TYPE(callable), ffi::Py_TPFLAGS_HAVE_VECTORCALL) != 0 {
            return ffi::PyVectorcall_Call(callable, args, kwargs);
        }
        guard(|py| {
            let cd: &CData = receiver(callable);
            let keywords = !kwargs.is_null() && ffi::PyDict_Size(kwargs) > 0;
            let n = ffi::PyTuple_GET_SIZE(args).cast_unsigned();
            let items = tuple_items(Obj::from_ptr(args)).as_ptr().cast();
            call_checked::<RELEASE>(py, cd, Args::new(items, n, std::ptr::null_mut()), keywords)
        })
    }
}
