//! CData objects: values of C types.
//!
//! | Python type | layout | owns |
//! |---|---|---|
//! | `_CDataBase` | [`object::CDataView`] | nothing; a primitive's value is a part of it or stored behind it |
//! | `_CDataBase`, open arrays | [`object::CDataLen`] | nothing |
//! | hidden subtypes of the same name | see [`kept`] | a share in the owner of the memory that it is a view of |
//! | `__CDataOwn` | [`object::CDataLen`] and the payload behind it, or [`object::CDataStructPtr`] | the memory, or the object that does |
//! | a hidden type of the same name | [`object::CDataStructPtr`] | a struct from an allocator, so it is tracked |
//! | `__CDataOwnGC` | `cdata::own_gc::CDataOwnGc` | a handle's object or a callback |
//! | `__CDataFromBuf` | `cdata::from_buffer::CDataFromBuf` | a buffer view |
//! | `__CDataGCP` | `cdata::gcp::CDataGcp` | the original cdata and its destructor |
//!
//! The type and address of a cdata never change, so they need no lock. C memory behind the address is as
//! unprotected as it is in C.

#[allow(unsafe_code, reason = "lays out cdata")]
pub(crate) mod alloc;
#[allow(unsafe_code, reason = "lays out cdata")]
pub(crate) mod dealloc;
#[allow(unsafe_code, reason = "lays out cdata")]
pub(crate) mod kept;
pub(crate) mod null;
#[allow(unsafe_code, reason = "lays out cdata")]
pub(crate) mod object;

pub(crate) use object::{CData, Owner};
