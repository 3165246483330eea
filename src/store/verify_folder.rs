//! Verifies the store in a folder that nobody has open, without changing anything in the folder.

use std::{
    fs::{self, File},
    io,
    path::Path,
};

use super::{
    FORMAT_VERSION,
    copy::CopiedFiles,
    error::StoreError,
    folder,
    format::newer,
    lock::{OpenFailure, unusable, wait_for_lock},
    options::StoreOptions,
    read::Store,
    rewrite,
    sled_files::{find_snapshots, open_with_snapshots},
    synced_mark::Synced,
    verify::{Verification, VerifyWatch},
};

/// Fails if there is no store in a folder. Makes none.
///
/// # Errors
/// Returns [`StoreError::NoStore`], or [`StoreError::Unusable`] if the folder cannot be looked at.
pub fn check_store_exists(path: &Path) -> Result<(), StoreError> {
    let exists = path.join("db").try_exists().and_then(|exists| {
        // A store that is complete and not yet in its place counts, too.
        Ok(exists || path.is_dir() && !rewrite::complete_folders(path)?.is_empty())
    });
    match exists {
        Ok(true) => Ok(()),
        Ok(false) => Err(StoreError::NoStore(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(StoreError::NoStore(path.to_owned()))
        }
        Err(error) => Err(unusable(path, &error)),
    }
}

/// Reads every record of the store in a folder. The store is copied into the folder `scratch` first,
/// because sled changes a store when it opens it. The copy is removed at the end.
///
/// # Errors
/// Returns [`StoreError::NoStore`], [`StoreError::Locked`], [`StoreError::Newer`], [`StoreError::Scratch`],
/// [`StoreError::Unusable`], or [`StoreError::GivenUp`] if `watch` says so. Damage is not an error but a
/// part of the result.
pub fn verify_folder(
    path: &Path,
    scratch: &Path,
    options: &StoreOptions,
    watch: VerifyWatch<'_>,
) -> Result<Verification, StoreError> {
    check_store_exists(path)?;
    let lock = wait_for_lock(|| lock_against_writers(path))?;
    let files = copy_into(path, scratch)?;
    drop(lock);
    verify_copy(path, &files, options, watch)
}

/// Keeps others from opening the store for as long as the file is open. They fail with
/// [`StoreError::Locked`], as this does if one of them was first.
fn lock_against_writers(path: &Path) -> Result<Option<File>, OpenFailure> {
    let failed = |cause: &io::Error| OpenFailure::Failed(unusable(path, cause));
    let file = match File::open(path.join("db")) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&error)),
    };
    // Shared, because that needs no right to write, and several may verify a store at once.
    match file.try_lock_shared() {
        Ok(()) => Ok(Some(file)),
        Err(fs::TryLockError::WouldBlock) => Err(OpenFailure::Owned(StoreError::Locked(path.to_owned()))),
        Err(fs::TryLockError::Error(error)) => Err(failed(&error)),
    }
}

pub(super) fn copy_into(path: &Path, scratch: &Path) -> Result<CopiedFiles, StoreError> {
    let failed = |cause: &dyn std::fmt::Display| StoreError::Scratch {
        path: scratch.to_owned(),
        cause: cause.to_string(),
    };
    let inside = scratch.canonicalize().and_then(|inside| Ok(inside.starts_with(path.canonicalize()?)));
    if inside.map_err(|error| failed(&error))? {
        return Err(failed(&"it is inside the folder of the store, which must not be changed"));
    }
    let size = size_with_complete_stores(path).map_err(|error| unusable(path, &error))?;
    // A quarter more, because sled writes a snapshot when it opens the copy.
    let needed = size.saturating_add(size / 4);
    let available = fs4::available_space(scratch).map_err(|error| failed(&error))?;
    if available < needed {
        return Err(failed(&format!("{needed} bytes must be free there, and only {available} are")));
    }
    CopiedFiles::make_in(path, scratch).map_err(|error| failed(&error))
}

fn size_with_complete_stores(path: &Path) -> io::Result<u64> {
    let mut size = folder::size(path)?;
    for name in rewrite::complete_folders(path)? {
        size += folder::size(&path.join(name))?;
    }
    Ok(size)
}

