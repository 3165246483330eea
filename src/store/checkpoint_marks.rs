//! Checkpoint marks, and the units that changed since the last mark.
//!
//! A checkpoint holds the indexes as they were at one mark, a [`CheckpointMark`]. From the mark on, every
//! batch also records which units from before the mark it changes (see [`super::dirty_log`]).
//! Opening a store from its checkpoint therefore reads only these units and the newer ones.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
};

use rustc_hash::FxHashSet;

use super::{
    batch::Batch,
    codec,
    dirty_log::{CheckpointMark, DirtyLog},
    error::StoreError,
    keys::{self, CollectionNumber},
    read::Store,
    records as r,
};
use crate::unit::Sequence;

/// The dirty units of a memory: those from before a mark that changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DirtyUnits {
    /// The units that were changed or deleted one by one.
    pub units: FxHashSet<Sequence>,
    /// Whether units changed without an entry each, as when an import is reverted. The whole
    /// memory must then be indexed again.
    pub whole_memory: bool,
}

impl Batch {
    /// Returns the number of units that changed since the last mark: dirty units plus sequences
    /// that were given out, where `next_sequence` is the next free one. Returns `usize::MAX` if
    /// a whole memory is dirty or if there is no mark yet.
    #[must_use]
    pub fn count_changes_since_mark(&self, next_sequence: Sequence) -> usize {
        let journal = &self.dirty_log;
        if journal.whole_memory || journal.mark.number == 0 {
            return usize::MAX;
        }
        let new = next_sequence.0.saturating_sub(journal.mark.next_sequence.0);
        journal.dirty_units.saturating_add(usize::try_from(new).unwrap_or(usize::MAX))
    }

    /// Returns the number of the last mark, or 0 if there is none.
    #[must_use]
    pub fn last_mark(&self) -> u64 {
        self.dirty_log.mark.number
    }

    /// Marks a whole memory as dirty, because its units change without a write to each.
    pub fn mark_memory_dirty(&mut self, memory: CollectionNumber) {
        self.dirty_log.whole_memory = true;
        self.put_key(keys::dirty_memory(self.dirty_log.mark.number, memory));
    }

    /// Adds a new mark to the batch. The changes that the batch holds already are from before
    /// the mark; later ones go to the dirty log.
    pub fn begin_mark(&mut self, next_sequence: Sequence) -> CheckpointMark {
        let number = self.dirty_log.mark.number + 1;
        let moment = CheckpointMark { number, token: RandomState::new().hash_one(number), next_sequence };
        let record =
            r::MomentRecord { version: 1, token: moment.token, next_sequence: moment.next_sequence.0 };
        self.put(keys::mark(number), &record);
        self.dirty_log = DirtyLog { mark: moment, ..DirtyLog::default() };
        moment
    }
}

impl Store {
    /// Reads the dirty log since the last mark, so that a new batch can continue it.
    pub(super) fn dirty_log(&self) -> Result<DirtyLog, StoreError> {
        let Some(number) = self.mark_numbers().next().transpose()? else { return Ok(DirtyLog::default()) };
        let mut journal = DirtyLog::default();
        // A mark whose batch was given up may have entries but no record. Then the token and the
        // sequence come from the newest mark that has a record.
        for of in self.mark_numbers() {
            if let Some(moment) = self.checkpoint_mark(of?)? {
                journal.mark = CheckpointMark { number, ..moment };
                break;
            }
        }
        for touched in self.dirty_since(journal.mark.number)?.values() {
            journal.dirty_units += touched.units.len();
            journal.whole_memory |= touched.whole_memory;
        }
        Ok(journal)
    }

    /// Returns the mark numbers of all keys of marks and of the dirty log, in descending order.
    fn mark_numbers(&self) -> impl Iterator<Item = Result<u64, StoreError>> + use<> {
        let prefix = keys::marks();
        self.scan_from(&prefix, prefix.to_vec(), |key, _| Ok(keys::mark_number(key))).rev()
    }

    /// Returns the mark with a number. Its checkpoint may be on disk or not yet.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn checkpoint_mark(&self, number: u64) -> Result<Option<CheckpointMark>, StoreError> {
        let key = keys::mark(number);
        let Some(bytes) = self.get(&key)? else { return Ok(None) };
        codec::decode(&key, &bytes, |m: r::MomentRecord| {
            codec::check_version(m.version)?;
            Ok(Some(CheckpointMark { number, token: m.token, next_sequence: Sequence(m.next_sequence) }))
        })
    }

    /// Returns the units that are dirty since a mark, by memory.
    ///
    /// # Errors
    /// A failing disk.
    pub fn dirty_since(&self, moment: u64) -> Result<BTreeMap<CollectionNumber, DirtyUnits>, StoreError> {
        let mut all: BTreeMap<CollectionNumber, DirtyUnits> = BTreeMap::new();
        let found = self.scan_from(&keys::marks(), keys::mark(moment), |key, _| Ok(keys::parse_dirty(key)));
        for found in found {
            match found? {
                Some((memory, Some(sequence))) => drop(all.entry(memory).or_default().units.insert(sequence)),
                Some((memory, None)) => all.entry(memory).or_default().whole_memory = true,
                None => {}
            }
        }
        Ok(all)
    }
}
