//! The choice of declarations by patterns.

use cffi_types::decls::{DeclFlags, DeclId, Decls};

/// Which declarations of a header are wanted. What they need is added to the result in any case.
#[derive(Clone, Debug, Default)]
pub struct Only {
    /// Patterns with `*`, `?` and `[...]`. One with a `/` or with `.h` at its end is for files, another one for names.
    /// Without patterns, the declarations of the header's own files are wanted.
    pub patterns: Vec<String>,
    /// Whether each file belongs to the header.
    pub own: Vec<bool>,
}

impl Only {
    /// Returns the wanted declarations in the order of the sources.
    #[must_use]
    pub fn select(&self, decls: &Decls) -> Vec<DeclId> {
        let (files, names): (Vec<&String>, Vec<&String>) =
            self.patterns.iter().partition(|pattern| pattern.contains('/') || pattern.ends_with(".h"));
        let wanted: Vec<bool> = decls
            .files()
            .iter()
            .enumerate()
            .map(|(at, file)| {
                if self.patterns.is_empty() {
                    return self.own.get(at).copied().unwrap_or(false);
                }
                files.iter().any(|pattern| {
                    matches(pattern, &file.name) || matches(&format!("*/{pattern}"), &file.name)
                })
            })
            .collect();
        decls
            .iter()
            .filter(|(_, decl)| !decl.flags.contains(DeclFlags::REPEATED))
            .filter(|(_, decl)| {
                let name = decls.types.symbols.get(decl.name);
                wanted.get(decl.span.file.number()).copied().unwrap_or(false)
                    || !name.is_empty() && names.iter().any(|pattern| matches(pattern, name))
            })
            .map(|(id, _)| id)
            .collect()
    }
}

/// Returns whether a text matches a pattern as file names do in a shell. The work is bounded by the product of the
/// lengths.
fn matches(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) = (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    // The last star, and the place in the text up to which it reaches.
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
                continue;
            }
            Some(_) => {
                if let Some(next) = one(&pattern, p, text[t]) {
                    (p, t) = (next, t + 1);
                    continue;
                }
            }
            None => {}
        }
        let Some((from, reach)) = star else { return false };
        star = Some((from, reach + 1));
        (p, t) = (from + 1, reach + 1);
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Matches one character with a part of a pattern, and returns the place behind that part.
fn one(pattern: &[char], at: usize, c: char) -> Option<usize> {
    match pattern[at] {
        '?' => Some(at + 1),
        '[' => {
            let mut next = at + 1;
            let negated = matches!(pattern.get(next), Some('!' | '^'));
            next += usize::from(negated);
            let first = next;
            let mut found = false;
            loop {
                match pattern.get(next) {
                    // A bracket without an end is a character like any other.
                    None => return (c == '[').then_some(at + 1),
                    Some(']') if next > first => return (found != negated).then_some(next + 1),
                    Some(from) => match (pattern.get(next + 1), pattern.get(next + 2)) {
                        (Some('-'), Some(to)) if *to != ']' => {
                            found |= (*from..=*to).contains(&c);
                            next += 3;
                        }
                        _ => {
                            found |= *from == c;
                            next += 1;
                        }
                    },
                }
            }
        }
        other => (other == c).then_some(at + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn patterns() {
        for (pattern, text) in [
            ("*", ""),
            ("a*c", "abbc"),
            ("a*b*c", "axbxbc"),
            ("?b", "ab"),
            ("[a-c]x", "bx"),
            ("[!a]x", "bx"),
            ("[", "["),
        ] {
            assert!(matches(pattern, text), "{pattern} {text}");
        }
        for (pattern, text) in [("a", "b"), ("a*c", "ab"), ("?", ""), ("[!a]", "a"), ("", "a"), ("[a", "a")] {
            assert!(!matches(pattern, text), "{pattern} {text}");
        }
    }

    #[test]
    fn many_stars_take_little_time() {
        assert!(!matches(&"a*".repeat(200), &"a".repeat(150)));
    }
}
