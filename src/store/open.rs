//! Opening a store, after clearing away what a crash may have left in its folder.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    FORMAT_VERSION,
    copy::OpenCopy,
    error::StoreError,
    folder,
    format::newer,
    lock::{check_unlocked, unusable, wait_for_lock},
    options::StoreOptions,
    read::Store,
    rewrite::{self, FormerStore},
    sled_files::{find_snapshots, open_with_snapshots},
    synced_mark::{FileState, Synced, SyncedMark},
    verify::missing_batches,
};

/// What opening a store did, for the log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OpenReport {
    /// Half-written snapshots that were removed.
    pub removed_snapshots: Vec<PathBuf>,
    /// Snapshots that were renamed because the store did not open with them.
    pub renamed_snapshots: Vec<PathBuf>,
    /// Whether the store did not exist before.
    pub created: bool,
    /// Whether every record was read first, because the store's file was changed since the last stop, or
    /// written when the server crashed.
    pub verified: bool,
    /// The earlier format that the store was migrated from.
    pub migrated_from: Option<u32>,
    /// Units that were read and indexed because no checkpoint has them.
    pub units_read: u64,
}

/// The most bytes that the files of a store may have in which nothing was written: sled makes its file with one
/// segment of 512 KiB, and the store is new if a crash came before the first record.
const MAX_EMPTY_BYTES: u64 = 1 << 20;

/// The folder for a copy of a store that is looked at before it is opened.
const CHECKING: &str = "checking";

impl Store {
    /// Opens the store in a folder, and creates the folder if it is absent. A store of an earlier
    /// format is migrated first. A store that is damaged is refused and not changed.
    ///
    /// # Errors
    /// Returns [`StoreError::Locked`], [`StoreError::Newer`], [`StoreError::Unusable`],
    /// [`StoreError::Damaged`], [`StoreError::NoRoomToRewrite`], or the error of a record that
    /// cannot be read.
    pub fn open(path: &Path, options: &StoreOptions) -> Result<(Self, OpenReport), StoreError> {
        let unusable = |error: io::Error| unusable(path, &error);
        folder::create(path).map_err(unusable)?;
        // The lock comes first, because a second process must not touch the files of the first.
        wait_for_lock(|| check_unlocked(path))?;
        rewrite::finish(path).map_err(unusable)?;
        let mut report = OpenReport { created: !path.join("db").exists(), ..OpenReport::default() };
        let synced = Synced::read(path).map_err(unusable)?;
        if !report.created {
            inspect(path, options, synced, &mut report)?;
        }
        for half in find_snapshots(path, true)? {
            fs::remove_file(&half).map_err(unusable)?;
            report.removed_snapshots.push(half);
        }
        let (store, renamed_snapshots) = open_with_snapshots(path, options)?;
        report.renamed_snapshots = renamed_snapshots;
        // A migrated store counts its batches from the beginning.
        let synced = synced.filter(|_| report.migrated_from.is_none());
        if let Some(missing) = missing_batches(&store.totals(), synced) {
            return Err(store.damaged(missing));
        }
        store.put_format()?;
        store.check_blobs()?;
        let mark = SyncedMark::open(path).map_err(unusable)?;
        folder::secure_files(path).map_err(unusable)?;
        mark.note(&store.totals()).map_err(unusable)?;
        // A store is opened once, so nobody has set the mark before.
        let _ = store.inner.mark.set(mark);
        Ok((store, report))
    }
}

/// Looks at a store in a copy, unless its file is as the server left it.
fn inspect(
    path: &Path,
    options: &StoreOptions,
    synced: Option<Synced>,
    report: &mut OpenReport,
) -> Result<(), StoreError> {
    // Without the file of the last sync it is not known whether others changed the store.
    let state = synced.map_or(Ok(FileState::Changed), |synced| synced.state_of_file(path))?;
    if state == FileState::Untouched {
        return Ok(());
    }
    match inspect_copy(path, options, synced) {
        // The store is most likely whole, and it must open on a disk that is full.
        Err(StoreError::NoRoomToRewrite { available, needed, .. }) if state == FileState::WrittenLast => {
            tracing::warn!(
                available,
                needed,
                "the store is not checked after the crash, because the disk has no room for a copy"
            );
        }
        inspected => {
            report.migrated_from = inspected?;
            report.verified = report.migrated_from.is_none();
        }
    }
    Ok(())
}

