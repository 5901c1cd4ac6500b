//! The declarations of an FFI object that come from texts of C (`cdef()`), and the ctypes made from them.
//!
//! [`Inline`] owns the session of the C parser and the ctypes that have been made. Each of the two has its own lock. No
//! Python code runs and no Python object is made or dropped while one of them is held, so code that the interpreter
//! runs at any time (the garbage collector, destructors, signal handlers) can use the FFI object again. Facts leave the
//! session as copies: a [`node::Node`] is all that is needed to make one ctype.

pub(crate) mod declarations;
pub(crate) mod held;
pub(crate) mod lookup;
pub(crate) mod node;
mod numbers;

pub(crate) use declarations::Inline;
