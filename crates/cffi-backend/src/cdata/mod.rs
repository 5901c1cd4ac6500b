//! The operations of CData objects, each in the file of its name.

pub(crate) mod allocator;
pub(crate) mod arith;
pub(crate) mod attr;
pub(crate) mod buffer;
pub(crate) mod cast;
pub(crate) mod compare;
pub(crate) mod extent;
pub(crate) mod from_buffer;
pub(crate) mod gcp;
pub(crate) mod index;
mod items;
pub(crate) mod iter;
pub(crate) mod kept;
pub(crate) mod memory;
pub(crate) mod newp;
pub(crate) mod number;
pub(crate) mod offset;
pub(crate) mod own_gc;
pub(crate) mod release;
pub(crate) mod repr;
pub(crate) mod slice;
pub(crate) mod string;
pub(crate) mod types;
pub(crate) mod unpack;
