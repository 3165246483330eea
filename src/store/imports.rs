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

/// How far an import is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImportState {
    /// Its units are invisible; at open they are removed.
    Pending,
    /// Its units are visible.
    Complete,
    /// It was taken back; its units are invisible and at open they are removed.
    Reverted,
}

/// An import as the store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportEntry {
    /// Its number.
    pub number: u64,
    /// The memory.
    pub memory: CollectionNumber,
    /// How far it is.
    pub state: ImportState,
    /// The first sequence that its units can have.
    pub first: Sequence,
    /// Its units took the place of others of the same source.
    pub replaces: bool,
    /// The file's name.
    pub file_name: String,
    /// Who and when.
    pub stamp: Stamp,
}

/// What a pending import will do to a visible unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StagedUnit {
    /// The unit.
    pub sequence: Sequence,
    /// The revision that the import saw; another one at completion has the precedence.
    pub seen: u32,
    /// Its next revision; `None` deletes it.
    pub unit: Option<StoredUnit>,
}

/// What a complete import did to a unit that was there before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Undo {
    /// The unit.
    pub sequence: Sequence,
    /// Its revision before.
    pub revision: u32,
    /// It was deleted; else it was changed.
    pub deleted: bool,
    /// The change since which it is not as it was.
    pub gone_at: u64,
}

fn staged(key: &[u8], bytes: &[u8]) -> Result<StagedUnit, StoreError> {
    codec::read(key, bytes, |s: r::StagedRecord| {
        Ok(StagedUnit {
            sequence: Sequence(s.sequence),
            seen: s.seen_revision,
            unit: s.unit.map(codec::unit).transpose()?,
        })
    })
}

pub(crate) fn import(key: &[u8], bytes: &[u8]) -> Result<ImportEntry, StoreError> {
    codec::read(key, bytes, |i: r::ImportRecord| {
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
            first: Sequence(i.first_sequence),
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
            first_sequence: import.first.0,
            replaces: import.replaces,
            file_name: import.file_name.clone(),
            stamp: Some(codec::stamp_record(&import.stamp)),
        };
        self.put(keys::import(import.number), &record);
    }

    /// Forgets an import.
    pub fn remove_import(&mut self, number: u64) {
        self.changes.insert(keys::import(number), None);
    }

    /// Notes what an import will do to a visible unit; a later note on the
    /// same unit takes its place.
    pub fn stage(&mut self, import: u64, memory: CollectionNumber, staged: &StagedUnit) {
        let record = r::StagedRecord {
            memory: memory.0,
            sequence: staged.sequence.0,
            seen_revision: staged.seen,
            unit: staged.unit.as_ref().map(codec::unit_record),
        };
        self.put(keys::staged(import, staged.sequence), &record);
    }

    /// Forgets a staged change.
    pub fn unstage(&mut self, import: u64, sequence: Sequence) {
        self.changes.insert(keys::staged(import, sequence), None);
    }

    /// Returns what an import will do to one visible unit, if anything.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn staged(&self, import: u64, sequence: Sequence) -> Result<Option<StagedUnit>, StoreError> {
        let key = keys::staged(import, sequence);
        match self.changes.get(&key) {
            Some(Some(bytes)) => staged(&key, bytes).map(Some),
            Some(None) => Ok(None),
            None => self.store.db.get(&key)?.map(|bytes| staged(&key, &bytes)).transpose(),
        }
    }

    /// Notes what a unit was before a completed import changed or deleted it.
    pub fn put_undo(&mut self, import: u64, undo: &Undo) {
        let record = r::UndoRecord { revision: undo.revision, deleted: undo.deleted, gone_at: undo.gone_at };
        self.put(keys::undo(import, undo.sequence), &record);
    }

    /// Returns an import as it will be.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn import(&self, number: u64) -> Result<Option<ImportEntry>, StoreError> {
        let key = keys::import(number);
        match self.changes.get(&key) {
            Some(Some(bytes)) => import(&key, bytes).map(Some),
            Some(None) => Ok(None),
            None => self.store.db.get(&key)?.map(|bytes| import(&key, &bytes)).transpose(),
        }
    }

    /// Returns what a completed import did to units that were there before it.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn undos(&self, import: u64) -> Result<Vec<Undo>, StoreError> {
        let prefix = keys::undo_of(import);
        let mut all = Vec::new();
        self.visit(&prefix, &prefix, |key, bytes| {
            let sequence = Sequence(keys::trailing_u64(key));
            all.push(codec::read(key, bytes, |u: r::UndoRecord| {
                Ok(Undo { sequence, revision: u.revision, deleted: u.deleted, gone_at: u.gone_at })
            })?);
            Ok(())
        })?;
        Ok(all)
    }

    /// Returns the complete imports into a memory, as they will be.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn complete_imports(&self, memory: CollectionNumber) -> Result<Vec<ImportEntry>, StoreError> {
        let prefix = keys::imports();
        let mut all = Vec::new();
        self.visit(&prefix, &prefix, |key, bytes| {
            let entry = import(key, bytes)?;
            all.extend((entry.memory == memory && entry.state == ImportState::Complete).then_some(entry));
            Ok(())
        })?;
        Ok(all)
    }

    /// Tells the units that an import brought and that are there still, one after
    /// another, as they may be very many: what each says, if it is as it was brought.
    /// The last come first: so their rows go out of an index twice as fast.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn for_each_brought(
        &self,
        of: &ImportEntry,
        mut tell: impl FnMut(Sequence, Option<UnitDraft>),
    ) -> Result<(), StoreError> {
        let prefix = keys::entries(CollectionKind::Memory, of.memory);
        let first = keys::entry(CollectionKind::Memory, of.memory, of.first);
        self.visit(&prefix, &first, |key, bytes| {
            let sequence = Sequence(keys::trailing_u64(key));
            let unit = codec::read(key, bytes, codec::unit)?;
            if unit.stamp.is_brought_by(of.number) {
                tell(sequence, Some(unit.content));
            } else if unit.stamp.revision > 1
                && self.former(of.memory, sequence, 1)?.is_some_and(|f| f.stamp.is_brought_by(of.number))
            {
                tell(sequence, None);
            }
            Ok(())
        })
    }
}

impl Store {
    /// Says whether an import is complete: its units are visible.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn import_is_complete(&self, number: u64) -> Result<bool, StoreError> {
        let key = keys::import(number);
        let found = self.db.get(&key)?.map(|bytes| import(&key, &bytes)).transpose()?;
        Ok(found.is_some_and(|i| i.state == ImportState::Complete))
    }
}
