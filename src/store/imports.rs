//! Imports in the store: their records, staged changes and undo records.

use super::{
    batch::Batch,
    codec::{self, StoredUnit},
    error::StoreError,
    keys::{self, CollectionKind, CollectionNumber},
    read::Store,
    records as r,
};
use crate::unit::{Sequence, Stamp, UnitDraft};

/// The state of an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// Its units are invisible. Opening the store removes them.
    Pending,
    /// Its units are visible.
    Complete,
    /// It was reverted. Its units are invisible, and opening the store removes those that are left.
    Reverted,
}

/// An import in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportEntry {
    /// Its number.
    pub number: u64,
    /// The memory.
    pub memory: CollectionNumber,
    /// Its state.
    pub state: ImportState,
    /// The lowest sequence that one of its units can have.
    pub first_sequence: Sequence,
    /// Whether its units replaced other units with the same source.
    pub replaces: bool,
    /// The file's name.
    pub file_name: String,
    /// Who began it, and when.
    pub stamp: Stamp,
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
            _ => return Err(format!("import state {} is not known", i.state)),
        };
        Ok(ImportEntry {
            number: keys::trailing_u64(key),
            memory: CollectionNumber(i.memory),
            state,
            first_sequence: Sequence(i.first_sequence),
            replaces: i.replaces,
            file_name: i.file_name,
            stamp: codec::stamp(i.stamp),
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
        };
        let record = r::ImportRecord {
            version: 1,
            memory: import.memory.0,
            state: state.into(),
            first_sequence: import.first_sequence.0,
            replaces: import.replaces,
            file_name: import.file_name.clone(),
            stamp: Some(codec::stamp_record(&import.stamp)),
        };
        self.put(keys::import(import.number), &record);
    }

    /// Removes an import's record.
    pub fn remove_import(&mut self, number: u64) {
        self.changes.insert(keys::import(number), None);
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
        self.changes.insert(keys::staged(import, sequence), None);
    }

    /// Returns the staged change of an import to one visible unit, if there is one.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn staged(&self, import: u64, sequence: Sequence) -> Result<Option<StagedUnit>, StoreError> {
        let key = keys::staged(import, sequence);
        match self.changes.get(&key) {
            Some(Some(bytes)) => read_staged(&key, bytes).map(Some),
            Some(None) => Ok(None),
            None => self.store.get(&key)?.map(|bytes| read_staged(&key, &bytes)).transpose(),
        }
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
        match self.changes.get(&key) {
            Some(Some(bytes)) => read_import(&key, bytes).map(Some),
            Some(None) => Ok(None),
            None => self.store.get(&key)?.map(|bytes| read_import(&key, &bytes)).transpose(),
        }
    }

    /// Returns the undo records of a complete import.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn undos(&self, import: u64) -> Result<Vec<Undo>, StoreError> {
        let prefix = keys::undo_of(import);
        let mut all = Vec::new();
        self.for_each_record(&prefix, &prefix, |key, bytes| {
            let sequence = Sequence(keys::trailing_u64(key));
            all.push(codec::decode(key, bytes, |u: r::UndoRecord| {
                Ok(Undo { sequence, revision: u.revision, deleted: u.deleted, change_id: u.gone_at })
            })?);
            Ok(())
        })?;
        Ok(all)
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
            all.extend((entry.memory == memory && entry.state == ImportState::Complete).then_some(entry));
            Ok(())
        })?;
        Ok(all)
    }

    /// Calls `visit` for every unit that an import added and that still exists. The second
    /// argument is the unit's content, or `None` if the unit was changed since. It is a callback,
    /// and not a list, because there may be very many units. They come mostly in descending
    /// order, because an index then removes their rows twice as fast.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn for_each_added(
        &self,
        of: &ImportEntry,
        mut visit: impl FnMut(Sequence, Option<UnitDraft>),
    ) -> Result<(), StoreError> {
        let prefix = keys::entries(CollectionKind::Memory, of.memory);
        let first = keys::entry(CollectionKind::Memory, of.memory, of.first_sequence);
        self.for_each_record(&prefix, &first, |key, bytes| {
            let sequence = Sequence(keys::trailing_u64(key));
            let unit = codec::decode(key, bytes, codec::unit)?;
            if unit.stamp.is_created_by(of.number) {
                visit(sequence, Some(unit.content));
            } else if unit.stamp.revision > 1
                && self.former_unit(of.memory, sequence, 1)?.is_some_and(|f| f.stamp.is_created_by(of.number))
            {
                visit(sequence, None);
            }
            Ok(())
        })
    }
}

impl Store {
    /// Returns whether an import is complete, so that its units are visible.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn is_import_complete(&self, number: u64) -> Result<bool, StoreError> {
        let key = keys::import(number);
        let found = self.get(&key)?.map(|bytes| read_import(&key, &bytes)).transpose()?;
        Ok(found.is_some_and(|i| i.state == ImportState::Complete))
    }
}
