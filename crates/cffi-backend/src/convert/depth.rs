//! The depth to which initializers may nest.

use cffi_rt::recursion;
use cffi_rt::{Py, R, raise};

/// The nesting of the value that is being converted. Only types can nest without end, and only on purpose.
#[derive(Clone, Copy)]
pub(super) struct Depth(u16);

const MAX: u16 = 500;
/// The number of levels that share one level of the interpreter's own count.
const STEP: u16 = 8;

impl Depth {
    /// The value given to the conversion.
    pub(super) const TOP: Depth = Depth(0);

    /// Runs `convert` one level deeper; `RecursionError` at the bottom.
    #[inline]
    pub(super) fn down<T>(self, py: Py<'_>, convert: impl FnOnce(Depth) -> R<T>) -> R<T> {
        let next = Depth(self.0 + 1);
        if !next.0.is_multiple_of(STEP) {
            return convert(next);
        }
        if next.0 >= MAX {
            return Err(raise!(
                py,
                Recursion,
                "maximum recursion depth exceeded while converting an initializer"
            ));
        }
        let _level = recursion::enter(py, c" while converting an initializer")?;
        convert(next)
    }
}
