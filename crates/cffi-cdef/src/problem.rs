//! Problems in a text, and how they are displayed.

use std::fmt::Write as _;

use crate::source::{Loc, SourceMap};

/// The severity of a problem.
#[derive(Copy, Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Level {
    /// A warning: everything was declared correctly.
    Warning,
    /// An error: something was not understood and left out.
    Error,
}

/// A problem at a place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Problem {
    /// The severity.
    pub level: Level,
    /// The message: one sentence without a full stop.
    pub message: String,
    /// The place.
    pub loc: Loc,
    /// Advice on what to do, if there is any.
    pub hint: Option<String>,
}

impl Problem {
    /// Makes an error.
    pub fn error(loc: Loc, message: impl Into<String>) -> Problem {
        Problem { level: Level::Error, message: message.into(), loc, hint: None }
    }

    /// Makes a warning.
    pub fn warning(loc: Loc, message: impl Into<String>) -> Problem {
        Problem { level: Level::Warning, message: message.into(), loc, hint: None }
    }

    /// Adds advice to the problem.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Problem {
        self.hint = Some(hint.into());
        self
    }

    /// Returns the problem as text for a person: the place, the message, the line with a caret, the hint, and the
    /// `#include` directives through which the place was reached.
    #[must_use]
    pub fn render(&self, sources: &SourceMap) -> String {
        let mut out = String::new();
        let level = match self.level {
            Level::Warning => "warning",
            Level::Error => "error",
        };
        let Some(place) = sources.place(self.loc) else {
            let _ = writeln!(out, "{level}: {}", self.message);
            self.render_hint(&mut out);
            return out;
        };
        let _ = writeln!(out, "{}:{}:{}: {level}: {}", place.file, place.line, place.column, self.message);
        render_line(&mut out, &String::from_utf8_lossy(place.text), place.column, place.line);
        self.render_hint(&mut out);
        let mut from = sources.entry_of(self.loc).map(|id| sources.entry(id).included_from);
        while let Some(include) = from.and_then(|loc| sources.place(loc)) {
            let _ = writeln!(out, "  included from {}:{}", include.file, include.line);
            from = from.and_then(|loc| sources.entry_of(loc)).map(|id| sources.entry(id).included_from);
        }
        out
    }

    fn render_hint(&self, out: &mut String) {
        if let Some(hint) = &self.hint {
            let _ = writeln!(out, "  hint: {hint}");
        }
    }
}

/// The largest number of characters of a line that are shown.
const WIDTH: usize = 120;

/// Writes the line and a caret below the column. Of a long line, only the part around the column is written.
fn render_line(out: &mut String, text: &str, column: u32, line: u32) {
    let column = column as usize - 1;
    let first = if column < WIDTH { 0 } else { column - WIDTH / 2 };
    let shown: String =
        text.chars().skip(first).take(WIDTH).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let margin = line.to_string();
    let _ = writeln!(out, " {margin} | {}", shown.trim_end());
    let _ = writeln!(out, " {:width$} | {:caret$}^", "", "", width = margin.len(), caret = column - first);
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[test]
    fn shows_line_caret_hint_and_includes() {
        let mut map = SourceMap::default();
        let text: Arc<[u8]> = Arc::from(&b"#include \"b.h\"\n"[..]);
        let a = map.add("a.h".into(), text, Loc::UNKNOWN, false).unwrap();
        let from = map.entry(a).loc(0);
        let b = map.add("b.h".into(), Arc::from(&b"\tint x y;\n"[..]), from, false).unwrap();
        let problem = Problem::error(map.entry(b).loc(7), "expected ';'").with_hint("put a ';' before 'y'");
        let expected = "b.h:1:8: error: expected ';'\n 1 |  int x y;\n   |        ^\n  hint: put a ';' before 'y'\n  \
                        included from a.h:1\n";
        assert_eq!(problem.render(&map), expected);
    }

    #[test]
    fn long_lines_are_cut_around_the_caret() {
        let mut map = SourceMap::default();
        let line = "x".repeat(100_000);
        let id = map.add("a.h".into(), Arc::from(line.as_bytes()), Loc::UNKNOWN, false).unwrap();
        let shown = Problem::error(map.entry(id).loc(90_000), "no").render(&map);
        assert!(shown.len() < 400, "{}", shown.len());
    }
}
