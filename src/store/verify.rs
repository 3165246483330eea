//! Reads a whole store and says what is damaged and what is whole.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    codec,
    deletions::read_deletion,
    error::StoreError,
    folder,
    imports::{self, read_import},
    keys::{self, CollectionKind},
    options::StoreOptions,
    pieces,
    read::Store,
    records as r,
    sled_files::open_with_snapshots,
    synced_mark::Synced,
    totals::Totals,
};

/// What reading a whole store found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// How many records could be read.
    pub records: u64,
    /// The memories and glossaries, with what could be read of each.
    pub collections: Vec<VerifiedCollection>,
    /// What is missing or cannot be read. Empty if the store is whole.
    pub problems: Vec<String>,
}

/// A memory or glossary of a verified store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCollection {
    /// Memory or glossary.
    pub kind: CollectionKind,
    /// Its name.
    pub name: String,
    /// How many of its units or concepts could be read.
    pub entries: u64,
    /// How many former revisions of them could be read.
    pub former_revisions: u64,
    /// Whether all of its records could be read.
    pub whole: bool,
}

/// The most problems that are listed. A store with more is not repaired by looking at each.
const MAX_PROBLEMS: usize = 100;

impl Verification {
    /// Returns whether nothing is missing or damaged.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.problems.is_empty()
    }

    fn add_problem(&mut self, problem: String) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Returns the problems in one line, for an error message.
    pub(super) fn summary(&self) -> String {
        const SHOWN: usize = 3;
        let shown = self.problems.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
        match self.problems.len().saturating_sub(SHOWN) {
            0 => shown,
            more => format!("{shown}; and {more} more"),
        }
    }
}

impl Store {
    /// Returns the number of former revisions of units and concepts.
    #[must_use]
    pub fn count_former_revisions(&self) -> u64 {
        let totals = self.totals();
        let kinds = [CollectionKind::Memory, CollectionKind::Glossary];
        kinds.into_iter().map(|kind| totals.of_kind(keys::history_kind(kind))).sum()
    }

    /// Compares the number of units or concepts that were loaded with the number that the store should have.
    ///
    /// # Errors
    /// Returns [`StoreError::Damaged`] if they differ.
    pub fn check_count(&self, kind: CollectionKind, loaded: u64) -> Result<(), StoreError> {
        let kind = keys::entry_kind(kind);
        let expected = self.totals().of_kind(kind);
        if loaded == expected {
            return Ok(());
        }
        Err(self
            .damaged(format!("{loaded} {} are there, and there should be {expected}", keys::kind_name(kind))))
    }

    /// Reads every record. `synced` is what the store held at least, if that is known.
    pub(super) fn verify_records(&self, synced: Option<Synced>) -> Verification {
        let mut found = Verification::default();
        let mut seen = Totals::default();
        let mut cuts = BTreeSet::from([Vec::new(), keys::end_of_records()]);
        let mut collections = Vec::new();
        for kind in [CollectionKind::Memory, CollectionKind::Glossary] {
            match self.collections(kind) {
                Ok(entries) => collections.extend(entries.into_iter().map(|entry| (kind, entry))),
                Err(error) => found.add_problem(cause(error)),
            }
        }
        // An unreadable page ends a scan, so every collection is scanned on its own.
        for (kind, entry) in &collections {
            for prefix in [keys::entries(*kind, entry.number), keys::histories(*kind, entry.number)] {
                cuts.extend(keys::prefix_end(&prefix));
                cuts.insert(prefix);
            }
        }
        let mut ranges = BTreeMap::new();
        for (from, until) in cuts.iter().zip(cuts.iter().skip(1)) {
            let before = (found.records, found.problems.len());
            self.verify_range(from, until, &mut found, &mut seen);
            ranges.insert(from, (found.records - before.0, found.problems.len() == before.1));
        }
        for (kind, entry) in collections {
            let of = |prefix: &Vec<u8>| ranges.get(prefix).copied().unwrap_or_default();
            let (entries, entries_whole) = of(&keys::entries(kind, entry.number));
            let (former_revisions, former_whole) = of(&keys::histories(kind, entry.number));
            found.collections.push(VerifiedCollection {
                kind,
                name: entry.info.name.to_string(),
                entries,
                former_revisions,
                whole: entries_whole && former_whole,
            });
        }
        self.verify_totals(synced, &seen, &mut found);
        found
    }

    fn verify_range(&self, from: &[u8], until: &[u8], found: &mut Verification, seen: &mut Totals) {
        for record in self.first_pieces_between(from.to_vec(), Some(until.to_vec())) {
            let checked = record.and_then(|(key, first)| {
                let value = match pieces::Head::parse(&first) {
                    None => Some(first.to_vec()),
                    Some(_) => self.get(&key)?,
                };
                let Some(value) = value else { return Ok(()) };
                check_record(&key, &value)?;
                if key != keys::TOTALS {
                    seen.add(&key, pieces::checksum(&key, &value));
                }
                found.records += 1;
                Ok(())
            });
            if let Err(error) = checked {
                found.add_problem(cause(error));
            }
        }
    }

