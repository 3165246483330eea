//! Opening sled's files, with its snapshots and its errors.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, atomic::AtomicUsize},
};

use arc_swap::ArcSwap;

use super::{
    call_watch,
    error::StoreError,
    folder::HALF_SNAPSHOT,
    guard::catch_panic,
    lock::{OpenFailure, unusable, wait_for_lock},
    options::StoreOptions,
    read::{OpenStore, Store},
};

/// Opens sled's files in a folder as they are. The store has no mark, so it does not note its syncs.
pub(super) fn open_files(path: &Path, options: &StoreOptions) -> Result<Store, OpenFailure> {
    call_watch::start().map_err(|error| OpenFailure::Failed(error.into()))?;
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
            metrics: options.metrics.clone(),
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

/// Lists sled's snapshots in name order: the half-written ones if `half` is true, else the
/// finished ones.
pub(super) fn find_snapshots(path: &Path, half: bool) -> Result<Vec<PathBuf>, StoreError> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).map_err(|e| unusable(path, &e))? {
        let entry = entry.map_err(|e| unusable(path, &e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("snap.") && name.ends_with(HALF_SNAPSHOT) == half {
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
