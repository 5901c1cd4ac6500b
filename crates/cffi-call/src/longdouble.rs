//! C `long double` as bytes: Rust has no such type, so a few C functions do the arithmetic.

use std::ffi::{c_int, c_void};
use std::fmt;
use std::sync::Once;

use cffi_types::float;
use cffi_types::target::{FloatFormat, Target};

/// `sizeof(long double)` in bytes.
#[cfg(long_double = "8")]
pub const SIZE: usize = 8;
/// `sizeof(long double)` in bytes.
#[cfg(long_double = "12")]
pub const SIZE: usize = 12;
/// `sizeof(long double)` in bytes.
#[cfg(long_double = "16")]
pub const SIZE: usize = 16;

/// Alignment of `long double` inside a struct.
pub const ALIGN: usize = match SIZE {
    8 => align_of::<f64>(),
    12 => 4,
    // The only one whose 16 bytes are aligned like eight.
    _ if cfg!(target_arch = "s390x") => 8,
    _ => 16,
};

/// Whether `long double` is the type `double` on this target.
pub const IS_DOUBLE: bool = SIZE == 8;

/// A `long double`, as the bytes that C keeps.
///
/// Equality of bytes is not equality of values (padding, NaN, signed zeros), so there is no `PartialEq`.
#[derive(Clone, Copy)]
#[repr(C, align(16))]
pub struct LongDouble([u8; SIZE]);

impl LongDouble {
    /// Returns the value kept in `bytes`, which may come from any address.
    pub const fn from_bytes(bytes: [u8; SIZE]) -> LongDouble {
        LongDouble(bytes)
    }

    /// Returns the value's bytes.
    pub const fn to_bytes(self) -> [u8; SIZE] {
        self.0
    }

    /// Reads a value from memory.
    ///
    /// # Safety
    /// `address` is readable for [`SIZE`] initialised bytes; it need not be aligned.
    pub unsafe fn read(address: *const u8) -> LongDouble {
        // SAFETY: the caller vouches for the bytes; an array of bytes has alignment 1.
        LongDouble(unsafe { address.cast::<[u8; SIZE]>().read() })
    }

    /// Writes the value to memory.
    ///
    /// # Safety
    /// `address` is writable for [`SIZE`] bytes; it need not be aligned.
    pub unsafe fn write(self, address: *mut u8) {
        // SAFETY: the caller promises that the address is writable for SIZE bytes.
        unsafe { address.cast::<[u8; SIZE]>().write(self.0) }
    }

    /// Converts a `double`, which is exact.
    pub fn from_double(x: f64) -> LongDouble {
        imp::from_double(x)
    }

    /// Returns the nearest `double`.
    pub fn to_double(self) -> f64 {
        imp::to_double(self)
    }

    /// Converts binary128, rounded to the nearest where the target's format has fewer digits.
    pub fn from_quad(bits: u128) -> LongDouble {
        let mut bytes = [0; SIZE];
        let mut fill = |from: &[u8]| bytes.iter_mut().zip(from).for_each(|(to, byte)| *to = *byte);
        match Target::HOST.long_double_format {
            FloatFormat::X87 => fill(&float::quad_to_x87(bits)),
            FloatFormat::Quad => fill(&bits.to_ne_bytes()),
            _ => return LongDouble::from_double(float::quad_to_f64(bits)),
        }
        LongDouble(bytes)
    }

    /// Returns the value as the bits of a binary128, which has every one.
    pub fn to_quad(self) -> u128 {
        match Target::HOST.long_double_format {
            FloatFormat::X87 => self.0.first_chunk().map(|bytes| float::x87_to_quad(*bytes)),
            FloatFormat::Quad => self.0.first_chunk().map(|bytes| u128::from_ne_bytes(*bytes)),
            _ => None,
        }
        .unwrap_or_else(|| float::f64_to_quad(self.to_double()))
    }

    /// Returns whether the value compares unequal to zero; true for NaN.
    pub fn is_nonzero(self) -> bool {
        imp::is_nonzero(self)
    }

    /// Returns the text that C prints for `%LE`.
    pub fn format_e(self) -> String {
        imp::format_e(self)
    }
}

impl fmt::Debug for LongDouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format_e())
    }
}

