//! `_cffi_backend`: the extension module under Python's `cffi` package.
//!
//! The layers, each knowing only those before it: [`rt`], `state`, `ctype`, `convert` and `cdata`, `callback` and
//! `library`, `ffi`, `exports` and `init`. See ARCHITECTURE.md.

mod callback;
mod cdata;
mod convert;
mod ctype;
mod exports;
mod ffi;
mod init;
mod library;
mod rt;
mod state;
