//! Declarations as the generator makes them.

use cffi_types::layout::{Layout, NestedField};

/// Whose rules a batch follows.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Abi {
    /// The compiler's own.
    Native,
    /// Visual C++'s, by `__attribute__((ms_struct))`.
    Ms,
}

/// A type that is not made of others.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Scalar {
    /// As written in C.
    pub(crate) c_name: &'static str,
    pub(crate) size: usize,
    pub(crate) align: usize,
    pub(crate) kind: ScalarKind,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum ScalarKind {
    Signed,
    Unsigned,
    Bool,
    Text,
    Other,
}

#[derive(Clone, Debug)]
pub(crate) enum Ty {
    Scalar(Scalar),
    Array {
        item: Box<Ty>,
        /// `None`: open.
        len: Option<usize>,
    },
    /// An earlier declaration of the batch.
    Earlier(usize),
}

#[derive(Clone, Debug)]
pub(crate) struct Member {
    /// Empty where unnamed.
    pub(crate) name: String,
    pub(crate) ty: Ty,
    pub(crate) bitsize: Option<u32>,
}

#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Packing {
    None,
    Attribute,
    Pragma(i32),
}

#[derive(Clone, Debug)]
pub(crate) struct Decl {
    /// Number that its name is made of.
    pub(crate) id: usize,
    pub(crate) is_union: bool,
    pub(crate) abi: Abi,
    pub(crate) packing: Packing,
    pub(crate) members: Vec<Member>,
}

/// A field as seen from outside, anonymous members flattened.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) offset: isize,
    pub(crate) bitshift: i32,
    pub(crate) bitsize: i32,
    pub(crate) flags: u32,
    /// The type, where it is a bit field's.
    pub(crate) scalar: Option<Scalar>,
}

impl Field {
    pub(crate) fn as_nested(&self) -> NestedField<'_> {
        NestedField {
            name: &self.name,
            offset: self.offset,
            bitshift: self.bitshift,
            bitsize: self.bitsize,
            flags: self.flags,
        }
    }
}

/// A declaration with the layout that this crate gives it.
#[derive(Clone, Debug)]
pub(crate) struct Declared {
    pub(crate) decl: Decl,
    pub(crate) layout: Layout,
    pub(crate) fields: Vec<Field>,
}