/// Looks at a copy of a store, because opening may change it. Fails if the store is damaged. If it has an
/// earlier format, migrates it and returns that format.
fn inspect_copy(
    path: &Path,
    options: &StoreOptions,
    synced: Option<Synced>,
) -> Result<Option<u32>, StoreError> {
    let data = path.display();
    tracing::info!(%data, "checking the store, because its file was changed since the last stop, or the server crashed while it wrote, or the format is an earlier one");
    let size = folder::size(path)?;
    rewrite::check_space(path, size, 0)?;
    let copy = OpenCopy::make(path, &path.join(CHECKING), options)?;
    let format = copy.store.format()?.map_or(FORMAT_VERSION, |found| found.format);
    if format > FORMAT_VERSION {
        return Err(newer(path, format));
    }
    if format < FORMAT_VERSION {
        migrate(&copy.store, path, options, format)?;
        return Ok(Some(format));
    }
    check_has_records(&copy.store, path, size)?;
    let verification = copy.store.verify_records(synced);
    if !verification.is_whole() {
        return Err(StoreError::Damaged { path: path.to_owned(), cause: verification.summary() });
    }
    Ok(None)
}

/// Fails if a copy of the store in `path` has no record, although the files have `size` bytes.
pub(super) fn check_has_records(copy: &Store, path: &Path, size: u64) -> Result<(), StoreError> {
    if copy.format()?.is_none() && size > MAX_EMPTY_BYTES {
        let cause = format!("its files have {size} bytes, and no record can be found in them");
        return Err(StoreError::Damaged { path: path.to_owned(), cause });
    }
    Ok(())
}

