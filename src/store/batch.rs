//! Changes to the store, gathered to be applied at once.

use std::{collections::BTreeMap, ops::Bound};

use prost::Message;

use super::{
    codec::{self, StoredConcept, StoredUnit},
    error::StoreError,
    keys::{self, CollectionKind, CollectionNumber},
    moment::Journal,
    read::{Applied, CollectionEntry, Store},
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

/// Changes that will be applied all or none. Reads through a batch see what
/// it holds before what the store holds.
#[derive(Debug)]
pub struct Batch {
    store: Store,
    /// In the order of the keys, which sled takes fastest and scans need.
    changes: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
    pub(super) journal: Journal,
}

impl Batch {
    pub(super) fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self { store: store.clone(), changes: BTreeMap::new(), journal: store.journal()? })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(super) fn take(&mut self) -> sled::Batch {
        let mut batch = sled::Batch::default();
        for (key, value) in std::mem::take(&mut self.changes) {
            match value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batch
    }

    /// Returns the bytes of the largest value.
    pub(super) fn largest(&self) -> usize {
        self.changes.values().flatten().map(Vec::len).max().unwrap_or(0)
    }

    pub(super) fn clear(&mut self) {
        self.changes.clear();
    }

    /// Returns a unit as it will be.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn unit(
        &self,
        memory: CollectionNumber,
        sequence: Sequence,
    ) -> Result<Option<StoredUnit>, StoreError> {
        let key = keys::entry(CollectionKind::Memory, memory, sequence);
        match self.changes.get(&key) {
            Some(Some(bytes)) => codec::read(&key, bytes, codec::unit).map(Some),
            Some(None) => Ok(None),
            None => self.store.unit(memory, sequence),
        }
    }

    /// Returns the number of a unit's last former revision, 0 for none.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn last_kept(&self, memory: CollectionNumber, sequence: Sequence) -> Result<u32, StoreError> {
        let prefix = keys::history_of(CollectionKind::Memory, memory, sequence);
        let number = |key: &[u8]| keys::trailing_u32(key);
        let here = self.changed(&prefix, &prefix).last().map(|(key, _)| number(key));
        let stored = self.store.scan(&prefix, None, |key, _| Ok(number(key))).last().transpose()?;
        Ok(here.max(stored).unwrap_or(0))
    }

    /// Writes a unit.
    pub fn put_unit(&mut self, memory: CollectionNumber, sequence: Sequence, unit: &StoredUnit) {
        self.touch(memory, sequence);
        self.put(keys::entry(CollectionKind::Memory, memory, sequence), &codec::unit_record(unit));
    }

    /// Removes a unit.
    pub fn remove_unit(&mut self, memory: CollectionNumber, sequence: Sequence) {
        self.touch(memory, sequence);
        self.changes.insert(keys::entry(CollectionKind::Memory, memory, sequence), None);
    }

    /// Keeps a former revision of a unit.
    pub fn keep_unit(&mut self, memory: CollectionNumber, sequence: Sequence, unit: &StoredUnit) {
        let key = keys::history(CollectionKind::Memory, memory, sequence, unit.stamp.revision);
        self.put(key, &codec::unit_record(unit));
    }

    /// Writes a concept.
    pub fn put_concept(&mut self, glossary: CollectionNumber, sequence: Sequence, concept: &StoredConcept) {
        self.put(keys::entry(CollectionKind::Glossary, glossary, sequence), &codec::concept_record(concept));
    }

    /// Removes a concept.
    pub fn remove_concept(&mut self, glossary: CollectionNumber, sequence: Sequence) {
        self.changes.insert(keys::entry(CollectionKind::Glossary, glossary, sequence), None);
    }

    /// Keeps a former revision of a concept.
    pub fn keep_concept(&mut self, glossary: CollectionNumber, sequence: Sequence, concept: &StoredConcept) {
        let key = keys::history(CollectionKind::Glossary, glossary, sequence, concept.stamp.revision);
        self.put(key, &codec::concept_record(concept));
    }

    /// Writes a memory or glossary.
    pub fn put_collection(&mut self, kind: CollectionKind, entry: &CollectionEntry) {
        let state = if entry.live { r::CollectionState::Live } else { r::CollectionState::Deleted };
        let record = r::CollectionRecord {
            version: 1,
            name: entry.info.name.to_string(),
            source_locale: entry.info.source_locale.to_string(),
            target_locale: entry.info.target_locale.to_string(),
            description: entry.info.description.clone(),
            state: state.into(),
            stamp: Some(codec::stamp_record(&entry.stamp)),
            created_ms: entry.info.created_at.0,
        };
        self.put(keys::collection(kind, entry.number), &record);
    }

    /// Writes the last change and the next free numbers.
    pub fn put_applied(&mut self, applied: &Applied) {
        let record = r::AppliedRecord {
            change_id: applied.change_id,
            next_memory: applied.next_memory,
            next_glossary: applied.next_glossary,
            next_import: applied.next_import,
            next_sequence: applied.next_sequence,
        };
        self.put(keys::APPLIED.to_vec(), &record);
    }

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

    /// Returns a former revision of a unit.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn former(
        &self,
        memory: CollectionNumber,
        sequence: Sequence,
        revision: u32,
    ) -> Result<Option<StoredUnit>, StoreError> {
        let key = keys::history(CollectionKind::Memory, memory, sequence, revision);
        match self.changes.get(&key) {
            Some(Some(bytes)) => codec::read(&key, bytes, codec::unit).map(Some),
            Some(None) => Ok(None),
            None => self.store.db.get(&key)?.map(|bytes| codec::read(&key, &bytes, codec::unit)).transpose(),
        }
    }

    /// Reads what has a prefix as it will be, from a key on: first what the batch leaves
    /// alone, the last of it first.
    fn visit(
        &self,
        prefix: &[u8],
        from: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let untouched = self.store.scan_from(prefix, from.to_vec(), |key, bytes| {
            if self.changes.contains_key(key) { Ok(()) } else { visit(key, bytes) }
        });
        untouched.rev().collect::<Result<(), _>>()?;
        for (key, value) in self.changed(prefix, from) {
            if let Some(bytes) = value {
                visit(key, bytes)?;
            }
        }
        Ok(())
    }

    /// Returns what the batch changes under a prefix, from a key on.
    fn changed<'b>(
        &'b self,
        prefix: &'b [u8],
        from: &[u8],
    ) -> impl Iterator<Item = (&'b Vec<u8>, &'b Option<Vec<u8>>)> {
        let range = self.changes.range::<[u8], _>((Bound::Included(from), Bound::Unbounded));
        range.take_while(move |(key, _)| key.starts_with(prefix))
    }

    fn touch(&mut self, memory: CollectionNumber, sequence: Sequence) {
        if let Some(key) = self.journal.note(memory, sequence) {
            self.put_key(key);
        }
    }

    pub(super) fn put(&mut self, key: Vec<u8>, record: &impl Message) {
        self.changes.insert(key, Some(record.encode_to_vec()));
    }

    /// Writes a key that says all by itself.
    pub(super) fn put_key(&mut self, key: Vec<u8>) {
        self.changes.insert(key, Some(Vec::new()));
    }
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

