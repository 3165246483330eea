//! The calls on the disk that a commit consists of, behind a trait, so that tests can record their
//! order and let any of them fail.

use std::{ffi::OsString, fs::File, path::PathBuf};

use rustc_hash::FxHashSet;

use super::{error::StoreError, read::Store};

/// The calls on the disk that a commit consists of.
pub(super) trait Disk: Send {
    /// Applies a batch. It is atomic, but not durable yet.
    fn apply(&mut self, batch: sled::Batch) -> Result<(), StoreError>;

    /// Hands what was applied to the operating system.
    fn flush(&mut self) -> Result<(), StoreError>;

    /// Makes the files of large values durable that are new since the last call.
    fn sync_blobs(&mut self) -> Result<(), StoreError>;

    /// Makes what was flushed durable.
    fn sync_data(&mut self) -> Result<(), StoreError>;
}

/// The disk below sled.
pub(super) struct SledDisk {
    store: Store,
    log: File,
    blobs: PathBuf,
    /// The blobs that are durable already.
    synced: FxHashSet<OsString>,
}

impl SledDisk {
    pub(super) fn open(store: &Store) -> Result<Self, StoreError> {
        let blobs = store.path.join("blobs");
        let log = File::open(store.path.join("db"))?;
        let mut disk = Self { store: store.clone(), log, blobs, synced: FxHashSet::default() };
        disk.sync_blobs()?;
        Ok(disk)
    }
}

impl Disk for SledDisk {
    fn apply(&mut self, batch: sled::Batch) -> Result<(), StoreError> {
        self.store.write(batch)
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.store.db.flush()?;
        Ok(())
    }

    fn sync_blobs(&mut self) -> Result<(), StoreError> {
        if !self.blobs.is_dir() {
            return Ok(());
        }
        let mut present = FxHashSet::default();
        for entry in std::fs::read_dir(&self.blobs)? {
            let entry = entry?;
            if !self.synced.contains(&entry.file_name()) {
                File::open(entry.path())?.sync_all()?;
            }
            present.insert(entry.file_name());
        }
        self.synced = present;
        Ok(File::open(&self.blobs)?.sync_all()?)
    }

    fn sync_data(&mut self) -> Result<(), StoreError> {
        Ok(self.log.sync_data()?)
    }
}

impl Store {
    /// Applies a batch of sled. Every write of records passes here.
    pub(super) fn write(&self, batch: sled::Batch) -> Result<(), StoreError> {
        debug_assert!(
            self.writer.get().is_none_or(|writer| *writer == std::thread::current().id()),
            "only the writer's thread may write to the store"
        );
        Ok(self.db.apply_batch(batch)?)
    }

    /// Declares the current thread the only one that writes to the store.
    pub(super) fn set_writer(&self) {
        // A store has one writer; a second one would fail the assertion in `write`.
        let _ = self.writer.set(std::thread::current().id());
    }

    /// Makes everything written so far durable.
    pub(super) fn sync(&self) -> Result<(), StoreError> {
        self.db.flush()?;
        File::open(self.path.join("db"))?.sync_data()?;
        Ok(())
    }
}
