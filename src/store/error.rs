//! What the store can refuse or fail with.

use std::path::PathBuf;

/// Why the store refused or failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the folder.
    #[error("another process owns the store in {}: stop it, or give this one another folder with --data", .0.display())]
    Owned(PathBuf),
    /// The folder cannot be used.
    #[error("cannot open the store in {}: {cause}. Give a folder that this user can write, on a disk with free space", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        cause: String,
    },
    /// A newer program wrote it.
    #[error("the store in {} has format {found}, this program knows up to {known}: use the newer dhakira that wrote it", path.display())]
    Newer {
        /// The folder.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// Ours.
        known: u32,
    },
    /// A record cannot be read.
    #[error("the record at key {key} cannot be read: {cause}. Restore a backup, or report a defect")]
    Record {
        /// Its key, in hexadecimal.
        key: String,
        /// Why.
        cause: String,
    },
    /// Too little space is left.
    #[error("only {available} bytes are free, {reserve} are kept in reserve")]
    DiskLow {
        /// Bytes left.
        available: u64,
        /// Bytes that must stay free.
        reserve: u64,
    },
    /// No space is left at all.
    #[error("the store's disk is full")]
    DiskFull,
    /// A commit failed before this one.
    #[error("writes are refused since a commit failed: {0}")]
    Broken(String),
    /// The disk failed.
    #[error("the store's disk failed: {0}")]
    Io(String),
    /// The writer has stopped.
    #[error("the store's writer has stopped")]
    Stopped,
}

impl From<sled::Error> for StoreError {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(io) => io.into(),
            other => Self::Io(other.to_string()),
        }
    }
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::DiskFull,
            _ => Self::Io(error.to_string()),
        }
    }
}
