//! Opening a store, after clearing away what a crash may have left in its folder.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use prost::Message;

use super::{FORMAT_VERSION, codec, error::StoreError, keys, read::Store, records as r};
use crate::text::{FOLD_VERSION, SEGMENTATION_VERSION};

/// How a store is opened.
#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Size of sled's page cache in bytes. This does not bound the memory of the process.
    /// Default: 96 MiB, because lookups are as fast with it as with 256 MiB.
    pub cache_bytes: u64,
    /// Bytes that must stay free on the disk. If less is free, writes are refused,
    /// because a store on a full disk cannot even be opened. Default: 256 MiB.
    pub disk_reserve_bytes: u64,
    /// Number of units from which the indexes are also written to a checkpoint beside the store,
    /// so that the next open is fast. Default: 20,000.
    pub checkpoint_units: usize,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self { cache_bytes: 96 << 20, disk_reserve_bytes: 256 << 20, checkpoint_units: 20_000 }
    }
}

/// What opening a store did, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Half-written snapshots that were removed.
    pub removed_snapshots: Vec<PathBuf>,
    /// Snapshots that were renamed because the store did not open with them.
    pub renamed_snapshots: Vec<PathBuf>,
    /// Whether the store did not exist before.
    pub created: bool,
    /// Units that were read and indexed because no checkpoint has them.
    pub units_read: u64,
}

impl Store {
    /// Opens the store in a folder, and creates the folder if it is absent.
    ///
    /// # Errors
    /// Returns [`StoreError::Locked`], [`StoreError::Newer`], [`StoreError::Unusable`], or the
    /// error of a record that cannot be read.
    pub fn open(path: &Path, options: &StoreOptions) -> Result<(Self, OpenReport), StoreError> {
        let mut report = OpenReport { created: !path.join("db").exists(), ..OpenReport::default() };
        fs::create_dir_all(path).map_err(|e| unusable(path, &e))?;
        // The lock comes first, because a second process must not touch the snapshots of the first.
        wait_for_lock(|| check_unlocked(path))?;
        for half in find_snapshots(path, true)? {
            fs::remove_file(&half).map_err(|e| unusable(path, &e))?;
            report.removed_snapshots.push(half);
        }
        let db = match wait_for_lock(|| open_sled(path, options)) {
            Err(OpenFailure::Corrupt(cause)) => {
                for snapshot in find_snapshots(path, false)? {
                    fs::rename(&snapshot, aside_path(&snapshot)).map_err(|e| unusable(path, &e))?;
                    report.renamed_snapshots.push(snapshot);
                }
                if report.renamed_snapshots.is_empty() {
                    return Err(unusable(path, &cause));
                }
                wait_for_lock(|| open_sled(path, options))?
            }
            other => other?,
        };
        let store =
            Self { db, path: path.to_owned(), reserve: options.disk_reserve_bytes, writer: Arc::default() };
        store.check_format()?;
        Ok((store, report))
    }

    fn check_format(&self) -> Result<(), StoreError> {
        let ours = r::FormatRecord {
            format: FORMAT_VERSION,
            fold: FOLD_VERSION,
            segmentation: SEGMENTATION_VERSION,
            program: env!("CARGO_PKG_VERSION").to_owned(),
        };
        if let Some(bytes) = self.db.get(keys::FORMAT)? {
            let found: r::FormatRecord = codec::decode(keys::FORMAT, &bytes, Ok)?;
            if found.format > FORMAT_VERSION {
                return Err(StoreError::Newer {
                    path: self.path.clone(),
                    found: found.format,
                    known: FORMAT_VERSION,
                });
            }
            if found == ours {
                return Ok(());
            }
        }
        self.db.insert(keys::FORMAT, ours.encode_to_vec())?;
        self.sync()
    }
}

/// How long to wait for the lock. A store that was just closed, in this process or in one that
/// is exiting, may still have threads that hold it.
const LOCK_TIMEOUT: Duration = Duration::from_secs(2);

/// Why an attempt to open a store failed. Each variant is handled differently.
enum OpenFailure {
    /// Another process holds the lock: try again for a while.
    Owned(StoreError),
    /// sled reports corruption: move the snapshots aside and try again.
    Corrupt(String),
    /// Anything else: give up.
    Failed(StoreError),
}

impl From<OpenFailure> for StoreError {
    fn from(opening: OpenFailure) -> Self {
        match opening {
            OpenFailure::Owned(error) | OpenFailure::Failed(error) => error,
            OpenFailure::Corrupt(cause) => Self::Io(cause),
        }
    }
}