/// A function that writes the `long double` value of an object to `out`; it does not return 0 on failure.
pub type Convert = unsafe extern "C" fn(object: *mut c_void, out: *mut c_void) -> c_int;

/// Sets the function that [`returning`] calls. Only the first call counts; it has to precede any use of the address.
pub fn set_convert(convert: Convert) {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| imp::set_convert(convert));
}

/// Returns the C function `long double (void *)` that returns what [`set_convert`]'s function writes, or -1 if that
/// fails.
pub const fn returning() -> *mut c_void {
    imp::returning()
}

#[cfg(not(long_double = "8"))]
mod imp {
    use std::ffi::{c_char, c_int, c_void};

    use super::{Convert, LongDouble};

    unsafe extern "C" {
        fn ferrocffi_ld_from_double(out: *mut u8, x: f64);
        fn ferrocffi_ld_to_double(p: *const u8) -> f64;
        fn ferrocffi_ld_is_nonzero(p: *const u8) -> c_int;
        fn ferrocffi_ld_format(p: *const u8, buffer: *mut c_char, size: usize) -> c_int;
        fn ferrocffi_ld_set_convert(convert: Convert);
        // Not called from here: its result has no type in Rust.
        fn ferrocffi_ld_returning(object: *mut c_void);
    }

    pub(super) fn set_convert(convert: Convert) {
        // SAFETY: called once, before anybody can call the other function.
        unsafe { ferrocffi_ld_set_convert(convert) };
    }

    pub(super) const fn returning() -> *mut c_void {
        ferrocffi_ld_returning as *mut c_void
    }

    pub(super) fn from_double(x: f64) -> LongDouble {
        let mut out = LongDouble([0; super::SIZE]);
        // SAFETY: writes SIZE bytes, checked against C's sizeof when the C file is compiled.
        unsafe { ferrocffi_ld_from_double(out.0.as_mut_ptr(), x) };
        out
    }

    pub(super) fn to_double(v: LongDouble) -> f64 {
        // SAFETY: the C function reads SIZE bytes, as many as the value has.
        unsafe { ferrocffi_ld_to_double(v.0.as_ptr()) }
    }

    pub(super) fn is_nonzero(v: LongDouble) -> bool {
        // SAFETY: the C function reads SIZE bytes, as many as the value has.
        unsafe { ferrocffi_ld_is_nonzero(v.0.as_ptr()) != 0 }
    }

    pub(super) fn format_e(v: LongDouble) -> String {
        // Sign, seven digits, point and a five-digit exponent take 15 bytes at most.
        let mut buffer = [0_u8; 64];
        // SAFETY: reads SIZE bytes, writes no more than the length given.
        let n = unsafe { ferrocffi_ld_format(v.0.as_ptr(), buffer.as_mut_ptr().cast(), buffer.len()) };
        let length = usize::try_from(n).unwrap_or(0).min(buffer.len() - 1);
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    }
}

#[cfg(long_double = "8")]
mod imp {
    use std::ffi::c_void;
    use std::sync::OnceLock;

    use super::{Convert, LongDouble};

    static CONVERT: OnceLock<Convert> = OnceLock::new();

    pub(super) fn set_convert(convert: Convert) {
        let _ = CONVERT.set(convert);
    }

    unsafe extern "C" fn convert(object: *mut c_void) -> f64 {
        let mut value = 0.0_f64;
        // SAFETY: C code passes an object that the converter takes, and the place for a number is on the stack.
        let done = |convert: &Convert| unsafe { convert(object, (&raw mut value).cast()) } == 0;
        if CONVERT.get().is_some_and(done) { value } else { -1.0 }
    }

    pub(super) const fn returning() -> *mut c_void {
        convert as *mut c_void
    }

    pub(super) fn from_double(x: f64) -> LongDouble {
        LongDouble(x.to_ne_bytes())
    }

    pub(super) fn to_double(v: LongDouble) -> f64 {
        f64::from_ne_bytes(v.0)
    }

    pub(super) fn is_nonzero(v: LongDouble) -> bool {
        to_double(v) != 0.0
    }

    pub(super) fn format_e(v: LongDouble) -> String {
        super::format_double_e(to_double(v))
    }
}

