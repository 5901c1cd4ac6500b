//! The table of macros.

use std::ops::Range;

use crate::intern::Atom;
use crate::lex::Token;
use crate::source::Loc;

/// The number of a definition. A macro that is redefined gets a new number.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) struct MacroId(u32);

/// A macro whose expansion the preprocessor computes.
#[derive(Copy, Clone, PartialEq, Eq, Debug)]
pub(crate) enum Builtin {
    File,
    FileName,
    BaseFile,
    Line,
    IncludeLevel,
    Counter,
    Date,
    Time,
    Timestamp,
    Pragma,
    HasInclude,
    HasIncludeNext,
    HasAttribute,
    HasCAttribute,
    HasDeclspec,
    HasFunction,
    HasFeature,
    HasWarning,
    IsIdentifier,
}

/// One definition of a macro.
#[derive(Clone, Debug)]
pub(crate) struct Macro {
    pub(crate) name: Atom,
    /// The place of the definition.
    pub(crate) loc: Loc,
    /// The parameters, for a function-like macro.
    pub(crate) parameters: Option<Parameters>,
    /// The range of the body in [`Macros::bodies`].
    pub(crate) body: Range<u32>,
    /// Whether the body can be used without substitution: it contains neither parameters nor `##`.
    pub(crate) plain: bool,
    /// Whether the expansion is being read, so that the macro is not expanded again.
    pub(crate) disabled: bool,
    pub(crate) builtin: Option<Builtin>,
}

/// The parameters of a function-like macro.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Parameters {
    pub(crate) names: Vec<Atom>,
    /// Whether the last parameter takes all remaining arguments.
    pub(crate) variadic: bool,
}

/// All definitions, and the current definition of each name.
#[derive(Default, Debug)]
pub(crate) struct Macros {
    all: Vec<Macro>,
    pub(crate) bodies: Vec<Token>,
    /// For each atom, the number of its current definition plus one.
    current: Vec<u32>,
    /// The definitions that `#pragma push_macro` saved.
    pushed: Vec<(Atom, u32)>,
    /// The atoms that were ever defined, in the order of their first definition.
    order: Vec<Atom>,
}

impl Macros {
    /// Returns the current definition of a name.
    #[inline]
    pub(crate) fn find(&self, name: Atom) -> Option<MacroId> {
        match self.current.get(name.index()) {
            None | Some(0) => None,
            Some(number) => Some(MacroId(number - 1)),
        }
    }

    pub(crate) fn get(&self, id: MacroId) -> &Macro {
        &self.all[id.0 as usize]
    }

    pub(crate) fn get_mut(&mut self, id: MacroId) -> &mut Macro {
        &mut self.all[id.0 as usize]
    }

    /// Makes a definition the current one of its name.
    pub(crate) fn define(&mut self, definition: Macro) {
        let name = definition.name;
        self.all.push(definition);
        self.set(name, self.all.len() as u32);
    }

    pub(crate) fn undefine(&mut self, name: Atom) {
        if let Some(number) = self.current.get_mut(name.index()) {
            *number = 0;
        }
    }

    fn set(&mut self, name: Atom, number: u32) {
        if self.current.len() <= name.index() {
            self.current.resize(name.index() + 1 + self.current.len() / 2, 0);
        }
        let place = &mut self.current[name.index()];
        if *place == 0 && number != 0 {
            self.order.push(name);
        }
        *place = number;
    }

    /// Carries out `#pragma push_macro`.
    pub(crate) fn push(&mut self, name: Atom) {
        let number = self.current.get(name.index()).copied().unwrap_or(0);
        self.pushed.push((name, number));
    }

    /// Carries out `#pragma pop_macro`.
    pub(crate) fn pop(&mut self, name: Atom) {
        if let Some(index) = self.pushed.iter().rposition(|(pushed, _)| *pushed == name) {
            let (_, number) = self.pushed.remove(index);
            self.set(name, number);
        }
    }

    /// Returns the tokens of a definition's body.
    pub(crate) fn body(&self, definition: &Macro) -> &[Token] {
        &self.bodies[definition.body.start as usize..definition.body.end as usize]
    }

    /// Returns the current definitions, in the order in which their names were first defined.
    pub(crate) fn defined(&self) -> impl Iterator<Item = &Macro> {
        let mut seen = vec![false; self.current.len()];
        self.order.iter().filter_map(move |name| {
            let id = self.find(*name)?;
            (!std::mem::replace(&mut seen[name.index()], true)).then(|| self.get(id))
        })
    }
}
