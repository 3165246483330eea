//! Whether writes work: the free space on the disk, and what stopped the writer.

use std::io;

use super::{error::StoreError, read::Store};

impl Store {
    /// Notes why the writer refuses all writes from here on.
    pub(super) fn note_writes_stopped(&self, cause: StoreError) {
        // The first cause is the one that matters.
        let _ = self.inner.writes_stopped.set(cause);
    }

    /// Fails as a write would fail now: if the writer refuses all writes, if the store's folder is gone,
    /// or if too little space is free. Asks the system only for the free space.
    ///
    /// # Errors
    /// The failure that stopped the writes, or those of [`Store::check_space`].
    pub fn check_writes(&self) -> Result<(), StoreError> {
        self.inner.writes_stopped.get().cloned().map_or_else(|| self.check_space(), Err)
    }

    /// Fails if less than the reserve is free on the disk.
    ///
    /// # Errors
    /// As [`Store::check_space_for`].
    pub fn check_space(&self) -> Result<(), StoreError> {
        self.check_space_for(0)
    }

    /// Fails if less than the reserve plus `bytes` is free on the disk.
    ///
    /// # Errors
    /// Returns [`StoreError::DiskLow`], [`StoreError::Replaced`] if the folder is gone, or the system's error
    /// if the free space cannot be read.
    pub fn check_space_for(&self, bytes: u64) -> Result<(), StoreError> {
        let available = self.free_space()?;
        let reserve = self.inner.reserve.saturating_add(bytes);
        if available < reserve {
            return Err(StoreError::DiskLow { available, reserve });
        }
        Ok(())
    }

    /// Returns how many bytes are free on the store's disk.
    ///
    /// # Errors
    /// Returns [`StoreError::Replaced`] if the folder is gone, or the system's error.
    pub fn free_space(&self) -> Result<u64, StoreError> {
        fs4::available_space(self.path()).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => StoreError::Replaced(self.path().to_owned()),
            _ => error.into(),
        })
    }
}
