//! The tree of sled: every record is read and written here.
//!
//! Values are cut into pieces and joined again, each batch writes the totals, and an error or panic of
//! sled becomes a [`StoreError`].

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs::File,
    ops::Bound,
    sync::{PoisonError, atomic::Ordering},
};

use prost::Message;

use super::{
    call_watch::watched,
    codec,
    error::StoreError,
    guard::catch_panic,
    keys,
    pieces::{self, Head},
    read::Store,
    totals::Totals,
};

/// What a batch changes: values by key; `None` removes the key.
pub(super) type Changes = BTreeMap<Vec<u8>, Option<Vec<u8>>>;

/// So many bytes may go to sled's log before they are flushed: two segments. sled may wait for ever if seven are on
/// their way ([`super::call_watch`]).
const MAX_UNFLUSHED_BYTES: usize = 1 << 20;

/// How many bytes go to sled's log for each byte that is written, replaced or removed. sled writes a changed
/// page again after every tenth change of it, with all its values: about 16, which are as long as this
/// one, on average.
const LOG_BYTES_PER_BYTE: usize = 4;

/// How often a large value is read again if its pieces do not belong together, because it was
/// replaced while it was read.
const READ_ATTEMPTS: u32 = 8;

impl Store {
    /// Calls sled. Its errors and panics become errors of the store.
    pub(super) fn call_sled<T>(
        &self,
        call: impl FnOnce(&sled::Db) -> Result<T, sled::Error>,
    ) -> Result<T, StoreError> {
        let db = self.inner.db.load();
        match catch_panic(|| call(&db)) {
            Ok(Ok(value)) => Ok(value),
            Ok(Err(error)) => Err(self.sled_error(error)),
            Err(panic) => Err(self.damaged(panic)),
        }
    }

    fn sled_error(&self, error: sled::Error) -> StoreError {
        match error {
            sled::Error::Io(io) => io.into(),
            sled::Error::Corruption { .. } | sled::Error::ReportableBug(_) => self.damaged(error.to_string()),
            other => StoreError::Io(other.to_string()),
        }
    }

    pub(super) fn damaged(&self, cause: String) -> StoreError {
        StoreError::Damaged { path: self.path().to_owned(), cause }
    }

    /// Returns the value of a key.
    pub(super) fn get(&self, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        for _ in 0..READ_ATTEMPTS {
            let Some(first) = self.call_sled(|db| db.get(key))? else { return Ok(None) };
            let Some(head) = Head::parse(&first) else { return Ok(Some(first.to_vec())) };
            let joined = pieces::join(key, head, &first, |piece| self.call_sled(|db| db.get(piece)))?;
            if joined.is_some() {
                return Ok(joined);
            }
        }
        Err(self
            .damaged(format!("the pieces of the value at key {} do not belong together", keys::to_hex(key))))
    }

