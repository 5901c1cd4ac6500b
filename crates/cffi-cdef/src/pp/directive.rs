//! Directives, and the selection of conditional groups.

use super::Preprocessor;
use super::open_file::Condition;
use crate::intern::Atom;
use crate::lex::{Kind, Token};
use crate::source::Loc;
use crate::words;

impl Preprocessor<'_> {
    /// Returns the next token of the directive, without expansion.
    pub(super) fn directive_token(&mut self) -> Token {
        match self.open.last_mut() {
            Some(file) => file.lexer.next(&mut self.names),
            None => Token::new(Kind::DirectiveEnd, Atom::EMPTY, Loc::UNKNOWN),
        }
    }

    /// Carries out the directive after a `#`. Returns a token if it is a pragma for the parser.
    pub(super) fn directive(&mut self, hash: Loc) -> Option<Token> {
        self.set_in_directive(true);
        let contexts = self.contexts.len();
        let arguments = std::mem::take(&mut self.reading_arguments);
        let word = self.directive_token();
        let pragma = if word.kind == Kind::Ident && word.atom == words::PRAGMA {
            self.note_guard(false);
            self.pragma(word.loc)
        } else {
            self.dispatch(word, hash);
            None
        };
        // The end of the line can cut an expansion short; the rest of that expansion is dropped.
        while self.contexts.len() > contexts {
            self.leave();
        }
        if self.reading_arguments == 0 {
            self.pushed = None;
        }
        self.reading_arguments = arguments;
        self.end_directive();
        pragma
    }

    fn dispatch(&mut self, word: Token, hash: Loc) {
        match word.kind {
            // A `#` alone has no effect.
            Kind::DirectiveEnd => return,
            Kind::Number => {
                self.note_guard(false);
                return self.line_directive(Some(word));
            }
            Kind::Ident => {}
            _ => return self.error(word.loc, "expected the name of a directive"),
        }
        // A header guard must enclose the whole file. The conditional directives below update its state themselves.
        if !matches!(word.atom, words::IFNDEF | words::IF | words::ENDIF | words::ELSE | words::ELIF) {
            self.note_guard(false);
        }
        match word.atom {
            words::DEFINE => self.define(),
            words::UNDEF => self.undefine(),
            words::INCLUDE | words::IMPORT => self.include(hash, false, word.atom == words::IMPORT),
            words::INCLUDE_NEXT => self.include(hash, true, false),
            words::IF => self.if_directive(hash),
            words::IFDEF | words::IFNDEF => self.ifdef(hash, word.atom == words::IFNDEF),
            words::ELIF | words::ELIFDEF | words::ELIFNDEF | words::ELSE => self.other_group(word),
            words::ENDIF => self.endif(word.loc),
            words::LINE => self.line_directive(None),
            words::ERROR => {
                let text = self.rest_of_line();
                self.error(hash, format!("#error {text}"));
            }
            words::WARNING => {
                let text = self.rest_of_line();
                self.warning(hash, format!("#warning {text}"));
            }
            words::IDENT | words::SCCS | words::ASSERT | words::UNASSERT => {}
            words::EMBED => {
                self.error(hash, "#embed is not supported: it gives the bytes of a file, and no declaration");
            }
            _ => {
                let message = format!("unknown directive '#{}'", self.names.text(word.atom));
                self.error(word.loc, message);
            }
        }
    }

    fn rest_of_line(&mut self) -> String {
        self.open.last_mut().map(|file| file.lexer.rest_of_line().into_owned()).unwrap_or_default()
    }

    pub(super) fn set_in_directive(&mut self, yes: bool) {
        if let Some(file) = self.open.last_mut() {
            file.lexer.in_directive = yes;
        }
    }

    /// Skips the rest of the line, unless the directive has opened a file.
    fn end_directive(&mut self) {
        if let Some(file) = self.open.last_mut()
            && file.lexer.in_directive
        {
            file.lexer.in_directive = false;
            file.lexer.skip_line();
        }
    }

    fn if_directive(&mut self, hash: Loc) {
        let guard = self.condition_guard();
        let taken = match guard {
            Some(name) => self.macros.find(name).is_none(),
            None => self.evaluate_condition(hash),
        };
        self.start_condition(hash, taken, guard);
    }

    /// Returns the macro of `#if !defined X` or `#if !defined(X)`, which some header guards use.
    fn condition_guard(&mut self) -> Option<Atom> {
        let file = self.open.last_mut()?;
        if !file.may_begin_guard() {
            return None;
        }
        let at = file.lexer.offset();
        let mut next = || file.lexer.next(&mut self.names);
        let mut name = None;
        if next().kind == Kind::Bang && next().is_word(words::DEFINED) {
            let token = next();
            let paren = token.kind == Kind::LParen;
            let token = if paren { next() } else { token };
            let closed = !paren || next().kind == Kind::RParen;
            if token.kind == Kind::Ident && closed && next().kind == Kind::DirectiveEnd {
                name = Some(token.atom);
            }
        }
        if name.is_none() {
            file.lexer.rewind(at);
        }
        name
    }

    fn ifdef(&mut self, hash: Loc, negated: bool) {
        let Some(name) = self.macro_name() else {
            return self.start_condition(hash, false, None);
        };
        let defined = self.macros.find(name.atom).is_some();
        self.start_condition(hash, defined != negated, negated.then_some(name.atom));
    }

    /// Opens a condition. `guard` is the macro that the condition requires to be undefined.
    fn start_condition(&mut self, loc: Loc, taken: bool, guard: Option<Atom>) {
        let limit = self.options.limits.expanded;
        let Some(file) = self.open.last_mut() else { return };
        match guard {
            Some(name) => file.begin_guard(name),
            None => file.no_guard_unless_inside(),
        }
        file.conditions.push(Condition { loc, taken, has_else: false });
        if file.conditions.len() > limit {
            self.stop(loc, "too many conditions are open");
            return;
        }
        if !taken {
            self.skip_group();
        }
    }

    /// Carries out `#elif` and similar directives after a group that was read: the remaining groups are skipped.
    fn other_group(&mut self, word: Token) {
        let Some(file) = self.open.last_mut() else { return };
        if file.conditions.len() == 1 {
            file.no_guard();
        }
        let Some(condition) = file.conditions.last_mut() else {
            let message = format!("#{} without #if", self.names.text(word.atom));
            return self.error(word.loc, message);
        };
        let repeated = condition.has_else;
        condition.has_else |= word.atom == words::ELSE;
        if repeated {
            let message = format!("#{} after #else", self.names.text(word.atom));
            self.error(word.loc, message);
        }
        self.skip_group();
    }

    fn endif(&mut self, loc: Loc) {
        let Some(file) = self.open.last_mut() else { return };
        if file.conditions.pop().is_none() {
            return self.error(loc, "#endif without #if");
        }
        if file.conditions.is_empty() {
            file.end_guard();
        }
    }

    /// Skips groups until one is selected or the condition ends.
    fn skip_group(&mut self) {
        let mut depth = 0usize;
        loop {
            let Some(file) = self.open.last_mut() else { return };
            file.lexer.in_directive = false;
            if !file.lexer.skip_to_directive() {
                // At the end of the file, the open condition is reported.
                return;
            }
            file.lexer.in_directive = true;
            let word = file.lexer.next(&mut self.names);
            if word.kind != Kind::Ident {
                continue;
            }
            match word.atom {
                words::IF | words::IFDEF | words::IFNDEF => depth += 1,
                words::ENDIF if depth == 0 => return self.endif(word.loc),
                words::ENDIF => depth -= 1,
                words::ELSE | words::ELIF | words::ELIFDEF | words::ELIFNDEF
                    if depth == 0 && self.begins_group(word) =>
                {
                    return;
                }
                _ => {}
            }
        }
    }

    /// Returns whether the group after this `#elif` or `#else` is selected.
    fn begins_group(&mut self, word: Token) -> bool {
        let Some(file) = self.open.last_mut() else { return true };
        if file.conditions.len() == 1 {
            file.no_guard();
        }
        let Some(condition) = file.conditions.last().copied() else { return true };
        if condition.has_else {
            self.error(word.loc, "a second #else, or #elif after it");
            return false;
        }
        let read = !condition.taken
            && match word.atom {
                words::ELSE => true,
                words::ELIF => self.evaluate_condition(word.loc),
                _ => self.macro_name().is_some_and(|name| {
                    self.macros.find(name.atom).is_some() == (word.atom == words::ELIFDEF)
                }),
            };
        if let Some(condition) = self.open.last_mut().and_then(|file| file.conditions.last_mut()) {
            condition.taken |= read;
            condition.has_else = word.atom == words::ELSE;
        }
        read
    }

    /// Reports conditions that are still open at the end of the current file.
    pub(super) fn check_conditions(&mut self) {
        let open = self.open.last_mut().map(|file| std::mem::take(&mut file.conditions)).unwrap_or_default();
        for condition in open.into_iter().take(10) {
            self.error(condition.loc, "#if without #endif");
        }
    }

    /// Carries out `#line`, or a line marker of preprocessed text, whose number is `first`.
    fn line_directive(&mut self, first: Option<Token>) {
        let token = match first {
            Some(token) => token,
            None => self.next_expanded(),
        };
        let line = self.names.text(token.atom).parse::<u32>();
        let (Kind::Number, Ok(line)) = (token.kind, line) else {
            return self.error(token.loc, "expected a line number");
        };
        let name = self.next_expanded();
        let file = (name.kind == Kind::Str).then(|| {
            let text = self.names.text(name.atom);
            text.trim_matches('"').replace("\\\\", "\\").into()
        });
        let Some(open) = self.open.last_mut() else { return };
        open.lexer.skip_line();
        let offset = (open.lexer.offset() + 1).min(self.sources.entry(open.entry).text.len());
        self.sources.entry_mut(open.entry).mark(offset, line, file);
    }
}
