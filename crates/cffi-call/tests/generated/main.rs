//! Generated signatures: C functions of every mix of types are compiled once, then called by both kinds of
//! plan; C code calls both kinds of closure. Each side checks every byte that means something.
#![cfg(unix)]
#![allow(clippy::expect_used)]

mod calls;
mod closures;
mod coverage;
mod library;
#[path = "../support/model.rs"]
mod model;
mod rng;
mod source;
mod types;
mod value;