/// Replaces the store in a folder by one of the present format. `copy` is a copy of it.
fn migrate(copy: &Store, path: &Path, options: &StoreOptions, format: u32) -> Result<(), StoreError> {
    tracing::info!(
        from = format,
        to = FORMAT_VERSION,
        "migrating the store; the former one is kept until the next orderly stop"
    );
    // Pieces take more room in sled than whole values, and its log is not compact while it is written.
    rewrite::check_space(path, folder::size(path)?.saturating_mul(2), options.disk_reserve_bytes)?;
    rewrite::rewrite(copy, path, options)?;
    rewrite::commit(path, FormerStore::Keep(format))?;
    rewrite::finish(path)?;
    tracing::info!("the store is migrated");
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::FileExt};

    use prost::Message;

    use super::{Store, StoreOptions};
    use crate::store::{
        FORMAT_VERSION, StoreError,
        folder::SYNCED,
        keys,
        records::FormatRecord,
        sled_files::find_snapshots,
        synced_mark::{Synced, SyncedMark},
        totals::Totals,
        tree::Changes,
    };

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
        // After a stop, and after a crash, when a copy is looked at first.
        for crashed in [false, true] {
            fs::write(&half, b"half").unwrap_or_else(|e| panic!("{e}"));
            if crashed {
                crash(dir.path());
            }
            let (_store, report) = open(dir.path());
            assert_eq!(report.removed_snapshots, std::slice::from_ref(&half));
            assert_eq!(report.verified, crashed);
            assert!(!half.exists());
        }
    }

    #[test]
    fn a_corrupt_snapshot_is_moved_aside_and_the_data_stays() {
        let dir = folder();
        let (store, _) = open(dir.path());
        for n in 0..2_000_u32 {
            let key = [&[0x10][..], &n.to_be_bytes()].concat();
            store.write(Changes::from([(key, Some(vec![7; 600]))])).unwrap_or_else(|e| panic!("{e}"));
        }
        store.sync().unwrap_or_else(|e| panic!("{e}"));
        drop(store);
        let snapshot = find_snapshots(dir.path(), false).unwrap_or_default().pop();
        let snapshot = snapshot.unwrap_or_else(|| dir.path().join("snap.0000000000000000"));
        fs::write(&snapshot, [0xA5; 400]).unwrap_or_else(|e| panic!("{e}"));
        let (store, report) = open(dir.path());
        assert_eq!(report.renamed_snapshots, [snapshot]);
        assert_eq!(store.count_keys(&[0x10]), 2_000);
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
            let changes = Changes::from([(keys::FORMAT.to_vec(), Some(newer.clone()))]);
            store.write(changes).unwrap_or_else(|e| panic!("{e}"));
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

    fn filled(folder: &std::path::Path) {
        let (store, _) = open(folder);
        for chunk in 0..30_u32 {
            let changes = (0..100_u32).map(|n| {
                let key = [&[0x12, 0, 0, 0, 1][..], &(chunk * 100 + n).to_be_bytes()].concat();
                (key, Some(Vec::new()))
            });
            let mut changes: Changes = changes.collect();
            changes.insert([&[0x13][..], &chunk.to_be_bytes()].concat(), None);
            store.write(changes).unwrap_or_else(|e| panic!("{e}"));
        }
        store.sync().unwrap_or_else(|e| panic!("{e}"));
    }

    #[test]
    fn a_store_is_read_in_full_only_if_its_file_was_changed() {
        let dir = folder();
        for _ in 0..3 {
            assert!(!open(dir.path()).1.verified);
        }
        // A copy of the file in place of the file.
        fs::copy(dir.path().join("db"), dir.path().join("copy")).unwrap_or_else(|e| panic!("{e}"));
        fs::rename(dir.path().join("copy"), dir.path().join("db")).unwrap_or_else(|e| panic!("{e}"));
        assert!(open(dir.path()).1.verified);
        assert!(!open(dir.path()).1.verified);
    }

    /// Returns the contents of all files in a folder.
    fn contents(folder: &std::path::Path) -> std::collections::BTreeMap<std::path::PathBuf, Vec<u8>> {
        let files = fs::read_dir(folder).unwrap_or_else(|e| panic!("{e}")).map(|entry| entry.unwrap().path());
        let files = files.filter(|path| path.is_file());
        files.map(|path| (path.clone(), fs::read(path).unwrap_or_else(|e| panic!("{e}")))).collect()
    }

    #[test]
    fn a_large_file_without_records_is_refused_even_without_its_mark() {
        let dir = folder();
        drop(open(dir.path()));
        fs::remove_file(dir.path().join(SYNCED)).unwrap_or_else(|e| panic!("{e}"));
        for (size, is_refused) in [(super::MAX_EMPTY_BYTES / 2, false), (super::MAX_EMPTY_BYTES * 2, true)] {
            let bytes = vec![0xA5; usize::try_from(size).unwrap_or_default()];
            fs::write(dir.path().join("db"), &bytes).unwrap_or_else(|e| panic!("{e}"));
            let opened = Store::open(dir.path(), &StoreOptions::default());
            assert_eq!(matches!(opened, Err(StoreError::Damaged { .. })), is_refused, "{size}: {opened:?}");
            drop(opened);
            let _ = fs::remove_file(dir.path().join(SYNCED));
        }
    }

    /// Makes a folder look as after a crash a second ago.
    fn crash(folder: &std::path::Path) {
        let synced = Synced::read(folder).ok().flatten().unwrap();
        let totals = Totals { batches: synced.batches, checksum: synced.checksum, ..Totals::default() };
        let mark = SyncedMark::open(folder).unwrap_or_else(|e| panic!("{e}"));
        mark.note(&totals).unwrap_or_else(|e| panic!("{e}"));
        // It must not note a stop.
        mark.note_failure();
        let noted =
            fs::File::options().write(true).open(folder.join(SYNCED)).unwrap_or_else(|e| panic!("{e}"));
        let written =
            folder.join("db").metadata().and_then(|db| db.modified()).unwrap_or_else(|e| panic!("{e}"));
        let before = written - std::time::Duration::from_secs(1);
        noted.set_modified(before).unwrap_or_else(|e| panic!("{e}"));
    }

    #[test]
    fn a_damaged_store_is_refused_and_not_changed_or_whole() {
        let original = folder();
        filled(original.path());
        let size = contents(original.path())[&original.path().join("db")].len();
        for crashed in [false, true] {
            let mut refused = 0;
            for damage in 0..24 {
                let dir = folder();
                for (path, bytes) in contents(original.path()) {
                    fs::write(dir.path().join(path.file_name().unwrap()), bytes)
                        .unwrap_or_else(|e| panic!("{e}"));
                }
                if crashed {
                    crash(dir.path());
                }
                let db = dir.path().join("db");
                let db = fs::File::options().write(true).open(db).unwrap_or_else(|e| panic!("{e}"));
                let at = size * damage / 24;
                if damage % 4 == 3 {
                    db.set_len(at as u64).unwrap_or_else(|e| panic!("{e}"));
                } else {
                    let damaged = vec![0xA5; 64.min(size - at)];
                    db.write_all_at(&damaged, at as u64).unwrap_or_else(|e| panic!("{e}"));
                }
                let before = contents(dir.path());
                match Store::open(dir.path(), &StoreOptions::default()) {
                    Ok((store, report)) => {
                        assert!(report.verified, "{crashed}, damage {damage}");
                        assert_eq!(store.count_keys(&[0x12]), 3_000, "{crashed}, damage {damage}");
                    }
                    Err(error) => {
                        assert!(
                            error.to_string().contains("Restore a backup"),
                            "{crashed}, damage {damage}: {error}"
                        );
                        assert!(contents(dir.path()) == before, "{crashed}, damage {damage}: changed");
                        refused += 1;
                    }
                }
            }
            assert!(refused > 3, "{refused} of the damages were noticed");
        }
    }
}
