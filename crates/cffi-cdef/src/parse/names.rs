//! Converting files of the source map to files of the declarations.

use cffi_types::decls::{FileId, SourceFile};

use super::Parser;
use crate::lex::{Kind, Token};
use crate::source::{EntryId, Loc};
use crate::words;

impl Parser<'_> {
    /// Returns the start and end of the inclusion that contains a place, and its number among the declarations' files.
    pub(super) fn file_of(&mut self, loc: Loc) -> Option<(u32, u32, FileId)> {
        if let Some(last) = self.last_file
            && (last.0..last.1).contains(&loc.number())
        {
            return Some(last);
        }
        let entry = self.input.sources.entry_of(loc)?;
        let file = self.file(Some(entry));
        let (start, end) = self.input.sources.range(entry);
        self.last_file = Some((start, end, file));
        (self.last_entry, self.last_line) = (entry, 0);
        self.last_file
    }

    /// Returns whether a token can be a name: a word that is not a keyword of C.
    pub(crate) fn is_name(&self, token: Token) -> bool {
        let convention =
            matches!(token.atom, words::MS_STDCALL | words::MS_CDECL | words::WINAPI) && !self.is_c();
        token.kind == Kind::Ident && !convention && !(words::AUTO..=words::THREAD_LOCAL).contains(&token.atom)
    }

    /// Returns whether a place is in a system header.
    pub(crate) fn is_system(&mut self, loc: Loc) -> bool {
        self.file_of(loc).is_some_and(|(_, _, file)| self.decls.file(file).system)
    }

    /// Returns the place where the text of a line begins, after white space.
    pub(crate) fn line_start(&self, loc: Loc) -> Loc {
        self.input.sources.line_start(loc)
    }

    /// Returns the number of an inclusion among the declarations' files. `None` means a text that is not in any file.
    pub(super) fn file(&mut self, entry: Option<EntryId>) -> FileId {
        // The chain of inclusions is walked from the inside. Its length is at most the number of files that are open at
        // once.
        if self.files.len() < self.input.sources.len() {
            self.files.resize(self.input.sources.len(), None);
        }
        let mut chain = Vec::new();
        let mut next = entry.or_else(|| self.input.sources.first());
        while let Some(entry) = next {
            if self.files[entry.index()].is_some() {
                break;
            }
            chain.push(entry);
            next = self.input.sources.entry_of(self.input.sources.entry(entry).included_from);
        }
        let mut file = next.and_then(|entry| self.files[entry.index()]);
        for entry in chain.into_iter().rev() {
            let source = self.input.sources.entry(entry);
            let included_from = file.map(|file| {
                let start = next.map_or(0, |entry| self.input.sources.range(entry).0);
                let loc = source.included_from;
                cffi_types::decls::Span::new(file, loc.offset_from(start), self.input.sources.line(loc))
            });
            let name = source.path.to_string();
            let id = self.decls.add_source(SourceFile { name, included_from, system: source.system });
            self.files[entry.index()] = Some(id);
            file = Some(id);
            next = Some(entry);
        }
        match file {
            Some(file) => file,
            None => self.decls.add_file("<text>"),
        }
    }
}
