//! Places in source files.

use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, OnceLock, PoisonError};

/// The largest number of file names that are kept for good. Later names become [`OTHER`].
const MOST: usize = 16_384;

/// The name that stands for files beyond the limit.
const OTHER: &str = "<a file>";

/// A line of a source file.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Site {
    /// The name of the file, as the code has it. Empty if no Python code was running.
    pub file: &'static str,
    /// The line, counted from 1.
    pub line: u32,
}

impl Site {
    /// The site of what no Python code has done.
    pub const NONE: Site = Site { file: "", line: 0 };

    /// Returns whether a line is known.
    pub fn is_known(self) -> bool {
        !self.file.is_empty()
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_known() {
            write!(f, "{}:{}", self.file, self.line)
        } else {
            f.write_str("an unknown line")
        }
    }
}

/// Returns a copy of a text that lives as long as the process, one for equal texts; `None` if too many are kept.
pub fn kept(text: &str) -> Option<&'static str> {
    static NAMES: OnceLock<Mutex<HashSet<&'static str>>> = OnceLock::new();
    let names = NAMES.get_or_init(Mutex::default);
    let mut names = names.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(text) {
        return Some(known);
    }
    if names.len() >= MOST || names.try_reserve(1).is_err() {
        return None;
    }
    let kept: &'static str = String::leak(cffi_memory::concat(&[text]).ok()?);
    names.insert(kept);
    Some(kept)
}

/// Returns a copy of the name of a file that lives as long as the process.
pub fn file(name: &str) -> &'static str {
    kept(name).unwrap_or(OTHER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_names_are_kept_once() {
        let (a, b) = (file("app.py"), file(&String::from("app.py")));
        assert!(std::ptr::eq(a, b));
        assert_eq!(Site { file: a, line: 31 }.to_string(), "app.py:31");
        assert_eq!(Site::NONE.to_string(), "an unknown line");
    }
}
