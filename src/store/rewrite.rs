//! Rewriting a store: all its records are copied into a fresh store beside it, which then takes its
//! place. A store of an earlier format is migrated in this way, and a store is compacted in this way,
//! because sled does not give space back.
//!
//! The fresh store grows in a folder that any open removes. Once it is complete and durable,
//! one rename makes it the store. From then on an open that finds it moves the files into place,
//! however often it is interrupted. At any moment either the former or the fresh store is whole.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    error::StoreError, folder, keys, options::StoreOptions, pieces, read::Store, sled_files::open_files,
    totals::Totals, tree::Changes,
};

/// The folder in which a fresh store grows. An open removes it.
const GROWING: &str = "rewriting";

/// The folder of a fresh store that is complete, and whose former store is to be removed.
const COMPACTED: &str = "compacted";

/// The beginning of the name of a fresh store that is complete, and whose former store is to be kept until
/// the next orderly stop. The number of the former format follows.
const MIGRATED: &str = "migrated.format";

/// What follows the name of a complete fresh store once the former store's files are out of the way.
const MOVING: &str = ".moving";

/// The folder to which the files of a compacted store are moved before they are removed.
const REPLACED: &str = "replaced";

/// A batch has at most so many records and, up to the last of them, so many bytes.
const RECORDS_PER_BATCH: usize = 512;
const BYTES_PER_BATCH: usize = 1 << 20;

/// The number of records between two lines of progress in the log.
const RECORDS_PER_LINE: u64 = 250_000;

/// What happens to the former store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormerStore {
    /// It has this earlier format and is kept until the next orderly stop.
    Keep(u32),
    /// It is removed.
    Remove,
}

/// Copies all records of a store into a fresh store beside the one in `path`, and reads them back.
/// [`commit`] then makes the fresh store the one in `path`.
pub(super) fn rewrite(from: &Store, path: &Path, options: &StoreOptions) -> Result<(), StoreError> {
    let fresh = open_files(&begin(path)?, options)?;
    let copied = copy_records(from, &fresh, &|| false)?;
    if !fresh.totals().has_same_records(&copied) {
        return Err(from.damaged("the copy of the store is not equal to it".to_owned()));
    }
    fresh.put_format()?;
    fresh.count_batches_from(from)?;
    let verification = fresh.verify_records(None);
    if !verification.is_whole() {
        return Err(fresh.damaged(verification.summary()));
    }
    fresh.check_blobs()?;
    fresh.sync()
}

impl Store {
    /// Goes on with the number of batches of the store that this one is a copy of, because the mark of the last
    /// sync must not be ahead of the store.
    pub(super) fn count_batches_from(&self, original: &Self) -> Result<(), StoreError> {
        let mut totals = self.totals();
        totals.batches = totals.batches.max(original.totals().batches);
        self.set_totals(totals);
        self.write(Changes::new())
    }
}

/// Returns an empty folder for a fresh store.
pub(super) fn begin(path: &Path) -> io::Result<PathBuf> {
    let growing = path.join(GROWING);
    if growing.exists() {
        fs::remove_dir_all(&growing)?;
    }
    folder::create(&growing)?;
    Ok(growing)
}

/// Writes records into a fresh store, in batches of a bounded size.
pub(super) struct RecordCopier<'s> {
    to: &'s Store,
    batch: Changes,
    bytes: usize,
}

impl<'s> RecordCopier<'s> {
    pub(super) fn new(to: &'s Store) -> Self {
        Self { to, batch: Changes::new(), bytes: 0 }
    }

    /// Adds a record, or the removal of one. Returns whether that completed a batch.
    pub(super) fn add(&mut self, key: Vec<u8>, value: Option<Vec<u8>>) -> Result<bool, StoreError> {
        self.bytes += value.as_ref().map_or(0, Vec::len);
        self.batch.insert(key, value);
        let is_full = self.batch.len() == RECORDS_PER_BATCH || self.bytes >= BYTES_PER_BATCH;
        if is_full {
            self.to.write(std::mem::take(&mut self.batch))?;
            self.bytes = 0;
        }
        Ok(is_full)
    }

    /// Writes the last batch.
    pub(super) fn finish(self) -> Result<(), StoreError> {
        self.to.write(self.batch)
    }
}

