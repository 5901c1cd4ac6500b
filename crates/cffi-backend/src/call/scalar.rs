//! Functions of one scalar argument or none, called through a Rust function pointer of exactly their type.
//!
//! There is no plan to follow and no image to fill: the compiler knows the calling convention of the platform. Each
//! pair of types has a separate vectorcall entry, which a function pointer gets when it is made. Arguments that do not
//! convert by a mere look are left to the general entry.

use std::ffi::c_char;
use std::marker::PhantomData;

use pyo3_ffi as ffi;

use crate::call::argument::exact_int;
use crate::call::mode::{Mode, foreign, in_general};
use crate::call::outcome::{Address, Char, Outcome, Truth, by_result};
use crate::call::plain;
use crate::call::registers::Planned;
use crate::ctype::function::FunctionType;
use crate::ctype::{Access, CType, flag};
use crate::value::CData;
use cffi_rt::slots::{Call, vectorcall};
use cffi_rt::{Args, Given, Py, R, shared};

/// Returns the vectorcall entry for function pointers of a type, if it has one scalar argument or none.
#[inline]
pub(super) fn entry<M: Mode>(function: &FunctionType) -> Option<ffi::vectorcallfunc> {
    let (argument, result) = function.scalars?;
    match argument {
        Access::Void => by_result!(result, direct::<(), M>),
        Access::I8 => by_result!(result, direct::<i8, M>),
        Access::I16 => by_result!(result, direct::<i16, M>),
        Access::I32 => by_result!(result, direct::<i32, M>),
        Access::I64 => by_result!(result, direct::<i64, M>),
        Access::U8 => by_result!(result, direct::<u8, M>),
        Access::U16 => by_result!(result, direct::<u16, M>),
        Access::U32 => by_result!(result, direct::<u32, M>),
        Access::U64 => by_result!(result, direct::<u64, M>),
        Access::Bool => by_result!(result, direct::<Truth, M>),
        Access::Char8 => by_result!(result, direct::<Char, M>),
        Access::F32 => by_result!(result, direct::<f32, M>),
        Access::F64 => by_result!(result, direct::<f64, M>),
        Access::Pointer if function.args.first().is_some_and(|ct| ct.is_pointer()) => {
            by_result!(result, direct::<Address, M>)
        }
        Access::Pointer => by_result!(result, direct::<Function, M>),
        _ => None,
    }
}

/// Returns the vectorcall entry for function pointers from `A` (`()` for no argument) to `T`.
#[inline]
fn direct<A: Argument, T: Outcome, M: Mode>() -> ffi::vectorcallfunc {
    vectorcall::<Direct<A, T, M>>
}

/// The call of a function pointer from `A` to `T`.
struct Direct<A, T, M>(PhantomData<(A, T, M)>);

impl<A: Argument, T: Outcome, M: Mode> Call for Direct<A, T, M> {
    type Receiver = CData;

    #[inline(always)]
    unsafe fn call(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
        // SAFETY: the caller promises a cdata with this entry.
        unsafe { Self::call_given(py, cd, args.into()) }
    }

    #[inline(always)]
    unsafe fn call_given(py: Py<'_>, cd: &CData, args: Given<'_>) -> R {
        let target = cd.address();
        if !args.is_count(A::COUNT) || args.has_keywords() || target.is_null() {
            return in_general::<M>(py, cd, args.args());
        }
        // SAFETY: the entry was chosen for a type with a plan and the argument `A`, and there are so many arguments.
        let Some(argument) = (unsafe { A::plain(py, cd.ct(), args) }) else {
            return in_general::<M>(py, cd, args.args());
        };
        shared::used(cd);
        // SAFETY: the entry was chosen by the type of the cdata, and whoever made the cdata vouches that the address and the
        // type of the function belong together.
        let result = unsafe { foreign::<M, _>(py, || argument.call::<T>(target)) };
        result.boxed(py, cd.ct())
    }
}

/// An argument as C has it.
trait Argument: Sized {
    /// The number of arguments.
    const COUNT: usize = 1;

