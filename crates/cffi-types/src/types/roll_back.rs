//! Taking back what a refused source has said of types.
//!
//! Types are never taken out of the arena: another source that asks for one finds it there. Only the definitions of
//! structs, unions and enums that were declared before are put back.

use super::arena::Types;
use super::journal::Journal;

impl Types {
    /// Starts a source that may have to be refused as a whole: notes what changes from here on.
    pub fn begin(&mut self) {
        self.journal = Some(Journal::default());
    }

    /// Keeps what was defined since [`Types::begin`].
    pub fn commit(&mut self) {
        self.journal = None;
    }

    /// Takes back what was defined since [`Types::begin`].
    pub fn roll_back(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        for (id, old) in journal.records.into_iter().rev() {
            self.records[id.0 as usize] = old;
        }
        for (id, old) in journal.enums.into_iter().rev() {
            self.enums[id.0 as usize] = old;
        }
    }
}
