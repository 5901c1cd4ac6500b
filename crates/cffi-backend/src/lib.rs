//! `_cffi_backend`: the extension module under Python's `cffi` package.
//!
//! The layers, lowest first: `state`, `ctype`, `value`, `diag`, `convert`, `call`, `cdata`, `callback` and
//! `library`, `inline`, `decls`, `realize`, `lib_obj`, `ffi_obj`, `exports` and `front`, `checked`, `init`. See
//! ARCHITECTURE.md. `native` is a second module, for headers.
#![deny(unsafe_code)]

#[allow(unsafe_code, reason = "calls C")]
mod call;
#[allow(unsafe_code, reason = "is called by C")]
mod callback;
#[allow(unsafe_code, reason = "reaches C memory")]
mod cdata;
#[allow(unsafe_code, reason = "reaches C memory")]
mod checked;
#[allow(unsafe_code, reason = "reads and writes C memory")]
mod convert;
mod ctype;
mod decls;
mod diag;
#[allow(unsafe_code, reason = "is called by compiled modules")]
mod exports;
mod ffi_obj;
mod front;
mod init;
mod inline;
mod lib_obj;
#[allow(unsafe_code, reason = "opens libraries")]
mod library;
mod native;
mod realize;
#[allow(unsafe_code, reason = "lays out what the module keeps")]
mod state;
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "freebsd"))]
#[allow(unsafe_code, reason = "decides about unwinding")]
mod unwind;
#[allow(unsafe_code, reason = "lays out cdata")]
mod value;
