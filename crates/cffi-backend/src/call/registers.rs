//! Calls of functions whose arguments all go in registers. The image is loaded, and the function is called through a
//! type that includes its result, so only the conversions of the arguments are left to choose.

use std::marker::PhantomData;

use cffi_call::registers::{All, Few, Integers, Load, RegisterSet, Two};
use pyo3_ffi as ffi;

use crate::call::argument::exact_int;
use crate::call::mode::{Mode, foreign, in_general};
use crate::call::outcome::{Outcome, by_result};
use crate::call::plain;
use crate::call::room::{self, Slot};
use crate::ctype::function::{ArgConvert, FunctionType, Prepared, Step};
use crate::ctype::{Access, CType};
use crate::value::CData;
use cffi_rt::slots::{Call, vectorcall};
use cffi_rt::{Args, Given, Py, R, shared};

/// Returns the vectorcall entry for function pointers of a type, if all its arguments go in registers.
pub(super) fn entry<M: Mode>(function: &FunctionType) -> Option<ffi::vectorcallfunc> {
    let (set, result) = kind(function)?;
    match (set, words(function)) {
        (RegisterSet::Two, Words::Integers) => by_result!(result, direct::<TwoIntegers, M>),
        (RegisterSet::Two, Words::Addresses) => by_result!(result, direct::<TwoWords, M>),
        (RegisterSet::Integers, Words::Integers) => by_result!(result, direct::<ManyIntegers, M>),
        (RegisterSet::Integers, Words::Addresses) => by_result!(result, direct::<ManyWords, M>),
        (RegisterSet::Two, Words::Functions) => by_result!(result, direct::<TwoFunctions, M>),
        (RegisterSet::Two, _) => by_result!(result, direct::<Any<Two>, M>),
        (RegisterSet::Few, _) => by_result!(result, direct::<Any<Few>, M>),
        (RegisterSet::Integers, _) => by_result!(result, direct::<Any<Integers>, M>),
        (RegisterSet::All, _) => by_result!(result, direct::<Any<All>, M>),
    }
}

/// A function type with a call plan.
pub(super) struct Planned<'a> {
    pub(super) function: &'a FunctionType,
    pub(super) prepared: &'a Prepared,
}

impl<'a> Planned<'a> {
    /// Returns the parts of a type.
    ///
    /// # Safety
    /// The type is a function type with a call plan.
    #[inline(always)]
    pub(super) unsafe fn of(ct: &'a CType) -> Planned<'a> {
        // SAFETY: the caller promises a type that has both.
        unsafe {
            let function = ct.function().unwrap_unchecked();
            Planned { function, prepared: function.call.as_ref().unwrap_unchecked() }
        }
    }
}

/// Describes arguments that lie in integer registers in their order.
enum Words {
    /// They are integers.
    Integers,
    /// They are integers and data pointers.
    Addresses,
    /// They are integers, data pointers and function pointers.
    Functions,
    /// There are others, or less than two.
    Others,
}

fn words(function: &FunctionType) -> Words {
    let Some(prepared) = &function.call else { return Words::Others };
    let steps = &prepared.steps;
    let in_order = steps.iter().enumerate().all(|(i, step)| step.offset == i * size_of::<u64>());
    let is_integer = |step: &Step| matches!(step.convert, ArgConvert::Int(_));
    let is_word = |step: &Step| is_integer(step) || matches!(step.convert, ArgConvert::Pointer { .. });
    let is_any = |step: &Step| is_word(step) || step.convert == ArgConvert::Function;
    match steps.len() >= 2 && in_order {
        true if steps.iter().all(is_integer) => Words::Integers,
        true if steps.iter().all(is_word) => Words::Addresses,
        true if steps.iter().all(is_any) => Words::Functions,
        _ => Words::Others,
    }
}

/// A function that calls a function of the type `ct`, as [`crate::call::general::call_if_plain`] does.
pub(crate) type Attempt = unsafe fn(Py<'_>, &CType, *const u8, Args<'_>) -> Option<R>;

/// Returns the function that makes such calls for a type, if all its arguments go in registers.
pub(super) fn attempt_of<M: Mode>(function: &FunctionType) -> Option<Attempt> {
    let (set, result) = kind(function)?;
    match (set, words(function)) {
        (RegisterSet::Two, Words::Integers) => by_result!(result, attempt_as::<TwoIntegers, M>),
        (RegisterSet::Two, Words::Addresses) => by_result!(result, attempt_as::<TwoWords, M>),
        (RegisterSet::Integers, Words::Integers) => by_result!(result, attempt_as::<ManyIntegers, M>),
        (RegisterSet::Integers, Words::Addresses) => by_result!(result, attempt_as::<ManyWords, M>),
        (RegisterSet::Two, Words::Functions) => by_result!(result, attempt_as::<TwoFunctions, M>),
        (RegisterSet::Two, _) => by_result!(result, attempt_as::<Any<Two>, M>),
        (RegisterSet::Few, _) => by_result!(result, attempt_as::<Any<Few>, M>),
        (RegisterSet::Integers, _) => by_result!(result, attempt_as::<Any<Integers>, M>),
        (RegisterSet::All, _) => by_result!(result, attempt_as::<Any<All>, M>),
    }
}

#[inline]
fn attempt_as<W: Way, T: Outcome, M: Mode>() -> Attempt {
    attempt::<W, T, M>
}

fn kind(function: &FunctionType) -> Option<(RegisterSet, Access)> {
    Some((function.call.as_ref()?.plan.registers()?, function.result.access))
}

/// Returns the vectorcall entry of function pointers whose arguments are written as `W` says, with the result `T`.
#[inline]
fn direct<W: Way, T: Outcome, M: Mode>() -> ffi::vectorcallfunc {
    vectorcall::<Direct<W, T, M>>
}

/// The call of a function pointer whose arguments are written as `W` says, with the result `T`.
struct Direct<W, T, M>(PhantomData<(W, T, M)>);

impl<W: Way, T: Outcome, M: Mode> Call for Direct<W, T, M> {
    type Receiver = CData;

