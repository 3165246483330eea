//! What an open store holds, and how much room it takes.

use super::{error::StoreError, folder, keys, read::Store};

/// What an open store holds, and how much room it takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreStatus {
    /// The format of the store.
    pub format: u32,
    /// Bytes of the store's files. Records that were replaced or removed since the store was compacted
    /// take a part of them.
    pub file_bytes: u64,
    /// Bytes that are free on the store's disk.
    pub free_bytes: u64,
    /// Bytes that must stay free. Writes are refused if less is free.
    pub reserve_bytes: u64,
    /// The number of records of each kind, after the last batch.
    pub records: RecordCounts,
}

/// The number of records of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecordCounts {
    /// Memories, those included whose contents are being removed.
    pub memories: u64,
    /// Glossaries, those included whose contents are being removed.
    pub glossaries: u64,
    /// Units, those of unfinished imports included.
    pub units: u64,
    /// Former revisions of units.
    pub former_unit_revisions: u64,
    /// Concepts.
    pub concepts: u64,
    /// Former revisions of concepts.
    pub former_concept_revisions: u64,
    /// Imports.
    pub imports: u64,
    /// Changes that an unfinished import will make to units.
    pub staged_changes: u64,
    /// What reverting an import restores.
    pub undo_records: u64,
    /// Deletions of many units that are under way.
    pub deletions: u64,
    /// What the checkpoint of the indexes needs: its marks, and the units that changed since.
    pub checkpoint_records: u64,
    /// Tokens, those included that are not valid any more.
    pub tokens: u64,
}

impl Store {
    /// Returns what the store holds, and how much room it takes. Reads no records but that of the format.
    ///
    /// # Errors
    /// Returns [`StoreError::Replaced`] if the folder is gone. The files cannot be looked at, or the record
    /// of the format cannot be read.
    pub fn status(&self) -> Result<StoreStatus, StoreError> {
        // First, because it notices a folder that is gone.
        let free_bytes = self.free_space()?;
        Ok(StoreStatus {
            format: self.format()?.map_or(super::FORMAT_VERSION, |found| found.format),
            file_bytes: folder::size(self.path())?,
            free_bytes,
            reserve_bytes: self.inner.reserve,
            records: self.record_counts(),
        })
    }

    fn record_counts(&self) -> RecordCounts {
        let totals = self.totals();
        let of = |kind| totals.of_kind(kind);
        RecordCounts {
            memories: of(keys::MEMORY),
            glossaries: of(keys::GLOSSARY),
            units: of(keys::UNIT),
            former_unit_revisions: of(keys::UNIT_HISTORY),
            concepts: of(keys::CONCEPT),
            former_concept_revisions: of(keys::CONCEPT_HISTORY),
            imports: of(keys::IMPORT),
            staged_changes: of(keys::STAGED),
            undo_records: of(keys::UNDO),
            deletions: of(keys::DELETION),
            checkpoint_records: of(keys::CHECKPOINT_MARK),
            tokens: of(keys::TOKEN),
        }
    }
}
