//! Removal of the contents of deleted collections and discarded imports, and of old checkpoint marks.
//!
//! It runs on the writer's thread, in steps of a few keys, because sled lets no reader in while a
//! batch is applied: a large batch would delay lookups. A crash between two steps loses nothing,
//! because the record of the collection or import is removed last, and the next open starts over.

use std::collections::VecDeque;

use super::{
    codec,
    error::StoreError,
    imports::ImportEntry,
    keys::{self, CollectionKind, CollectionNumber},
    read::Store,
    tree::Changes,
};
use crate::{clock::Timestamp, unit::Sequence};

/// Something that is no longer visible and has to be removed from the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cleanup {
    /// The units, staged changes and undo records of a pending or reverted import, then its record.
    Import(ImportEntry),
    /// The contents of a deleted memory or glossary, then its record.
    Collection(CollectionKind, CollectionNumber),
    /// The checkpoint marks before this one, and the dirty log since them.
    MarksBefore(u64),
    /// Former revisions of the entries of a memory or glossary that are no longer kept.
    FormerRevisions(CollectionKind, CollectionNumber, OldRevisions),
}

/// Which former revisions are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OldRevisions {
    /// How many former revisions of an entry are kept, at least one; `None` keeps all.
    pub kept: Option<u32>,
    /// Revisions that were made before this time are removed; `None` keeps all.
    pub made_before: Option<Timestamp>,
    /// Only what was a former revision at this change already is removed, because a reader of a later change may
    /// need what was replaced since.
    pub seen_by: u64,
}

/// Keys that one step removes at most.
const MAX_REMOVED: usize = 128;

/// Keys that one step looks at, at most. Most units of a memory may belong to other imports.
const MAX_VISITED: usize = 1_024;

/// A cleanup that is under way.
#[derive(Debug)]
pub(super) struct CleanupTask {
    /// What remains to be scanned.
    scans: VecDeque<Scan>,
    /// The record that is removed once everything else is, and durably so.
    record: Option<Vec<u8>>,
    /// The import whose units are removed.
    pub(super) import: Option<u64>,
}

/// A range of keys to be removed.
#[derive(Debug)]
struct Scan {
    prefix: Vec<u8>,
    from: Vec<u8>,
    selection: Selection,
}

/// Which keys of a range are removed.
#[derive(Clone, Copy, Debug)]
enum Selection {
    All,
    AddedBy(u64),
    MarksBefore(u64),
    FormerRevisions {
        old: OldRevisions,
        /// The entry whose revisions are being looked at, and the last of them that may count.
        entry: Option<(Sequence, u32)>,
    },
}

impl Scan {
    fn all(prefix: Vec<u8>) -> Self {
        Self { from: prefix.clone(), prefix, selection: Selection::All }
    }
}

impl Selection {
    fn includes(&mut self, store: &Store, key: &[u8], bytes: &[u8]) -> Result<bool, StoreError> {
        Ok(match self {
            Self::All => true,
            Self::AddedBy(import) => codec::decode(key, bytes, codec::unit)?.stamp.is_created_by(*import),
            Self::MarksBefore(mark) => keys::mark_number(key) < *mark,
            Self::FormerRevisions { old, entry } => {
                let Some((prefix, sequence, revision)) = keys::parse_history(key) else { return Ok(false) };
                let last = match *entry {
                    Some((of, last)) if of == sequence => last,
                    _ => old.last_counted(store, &prefix)?,
                };
                *entry = Some((sequence, last));
                old.includes(revision, last, codec::stamp_of(key, bytes)?.changed_at)
            }
        })
    }
}

impl OldRevisions {
    /// Returns the last former revision of an entry that was made by the change up to which all is seen, or 0.
    /// It is the newest content that a reader may still need.
    fn last_counted(&self, store: &Store, prefix: &[u8]) -> Result<u32, StoreError> {
        let revisions = store.scan(prefix, None, |key, bytes| {
            Ok((keys::trailing_u32(key), codec::stamp_of(key, bytes)?.change_id))
        });
        for found in revisions.rev() {
            let (revision, change_id) = found?;
            if change_id <= self.seen_by {
                return Ok(revision);
            }
        }
        Ok(0)
    }