fn verify_copy(
    path: &Path,
    files: &CopiedFiles,
    options: &StoreOptions,
    watch: VerifyWatch<'_>,
) -> Result<Verification, StoreError> {
    let copy = files.path();
    rewrite::finish(copy)?;
    // Only now, because a rewritten store may count its batches from the beginning.
    let synced = Synced::read(copy)?;
    for half in find_snapshots(copy, true)? {
        fs::remove_file(half)?;
    }
    let store = match open_with_snapshots(copy, options) {
        Ok((store, _)) => store,
        Err(StoreError::Unusable { cause, .. }) => {
            return Ok(Verification::unreadable(StoreError::Damaged { path: path.to_owned(), cause }));
        }
        Err(error @ (StoreError::Damaged { .. } | StoreError::Record { .. })) => {
            return Ok(Verification::unreadable(error));
        }
        Err(error) => return Err(error),
    };
    verify_opened(path, &store, synced, watch)
}

fn verify_opened(
    path: &Path,
    store: &Store,
    synced: Option<Synced>,
    watch: VerifyWatch<'_>,
) -> Result<Verification, StoreError> {
    let (format, problem) = match store.format() {
        Ok(Some(found)) => (found.format, None),
        Ok(None) => (FORMAT_VERSION, Some("the record of its format is missing".to_owned())),
        Err(error) => (FORMAT_VERSION, Some(error.to_string())),
    };
    if format > FORMAT_VERSION {
        return Err(newer(path, format));
    }
    // A store of an earlier format was not counted.
    let has_totals = format == FORMAT_VERSION;
    let mut found = store.verify_at_rest(synced.filter(|_| has_totals), has_totals, watch)?;
    found.format = format;
    if let Some(problem) = problem {
        found.add_problem(problem);
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::{
        collections::BTreeMap,
        fs,
        path::{Path, PathBuf},
    };

    use prost::Message;

    use super::{Verification, verify_folder};
    use crate::store::{
        FORMAT_VERSION, Store, StoreError, StoreOptions, keys, records::FormatRecord, rewrite, tree::Changes,
    };

    fn options() -> StoreOptions {
        StoreOptions { disk_reserve_bytes: 0, ..StoreOptions::default() }
    }

    fn filled() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = Store::open(folder.path(), &options()).unwrap();
        for n in 0..40_u8 {
            let changes = (0..20_u8).map(|m| (vec![0x14, n, m], Some(vec![n + 1; 1_000])));
            store.write(changes.collect::<Changes>()).unwrap();
        }
        store.sync().unwrap();
        folder
    }

    /// Verifies a folder, and checks that nothing in it changed and that no copy is left.
    fn verify(folder: &Path) -> Result<Verification, StoreError> {
        let scratch = tempfile::tempdir().unwrap();
        let before = contents(folder);
        let found = verify_folder(folder, scratch.path(), &options(), &mut |_| true);
        assert!(contents(folder) == before, "a file was changed");
        assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "the copy is left");
        found
    }

    /// Returns the contents and times of all files in a folder.
    fn contents(folder: &Path) -> BTreeMap<PathBuf, (Vec<u8>, std::time::SystemTime)> {
        let mut found = BTreeMap::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let time = path.metadata().unwrap().modified().unwrap();
                    found.insert(path.clone(), (fs::read(&path).unwrap(), time));
                }
            }
        }
        found
    }

    #[test]
    fn a_whole_store_is_whole() {
        let folder = filled();
        let found = verify(folder.path()).unwrap();
        assert_eq!((found.problems, found.format), (Vec::new(), FORMAT_VERSION));
        // The format and the totals are records, too.
        assert_eq!(found.records, 802);
    }

    #[test]
    fn damage_and_lost_ends_are_found_and_not_repaired() {
        let original = filled();
        let size = fs::read(original.path().join("db")).unwrap().len();
        let (mut damaged, mut whole) = (0, 0);
        for damage in 0..16 {
            let folder = tempfile::tempdir().unwrap();
            for name in super::folder::store_files(original.path()).unwrap() {
                let from = original.path().join(&name);
                if from.is_file() {
                    fs::copy(&from, folder.path().join(name)).unwrap();
                }
            }
            let db = folder.path().join("db");
            let mut bytes = fs::read(&db).unwrap();
            let at = size * damage / 16;
            if damage % 2 == 0 {
                bytes.truncate(at);
            } else {
                bytes[at..at + 64].fill(0xA5);
            }
            fs::write(&db, bytes).unwrap();
            let found = verify(folder.path()).unwrap();
            let opened = Store::open(folder.path(), &options());
            assert_eq!(found.is_whole(), opened.is_ok(), "damage {damage}: {:?}", found.problems);
            if found.is_whole() { whole += 1 } else { damaged += 1 }
        }
        assert!(damaged > 5, "{damaged} damaged, {whole} whole");
    }

    #[test]
    fn a_store_without_the_record_of_its_format_is_not_whole() {
        let folder = filled();
        fs::write(folder.path().join("db"), b"").unwrap();
        fs::remove_file(folder.path().join("synced")).unwrap();
        let found = verify(folder.path()).unwrap();
        assert_eq!(found.problems, ["the record of its format is missing"]);
    }

    #[test]
    fn a_store_that_was_not_yet_put_in_its_place_is_verified() {
        let folder = filled();
        {
            let (store, _) = Store::open(folder.path(), &options()).unwrap();
            rewrite::rewrite(&store, folder.path(), &options()).unwrap();
        }
        rewrite::commit(folder.path(), rewrite::FormerStore::Remove).unwrap();
        // As a kill leaves it whose file is moved out of the way already.
        fs::create_dir(folder.path().join("replaced")).unwrap();
        fs::rename(folder.path().join("db"), folder.path().join("replaced/db")).unwrap();
        let found = verify(folder.path()).unwrap();
        assert_eq!((found.problems, found.records), (Vec::new(), 802));
    }

    #[test]
    fn a_store_of_an_earlier_format_is_read_without_totals() {
        let folder = tempfile::tempdir().unwrap();
        let db = sled::open(folder.path()).unwrap();
        let format = FormatRecord { format: 2, ..FormatRecord::default() };
        db.insert(keys::FORMAT, format.encode_to_vec()).unwrap();
        db.insert([0x14, 1], vec![1; 300_000]).unwrap();
        drop(db);
        let found = verify(folder.path()).unwrap();
        assert_eq!((found.format, found.records, found.problems), (2, 2, Vec::new()));
    }

    #[test]
    fn a_newer_store_is_refused() {
        let folder = filled();
        {
            let (store, _) = Store::open(folder.path(), &options()).unwrap();
            let newer = FormatRecord { format: FORMAT_VERSION + 1, ..FormatRecord::default() };
            let changes = Changes::from([(keys::FORMAT.to_vec(), Some(newer.encode_to_vec()))]);
            store.write(changes).unwrap();
            store.sync().unwrap();
        }
        assert!(matches!(verify(folder.path()), Err(StoreError::Newer { .. })));
    }

    #[test]
    fn an_open_store_and_a_missing_one_are_refused() {
        let folder = filled();
        let open = Store::open(folder.path(), &options()).unwrap();
        assert!(matches!(verify(folder.path()), Err(StoreError::Locked(_))));
        drop(open);
        let empty = tempfile::tempdir().unwrap();
        assert!(matches!(verify(empty.path()), Err(StoreError::NoStore(_))));
        let missing = empty.path().join("missing");
        for path in [&missing, &folder.path().join("db")] {
            let found = verify_folder(path, empty.path(), &options(), &mut |_| true);
            assert!(matches!(found, Err(StoreError::NoStore(_))), "{found:?}");
        }
        assert!(!missing.exists());
    }

    #[test]
    fn the_copy_is_not_made_inside_the_store_or_nowhere() {
        let folder = filled();
        for scratch in [folder.path().to_owned(), folder.path().join("blobs"), folder.path().join("missing")]
        {
            let before = contents(folder.path());
            let found = verify_folder(folder.path(), &scratch, &options(), &mut |_| true);
            assert!(matches!(found, Err(StoreError::Scratch { .. })), "{found:?}");
            assert!(contents(folder.path()) == before);
        }
    }
}
