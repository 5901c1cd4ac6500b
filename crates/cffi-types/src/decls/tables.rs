//! The tables that declarations refer to: sources, texts, constants, problems, and properties that few of them have.

use core::num::NonZeroU32;
use std::borrow::Cow;

use crate::symbol::Symbol;

use super::constant::{Constant, ConstantId};
use super::decl::DeclId;
use super::extra::{Extra, ExtraId};
use super::problem::{Problem, ProblemId, Severity};
use super::set::Decls;
use super::source::{FileId, SourceFile, Span};
use super::text::Text;

impl Decls {
    /// Keeps a constant.
    pub fn add_constant(&mut self, constant: Constant) -> ConstantId {
        self.constants.push(constant);
        let number = u32::try_from(self.constants.len()).unwrap_or(u32::MAX);
        // The list is not empty, so its length is not 0.
        ConstantId(NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN))
    }

    /// Returns the value of a constant.
    ///
    /// # Panics
    /// If the number comes from another set that has more constants.
    #[must_use]
    pub fn constant(&self, id: ConstantId) -> &Constant {
        &self.constants[id.0.get() as usize - 1]
    }

    /// Returns the properties that few declarations have; `None` for a declaration that has none of them.
    #[must_use]
    pub fn extra(&self, id: DeclId) -> Option<&Extra> {
        self.decl(id).extra.map(|extra| &self.extras[extra.0.get() as usize - 1])
    }

    /// Returns the properties that few declarations have, to be changed; adds them to a declaration that has none.
    pub fn extra_mut(&mut self, id: DeclId) -> &mut Extra {
        let at = match self.decl(id).extra {
            // A declaration from before the current source gets a copy, as that source may be rejected.
            Some(extra) if self.journal.as_ref().is_none_or(|journal| id.number() >= journal.decls) => {
                extra.0.get() as usize - 1
            }
            known => {
                let at = self.extras.len();
                let copy = known.map_or_else(Extra::default, |extra| self.extras[extra.0.get() as usize - 1]);
                self.extras.push(copy);
                let number = u32::try_from(at + 1).unwrap_or(u32::MAX);
                self.decl_mut(id).extra = NonZeroU32::new(number).map(ExtraId);
                at
            }
        };
        &mut self.extras[at]
    }

    /// Sets the names of the parameters of a function, or of the function that a type points to. An unnamed parameter
    /// has the empty name.
    pub fn set_param_names(&mut self, id: DeclId, names: &[Symbol]) {
        let start = self.params.len() as u32;
        self.params.extend_from_slice(names);
        let extra = self.extra_mut(id);
        (extra.params_start, extra.params_count) = (start, names.len() as u32);
    }

    /// Returns the names of the parameters; empty if there are none.
    #[must_use]
    pub fn param_names(&self, id: DeclId) -> &[Symbol] {
        let Some(extra) = self.extra(id) else { return &[] };
        let start = extra.params_start as usize;
        self.params.get(start..start + extra.params_count as usize).unwrap_or_default()
    }

    /// Returns the problem of a declaration, if there is one.
    #[must_use]
    pub fn problem_of(&self, id: DeclId) -> Option<ProblemId> {
        self.extra(id)?.problem
    }

    /// Records a problem.
    pub fn add_problem(&mut self, severity: Severity, span: Span, message: &str, hint: &str) -> ProblemId {
        let problem = Problem { severity, span, message: self.add_text(message), hint: self.add_text(hint) };
        self.problems.push(problem);
        ProblemId(self.problems.len() as u32 - 1)
    }

    /// Returns the problem with this number.
    ///
    /// # Panics
    /// If the number comes from another set that has more problems.
    #[must_use]
    pub fn problem(&self, id: ProblemId) -> &Problem {
        &self.problems[id.0 as usize]
    }

    /// Returns all problems, in the order in which they were recorded.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// Adds a source that is not included by another one.
    pub fn add_file(&mut self, name: &str) -> FileId {
        self.add_source(SourceFile { name: name.to_owned(), included_from: None, system: false })
    }

    /// Adds a source.
    pub fn add_source(&mut self, file: SourceFile) -> FileId {
        self.files.push(file);
        FileId(self.files.len() as u32 - 1)
    }

    /// Returns the source with this number.
    ///
    /// # Panics
    /// If the number comes from another set that has more sources.
    #[must_use]
    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    /// Returns all sources, in the order in which they were added.
    #[must_use]
    pub fn files(&self) -> &[SourceFile] {
        &self.files
    }

    /// Stores a text.
    pub fn add_text(&mut self, text: impl AsRef<[u8]>) -> Text {
        self.texts.add(text.as_ref())
    }

    /// Returns a stored text as bytes.
    #[must_use]
    pub fn bytes(&self, text: Text) -> &[u8] {
        self.texts.get(text)
    }

    /// Returns a stored text. Bytes that are not UTF-8 are replaced.
    #[must_use]
    pub fn text(&self, text: Text) -> Cow<'_, str> {
        String::from_utf8_lossy(self.texts.get(text))
    }
}
