//! The operations of CData objects, each in the file of its name.

pub(crate) mod allocator;
pub(crate) mod arith;
pub(crate) mod attr;
#[allow(unsafe_code, reason = "shows C memory as a buffer")]
pub(crate) mod buffer;
pub(crate) mod cast;
pub(crate) mod compare;
pub(crate) mod extent;
#[allow(unsafe_code, reason = "lays out cdata")]
pub(crate) mod from_buffer;
#[allow(unsafe_code, reason = "lays out cdata")]
pub(crate) mod gcp;
pub(crate) mod index;
mod items;
pub(crate) mod iter;
#[allow(unsafe_code, reason = "lays out cdata")]
pub(crate) mod kept;
pub(crate) mod memory;
pub(crate) mod newp;
pub(crate) mod number;
pub(crate) mod offset;
#[allow(unsafe_code, reason = "lays out cdata")]
pub(crate) mod own_gc;
#[allow(unsafe_code, reason = "reaches C memory")]
pub(crate) mod reach;
pub(crate) mod release;
pub(crate) mod repr;
pub(crate) mod slice;
pub(crate) mod string;
#[allow(unsafe_code, reason = "lays out cdata")]
pub(crate) mod types;
pub(crate) mod unpack;