    /// Returns the value of a key whose first piece was read, or `None` if it was removed meanwhile.
    pub(super) fn whole_value<'f>(
        &self,
        key: &[u8],
        first: &'f [u8],
    ) -> Result<Option<Cow<'f, [u8]>>, StoreError> {
        match Head::parse(first) {
            None => Ok(Some(Cow::Borrowed(first))),
            Some(_) => Ok(self.get(key)?.map(Cow::Owned)),
        }
    }

    /// Scans the records with a prefix in ascending order, strictly after a key if one is given.
    pub(super) fn scan<T, R: FnMut(&[u8], &[u8]) -> Result<T, StoreError>>(
        &self,
        prefix: &[u8],
        after: Option<Vec<u8>>,
        read: R,
    ) -> impl DoubleEndedIterator<Item = Result<T, StoreError>> + use<T, R> {
        let from = after.map_or_else(|| prefix.to_vec(), |key| keys::successor(&key));
        self.scan_from(prefix, from, read)
    }

    /// Scans the records with a prefix in ascending order, from a key on.
    pub(super) fn scan_from<T, R: FnMut(&[u8], &[u8]) -> Result<T, StoreError>>(
        &self,
        prefix: &[u8],
        from: Vec<u8>,
        read: R,
    ) -> impl DoubleEndedIterator<Item = Result<T, StoreError>> + use<T, R> {
        self.scan_between(from, keys::prefix_end(prefix), read)
    }

    /// Scans all records of the store.
    pub(super) fn all_records(&self) -> impl Iterator<Item = Result<(Vec<u8>, Vec<u8>), StoreError>> + use<> {
        self.scan_between(Vec::new(), Some(keys::end_of_records()), |key, value| {
            Ok((key.to_vec(), value.to_vec()))
        })
    }

    fn scan_between<T, R: FnMut(&[u8], &[u8]) -> Result<T, StoreError>>(
        &self,
        from: Vec<u8>,
        until: Option<Vec<u8>>,
        mut read: R,
    ) -> impl DoubleEndedIterator<Item = Result<T, StoreError>> + use<T, R> {
        let store = self.clone();
        self.first_pieces_between(from, until).filter_map(move |found| {
            let value = found.and_then(|(key, first)| {
                store.whole_value(&key, &first)?.map(|value| read(&key, &value)).transpose()
            });
            value.transpose()
        })
    }

    /// Scans the keys in a range, with the first piece of each value.
    pub(super) fn first_pieces_between(
        &self,
        from: Vec<u8>,
        until: Option<Vec<u8>>,
    ) -> impl DoubleEndedIterator<Item = Result<FirstPiece, StoreError>> + use<> {
        let until = until.map_or(Bound::Unbounded, Bound::Excluded);
        let range = self.inner.db.load().range((Bound::Included(from), until));
        Guarded { range: Some(range), store: self.clone() }
    }

    /// Returns the last key with a prefix.
    pub(super) fn last_key(&self, prefix: &[u8]) -> Result<Option<sled::IVec>, StoreError> {
        let mut keys = self.first_pieces_between(prefix.to_vec(), keys::prefix_end(prefix));
        Ok(keys.next_back().transpose()?.map(|(key, _)| key))
    }

    /// Applies a batch. It is atomic, but not durable yet. Every write of records passes here.
    pub(super) fn write(&self, changes: Changes) -> Result<(), StoreError> {
        debug_assert!(
            self.inner.writer.get().is_none_or(|writer| *writer == std::thread::current().id()),
            "only the writer's thread may write to the store"
        );
        let noted = self.is_noting_keys().then(|| changes.keys().cloned().collect::<Vec<_>>());
        // Locked until the end, because a verification reads its records between two batches.
        let mut verified_part = self.verified_part();
        let mut part = verified_part.clone();
        let mut totals = self.totals();
        let mut batch = sled::Batch::default();
        let mut bytes = 0;
        for (key, value) in changes {
            let old = self.call_sled(|db| db.get(&key))?;
            let old_bytes = old.as_ref().map_or(0, |old| pieces::length(old));
            bytes += key.len() + value.as_ref().map_or(0, Vec::len).max(old_bytes);
            if let Some(old) = &old {
                totals.subtract(&key, old);
                if let Some(part) = &mut part {
                    part.note_removed(&key, old);
                }
            }
            let old_pieces = old.map_or(0, |old| pieces::further_pieces(&old));
            let new_pieces = match value {
                Some(value) => {
                    let checksum = pieces::checksum(&key, &value);
                    totals.add(&key, checksum);
                    if let Some(part) = &mut part {
                        part.note_written(&key, checksum);
                    }
                    pieces::cut(key.clone(), value, |key, piece| batch.insert(key, piece))
                }
                None => {
                    batch.remove(&key[..]);
                    0
                }
            };
            for number in new_pieces + 1..=old_pieces {
                batch.remove(keys::piece(&key, number));
            }
        }
        totals.batches += 1;
        batch.insert(keys::TOTALS, totals.to_record().encode_to_vec());
        self.call_sled(|db| watched(db, || db.apply_batch(batch)))?;
        self.set_totals(totals);
        *verified_part = part;
        // A step of a verification must not wait for the flush below.
        drop(verified_part);
        // Only now, because a compaction that takes these keys must read their new values.
        self.note_keys(noted.unwrap_or_default());
        let bytes = bytes * LOG_BYTES_PER_BYTE;
        if self.inner.unflushed_bytes.fetch_add(bytes, Ordering::Relaxed) + bytes > MAX_UNFLUSHED_BYTES {
            self.flush()?;
        }
        Ok(())
    }

    /// Hands what was written to the operating system.
    pub(super) fn flush(&self) -> Result<(), StoreError> {
        self.inner.unflushed_bytes.store(0, Ordering::Relaxed);
        self.call_sled(|db| watched(db, || db.flush())).map(drop)
    }

    /// Makes everything written so far durable.
    pub(crate) fn sync(&self) -> Result<(), StoreError> {
        self.flush()?;
        File::open(self.path().join("db"))?.sync_data()?;
        self.note_synced()
    }

    /// Returns what the store holds after the last batch.
    pub(super) fn totals(&self) -> Totals {
        self.inner.totals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn set_totals(&self, totals: Totals) {
        *self.inner.totals.lock().unwrap_or_else(PoisonError::into_inner) = totals;
    }

    /// Reads the totals that the last batch wrote.
    pub(super) fn read_totals(&self) -> Result<Totals, StoreError> {
        let Some(bytes) = self.get(keys::TOTALS)? else { return Ok(Totals::default()) };
        codec::decode(keys::TOTALS, &bytes, Totals::from_record)
    }
}

