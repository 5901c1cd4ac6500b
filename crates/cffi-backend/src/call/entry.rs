//! The functions by which the interpreter calls a cdata.

use std::any::Any;

use pyo3_ffi as ffi;

use crate::call::errors::refuse_impossible;
use crate::call::general::{call_checked, call_if_plain};
use crate::call::registers::Attempt;
use crate::call::{KEEP, RELEASE, registers, scalar};
use crate::ctype::CType;
use crate::ctype::function::FunctionType;
use crate::value::{CData, alloc};
use cffi_rt::at::{self, Entry};
use cffi_rt::seq::tuple_items;
use cffi_rt::slots::{Call, guard, receiver, vectorcall};
use cffi_rt::{Args, Obj, Py, R};

/// Returns the fastest function that makes [`call_if_plain`] calls of functions of the type `ct`, or `None` if there is
/// none. The calls keep the GIL if `keep` is set.
pub(crate) fn attempt(ct: &CType, keep: bool) -> Option<Attempt> {
    fn of<const GIL: bool>(function: &FunctionType) -> Attempt {
        registers::attempt_of::<GIL>(function).unwrap_or(call_if_plain::<GIL>)
    }
    // The wrapper of a compiled module passes what the stock backend refuses as the module's own compiler does.
    let function = ct.function().filter(|f| f.call.as_ref().is_some_and(|call| !call.refused_by_stock))?;
    Some(if keep { of::<KEEP>(function) } else { of::<RELEASE>(function) })
}

/// Returns the vectorcall entry of function pointers of a type: the most direct one that serves its signature.
pub(crate) fn entry_of(function: &dyn Any) -> ffi::vectorcallfunc {
    direct_entry::<RELEASE>(function).unwrap_or(GENERAL)
}

/// Returns the vectorcall entry of function pointers of a type whose calls keep the GIL, as [`entry_of`] does for others.
pub(crate) fn keeping_entry_of(function: &dyn Any) -> ffi::vectorcallfunc {
    direct_entry::<KEEP>(function).unwrap_or(vectorcall::<General<KEEP>>)
}

/// Calls a function of a library for the first time: finds out which entry serves it best, which is its vectorcall entry
/// from then on.
///
/// # Safety
/// Called by the interpreter: `callable` is a cdata, `args` as the protocol has them.
pub(crate) unsafe extern "C" fn vectorcall_deciding(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter keeps to the vectorcall protocol, and `callable` is a cdata.
    unsafe { alloc::decided_entry(receiver(callable))(callable, args, nargsf, kwnames) }
}

fn direct_entry<const GIL: bool>(function: &dyn Any) -> Option<ffi::vectorcallfunc> {
    let function = function.downcast_ref::<FunctionType>()?;
    if function.call.as_ref().is_some_and(|call| call.refused_by_stock) {
        return Some(vectorcall::<UnlessImpossible<GIL>>);
    }
    scalar::entry::<GIL>(function).or_else(|| registers::entry::<GIL>(function))
}

/// The call of a function pointer of a type that the stock backend refuses to call. Where the address cannot be one of a
/// function, the call is refused as the stock backend does, whatever the address.
struct UnlessImpossible<const GIL: bool>;

impl<const GIL: bool> Call for UnlessImpossible<GIL> {
    type Receiver = CData;

    #[inline(always)]
    unsafe fn call(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
        refuse_impossible(py, cd.ct(), cd.data())?;
        call_checked::<GIL>(py, cd, args, args.keywords() > 0)
    }
}

/// The call of any function pointer or callback.
struct General<const GIL: bool>;

impl<const GIL: bool> Call for General<GIL> {
    type Receiver = CData;

    #[inline(always)]
    unsafe fn call(py: Py<'_>, cd: &CData, args: Args<'_>) -> R {
        call_checked::<GIL>(py, cd, args, args.keywords() > 0)
    }
}

/// The vectorcall entry of all function pointers and callbacks that have no more direct one.
pub(crate) const GENERAL: ffi::vectorcallfunc = vectorcall::<General<RELEASE>>;

/// `tp_call` of all cdata. It calls the vectorcall entry if the object's own type says that it has one. The type in
/// which the interpreter found this function does not say so: `_CDataBase.__call__(x)` passes cdata of all types.
///
/// # Safety
/// Called by the interpreter: `callable` is a cdata, `args` a tuple, `kwargs` null or a dict.
unsafe extern "C" fn tp_call(
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

/// Returns `tp_call` of all cdata.
pub(crate) fn call_slot() -> Entry<CData, at::Call> {
    // SAFETY: the function serves cdata of every layout, with the arguments that the slot gets.
    unsafe { Entry::<CData, at::Call>::new(tp_call) }
}
