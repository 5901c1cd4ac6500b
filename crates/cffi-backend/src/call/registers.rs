//! Calls of functions whose arguments all go in registers. The image is loaded, and the function is called through a
//! type that includes its result, so only the conversions of the arguments are left to choose.

use std::marker::PhantomData;

use cffi_call::errno;
use cffi_call::registers::{All, Few, Integers, Load, RegisterSet, Two};
use pyo3_ffi as ffi;

use crate::call::argument::exact_int;
use crate::call::general::call_any;
use crate::call::image::types_of;
use crate::call::outcome::{Outcome, by_result};
use crate::call::plain;
use crate::call::room::{self, Slot};
use crate::ctype::function::{ArgConvert, FunctionType};
use crate::ctype::{Access, CType};
use crate::value::CData;
use cffi_rt::slots::{Call, vectorcall};
use cffi_rt::{Args, Py, R, shared};

/// Returns the vectorcall entry for function pointers of a type, if all its arguments go in registers.
pub(super) fn entry<const GIL: bool>(function: &FunctionType) -> Option<ffi::vectorcallfunc> {
    let (set, result) = kind(function)?;
    match set {
        RegisterSet::Two => by_result!(result, direct::<Two, GIL>),
        RegisterSet::Few => by_result!(result, direct::<Few, GIL>),
        RegisterSet::Integers => by_result!(result, direct::<Integers, GIL>),
        RegisterSet::All => by_result!(result, direct::<All, GIL>),
    }
}

/// A function that calls a function of the type `ct`, as [`crate::call::general::call_if_plain`] does.
pub(crate) type Attempt = unsafe fn(Py<'_>, &CType, *const u8, Args<'_>) -> Option<R>;

/// Returns the function that makes such calls for a type, if all its arguments go in registers.
pub(super) fn attempt_of<const GIL: bool>(function: &FunctionType) -> Option<Attempt> {
    let (set, result) = kind(function)?;
    match set {
        RegisterSet::Two => by_result!(result, attempt_as::<Two, GIL>),
        RegisterSet::Few => by_result!(result, attempt_as::<Few, GIL>),
        RegisterSet::Integers => by_result!(result, attempt_as::<Integers, GIL>),
        RegisterSet::All => by_result!(result, attempt_as::<All, GIL>),
    }
}

#[inline]
fn attempt_as<S: Load, T: Outcome, const GIL: bool>() -> Attempt {
    attempt::<S, T, GIL>
}

fn kind(function: &FunctionType) -> Option<(RegisterSet, Access)> {
    Some((function.call.as_ref()?.plan.registers()?, function.result.access))
}

/// Returns the vectorcall entry for function pointers of the registers `S` and with the result `T`.
#[inline]
fn direct<S: Load, T: Outcome, const GIL: bool>() -> ffi::vectorcallfunc {
    vectorcall::<Direct<S, T, GIL>>
}

/// The call of a function pointer of the registers `S` and with the result `T`.
struct Direct<S, T, const GIL: bool>(PhantomData<(S, T)>);

impl<S: Load, T: Outcome, const GIL: bool> Call for Direct<S, T, GIL> {
    type Receiver = CData;

    #[inline(always)]
    unsafe fn call(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
        if args.keywords() > 0 || cd.data().is_null() {
            return call_any::<GIL>(py, cd, args);
        }
        shared::used(cd);
        // SAFETY: the entry was chosen by the type of the cdata, and whoever made the cdata vouches that the address and the
        // type of the function belong together.
        match unsafe { attempt_here::<S, T, GIL>(py, cd.ct(), cd.data(), args) } {
            Some(result) => result,
            None => call_any::<GIL>(py, cd, args),
        }
    }
}

/// Calls the function, as an [`Attempt`] for the entries of function pointers and for the functions of compiled
/// modules.
///
/// # Safety
/// As for [`crate::call::general::call_if_plain`], for a type of the registers `S` and with the result `T`.
#[inline(never)]
unsafe fn attempt<S: Load, T: Outcome, const GIL: bool>(
    py: Py<'_>,
    ct: &CType,
    target: *const u8,
    args: Args<'_>,
) -> Option<R> {
    // SAFETY: the caller promises the requirements of the function, which are those of this one.
    unsafe { attempt_here::<S, T, GIL>(py, ct, target, args) }
}

/// Calls the function as [`attempt`] does, without a frame of its own.
///
/// # Safety
/// As for [`attempt`].
#[inline(always)]
unsafe fn attempt_here<S: Load, T: Outcome, const GIL: bool>(
    py: Py<'_>,
    ct: &CType,
    target: *const u8,
    args: Args<'_>,
) -> Option<R> {
    let mut image = room::Registers::new();
    let image = image.at();
    // SAFETY: the plan loads nothing but registers, for which there is room, and the target is a function of the type.
    unsafe {
        if !fill(py, ct, image, args) {
            return None;
        }
        let result = py.foreign::<GIL, _>(|| errno::exchanged(|| S::call::<T>(target.cast(), image)));
        Some(result.boxed(py, ct))
    }
}

/// Writes all arguments of a call; returns false if one does not convert by a mere look.
///
/// # Safety
/// `image` has room for an image of the plan of the function type `ct`.
#[inline(always)]
unsafe fn fill(py: Py<'_>, ct: &CType, image: *mut u8, args: Args<'_>) -> bool {
    let Some(function) = ct.function() else { return false };
    let Some(prepared) = &function.call else { return false };
    if args.len() != prepared.steps.len() {
        return false;
    }
    for (i, (step, ct)) in prepared.steps.iter().zip(types_of(function)).enumerate() {
        // SAFETY: there are as many arguments as steps.
        let value = unsafe { args.get_unchecked(i) };
        // Most arguments are integers, which need no jump by the kind of the argument.
        if let ArgConvert::Int(access) = step.convert
            && let Some(cell) = exact_int(py, access, value)
        {
            // SAFETY: there is a step for each argument, and the plan has room for a cell at this offset.
            unsafe { image.add(step.offset).cast::<u64>().write(cell) };
            continue;
        }
        // SAFETY: there is a step and a type for each argument; the plan has room for it at this offset.
        let slot = unsafe { Slot::new(*step, ct, image) };
        if !plain::write(py, slot, ct, value) {
            return false;
        }
    }
    true
}
