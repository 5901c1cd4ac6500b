//! A thin safe layer over the CPython C API: the token of an attached thread, borrowed and owned references, errors,
//! argument binding, slots. It does not depend on C types.
//!
//! The backend uses these types; it uses raw pointers only where a measured hot path or the object layout itself needs
//! them.
#![allow(
    clippy::len_without_is_empty,
    clippy::new_without_default,
    reason = "the backend is the only user, and has no use for these"
)]

pub mod args;
pub mod at;
pub mod attr;
pub mod buffer;
pub mod capsule;
pub mod class;
pub mod dict;
pub mod err;
pub mod fixed;
pub mod frame;
pub mod function;
pub mod guarded;
pub mod interp;
pub mod life;
pub mod line;
pub mod made_class;
mod made_error;
pub mod module;
pub mod name_cache;
pub mod note;
pub mod noted;
pub mod num;
pub mod obj;
pub mod outside;
pub mod owned;
pub mod recursion;
pub mod refcount;
pub mod seq;
pub mod shared;
pub mod slots;
pub mod small_int;
pub mod spare;
pub mod table;
pub mod text;
pub mod token;
pub mod trash;
pub mod types;
pub mod unraisable;
pub mod version;

pub use args::{Args, Given, Params};
pub use err::{Exc, R, Raised};
pub use obj::{Obj, Owned, PyLayout};
pub use token::Py;
