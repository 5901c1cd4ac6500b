//! Calls that load registers and nothing else: typed, so that they are what a compiler would emit.
//!
//! There are several, for more than brevity: a register without an argument is loaded from memory that somebody else
//! may have written just before, in pieces, and then the load waits for them.

use std::ffi::c_void;
use std::mem::MaybeUninit;

/// Integer registers that carry arguments.
pub(crate) const INTEGERS: usize = if cfg!(target_arch = "aarch64") { 8 } else { 6 };
/// Vector registers that carry arguments.
pub(crate) const VECTORS: usize = 8;
/// The offset of the vector registers in an image, in bytes.
pub(crate) const VECTORS_AT: usize = 8 * INTEGERS;

/// Bytes of an image for such a call, at most.
pub const IMAGE: usize = VECTORS_AT + 8 * VECTORS;

/// The registers that the arguments of a signature may be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RegisterSet {
    /// Two integer registers at most: [`Two`].
    Two,
    /// Two of each kind at most: [`Few`].
    Few,
    /// Integer registers: [`Integers`].
    Integers,
    /// Any: [`All`].
    All,
}

impl RegisterSet {
    /// Returns the smallest set that contains these numbers of registers of the two kinds.
    #[cfg_attr(not(direct_calls), expect(dead_code, reason = "no plan loads registers there"))]
    pub(crate) fn with(integers: usize, vectors: usize) -> RegisterSet {
        match (integers, vectors) {
            (0..=2, 0) => RegisterSet::Two,
            (0..=2, 1..=2) => RegisterSet::Few,
            (_, 0) => RegisterSet::Integers,
            _ => RegisterSet::All,
        }
    }
}

#[cfg(any(sysv64, aapcs64))]
impl RegisterSet {
    /// Loads the registers of this set and calls.
    ///
    /// # Safety
    /// As for [`Load::call`] of this set.
    #[inline(always)]
    pub(crate) unsafe fn call<T>(self, function: *const c_void, image: *const u8) -> T {
        // SAFETY: the caller promises a function of this type and an image of its plan.
        unsafe {
            match self {
                RegisterSet::Two => Two::call(function, image),
                RegisterSet::Few => Few::call(function, image),
                RegisterSet::Integers => Integers::call(function, image),
                RegisterSet::All => All::call(function, image),
            }
        }
    }
}

/// How an integer result is extended from its size in C to 64 bits.
#[cfg(any(sysv64, aapcs64))]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Extension {
    /// The number of bits to shift left, then right again.
    shift: u8,
    signed: bool,
}

#[cfg(any(sysv64, aapcs64))]
impl Extension {
    /// Describes the extension from `size` bytes, 1 to 8.
    pub(crate) fn new(size: u8, signed: bool) -> Extension {
        Extension { shift: 64 - 8 * size, signed }
    }

    /// Returns the extended value of a register.
    #[inline(always)]
    pub(crate) fn apply(self, raw: u64) -> u64 {
        let high = raw << self.shift;
        if self.signed { (high.cast_signed() >> self.shift).cast_unsigned() } else { high >> self.shift }
    }
}

/// A register's contents: possibly nothing that was ever written, which a C function may be passed but must not
/// look at.
type Int = MaybeUninit<u64>;
type Vector = MaybeUninit<f64>;

/// Loads the registers of a set and calls.
pub trait Load {
    /// Calls `function`, whose result `T` comes in a register, or is `()`.
    ///
    /// # Safety
    /// - As for [`CallPlan::call`](crate::CallPlan::call), for a plan whose
    ///   [`registers`](crate::CallPlan::registers) are of this set.
    /// - `T` is passed in C as the function's result is.
    unsafe fn call<T>(function: *const c_void, image: *const u8) -> T;
}

/// Two integer registers.
#[derive(Clone, Copy, Debug)]
pub struct Two;

impl Load for Two {
    #[inline(always)]
    unsafe fn call<T>(function: *const c_void, image: *const u8) -> T {
        type F<T> = unsafe extern "C-unwind" fn(Int, Int) -> T;
        // SAFETY: unused registers may hold anything; the caller vouches for the rest.
        unsafe {
            let f = std::mem::transmute::<*const c_void, F<T>>(function);
            let [a, b] = image.cast::<[Int; 2]>().read();
            f(a, b)
        }
    }
}

