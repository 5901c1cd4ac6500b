//! Substitution: the body of a macro with arguments in place of its parameters.

use super::Preprocessor;
use super::context::Argument;
use super::macros::MacroId;
use crate::intern::Atom;
use crate::lex::{Kind, Lexer, Token, flags};
use crate::source::Loc;
use crate::words;

/// A use of a macro that is being substituted.
struct Use<'a> {
    id: MacroId,
    arguments: &'a mut [Argument],
    name: Token,
}

impl Preprocessor<'_> {
    /// Writes the expansion of a use of a macro into `out`.
    pub(super) fn substitute(
        &mut self,
        id: MacroId,
        arguments: &mut [Argument],
        name: Token,
        out: &mut Vec<Token>,
    ) {
        let body = self.macros.get(id).body.clone();
        let mut this = Use { id, arguments, name };
        self.substitute_range(&mut this, body.start as usize, body.end as usize, out);
        out.retain(|token| token.kind != Kind::Placemarker);
        if let Some(first) = out.first_mut() {
            // The first token gets the white space before the macro's name.
            first.flags = first.flags & !flags::SPACE | name.flags & (flags::SPACE | flags::LINE_START);
        }
    }

    fn substitute_range(&mut self, this: &mut Use<'_>, start: usize, end: usize, out: &mut Vec<Token>) {
        let mut at = start;
        let mut pasting = false;
        while at < end {
            let token = self.macros.bodies[at];
            let mut paste_next = token.has(flags::PASTE);
            let first = out.len();
            if token.has(flags::PARAMETER) {
                let raw = paste_next || pasting;
                if pasting && self.swallows_comma(this, token, out) {
                    pasting = false;
                }
                self.argument(this, token, raw, out);
            } else if token.is_word(words::VA_OPT) && self.is_variadic(this.id) {
                let close = self.va_opt_end(at, end);
                paste_next = self.macros.bodies[close].has(flags::PASTE);
                if self.has_variable_arguments(this) {
                    self.substitute_range(this, at + 2, close, out);
                }
                at = close;
                if out.len() == first {
                    out.push(Token::new(Kind::Placemarker, Atom::EMPTY, this.name.loc));
                }
            } else {
                out.push(Token { loc: this.name.loc, flags: token.flags & flags::SPACE, ..token });
            }
            if pasting {
                self.join(out, first);
            }
            pasting = paste_next;
            at += 1;
            if self.stopped {
                return;
            }
        }
    }

    /// Appends the argument for a parameter. An empty argument becomes a placemarker.
    fn argument(&mut self, this: &mut Use<'_>, token: Token, raw: bool, out: &mut Vec<Token>) {
        let first = out.len();
        let argument = &this.arguments[token.atom.index()];
        if token.has(flags::STRINGIZE) {
            let text = self.stringize(&argument.tokens);
            self.spend(text.len() / 8, token.loc);
            out.push(self.made(Kind::Str, &text, Token { loc: this.name.loc, ..token }));
            return;
        }
        if raw {
            out.extend_from_slice(&argument.tokens);
        } else {
            self.expand_in_place(this, token.atom.index());
            out.extend_from_slice(this.arguments[token.atom.index()].expanded.as_deref().unwrap_or(&[]));
        }
        self.spend(out.len() - first, this.name.loc);
        match out.get_mut(first) {
            Some(token_there) => {
                token_there.flags = token_there.flags & !flags::SPACE | token.flags & flags::SPACE;
            }
            None => out.push(Token::new(Kind::Placemarker, Atom::EMPTY, this.name.loc)),
        }
    }

    /// Expands an argument, unless that has already been done.
    fn expand_in_place(&mut self, this: &mut Use<'_>, index: usize) {
        if this.arguments[index].expanded.is_none() {
            let tokens = std::mem::take(&mut this.arguments[index].tokens);
            let expanded = self.expand_argument(&tokens);
            this.arguments[index].tokens = tokens;
            this.arguments[index].expanded = Some(expanded);
        }
    }

    /// Counts the tokens that are made, and stops when there are too many.
    fn spend(&mut self, tokens: usize, loc: Loc) {
        self.expanded += tokens;
        if self.expanded > self.options.limits.expanded {
            self.stop(loc, "macros expand to too many tokens");
        }
    }

    fn is_variadic(&self, id: MacroId) -> bool {
        self.macros.get(id).parameters.as_ref().is_some_and(|parameters| parameters.variadic)
    }

    /// Implements a rule of GNU C: `, ## __VA_ARGS__` pastes nothing, and the comma is dropped if there are no
    /// arguments.
    fn swallows_comma(&self, this: &Use<'_>, token: Token, out: &mut Vec<Token>) -> bool {
        let last = this.arguments.len() - 1;
        let comma = out.last().is_some_and(|before| before.kind == Kind::Comma);
        if !comma || token.atom.index() != last || !self.is_variadic(this.id) {
            return false;
        }
        if this.arguments[last].tokens.is_empty() {
            out.pop();
        }
        true
    }

    /// Returns whether the variadic arguments have any tokens after expansion, which decides `__VA_OPT__`.
    fn has_variable_arguments(&mut self, this: &mut Use<'_>) -> bool {
        let last = this.arguments.len() - 1;
        self.expand_in_place(this, last);
        this.arguments[last].expanded.as_ref().is_some_and(|tokens| !tokens.is_empty())
    }

    /// Returns the index of the `)` that closes a `__VA_OPT__(`. Definitions without that `)` have been refused.
    fn va_opt_end(&self, at: usize, end: usize) -> usize {
        let mut parens = 0;
        for index in at + 1..end {
            match self.macros.bodies[index].kind {
                Kind::LParen => parens += 1,
                Kind::RParen => parens -= 1,
                _ => {}
            }
            if parens == 0 {
                return index;
            }
        }
        end - 1
    }

    /// Pastes the token before `first` and the one at `first` together.
    fn join(&mut self, out: &mut Vec<Token>, first: usize) {
        if first == 0 || first >= out.len() {
            return;
        }
        let (left, right) = (out[first - 1], out[first]);
        if right.kind == Kind::Placemarker {
            out.remove(first);
        } else if left.kind == Kind::Placemarker {
            out.remove(first - 1);
        } else if let Some(pasted) = self.paste(left, right) {
            out[first] = pasted;
            out.remove(first - 1);
        } else {
            let (mut a, mut b) = (String::new(), String::new());
            self.spell(left, &mut a);
            self.spell(right, &mut b);
            self.error(left.loc, format!("pasting '{a}' and '{b}' does not give a token"));
        }
    }

    /// Returns one token made from two, or `None` if their joined text is not one token.
    fn paste(&mut self, left: Token, right: Token) -> Option<Token> {
        let mut text = String::new();
        self.spell(left, &mut text);
        self.spell(right, &mut text);
        let mut lexer = Lexer::new(text.as_bytes().into(), Loc::UNKNOWN);
        let token = lexer.next(&mut self.names);
        let whole = lexer.offset() == text.len() && token.kind != Kind::Other && lexer.comments.is_empty();
        self.spend(text.len() / 8, left.loc);
        whole.then_some(Token { loc: left.loc, flags: left.flags & flags::SPACE, ..token })
    }

    /// Returns the text of tokens as a string constant.
    fn stringize(&self, tokens: &[Token]) -> String {
        let mut out = String::from("\"");
        let mut text = String::new();
        for (index, token) in tokens.iter().enumerate() {
            if index > 0 && token.has(flags::SPACE) {
                out.push(' ');
            }
            text.clear();
            self.spell(*token, &mut text);
            if matches!(token.kind, Kind::Str | Kind::Char) {
                out.push_str(&text.replace('\\', "\\\\").replace('"', "\\\""));
            } else {
                out.push_str(&text);
            }
        }
        out.push('"');
        out
    }
}
