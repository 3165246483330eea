//! Compacting a store while it is open.
//!
//! A thread copies the records into a fresh store beside it, while readers and the writer go on with the
//! former one. The keys that are written meanwhile are noted and copied again. The writer copies
//! the last few of them, compares the totals of the two stores, and goes on with the fresh one.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

use super::{
    error::StoreError,
    folder,
    options::StoreOptions,
    read::Store,
    rewrite::{self, FormerStore, RecordCopier},
    sled_files::open_files,
};

/// What compacting a store did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CompactReport {
    /// Bytes of the store's files before.
    pub bytes_before: u64,
    /// Bytes of the store's files after.
    pub bytes_after: u64,
}

/// The most keys that the writer copies by itself. Other writes wait for that long: a few milliseconds.
const MAX_LAST_KEYS: usize = 1_000;

/// How often the thread copies what was written meanwhile before it leaves the rest to the writer.
const MAX_ROUNDS: u32 = 20;

/// A compaction that is under way. If it is dropped, the fresh store is given up.
#[derive(Debug)]
pub(super) struct Compaction {
    fresh: Store,
    bytes_before: u64,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<Result<(), StoreError>>>,
    store: Store,
}

impl Compaction {
    /// Begins to copy the records of a store.
    pub(super) fn begin(store: &Store) -> Result<Self, StoreError> {
        let path = store.path();
        let bytes_before = folder::size(path)?;
        rewrite::check_space(path, bytes_before, store.inner.reserve)?;
        let options = StoreOptions { disk_reserve_bytes: store.inner.reserve, ..StoreOptions::default() };
        let fresh = open_files(&rewrite::begin(path)?, &options)?;
        let stop = Arc::new(AtomicBool::new(false));
        *store.changed_keys() = Some(BTreeSet::new());
        let (from, to, stopped) = (store.clone(), fresh.clone(), Arc::clone(&stop));
        let thread = std::thread::Builder::new().name("compaction".to_owned());
        let thread = thread.spawn(move || copy(&from, &to, &stopped))?;
        Ok(Self { fresh, bytes_before, stop, thread: Some(thread), store: store.clone() })
    }

    /// Returns whether the thread has ended, so that [`Self::copy_rest`] does not wait.
    pub(super) fn is_copied(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Copies what is left. Only the writer's thread may call this, and it must not write before
    /// [`Self::swap`]. If this fails, the store is as it was.
    pub(super) fn copy_rest(&mut self) -> Result<(), StoreError> {
        if let Some(thread) = self.thread.take() {
            thread.join().map_err(|_| StoreError::Io("the copying of the store panicked".to_owned()))??;
        }
        let (store, fresh) = (&self.store, &self.fresh);
        let last = store.changed_keys().take().unwrap_or_default();
        copy_keys(store, fresh, last)?;
        if !fresh.totals().has_same_records(&store.totals()) {
            return Err(StoreError::Io("the compacted copy of the store is not equal to it".to_owned()));
        }
        fresh.check_blobs()?;
        fresh.count_batches_from(store)?;
        fresh.sync()
    }

    /// Makes the fresh store the store. If this fails, nothing may be written before the store is opened again.
    pub(super) fn swap(&self) -> Result<CompactReport, StoreError> {
        let (store, fresh) = (&self.store, &self.fresh);
        let path = store.path();
        rewrite::commit(path, FormerStore::Remove)?;
        rewrite::finish(path)?;
        store.set_totals(fresh.totals());
        store.inner.db.store(fresh.inner.db.load_full());
        if let Some(mark) = store.inner.mark.get() {
            mark.reopen(path)?;
            folder::secure_files(path)?;
            mark.note(&store.totals())?;
        }
        Ok(CompactReport { bytes_before: self.bytes_before, bytes_after: folder::size(path)? })
    }
}

impl Drop for Compaction {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        *self.store.changed_keys() = None;
        if let Some(thread) = self.thread.take() {
            // What it returned does not matter any more.
            let _ = thread.join();
        }
    }
}

/// Copies all records, then again and again those that were written meanwhile.
fn copy(from: &Store, to: &Store, stop: &AtomicBool) -> Result<(), StoreError> {
    rewrite::copy_records(from, to, &|| stop.load(Ordering::Relaxed))?;
    for _ in 0..MAX_ROUNDS {
        // Goes on noting, unless the compaction was given up.
        let changed = from.changed_keys().as_mut().map(std::mem::take).unwrap_or_default();
        let count = changed.len();
        copy_keys(from, to, changed)?;
        to.sync()?;
        if count <= MAX_LAST_KEYS || stop.load(Ordering::Relaxed) {
            break;
        }
    }
    Ok(())
}

/// Copies the present values of keys.
fn copy_keys(from: &Store, to: &Store, keys: BTreeSet<Vec<u8>>) -> Result<(), StoreError> {
    let mut copier = RecordCopier::new(to);
    for key in keys {
        let value = from.get(&key)?;
        copier.add(key, value)?;
    }
    copier.finish()
}