/// Copies all records of a store into a fresh one and makes them durable, until `stop` says to end early.
/// Returns what was copied.
pub(super) fn copy_records(from: &Store, to: &Store, stop: &dyn Fn() -> bool) -> Result<Totals, StoreError> {
    let mut copied = Totals::default();
    let mut copier = RecordCopier::new(to);
    let mut records = 0_u64;
    for found in from.all_records() {
        let (key, value) = found?;
        if key == keys::TOTALS {
            continue;
        }
        copied.add(&key, pieces::checksum(&key, &value));
        if copier.add(key, Some(value))? && stop() {
            return Ok(copied);
        }
        records += 1;
        if records.is_multiple_of(RECORDS_PER_LINE) {
            tracing::info!(records, "copying the records of the store");
        }
    }
    copier.finish()?;
    to.sync()?;
    Ok(copied)
}

/// Makes the fresh store, which must be closed, the store. From here on there is no way back.
pub(super) fn commit(path: &Path, former: FormerStore) -> io::Result<()> {
    let growing = path.join(GROWING);
    folder::secure_files(&growing)?;
    rename(&growing, &path.join(complete_name(former)))?;
    folder::sync_names(path)
}

fn complete_name(former: FormerStore) -> String {
    match former {
        FormerStore::Keep(format) => format!("{MIGRATED}{format}"),
        FormerStore::Remove => COMPACTED.to_owned(),
    }
}

/// Finishes what a crash, or the end of [`commit`], left: removes a fresh store that is not complete, and
/// moves the files of a complete one into place.
pub(super) fn finish(path: &Path) -> io::Result<()> {
    remove_folder(&path.join(GROWING))?;
    for (name, former) in complete_stores(path)? {
        let (complete, moving) = (path.join(&name), path.join(name.clone() + MOVING));
        if complete.exists() {
            let aside = path.join(match former {
                FormerStore::Keep(format) => format!("{}{format}", folder::FORMER),
                FormerStore::Remove => REPLACED.to_owned(),
            });
            folder::create(&aside)?;
            move_files(path, &aside)?;
            rename(&complete, &moving)?;
            folder::sync_names(path)?;
        }
        move_files(&moving, path)?;
        fs::remove_dir(&moving)?;
        folder::sync_names(path)?;
    }
    remove_folder(&path.join(REPLACED))
}

/// Lists the complete fresh stores. There is at most one.
fn complete_stores(path: &Path) -> io::Result<Vec<(String, FormerStore)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let name = name.strip_suffix(MOVING).unwrap_or(&name);
        let format = name.strip_prefix(MIGRATED).and_then(|format| format.parse().ok());
        let former = format.map(FormerStore::Keep).or((name == COMPACTED).then_some(FormerStore::Remove));
        found.extend(former.map(|former| (name.to_owned(), former)));
    }
    Ok(found)
}

/// Lists the folders of a complete fresh store, whose files the next open moves into place.
pub(super) fn complete_folders(path: &Path) -> io::Result<Vec<String>> {
    let names = complete_stores(path)?.into_iter().flat_map(|(name, _)| [name.clone() + MOVING, name]);
    Ok(names.filter(|name| path.join(name).exists()).collect())
}

/// Moves the store's files from one folder to another, and makes their names durable. `db` goes last,
/// because without it a folder is taken for an empty store.
fn move_files(from: &Path, to: &Path) -> io::Result<()> {
    let mut names = folder::store_files(from)?;
    names.sort_by_key(|name| name == "db");
    for name in names {
        rename(&from.join(&name), &to.join(&name))?;
    }
    folder::sync_names(from)?;
    folder::sync_names(to)
}

fn rename(from: &Path, to: &Path) -> io::Result<()> {
    #[cfg(test)]
    tests::interrupt()?;
    fs::rename(from, to)
}

fn remove_folder(path: &Path) -> io::Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        done => done,
    }
}

