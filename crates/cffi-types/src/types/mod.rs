//! The arena of C types.
//!
//! A type is a number, [`TypeId`], in a [`Types`]. Equal types have one number, so types are compared by comparing
//! numbers. The arena gives the [`Shape`] of a type, which refers to other types by their numbers. Qualifiers belong to
//! the use of a type: [`QualType`].
//!
//! ```
//! use cffi_types::{Prim, Target};
//! use cffi_types::types::{Length, QualType, Quals, TypeId, Types};
//!
//! let mut types = Types::new(Target::x86_64_linux_gnu());
//! let text = QualType::new(TypeId::of(Prim::Char), Quals::CONST);
//! let pointer = types.pointer(text);
//! let array = types.array(pointer.into(), Length::Fixed(3));
//! assert_eq!(types.size(array), Ok(24));
//! assert_eq!(types.spell(array.into(), "names"), "const char *names[3]");
//! ```

mod arena;
mod cffi_name;
mod enumeration;
mod enums;
mod error;
mod function;
mod functions;
mod ids;
mod journal;
mod measure;
mod qualified;
mod record;
mod records;
mod roll_back;
mod shape;
mod spelling;
#[cfg(test)]
mod tests;
mod va_list;

pub use arena::Types;
pub use enumeration::{Enum, EnumAttributes, Enumerator};
pub use error::{LayoutProblem, NoSize, Redefinition};
pub use function::{Convention, Function};
pub use ids::{EnumId, FunctionId, RecordId};
pub use qualified::{QualType, Quals};
pub use record::{Field, Record, RecordAttributes, RecordKind, RecordState};
pub use shape::{Length, Shape, TypeId, UnknownKind};
