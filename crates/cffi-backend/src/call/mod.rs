//! Calling function pointers.
//!
//! A call writes the arguments into an image on the C stack, as the type's call plan says, and passes it to the plan.
//! For calls of usual size, this path allocates nothing but the result.

pub(crate) mod argument;
mod entry;
pub(crate) mod errno;
mod errors;
mod foreign;
mod general;
mod image;
pub(crate) mod keep;
mod outcome;
mod plain;
pub(crate) mod registers;
mod result;
mod room;
mod scalar;
pub(crate) mod temporary;
pub(crate) mod va_list;
mod variadic;

pub(crate) use argument::{exact_int, extended};
pub(crate) use entry::{attempt, entry_of, keeping_entry_of, tp_call, vectorcall, vectorcall_deciding};
pub(crate) use errors::refuse_impossible;
pub(crate) use general::wrong_in_wrapper;
pub(crate) use registers::Attempt;
pub(crate) use temporary::{PointerArg, pointer_argument};
