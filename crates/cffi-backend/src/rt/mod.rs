//! A thin safe layer over the CPython C API: the token of an attached thread, borrowed and owned
//! references, errors, argument binding, slots. It knows nothing of C types.
//!
//! Everything above this folder is written against these types; raw pointers appear elsewhere only where a
//! measured hot path or the object layout itself needs them.

pub(crate) mod args;
pub(crate) mod buffer;
pub(crate) mod dict;
pub(crate) mod err;
pub(crate) mod guarded;
pub(crate) mod interp;
pub(crate) mod line;
pub(crate) mod note;
pub(crate) mod num;
pub(crate) mod obj;
pub(crate) mod outside;
pub(crate) mod recursion;
pub(crate) mod seq;
pub(crate) mod shared;
pub(crate) mod slots;
pub(crate) mod spare;
pub(crate) mod text;
pub(crate) mod token;
pub(crate) mod trash;
pub(crate) mod types;
pub(crate) mod unraisable;
#[cfg(all(target_arch = "x86_64", target_os = "linux", target_env = "gnu"))]
mod unwind;
pub(crate) mod version;

pub(crate) use args::{Args, Params};
pub(crate) use err::{Exc, R, Raised, raise};
pub(crate) use obj::{Obj, Owned, PyLayout};
pub(crate) use token::Py;
