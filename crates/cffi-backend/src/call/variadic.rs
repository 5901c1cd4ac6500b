//! Calls of variadic functions, whose plan depends on the arguments. They also refuse signatures without a plan.

use crate::call::argument;
use crate::call::errors::{IN_A_CALL, of_function, refuse_impossible, wrong_argument, wrong_count};
use crate::call::image::{invoke, with_image};
use crate::call::room::Slot;
use crate::ctype::function::{FunctionType, Prepared};
use crate::ctype::new_function;
use crate::ctype::variadic::Shape;
use crate::ctype::{Access, CType, make};
use crate::diag::variadic::untyped;
use crate::memory::{Loc, Typed};
use crate::value::CData;
use cffi_rt::line::Line;
use cffi_rt::{Args, Exc, Obj, Owned, Py, R, raise};

/// Calls the function at `target`, whose type has no prepared plan.
///
/// # Safety
/// `target` is a function of the type `function`.
#[inline(never)]
pub(crate) unsafe fn call<const GIL: bool>(
    py: Py<'_>,
    ct: &CType,
    function: &FunctionType,
    target: *const u8,
    args: Args<'_>,
) -> R {
    let Some(shape) = shape(function, args) else {
        // SAFETY: the target is a function of this type.
        return unsafe { call_any::<GIL>(py, ct, function, target, args) };
    };
    let made: Box<Prepared>;
    let prepared = match function.variadic.find(shape) {
        Some(prepared) => prepared,
        None => {
            let prepared = with_types(py, ct, function, target, args, |types| {
                new_function::prepare(py, types, &function.result, Some(function.args.len()), function.abi)
            })?;
            match function.variadic.keep(shape, prepared) {
                Ok(kept) => kept,
                Err(back) => {
                    made = back;
                    &made
                }
            }
        }
    };
    // SAFETY: whoever made the cdata vouches that the address and the type of the function belong together; the plan
    // was made for arguments of these sorts.
    unsafe { invoke_planned::<GIL>(py, function, prepared, target, args) }
}

/// Returns the sorts of the variadic arguments, or `None` unless all of them are simple cdata.
#[inline]
fn shape(function: &FunctionType, args: Args<'_>) -> Option<Shape> {
    let declared = function.args.len();
    if !function.ellipsis || args.len() < declared {
        return None;
    }
    let mut shape = Shape::EMPTY;
    for i in declared..args.len() {
        let cd = args.get(i).downcast::<CData>()?;
        if !shape.set(i - declared, cd.ct()) {
            return None;
        }
    }
    Some(shape)
}

/// # Safety
/// `prepared` is a plan of the function for as many arguments, the variadic ones of the sorts of these. `target` is a function
/// of its signature.
#[inline]
unsafe fn invoke_planned<const GIL: bool>(
    py: Py<'_>,
    function: &FunctionType,
    prepared: &Prepared,
    target: *const u8,
    args: Args<'_>,
) -> R {
    // SAFETY: the plan has room for each argument at its offset of the image, and there are as many arguments as steps.
    unsafe {
        with_image::<GIL>(py, &prepared.plan, &function.result, target, |image, temporaries| {
            for (i, step) in prepared.steps.iter().enumerate() {
                let value = args.get_unchecked(i);
                match function.args.get(i) {
                    Some(ct) => {
                        argument::write(py, Slot::new(*step, ct, image), ct, value, temporaries)
                            .map_err(|raised| wrong_argument(py, raised, target, i, ct, value))?;
                    }
                    None => write_simple(value, image.add(step.offset)),
                }
            }
            Ok(())
        })
    }
}

