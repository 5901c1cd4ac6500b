//! The open files, and the table of all files that were looked up.

use std::collections::HashMap;
use std::sync::Arc;

use crate::intern::Atom;
use crate::lex::Lexer;
use crate::source::{EntryId, Loc};

/// All files that were looked up, by path.
#[derive(Default, Debug)]
pub(super) struct FileTable {
    pub(super) known: HashMap<String, Known>,
}

#[derive(Clone, Debug)]
pub(super) struct Known {
    /// The content; `None` if the file does not exist.
    pub(super) text: Option<Arc<[u8]>>,
    pub(super) path: Arc<str>,
    /// The macro that guards the file: once it is defined, the file is empty.
    pub(super) guard: Option<Atom>,
    /// Whether the file has `#pragma once` or was included with `#import`.
    pub(super) once: bool,
    pub(super) entered: bool,
}

/// The state of the search for a header guard.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Guard {
    /// Only comments have been read so far.
    Start,
    /// Inside `#ifndef NAME`, which was the first directive.
    Inside(Atom),
    /// After the `#endif` of the guard.
    After(Atom),
    /// Something is outside the guard, so the file has none.
    No,
}

/// An open file.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) lexer: Lexer,
    pub(super) entry: EntryId,
    pub(super) conditions: Vec<Condition>,
    pub(super) guard: Guard,
    /// The number of its folder in the search list.
    pub(super) dir: Option<usize>,
}

impl OpenFile {
    #[inline]
    pub(super) fn no_guard(&mut self) {
        self.guard = Guard::No;
    }

    pub(super) fn may_begin_guard(&self) -> bool {
        self.guard == Guard::Start && self.conditions.is_empty()
    }

    /// Records that a condition begins that requires a macro to be undefined.
    pub(super) fn begin_guard(&mut self, name: Atom) {
        if self.may_begin_guard() {
            self.guard = Guard::Inside(name);
        } else {
            self.no_guard_unless_inside();
        }
    }

    /// Records that anything else begins. Outside the guard, this ends the search.
    pub(super) fn no_guard_unless_inside(&mut self) {
        if self.conditions.is_empty() {
            self.guard = Guard::No;
        }
    }

    /// Records that the outermost condition ends.
    pub(super) fn end_guard(&mut self) {
        self.guard = match self.guard {
            Guard::Inside(name) => Guard::After(name),
            _ => Guard::No,
        };
    }
}

/// An open `#if`.
#[derive(Copy, Clone, Debug)]
pub(super) struct Condition {
    /// The place where it began.
    pub(super) loc: Loc,
    /// Whether one of its groups was selected.
    pub(super) taken: bool,
    /// Whether `#else` was read.
    pub(super) has_else: bool,
}
