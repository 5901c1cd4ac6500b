//! Values of constants.

use core::num::NonZeroU32;

use crate::primitive::Prim;
use crate::types::QualType;

use super::problem::ProblemId;
use super::text::Text;

/// The number of a constant in a [`Decls`](super::Decls).
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub struct ConstantId(pub(super) NonZeroU32);

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
    /// A value that only the C compiler knows (`#define X ...`).
    Elided,
    /// A macro that is not a constant, or cannot be computed; the problem gives the reason.
    Unfoldable(ProblemId),
}
