//! sled's lock on its file: whether another process, or the end of this store, still holds it.

use std::{
    fs, io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::error::StoreError;

/// How long to wait for the lock. A store that was just closed, in this process or in one that
/// is exiting, may still have threads that hold it.
const LOCK_TIMEOUT: Duration = Duration::from_secs(10);

/// Why an attempt to open a store failed. Each variant is handled differently.
pub(super) enum OpenFailure {
    /// Another process holds the lock: try again for a while.
    Owned(StoreError),
    /// sled reports corruption: move the snapshots aside and try again.
    Corrupt(PathBuf, String),
    /// Anything else: give up.
    Failed(StoreError),
}

impl From<OpenFailure> for StoreError {
    fn from(opening: OpenFailure) -> Self {
        match opening {
            OpenFailure::Owned(error) | OpenFailure::Failed(error) => error,
            OpenFailure::Corrupt(path, cause) => Self::Damaged { path, cause },
        }
    }
}

/// Retries while another process holds the lock, for at most [`LOCK_TIMEOUT`].
pub(super) fn wait_for_lock<T>(mut open: impl FnMut() -> Result<T, OpenFailure>) -> Result<T, OpenFailure> {
    let start = Instant::now();
    loop {
        match open() {
            Err(OpenFailure::Owned(_)) if start.elapsed() < LOCK_TIMEOUT => {
                thread::sleep(Duration::from_millis(20));
            }
            done => return done,
        }
    }
}

/// Takes the lock that sled takes on its file and releases it at once. Fails if another process
/// holds it.
pub(super) fn check_unlocked(path: &Path) -> Result<(), OpenFailure> {
    let file = path.join("db");
    if !file.exists() {
        return Ok(());
    }
    let file = fs::OpenOptions::new().read(true).write(true).open(file).map_err(|e| lock_failed(path, &e))?;
    match file.try_lock() {
        Ok(()) => file.unlock().map_err(|e| lock_failed(path, &e)),
        Err(fs::TryLockError::WouldBlock) => Err(OpenFailure::Owned(StoreError::Locked(path.to_owned()))),
        Err(fs::TryLockError::Error(e)) => Err(lock_failed(path, &e)),
    }
}

fn lock_failed(path: &Path, cause: &io::Error) -> OpenFailure {
    OpenFailure::Failed(unusable(path, cause))
}

pub(super) fn unusable(path: &Path, cause: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), cause: cause.to_string() }
}
