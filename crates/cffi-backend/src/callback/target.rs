//! The Python functions that C calls: a callable, its C type, and the handling of its failures.

use std::mem::MaybeUninit;

use pyo3_ffi as ffi;

use super::result::{self, Area, Form};
use super::watch::watched;
use crate::convert;
use crate::convert::va_list::VaArguments;
use crate::ctype::{Access, CType, FunctionType};
use crate::memory::{Loc, Scalar, Typed};
use cffi_rt::obj::vectorcall;
use cffi_rt::{Obj, Owned, Py, R, Raised, num, raise};

/// A Python function that C can call. Immutable. Without a GIL it has separate cache lines, as all threads read it.
#[cfg_attr(Py_GIL_DISABLED, repr(align(64)))]
pub(crate) struct Target {
    ct: Owned<CType>,
    callable: Owned,
    onerror: Option<Owned>,
    /// The result of a failed call, if one was given; without it, the result is zero.
    error: Option<Box<ErrorResult>>,
    form: Form,
}

/// A result in the form in which it is written to C's result area.
struct ErrorResult(Box<[u8]>);

// SAFETY: immutable; its references are only used and dropped by attached threads, which the callback ensures.
unsafe impl Send for Target {}
// SAFETY: the target is immutable and only used by attached threads.
unsafe impl Sync for Target {}

impl Target {
    /// Makes a target. `error` is the result when the callable fails (zero if `None` or not given), `onerror` a
    /// callable that handles failures.
    ///
    /// # Errors
    /// `TypeError` if `ct` is no function type or something is not callable; whatever the conversion of
    /// `error` to the result type raises.
    pub(crate) fn new(
        py: Py<'_>,
        ct: &CType,
        callable: &Obj,
        error: Option<&Obj>,
        onerror: Option<&Obj>,
        form: Form,
    ) -> R<Target> {
        let Some(function) = ct.function() else {
            return Err(raise!(py, Type, "expected a function ctype, got '{}'", ct.name()));
        };
        if !callable.is_callable() {
            let got = callable.type_name();
            return Err(raise!(py, Type, "expected a callable object, not {got}"));
        }
        let onerror = onerror.filter(|o| !o.is_none());
        if let Some(onerror) = onerror.filter(|o| !o.is_callable()) {
            let got = onerror.type_name();
            return Err(raise!(py, Type, "expected a callable object for 'onerror', not {got}"));
        }
        let error = match error.filter(|e| !e.is_none()) {
            Some(error) => {
                let mut bytes =
                    py.room(cffi_memory::repeated(0_u8, result::written(&function.result, form)))?;
                // SAFETY: `bytes` has as many bytes as may be written.
                let area = unsafe { area_at(&function.result, bytes.as_mut_ptr(), form) };
                result::write(py, &function.result, area, error)?;
                Some(py.boxed(ErrorResult(bytes.into_boxed_slice()))?)
            }
            None => None,
        };
        Ok(Target {
            ct: ct.new_ref(),
            callable: callable.new_ref(),
            onerror: onerror.map(Obj::new_ref),
            error,
            form,
        })
    }

    /// Returns the callable.
    pub(crate) fn callable(&self) -> &Obj {
        &self.callable
    }

    /// Calls `f` for every object that is referenced, for the garbage collector.
    pub(crate) fn visit(&self, f: &mut dyn FnMut(*mut ffi::PyObject)) {
        f(self.ct.as_ptr());
        f(self.callable.as_ptr());
        if let Some(onerror) = &self.onerror {
            f(onerror.as_ptr());
        }
    }

    /// Runs the function: `argument(i)` is the address of argument `i`, `area` receives the result. Leaves no exception
    /// set.
    ///
    /// # Safety
    /// Each address is readable for the type of its argument during the call; `area` is writable for
    /// [`result::written`] bytes of the result type.
    pub(crate) unsafe fn run<const VARIADIC: bool>(
        &self,
        py: Py<'_>,
        argument: impl Fn(usize) -> *const u8,
        area: *mut u8,
    ) {
        let Some(function) = self.ct.function() else { return };
        // The reference keeps the collector from clearing the callable while it runs, even if nothing but this target,
        // which the collector may find unreachable, refers to it.
        let callable = self.callable.clone();
        let mut stage = Stage::Call;
        // SAFETY: the caller promises arguments and an area of this function's signature.
        let outcome = unsafe {
            let called = match VARIADIC {
                true => call_variadic(py, &self.ct, function, &callable, argument),
                false => call(py, function, &callable, argument),
            };
            called.and_then(|value| {
                stage = Stage::Result;
                // Most results are integers, whose cell needs no look at the other forms, and most of these an `int`.
                if let Some(cell) = result::integer(py, &function.result, &value) {
                    if self.form == Form::Cell {
                        Scalar::<u64>::new(area).set(cell);
                        return Ok(());
                    }
                    if function.result.access == Access::I32 {
                        Scalar::<u32>::new(area).set(cell as u32);
                        return Ok(());
                    }
                }
                result::write(py, &function.result, area_at(&function.result, area, self.form), &value)
            })
        };
        if let Err(raised) = outcome {
            // SAFETY: the area is that of this call, for which the caller has promised room.
            unsafe { self.failed(py, raised, function, stage, area) };
        }
    }

