//! Expanding macros, and reading their arguments.

use super::Preprocessor;
use super::context::{Argument, Context, Tokens};
use super::macros::MacroId;
use crate::intern::Atom;
use crate::lex::{Kind, Token, flags};
use crate::source::Loc;

impl Preprocessor<'_> {
    /// Expands a macro. Returns false for a function-like macro without a following `(`: its name is not expanded.
    pub(super) fn enter(&mut self, name: Token, id: MacroId) -> bool {
        let definition = self.macros.get(id);
        if let Some(builtin) = definition.builtin {
            return self.enter_builtin(name, builtin);
        }
        let (body, plain) = (definition.body.clone(), definition.plain);
        let mut arguments = Vec::new();
        if let Some(parameters) = &definition.parameters {
            let (count, variadic) = (parameters.names.len(), parameters.variadic);
            if !self.next_is_open_paren() {
                return false;
            }
            match self.read_arguments(name, count, variadic) {
                Some(found) => arguments = found,
                // The error in this use has been reported; the macro expands to nothing.
                None => return true,
            }
        }
        let tokens = if plain {
            Tokens::Body(name.loc)
        } else {
            let mut out = self.new_list();
            self.substitute(id, &mut arguments, name, &mut out);
            Tokens::Owned(out)
        };
        for argument in arguments {
            self.free(argument.tokens);
            if let Some(expanded) = argument.expanded {
                self.free(expanded);
            }
        }
        let (at, end) = match &tokens {
            Tokens::Body(_) => (body.start, body.end),
            Tokens::Owned(tokens) => (0, tokens.len() as u32),
        };
        if at == end {
            return true;
        }
        self.macros.get_mut(id).disabled = true;
        let lead = name.flags & (flags::SPACE | flags::LINE_START);
        self.contexts.push(Context { tokens, at, end, lead, id: Some(id), barrier: false });
        true
    }

    /// Ends the innermost expansion. Its macro can be expanded again.
    pub(super) fn leave(&mut self) {
        let Some(context) = self.contexts.pop() else { return };
        if let Some(id) = context.id {
            self.macros.get_mut(id).disabled = false;
        }
        if let Tokens::Owned(tokens) = context.tokens {
            self.free(tokens);
        }
    }

    /// Puts tokens before the rest of the input.
    pub(super) fn push_tokens(&mut self, tokens: Vec<Token>) {
        let end = tokens.len() as u32;
        self.contexts.push(Context {
            tokens: Tokens::Owned(tokens),
            at: 0,
            end,
            lead: 0,
            id: None,
            barrier: false,
        });
    }

    pub(super) fn new_list(&mut self) -> Vec<Token> {
        self.spare.pop().unwrap_or_default()
    }

    pub(super) fn free(&mut self, mut list: Vec<Token>) {
        if self.spare.len() < 16 && list.capacity() <= 1 << 12 {
            list.clear();
            self.spare.push(list);
        }
    }

    /// Takes the next token if it is a `(`. Any other token is put back.
    pub(super) fn next_is_open_paren(&mut self) -> bool {
        self.reading_arguments += 1;
        let next = self.next_raw();
        self.reading_arguments -= 1;
        if next.kind == Kind::LParen {
            return true;
        }
        // The end of a file, a line or an argument does not have to be put back, since it is found again.
        if !matches!(next.kind, Kind::Eof | Kind::DirectiveEnd) {
            self.pushed = Some(next);
        }
        false
    }

    /// Reads the arguments of a macro, after the `(`. Returns `None` if they do not fit the macro.
    fn read_arguments(&mut self, name: Token, count: usize, variadic: bool) -> Option<Vec<Argument>> {
        self.reading_arguments += 1;
        let mut arguments: Vec<Argument> = Vec::with_capacity(count);
        let mut current = self.new_list();
        let mut parens = 0usize;
        let mut total = 0;
        loop {
            let token = self.next_raw();
            match token.kind {
                Kind::Eof | Kind::DirectiveEnd => {
                    self.reading_arguments -= 1;
                    let message = format!("the arguments of '{}' are not closed", self.names.text(name.atom));
                    self.error(name.loc, message);
                    return None;
                }
                Kind::LParen => parens += 1,
                Kind::RParen if parens == 0 => break,
                Kind::RParen => parens -= 1,
                Kind::Comma if parens == 0 && !(variadic && arguments.len() + 1 >= count) => {
                    let tokens = std::mem::replace(&mut current, self.new_list());
                    arguments.push(Argument { tokens, expanded: None });
                    continue;
                }
                _ => {}
            }
            total += 1;
            if total > self.options.limits.expanded {
                self.reading_arguments -= 1;
                self.stop(name.loc, "the arguments of a macro have too many tokens");
                return None;
            }
            // In arguments, line ends no longer matter, but the space between tokens does.
            current.push(Token { flags: token.flags & !flags::LINE_START, ..token });
        }
        self.reading_arguments -= 1;
        // `f()` has no argument if `f` has no parameters, otherwise one empty argument.
        if count > 0 || !current.is_empty() || !arguments.is_empty() {
            arguments.push(Argument { tokens: current, expanded: None });
        }
        if variadic && arguments.len() + 1 == count {
            arguments.push(Argument { tokens: Vec::new(), expanded: None });
        }
        if arguments.len() != count {
            let (name_text, given) = (self.names.text(name.atom), arguments.len());
            let message = format!("macro '{name_text}' takes {count} arguments, but {given} are given");
            self.error(name.loc, message);
            return None;
        }
        Some(arguments)
    }

    /// Expands an argument as if it were the whole rest of the text.
    pub(super) fn expand_argument(&mut self, tokens: &[Token]) -> Vec<Token> {
        let mut out = self.new_list();
        if !tokens.iter().any(|token| token.kind == Kind::Ident && self.macros.find(token.atom).is_some()) {
            out.extend_from_slice(tokens);
            return out;
        }
        let loc = tokens.first().map_or(Loc::UNKNOWN, |token| token.loc);
        if self.depth >= self.options.limits.depth {
            self.stop(loc, "macros are nested too deeply");
            return out;
        }
        self.depth += 1;
        let mut copy = self.new_list();
        copy.extend_from_slice(tokens);
        let end = copy.len() as u32;
        self.contexts.push(Context {
            tokens: Tokens::Owned(copy),
            at: 0,
            end,
            lead: 0,
            id: None,
            barrier: true,
        });
        loop {
            let token = self.next_expanded();
            if token.kind == Kind::Eof {
                break;
            }
            out.push(token);
        }
        if !self.stopped {
            self.leave();
        }
        self.depth -= 1;
        out
    }

    /// Makes a token that is not in any source text.
    pub(super) fn made(&mut self, kind: Kind, text: &str, like: Token) -> Token {
        let atom = if text.is_empty() { Atom::EMPTY } else { self.names.intern(text) };
        Token { kind, flags: like.flags & (flags::SPACE | flags::LINE_START), atom, loc: like.loc }
    }
}
