//! A text of macro definitions.

use std::fmt::Write as _;

/// A text of macro definitions that is being built.
#[derive(Default)]
pub(super) struct Text(pub(super) String);

impl Text {
    pub(super) fn define(&mut self, name: &str, body: impl std::fmt::Display) {
        let _ = writeln!(self.0, "#define {name} {body}");
    }

    /// Defines each of the names as 1.
    pub(super) fn ones(&mut self, names: &[&str]) {
        for name in names {
            self.define(name, 1);
        }
    }
}
