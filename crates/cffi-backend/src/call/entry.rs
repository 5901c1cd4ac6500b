//! The functions by which the interpreter calls a cdata.

use std::any::Any;

use cffi_call::at_once::Known;
use pyo3_ffi as ffi;

use crate::call::errors::refuse_impossible;
use crate::call::general::{call_checked, call_if_plain};
use crate::call::registers::Attempt;
use crate::call::{KEEP, Keeping, Mode, Quiet, RELEASE, Releasing, registers, scalar};
use crate::ctype::CType;
use crate::ctype::function::FunctionType;
use crate::value::{CData, alloc};
use cffi_rt::at::{self, Entry};
use cffi_rt::seq::tuple_items;
use cffi_rt::slots::{Call, guard, receiver, vectorcall};
use cffi_rt::{Args, Obj, Py, R};

/// Returns the fastest function that makes [`call_if_plain`] calls of functions of the type `ct`, or `None` if there is
/// none. The calls are made as it suits a function of which so much is known.
pub(crate) fn attempt(ct: &CType, known: Known) -> Option<Attempt> {
    // The wrapper of a compiled module passes what the stock backend refuses as the module's own compiler does.
    let function = ct.function().filter(|f| f.call.as_ref().is_some_and(|call| !call.refused_by_stock))?;
    Some(match known {
        Known::Nothing => registers::attempt_of::<Releasing>(function).unwrap_or(call_if_plain::<RELEASE>),
        Known::AtOnce => registers::attempt_of::<Keeping>(function).unwrap_or(call_if_plain::<KEEP>),
        Known::Quiet => registers::attempt_of::<Quiet>(function).unwrap_or(call_if_plain::<KEEP>),
    })
}

/// Returns the vectorcall entry of function pointers of a type: the most direct one that serves its signature.
pub(crate) fn entry_of(function: &dyn Any) -> ffi::vectorcallfunc {
    direct_entry::<Releasing>(function).unwrap_or(GENERAL)
}

/// Returns the vectorcall entry of function pointers of a type whose calls keep the GIL, as [`entry_of`] does for others.
pub(crate) fn keeping_entry_of(function: &dyn Any) -> ffi::vectorcallfunc {
    direct_entry::<Keeping>(function).unwrap_or(vectorcall::<General<KEEP>>)
}

/// Returns the vectorcall entry of function pointers of a type, as [`keeping_entry_of`] does, for functions that are known
/// to use no errno and to call nothing.
pub(crate) fn quiet_entry_of(function: &dyn Any) -> ffi::vectorcallfunc {
    direct_entry::<Quiet>(function).unwrap_or(vectorcall::<General<KEEP>>)
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

/// Calls a function of a library for the first time, as [`vectorcall_deciding`] does, for a function pointer whose calls
/// keep the GIL.
///
/// # Safety
/// As for [`vectorcall_deciding`].
pub(crate) unsafe extern "C" fn vectorcall_deciding_to_keep(
    callable: *mut ffi::PyObject,
    args: *const *mut ffi::PyObject,
    nargsf: usize,
    kwnames: *mut ffi::PyObject,
) -> *mut ffi::PyObject {
    // SAFETY: the interpreter keeps to the vectorcall protocol, and `callable` is a cdata.
    unsafe { alloc::decided_keeping_entry(receiver(callable))(callable, args, nargsf, kwnames) }
}

fn direct_entry<M: Mode>(function: &dyn Any) -> Option<ffi::vectorcallfunc> {
    let function = function.downcast_ref::<FunctionType>()?;
    if function.call.as_ref().is_some_and(|call| call.refused_by_stock) {
        let keeping = vectorcall::<UnlessImpossible<KEEP>>;
        return Some(if M::KEEPS { keeping } else { vectorcall::<UnlessImpossible<RELEASE>> });
    }
    scalar::entry::<M>(function).or_else(|| registers::entry::<M>(function))
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
