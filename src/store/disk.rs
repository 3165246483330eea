//! The calls on the disk that a commit consists of, behind a trait, so that tests can record their
//! order and let any of them fail.

use std::fs::File;

use super::{error::StoreError, folder::FileIdentity, read::Store, tree::Changes};

/// The calls on the disk that a commit consists of.
pub(super) trait Disk: Send {
    /// Applies a batch. It is atomic, but not durable yet.
    fn apply(&mut self, changes: Changes) -> Result<(), StoreError>;

    /// Hands what was applied to the operating system.
    fn flush(&mut self) -> Result<(), StoreError>;

    /// Makes what was flushed durable.
    fn sync_data(&mut self) -> Result<(), StoreError>;

    /// Checks that what was synced will be found at the next start, and notes it.
    fn confirm(&mut self) -> Result<(), StoreError>;

    /// Goes on with the files of the store, which were replaced.
    fn reopen(&mut self) -> Result<(), StoreError>;
}

/// The disk below sled.
pub(super) struct SledDisk {
    store: Store,
    log: File,
    identity: FileIdentity,
}

impl SledDisk {
    pub(super) fn open(store: &Store) -> Result<Self, StoreError> {
        let path = store.path();
        let (log, identity) = (File::open(path.join("db"))?, FileIdentity::of(path)?);
        Ok(Self { store: store.clone(), log, identity })
    }
}

impl Disk for SledDisk {
    fn apply(&mut self, changes: Changes) -> Result<(), StoreError> {
        self.store.write(changes)
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        self.store.flush()
    }

    fn sync_data(&mut self) -> Result<(), StoreError> {
        Ok(self.log.sync_data()?)
    }

    fn confirm(&mut self) -> Result<(), StoreError> {
        self.identity.check()?;
        self.store.check_blobs()?;
        self.store.note_synced()
    }

    fn reopen(&mut self) -> Result<(), StoreError> {
        *self = Self::open(&self.store)?;
        Ok(())
    }
}

impl Store {
    /// Fails if sled wrote a file of its own for a large value. Values are cut into pieces so
    /// that this never happens.
    pub(super) fn check_blobs(&self) -> Result<(), StoreError> {
        let blobs = self.path().join("blobs");
        let found = match std::fs::read_dir(&blobs) {
            Ok(mut files) => files.next().is_some(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
            Err(error) => return Err(error.into()),
        };
        if found { Err(StoreError::Blobs(blobs)) } else { Ok(()) }
    }

    /// Declares the current thread the only one that writes to the store.
    pub(super) fn set_writer(&self) {
        // A store has one writer; a second one would fail the assertion in `write`.
        let _ = self.inner.writer.set(std::thread::current().id());
    }
}