    /// Calls `onerror`, or the hook for exceptions that nobody can catch. `onerror` may give another result.
    ///
    /// # Safety
    /// `area` is writable for [`result::written`] bytes of the result type of `function`, which is this target's.
    #[cold]
    unsafe fn failed(
        &self,
        py: Py<'_>,
        raised: Raised,
        function: &FunctionType,
        stage: Stage,
        area: *mut u8,
    ) {
        // SAFETY: the caller promises such an area.
        unsafe { self.give_error(function, area) };
        let Some(onerror) = &self.onerror else {
            self.report(py, raised, stage);
            return;
        };
        let mut first = py.take_err(raised);
        py.normalize(&mut first);
        let none = py.none();
        // SAFETY: null or live objects that `first` owns.
        let [class, value, traceback] = unsafe {
            [first.class, first.value, first.traceback].map(|p| Obj::from_ptr_opt(p).unwrap_or(&none))
        };
        let second = onerror.call(py, &[class, value, traceback]).and_then(|answer| {
            if answer.is_none() {
                return Ok(());
            }
            // SAFETY: the area that `run` was given, which holds a whole result already: if a struct is given in part,
            // the other members keep their values.
            let written = unsafe {
                if function.result.is_aggregate() {
                    let size = function.result.size();
                    convert::aggregate::write(py, Loc::new(&function.result, area), &answer, Some(size))
                } else {
                    result::write(py, &function.result, area_at(&function.result, area, self.form), &answer)
                }
            };
            // A conversion that fails may have written a part of the result.
            // SAFETY: the caller promises such an area.
            written.inspect_err(|_| unsafe { self.give_error(function, area) })
        });
        if let Err(raised) = second {
            let second = py.take_err(raised);
            let first = py.restore_err(first);
            self.report(py, first, stage);
            let second = py.restore_err(second);
            py.unraisable(second, "during handling of the above exception by 'onerror'");
        }
    }

    /// Writes the result of a failed call to the area that `run` was given.
    ///
    /// # Safety
    /// As for [`Target::failed`].
    unsafe fn give_error(&self, function: &FunctionType, area: *mut u8) {
        // SAFETY: the area is writable for as many bytes as `written` says, and the error has no more.
        unsafe {
            match &self.error {
                Some(error) => area.copy_from_nonoverlapping(error.0.as_ptr(), error.0.len()),
                None => area.write_bytes(0, result::written(&function.result, self.form)),
            }
        }
    }

    fn report(&self, py: Py<'_>, raised: Raised, stage: Stage) {
        let suffix = match stage {
            Stage::Call => "",
            Stage::Result => ", trying to convert the result back to C",
        };
        py.unraisable_with(raised, "from cffi callback ", &self.callable, suffix);
    }
}

/// The stage of a call in which it failed.
#[derive(Clone, Copy)]
enum Stage {
    Call,
    Result,
}

/// The number of arguments whose objects are kept on the stack; more take a heap block.
const FEW: usize = 8;

/// Reads the arguments and calls the callable.
///
/// # Safety
/// As for [`Target::run`].
#[inline(always)]
unsafe fn call(
    py: Py<'_>,
    function: &FunctionType,
    callable: &Obj,
    argument: impl Fn(usize) -> *const u8,
) -> R {
    // Most functions have one or two arguments, which need no loop.
    // SAFETY: the caller promises arguments of this function's signature. The values live until the call is over, behind
    // a place that the callee may overwrite, as the flag says.
    unsafe {
        const OFFSET: usize = ffi::PY_VECTORCALL_ARGUMENTS_OFFSET;
        let nothing = std::ptr::null_mut();
        match &*function.args {
            [only] => {
                let value = read(py, only, argument(0))?;
                let mut places = [nothing, value.as_ptr()];
                let values = places.as_mut_ptr().add(1);
                Owned::from_new(py, vectorcall(callable.as_ptr(), values, 1 | OFFSET))
            }
            [first, second] => {
                let first = read(py, first, argument(0))?;
                let second = read(py, second, argument(1))?;
                let mut places = [nothing, first.as_ptr(), second.as_ptr()];
                let values = places.as_mut_ptr().add(1);
                Owned::from_new(py, vectorcall(callable.as_ptr(), values, 2 | OFFSET))
            }
            _ => call_with_more(py, function, callable, argument),
        }
    }
}

