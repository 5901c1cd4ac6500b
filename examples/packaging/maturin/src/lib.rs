//! The functions of the module. maturin makes its declarations of them, which cffi reads.

/// Doubles some numbers.
///
/// # Safety
/// `numbers` points to `count` numbers.
#[no_mangle]
pub unsafe extern "C" fn twice_all(numbers: *mut i32, count: usize) {
    // SAFETY: the caller passes an array of that length.
    for number in unsafe { std::slice::from_raw_parts_mut(numbers, count) } {
        *number *= 2;
    }
}
