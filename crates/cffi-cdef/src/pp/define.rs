//! `#define` and `#undef`.

use super::Preprocessor;
use super::macros::{Macro, Parameters};
use crate::intern::Atom;
use crate::lex::{Kind, Token, flags};
use crate::words;

impl Preprocessor<'_> {
    /// Carries out `#define`, after that word.
    pub(super) fn define(&mut self) {
        let Some(name) = self.macro_name() else { return };
        let next = self.directive_token();
        let mut parameters = None;
        let mut first = next;
        if next.kind == Kind::LParen && !next.has(flags::SPACE) {
            match self.parameters(next) {
                Some(found) => parameters = Some(found),
                None => return,
            }
            first = self.directive_token();
        }
        let start = self.macros.bodies.len();
        let Some(plain) = self.body(first, parameters.as_ref()) else {
            self.macros.bodies.truncate(start);
            return;
        };
        let body = start as u32..self.macros.bodies.len() as u32;
        let definition = Macro {
            name: name.atom,
            loc: name.loc,
            plain: plain && parameters.as_ref().is_none_or(|p| p.names.is_empty() && !p.variadic),
            parameters,
            body,
            disabled: false,
            builtin: None,
        };
        if let Some(id) = self.macros.find(name.atom) {
            let old = self.macros.get(id);
            let same = old.builtin.is_none()
                && old.parameters == definition.parameters
                && same_body(self.macros.body(old), self.macros.body(&definition));
            if same {
                self.macros.bodies.truncate(start);
                return;
            }
            let message =
                format!("macro '{}' is defined again with another body", self.names.text(name.atom));
            self.warning(name.loc, message);
        }
        self.macros.define(definition);
    }

    /// Carries out `#undef`, after that word.
    pub(super) fn undefine(&mut self) {
        if let Some(name) = self.macro_name() {
            self.macros.undefine(name.atom);
        }
    }

    /// Reads the name of the macro in a directive such as `#define` or `#ifdef`.
    pub(super) fn macro_name(&mut self) -> Option<Token> {
        let token = self.directive_token();
        if token.kind != Kind::Ident {
            self.error(token.loc, "expected the name of a macro");
            return None;
        }
        if token.atom == words::DEFINED {
            self.error(token.loc, "'defined' cannot be the name of a macro");
            return None;
        }
        Some(token)
    }

    /// Reads the parameters, after the `(`.
    fn parameters(&mut self, open: Token) -> Option<Parameters> {
        let mut names: Vec<Atom> = Vec::new();
        let mut variadic = false;
        let mut token = self.directive_token();
        if token.kind == Kind::RParen {
            return Some(Parameters { names, variadic });
        }
        loop {
            match token.kind {
                Kind::Ident if names.contains(&token.atom) => {
                    self.error(token.loc, "two parameters have one name");
                    return None;
                }
                Kind::Ident => names.push(token.atom),
                Kind::Ellipsis => {
                    names.push(words::VA_ARGS);
                    variadic = true;
                }
                _ => {
                    self.error(token.loc, "expected the name of a parameter");
                    return None;
                }
            }
            if names.len() > 1_000 {
                self.error(token.loc, "a macro has too many parameters");
                return None;
            }
            token = self.directive_token();
            if token.kind == Kind::Ellipsis && !variadic {
                // GNU C: `name...` is a variadic parameter with its own name.
                variadic = true;
                token = self.directive_token();
            }
            match token.kind {
                Kind::RParen => return Some(Parameters { names, variadic }),
                Kind::Comma if !variadic => token = self.directive_token(),
                _ => {
                    self.error(open.loc, "the parameters of the macro are not closed");
                    return None;
                }
            }
        }
    }

    /// Stores the tokens of the body, with parameters as numbers. Returns whether the body can be used without
    /// substitution.
    fn body(&mut self, first: Token, parameters: Option<&Parameters>) -> Option<bool> {
        let start = self.macros.bodies.len();
        let mut plain = true;
        let mut stringize = None;
        let mut token = first;
        while token.kind != Kind::DirectiveEnd {
            let has_parameters = parameters.is_some();
            let mut kept = Token { flags: token.flags & flags::SPACE, ..token };
            let index = parameters
                .filter(|_| token.kind == Kind::Ident)
                .and_then(|parameters| parameters.names.iter().position(|name| *name == token.atom));
            if let Some(index) = index {
                kept.flags |= flags::PARAMETER;
                kept.atom = Atom(index as u32);
                plain = false;
            } else if token.is_word(words::VA_OPT) {
                plain = false;
            }
            match (token.kind, stringize.take()) {
                (_, Some(space)) if index.is_some() => {
                    kept.flags = kept.flags & !flags::SPACE | flags::STRINGIZE | space;
                    self.macros.bodies.push(kept);
                }
                // `#__VA_OPT__(...)` is a C23 feature that no known header uses; the result is not made a string.
                (_, Some(_)) if !token.is_word(words::VA_OPT) => {
                    self.error(token.loc, "'#' is not followed by a parameter");
                    return None;
                }
                (Kind::Hash, _) if has_parameters => stringize = Some(token.flags & flags::SPACE),
                (Kind::HashHash, _) => {
                    plain = false;
                    match self.macros.bodies[start..].last_mut() {
                        Some(last) => last.flags |= flags::PASTE,
                        None => {
                            self.error(token.loc, "'##' cannot be at an end of a macro");
                            return None;
                        }
                    }
                }
                _ => self.macros.bodies.push(kept),
            }
            token = self.directive_token();
        }
        if stringize.is_some() {
            self.error(token.loc, "'#' is not followed by a parameter");
            return None;
        }
        if self.macros.bodies[start..].last().is_some_and(|last| last.has(flags::PASTE)) {
            self.error(token.loc, "'##' cannot be at an end of a macro");
            return None;
        }
        let variadic = parameters.is_some_and(|parameters| parameters.variadic);
        if variadic && !self.va_opts_are_closed(start) {
            self.error(token.loc, "'__VA_OPT__' is not followed by '(' and ')'");
            return None;
        }
        if let Some(first) = self.macros.bodies.get_mut(start) {
            first.flags &= !flags::SPACE;
        }
        Some(plain)
    }

    /// Returns whether each `__VA_OPT__` is followed by parentheses. They cannot be nested.
    fn va_opts_are_closed(&self, start: usize) -> bool {
        // The number of open parentheses inside a `__VA_OPT__`, or `None` outside.
        let mut inside = None;
        for token in &self.macros.bodies[start..] {
            inside = match (inside, token.kind) {
                (None, _) if token.is_word(words::VA_OPT) => Some(0usize),
                (None, _) => None,
                (Some(0), Kind::LParen) => Some(1),
                (Some(0), _) => return false,
                (Some(1), Kind::RParen) => None,
                (Some(open), Kind::LParen) => Some(open + 1),
                (Some(open), Kind::RParen) => Some(open - 1),
                (Some(_), _) if token.is_word(words::VA_OPT) => return false,
                (open, _) => open,
            };
        }
        inside.is_none()
    }
}

fn same_body(old: &[Token], new: &[Token]) -> bool {
    old.len() == new.len()
        && old.iter().zip(new).all(|(a, b)| (a.kind, a.flags, a.atom) == (b.kind, b.flags, b.atom))
}
