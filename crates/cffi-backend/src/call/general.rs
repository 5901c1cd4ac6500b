//! The general way to call a cdata: every kind of function, every kind of argument, every error.

use crate::call::errors::{no_keywords, not_callable, null_function, wrong_count};
use crate::call::image::{finish, invoke, types_of};
use crate::call::room::{self, Room, Slot};
use crate::call::{plain, variadic};
use crate::ctype::CType;
use crate::ctype::function::{FunctionType, Prepared};
use crate::diag::place::{Place, refused};
use crate::value::CData;
use cffi_rt::{Args, Obj, Py, R, Raised, shared};

/// Calls a cdata with arguments, for the entries that only know the plain case.
#[cold]
#[inline(never)]
pub(super) fn call_any<const GIL: bool>(py: Py<'_>, cd: &CData, args: &[&Obj], keywords: bool) -> R {
    call_checked::<GIL>(py, cd, Args::of(args), keywords)
}

/// Calls a cdata with arguments. There are keyword arguments too if `keywords` is set.
///
/// # Errors
/// `TypeError` for a cdata that is not a function pointer, for keyword arguments and for a wrong number of arguments;
/// `RuntimeError` for NULL; whatever the conversion of an argument or of the result raises.
#[inline(always)]
pub(super) fn call_checked<const GIL: bool>(py: Py<'_>, cd: &CData, args: Args<'_>, keywords: bool) -> R {
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
        // SAFETY: whoever made the cdata vouches that the address and the type of the function belong together.
        return unsafe { variadic::call::<GIL>(py, ct, function, cd.data(), args) };
    };
    if args.len() != prepared.steps.len() {
        return Err(wrong_count(py, ct, cd.data(), prepared.steps.len(), args.len()));
    }
    // SAFETY: whoever made the cdata vouches that the address and the type of the function belong together; there is a
    // step and a type for each argument.
    unsafe {
        match call_plain::<GIL>(py, function, prepared, cd.data(), args) {
            Some(result) => result,
            None => invoke_any::<GIL>(py, function, prepared, cd.data(), args),
        }
    }
}

/// Calls any function that has a call plan.
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
    // SAFETY: the caller gives a function of the signature that `prepared` was made for.
    unsafe { invoke::<GIL>(py, prepared, types_of(function), &function.result, target, args) }
}

/// Calls `target`, a function of the type `ct`, if all arguments convert by a mere look at them. `None` otherwise,
/// and then nothing has happened.
///
/// # Safety
/// `target` is a function of that type.
pub(super) unsafe fn call_if_plain<const GIL: bool>(
    py: Py<'_>,
    ct: &CType,
    target: *const u8,
    args: Args<'_>,
) -> Option<R> {
    let function = ct.function()?;
    let prepared = function.call.as_ref()?;
    if args.len() != prepared.steps.len() {
        return None;
    }
    // SAFETY: the caller gives a function of this type; there is a step and a type for each argument.
    unsafe { call_plain::<GIL>(py, function, prepared, target, args) }
}

/// Calls as [`call_if_plain`] does, with the right number of arguments. This is the short way: nothing on it can fail
/// before the call.
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
        // SAFETY: there are as many steps as arguments; the plan has room for the argument at its offset.
        let (slot, value) = unsafe { (Slot::new(*step, ct, image.at()), args.get_unchecked(i)) };
        if !plain::write(py, slot, ct, value) {
            return None;
        }
    }
    // SAFETY: the image is complete, and the target is a function of the plan's signature.
    Some(unsafe { finish::<GIL>(py, plan, &function.result, target, image.at()) })
}

/// Names the argument at fault in a call that was left to a compiled module's wrapper: the one argument that does not
/// convert by a mere look. If there are several, it names only the function.
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
            if !plain::write(py, unsafe { Slot::new(*step, ct, place) }, ct, args.get(i)) {
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
