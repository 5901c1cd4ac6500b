//! Foreign calls and callbacks, knowing nothing of Python.
//!
//! A [`Signature`] contains the types of the arguments and of the result. From it a [`CallPlan`] is made once: the
//! position of each argument in an *image* of the registers and the stack. A call then writes the arguments into an
//! image and passes it to [`CallPlan::call`].
//!
//! On x86-64 System V and on AArch64, `cffi-callconv` decides which registers and stack bytes hold a value, and the image
//! is loaded by a few lines of assembly. Everywhere else, and for signatures that the
//! direct path does not support, libffi does the work behind one interface. [`Closure`] is the other direction: a C
//! function pointer that runs a handler.

#[cfg(aapcs64)]
mod aarch64;
mod abi;
#[cfg(all(any(sysv64, aapcs64), own_trampolines))]
mod addresses;
pub mod at_once;
pub mod closure;
#[cfg(sysv64)]
mod direct;
#[cfg(all(sysv64, own_trampolines))]
mod direct_closure;
pub mod dl;
pub mod errno;
#[cfg(any(sysv64, aapcs64))]
mod layout;
mod libffi;
pub mod longdouble;
#[cfg(sysv64)]
mod places;
pub mod plan;
mod plan_error;
pub mod registers;
pub mod scalar;
pub mod signature;
pub mod stack;
pub mod stdio;
pub mod testfuncs;
#[cfg(all(test, any(sysv64, aapcs64)))]
mod testing;
pub mod thunk;
#[cfg(own_trampolines)]
mod trampoline;
#[cfg(not(all(aapcs64, own_trampolines)))]
pub mod va_list;
#[cfg(windows)]
pub mod winerror;

#[cfg(all(aapcs64, own_trampolines))]
pub use aarch64::va_list;
pub use cffi_callconv::Signature as CallSignature;
pub use closure::{Closure, ClosureError, ClosurePlan, Handler};
pub use libffi::DEFAULT_ABI;
pub use longdouble::LongDouble;
pub use plan::CallPlan;
pub use plan_error::PlanError;
pub use scalar::Form;
pub use signature::{Abi, Signature};
