//! The dirty log: which units changed since the last checkpoint mark.

use super::keys::{self, CollectionNumber};
use crate::unit::Sequence;

/// A checkpoint mark: the state of the store that a checkpoint has, or will have.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckpointMark {
    /// Its number, ascending from 1.
    pub number: u64,
    /// A random number. It distinguishes this mark from a mark of the same number in another
    /// store, or in the same store before it was replaced by an older copy.
    pub token: u64,
    /// The first sequence that was free at the mark.
    pub next_sequence: Sequence,
}

/// The dirty log since the last mark.
#[derive(Clone, Debug, Default)]
pub(super) struct DirtyLog {
    pub(crate) mark: CheckpointMark,
    /// The number of entries for single units. A unit may be counted more than once.
    pub(crate) dirty_units: usize,
    /// Whether a whole memory is dirty.
    pub(crate) whole_memory: bool,
}

impl DirtyLog {
    /// Counts a unit that is about to be changed, and returns the key to write for it. Returns
    /// `None` for a unit that is newer than the mark, because such units are read anyway.
    pub(super) fn record(&mut self, memory: CollectionNumber, sequence: Sequence) -> Option<Vec<u8>> {
        if sequence >= self.mark.next_sequence {
            return None;
        }
        self.dirty_units += 1;
        Some(keys::dirty_unit(self.mark.number, memory, sequence))
    }
}
