//! Texts that the genuine parser would refuse only after a long time.
//!
//! It looks for the end of each comment that is not closed up to the end of the text, which takes time that grows with the
//! square of the length. It follows every level of nesting with calls of Python functions, whose number is limited.

use cffi_cdef::cdef::Refusal;
use cffi_cdef::{OPEN_COMMENT, TOO_DEEP};

use cffi_rt::{Exc, Py, Raised, raise};

/// The length in bytes from which texts are checked. The genuine parser refuses shorter ones by itself, in a second.
const LONG: usize = 1 << 14;

/// The bytes of stack that a thousand levels of Python code need, with some to spare.
const STACK: usize = 2 << 20;

/// The number of brackets and stars in a row that no parser in Python follows.
const DEEP: usize = 1 << 13;

/// The reason why a text is not given to the genuine parser.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Withheld {
    /// A comment that is not closed, at this line and column.
    OpenComment(u32, u32),
    /// Too many levels.
    TooDeep,
}

/// Returns the reason why a refused text is not given to the genuine parser, if there is one.
#[cold]
pub(super) fn check(source: &str, refusal: &Refusal) -> Option<Withheld> {
    if source.len() < LONG {
        return None;
    }
    if refusal.message == OPEN_COMMENT && refusal.file.starts_with('<') {
        return Some(Withheld::OpenComment(refusal.line, refusal.column));
    }
    (refusal.message == TOO_DEEP && is_too_deep(source)).then_some(Withheld::TooDeep)
}

/// Returns whether a text has more levels than any parser in Python follows.
pub(super) fn is_too_deep(source: &str) -> bool {
    source.len() > DEEP && longest_run(source) > DEEP
}

/// Returns whether the exception is that of types that nest too deeply, and the thread has a small stack. The code of
/// the `cffi` package recurses on it up to a number of levels that does not depend on its size.
#[cold]
pub(super) fn has_no_stack_for_more(py: Py<'_>) -> bool {
    py.err_matches(Exc::Runtime) && cffi_call::stack::remaining().is_some_and(|left| left < STACK)
}

/// Makes the exception for a text with too many levels.
#[cold]
pub(super) fn too_deep(py: Py<'_>) -> Raised {
    raise!(py, Recursion, "maximum recursion depth exceeded")
}

/// Returns the largest number of equal characters in a row that open a level: brackets, stars and signs.
fn longest_run(source: &str) -> usize {
    let (mut longest, mut length, mut last) = (0, 0, 0);
    for byte in source.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        length = if byte == last { length + 1 } else { 1 };
        last = byte;
        if matches!(byte, b'(' | b'[' | b'{' | b'*' | b'-' | b'+') {
            longest = longest.max(length);
        }
    }
    longest
}
