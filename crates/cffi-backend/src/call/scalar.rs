//! Functions of one scalar argument or none, called through a Rust function pointer of exactly their type.
//!
//! There is no plan to follow and no image to fill: the compiler knows the calling convention of the platform. Each
//! pair of types has a separate vectorcall entry, which a function pointer gets when it is made. Arguments that do not
//! convert by a mere look are left to the general entry.

use std::ffi::c_char;
use std::marker::PhantomData;

use cffi_call::errno;
use pyo3_ffi as ffi;

use crate::call::argument::exact_int;
use crate::call::general::call_any;
use crate::call::outcome::{Address, Char, Outcome, Truth, by_result};
use crate::call::plain;
use crate::ctype::function::FunctionType;
use crate::ctype::{Access, CType};
use crate::value::CData;
use cffi_rt::slots::{Call, vectorcall};
use cffi_rt::{Args, Py, R, shared};

/// Returns the vectorcall entry for function pointers of a type, if it has one scalar argument or none.
#[inline]
pub(super) fn entry<const GIL: bool>(function: &FunctionType) -> Option<ffi::vectorcallfunc> {
    let (argument, result) = function.scalars?;
    match argument {
        Access::Void => by_result!(result, direct::<(), GIL>),
        Access::I8 => by_result!(result, direct::<i8, GIL>),
        Access::I16 => by_result!(result, direct::<i16, GIL>),
        Access::I32 => by_result!(result, direct::<i32, GIL>),
        Access::I64 => by_result!(result, direct::<i64, GIL>),
        Access::U8 => by_result!(result, direct::<u8, GIL>),
        Access::U16 => by_result!(result, direct::<u16, GIL>),
        Access::U32 => by_result!(result, direct::<u32, GIL>),
        Access::U64 => by_result!(result, direct::<u64, GIL>),
        Access::Bool => by_result!(result, direct::<Truth, GIL>),
        Access::Char8 => by_result!(result, direct::<Char, GIL>),
        Access::F32 => by_result!(result, direct::<f32, GIL>),
        Access::F64 => by_result!(result, direct::<f64, GIL>),
        Access::Pointer => by_result!(result, direct::<Address, GIL>),
        _ => None,
    }
}

/// Returns the vectorcall entry for function pointers from `A` (`()` for no argument) to `T`.
#[inline]
fn direct<A: Argument, T: Outcome, const GIL: bool>() -> ffi::vectorcallfunc {
    vectorcall::<Direct<A, T, GIL>>
}

/// The call of a function pointer from `A` to `T`.
struct Direct<A, T, const GIL: bool>(PhantomData<(A, T)>);

impl<A: Argument, T: Outcome, const GIL: bool> Call for Direct<A, T, GIL> {
    type Receiver = CData;

    #[inline(always)]
    unsafe fn call(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
        let target = cd.data();
        if args.len() != A::COUNT || args.keywords() > 0 || target.is_null() {
            return call_any::<GIL>(py, cd, args);
        }
        let Some(argument) = A::plain(py, cd.ct(), args) else {
            return call_any::<GIL>(py, cd, args);
        };
        shared::used(cd);
        // SAFETY: the entry was chosen by the type of the cdata, and whoever made the cdata vouches that the address and the
        // type of the function belong together.
        let result = unsafe { py.foreign::<GIL, _>(|| errno::exchanged(|| argument.call::<T>(target))) };
        result.boxed(py, cd.ct())
    }
}

/// An argument as C has it.
trait Argument: Sized {
    /// The number of arguments.
    const COUNT: usize = 1;

    /// Converts the argument of a function of type `ct`, if a mere look at it suffices.
    fn plain(py: Py<'_>, ct: &CType, args: Args<'_>) -> Option<Self>;

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
    fn plain(_py: Py<'_>, _ct: &CType, _args: Args<'_>) -> Option<()> {
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
            fn plain(py: Py<'_>, _ct: &CType, args: Args<'_>) -> Option<$t> {
                exact_int(py, Access::$access, args.get(0)).map(|cell| cell as $t)
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
            fn plain(py: Py<'_>, _ct: &CType, args: Args<'_>) -> Option<$t> {
                plain::double(py, args.get(0)).map(|v| v as $t)
            }
        }
    )*};
}

floats! { f32 f64 }

impl Argument for Truth {
    #[inline(always)]
    fn plain(py: Py<'_>, _ct: &CType, args: Args<'_>) -> Option<Truth> {
        plain::truth(py, args.get(0)).map(|v| Truth(v.into()))
    }
}

impl Argument for Char {
    #[inline(always)]
    fn plain(_py: Py<'_>, _ct: &CType, args: Args<'_>) -> Option<Char> {
        match args.get(0).as_bytes() {
            Some([byte]) => Some(Char(*byte as c_char)),
            _ => None,
        }
    }
}

impl Argument for Address {
    #[inline(always)]
    fn plain(_py: Py<'_>, ct: &CType, args: Args<'_>) -> Option<Address> {
        let function = ct.function()?;
        let step = function.call.as_ref()?.steps.first()?;
        plain::address(step.convert, function.args.first()?, args.get(0)).map(Address)
    }
}
