//! The C type model: what a C type is called, how large it is and where its members lie.
//!
//! Everything here is a pure function over plain values. The crate knows nothing of Python, reads no
//! memory that it was not handed as a slice or an integer, and has no dependencies, so each rule can be
//! compared with a C compiler (`tests/c_oracle.rs`).
//!
//! * [`primitive`]: the 51 primitive types with their sizes on the host,
//! * [`name`]: type names with the position where a declarator goes,
//! * [`layout`]: placing the members of a struct or union,
//! * [`bitfield`]: reading and writing the value of a bit field inside its storage unit.

#![forbid(unsafe_code)]

pub mod bitfield;
pub mod decls;
pub mod float;
mod index;
pub mod layout;
pub mod name;
pub mod primitive;
mod symbol;
pub mod target;
pub mod types;

pub use decls::Decls;
pub use layout::{ErrorClass, Layout, LayoutError};
pub use name::CName;
pub use primitive::{Codec, Prim, PrimKind, Primitive};
pub use symbol::{Symbol, Symbols};
pub use target::Target;
pub use types::{QualType, Quals, TypeId, Types};
