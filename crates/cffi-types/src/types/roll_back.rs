//! Restores the arena when a source is rejected.
//!
//! Types are never removed from the arena, where other sources can use them. Only structs, unions and enums that were
//! declared before get back their old definitions. Those of the source itself lose theirs.

use super::arena::Types;
use super::enumeration::Enum;
use super::journal::Journal;
use super::record::Record;

impl Types {
    /// Starts a source that may have to be rejected as a whole: records all changes from here on.
    pub fn begin(&mut self) {
        let known = (self.records.len(), self.enums.len());
        self.journal = Some(Journal { known, ..Journal::default() });
    }

    /// Keeps the definitions since [`Types::begin`].
    pub fn commit(&mut self) {
        self.journal = None;
    }

    /// Returns whether a struct, union or enum has been defined or changed since [`Types::begin`].
    #[must_use]
    pub fn has_changes(&self) -> bool {
        self.journal.as_ref().is_some_and(|journal| journal.changed)
    }

    /// Reverts the definitions since [`Types::begin`].
    pub fn roll_back(&mut self) {
        let Some(journal) = self.journal.take() else { return };
        for (id, old) in journal.records.into_iter().rev() {
            self.records[id.0 as usize] = old;
        }
        for (id, old) in journal.enums.into_iter().rev() {
            self.enums[id.0 as usize] = old;
        }
        let (records, enums) = journal.known;
        for record in self.records.iter_mut().skip(records) {
            *record = Record::declared(record.kind, record.tag, record.ty);
        }
        for e in self.enums.iter_mut().skip(enums) {
            *e = Enum::declared(e.tag, e.ty);
        }
    }
}
