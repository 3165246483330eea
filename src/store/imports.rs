//! Imports in the store: their records, staged changes and undo records.

use super::{
    batch::Batch,
    codec::{self, StoredUnit},
    error::StoreError,
    keys::{self, CollectionKind, CollectionNumber},
    read::Store,
    records as r,
};
use crate::unit::{Sequence, Stamp};

/// The state of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// Its units are invisible. Opening the store removes them.
    Pending,
    /// Its units are visible.
    Complete,
    /// It was reverted. Its units are invisible, and opening the store removes those that are left.
    Reverted,
    /// It is being completed, in steps. Opening the store goes on with them.
    Completing,
    /// It is being reverted, in steps. Opening the store goes on with them.
    Reverting,
}

/// An import in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportEntry {
    /// Its number.
    pub number: u64,
    /// The memory, or the glossary of an import of concepts.
    pub memory: CollectionNumber,
    /// Memory or glossary.
    pub kind: CollectionKind,
    /// Its state.
    pub state: ImportState,
    /// The lowest sequence that one of its units can have.
    pub first_sequence: Sequence,
    /// Whether its units replaced other units with the same source.
    pub replaces: bool,
    /// Whether its units are left out if there is another unit with the same source.
    pub skips: bool,
    /// The file's name.
    pub file_name: String,
    /// Who began it, and when.
    pub stamp: Stamp,
    /// The change that completes or reverts it, while that goes on.
    pub job: Option<Stamp>,
    /// While it is being completed: the last of its new units that is published.
    pub published_up_to: Sequence,
}

impl ImportEntry {
    /// Returns whether it is an import into this collection.
    #[must_use]
    pub fn is_into(&self, kind: CollectionKind, number: CollectionNumber) -> bool {
        (self.kind, self.memory) == (kind, number)
    }

    /// Returns whether a unit of the memory is invisible because of the state of this import, although
    /// nothing but this state says so.
    #[must_use]
    pub fn hides(&self, sequence: Sequence, stamp: &Stamp) -> bool {
        let is_hidden = match self.state {
            ImportState::Complete => false,
            ImportState::Completing => sequence > self.published_up_to,
            ImportState::Pending | ImportState::Reverted | ImportState::Reverting => true,
        };
        is_hidden && stamp.is_created_by(self.number)
    }
}

/// A change that a pending import will make to a visible unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedUnit {
    /// The unit.
    pub sequence: Sequence,
    /// The revision that the import saw. If the unit has another revision at completion, that one
    /// wins and the staged change is skipped.
    pub seen_revision: u32,
    /// Its next revision, or `None` to delete it.
    pub unit: Option<StoredUnit>,
}

/// An undo record: what a complete import did to a unit that existed before it. It also describes
/// a unit that a revert could not restore because of this import (see `engine::apply`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The unit.
    pub sequence: Sequence,
    /// Its last revision before.
    pub revision: u32,
    /// Whether it was deleted or not restored; otherwise it was changed.
    pub deleted: bool,
    /// The number of the change that changed or deleted it.
    pub change_id: u64,
}

pub(super) fn read_staged(key: &[u8], bytes: &[u8]) -> Result<StagedUnit, StoreError> {
    codec::decode(key, bytes, |s: r::StagedRecord| {
        Ok(StagedUnit {
            sequence: Sequence(s.sequence),
            seen_revision: s.seen_revision,
            unit: s.unit.map(codec::unit).transpose()?,
        })
    })
}

pub(crate) fn read_import(key: &[u8], bytes: &[u8]) -> Result<ImportEntry, StoreError> {
    codec::decode(key, bytes, |i: r::ImportRecord| {
        let state = match r::ImportState::try_from(i.state) {
            Ok(r::ImportState::Pending) => ImportState::Pending,
            Ok(r::ImportState::Complete) => ImportState::Complete,
            Ok(r::ImportState::Reverted) => ImportState::Reverted,
            Ok(r::ImportState::Completing) => ImportState::Completing,
            Ok(r::ImportState::Reverting) => ImportState::Reverting,
            _ => return Err(format!("import state {} is not known", i.state)),
        };
        Ok(ImportEntry {
            number: keys::trailing_u64(key),
            memory: CollectionNumber(i.memory),
            kind: if i.is_of_concepts { CollectionKind::Glossary } else { CollectionKind::Memory },
            state,
            first_sequence: Sequence(i.first_sequence),
            replaces: i.replaces,
            skips: i.skips,
            file_name: i.file_name,
            stamp: codec::stamp(i.stamp),
            job: i.job.map(|job| codec::stamp(Some(job))),
            published_up_to: Sequence(i.published_up_to),
        })
    })
}