/// A range of sled whose errors and panics become errors of the store.
struct Guarded {
    /// `None` after an error, because sled may then return the same error for ever. The first field,
    /// because it must be gone before the store closes.
    range: Option<sled::Iter>,
    store: Store,
}

type FirstPiece = (sled::IVec, sled::IVec);

impl Guarded {
    fn step(
        &mut self,
        step: impl FnOnce(&mut sled::Iter) -> Option<Result<FirstPiece, sled::Error>>,
    ) -> Option<Result<FirstPiece, StoreError>> {
        let range = self.range.as_mut()?;
        let found = match catch_panic(|| step(range)) {
            Ok(found) => found?.map_err(|error| self.store.sled_error(error)),
            Err(panic) => Err(self.store.damaged(panic)),
        };
        if found.is_err() {
            self.range = None;
        }
        Some(found)
    }
}

impl Iterator for Guarded {
    type Item = Result<FirstPiece, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.step(Iterator::next)
    }
}

impl DoubleEndedIterator for Guarded {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.step(DoubleEndedIterator::next_back)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use crate::store::{Store, StoreOptions, totals::Totals, tree::Changes};

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions { disk_reserve_bytes: 0, ..StoreOptions::default() };
        let (store, _) = Store::open(folder.path(), &options).unwrap();
        (folder, store)
    }

    /// A pseudo-random sequence of numbers.
    struct Random(u64);

    impl Random {
        fn below(&mut self, bound: u8) -> u8 {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let [.., high] = self.0.to_le_bytes();
            high % bound
        }

        /// Returns a size of 0.1 to 512 KiB, half of which are below 8 KiB.
        fn size(&mut self) -> usize {
            (100 << self.below(13)).min(512 << 10) + usize::from(self.below(100))
        }
    }

    /// Writes, replaces and removes values of 0.1 to 512 KiB. `DHAKIRA_WRITES` is how many (`just blobs`
    /// sets a million).
    #[test]
    fn large_values_are_read_as_written_and_need_no_blobs() {
        let writes: u32 = std::env::var("DHAKIRA_WRITES").map_or(600, |n| n.parse().unwrap());
        let (folder, store) = store();
        let mut random = Random(7);
        let mut expected: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
        for n in 0..writes {
            let key = [&[0x14, 0, 0, 0, 1, 0, 0, 0, 0][..], &[random.below(2), random.below(150)]].concat();
            let value = (random.below(4) > 0).then(|| vec![1 + random.below(250); random.size()]);
            store.write(Changes::from([(key.clone(), value.clone())])).unwrap();
            match value {
                Some(value) => drop(expected.insert(key, value)),
                None => drop(expected.remove(&key)),
            }
            if n % 64 == 0 {
                store.sync().unwrap();
            }
        }
        assert_eq!(std::fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
        let stored = store.scan(&[0x14], None, |key, value| Ok((key.to_vec(), value.to_vec())));
        assert!(stored.map(Result::unwrap).eq(expected.clone()), "a scan returns other values");
        for (key, value) in &expected {
            assert_eq!(store.get(key).unwrap().as_ref(), Some(value));
        }
        // No piece of a value that was replaced or removed is left.
        let pieces = store.first_pieces_between(crate::store::keys::end_of_records(), None).count();
        let further = |value: &Vec<u8>| {
            value.len().saturating_sub(4_083).div_ceil(4_096) * usize::from(value.len() > 4_096)
        };
        assert_eq!(pieces, expected.values().map(further).sum::<usize>());
    }

    #[test]
    fn totals_are_those_of_the_records() {
        let (folder, store) = store();
        let mut random = Random(3);
        for _ in 0..200 {
            let mut changes = Changes::new();
            for _ in 0..random.below(4) {
                let key = vec![0x12 + random.below(3), random.below(20)];
                changes.insert(key, (random.below(3) > 0).then(|| vec![7; random.size()]));
            }
            store.write(changes).unwrap();
        }
        let mut counted = Totals { batches: store.totals().batches, ..Totals::default() };
        for record in store.all_records() {
            let (key, value) = record.unwrap();
            if key != crate::store::keys::TOTALS {
                counted.add(&key, crate::store::pieces::checksum(&key, &value));
            }
        }
        assert_eq!(store.totals(), counted);
        assert_eq!(store.read_totals().unwrap(), counted);
        store.sync().unwrap();
        drop(store);
        assert_eq!(Store::open(folder.path(), &StoreOptions::default()).unwrap().0.totals(), counted);
    }
}
