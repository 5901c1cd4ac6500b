//! Reading the declarations of a text for `cdef()`.

use cffi_types::types::Shape;

use super::state::ExternPython;
use crate::lex::{Kind, Token};
use crate::parse::{Parsed, Parser};
use crate::words;

impl Parser<'_> {
    /// Reads all declarations. The first one that is refused ends the reading.
    pub(super) fn cdef_declarations(&mut self) -> Parsed<()> {
        loop {
            let token = self.peek();
            match token.kind {
                Kind::Eof => return Ok(()),
                Kind::Semi => self.at += 1,
                Kind::Pragma => {
                    self.at += 1;
                    self.apply_pragma(token);
                }
                Kind::Ident if token.atom == words::EXTERN && self.peek_at(1).kind == Kind::Str => {
                    self.extern_python(token)?;
                }
                _ => self.cdef_declaration()?,
            }
        }
    }

    fn cdef_declaration(&mut self) -> Parsed<()> {
        let loc = self.loc();
        self.cdef.elided = false;
        if !self.unknown_typedef()? {
            self.external_declaration()?;
        }
        for ty in std::mem::take(&mut self.cdef.nameless) {
            if let Shape::Record(id) = self.decls.types.shape(ty)
                && self.decls.types.record(id).alias.is_empty()
            {
                return Err(self.refuse(loc, "a struct with '...;' needs a name in C"));
            }
        }
        Ok(())
    }

    /// Reads `extern "Python"` before one declaration or before several in braces.
    fn extern_python(&mut self, keyword: Token) -> Parsed<()> {
        self.at += 1;
        let string = self.next();
        let text: String = self.text(string).chars().filter(|c| !c.is_ascii_whitespace()).collect();
        let python = match text.as_str() {
            "\"Python\"" => ExternPython::Static,
            "\"Python+C\"" | "\"C+Python\"" => ExternPython::PlusC,
            _ => return Err(self.refuse(keyword.loc, "only extern \"Python\" has a meaning in cdef()")),
        };
        // Inside the quotes, white space is allowed only around the plus sign.
        if self.text(string).starts_with("\" ") || self.text(string).ends_with(" \"") {
            return Err(self.refuse(keyword.loc, "only extern \"Python\" has a meaning in cdef()"));
        }
        self.cdef.python = Some(python);
        if self.take(Kind::LBrace) {
            while self.peek().kind != Kind::RBrace {
                if self.peek().kind == Kind::Eof {
                    return Err(self.unexpected("'}'"));
                }
                if self.take(Kind::Semi) {
                    continue;
                }
                self.declaration_without_braces(keyword)?;
            }
            self.at += 1;
        } else {
            self.declaration_without_braces(keyword)?;
        }
        self.cdef.python = None;
        Ok(())
    }

    /// Reads a declaration after `extern "Python"`. The stock front end looks for its end without regard to braces.
    fn declaration_without_braces(&mut self, keyword: Token) -> Parsed<()> {
        let start = self.at;
        self.cdef_declaration()?;
        if self.input.tokens[start..self.at].iter().any(|token| token.kind == Kind::LBrace) {
            return Err(
                self.refuse(keyword.loc, "an extern \"Python\" declaration cannot have braces inside")
            );
        }
        Ok(())
    }
}