    #[inline(always)]
    unsafe fn call(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
        // SAFETY: the caller promises a cdata with this entry.
        unsafe { Self::call_given(py, cd, args.into()) }
    }

    #[inline(always)]
    unsafe fn call_given(py: Py<'_>, cd: &CData, args: Given<'_>) -> R {
        if args.has_keywords() || cd.address().is_null() {
            return in_general::<M>(py, cd, args.args());
        }
        shared::used(cd);
        // SAFETY: the entry was chosen by the type of the cdata, and whoever made the cdata vouches that the address and the
        // type of the function belong together.
        match unsafe { attempt_here::<W, T, M>(py, cd.ct(), cd.address(), args) } {
            Some(result) => result,
            None => in_general::<M>(py, cd, args.args()),
        }
    }
}

/// Calls the function, as an [`Attempt`] for the entries of function pointers and for the functions of compiled
/// modules.
///
/// # Safety
/// As for [`crate::call::general::call_if_plain`], for a type whose arguments are written as `W` says, with the result
/// `T`.
#[inline(never)]
unsafe fn attempt<W: Way, T: Outcome, M: Mode>(
    py: Py<'_>,
    ct: &CType,
    target: *const u8,
    args: Args<'_>,
) -> Option<R> {
    // SAFETY: the caller promises the requirements of the function, which are those of this one.
    unsafe { attempt_here::<W, T, M>(py, ct, target, args.into()) }
}

/// Calls the function as [`attempt`] does, without a frame of its own.
///
/// # Safety
/// As for [`attempt`].
#[inline(always)]
unsafe fn attempt_here<W: Way, T: Outcome, M: Mode>(
    py: Py<'_>,
    ct: &CType,
    target: *const u8,
    args: Given<'_>,
) -> Option<R> {
    let mut image = room::Registers::new();
    let image = image.at();
    // SAFETY: the plan loads nothing but registers, for which there is room, and the target is a function of the type.
    unsafe {
        if !W::fill(py, Planned::of(ct), image, args) {
            return None;
        }
        let result = foreign::<M, _>(py, || W::Registers::call::<T>(target.cast(), image));
        Some(result.boxed(py, ct))
    }
}

/// A way to write the arguments of a call.
trait Way {
    /// The registers that are loaded.
    type Registers: Load;

    /// Writes all arguments of a call; returns false if one does not convert by a mere look, or if there are more or less of
    /// them.
    ///
    /// # Safety
    /// The arguments of the type can be written in this way, and `image` has room for an image of its plan.
    unsafe fn fill(py: Py<'_>, planned: Planned<'_>, image: *mut u8, args: Given<'_>) -> bool;
}

/// Two integers.
struct TwoIntegers;

/// Two integers or data pointers.
struct TwoWords;

/// Two integers or pointers, one of them to a function.
struct TwoFunctions;

/// Integers.
struct ManyIntegers;

/// Integers and data pointers.
struct ManyWords;

/// Arguments of any kind.
struct Any<S>(PhantomData<S>);

impl Way for TwoIntegers {
    type Registers = Two;

