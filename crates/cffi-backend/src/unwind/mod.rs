//! The stack unwinder of the system: its loading, and the end of threads under it.

#[allow(unsafe_code, reason = "decides about unwinding")]
mod ending;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
#[allow(unsafe_code, reason = "defines symbols in assembly")]
mod lazy;