    fn verify_totals(&self, synced: Option<Synced>, seen: &Totals, found: &mut Verification) {
        let written = match self.read_totals() {
            Ok(written) => written,
            Err(error) => return found.add_problem(cause(error)),
        };
        if let Some(missing) = missing_batches(&written, synced) {
            found.add_problem(missing);
        }
        let kinds: BTreeSet<u8> = written.records.keys().chain(seen.records.keys()).copied().collect();
        for kind in kinds {
            let (expected, present) = (written.of_kind(kind), seen.of_kind(kind));
            if expected != present {
                let name = keys::kind_name(kind);
                found.add_problem(format!("{present} {name} are there, and there should be {expected}"));
            }
        }
        if found.is_whole() && written.checksum != seen.checksum {
            found.add_problem("a record is not the one that was written last".to_owned());
        }
    }
}

/// Says how many batches are missing, of those that were durable.
pub(super) fn missing_batches(written: &Totals, synced: Option<Synced>) -> Option<String> {
    let synced = synced?;
    if written.batches < synced.batches {
        let missing = synced.batches - written.batches;
        return Some(format!("the last {missing} of {} acknowledged batches are missing", synced.batches));
    }
    (written.batches == synced.batches && written.checksum != synced.checksum)
        .then(|| "the store is not the one that was synced last".to_owned())
}

/// Returns the cause of an error without the advice around it, which the error of the whole store repeats.
fn cause(error: StoreError) -> String {
    match error {
        StoreError::Damaged { cause, .. } => cause,
        StoreError::Record { key, cause } => format!("the record at key {key} cannot be read: {cause}"),
        other => other.to_string(),
    }
}

/// Checks that a record can be read as what its key says.
fn check_record(key: &[u8], value: &[u8]) -> Result<(), StoreError> {
    match keys::record_type(key) {
        Some(keys::RecordType::Unit) => codec::decode(key, value, codec::unit).map(drop),
        Some(keys::RecordType::Concept) => codec::decode(key, value, codec::concept).map(drop),
        Some(keys::RecordType::Import) => read_import(key, value).map(drop),
        Some(keys::RecordType::Deletion) => read_deletion(key, value).map(drop),
        Some(keys::RecordType::Staged) => imports::read_staged(key, value).map(drop),
        Some(keys::RecordType::Undo) => codec::decode(key, value, |_: r::UndoRecord| Ok(())),
        Some(keys::RecordType::Collection) => codec::decode(key, value, |_: r::CollectionRecord| Ok(())),
        Some(keys::RecordType::Other) => Ok(()),
        None => Err(StoreError::Record {
            key: keys::to_hex(key),
            cause: "no record of this program has such a key".to_owned(),
        }),
    }
}

/// A copy of a store, opened. sled changes a store when it opens it, so a store that may be damaged is
/// looked at in a copy. The copy is removed when it is dropped.
#[derive(Debug)]
pub(super) struct OpenCopy {
    pub(super) store: Store,
    _files: CopiedFiles,
}

/// A copy of a store's files, removed when it is dropped.
#[derive(Debug)]
struct CopiedFiles(PathBuf);

impl OpenCopy {
    /// Copies the store in `path` into the folder `copy` and opens the copy.
    pub(super) fn make(path: &Path, copy: &Path, options: &StoreOptions) -> Result<Self, StoreError> {
        let files = CopiedFiles::make(path, copy)?;
        let (store, _) = open_with_snapshots(copy, options).map_err(|error| match error {
            StoreError::Damaged { cause, .. } => StoreError::Damaged { path: path.to_owned(), cause },
            other => other,
        })?;
        Ok(Self { store, _files: files })
    }
}

impl CopiedFiles {
    /// Copies the files of the store in `path` into the folder `copy`.
    fn make(path: &Path, copy: &Path) -> io::Result<Self> {
        if copy.exists() {
            fs::remove_dir_all(copy)?;
        }
        folder::create(copy)?;
        let copied = Self(copy.to_owned());
        for name in folder::store_files(path)? {
            copy_file(&path.join(&name), &copy.join(&name))?;
        }
        Ok(copied)
    }
}

impl Drop for CopiedFiles {
    fn drop(&mut self) {
        if let Err(cause) = fs::remove_dir_all(&self.0) {
            tracing::warn!(%cause, folder = %self.0.display(), "the copy of the store could not be removed");
        }
    }
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    folder::create(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    Ok(())
}
