//! The files that are being read, and what is remembered of them.

use std::collections::HashMap;
use std::sync::Arc;

use crate::intern::Atom;
use crate::lex::Lexer;
use crate::source::{EntryId, Loc};

/// What is remembered of files.
#[derive(Default, Debug)]
pub(super) struct FileTable {
    pub(super) known: HashMap<String, Known>,
}

#[derive(Clone, Debug)]
pub(super) struct Known {
    /// Nothing where there is no such file.
    pub(super) text: Option<Arc<[u8]>>,
    pub(super) path: Arc<str>,
    /// The macro that makes the file empty once it is defined.
    pub(super) guard: Option<Atom>,
    /// `#pragma once` or `#import`.
    pub(super) once: bool,
    pub(super) entered: bool,
}

/// How far the search for a header guard has come.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(super) enum Guard {
    /// Nothing but comments so far.
    Start,
    /// Inside of `#ifndef NAME`, which was the first thing.
    Inside(Atom),
    /// After its `#endif`.
    After(Atom),
    /// There is something outside.
    No,
}

/// A file that is being read.
#[derive(Debug)]
pub(super) struct OpenFile {
    pub(super) lexer: Lexer,
    pub(super) entry: EntryId,
    pub(super) conditions: Vec<Condition>,
    pub(super) guard: Guard,
    /// The folder's number in the search list.
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

    /// A condition begins that asks for the absence of a macro.
    pub(super) fn begin_guard(&mut self, name: Atom) {
        if self.may_begin_guard() {
            self.guard = Guard::Inside(name);
        } else {
            self.no_guard_unless_inside();
        }
    }

    /// Something else begins. That ends the search unless it is inside of the guard.
    pub(super) fn no_guard_unless_inside(&mut self) {
        if self.conditions.is_empty() {
            self.guard = Guard::No;
        }
    }

    /// The outermost condition ends.
    pub(super) fn end_guard(&mut self) {
        self.guard = match self.guard {
            Guard::Inside(name) => Guard::After(name),
            _ => Guard::No,
        };
    }
}

/// An `#if` that is open.
#[derive(Copy, Clone, Debug)]
pub(super) struct Condition {
    /// Where it began.
    pub(super) loc: Loc,
    /// Whether one of its groups was read.
    pub(super) taken: bool,
    /// Whether `#else` was seen.
    pub(super) has_else: bool,
}
