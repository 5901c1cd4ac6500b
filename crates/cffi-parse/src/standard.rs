//! Type names that every C program knows from `<stdint.h>`, `<stddef.h>` and `<uchar.h>`.

use cffi_abi::Primitive;

/// Returns the primitive type of a standard name such as `int16_t`; all of them end in `_t`.
///
/// `_cffi_float_complex_t` and `_cffi_double_complex_t` are the names of the two complex types.
pub fn standard_typename(name: &str) -> Option<Primitive> {
    use Primitive as P;
    let stem = name.strip_suffix("_t")?;
    Some(match stem {
        "size" => P::Size,
        "ssize" => P::SSize,
        "int8" => P::Int8,
        "int16" => P::Int16,
        "int32" => P::Int32,
        "int64" => P::Int64,
        "uint8" => P::UInt8,
        "uint16" => P::UInt16,
        "uint32" => P::UInt32,
        "uint64" => P::UInt64,
        "intptr" => P::IntPtr,
        "uintptr" => P::UIntPtr,
        "ptrdiff" => P::PtrDiff,
        "wchar" => P::WChar,
        "char16" => P::Char16,
        "char32" => P::Char32,
        "intmax" => P::IntMax,
        "uintmax" => P::UIntMax,
        "int_least8" => P::IntLeast8,
        "int_least16" => P::IntLeast16,
        "int_least32" => P::IntLeast32,
        "int_least64" => P::IntLeast64,
        "uint_least8" => P::UIntLeast8,
        "uint_least16" => P::UIntLeast16,
        "uint_least32" => P::UIntLeast32,
        "uint_least64" => P::UIntLeast64,
        "int_fast8" => P::IntFast8,
        "int_fast16" => P::IntFast16,
        "int_fast32" => P::IntFast32,
        "int_fast64" => P::IntFast64,
        "uint_fast8" => P::UIntFast8,
        "uint_fast16" => P::UIntFast16,
        "uint_fast32" => P::UIntFast32,
        "uint_fast64" => P::UIntFast64,
        "_cffi_float_complex" => P::FloatComplex,
        "_cffi_double_complex" => P::DoubleComplex,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_primitive_whose_name_is_an_identifier_is_found_by_it() {
        for &primitive in Primitive::ALL {
            let expected = (primitive.number() >= Primitive::WChar.number()).then_some(primitive);
            assert_eq!(standard_typename(primitive.c_name()), expected, "{primitive:?}");
        }
        for name in ["", "_t", "size", "int128_t", "Size_t", "size_t_t", "int8_t "] {
            assert_eq!(standard_typename(name), None, "{name:?}");
        }
    }
}
