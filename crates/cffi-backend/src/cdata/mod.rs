//! CData objects: values of C types.
//!
//! | Python type | layout | owns |
//! |---|---|---|
//! | `_CDataBase` | [`CDataView`] | nothing; a primitive's value is a part of it or stored behind it |
//! | the same, open arrays | [`CDataLen`] | nothing |
//! | `__CDataOwn` | [`CDataLen`] and the payload behind it, or [`CDataStructPtr`] | the memory, or the object that does |
//! | `__CDataOwnGC` | [`own_gc::CDataOwnGc`] | a handle's object or a callback |
//! | `__CDataFromBuf` | [`from_buffer::CDataFromBuf`] | a buffer view |
//! | `__CDataGCP` | [`gcp::CDataGcp`] | the original cdata and its destructor |
//!
//! The type and address of a cdata never change, so they need no lock. C memory behind the address is as
//! unprotected as it is in C.

pub(crate) mod alloc;
pub(crate) mod allocator;
pub(crate) mod arith;
pub(crate) mod attr;
pub(crate) mod buffer;
pub(crate) mod call;
pub(crate) mod cast;
pub(crate) mod compare;
pub(crate) mod errno;
pub(crate) mod extent;
pub(crate) mod from_buffer;
pub(crate) mod gcp;
pub(crate) mod index;
mod items;
pub(crate) mod iter;
pub(crate) mod memory;
pub(crate) mod newp;
pub(crate) mod null;
pub(crate) mod number;
pub(crate) mod object;
pub(crate) mod offset;
pub(crate) mod own_gc;
pub(crate) mod release;
pub(crate) mod repr;
pub(crate) mod slice;
pub(crate) mod string;
pub(crate) mod types;
pub(crate) mod unpack;

pub(crate) use object::{CData, Owner};
