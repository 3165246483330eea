//! Batches: changes to the store that are collected and then applied at once.

use std::ops::Bound;

use prost::Message;
use rustc_hash::FxHashSet;

use super::{
    codec::{self, StoredConcept, StoredUnit},
    dirty_log::DirtyLog,
    error::StoreError,
    keys::{self, CollectionKind, CollectionNumber},
    read::{CollectionEntry, Store, StoreCounters},
    records as r,
    tree::Changes,
};
use crate::unit::Sequence;

/// Changes that are applied as a whole or not at all. A read through a batch returns the
/// state after the batch: its own changes first, then the records of the store.
#[derive(Debug)]
pub struct Batch {
    pub(crate) store: Store,
    /// Values by key; `None` removes the key. Sorted, because sled is fastest with sorted keys
    /// and because scans need the order.
    pub(super) changes: Changes,
    /// How many bytes the keys and values of the changes have.
    bytes: usize,
    pub(super) dirty_log: DirtyLog,
    /// Reverted imports whose units are still to be removed from the store.
    hidden: FxHashSet<u64>,
}

impl Batch {
    /// Begins a batch.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn new(store: &Store) -> Result<Self, StoreError> {
        Ok(Self {
            store: store.clone(),
            changes: Changes::new(),
            bytes: 0,
            dirty_log: store.dirty_log()?,
            hidden: FxHashSet::default(),
        })
    }

    /// Hides the units that a reverted import added until they are removed. A decision must
    /// not depend on how far their removal is.
    pub fn hide_import(&mut self, import: u64) {
        self.hidden.insert(import);
    }

    /// Forgets a hidden import, because its units are removed from the store.
    pub(super) fn forget_hidden(&mut self, import: u64) {
        self.hidden.remove(&import);
    }

    fn is_hidden(&self, unit: &StoredUnit) -> bool {
        let import = unit.stamp.import_id;
        self.hidden.contains(&import) && unit.stamp.is_created_by(import)
    }

    /// Writes the changes so far to the store. They are atomic, but not durable yet.
    ///
    /// # Errors
    /// A failing disk.
    pub fn write(&mut self) -> Result<(), StoreError> {
        let changes = self.take_changes();
        self.store.write(changes)
    }

    /// Returns how many bytes its records have.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(super) fn take_changes(&mut self) -> Changes {
        self.bytes = 0;
        std::mem::take(&mut self.changes)
    }

    pub(super) fn clear(&mut self) {
        self.take_changes();
        // The state is read from the store again, which removes what reverted imports left.
        self.hidden.clear();
    }

    /// Returns a unit as it is after this batch.
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
            Some(Some(bytes)) => codec::decode(&key, bytes, codec::unit).map(Some),
            Some(None) => Ok(None),
            None => Ok(self.store.unit(memory, sequence)?.filter(|unit| !self.is_hidden(unit))),
        }
    }

    /// Returns the number of a unit's newest former revision, or 0 if there is none.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn last_former_revision(
        &self,
        memory: CollectionNumber,
        sequence: Sequence,
    ) -> Result<u32, StoreError> {
        let prefix = keys::history_of(CollectionKind::Memory, memory, sequence);
        let in_batch = self.changes_from(&prefix, &prefix).last().map(|(key, _)| keys::trailing_u32(key));
        let in_store = self.store.last_key(&prefix)?.map(|key| keys::trailing_u32(&key));
        Ok(in_batch.max(in_store).unwrap_or(0))
    }

    /// Writes a unit.
    pub fn put_unit(&mut self, memory: CollectionNumber, sequence: Sequence, unit: &StoredUnit) {
        self.mark_dirty(memory, sequence);
        self.put(keys::entry(CollectionKind::Memory, memory, sequence), &codec::stored_unit_record(unit));
    }

    /// Removes a unit.
    pub fn remove_unit(&mut self, memory: CollectionNumber, sequence: Sequence) {
        self.mark_dirty(memory, sequence);
        self.remove(keys::entry(CollectionKind::Memory, memory, sequence));
    }

    /// Adds a former revision of a unit to its history.
    pub fn put_former_unit(&mut self, memory: CollectionNumber, sequence: Sequence, unit: &StoredUnit) {
        let key = keys::history(CollectionKind::Memory, memory, sequence, unit.stamp.revision);
        self.put(key, &codec::stored_unit_record(unit));
    }

    /// Writes a concept.
    pub fn put_concept(&mut self, glossary: CollectionNumber, sequence: Sequence, concept: &StoredConcept) {
        self.put(
            keys::entry(CollectionKind::Glossary, glossary, sequence),
            &codec::stored_concept_record(concept),
        );
    }

    /// Removes a concept.
    pub fn remove_concept(&mut self, glossary: CollectionNumber, sequence: Sequence) {
        self.remove(keys::entry(CollectionKind::Glossary, glossary, sequence));
    }

    /// Adds a former revision of a concept to its history.
    pub fn put_former_concept(
        &mut self,
        glossary: CollectionNumber,
        sequence: Sequence,
        concept: &StoredConcept,
    ) {
        let key = keys::history(CollectionKind::Glossary, glossary, sequence, concept.stamp.revision);
        self.put(key, &codec::stored_concept_record(concept));
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

    /// Writes the number of the last change and the next free numbers.
    pub fn put_counters(&mut self, applied: &StoreCounters) {
        let record = r::AppliedRecord {
            change_id: applied.change_id,
            next_memory: applied.next_memory,
            next_glossary: applied.next_glossary,
            next_import: applied.next_import,
            next_sequence: applied.next_sequence,
            next_token: applied.next_token,
            last_at_ms: applied.last_at.0,
        };
        self.put(keys::COUNTERS.to_vec(), &record);
    }

    /// Returns a former revision of a unit.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn former_unit(
        &self,
        memory: CollectionNumber,
        sequence: Sequence,
        revision: u32,
    ) -> Result<Option<StoredUnit>, StoreError> {
        let key = keys::history(CollectionKind::Memory, memory, sequence, revision);
        self.record(&key, |key, bytes| codec::decode(key, bytes, codec::unit))
    }

    /// Returns a former revision of a concept.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn former_concept(
        &self,
        glossary: CollectionNumber,
        sequence: Sequence,
        revision: u32,
    ) -> Result<Option<StoredConcept>, StoreError> {
        let key = keys::history(CollectionKind::Glossary, glossary, sequence, revision);
        self.record(&key, |key, bytes| codec::decode(key, bytes, codec::concept))
    }

    /// Reads the record of a key as it is after this batch.
    pub(super) fn record<T>(
        &self,
        key: &[u8],
        read: impl FnOnce(&[u8], &[u8]) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        match self.changes.get(key) {
            Some(Some(bytes)) => read(key, bytes).map(Some),
            Some(None) => Ok(None),
            None => self.store.get(key)?.map(|bytes| read(key, &bytes)).transpose(),
        }
    }

    /// Calls `visit` for every record with a prefix, from a key on, as it is after this batch.
    /// First come the records that the batch does not change, then those that the batch writes.
    pub(crate) fn for_each_record(
        &self,
        prefix: &[u8],
        from: &[u8],
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let untouched = self.store.scan_from(prefix, from.to_vec(), |key, bytes| {
            if self.changes.contains_key(key) { Ok(()) } else { visit(key, bytes) }
        });
        untouched.collect::<Result<(), _>>()?;
        for (key, value) in self.changes_from(prefix, from) {
            if let Some(bytes) = value {
                visit(key, bytes)?;
            }
        }
        Ok(())
    }

    /// Returns the changes of the batch to keys with a prefix, from a key on.
    fn changes_from<'b>(
        &'b self,
        prefix: &'b [u8],
        from: &[u8],
    ) -> impl Iterator<Item = (&'b Vec<u8>, &'b Option<Vec<u8>>)> {
        let range = self.changes.range::<[u8], _>((Bound::Included(from), Bound::Unbounded));
        range.take_while(move |(key, _)| key.starts_with(prefix))
    }

    /// Adds a unit to the dirty log.
    fn mark_dirty(&mut self, memory: CollectionNumber, sequence: Sequence) {
        if let Some(key) = self.dirty_log.record(memory, sequence) {
            self.put_key(key);
        }
    }

    pub(super) fn put(&mut self, key: Vec<u8>, record: &impl Message) {
        self.set(key, Some(record.encode_to_vec()));
    }

    /// Writes a key without a value: the key itself is the information.
    pub(super) fn put_key(&mut self, key: Vec<u8>) {
        self.set(key, Some(Vec::new()));
    }

    /// Removes a key.
    pub(super) fn remove(&mut self, key: Vec<u8>) {
        self.set(key, None);
    }

    /// Sets what becomes of a key. Every change of a batch passes here.
    pub(super) fn set(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) {
        let length = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len);
        let key_length = key.len();
        self.bytes += length(&value);
        match self.changes.insert(key, value) {
            Some(replaced) => self.bytes -= length(&replaced),
            None => self.bytes += key_length,
        }
    }
}