/// Writes a variadic argument, promoted as [`promoted`] says. A conversion before it may have run Python code, but
/// cdata do not change their types, and what they own lives as long as they do.
///
/// # Safety
/// `place` is the place of an argument of eight bytes, for the sort of `value`.
#[inline]
unsafe fn write_simple(value: &Obj, place: *mut u8) {
    let Some(cd) = value.downcast::<CData>() else { return };
    // SAFETY: the caller gives the place of an argument of eight bytes, which a pointer fits into too.
    unsafe {
        match Loc::of(cd) {
            None => place.cast::<*mut u8>().write(cd.data()),
            Some(loc) => match loc.typed() {
                Typed::F32(value) => place.cast::<f64>().write(value.get().into()),
                Typed::F64(value) => place.cast::<f64>().write(value.get()),
                _ => place.cast::<u64>().write(loc.cell()),
            },
        }
    }
}

/// Makes or refuses any call, with a plan that serves only this call.
///
/// # Safety
/// As for [`call`].
#[cold]
unsafe fn call_any<const GIL: bool>(
    py: Py<'_>,
    ct: &CType,
    function: &FunctionType,
    target: *const u8,
    args: Args<'_>,
) -> R {
    let fixed = function.ellipsis.then_some(function.args.len());
    with_types(py, ct, function, target, args, |types| {
        let prepared = new_function::prepare(py, types, &function.result, fixed, function.abi)?;
        if prepared.refused_by_stock {
            refuse_impossible(py, ct, target)?;
        }
        // SAFETY: whoever made the cdata vouches that the address and the type of the function belong together; the
        // plan was made for exactly these arguments.
        unsafe { invoke::<GIL>(py, &prepared, types.iter().copied(), &function.result, target, args) }
    })
}

/// Passes to `f` the types that the arguments have in the call.
#[cold]
fn with_types<T>(
    py: Py<'_>,
    ct: &CType,
    function: &FunctionType,
    target: *const u8,
    args: Args<'_>,
    f: impl FnOnce(&[&CType]) -> R<T>,
) -> R<T> {
    let (declared, given) = (function.args.len(), args.len());
    if !function.ellipsis && given != declared {
        return Err(wrong_count(py, ct, target, declared, given));
    }
    if given < declared {
        let name = ct.name();
        let raised = raise!(py, Type, "'{name}' expects at least {declared} arguments, got {given}");
        return Err(of_function(py, raised, ct, target));
    }
    if let Some(i) = (declared..given).find(|i| args.get(*i).downcast::<CData>().is_none()) {
        let mut text = Line::new();
        text.push("argument ")
            .push_number(i + 1)
            .push(" passed in the variadic part needs to be a cdata object (got ");
        text.push(&args.get(i).type_name()).push(")");
        let raised = py.err_text(Exc::Type, &text);
        let mut line = Line::new();
        let is_known = ct.state().symbols.push_name(target, line.push(IN_A_CALL));
        return Err(untyped(py, raised, ct, args.get(i), is_known.then(|| line.as_str())));
    }
    let mut types: Vec<Owned<CType>> = py.room(cffi_memory::vec(given))?;
    types.extend(function.args.iter().cloned());
    for i in declared..given {
        if let Some(cd) = args.get(i).downcast::<CData>() {
            types.push(promoted(py, cd.ct())?);
        }
    }
    let types = py.collect(types.iter().map(|t| &**t))?;
    f(&types)
}

/// Returns the type that C gives a value of type `ct` in the variadic part (C11 6.5.2.2): integers and wide characters
/// below `int` become `int`, `float` becomes `double`, and arrays become pointers. A `char` stays one, because the
/// conversion of a cdata `char` to `int` is not C's; the call plan promotes it.
pub(super) fn promoted(py: Py<'_>, ct: &CType) -> R<Owned<CType>> {
    let small = ct.size() < size_of::<std::ffi::c_int>().cast_signed();
    match ct.access {
        Access::Char8 => Ok(ct.new_ref()),
        access if small && (access.is_integer() || access.is_char()) => {
            make::primitive_by_name(py, ct.state(), "int")
        }
        Access::F32 if ct.is_promoted_float() => make::primitive_by_name(py, ct.state(), "double"),
        Access::Array if ct.is_vector() => Ok(ct.new_ref()),
        Access::Array | Access::OpenArray => Ok(ct.decayed().unwrap_or(ct).new_ref()),
        _ => Ok(ct.new_ref()),
    }
}
