//! The C functions behind the module's `_testfunc(n)`.

use std::ffi::c_void;

unsafe extern "C" {
    fn ferrocffi_test_function(n: usize) -> *const c_void;
}

/// Number of test functions.
pub const COUNT: usize = 24;

/// Returns the address of test function `n`, 0 to 23; number 8 is the value of C's `stderr` instead.
pub fn test_function(n: usize) -> Option<*const c_void> {
    // SAFETY: takes any number, only looks it up.
    let address = unsafe { ferrocffi_test_function(n) };
    (!address.is_null()).then_some(address)
}

/// The number of the test function that is variadic.
const VARIADIC: usize = 9;

/// Returns whether an address is that of the variadic test function.
pub fn is_variadic(address: *const c_void) -> bool {
    test_function(VARIADIC) == Some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_end_where_the_functions_end() {
        assert!((0..COUNT).all(|n| test_function(n).is_some()));
        assert!(test_function(COUNT).is_none() && test_function(usize::MAX).is_none());
    }
}
