//! `#pragma` and `_Pragma`.

use super::Preprocessor;
use super::pragma_kind::{PackAction, Pragma};
use crate::intern::Atom;
use crate::lex::{Kind, Token, literal};
use crate::source::Loc;
use crate::words;

impl Preprocessor<'_> {
    /// Carries out `#pragma`, after that word.
    pub(super) fn pragma(&mut self, loc: Loc) -> Option<Token> {
        let name = self.directive_token();
        if name.kind != Kind::Ident {
            return None;
        }
        match name.atom {
            words::ONCE => self.pragma_once(),
            words::PUSH_MACRO | words::POP_MACRO => self.push_or_pop_macro(name.atom == words::PUSH_MACRO),
            words::PACK => return self.pack(loc),
            _ => {}
        }
        None
    }

    fn push_or_pop_macro(&mut self, push: bool) {
        if self.directive_token().kind != Kind::LParen {
            return;
        }
        let token = self.directive_token();
        if token.kind != Kind::Str {
            return;
        }
        let text = self.names.text(token.atom).trim_matches('"').to_owned();
        let name = self.names.intern(&text);
        if push {
            self.macros.push(name);
        } else {
            self.macros.pop(name);
        }
    }

    /// Reads `pack`, after that word. The parser applies it, since a record may be half read at this point.
    fn pack(&mut self, loc: Loc) -> Option<Token> {
        match self.pack_action() {
            Some(action) => {
                let number = self.pragmas.len() as u32;
                self.pragmas.push(Pragma::Pack(action));
                Some(Token::new(Kind::Pragma, Atom(number), loc))
            }
            None => {
                self.warning(loc, "this '#pragma pack' is not understood and has no effect");
                None
            }
        }
    }

    fn pack_action(&mut self) -> Option<PackAction> {
        if self.next_expanded().kind != Kind::LParen {
            return None;
        }
        let first = self.next_expanded();
        match first.kind {
            Kind::RParen => return Some(PackAction::Set(0)),
            Kind::Number => {
                let size = self.pack_size(first)?;
                return (self.next_expanded().kind == Kind::RParen).then_some(PackAction::Set(size));
            }
            _ => {}
        }
        let (mut label, mut size) = (Atom::EMPTY, None);
        loop {
            let token = self.next_expanded();
            match token.kind {
                Kind::RParen => break,
                Kind::Comma => {}
                Kind::Number => size = Some(self.pack_size(token)?),
                Kind::Ident => label = token.atom,
                _ => return None,
            }
        }
        match first.atom {
            words::PUSH if first.kind == Kind::Ident => Some(PackAction::Push(label, size)),
            words::POP if first.kind == Kind::Ident => Some(PackAction::Pop(label, size)),
            _ => None,
        }
    }

    /// Returns the size in a token, if `pack` accepts it.
    fn pack_size(&self, token: Token) -> Option<u32> {
        let size = literal::integer(self.names.text(token.atom))?.value;
        matches!(size, 0 | 1 | 2 | 4 | 8 | 16).then_some(size as u32)
    }

    /// Carries out `_Pragma("...")`, after that word.
    pub(super) fn pragma_operator(&mut self, name: Token) {
        let close = |pp: &mut Self| pp.next_raw().kind == Kind::RParen;
        let text = match self.next_is_open_paren().then(|| self.next_expanded()) {
            Some(token) if token.kind == Kind::Str && close(self) => self.names.text(token.atom).to_owned(),
            _ => return self.error(name.loc, "expected a string in parentheses after '_Pragma'"),
        };
        let body = text.trim_start_matches('L').trim_matches('"').replace("\\\"", "\"").replace("\\\\", "\\");
        self.pragma_text(&body, name.loc);
    }

    /// Carries out Visual C++'s `__pragma(...)`, after that word.
    pub(super) fn pragma_call(&mut self, name: Token) {
        if !self.next_is_open_paren() {
            return self.error(name.loc, "expected '(' after '__pragma'");
        }
        let mut text = String::new();
        let mut parens = 0usize;
        loop {
            let token = self.next_raw();
            match token.kind {
                Kind::Eof | Kind::DirectiveEnd => return self.error(name.loc, "'__pragma' is not closed"),
                Kind::LParen => parens += 1,
                Kind::RParen if parens == 0 => break,
                Kind::RParen => parens -= 1,
                _ => {}
            }
            self.spell(token, &mut text);
            text.push(' ');
        }
        self.pragma_text(&text, name.loc);
    }

    /// Carries out a pragma whose text is a string.
    fn pragma_text(&mut self, text: &str, loc: Loc) {
        if text.trim() == "once" {
            return self.pragma_once();
        }
        if !self.open_text("<_Pragma>", format!("{text}\n").into_bytes().into()) {
            return;
        }
        // A separate lexer reads the text, as if it were a file with one directive.
        let pushed = self.pushed.take();
        self.set_in_directive(true);
        let contexts = std::mem::take(&mut self.contexts);
        let token = self.pragma(loc);
        while !self.contexts.is_empty() {
            self.leave();
        }
        self.contexts = contexts;
        self.pushed = pushed;
        self.open.pop();
        if let Some(token) = token {
            let mut list = self.new_list();
            list.push(token);
            self.push_tokens(list);
        }
    }
}