/// Two integer and two vector registers.
#[derive(Clone, Copy, Debug)]
pub struct Few;

impl Load for Few {
    #[inline(always)]
    unsafe fn call<T>(function: *const c_void, image: *const u8) -> T {
        type F<T> = unsafe extern "C-unwind" fn(Int, Int, Vector, Vector) -> T;
        // SAFETY: the caller promises a function of this type and an image whose registers are filled.
        unsafe {
            let f = std::mem::transmute::<*const c_void, F<T>>(function);
            let [a, b] = image.cast::<[Int; 2]>().read();
            let [s, t] = image.add(VECTORS_AT).cast::<[Vector; 2]>().read();
            f(a, b, s, t)
        }
    }
}

/// All integer registers.
#[derive(Clone, Copy, Debug)]
pub struct Integers;

#[cfg(not(target_arch = "aarch64"))]
impl Load for Integers {
    #[inline(always)]
    unsafe fn call<T>(function: *const c_void, image: *const u8) -> T {
        type F<T> = unsafe extern "C-unwind" fn(Int, Int, Int, Int, Int, Int) -> T;
        // SAFETY: the caller promises a function of this type and an image whose registers are filled.
        unsafe {
            let function = std::mem::transmute::<*const c_void, F<T>>(function);
            let [a, b, c, d, e, f] = image.cast::<[Int; INTEGERS]>().read();
            function(a, b, c, d, e, f)
        }
    }
}

#[cfg(target_arch = "aarch64")]
impl Load for Integers {
    #[inline(always)]
    unsafe fn call<T>(function: *const c_void, image: *const u8) -> T {
        type F<T> = unsafe extern "C-unwind" fn(Int, Int, Int, Int, Int, Int, Int, Int) -> T;
        // SAFETY: the caller promises a function of this type and an image whose registers are filled.
        unsafe {
            let function = std::mem::transmute::<*const c_void, F<T>>(function);
            let [a, b, c, d, e, f, g, h] = image.cast::<[Int; INTEGERS]>().read();
            function(a, b, c, d, e, f, g, h)
        }
    }
}

/// All registers.
#[derive(Clone, Copy, Debug)]
pub struct All;

#[cfg(not(target_arch = "aarch64"))]
impl Load for All {
    #[inline(always)]
    unsafe fn call<T>(function: *const c_void, image: *const u8) -> T {
        type V = Vector;
        type F<T> = unsafe extern "C-unwind" fn(Int, Int, Int, Int, Int, Int, V, V, V, V, V, V, V, V) -> T;
        // SAFETY: the caller promises a function of this type and an image whose registers are filled.
        unsafe {
            let function = std::mem::transmute::<*const c_void, F<T>>(function);
            let [a, b, c, d, e, f] = image.cast::<[Int; INTEGERS]>().read();
            let [s, t, u, v, w, x, y, z] = image.add(VECTORS_AT).cast::<[Vector; VECTORS]>().read();
            function(a, b, c, d, e, f, s, t, u, v, w, x, y, z)
        }
    }
}

#[cfg(target_arch = "aarch64")]
impl Load for All {
    #[inline(always)]
    unsafe fn call<T>(function: *const c_void, image: *const u8) -> T {
        type V = Vector;
        type F<T> =
            unsafe extern "C-unwind" fn(Int, Int, Int, Int, Int, Int, Int, Int, V, V, V, V, V, V, V, V) -> T;
        // SAFETY: the caller promises a function of this type and an image whose registers are filled.
        unsafe {
            let function = std::mem::transmute::<*const c_void, F<T>>(function);
            let [a, b, c, d, e, f, g, h] = image.cast::<[Int; INTEGERS]>().read();
            let [s, t, u, v, w, x, y, z] = image.add(VECTORS_AT).cast::<[Vector; VECTORS]>().read();
            function(a, b, c, d, e, f, g, h, s, t, u, v, w, x, y, z)
        }
    }
}
