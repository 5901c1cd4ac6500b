//! The declarations in one or more C sources.
//!
//! The C front end makes a [`Decls`], and all other code reads it to make ctypes in memory, tables for Python, C source
//! and stubs. It keeps every declaration in the order of the sources, with its place, its comment and the problems
//! found in it. It finds declarations by name in the three name spaces of C: ordinary names, tags and macros.
//!
//! Large parts that few declarations have (comments, attributes, names of parameters) are kept in separate tables, so
//! that a declaration takes 40 bytes and its name 4.
//!
//! ```
//! use cffi_types::decls::{Decl, DeclKind, Decls, Span};
//! use cffi_types::types::Convention;
//! use cffi_types::{Prim, Target, TypeId};
//!
//! let mut decls = Decls::new(Target::x86_64_linux_gnu());
//! let file = decls.add_file("math.h");
//! let double = TypeId::of(Prim::Double).into();
//! let ty = decls.types.function(double, &[double], false, false, Convention::C);
//! let name = decls.types.symbols.intern("sqrt");
//! let id = decls.declare(Decl::new(DeclKind::Function, name, ty.into(), Span::new(file, 0, 1)));
//! assert_eq!(decls.find("sqrt"), Some(id));
//! assert_eq!(decls.text_of(id), "double sqrt(double)");
//! ```

mod constant;
mod decl;
mod extra;
mod names;
mod problem;
mod set;
mod source;
mod tables;
#[cfg(test)]
mod tests;
mod text;

pub use constant::{Constant, ConstantId};
pub use decl::{Decl, DeclFlags, DeclId, DeclKind};
pub use extra::Extra;
pub use problem::{Problem, ProblemId, Severity};
pub use set::Decls;
pub use source::{FileId, SourceFile, Span};
pub use text::Text;