impl Store {
    fn changed_keys(&self) -> MutexGuard<'_, Option<BTreeSet<Vec<u8>>>> {
        self.inner.changed_keys.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns whether the keys that are written have to be noted.
    pub(super) fn is_noting_keys(&self) -> bool {
        self.changed_keys().is_some()
    }

    /// Notes keys that were written.
    pub(super) fn note_keys(&self, keys: Vec<Vec<u8>>) {
        if let Some(changed) = &mut *self.changed_keys() {
            changed.extend(keys);
        }
    }
}

/// Compacts the store in a folder, which nobody may have open.
///
/// # Errors
/// Those of [`Store::open`], or [`StoreError::NoRoomToRewrite`].
pub fn compact_folder(path: &Path, options: &StoreOptions) -> Result<CompactReport, StoreError> {
    let (store, _) = Store::open(path, options)?;
    let mut compaction = Compaction::begin(&store)?;
    compaction.copy_rest()?;
    compaction.swap()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::{Compaction, compact_folder};
    use crate::store::{Store, StoreOptions, tree::Changes};

    fn options() -> StoreOptions {
        StoreOptions { disk_reserve_bytes: 0, ..StoreOptions::default() }
    }

    fn change(n: u16, value: Option<Vec<u8>>) -> Changes {
        Changes::from([([&[0x14, 0, 0, 0, 1, 0, 0, 0, 0][..], &n.to_be_bytes()].concat(), value)])
    }

    /// Writes and replaces values, so that most of the file is no longer needed.
    fn fill(store: &Store) {
        for round in 1..=20 {
            for n in 0..300 {
                store.write(change(n, Some(vec![round; 5_000]))).unwrap();
            }
        }
        store.sync().unwrap();
    }

    fn records(store: &Store) -> Vec<(Vec<u8>, Vec<u8>)> {
        store
            .scan(&[0x14], None, |key, value| Ok((key.to_vec(), value.to_vec())))
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn a_compacted_folder_is_smaller_and_has_the_same_records() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(folder.path(), &options()).unwrap();
        fill(&store);
        // So that most of the file is surely free, whatever sled has used again.
        for n in 300..1_200 {
            store.write(change(n, Some(vec![1; 5_000]))).unwrap();
        }
        for n in 300..1_200 {
            store.write(change(n, None)).unwrap();
        }
        store.sync().unwrap();
        let before = (records(&store), store.totals().records);
        drop(store);
        let report = compact_folder(folder.path(), &options()).unwrap();
        assert!(report.bytes_after * 2 < report.bytes_before, "{report:?}");
        let (store, opened) = Store::open(folder.path(), &options()).unwrap();
        assert!(!opened.verified, "the end of the compacting store was noted");
        assert_eq!((records(&store), store.totals().records), before);
        assert_eq!(store.verify_records(None).problems, Vec::<String>::new());
    }

    #[test]
    fn what_is_written_meanwhile_is_in_the_compacted_store() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(folder.path(), &options()).unwrap();
        fill(&store);
        let mut compaction = Compaction::begin(&store).unwrap();
        let mut n = 0;
        while !compaction.is_copied() || n < 100 {
            store.write(change(n % 400, (n % 3 > 0).then(|| vec![99; usize::from(n)]))).unwrap();
            n += 1;
        }
        compaction.copy_rest().unwrap();
        let expected = records(&store);
        // A reader goes on with the former store.
        let mut reader = store.scan(&[0x14], None, |key, value| Ok((key.to_vec(), value.to_vec())));
        let first = reader.next().unwrap().unwrap();
        compaction.swap().unwrap();
        assert_eq!(records(&store), expected);
        assert_eq!(std::iter::once(first).chain(reader.map(Result::unwrap)).collect::<Vec<_>>(), expected);
        // Writes go to the compacted store and are found after it is opened again.
        store.write(change(999, Some(vec![7]))).unwrap();
        store.sync().unwrap();
        let expected = records(&store);
        drop((compaction, store));
        let (store, _) = Store::open(folder.path(), &options()).unwrap();
        assert_eq!(records(&store), expected);
    }

    #[test]
    fn a_compaction_that_is_given_up_leaves_the_store_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(folder.path(), &options()).unwrap();
        fill(&store);
        let expected = records(&store);
        drop(Compaction::begin(&store).unwrap());
        assert_eq!(records(&store), expected);
        drop(store);
        let (store, _) = Store::open(folder.path(), &options()).unwrap();
        assert_eq!(records(&store), expected);
        assert!(!folder.path().join("rewriting").exists(), "the next open removes what is left");
    }

    #[test]
    fn copying_ends_when_it_is_told_to_stop() {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(folder.path(), &options()).unwrap();
        fill(&store);
        let other = tempfile::tempdir().unwrap();
        let (fresh, _) = Store::open(other.path(), &options()).unwrap();
        let stop = AtomicBool::new(true);
        super::copy(&store, &fresh, &stop).unwrap();
        assert!(records(&fresh).len() < records(&store).len());
        assert!(stop.load(Ordering::Relaxed));
    }
}
