//! What few declarations have.

use core::num::NonZeroU32;

use crate::symbol::Symbol;

use super::{DeclId, Decls, ProblemId, Text};

/// The number of an [`Extra`].
#[derive(Copy, Clone, PartialEq, Eq, Debug, Hash)]
pub(super) struct ExtraId(NonZeroU32);

/// What few declarations have.
#[derive(Copy, Clone, PartialEq, Eq, Debug, Default)]
pub struct Extra {
    /// The comment that belongs to the declaration.
    pub doc: Text,
    /// The symbol that the linker knows it by, where an `asm` label gives one.
    pub asm_label: Symbol,
    /// The message of a `deprecated` attribute.
    pub deprecated: Text,
    /// What could not be understood.
    pub problem: Option<ProblemId>,
    /// Attributes that were passed over, as written.
    pub attributes: Text,
    params_start: u32,
    params_count: u32,
}

impl Decls {
    /// What few declarations have, for one that has some of it.
    #[must_use]
    pub fn extra(&self, id: DeclId) -> Option<&Extra> {
        self.decl(id).extra.map(|extra| &self.extras[extra.0.get() as usize - 1])
    }

    /// What few declarations have, to be changed.
    pub fn extra_mut(&mut self, id: DeclId) -> &mut Extra {
        let at = match self.decl(id).extra {
            // A declaration from before the source that is being read keeps its own, in case that source is refused.
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

    /// Gives the parameters of a function, or of the function that something points to, their names. An unnamed
    /// parameter has the empty name.
    pub fn set_param_names(&mut self, id: DeclId, names: &[Symbol]) {
        let start = self.params.len() as u32;
        self.params.extend_from_slice(names);
        let extra = self.extra_mut(id);
        (extra.params_start, extra.params_count) = (start, names.len() as u32);
    }

    /// The names of the parameters; empty if there are none.
    #[must_use]
    pub fn param_names(&self, id: DeclId) -> &[Symbol] {
        let Some(extra) = self.extra(id) else { return &[] };
        let start = extra.params_start as usize;
        self.params.get(start..start + extra.params_count as usize).unwrap_or_default()
    }

    /// What could not be understood of a declaration.
    #[must_use]
    pub fn problem_of(&self, id: DeclId) -> Option<ProblemId> {
        self.extra(id)?.problem
    }
}
