//! Macros whose expansion the preprocessor computes, such as `__LINE__` and `__has_include`.

use super::macros::{Builtin, Macro};
use super::{Compiler, Edition, Preprocessor};
use crate::intern::Atom;
use crate::lex::{Kind, Token};
use crate::source::Loc;
use crate::words;

impl Preprocessor<'_> {
    pub(super) fn define_builtins(&mut self) {
        let all = [
            (words::FILE_MACRO, Builtin::File),
            (words::FILE_NAME, Builtin::FileName),
            (words::BASE_FILE, Builtin::BaseFile),
            (words::LINE_MACRO, Builtin::Line),
            (words::INCLUDE_LEVEL, Builtin::IncludeLevel),
            (words::COUNTER, Builtin::Counter),
            (words::DATE, Builtin::Date),
            (words::TIME, Builtin::Time),
            (words::TIMESTAMP, Builtin::Timestamp),
            (words::PRAGMA_OPERATOR, Builtin::Pragma),
        ];
        let gnu = [
            (words::HAS_INCLUDE, Builtin::HasInclude),
            (words::HAS_INCLUDE_NEXT, Builtin::HasIncludeNext),
            (words::HAS_ATTRIBUTE, Builtin::HasAttribute),
            (words::HAS_CPP_ATTRIBUTE, Builtin::HasCAttribute),
            (words::HAS_C_ATTRIBUTE, Builtin::HasCAttribute),
            (words::HAS_BUILTIN, Builtin::HasFunction),
        ];
        let clang = [
            (words::HAS_FEATURE, Builtin::HasFeature),
            (words::HAS_EXTENSION, Builtin::HasFeature),
            (words::HAS_WARNING, Builtin::HasWarning),
            (words::HAS_DECLSPEC_ATTRIBUTE, Builtin::HasDeclspec),
            (words::IS_IDENTIFIER, Builtin::IsIdentifier),
        ];
        let (gnu, clang) = match self.options.compiler {
            Compiler::Gcc => (&gnu[..], &clang[..0]),
            Compiler::Clang => (&gnu[..], &clang[..]),
            Compiler::Msvc => (&gnu[..1], &clang[..0]),
        };
        for (name, builtin) in all.iter().chain(gnu).chain(clang) {
            self.macros.define(Macro {
                name: *name,
                loc: Loc::UNKNOWN,
                parameters: None,
                body: 0..0,
                plain: false,
                disabled: false,
                builtin: Some(*builtin),
            });
        }
        if self.options.compiler == Compiler::Msvc {
            let definition = Macro {
                name: words::MS_PRAGMA,
                loc: Loc::UNKNOWN,
                parameters: None,
                body: 0..0,
                plain: false,
                disabled: false,
                builtin: Some(Builtin::Pragma),
            };
            self.macros.define(definition);
        }
    }

    /// Returns whether `true` is a keyword.
    pub(super) fn knows_true(&self) -> bool {
        self.options.standard.edition >= Edition::C23
    }

    /// Expands a computed macro. Returns false if the name is not expanded.
    pub(super) fn enter_builtin(&mut self, name: Token, builtin: Builtin) -> bool {
        if builtin == Builtin::Pragma {
            if name.atom == words::MS_PRAGMA {
                self.pragma_call(name);
            } else {
                self.pragma_operator(name);
            }
            return true;
        }
        self.place_matters = true;
        let token = match builtin {
            Builtin::File => self.string_token(self.sources.file(name.loc).to_owned(), name),
            Builtin::FileName => {
                let file = self.sources.file(name.loc);
                let base = file.rsplit('/').next().unwrap_or(file).to_owned();
                self.string_token(base, name)
            }
            Builtin::BaseFile => {
                let base = self.open.first().map(|file| self.sources.entry(file.entry).path.to_string());
                self.string_token(base.unwrap_or_default(), name)
            }
            // A fixed date keeps the output reproducible.
            Builtin::Date => self.string_token("Jan  1 1970".to_owned(), name),
            Builtin::Time => self.string_token("00:00:00".to_owned(), name),
            Builtin::Timestamp => self.string_token("Thu Jan  1 00:00:00 1970".to_owned(), name),
            Builtin::Line => self.number_token(self.sources.line(name.loc), name),
            Builtin::IncludeLevel => self.number_token(self.open.len().saturating_sub(1) as u32, name),
            Builtin::Counter => {
                self.counter = self.counter.wrapping_add(1);
                self.number_token(self.counter.wrapping_sub(1), name)
            }
            _ => match self.has(builtin, name) {
                Some(value) => self.number_token(value, name),
                None => return false,
            },
        };
        let mut list = self.new_list();
        list.push(token);
        self.push_tokens(list);
        true
    }

    fn string_token(&mut self, text: String, like: Token) -> Token {
        let quoted = format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
        self.made(Kind::Str, &quoted, like)
    }

    fn number_token(&mut self, value: u32, like: Token) -> Token {
        self.made(Kind::Number, &value.to_string(), like)
    }

    /// Returns the value of `__has_…(…)`.
    fn has(&mut self, builtin: Builtin, name: Token) -> Option<u32> {
        if matches!(builtin, Builtin::HasInclude | Builtin::HasIncludeNext) {
            return self.has_include(builtin == Builtin::HasIncludeNext, name);
        }
        if !self.next_is_open_paren() {
            return None;
        }
        let mut words = Vec::new();
        let mut parens = 0usize;
        loop {
            let token = self.next_raw();
            match token.kind {
                Kind::Eof | Kind::DirectiveEnd => {
                    self.error(name.loc, "expected ')'");
                    return Some(0);
                }
                Kind::LParen => parens += 1,
                Kind::RParen if parens == 0 => break,
                Kind::RParen => parens -= 1,
                Kind::Ident | Kind::Str => words.push(token.atom),
                _ => {}
            }
        }
        Some(self.answer(builtin, &words))
    }

    fn answer(&self, builtin: Builtin, words: &[Atom]) -> u32 {
        let Some(last) = words.last() else { return 0 };
        let text = self.names.text(*last);
        let text = text.strip_prefix("__").and_then(|text| text.strip_suffix("__")).unwrap_or(text);
        match builtin {
            Builtin::HasAttribute => u32::from(super::predefined::ATTRIBUTES.contains(&text)),
            Builtin::HasCAttribute => {
                let gnu = words.len() > 1 && matches!(self.names.text(words[0]), "gnu" | "__gnu__");
                if gnu {
                    return u32::from(super::predefined::ATTRIBUTES.contains(&text));
                }
                match text {
                    "deprecated" | "maybe_unused" | "fallthrough" => 201_904,
                    "nodiscard" => 202_003,
                    "noreturn" | "_Noreturn" => 202_202,
                    _ => 0,
                }
            }
            Builtin::HasDeclspec => {
                u32::from(matches!(text, "dllimport" | "dllexport" | "align" | "noreturn"))
            }
            Builtin::HasFunction => u32::from(self.has_function(self.names.text(*last))),
            Builtin::HasFeature => u32::from(matches!(
                text,
                "c_alignas"
                    | "c_alignof"
                    | "c_atomic"
                    | "c_generic_selections"
                    | "c_static_assert"
                    | "c_thread_local"
            )),
            Builtin::IsIdentifier => 1,
            _ => 0,
        }
    }

    /// Returns whether the compiler has a built-in function. Few names with the prefix `__builtin_` are exceptions:
    /// they are no built-in functions, or Clang's only.
    fn has_function(&self, name: &str) -> bool {
        let clang_only =
            ["rotate", "bitreverse", "available", "elementwise", "debugtrap", "nondeterministic", "assume"];
        match name.strip_prefix("__builtin_") {
            None => false,
            Some("fclose") => false,
            Some("assume_aligned") => true,
            Some(rest) => {
                self.options.compiler == Compiler::Clang
                    || !clang_only.iter().any(|start| rest.starts_with(start))
            }
        }
    }

    fn has_include(&mut self, next: bool, name: Token) -> Option<u32> {
        if !self.next_is_open_paren() {
            return None;
        }
        let direct = self.contexts.is_empty() && self.pushed.is_none();
        let found =
            if direct { self.open.last_mut().and_then(|file| file.lexer.header_name()) } else { None };
        let found = match found {
            Some(found) => Some(found),
            None => {
                let first = self.next_expanded();
                self.header_name_of_tokens(first)
            }
        };
        let Some((header, angled)) = found else {
            self.error(name.loc, "expected \"FILE\" or <FILE> after '__has_include('");
            return Some(0);
        };
        if self.next_raw().kind != Kind::RParen {
            self.error(name.loc, "expected ')' after '__has_include('");
        }
        Some(u32::from(self.search(&header, angled, next).is_some()))
    }
}
