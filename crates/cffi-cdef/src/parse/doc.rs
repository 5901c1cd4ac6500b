//! Comments as documentation: the comment directly before a declaration, or after it on its last line.

use cffi_types::decls::DeclId;

use super::Parser;
use crate::source::Loc;

impl Parser<'_> {
    /// Attaches its comment to a declaration that begins at `start` and ends before `end`. A comment from an earlier
    /// declaration of the name is kept.
    pub(crate) fn document(&mut self, decl: DeclId, start: Loc, end: Loc) {
        let sources = self.input.sources;
        let beside = sources.comment_before(start).or_else(|| sources.comment_after(end));
        let Some(comment) = beside.or_else(|| sources.comment_below(end)) else { return };
        let known = self.decls.extra(decl).is_some_and(|extra| !extra.doc.is_empty());
        if !known {
            let text = self.decls.add_text(comment);
            self.decls.extra_mut(decl).doc = text;
        }
    }
}

/// Returns the text of a comment without the marks `/**`, `*/`, `///` and the `*` at line starts.
#[must_use]
pub fn plain_comment(comment: &str) -> String {
    let mut lines: Vec<&str> = Vec::new();
    let line_comment = comment.starts_with("//");
    let inner = comment.strip_prefix("/*").map_or(comment, |rest| rest.strip_suffix("*/").unwrap_or(rest));
    for (number, line) in inner.lines().enumerate() {
        let mut line = line.trim();
        if line_comment {
            line = line
                .trim_start_matches(['/', '!'])
                .strip_prefix('<')
                .unwrap_or(line.trim_start_matches(['/', '!']));
        } else {
            line = line.trim_start_matches('*');
            line = if number == 0 { line.trim_start_matches(['!', '<']) } else { line };
            // Old code draws boxes around comments, and SQLite begins each line with `**`.
            line = line.trim_end_matches('*');
        }
        lines.push(line.trim());
    }
    while lines.first().is_some_and(|line| line.is_empty()) {
        lines.remove(0);
    }
    while lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_taken_away() {
        assert_eq!(plain_comment("/** Adds.\n *\n * Two numbers.\n */"), "Adds.\n\nTwo numbers.");
        assert_eq!(plain_comment("/*!< The width */"), "The width");
        assert_eq!(plain_comment("/// One\n/// Two"), "One\nTwo");
        assert_eq!(plain_comment("//!< x"), "x");
        assert_eq!(plain_comment("/*\n** CAPI3REF: Open\n** Opens.\n*/"), "CAPI3REF: Open\nOpens.");
    }
}
