//! The dirty log: which units changed since the last checkpoint mark.

use super::keys::{self, CollectionNumber};
use crate::unit::Sequence;

/// A moment whose indexes are kept, or are about to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Moment {
    /// Its number, ascending from 1.
    pub number: u64,
    /// Chosen at random: tells it from a moment of the same number in another store, or in this
    /// one before it was put back to an older copy.
    pub token: u64,
    /// The first sequence that was free then.
    pub next_sequence: Sequence,
}

/// What batches note for the last moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Journal {
    pub(crate) last: Moment,
    /// How many units were noted: some perhaps more than once.
    pub(crate) touched: usize,
    /// A whole memory was noted.
    pub(crate) whole: bool,
}

impl Journal {
    /// Returns what is to be noted of a unit that is about to be changed.
    pub(super) fn note(&mut self, memory: CollectionNumber, sequence: Sequence) -> Option<Vec<u8>> {
        if sequence >= self.last.next_sequence {
            return None;
        }
        self.touched += 1;
        Some(keys::touched(self.last.number, memory, sequence))
    }
}
