//! Calls whose plan is made for the call: variadic functions. Also the refusal of signatures that have no plan.

use super::invoke;
use crate::cdata::CData;
use crate::ctype::function::{self, FunctionType};
use crate::ctype::{Access, CType, make};
use crate::rt::{Args, Owned, Py, R, raise};

/// Calls the function at `target`, whose type has no prepared plan.
#[cold]
pub(super) fn call(py: Py<'_>, ct: &CType, function: &FunctionType, target: *const u8, args: Args<'_>) -> R {
    let (declared, given) = (function.args.len(), args.len());
    if !function.ellipsis && given != declared {
        return Err(super::wrong_count(py, ct, target, declared, given));
    }
    if given < declared {
        let name = ct.name();
        let raised = raise!(py, Type, "'{name}' expects at least {declared} arguments, got {given}");
        return Err(super::of_function(py, raised, ct, target));
    }
    let mut types: Vec<Owned<CType>> = Vec::with_capacity(given);
    types.extend(function.args.iter().cloned());
    for i in declared..given {
        let Some(cd) = args.get(i).downcast::<CData>() else {
            let raised = raise!(
                py,
                Type,
                "argument {} passed in the variadic part needs to be a cdata object (got {})",
                i + 1,
                args.get(i).type_name()
            );
            return Err(super::variadic_hint(py, raised, ct, target, args.get(i)));
        };
        types.push(promoted(py, cd.ct())?);
    }
    let types: Vec<&CType> = types.iter().map(|t| &**t).collect();
    let fixed = function.ellipsis.then_some(declared);
    let prepared = function::prepare(py, &types, &function.result, fixed, function.abi)?;
    // SAFETY: the address and the type of the function belong together by the word of whoever made the cdata;
    // the plan was made for these very arguments.
    unsafe { invoke(py, &prepared, types.iter().copied(), &function.result, target, args) }
}

/// The type that C passes a value of type `ct` as in the variadic part (C11 6.5.2.2): integers and characters
/// below `int` as `int`, `float` as `double`, arrays as pointers.
fn promoted(py: Py<'_>, ct: &CType) -> R<Owned<CType>> {
    let small = ct.size() < size_of::<std::ffi::c_int>().cast_signed();
    match ct.access {
        access if small && (access.is_integer() || access.is_char()) => {
            make::primitive_by_name(py, ct.state(), "int")
        }
        Access::F32 => make::primitive_by_name(py, ct.state(), "double"),
        Access::Array | Access::OpenArray => Ok(ct.decayed().unwrap_or(ct).new_ref()),
        _ => Ok(ct.new_ref()),
    }
}
