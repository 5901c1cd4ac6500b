//! `_cffi_backend`: the extension module under Python's `cffi` package.
//!
//! The layers, lowest first: `state`, `ctype`, `value`, `memory`, `diag`, `convert`, `call`, `cdata`, `callback` and
//! `library`, `inline`, `decls`, `realize`, `lib_obj`, `ffi_obj`, `exports` and `front`, `checked`, `init`. See
//! ARCHITECTURE.md. `native` is a second module, for headers.
#![deny(unsafe_code)]

use std::alloc::System;

use cffi_memory::reserve::Reserving;

mod call;
mod callback;
mod cdata;
mod checked;
mod convert;
mod ctype;
mod decls;
mod diag;
mod exports;
mod ffi_obj;
mod front;
mod init;
mod inline;
mod lib_obj;
mod library;
#[allow(unsafe_code, reason = "reads and writes C memory")]
mod memory;
mod native;
mod realize;
#[allow(unsafe_code, reason = "lays out what the module keeps")]
mod state;
#[cfg(any(all(target_os = "linux", target_env = "gnu"), target_os = "freebsd"))]
mod unwind;
mod value;

/// Small allocations that may not fail have a reserve.
#[global_allocator]
static ALLOCATOR: Reserving<System> = Reserving(System);
