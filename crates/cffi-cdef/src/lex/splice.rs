//! Line splices: a line that ends in a backslash continues in the next line.

/// Returns the place after a backslash and the end of its line, if they are at `at`. Like GCC, this allows spaces
/// between them.
pub(super) fn splice(text: &[u8], at: usize) -> Option<usize> {
    if text.get(at) != Some(&b'\\') {
        return None;
    }
    let mut next = at + 1;
    while matches!(text.get(next), Some(b' ' | b'\t' | b'\r' | 0x0b | 0x0c)) {
        next += 1;
    }
    (text.get(next) == Some(&b'\n')).then_some(next + 1)
}

/// Returns the byte at `at`, ignoring splices, and the place after it. At the end the byte is 0 and the place is the
/// end.
#[inline]
pub(super) fn peek(text: &[u8], mut at: usize) -> (u8, usize) {
    while let Some(next) = splice(text, at) {
        at = next;
    }
    (text.get(at).copied().unwrap_or(0), (at + 1).min(text.len()))
}

/// Returns a piece of text without its splices. Bytes that are not UTF-8 become octal escapes.
#[cold]
pub(super) fn clean(text: &[u8], start: usize, end: usize) -> String {
    let mut bytes = Vec::with_capacity(end - start);
    let mut at = start;
    while at < end {
        if let Some(next) = splice(text, at) {
            at = next;
            continue;
        }
        bytes.push(text[at]);
        at += 1;
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            use std::fmt::Write as _;
            let _ = write!(out, "\\{byte:03o}");
        }
    }
    out
}