    /// Converts the argument of a function of type `ct`, if a mere look at it suffices.
    ///
    /// # Safety
    /// The type has a call plan and takes `Self`, and there are so many arguments.
    unsafe fn plain(py: Py<'_>, ct: &CType, args: Given<'_>) -> Option<Self>;

    /// Calls the function.
    ///
    /// # Safety
    /// `target` is a C function from `Self` to `T` that may be called now.
    #[inline(always)]
    unsafe fn call<T>(self, target: *const u8) -> T {
        // SAFETY: the caller promises that `target` is a function of this type.
        unsafe { std::mem::transmute::<*const u8, unsafe extern "C-unwind" fn(Self) -> T>(target)(self) }
    }
}

impl Argument for () {
    const COUNT: usize = 0;

    #[inline(always)]
    unsafe fn plain(_py: Py<'_>, _ct: &CType, _args: Given<'_>) -> Option<()> {
        Some(())
    }

    #[inline(always)]
    unsafe fn call<T>(self, target: *const u8) -> T {
        // SAFETY: the caller promises that `target` is a function of this type.
        unsafe { std::mem::transmute::<*const u8, unsafe extern "C-unwind" fn() -> T>(target)() }
    }
}

macro_rules! integers {
    ($($t:ty, $access:ident;)*) => {$(
        impl Argument for $t {
            #[inline(always)]
            #[allow(clippy::cast_possible_truncation, reason = "in the range of the type")]
            unsafe fn plain(py: Py<'_>, _ct: &CType, args: Given<'_>) -> Option<$t> {
                // SAFETY: the caller promises an argument.
                exact_int(py, Access::$access, unsafe { args.get_unchecked(0) }).map(|cell| cell as $t)
            }
        }
    )*};
}

integers! {
    i8, I8;
    i16, I16;
    i32, I32;
    i64, I64;
    u8, U8;
    u16, U16;
    u32, U32;
    u64, U64;
}

macro_rules! floats {
    ($($t:ty)*) => {$(
        impl Argument for $t {
            #[inline(always)]
            #[allow(clippy::cast_possible_truncation, reason = "what the parameter is")]
            unsafe fn plain(py: Py<'_>, _ct: &CType, args: Given<'_>) -> Option<$t> {
                // SAFETY: the caller promises an argument.
                plain::double(py, unsafe { args.get_unchecked(0) }).map(|v| v as $t)
            }
        }
    )*};
}

floats! { f32 f64 }

impl Argument for Truth {
    #[inline(always)]
    unsafe fn plain(py: Py<'_>, _ct: &CType, args: Given<'_>) -> Option<Truth> {
        // SAFETY: the caller promises an argument.
        plain::truth(py, unsafe { args.get_unchecked(0) }).map(|v| Truth(v.into()))
    }
}

impl Argument for Char {
    #[inline(always)]
    unsafe fn plain(_py: Py<'_>, _ct: &CType, args: Given<'_>) -> Option<Char> {
        // SAFETY: the caller promises an argument.
        match unsafe { args.get_unchecked(0) }.as_bytes() {
            Some([byte]) => Some(Char(*byte as c_char)),
            _ => None,
        }
    }
}

impl Argument for Address {
    #[inline(always)]
    unsafe fn plain(_py: Py<'_>, ct: &CType, args: Given<'_>) -> Option<Address> {
        // SAFETY: the caller promises a plan and an argument, for which the plan has a step.
        unsafe {
            let ct = Planned::of(ct).function.args.get_unchecked(0);
            plain::pointer(ct, args.get_unchecked(0), ct.has(flag::TAKES_BYTES)).map(Address)
        }
    }
}

/// The address of a function.
#[repr(transparent)]
struct Function(*mut u8);

impl Argument for Function {
    #[inline(always)]
    unsafe fn plain(_py: Py<'_>, ct: &CType, args: Given<'_>) -> Option<Function> {
        // SAFETY: the caller promises a plan and an argument, which has a type.
        unsafe {
            let ct = Planned::of(ct).function.args.get_unchecked(0);
            plain::function(ct, args.get_unchecked(0)).map(Function)
        }
    }
}