/// Fails if the disk has no space for a store of `bytes`, with the reserve.
pub(super) fn check_space(path: &Path, bytes: u64, reserve: u64) -> Result<(), StoreError> {
    let available = fs4::available_space(path)?;
    let needed = bytes.saturating_add(reserve);
    if available < needed {
        return Err(StoreError::NoRoomToRewrite { path: path.to_owned(), available, needed });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, collections::BTreeMap, io, path::Path};

    use prost::Message;

    use super::{FormerStore, commit, rewrite};
    use crate::store::{FORMAT_VERSION, Store, StoreOptions, keys, records::FormatRecord, tree::Changes};

    thread_local! {
        /// After so many renames the next one fails, as if the process had been killed.
        static RENAMES: Cell<u32> = const { Cell::new(u32::MAX) };
    }

    pub(super) fn interrupt() -> io::Result<()> {
        match RENAMES.get().checked_sub(1) {
            None => Err(io::Error::other("killed")),
            Some(left) => {
                RENAMES.set(if left == u32::MAX - 1 { u32::MAX } else { left });
                Ok(())
            }
        }
    }

    fn options() -> StoreOptions {
        StoreOptions { disk_reserve_bytes: 0, ..StoreOptions::default() }
    }

    type Records = BTreeMap<Vec<u8>, Vec<u8>>;

    /// Returns records of many sizes, of a kind whose values are not decoded when they are verified.
    fn records() -> Records {
        let sizes = [1, 100, 4_096, 4_097, 20_000, 300_000];
        (0..300_u32)
            .map(|n| {
                let key = [&[0x14, 0, 0, 0, 1, 0, 0, 0, 0][..], &n.to_be_bytes()].concat();
                (key, vec![1 + (n % 200) as u8; sizes[n as usize % sizes.len()]])
            })
            .collect()
    }

    fn records_of(store: &Store) -> Records {
        let all = store.all_records().map(Result::unwrap);
        all.filter(|(key, _)| keys::kind_of(key) != 1).collect()
    }

    /// Writes a store of format 2, whose large values are in files of their own.
    fn write_format_2(folder: &Path) {
        let db = sled::open(folder).unwrap();
        let format = FormatRecord { format: 2, ..FormatRecord::default() };
        db.insert(keys::FORMAT, format.encode_to_vec()).unwrap();
        for (key, value) in records() {
            db.insert(key, value).unwrap();
        }
        db.flush().unwrap();
        drop(db);
        assert!(std::fs::read_dir(folder.join("blobs")).unwrap().count() > 0, "this test needs blobs");
    }

    fn open(folder: &Path) -> Store {
        Store::open(folder, &options()).unwrap().0
    }

    #[test]
    fn a_store_of_format_2_is_migrated_whole() {
        let folder = tempfile::tempdir().unwrap();
        write_format_2(folder.path());
        let (store, report) = Store::open(folder.path(), &options()).unwrap();
        assert_eq!(report.migrated_from, Some(2));
        assert_eq!(store.format().unwrap().unwrap().format, FORMAT_VERSION);
        assert_eq!(records_of(&store), records());
        assert_eq!(std::fs::read_dir(folder.path().join("blobs")).unwrap().count(), 0);
        let former = folder.path().join("db.format2");
        assert!(former.join("db").exists(), "the former store is kept");
        drop(store);
        assert!(!former.exists(), "it is kept until the first orderly stop");
        assert_eq!(records_of(&open(folder.path())), records());
    }

    /// Runs `swap` again and again, killed after every number of renames, and opens what is left.
    fn interrupted_everywhere(prepare: impl Fn(&Path), swap: impl Fn(&Path) -> bool) {
        let mut killed = 0;
        loop {
            let folder = tempfile::tempdir().unwrap();
            prepare(folder.path());
            RENAMES.set(killed);
            let done = swap(folder.path());
            // The first open afterwards is killed after another rename.
            RENAMES.set(u32::from(killed % 2 == 1));
            drop(Store::open(folder.path(), &options()));
            RENAMES.set(u32::MAX);
            assert_eq!(records_of(&open(folder.path())), records(), "killed after {killed} renames");
            if done {
                assert!(killed > 5, "only {killed} renames");
                return;
            }
            killed += 1;
        }
    }

    #[test]
    fn a_migration_killed_at_any_rename_loses_nothing() {
        interrupted_everywhere(write_format_2, |folder| Store::open(folder, &options()).is_ok());
    }

    #[test]
    fn a_rewriting_killed_at_any_rename_loses_nothing() {
        let prepare = |folder: &Path| {
            let store = open(folder);
            let changes = records().into_iter().map(|(key, value)| (key, Some(value)));
            store.write(changes.collect::<Changes>()).unwrap();
            store.sync().unwrap();
        };
        interrupted_everywhere(prepare, |folder| {
            let store = open(folder);
            rewrite(&store, folder, &options()).unwrap();
            drop(store);
            commit(folder, FormerStore::Remove).and_then(|()| super::finish(folder)).is_ok()
        });
    }
}