fn import(key: &[u8], bytes: &[u8]) -> Result<ImportEntry, StoreError> {
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

impl Store {
    /// Lists the imports whose units are to be removed: those that are not
    /// complete, and those that were taken back.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn discarded_imports(&self) -> Result<Vec<ImportEntry>, StoreError> {
        let mut all = self.scan(&keys::imports(), None, import).collect::<Result<Vec<_>, _>>()?;
        all.retain(|i| i.state != ImportState::Complete);
        Ok(all)
    }

    /// Says whether an import is complete: its units are visible.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn import_is_complete(&self, number: u64) -> Result<bool, StoreError> {
        let key = keys::import(number);
        let found = self.db.get(&key)?.map(|bytes| import(&key, &bytes)).transpose()?;
        Ok(found.is_some_and(|i| i.state == ImportState::Complete))
    }

    /// Removes everything that a pending or reverted import brought, then the
    /// import itself. Done in steps: a crash between them leaves it as it is, and
    /// the next open goes on.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn discard_import(&self, import: &ImportEntry) -> Result<(), StoreError> {
        let before_first = Sequence(import.first.0.saturating_sub(1));
        let mine = self.units(import.memory, Some(before_first)).filter_map(|found| match found {
            Ok((sequence, unit)) if unit.stamp.is_brought_by(import.number) => {
                Some(Ok(keys::entry(CollectionKind::Memory, import.memory, sequence)))
            }
            Ok(_) => None,
            Err(e) => Some(Err(e)),
        });
        self.remove_all(mine)?;
        for prefix in [keys::staged_of(import.number), keys::undo_of(import.number)] {
            self.remove_all(self.scan(&prefix, None, |key, _| Ok(key.to_vec())))?;
        }
        self.remove_all(std::iter::once(Ok(keys::import(import.number))))?;
        self.sync()
    }

    /// Removes the contents of a deleted memory or glossary, then its record;
    /// in steps, like [`Store::discard_import`].
    ///
    /// # Errors
    /// A failing disk.
    pub fn purge_collection(&self, kind: CollectionKind, number: CollectionNumber) -> Result<(), StoreError> {
        for prefix in [keys::entries(kind, number), keys::histories(kind, number)] {
            self.remove_all(self.scan(&prefix, None, |key, _| Ok(key.to_vec())))?;
        }
        self.remove_all(std::iter::once(Ok(keys::collection(kind, number))))?;
        self.sync()
    }

    pub(super) fn remove_all(
        &self,
        keys: impl Iterator<Item = Result<Vec<u8>, StoreError>>,
    ) -> Result<(), StoreError> {
        // sled lets no reader in while a batch goes in: a larger one would be felt by lookups.
        const STEP: usize = 128;
        let mut batch = sled::Batch::default();
        let mut held = 0;
        for key in keys {
            batch.remove(key?);
            held += 1;
            if held == STEP {
                self.db.apply_batch(std::mem::take(&mut batch))?;
                held = 0;
            }
        }
        self.db.apply_batch(batch)?;
        Ok(())
    }
}
