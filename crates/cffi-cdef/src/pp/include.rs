//! `#include`: finding files, opening them, and skipping those whose guard forbids a second inclusion.

use std::sync::Arc;

use super::Preprocessor;
use super::open_file::{Guard, Known, OpenFile};
use crate::lex::{Kind, Lexer, flags};
use crate::problem::Problem;
use crate::source::Loc;

impl Preprocessor<'_> {
    /// Records a directive that is not part of a header guard.
    pub(super) fn note_guard(&mut self, _inside: bool) {
        if let Some(file) = self.open.last_mut() {
            file.no_guard_unless_inside();
        }
    }

    /// Opens a text that is not in the search list.
    pub(super) fn open_text(&mut self, path: &str, text: Arc<[u8]>) -> bool {
        self.open_entry(path.into(), text, Loc::UNKNOWN, None, false)
    }

    /// Sets memory aside for all that was read so far, and for as much again. Returns false if there is not enough.
    fn make_room(&mut self) -> bool {
        const LEAST: usize = 1 << 16;
        if self.bytes > self.room.0 {
            let bytes = (2 * self.bytes).max(LEAST);
            match crate::room_for(bytes) {
                Ok(fund) => self.room = (bytes, fund),
                Err(_) => return false,
            }
        }
        true
    }

    fn open_entry(
        &mut self,
        path: Arc<str>,
        text: Arc<[u8]>,
        from: Loc,
        dir: Option<usize>,
        system: bool,
    ) -> bool {
        let limits = self.options.limits;
        self.includes += 1;
        self.bytes = self.bytes.saturating_add(text.len());
        let message = if !self.make_room() {
            Some(crate::NO_MEMORY)
        } else if self.open.len() >= limits.include_depth {
            Some("#include is nested too deeply")
        } else if self.includes > limits.includes {
            Some("too many files are included")
        } else if self.bytes > limits.bytes {
            Some("the files are too large")
        } else {
            None
        };
        let entry = match message {
            None => self.sources.add(path, text.clone(), from, system),
            Some(_) => None,
        };
        let Some(entry) = entry else {
            self.stop(from, message.unwrap_or("the files are too large"));
            return false;
        };
        let lexer = Lexer::new(text, self.sources.entry(entry).loc(0));
        self.open.push(OpenFile { lexer, entry, conditions: Vec::new(), guard: Guard::Start, dir });
        true
    }

    /// Closes the current file. Returns false if it was the last one.
    pub(super) fn close(&mut self) -> bool {
        self.check_conditions();
        let Some(mut file) = self.open.pop() else { return false };
        for problem in file.lexer.problems.drain(..) {
            self.report(problem);
        }
        let entry = self.sources.entry_mut(file.entry);
        entry.comments = std::mem::take(&mut file.lexer.comments);
        if let Guard::After(name) = file.guard
            && let Some(known) = self.table.known.get_mut(&*entry.path)
        {
            known.guard = Some(name);
        }
        !self.open.is_empty()
    }

    /// Carries out `#include`, `#include_next` or `#import`, after that word.
    pub(super) fn include(&mut self, hash: Loc, next: bool, once: bool) {
        let Some((name, angled)) = self.header_name() else {
            return self.error(hash, "expected \"FILE\" or <FILE> after #include");
        };
        let Some((key, dir)) = self.search(&name, angled, next) else {
            let problem = Problem::error(hash, format!("'{name}' is not found"));
            return self.report(problem.with_hint("name its folder with include_dirs= (-I on the command line), or install the package that has it"));
        };
        // The rest of the line is skipped before the new file is opened.
        if let Some(file) = self.open.last_mut() {
            file.lexer.skip_line();
            file.lexer.in_directive = false;
        }
        let Some(known) = self.table.known.get_mut(&key) else { return };
        let again = known.entered && (known.once || once);
        known.once |= once;
        if again || known.guard.is_some_and(|guard| self.macros.find(guard).is_some()) {
            return;
        }
        known.entered = true;
        let (path, Some(text)) = (known.path.clone(), known.text.clone()) else { return };
        let system = dir.is_some_and(|dir| dir >= self.first_system_dir());
        self.open_entry(path, text, hash, dir, system);
    }

    /// Carries out `#pragma once`.
    pub(super) fn pragma_once(&mut self) {
        if let Some(file) = self.open.last()
            && let Some(known) = self.table.known.get_mut(&*self.sources.entry(file.entry).path)
        {
            known.once = true;
        }
    }

    /// Reads the file name in the directive, either directly or from the expansion of macros.
    fn header_name(&mut self) -> Option<(String, bool)> {
        if let Some(found) = self.open.last_mut().and_then(|file| file.lexer.header_name()) {
            return Some(found);
        }
        let first = self.next_expanded();
        self.header_name_of_tokens(first)
    }

    /// Returns the file name that tokens spell.
    pub(super) fn header_name_of_tokens(&mut self, first: crate::lex::Token) -> Option<(String, bool)> {
        match first.kind {
            Kind::Str => Some((self.names.text(first.atom).trim_matches('"').to_owned(), false)),
            Kind::Less => {
                let mut name = String::new();
                loop {
                    let token = self.next_expanded();
                    match token.kind {
                        Kind::Greater => return Some((name, true)),
                        Kind::DirectiveEnd | Kind::Eof => return None,
                        _ => {}
                    }
                    if token.has(flags::SPACE) && !name.is_empty() {
                        name.push(' ');
                    }
                    self.spell(token, &mut name);
                }
            }
            _ => None,
        }
    }

    fn first_system_dir(&self) -> usize {
        self.options.quote_dirs.len() + self.options.include_dirs.len()
    }

    /// Finds a file and returns its key in the table and the number of its folder.
    pub(super) fn search(&mut self, name: &str, angled: bool, next: bool) -> Option<(String, Option<usize>)> {
        if name.starts_with('/') {
            return self.known(name.to_owned()).map(|key| (key, None));
        }
        let current = self.open.last().map(|file| (file.entry, file.dir));
        if !angled && !next {
            let folder = current.map(|(entry, _)| folder(&self.sources.entry(entry).path).to_owned());
            if let Some(key) = self.known(format!("{}{name}", folder.unwrap_or_default())) {
                return Some((key, current.and_then(|(_, dir)| dir)));
            }
        }
        let options = self.options;
        let start = match current.and_then(|(_, dir)| dir) {
            Some(dir) if next => dir + 1,
            _ if angled => options.quote_dirs.len(),
            _ => 0,
        };
        let dirs = [&options.quote_dirs, &options.include_dirs, &options.system_dirs];
        for (number, dir) in dirs.into_iter().flatten().enumerate().skip(start) {
            let slash = if dir.ends_with('/') { "" } else { "/" };
            if let Some(key) = self.known(format!("{dir}{slash}{name}")) {
                return Some((key, Some(number)));
            }
        }
        None
    }

    /// Reads a file, or records that it does not exist.
    fn known(&mut self, path: String) -> Option<String> {
        if let Some(known) = self.table.known.get(&path) {
            return known.text.is_some().then_some(path);
        }
        let text = self.files.read(&path);
        let found = text.is_some();
        let known = Known { text, path: path.as_str().into(), guard: None, once: false, entered: false };
        self.table.known.insert(path.clone(), known);
        found.then_some(path)
    }
}

/// Returns the folder of a path, including its slash.
fn folder(path: &str) -> &str {
    path.rfind('/').map_or("", |slash| &path[..=slash])
}