    #[inline(always)]
    unsafe fn fill(py: Py<'_>, planned: Planned<'_>, image: *mut u8, args: Given<'_>) -> bool {
        // SAFETY: the caller gives a type of two integers, and room for their cells.
        args.is_count(2) && unsafe { fill_words::<INTEGERS>(py, &planned, image, args, 2) }
    }
}

impl Way for TwoWords {
    type Registers = Two;

    #[inline(always)]
    unsafe fn fill(py: Py<'_>, planned: Planned<'_>, image: *mut u8, args: Given<'_>) -> bool {
        // SAFETY: the caller gives a type of two integers or pointers, and room for their cells.
        args.is_count(2) && unsafe { fill_words::<ADDRESSES>(py, &planned, image, args, 2) }
    }
}

impl Way for TwoFunctions {
    type Registers = Two;

    #[inline(always)]
    unsafe fn fill(py: Py<'_>, planned: Planned<'_>, image: *mut u8, args: Given<'_>) -> bool {
        // SAFETY: the caller gives a type of two integers or pointers, and room for their cells.
        args.is_count(2) && unsafe { fill_words::<ALL>(py, &planned, image, args, 2) }
    }
}

impl Way for ManyIntegers {
    type Registers = Integers;

    #[inline(always)]
    unsafe fn fill(py: Py<'_>, planned: Planned<'_>, image: *mut u8, args: Given<'_>) -> bool {
        let count = planned.prepared.steps.len();
        // SAFETY: the caller gives a type of integers, and room for their cells.
        args.is_count(count) && unsafe { fill_words::<INTEGERS>(py, &planned, image, args, count) }
    }
}

impl Way for ManyWords {
    type Registers = Integers;

    #[inline(always)]
    unsafe fn fill(py: Py<'_>, planned: Planned<'_>, image: *mut u8, args: Given<'_>) -> bool {
        let count = planned.prepared.steps.len();
        // SAFETY: the caller gives a type of integers and pointers, and room for their cells.
        args.is_count(count) && unsafe { fill_words::<ADDRESSES>(py, &planned, image, args, count) }
    }
}

/// The kinds of arguments that may be written into cells: integers, data pointers too, function pointers too.
const INTEGERS: u8 = 0;
const ADDRESSES: u8 = 1;
const ALL: u8 = 2;

/// Writes integers, and pointers of the kinds that there may be, into successive cells.
///
/// # Safety
/// There are so many arguments, steps and types, two at least and all of these kinds, and `image` has a cell for each.
#[inline(always)]
unsafe fn fill_words<const KINDS: u8>(
    py: Py<'_>,
    planned: &Planned<'_>,
    image: *mut u8,
    args: Given<'_>,
    count: usize,
) -> bool {
    let (steps, types) = (&*planned.prepared.steps, &*planned.function.args);
    // SAFETY: the caller promises two at least.
    unsafe { std::hint::assert_unchecked(count >= 2) };
    for i in 0..count {
        // SAFETY: the caller promises so many arguments, steps, types and cells.
        unsafe {
            let (value, step) = (args.get_unchecked(i), steps.get_unchecked(i));
            let cell = image.cast::<u64>().add(i);
            match step.convert {
                ArgConvert::Int(access) => match exact_int(py, access, value) {
                    Some(word) => cell.write(word),
                    None => return false,
                },
                ArgConvert::Pointer { bytes } if KINDS >= ADDRESSES => {
                    match plain::pointer(types.get_unchecked(i), value, bytes) {
                        Some(address) => cell.cast::<*mut u8>().write(address),
                        None => return false,
                    }
                }
                ArgConvert::Function if KINDS >= ALL => {
                    match plain::function(types.get_unchecked(i), value) {
                        Some(address) => cell.cast::<*mut u8>().write(address),
                        None => return false,
                    }
                }
                // SAFETY: the caller promises that there are no others.
                _ => std::hint::unreachable_unchecked(),
            }
        }
    }
    true
}

impl<S: Load> Way for Any<S> {
    type Registers = S;

    #[inline(always)]
    unsafe fn fill(py: Py<'_>, planned: Planned<'_>, image: *mut u8, args: Given<'_>) -> bool {
        let Planned { function, prepared } = planned;
        if !args.is_count(prepared.steps.len()) {
            return false;
        }
        for (i, step) in prepared.steps.iter().enumerate() {
            // SAFETY: there are as many arguments and types as steps.
            let (value, ct) = unsafe { (args.get_unchecked(i), &**function.args.get_unchecked(i)) };
            // Most arguments are integers and doubles, which need no jump by the kind of the argument.
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
}