impl Batch {
    /// Writes an import.
    pub fn put_import(&mut self, import: &ImportEntry) {
        let state = match import.state {
            ImportState::Pending => r::ImportState::Pending,
            ImportState::Complete => r::ImportState::Complete,
            ImportState::Reverted => r::ImportState::Reverted,
            ImportState::Completing => r::ImportState::Completing,
            ImportState::Reverting => r::ImportState::Reverting,
        };
        let record = r::ImportRecord {
            version: 1,
            memory: import.memory.0,
            state: state.into(),
            first_sequence: import.first_sequence.0,
            replaces: import.replaces,
            skips: import.skips,
            file_name: import.file_name.clone(),
            stamp: Some(codec::stamp_record(&import.stamp)),
            job: import.job.as_ref().map(codec::stamp_record),
            published_up_to: import.published_up_to.0,
            is_of_concepts: import.kind == CollectionKind::Glossary,
        };
        self.put(keys::import(import.number), &record);
    }

    /// Stages a change that an import will make to a visible unit. It replaces an earlier staged
    /// change to the same unit.
    pub fn stage(&mut self, import: u64, memory: CollectionNumber, staged: &StagedUnit) {
        let record = r::StagedRecord {
            memory: memory.0,
            sequence: staged.sequence.0,
            seen_revision: staged.seen_revision,
            unit: staged.unit.as_ref().map(codec::stored_unit_record),
        };
        self.put(keys::staged(import, staged.sequence), &record);
    }

    /// Removes a staged change.
    pub fn unstage(&mut self, import: u64, sequence: Sequence) {
        self.remove(keys::staged(import, sequence));
    }

    /// Returns the staged change of an import to one visible unit, if there is one.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn staged(&self, import: u64, sequence: Sequence) -> Result<Option<StagedUnit>, StoreError> {
        let key = keys::staged(import, sequence);
        self.record(&key, read_staged)
    }

    /// Writes an undo record for a unit that an import changed or deleted.
    pub fn put_undo(&mut self, import: u64, undo: &Undo) {
        let record =
            r::UndoRecord { revision: undo.revision, deleted: undo.deleted, gone_at: undo.change_id };
        self.put(keys::undo(import, undo.sequence), &record);
    }

    /// Returns an import as it is after this batch.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn import(&self, number: u64) -> Result<Option<ImportEntry>, StoreError> {
        let key = keys::import(number);
        self.record(&key, read_import)
    }

    /// Removes an undo record, because the unit is dealt with.
    pub fn remove_undo(&mut self, import: u64, sequence: Sequence) {
        self.remove(keys::undo(import, sequence));
    }

    /// Returns the next undo records of an import, at most so many, after the one of a unit.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn undos_after(&self, import: u64, after: Sequence, limit: usize) -> Result<Vec<Undo>, StoreError> {
        let prefix = keys::undo_of(import);
        let undos = self.store.scan(&prefix, Some(keys::undo(import, after)), |key, bytes| {
            let sequence = Sequence(keys::trailing_u64(key));
            codec::decode(key, bytes, |u: r::UndoRecord| {
                Ok(Undo { sequence, revision: u.revision, deleted: u.deleted, change_id: u.gone_at })
            })
        });
        undos.take(limit).collect()
    }

    /// Returns the complete imports into a memory, as they are after this batch.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn complete_imports(&self, memory: CollectionNumber) -> Result<Vec<ImportEntry>, StoreError> {
        let prefix = keys::imports();
        let mut all = Vec::new();
        self.for_each_record(&prefix, &prefix, |key, bytes| {
            let entry = read_import(key, bytes)?;
            let is_one =
                entry.is_into(CollectionKind::Memory, memory) && entry.state == ImportState::Complete;
            all.extend(is_one.then_some(entry));
            Ok(())
        })?;
        Ok(all)
    }
}

impl Store {
    /// Lists the imports of units that are not complete, those that were reverted included.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn unfinished_imports(&self) -> Result<Vec<ImportEntry>, StoreError> {
        let mut all = self.scan(&keys::imports(), None, read_import).collect::<Result<Vec<_>, _>>()?;
        all.retain(|import| import.kind == CollectionKind::Memory && import.state != ImportState::Complete);
        Ok(all)
    }

    /// Lists the units that an import has staged changes of.
    ///
    /// # Errors
    /// A failing disk.
    pub fn staged_sequences(&self, import: u64) -> Result<Vec<Sequence>, StoreError> {
        let staged =
            self.scan(&keys::staged_of(import), None, |key, _| Ok(Sequence(keys::trailing_u64(key))));
        staged.collect()
    }
}