/// Reads any number of arguments and calls the callable.
///
/// # Safety
/// As for [`Target::run`].
#[inline(never)]
unsafe fn call_with_more(
    py: Py<'_>,
    function: &FunctionType,
    callable: &Obj,
    argument: impl Fn(usize) -> *const u8,
) -> R {
    let mut few = [const { MaybeUninit::<Owned>::uninit() }; FEW + 1];
    let mut many: Vec<MaybeUninit<Owned>>;
    let n = function.args.len();
    // One spare place in front lets the callee put `self` there without a copy.
    let room = if n <= FEW {
        &mut few[1..=n]
    } else {
        many = py.room(cffi_memory::vec(n + 1))?;
        many.resize_with(n + 1, MaybeUninit::uninit);
        &mut many[1..]
    };
    let mut args = Filled { room, count: 0 };
    for (i, ct) in function.args.iter().enumerate() {
        // SAFETY: the caller promises arguments of this function's signature.
        let value = unsafe { read(py, ct, argument(i))? };
        args.room[i].write(value);
        args.count += 1;
    }
    // SAFETY: attached; `count` live objects behind a place that may be overwritten, as the flag says.
    unsafe {
        let values = args.room.as_ptr().cast::<*mut ffi::PyObject>();
        let nargs = args.count | ffi::PY_VECTORCALL_ARGUMENTS_OFFSET;
        Owned::from_new(py, vectorcall(callable.as_ptr(), values, nargs))
    }
}

/// Reads the arguments of a variadic function, and calls the callable with them and a list of those behind `...`.
///
/// # Safety
/// As for [`Target::run`]; the argument behind the declared ones is the closure's `va_list`.
#[inline(never)]
unsafe fn call_variadic(
    py: Py<'_>,
    ct: &CType,
    function: &FunctionType,
    callable: &Obj,
    argument: impl Fn(usize) -> *const u8,
) -> R {
    let mut values: Vec<Owned> = py.room(cffi_memory::vec(function.args.len() + 1))?;
    for (i, ct) in function.args.iter().enumerate() {
        // SAFETY: the caller promises arguments of this function's signature.
        values.push(unsafe { read(py, ct, argument(i))? });
    }
    // SAFETY: the closure of a variadic function gives its list behind the declared arguments.
    let rest = unsafe { VaArguments::new(py, ct, argument(function.args.len()))? };
    values.push(rest.object());
    let values = py.collect(values.iter().map(|value| -> &Obj { value }))?;
    callable.call(py, &values)
}

/// Owned references, of which the first `count` are initialized.
struct Filled<'a> {
    room: &'a mut [MaybeUninit<Owned>],
    count: usize,
}

impl Drop for Filled<'_> {
    fn drop(&mut self) {
        for place in &mut self.room[..self.count] {
            // SAFETY: filled, and dropped only here.
            unsafe { place.assume_init_drop() };
        }
    }
}

/// Returns the place of a result of type `ct`.
///
/// # Safety
/// The address is writable for [`result::written`] bytes.
#[inline(always)]
unsafe fn area_at<'a>(ct: &'a CType, at: *mut u8, form: Form) -> Area<'a> {
    // SAFETY: the caller promises as many bytes as the form has.
    unsafe {
        match result::has_cell(ct, form) {
            true => Area::Cell(Scalar::new(at)),
            false => Area::Natural(Loc::new(ct, at)),
        }
    }
}

/// Reads the Python value of one argument.
///
/// A struct or vector becomes a separate copy, so that a reference that outlives the call does no harm. To Python it looks like
/// the view of C's argument area that the C backend makes; nobody else can see that area, which belongs to the callee.
///
/// # Safety
/// `data` is readable for the size of the type.
#[inline(always)]
unsafe fn read(py: Py<'_>, ct: &CType, data: *const u8) -> R {
    // SAFETY: the caller promises that the address is readable for the size of the type.
    let loc = unsafe { Loc::new(ct, data.cast_mut()) };
    if ct.access == Access::I32
        && let Typed::I32(place) = loc.typed()
    {
        return num::from_i64(py, place.get().into());
    }
    convert::read_as(py, loc, |loc| {
        let copy = convert::copied(py, loc)?;
        match watched() {
            Some(watch) if ct.is_aggregate() => (watch.passed)(py, copy),
            _ => Ok(copy),
        }
    })
}
