//! The errors of calls, and the notes that name the function and the argument.

use cffi_call::testfuncs;

use crate::ctype::CType;
use crate::ctype::new_function::stock_refusal;
use crate::diag::place::{Place, refused};
use cffi_rt::line::Line;
use cffi_rt::{Obj, Py, R, Raised, raise};

#[cold]
pub(super) fn not_callable(py: Py<'_>, ct: &CType) -> Raised {
    raise!(py, Type, "cdata '{}' is not callable", ct.name())
}

/// The number of bytes at address 0 that no platform maps.
const FIRST_PAGE: usize = 4096;

/// Refuses to call an address by a type that the stock backend refuses to call, if it is known that no such function is
/// there: in the first page, and at the variadic test function of this module. Programs that test for the refusal do it
/// with such addresses.
pub(crate) fn refuse_impossible(py: Py<'_>, ct: &CType, target: *const u8) -> R<()> {
    let Some(function) = ct.function() else { return Ok(()) };
    let in_first_page = !target.is_null() && target.addr() < FIRST_PAGE;
    let is_variadic = !function.ellipsis && testfuncs::is_variadic(target.cast());
    if !in_first_page && !is_variadic {
        return Ok(());
    }
    let args = py.collect(function.args.iter().map(|arg| &**arg))?;
    match stock_refusal(py, &args, &function.result) {
        Some(raised) => Err(raised),
        None => Ok(()),
    }
}

#[cold]
pub(super) fn null_function(py: Py<'_>, ct: &CType) -> Raised {
    raise!(py, Runtime, "cannot call null pointer pointer from cdata '{}'", ct.name())
}

#[cold]
pub(super) fn no_keywords(py: Py<'_>) -> Raised {
    raise!(py, Type, "a cdata function cannot be called with keyword arguments")
}

#[cold]
pub(super) fn wrong_count(py: Py<'_>, ct: &CType, target: *const u8, expected: usize, got: usize) -> Raised {
    let raised = raise!(py, Type, "'{}' expects {expected} arguments, got {got}", ct.name());
    of_function(py, raised, ct, target)
}

/// The beginning of a note that names a function.
pub(super) const IN_A_CALL: &str = "in a call of ";

/// Adds a note to the error that names the function that was called, if that is known.
#[cold]
pub(super) fn of_function(py: Py<'_>, raised: Raised, ct: &CType, target: *const u8) -> Raised {
    let (st, mut line) = (ct.state(), Line::new());
    match st.symbols.push_name(target, line.push(IN_A_CALL)) {
        true => py.note_text(&st.notes, raised, line.as_str()),
        false => raised,
    }
}

/// Adds a note to the error that names the argument, counted from 0 here, and its function.
#[cold]
#[inline(never)]
pub(super) fn wrong_argument(
    py: Py<'_>,
    raised: Raised,
    target: *const u8,
    i: usize,
    ct: &CType,
    value: &Obj,
) -> Raised {
    let mut name = Line::new();
    if !ct.state().symbols.push_name(target, &mut name) {
        name.push("the function");
    }
    refused(py, raised, Place::Argument(i + 1, name.as_str()), ct, value)
}
