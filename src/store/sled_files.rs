//! Opening sled's files: its lock, its snapshots and its errors.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, atomic::AtomicUsize},
    thread,
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;

use super::{
    error::StoreError,
    guard::catch_panic,
    options::StoreOptions,
    read::{OpenStore, Store},
};

/// How long to wait for the lock. A store that was just closed, in this process or in one that
/// is exiting, may still have threads that hold it.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

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

/// Opens sled's files in a folder as they are. The store has no mark, so it does not note its syncs.
pub(super) fn open_files(path: &Path, options: &StoreOptions) -> Result<Store, OpenFailure> {
    let config = sled::Config::new().path(path).cache_capacity(options.cache_bytes).flush_every_ms(None);
    let damaged = |cause| StoreError::Damaged { path: path.to_owned(), cause };
    let opened = catch_panic(|| config.open()).map_err(|panic| OpenFailure::Failed(damaged(panic)))?;
    let db = opened.map_err(|error| match error {
        sled::Error::Corruption { .. } | sled::Error::ReportableBug(_) => {
            OpenFailure::Corrupt(path.to_owned(), error.to_string())
        }
        // sled has no error of its own for a held lock; only the message shows it.
        sled::Error::Io(ref io) if io.to_string().contains("could not acquire lock") => {
            OpenFailure::Owned(StoreError::Locked(path.to_owned()))
        }
        other => OpenFailure::Failed(unusable(path, &other)),
    })?;
    let store = Store {
        inner: Arc::new(OpenStore {
            db: ArcSwap::from_pointee(db),
            mark: OnceLock::new(),
            path: path.to_owned(),
            reserve: options.disk_reserve_bytes,
            writer: OnceLock::new(),
            totals: Mutex::default(),
            unflushed_bytes: AtomicUsize::default(),
            changed_keys: Mutex::default(),
            verified_part: Mutex::default(),
            writes_stopped: OnceLock::new(),
        }),
    };
    store.set_totals(store.read_totals().map_err(OpenFailure::Failed)?);
    Ok(store)
}

/// Opens sled's files in a folder. If sled finds a damaged snapshot, moves the snapshots aside and
/// lets sled read its whole log. Also returns the former paths of these snapshots.
pub(super) fn open_with_snapshots(
    path: &Path,
    options: &StoreOptions,
) -> Result<(Store, Vec<PathBuf>), StoreError> {
    match wait_for_lock(|| open_files(path, options)) {
        Err(OpenFailure::Corrupt(_, cause)) => {
            let snapshots = find_snapshots(path, false)?;
            for snapshot in &snapshots {
                fs::rename(snapshot, aside_path(snapshot)).map_err(|e| unusable(path, &e))?;
            }
            if snapshots.is_empty() {
                return Err(StoreError::Damaged { path: path.to_owned(), cause });
            }
            Ok((wait_for_lock(|| open_files(path, options))?, snapshots))
        }
        other => Ok((other?, Vec::new())),
    }
}

pub(super) fn unusable(path: &Path, cause: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), cause: cause.to_string() }
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

/// Lists sled's snapshots in name order: the half-written ones if `half` is true, else the
/// finished ones.
pub(super) fn find_snapshots(path: &Path, half: bool) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(|e| unusable(path, &e))? {
        let entry = entry.map_err(|e| unusable(path, &e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("snap.") && name.ends_with(".generating") == half {
            found.push(entry.path());
        }
    }
    found.sort();
    Ok(found)
}

/// Returns the new path of a snapshot that the store does not open with. sled ignores files with
/// such a name.
fn aside_path(snapshot: &Path) -> PathBuf {
    let name = snapshot.file_name().unwrap_or_default().to_string_lossy();
    snapshot.with_file_name(format!("aside.{name}"))
}
