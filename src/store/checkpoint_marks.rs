//! What changed since indexes were kept beside the store.
//!
//! Indexes that are kept are of one [`Moment`]. From that moment on every batch also writes
//! which of the units that were there it changes: whoever reads the kept indexes later need read
//! from the store no more than these, and the units that came after.

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

/// What became of the units of a memory since a moment, those that came after it aside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// They were changed or deleted.
    pub units: FxHashSet<Sequence>,
    /// Too many were to tell each: the memory is to be indexed anew.
    pub whole: bool,
}

impl Batch {
    /// Returns how much has changed since the last moment: units touched, and sequences given
    /// out up to this one. There is no bound to it where a whole memory was touched, or
    /// where there was no moment yet.
    #[must_use]
    pub fn changed_since_moment(&self, next_sequence: Sequence) -> usize {
        let journal = &self.journal;
        if journal.whole || journal.last.number == 0 {
            return usize::MAX;
        }
        let new = next_sequence.0.saturating_sub(journal.last.next_sequence.0);
        journal.touched.saturating_add(usize::try_from(new).unwrap_or(usize::MAX))
    }

    /// Returns the number of the last moment, 0 for none.
    #[must_use]
    pub fn last_moment(&self) -> u64 {
        self.journal.last.number
    }

    /// Notes that a memory's units change other than by single writes.
    pub fn touch_memory(&mut self, memory: CollectionNumber) {
        self.journal.whole = true;
        self.put_key(keys::touched_memory(self.journal.last.number, memory));
    }

    /// Begins a moment: what the batch holds belongs to it, what comes later is noted.
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
    /// Reads what was noted since the last moment, to go on from there.
    pub(super) fn journal(&self) -> Result<Journal, StoreError> {
        let prefix = keys::moments();
        let numbers =
            || self.scan_from(&prefix, prefix.to_vec(), |key, _| Ok(keys::moment_number(key))).rev();
        let Some(number) = numbers().next().transpose()? else { return Ok(Journal::default()) };
        let mut journal = Journal::default();
        // A moment whose batch was given up may have notes and no record: the record before counts.
        for of in numbers() {
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

    /// Returns a moment that is kept or about to be.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn moment(&self, number: u64) -> Result<Option<Moment>, StoreError> {
        let key = keys::moment(number);
        let read = |bytes: sled::IVec| {
            codec::read(&key, &bytes, |m: r::MomentRecord| {
                codec::version(m.version)?;
                Ok(Moment { number, token: m.token, next_sequence: Sequence(m.next_sequence) })
            })
        };
        self.db.get(&key)?.map(read).transpose()
    }

    /// Returns what became of units since a moment, by memory.
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

    /// Forgets the moments before one, and what was noted for them.
    ///
    /// # Errors
    /// A failing disk.
    pub fn forget_before(&self, moment: u64) -> Result<(), StoreError> {
        let old = self.scan(&keys::moments(), None, |key, _| Ok(key.to_vec()));
        self.remove_all(
            old.take_while(|key| key.as_ref().map_or(true, |key| keys::moment_number(key) < moment)),
        )
    }
}