/// Formats a `double` as `%E` does: Rust's exponent has no sign and no leading zero.
#[cfg_attr(not(long_double = "8"), allow(dead_code))]
fn format_double_e(x: f64) -> String {
    let sign = if x.is_sign_negative() { "-" } else { "" };
    if x.is_nan() {
        return format!("{sign}NAN");
    }
    if x.is_infinite() {
        return format!("{sign}INF");
    }
    let text = format!("{:.6E}", x.abs());
    match text.split_once('E') {
        Some((digits, exponent)) => {
            let (mark, exponent) = match exponent.strip_prefix('-') {
                Some(rest) => ('-', rest),
                None => ('+', exponent),
            };
            format!("{sign}{digits}E{mark}{exponent:0>2}")
        }
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubles_survive_the_round_trip() {
        for x in [0.0, -0.0, 1.5, -1e300, 5e-324, f64::INFINITY, f64::NEG_INFINITY, std::f64::consts::PI] {
            let v = LongDouble::from_double(x);
            assert_eq!(v.to_double().to_bits(), x.to_bits());
            assert_eq!(v.is_nonzero(), x != 0.0);
        }
        assert!(LongDouble::from_double(f64::NAN).to_double().is_nan());
        assert!(LongDouble::from_double(f64::NAN).is_nonzero());
    }

    #[test]
    fn text_is_that_of_percent_le() {
        for (x, text) in [
            (1.23, "1.230000E+00"),
            (-1234.5, "-1.234500E+03"),
            (1e-7, "1.000000E-07"),
            (1e300, "1.000000E+300"),
            (0.0, "0.000000E+00"),
            (f64::INFINITY, "INF"),
        ] {
            assert_eq!(LongDouble::from_double(x).format_e(), text);
            assert_eq!(format_double_e(x), text);
        }
    }

    #[test]
    fn c_gets_what_the_converter_writes() {
        unsafe extern "C" fn half(object: *mut c_void, out: *mut c_void) -> c_int {
            if object.is_null() {
                return 1;
            }
            // SAFETY: called by C with a place for a result, and by this test with a double.
            unsafe { LongDouble::from_double(object.cast::<f64>().read() / 2.0).write(out.cast()) };
            0
        }
        set_convert(half);
        let mut types = cffi_types::Types::new(cffi_types::Target::HOST);
        let pointer = types.pointer(cffi_types::TypeId::VOID.into()).into();
        let result = cffi_types::TypeId::of(cffi_types::Prim::LongDouble).into();
        let plan = crate::CallPlan::new(&crate::Signature::new(&types, result, &[pointer]));
        let Ok(plan) = plan else { panic!("no plan") };
        let mut argument = 5.0_f64;
        let call = |address: *mut f64| {
            let mut image = [0_u128; 16];
            let mut result = [0_u128; 2];
            // SAFETY: the image has room for a pointer, the result for a long double.
            unsafe {
                let image = image.as_mut_ptr().cast::<u8>();
                image.add(plan.arg_offsets()[0]).cast::<*mut f64>().write(address);
                let area = result.as_mut_ptr().cast::<u8>();
                plan.call_with_errno(returning(), image, area);
                LongDouble::read(area).to_double()
            }
        };
        assert_eq!(call(&raw mut argument), 2.5);
        assert_eq!(call(std::ptr::null_mut()), -1.0);
    }

    #[test]
    fn bytes_may_be_unaligned() {
        let mut memory = [0_u8; SIZE + 1];
        // SAFETY: SIZE bytes are left after the first.
        let back = unsafe {
            LongDouble::from_double(2.75).write(memory.as_mut_ptr().add(1));
            LongDouble::read(memory.as_ptr().add(1))
        };
        assert_eq!(back.to_double(), 2.75);
    }

    #[cfg(all(target_arch = "x86_64", long_double = "16"))]
    #[test]
    fn values_beyond_double_are_told_from_zero() {
        let mut bytes = LongDouble::from_double(1.0).to_bytes();
        bytes[8..10].copy_from_slice(&1_u16.to_le_bytes());
        let tiny = LongDouble::from_bytes(bytes);
        assert!(tiny.is_nonzero());
        assert_eq!(tiny.to_double(), 0.0);
        assert_eq!(tiny.format_e(), "3.362103E-4932");
    }
}
