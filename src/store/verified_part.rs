//! The part of a store that a verification has read so far.
//!
//! A verification adds up what it reads and compares the sums with the totals of the store. Meanwhile
//! the store is written. A batch that changes a record which was read already therefore changes the sums as
//! it changes the totals. A record that is changed before it is read needs nothing, because it is read as
//! it is then.

use super::totals::Totals;

/// What a verification has read so far.
#[derive(Clone, Debug, Default)]
pub(super) struct VerifiedPart {
    /// Every record before this key was read.
    pub(super) until: Vec<u8>,
    /// The sums of what was read, as it is after the last batch.
    pub(super) seen: Totals,
}

impl VerifiedPart {
    /// Notes that a batch writes a record, given by its key and its checksum.
    pub(super) fn note_written(&mut self, key: &[u8], checksum: u64) {
        if key < &self.until[..] {
            self.seen.add(key, checksum);
        }
    }

    /// Notes that a batch replaces or removes the record whose first piece is given.
    pub(super) fn note_removed(&mut self, key: &[u8], first: &[u8]) {
        if key < &self.until[..] {
            self.seen.subtract(key, first);
        }
    }
}
