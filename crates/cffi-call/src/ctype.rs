//! What a value looks like to a calling convention.
//!
//! Much less than a C type: names, qualifiers and signedness of `char` are gone, an enum is its integer, an
//! array only appears as a repeat count inside a struct.

use std::sync::Arc;

use crate::longdouble;

/// The type of one argument, result or struct field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ArgType {
    /// No value; only as a result.
    Void,
    /// An integer, `_Bool`, character or enum of `size` bytes (1, 2, 4 or 8).
    Int {
        /// Bytes: 1, 2, 4 or 8.
        size: u8,
        /// Whether it is sign-extended when it is widened.
        signed: bool,
    },
    /// C `float`.
    Float,
    /// C `double`.
    Double,
    /// C `long double`. Where that type is the same as `double`, [`ArgType::Double`] behaves alike.
    LongDouble,
    /// Any data or function pointer.
    Pointer,
    /// A struct or union by value.
    Struct(Arc<StructType>),
}

/// The memory layout of a struct or union.
///
/// A union is a struct whose fields overlap. A bit field is given as one `Int` of size 1 for each byte that it
/// touches: that is all a calling convention asks of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StructType {
    /// `sizeof`, in bytes.
    pub size: usize,
    /// `_Alignof`, in bytes; a power of two.
    pub align: usize,
    /// The members: offset in bytes, type of one element, number of elements (1 for what is not an array;
    /// the product of the lengths for an array of arrays).
    pub fields: Vec<(usize, ArgType, usize)>,
}

/// A calling convention.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Abi {
    /// The platform's C convention.
    #[default]
    Default,
    /// `__stdcall`; the same as `Default` except on 32-bit Windows.
    Stdcall,
    /// One of libffi's numbers.
    Other(u32),
}

/// Everything that decides how a function is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature {
    /// The arguments; for a variadic function, those of this one call, already promoted as C promotes them.
    pub args: Vec<ArgType>,
    /// The result.
    pub result: ArgType,
    /// `Some(n)` for a variadic function whose first `n` arguments are declared.
    pub fixed_args: Option<usize>,
    /// The calling convention.
    pub abi: Abi,
}

impl Signature {
    /// A signature that is not variadic, in the platform's convention.
    pub fn new(args: Vec<ArgType>, result: ArgType) -> Signature {
        Signature { args, result, fixed_args: None, abi: Abi::Default }
    }
}

impl ArgType {
    /// An integer type of `size` bytes.
    pub const fn int(size: u8, signed: bool) -> ArgType {
        ArgType::Int { size, signed }
    }

    /// Bytes that a value takes in memory; 0 for `Void`.
    pub fn size(&self) -> usize {
        match self {
            ArgType::Void => 0,
            ArgType::Int { size, .. } => usize::from(*size),
            ArgType::Float => 4,
            ArgType::Double => 8,
            ArgType::LongDouble => longdouble::SIZE,
            ArgType::Pointer => size_of::<*const u8>(),
            ArgType::Struct(s) => s.size,
        }
    }

    /// Alignment that the C compiler gives a struct member of this type.
    pub fn align(&self) -> usize {
        match self {
            ArgType::Void | ArgType::Int { size: 1, .. } => 1,
            ArgType::Int { size: 2, .. } => 2,
            ArgType::Int { size: 4, .. } | ArgType::Float => 4,
            // 4 on 32-bit x86 System V, as for Rust.
            ArgType::Int { .. } => align_of::<u64>(),
            ArgType::Double => align_of::<f64>(),
            ArgType::LongDouble => longdouble::ALIGN,
            ArgType::Pointer => align_of::<*const u8>(),
            ArgType::Struct(s) => s.align,
        }
    }
}

impl StructType {
    /// Whether the fields lie where a C compiler puts them without packing, overlap or extra alignment: the
    /// only layout that libffi, which computes its own, can be told about.
    pub fn is_natural(&self) -> bool {
        let mut end = 0_usize;
        let mut align = 1_usize;
        for (offset, ty, count) in &self.fields {
            let field_align = ty.align();
            let place = end.checked_next_multiple_of(field_align.max(1));
            if place != Some(*offset) || *count == 0 {
                return false;
            }
            if let ArgType::Struct(inner) = ty
                && !inner.is_natural()
            {
                return false;
            }
            let Some(next) = ty.size().checked_mul(*count).and_then(|n| n.checked_add(*offset)) else {
                return false;
            };
            end = next;
            align = align.max(field_align);
        }
        align == self.align && end.checked_next_multiple_of(align) == Some(self.size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(size: usize, align: usize, fields: Vec<(usize, ArgType, usize)>) -> StructType {
        StructType { size, align, fields }
    }

    #[test]
    fn natural_layouts_are_told_from_packed_and_overlapping_ones() {
        let int = ArgType::int(4, true);
        let byte = ArgType::int(1, false);
        assert!(record(8, 4, vec![(0, byte.clone(), 1), (4, int.clone(), 1)]).is_natural());
        assert!(record(12, 4, vec![(0, byte.clone(), 5), (8, int.clone(), 1)]).is_natural());
        assert!(!record(5, 1, vec![(0, byte.clone(), 1), (1, int.clone(), 1)]).is_natural());
        assert!(!record(4, 4, vec![(0, int.clone(), 1), (0, int.clone(), 1)]).is_natural());
        assert!(!record(16, 16, vec![(0, int.clone(), 1)]).is_natural());
        assert!(!record(8, 4, vec![(0, int.clone(), 1), (4, int, 0)]).is_natural());
    }

    #[test]
    fn a_struct_with_an_unnatural_member_is_not_natural() {
        let packed =
            Arc::new(record(5, 1, vec![(0, ArgType::int(1, true), 1), (1, ArgType::int(4, true), 1)]));
        assert!(!record(5, 1, vec![(0, ArgType::Struct(packed), 1)]).is_natural());
    }

    #[test]
    fn sizes_that_overflow_are_not_natural() {
        assert!(!record(8, 8, vec![(0, ArgType::Double, usize::MAX / 4)]).is_natural());
    }
}
