//! Calling function pointers.
//!
//! A call writes the arguments into an image on the C stack, as the type's call plan says, and passes it to the plan.
//! For calls of usual size, this path allocates nothing but the result.

pub(crate) mod argument;
#[allow(unsafe_code, reason = "calls C")]
mod entry;
pub(crate) mod errno;
mod errors;
#[allow(unsafe_code, reason = "calls C")]
mod general;
#[allow(unsafe_code, reason = "calls C")]
mod image;
pub(crate) mod keep;
#[allow(unsafe_code, reason = "calls C")]
mod mode;
mod outcome;
mod plain;
#[allow(unsafe_code, reason = "calls C")]
pub(crate) mod registers;
#[allow(unsafe_code, reason = "calls C")]
mod result;
#[allow(unsafe_code, reason = "calls C")]
mod room;
#[allow(unsafe_code, reason = "calls C")]
mod scalar;
pub(crate) mod temporary;
pub(crate) mod va_list;
#[allow(unsafe_code, reason = "calls C")]
mod variadic;

/// The value of a `GIL` parameter for a call that keeps the GIL.
const KEEP: bool = true;
/// The value of a `GIL` parameter for a call that releases the GIL.
const RELEASE: bool = false;

pub(crate) use argument::exact_int;
pub(crate) use entry::{
    GENERAL, attempt, call_slot, entry_of, keeping_entry_of, quiet_entry_of, vectorcall_deciding,
    vectorcall_deciding_to_keep,
};
pub(crate) use errors::refuse_impossible;
pub(crate) use general::wrong_in_wrapper;
pub(crate) use mode::{Keeping, Mode, Quiet, Releasing};
pub(crate) use registers::Attempt;
pub(crate) use temporary::{PointerArg, pointer_argument};
