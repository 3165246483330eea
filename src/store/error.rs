//! The errors of the store.

use std::path::PathBuf;

/// Why the store refused a request or failed.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has the store open.
    #[error("another process owns the store in {}: stop it, or give this one another folder with --data", .0.display())]
    Locked(PathBuf),
    /// The folder cannot be used.
    #[error("cannot open the store in {}: {cause}. Give a folder that this user can write, on a disk with free space", path.display())]
    Unusable {
        /// The folder.
        path: PathBuf,
        /// The system's error message.
        cause: String,
    },
    /// A newer version of the program wrote the store.
    #[error("the store in {} has format {found}, this program knows up to {known}: use the newer dhakira that wrote it", path.display())]
    Newer {
        /// The folder.
        path: PathBuf,
        /// The format of the store.
        found: u32,
        /// The highest format that this program reads.
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
    /// Records are missing, or cannot be read.
    #[error("the store in {} is damaged: {cause}. Restore a backup; 'dhakira verify --data {}' says what is whole", path.display(), path.display())]
    Damaged {
        /// The folder.
        path: PathBuf,
        /// What is missing or cannot be read.
        cause: String,
    },
    /// Somebody removed or replaced the file of the running store.
    #[error("{} was removed or replaced while the store was open", .0.display())]
    Replaced(PathBuf),
    /// sled wrote files of its own for large values, which are not safe at a power cut.
    #[error("sled wrote files for large values into {}, which do not survive a power cut: report a defect", .0.display())]
    Blobs(PathBuf),
    /// There is no space for a copy of the store beside it.
    #[error("the store in {} has to be copied, for which {needed} bytes must be free; only {available} are: free some space, or move the folder to a larger disk", path.display())]
    NoRoomToRewrite {
        /// The folder.
        path: PathBuf,
        /// Bytes that are free.
        available: u64,
        /// Bytes that must be free.
        needed: u64,
    },
    /// The store is being compacted already.
    #[error("the store is being compacted already: wait until that is done")]
    CompactionRunning,
    /// There is no store in the folder.
    #[error("there is no store in {}: give the folder that 'dhakira serve --data' uses", .0.display())]
    NoStore(PathBuf),
    /// A copy of the store cannot be made in the folder for it.
    #[error("the store cannot be copied into {}: {cause}. Give another folder with --scratch", path.display())]
    Scratch {
        /// The folder for the copy.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// The store is being verified already.
    #[error("the store is being verified already: wait until that is done")]
    VerificationRunning,
    /// Nobody waits for the result any more.
    #[error("the work was given up, because nobody waits for its result")]
    GivenUp,
    /// Less than the reserve is free on the disk.
    #[error("only {available} bytes are free, {reserve} are kept in reserve")]
    DiskLow {
        /// Bytes that are free.
        available: u64,
        /// Bytes that must stay free.
        reserve: u64,
    },
    /// No space is left at all.
    #[error("the store's disk is full")]
    DiskFull,
    /// An earlier commit failed.
    #[error("writes are refused since a commit failed: {0}")]
    Broken(String),
    /// The disk failed.
    #[error("the store's disk failed: {0}")]
    Io(String),
    /// The writer has stopped.
    #[error("the store's writer has stopped")]
    Stopped,
}

impl From<std::io::Error> for StoreError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::StorageFull => Self::DiskFull,
            _ => Self::Io(error.to_string()),
        }
    }
}
