//! The state that has to be restored when a source is rejected.

use super::enumeration::Enum;
use super::ids::{EnumId, RecordId};
use super::record::Record;

/// The state of structs, unions and enums before the source that is being read.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    pub(super) records: Vec<(RecordId, Record)>,
    pub(super) enums: Vec<(EnumId, Enum)>,
}

impl Journal {
    pub(super) fn note_record(&mut self, id: RecordId, record: &Record) {
        self.records.push((id, *record));
    }

    pub(super) fn note_enum(&mut self, id: EnumId, e: &Enum) {
        self.enums.push((id, *e));
    }
}
