//! Checkpoint marks, and the units that changed since the last mark.
//!
//! A checkpoint holds the indexes as they were at one mark, a [`Moment`]. From the mark on, every
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
    dirty_log::{Journal, Moment},
    error::StoreError,
    keys::{self, CollectionNumber},
    read::Store,
    records as r,
};
use crate::unit::Sequence;

/// The dirty units of a memory: those from before a mark that changed since.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The units that were changed or deleted one by one.
    pub units: FxHashSet<Sequence>,
    /// Whether units changed without an entry each, as when an import is reverted. The whole
    /// memory must then be indexed again.
    pub whole: bool,
}

impl Batch {
    /// Returns the number of units that changed since the last mark: dirty units plus sequences
    /// that were given out, where `next_sequence` is the next free one. Returns `usize::MAX` if
    /// a whole memory is dirty or if there is no mark yet.
    #[must_use]
    pub fn changed_since_moment(&self, next_sequence: Sequence) -> usize {
        let journal = &self.journal;
        if journal.whole || journal.last.number == 0 {
            return usize::MAX;
        }
        let new = next_sequence.0.saturating_sub(journal.last.next_sequence.0);
        journal.touched.saturating_add(usize::try_from(new).unwrap_or(usize::MAX))
    }

    /// Returns the number of the last mark, or 0 if there is none.
    #[must_use]
    pub fn last_moment(&self) -> u64 {
        self.journal.last.number
    }

    /// Marks a whole memory as dirty, because its units change without a write to each.
    pub fn touch_memory(&mut self, memory: CollectionNumber) {
        self.journal.whole = true;
        self.put_key(keys::touched_memory(self.journal.last.number, memory));
    }

    /// Adds a new mark to the batch. The changes that the batch holds already are from before
    /// the mark; later ones go to the dirty log.
    pub fn begin_moment(&mut self, next_sequence: Sequence) -> Moment {
        let number = self.journal.last.number + 1;
        let moment = Moment { number, token: RandomState::new().hash_one(number), next_sequence };
        let record =
            r::MomentRecord { version: 1, token: moment.token, next_sequence: moment.next_sequence.0 };
        self.put(keys::moment(number), &record);
        self.journal = Journal { last: moment, ..Journal::default() };
        moment
    }
}

impl Store {
    /// Reads the dirty log since the last mark, so that a new batch can continue it.
    pub(super) fn journal(&self) -> Result<Journal, StoreError> {
        let Some(number) = self.moment_numbers().next().transpose()? else { return Ok(Journal::default()) };
        let mut journal = Journal::default();
        // A mark whose batch was given up may have entries but no record. Then the token and the
        // sequence come from the newest mark that has a record.
        for of in self.moment_numbers() {
            if let Some(moment) = self.moment(of?)? {
                journal.last = Moment { number, ..moment };
                break;
            }
        }
        for touched in self.touched_since(journal.last.number)?.values() {
            journal.touched += touched.units.len();
            journal.whole |= touched.whole;
        }
        Ok(journal)
    }

    /// Returns the mark numbers of all keys of marks and of the dirty log, in descending order.
    fn moment_numbers(&self) -> impl Iterator<Item = Result<u64, StoreError>> + use<> {
        let prefix = keys::moments();
        self.scan_from(&prefix, prefix.to_vec(), |key, _| Ok(keys::moment_number(key))).rev()
    }

    /// Returns the mark with a number. Its checkpoint may be on disk or not yet.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn moment(&self, number: u64) -> Result<Option<Moment>, StoreError> {
        let key = keys::moment(number);
        let Some(bytes) = self.db.get(&key)? else { return Ok(None) };
        codec::read(&key, &bytes, |m: r::MomentRecord| {
            codec::version(m.version)?;
            Ok(Some(Moment { number, token: m.token, next_sequence: Sequence(m.next_sequence) }))
        })
    }

    /// Returns the units that are dirty since a mark, by memory.
    ///
    /// # Errors
    /// A failing disk.
    pub fn touched_since(&self, moment: u64) -> Result<BTreeMap<CollectionNumber, Touched>, StoreError> {
        let mut all: BTreeMap<CollectionNumber, Touched> = BTreeMap::new();
        let found =
            self.scan_from(&keys::moments(), keys::moment(moment), |key, _| Ok(keys::read_touched(key)));
        for found in found {
            match found? {
                Some((memory, Some(sequence))) => drop(all.entry(memory).or_default().units.insert(sequence)),
                Some((memory, None)) => all.entry(memory).or_default().whole = true,
                None => {}
            }
        }
        Ok(all)
    }
}
