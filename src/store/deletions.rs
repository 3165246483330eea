//! Deletions by filter that are under way. They go in steps, and the next open goes on with them.

use super::{
    batch::Batch,
    codec,
    error::StoreError,
    keys::{self, CollectionNumber},
    read::Store,
    records as r,
};
use crate::unit::{Sequence, Stamp};

/// The deletion of all units of a memory that pass a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeletionEntry {
    /// The memory.
    pub memory: CollectionNumber,
    /// The filter, in the encoding of the changes that travel.
    pub filter: Vec<u8>,
    /// The change that deletes the units.
    pub job: Stamp,
    /// The last unit that was looked at.
    pub done_up_to: Sequence,
}

pub(super) fn read_deletion(key: &[u8], bytes: &[u8]) -> Result<DeletionEntry, StoreError> {
    codec::decode(key, bytes, |d: r::DeletionRecord| {
        codec::check_version(d.version)?;
        Ok(DeletionEntry {
            memory: CollectionNumber(d.memory),
            filter: d.filter,
            job: codec::stamp(d.job),
            done_up_to: Sequence(d.done_up_to),
        })
    })
}

impl Batch {
    /// Writes a deletion.
    pub fn put_deletion(&mut self, deletion: &DeletionEntry) {
        let record = r::DeletionRecord {
            version: 1,
            memory: deletion.memory.0,
            filter: deletion.filter.clone(),
            job: Some(codec::stamp_record(&deletion.job)),
            done_up_to: deletion.done_up_to.0,
        };
        self.put(keys::deletion(deletion.job.change_id), &record);
    }

    /// Removes a deletion that has ended.
    pub fn remove_deletion(&mut self, deletion: &DeletionEntry) {
        self.remove(keys::deletion(deletion.job.change_id));
    }
}

impl Store {
    /// Lists the deletions that are under way.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn deletions(&self) -> Result<Vec<DeletionEntry>, StoreError> {
        self.scan(&keys::deletions(), None, read_deletion).collect()
    }
}
