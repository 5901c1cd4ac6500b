//! Taking back what a refused source has said of types.
//!
//! Types are never taken out of the arena: another source that asks for one finds it there. Only the definitions of
//! structs, unions and enums that were declared before are put back.

use super::{Enum, EnumId, Record, RecordId, Types, enums, record};

/// What structs, unions and enums were before the source that is being read.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    records: Vec<(RecordId, Record)>,
    enums: Vec<(EnumId, Enum)>,
}

impl Journal {
    pub(super) fn note_record(&mut self, id: RecordId, record: &Record) {
        self.records.push((id, *record));
    }

    pub(super) fn note_enum(&mut self, id: EnumId, e: &Enum) {
        self.enums.push((id, *e));
    }
}

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
            record::restore(self, id, old);
        }
        for (id, old) in journal.enums.into_iter().rev() {
            enums::restore(self, id, old);
        }
    }
}