/// Retries while another process holds the lock, for at most [`LOCK_TIMEOUT`].
fn wait_for_lock<T>(mut open: impl FnMut() -> Result<T, OpenFailure>) -> Result<T, OpenFailure> {
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

fn open_sled(path: &Path, options: &StoreOptions) -> Result<sled::Db, OpenFailure> {
    let config = sled::Config::new().path(path).cache_capacity(options.cache_bytes).flush_every_ms(None);
    config.open().map_err(|error| match error {
        sled::Error::Corruption { .. } => OpenFailure::Corrupt(error.to_string()),
        // sled has no error of its own for a held lock; only the message shows it.
        sled::Error::Io(ref io) if io.to_string().contains("could not acquire lock") => {
            OpenFailure::Owned(StoreError::Locked(path.to_owned()))
        }
        other => OpenFailure::Failed(unusable(path, &other)),
    })
}

fn unusable(path: &Path, cause: &dyn std::fmt::Display) -> StoreError {
    StoreError::Unusable { path: path.to_owned(), cause: cause.to_string() }
}

/// Takes the lock that sled takes on its file and releases it at once. Fails if another process
/// holds it.
fn check_unlocked(path: &Path) -> Result<(), OpenFailure> {
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

fn lock_failed(path: &Path, cause: &std::io::Error) -> OpenFailure {
    OpenFailure::Failed(unusable(path, cause))
}

/// Lists sled's snapshots in name order: the half-written ones if `half` is true, else the
/// finished ones.
fn find_snapshots(path: &Path, half: bool) -> Result<Vec<PathBuf>, StoreError> {
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

#[cfg(test)]
mod tests {
    use std::fs;

    use prost::Message;

    use super::{Store, StoreOptions};
    use crate::store::{FORMAT_VERSION, StoreError, keys, records::FormatRecord};

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap_or_else(|e| panic!("{e}"))
    }

    fn open(path: &std::path::Path) -> (Store, super::OpenReport) {
        Store::open(path, &StoreOptions::default()).unwrap_or_else(|e| panic!("{e}"))
    }

    #[test]
    fn a_half_written_snapshot_is_removed() {
        let dir = folder();
        drop(open(dir.path()));
        let half = dir.path().join("snap.00000000DEADBEEF.generating");
        fs::write(&half, b"half").unwrap_or_else(|e| panic!("{e}"));
        let (_store, report) = open(dir.path());
        assert_eq!(report.removed_snapshots, std::slice::from_ref(&half));
        assert!(!half.exists());
    }

    #[test]
    fn a_corrupt_snapshot_is_moved_aside_and_the_data_stays() {
        let dir = folder();
        let (store, _) = open(dir.path());
        for n in 0..2_000_u32 {
            store
                .db
                .insert([&[0x10][..], &n.to_be_bytes()].concat(), vec![7; 600])
                .unwrap_or_else(|e| panic!("{e}"));
        }
        store.sync().unwrap_or_else(|e| panic!("{e}"));
        drop(store);
        let snapshot = super::find_snapshots(dir.path(), false).unwrap_or_default().pop();
        let snapshot = snapshot.unwrap_or_else(|| dir.path().join("snap.0000000000000000"));
        fs::write(&snapshot, [0xA5; 400]).unwrap_or_else(|e| panic!("{e}"));
        let (store, report) = open(dir.path());
        assert_eq!(report.renamed_snapshots, [snapshot]);
        assert_eq!(store.db.scan_prefix([0x10]).count(), 2_000);
    }

    #[test]
    fn a_second_owner_is_refused() {
        let dir = folder();
        let _first = open(dir.path());
        let second = Store::open(dir.path(), &StoreOptions::default());
        assert!(matches!(second, Err(StoreError::Locked(_))), "{second:?}");
    }

    #[test]
    fn a_newer_store_is_refused_and_left_alone() {
        let dir = folder();
        let newer = FormatRecord { format: FORMAT_VERSION + 1, ..FormatRecord::default() }.encode_to_vec();
        {
            let (store, _) = open(dir.path());
            store.db.insert(keys::FORMAT, newer.clone()).unwrap_or_else(|e| panic!("{e}"));
            store.sync().unwrap_or_else(|e| panic!("{e}"));
        }
        let refused = Store::open(dir.path(), &StoreOptions::default());
        assert!(
            matches!(refused, Err(StoreError::Newer { found, .. }) if found == FORMAT_VERSION + 1),
            "{refused:?}"
        );
        let db = sled::open(dir.path()).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(db.get(keys::FORMAT).ok().flatten().as_deref(), Some(newer.as_slice()));
    }

    #[test]
    fn a_folder_that_cannot_be_used_is_named() {
        let dir = folder();
        let file = dir.path().join("file");
        fs::write(&file, b"x").unwrap_or_else(|e| panic!("{e}"));
        let error = Store::open(&file, &StoreOptions::default()).map(|_| ()).map_err(|e| e.to_string());
        assert!(
            error.as_ref().is_err_and(|e| e.contains("file") && e.contains("Give a folder")),
            "{error:?}"
        );
    }
}
