//! Calls by an image: the arguments are written where the call plan says, and the plan makes the call.

use cffi_call::CallPlan;

use crate::call::errors::wrong_argument;
use crate::call::room::{self, Room, Slot, Temporaries};
use crate::call::{argument, result};
use crate::ctype::function::{FunctionType, Prepared};
use crate::ctype::{Access, CType};
use cffi_rt::{Args, Py, R, raise};

/// Returns the types of a function's declared arguments.
pub(super) fn types_of(function: &FunctionType) -> impl Iterator<Item = &CType> {
    function.args.iter().map(|a| &**a)
}

/// Converts the arguments, calls, and converts the result.
///
/// # Safety
/// `target` is a function of the signature that `prepared` was made for, whose argument types are `types` and
/// whose result is `result`; `args` has as many positional arguments.
#[inline(always)]
pub(super) unsafe fn invoke<'t, const GIL: bool>(
    py: Py<'_>,
    prepared: &Prepared,
    types: impl Iterator<Item = &'t CType>,
    result: &CType,
    target: *const u8,
    args: Args<'_>,
) -> R {
    let steps = prepared.steps.iter().zip(types);
    // SAFETY: the plan has room for each argument at its offset of the image, and there are as many arguments as steps.
    unsafe {
        with_image::<GIL>(py, &prepared.plan, result, target, |image, temporaries| {
            for (i, (step, ct)) in steps.enumerate() {
                let value = args.get_unchecked(i);
                argument::write(py, Slot::new(*step, ct, image), ct, value, temporaries)
                    .map_err(|raised| wrong_argument(py, raised, target, i, ct, value))?;
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
pub(super) unsafe fn with_image<const GIL: bool>(
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
    // SAFETY: the image is complete, and the target is a function of the plan's signature.
    unsafe { finish::<GIL>(py, plan, result, target, image) }
}

/// Arguments of more bytes than this are only passed where the stack has room for them.
const LARGE_IMAGE: usize = 64 * 1024;
/// Bytes of stack that a call leaves for the callee, at least.
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

/// Makes the call with a complete image, and converts the result.
///
/// # Safety
/// As for [`CallPlan::call`]; `result` is the type of the function's result.
#[inline(always)]
pub(super) unsafe fn finish<const GIL: bool>(
    py: Py<'_>,
    plan: &CallPlan,
    result: &CType,
    target: *const u8,
    image: *mut u8,
) -> R {
    if result.access == Access::Aggregate {
        // SAFETY: the caller gives a complete image of this plan and a function of its signature.
        return unsafe { result::call_for_struct::<GIL>(py, plan, result, target, image) };
    }
    let mut area = Room::<{ room::RESULT }>::new();
    let area = area.get(py, plan.result_size())?;
    // SAFETY: the caller gives a complete image of this plan and a function of its signature.
    unsafe {
        py.foreign::<GIL, _>(|| plan.call_with_errno(target.cast(), image, area));
        result::read(py, result, area)
    }
}