    fn includes(&self, revision: u32, last: u32, made_at: Timestamp) -> bool {
        let is_beyond_count = self.kept.is_some_and(|kept| revision.saturating_add(kept.max(1)) <= last);
        let is_too_old = self.made_before.is_some_and(|before| made_at < before);
        revision < last && (is_beyond_count || is_too_old)
    }
}

impl CleanupTask {
    pub(super) fn new(cleanup: Cleanup) -> Self {
        match cleanup {
            Cleanup::Import(entry) => {
                let units = Scan {
                    prefix: keys::entries(CollectionKind::Memory, entry.memory),
                    from: keys::entry(CollectionKind::Memory, entry.memory, entry.first_sequence),
                    selection: Selection::AddedBy(entry.number),
                };
                let own = [keys::staged_of(entry.number), keys::undo_of(entry.number)].map(Scan::all);
                Self {
                    scans: std::iter::once(units).chain(own).collect(),
                    record: Some(keys::import(entry.number)),
                    import: Some(entry.number),
                }
            }
            Cleanup::Collection(kind, number) => Self {
                scans: [keys::entries(kind, number), keys::histories(kind, number)].map(Scan::all).into(),
                record: Some(keys::collection(kind, number)),
                import: None,
            },
            Cleanup::FormerRevisions(kind, number, old) => {
                let selection = Selection::FormerRevisions { old, entry: None };
                let scan = Scan { selection, ..Scan::all(keys::histories(kind, number)) };
                Self { scans: VecDeque::from([scan]), record: None, import: None }
            }
            Cleanup::MarksBefore(mark) => {
                let selection = Selection::MarksBefore(mark);
                let scan = Scan { selection, ..Scan::all(keys::marks().to_vec()) };
                Self { scans: VecDeque::from([scan]), record: None, import: None }
            }
        }
    }

    /// Removes the next keys. Returns true once there are none left.
    pub(super) fn step(&mut self, store: &Store) -> Result<bool, StoreError> {
        let Some(scan) = self.scans.front_mut() else {
            if let Some(record) = self.record.take() {
                // Without its record an import would not be found again, but its units would be.
                store.sync()?;
                store.write(Changes::from([(record, None)]))?;
                store.sync()?;
            }
            return Ok(true);
        };
        let mut batch = Changes::new();
        let selection = &mut scan.selection;
        let (mut visited, mut removed) = (0, 0);
        let mut last = None;
        for found in store.scan_from(&scan.prefix, scan.from.clone(), |key, bytes| {
            Ok((key.to_vec(), selection.includes(store, key, bytes)?))
        }) {
            let (key, included) = found?;
            visited += 1;
            if included {
                removed += 1;
                batch.insert(key.clone(), None);
            }
            last = Some(key);
            if removed == MAX_REMOVED || visited == MAX_VISITED {
                break;
            }
        }
        match last {
            // The successor of a key is the key with a zero byte.
            Some(key) if removed == MAX_REMOVED || visited == MAX_VISITED => {
                scan.from = [&key[..], &[0]].concat();
            }
            _ => drop(self.scans.pop_front()),
        }
        if removed > 0 {
            store.write(batch)?;
        }
        Ok(false)
    }
}

