//! `CType` objects.
//!
//! The meaning of each member, by kind:
//!
//! | kind | `access` | `size` | `length` | `item` | `detail` |
//! |---|---|---|---|---|---|
//! | void | Void | -1 | 0 | | |
//! | primitive | by codec | bytes | alignment | | descriptor |
//! | `_BitInt` | BitInt | bytes | alignment | | signedness and width |
//! | enum | by codec of its base | bytes | alignment | | names and values |
//! | pointer | Pointer | of a pointer | -1 | what it points to | the array type `item[]`, made lazily |
//! | array | Array, OpenArray | bytes, -1 open | items, -1 open | type of an item | the pointer type that it decays to |
//! | struct, union | Aggregate | bytes, -1 unknown | alignment | | fields, once known |
//! | function | Pointer | of a pointer | -1 | | arguments, result, call plan |
//!
//! A ctype is immutable once it is published, except structs: their size, alignment and fields are set once, when they
//! are completed (see `aggregate`).

pub(crate) mod access;
pub(crate) mod aggregate;
#[allow(unsafe_code, reason = "lays out ctypes")]
pub(crate) mod alloc;
pub(crate) mod api;
pub(crate) mod attrs;
pub(crate) mod by_value;
pub(crate) mod complete;
pub(crate) mod enums;
#[allow(unsafe_code, reason = "lays out ctypes")]
pub(crate) mod field;
pub(crate) mod function;
pub(crate) mod make;
mod name_index;
pub(crate) mod new_enum;
pub(crate) mod new_function;
#[allow(unsafe_code, reason = "lays out ctypes")]
pub(crate) mod object;
mod refusal;
#[allow(unsafe_code, reason = "lays out ctypes")]
pub(crate) mod type_object;
pub(crate) mod variadic;

pub(crate) use access::Access;
pub(crate) use aggregate::{Aggregate, Field, Width};
pub(crate) use enums::EnumType;
pub(crate) use function::FunctionType;
pub(crate) use object::{BitInt, CType, Detail, Kind, flag};
