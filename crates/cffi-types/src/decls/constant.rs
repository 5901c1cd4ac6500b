//! Values of constants.

use core::num::NonZeroU32;

use crate::primitive::Prim;
use crate::types::QualType;

use super::{Decls, ProblemId, Text};

/// The number of a constant in a [`Decls`].
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub struct ConstantId(NonZeroU32);

/// The value of a macro, an enumerator or a constant variable.
#[derive(Copy, Clone, PartialEq, Debug)]
pub enum Constant {
    /// An integer.
    Int {
        /// Its value.
        value: i128,
        /// The type of the expression.
        ty: QualType,
    },
    /// A floating-point number, rounded to `double`.
    Float {
        /// Its value.
        value: f64,
        /// The type of the expression.
        ty: QualType,
    },
    /// A string of `char`, without the terminating zero.
    Bytes(Text),
    /// A string of wide characters, as UTF-8 and without the terminating zero.
    Wide {
        /// Its text.
        text: Text,
        /// The type of its characters.
        item: Prim,
    },
    /// Only the C compiler knows the value (`#define X ...`).
    Elided,
    /// It is no constant, or none that can be computed; the problem says why.
    Unfoldable(ProblemId),
}

impl Decls {
    /// Keeps a constant.
    pub fn add_constant(&mut self, constant: Constant) -> ConstantId {
        self.constants.push(constant);
        let number = u32::try_from(self.constants.len()).unwrap_or(u32::MAX);
        // The list is not empty, so its length is not 0.
        ConstantId(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
    }

    /// The value of a constant.
    ///
    /// # Panics
    /// If the number comes from another set that has more constants.
    #[must_use]
    pub fn constant(&self, id: ConstantId) -> &Constant {
        &self.constants[id.0.get() as usize - 1]
    }
}