impl Store {
    /// Removes everything at once, before the writer starts.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn clean_up(&self, cleanup: Cleanup) -> Result<(), StoreError> {
        let mut task = CleanupTask::new(cleanup);
        while !task.step(self)? {}
        Ok(())
    }

    #[cfg(test)]
    pub(super) fn count_keys(&self, prefix: &[u8]) -> usize {
        self.scan(prefix, None, |_, _| Ok(())).count()
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::{Cleanup, CleanupTask, MAX_REMOVED, OldRevisions};
    use crate::clock::Timestamp;
    use crate::store::{
        CollectionKind, CollectionNumber, Store, StoreOptions,
        keys::{self, collection, entries, entry},
        records::{StampRecord, UnitRecord},
        tree::Changes,
    };
    use crate::unit::Sequence;

    #[test]
    fn a_cleanup_goes_in_steps_and_removes_the_record_last() {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, _) = Store::open(folder.path(), &StoreOptions::default()).expect("a store");
        let (kind, number) = (CollectionKind::Memory, CollectionNumber(7));
        let mut batch = Changes::new();
        batch.insert(collection(kind, number), Some(b"record".to_vec()));
        for n in 1..=300 {
            batch.insert(entry(kind, number, Sequence(n)), Some(b"unit".to_vec()));
        }
        let other = entry(kind, CollectionNumber(8), Sequence(1));
        batch.insert(other, Some(b"of another memory".to_vec()));
        store.write(batch).expect("a write");
        let mut task = CleanupTask::new(Cleanup::Collection(kind, number));
        let mut left = Vec::new();
        while !task.step(&store).expect("a step") {
            assert_eq!(store.count_keys(&collection(kind, number)), 1);
            left.push(store.count_keys(&entries(kind, number)));
        }
        assert_eq!(left.first(), Some(&(300 - MAX_REMOVED)));
        assert_eq!(left.last(), Some(&0));
        assert_eq!(store.count_keys(&collection(kind, number)), 0);
        assert_eq!(store.count_keys(&entries(kind, CollectionNumber(8))), 1);
    }

    fn former(revision: u32, change_id: u64) -> Vec<u8> {
        let stamp =
            StampRecord { revision, change_id, changed_ms: i64::from(revision) * 100, ..Default::default() };
        UnitRecord { version: 1, stamp: Some(stamp), ..Default::default() }.encode_to_vec()
    }

    /// Returns the revisions that are left of eight, which were made by the changes 1 to 8.
    fn left_after(old: OldRevisions) -> Vec<u32> {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, _) = Store::open(folder.path(), &StoreOptions::default()).expect("a store");
        let (kind, number) = (CollectionKind::Memory, CollectionNumber(7));
        let mut changes = Changes::new();
        for sequence in [1, 2, 300] {
            for revision in 1..=8 {
                let key = keys::history(kind, number, Sequence(sequence), revision);
                changes.insert(key, Some(former(revision, revision.into())));
            }
        }
        store.write(changes).expect("a write");
        store.clean_up(Cleanup::FormerRevisions(kind, number, old)).expect("a cleanup");
        let left = |sequence| -> Vec<u32> {
            let prefix = keys::history_of(kind, number, Sequence(sequence));
            store
                .scan(&prefix, None, |key, _| Ok(keys::trailing_u32(key)))
                .map(|r| r.expect("a key"))
                .collect()
        };
        assert!([2, 300].iter().all(|sequence| left(*sequence) == left(1)));
        left(1)
    }

    #[test]
    fn only_old_revisions_are_removed() {
        let all = OldRevisions { kept: None, made_before: None, seen_by: 8 };
        assert_eq!(left_after(all).len(), 8);
        assert_eq!(left_after(OldRevisions { kept: Some(3), ..all }), [6, 7, 8]);
        assert_eq!(left_after(OldRevisions { kept: Some(8), ..all }).len(), 8);
        assert_eq!(left_after(OldRevisions { kept: Some(0), ..all }), [8], "one is always kept");
        assert_eq!(left_after(OldRevisions { made_before: Some(Timestamp(300)), ..all }), [3, 4, 5, 6, 7, 8]);
        assert_eq!(left_after(OldRevisions { made_before: Some(Timestamp(9_000)), ..all }), [8]);
        // A reader of change 5 may need revision 5 still.
        assert_eq!(left_after(OldRevisions { kept: Some(1), seen_by: 5, ..all }), [5, 6, 7, 8]);
        assert_eq!(left_after(OldRevisions { kept: Some(1), seen_by: 0, ..all }).len(), 8);
    }
}
