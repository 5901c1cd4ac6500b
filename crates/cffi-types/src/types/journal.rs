//! The state that has to be restored when a source is rejected.

use super::enumeration::Enum;
use super::ids::{EnumId, RecordId};
use super::record::Record;

/// The state of structs, unions and enums before the source that is being read.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    /// The old states of those that were declared before the source, in the order of the changes.
    pub(super) records: Vec<(RecordId, Record)>,
    pub(super) enums: Vec<(EnumId, Enum)>,
    /// The numbers of structs and unions, and of enums, that were declared before the source.
    pub(super) known: (usize, usize),
    /// Whether a struct, union or enum was defined or changed.
    pub(super) changed: bool,
}

impl Journal {
    pub(super) fn note_record(&mut self, id: RecordId, record: &Record) {
        self.changed = true;
        if (id.0 as usize) < self.known.0 {
            self.records.push((id, *record));
        }
    }

    pub(super) fn note_enum(&mut self, id: EnumId, e: &Enum) {
        self.changed = true;
        if (id.0 as usize) < self.known.1 {
            self.enums.push((id, *e));
        }
    }
}
