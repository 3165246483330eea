//! Reads a whole store and says what is damaged and what is whole.
//!
//! The store may be written meanwhile: it is read in short steps, between which the writer goes on, and
//! [`super::verified_part`] keeps the sums right.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{MutexGuard, PoisonError},
};

use super::{
    FORMAT_VERSION, codec,
    deletions::read_deletion,
    error::StoreError,
    imports::{self, read_import},
    keys::{self, CollectionKind},
    pieces,
    read::{CollectionEntry, Store},
    records as r,
    synced_mark::Synced,
    tokens::read_token,
    totals::Totals,
    verified_part::VerifiedPart,
};

/// What reading a whole store found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// The format of the store. One of an earlier format has no totals to compare with.
    pub format: u32,
    /// How many records could be read.
    pub records: u64,
    /// The memories and glossaries, with what could be read of each.
    pub collections: Vec<VerifiedCollection>,
    /// What is missing or cannot be read, up to 100 problems. Empty if the store is whole.
    pub problems: Vec<String>,
    /// The number of all problems.
    pub problem_count: u64,
}

/// A memory or glossary of a verified store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCollection {
    /// Memory or glossary.
    pub kind: CollectionKind,
    /// Its name.
    pub name: String,
    /// How many of its units or concepts could be read, those of an unfinished import included.
    pub entries: u64,
    /// How many former revisions of them could be read.
    pub former_revisions: u64,
    /// Whether all of its records could be read, and none can be missing.
    pub whole: bool,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifyProgress {
    /// How many records were read so far.
    pub records_read: u64,
    /// How many there should be, as far as is known.
    pub records: u64,
}

/// Called after each step of a verification. Returns whether to go on.
pub type VerifyWatch<'w> = &'w mut dyn FnMut(VerifyProgress) -> bool;

/// The most problems that are listed. A store with more is not repaired by looking at each.
const MAX_PROBLEMS: usize = 100;

/// The most records, and up to the last of them the most bytes, that are read in one step, because the
/// writer waits for the end of the step: less than a millisecond, if the records are in memory.
const STEP_RECORDS: usize = 64;
const STEP_BYTES: usize = 1 << 20;

impl Default for Verification {
    fn default() -> Self {
        Self {
            format: FORMAT_VERSION,
            records: 0,
            collections: Vec::new(),
            problems: Vec::new(),
            problem_count: 0,
        }
    }
}

impl Verification {
    /// Returns whether nothing is missing or damaged.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.problem_count == 0
    }

    /// Returns what was found of a store that cannot be opened at all.
    pub(super) fn unreadable(error: StoreError) -> Self {
        let mut found = Self::default();
        found.add_problem(cause(error));
        found
    }

    pub(super) fn add_problem(&mut self, problem: String) {
        self.problem_count += 1;
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(problem);
        }
    }

    /// Returns the problems in one line, for an error message.
    pub(super) fn summary(&self) -> String {
        const SHOWN: usize = 3;
        let shown = self.problems.iter().take(SHOWN).cloned().collect::<Vec<_>>().join("; ");
        match self.problem_count.saturating_sub(SHOWN as u64) {
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

    /// Reads every record of an open store, which may be written meanwhile.
    ///
    /// # Errors
    /// Returns [`StoreError::VerificationRunning`], or [`StoreError::GivenUp`] if `watch` says so. Damage is
    /// not an error but a part of the result.
    pub fn verify(&self, watch: VerifyWatch<'_>) -> Result<Verification, StoreError> {
        let mut verifier = Verifier::begin(self)?;
        let ranges = verifier.read_all(watch)?;
        verifier.compare_totals(None);
        Ok(verifier.end(&ranges))
    }

    /// Reads every record of a store that nobody writes. `synced` is what the store held at least, if that is
    /// known.
    pub(super) fn verify_records(&self, synced: Option<Synced>) -> Verification {
        self.verify_at_rest(synced, true, &mut |_| true).unwrap_or_else(Verification::unreadable)
    }

    /// As [`Self::verify_records`]. A store of an earlier format has no totals to compare with.
    pub(super) fn verify_at_rest(
        &self,
        synced: Option<Synced>,
        has_totals: bool,
        watch: VerifyWatch<'_>,
    ) -> Result<Verification, StoreError> {
        let mut verifier = Verifier::begin(self)?;
        let ranges = verifier.read_all(watch)?;
        if has_totals {
            verifier.compare_totals(synced);
        }
        Ok(verifier.end(&ranges))
    }

    /// Locks what a verification has read so far. No batch is written while it is locked.
    pub(super) fn verified_part(&self) -> MutexGuard<'_, Option<VerifiedPart>> {
        self.inner.verified_part.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the next records of a range, while the writer waits.
    fn read_step(&self, from: Vec<u8>, until: &[u8]) -> Step {
        let mut part = self.verified_part();
        let mut step = Step::default();
        let mut bytes = 0;
        for found in self.first_pieces_between(from, Some(until.to_vec())) {
            let record = found.and_then(|(key, first)| {
                Ok(self.whole_value(&key, &first)?.map(|value| (key, value.into_owned())))
            });
            match record {
                Ok(None) => {}
                Ok(Some((key, value))) => {
                    if key != keys::TOTALS
                        && let Some(part) = &mut *part
                    {
                        part.seen.add(&key, pieces::checksum(&key, &value));
                    }
                    bytes += value.len();
                    step.records.push((key.to_vec(), value));
                }
                Err(error) => step.unreadable.push(error),
            }
            if step.records.len() == STEP_RECORDS || bytes >= STEP_BYTES {
                step.next = step.records.last().map(|(key, _)| keys::successor(key));
                break;
            }
        }
        if let Some(part) = &mut *part {
            part.until = step.next.clone().unwrap_or_else(|| until.to_vec());
        }
        step
    }
}

/// What one step read.
#[derive(Debug, Default)]
struct Step {
    records: Vec<(Vec<u8>, Vec<u8>)>,
    /// Why records could not be read.
    unreadable: Vec<StoreError>,
    /// The key at which the next step begins; `None` at the end of the range.
    next: Option<Vec<u8>>,
}

/// What was read of a range of keys.
#[derive(Clone, Copy, Debug, Default)]
struct RangeRead {
    records: u64,
    problems: u64,
}

/// What was read of each range, by its first key.
type Ranges = BTreeMap<Vec<u8>, RangeRead>;

/// A verification that is under way.
struct Verifier<'s> {
    store: &'s Store,
    found: Verification,
    /// How many records there should be.
    expected: u64,
    /// The kinds of records of which some are missing, or too many.
    wrong_counts: BTreeSet<u8>,
}

impl<'s> Verifier<'s> {
    fn begin(store: &'s Store) -> Result<Self, StoreError> {
        let mut part = store.verified_part();
        if part.is_some() {
            return Err(StoreError::VerificationRunning);
        }
        *part = Some(VerifiedPart::default());
        let expected = store.totals().records.values().sum();
        Ok(Self { store, found: Verification::default(), expected, wrong_counts: BTreeSet::new() })
    }

    /// Reads all records. An unreadable page ends a scan, so every collection is read on its own.
    fn read_all(&mut self, watch: VerifyWatch<'_>) -> Result<Ranges, StoreError> {
        let mut cuts = BTreeSet::from([Vec::new(), keys::end_of_records()]);
        for (kind, entry) in self.collections(|found, error| found.add_problem(cause(error))) {
            for prefix in [keys::entries(kind, entry.number), keys::histories(kind, entry.number)] {
                cuts.extend(keys::prefix_end(&prefix));
                cuts.insert(prefix);
            }
        }
        let mut ranges = Ranges::new();
        for (from, until) in cuts.iter().zip(cuts.iter().skip(1)) {
            ranges.insert(from.clone(), self.read_range(from, until, watch)?);
        }
        Ok(ranges)
    }

    /// Lists the collections that can be read, and passes on the errors of the others.
    fn collections(
        &mut self,
        failed: impl Fn(&mut Verification, StoreError),
    ) -> Vec<(CollectionKind, CollectionEntry)> {
        let mut listed = Vec::new();
        for kind in [CollectionKind::Memory, CollectionKind::Glossary] {
            for entry in self.store.collection_entries(kind) {
                match entry {
                    Ok(entry) => listed.push((kind, entry)),
                    Err(error) => failed(&mut self.found, error),
                }
            }
        }
        listed
    }

    fn read_range(
        &mut self,
        from: &[u8],
        until: &[u8],
        watch: VerifyWatch<'_>,
    ) -> Result<RangeRead, StoreError> {
        let before = (self.found.records, self.found.problem_count);
        let mut next = Some(from.to_vec());
        while let Some(from) = next {
            let step = self.store.read_step(from, until);
            next = step.next;
            let decoded = step.records.iter().filter_map(|(key, value)| check_record(key, value).err());
            let failed: Vec<_> = decoded.collect();
            self.found.records += (step.records.len() - failed.len()) as u64;
            for error in failed.into_iter().chain(step.unreadable) {
                self.found.add_problem(cause(error));
            }
            if !watch(VerifyProgress { records_read: self.found.records, records: self.expected }) {
                return Err(StoreError::GivenUp);
            }
        }
        Ok(RangeRead {
            records: self.found.records - before.0,
            problems: self.found.problem_count - before.1,
        })
    }

    /// Compares what was read with the totals. Because no batch is written meanwhile, the two are of one moment.
    fn compare_totals(&mut self, synced: Option<Synced>) {
        let part = self.store.verified_part();
        let read = self.store.read_totals();
        let seen = part.as_ref().map_or_else(Totals::default, |part| part.seen.clone());
        drop(part);
        let written = match read {
            Ok(written) => written,
            Err(error) => return self.found.add_problem(cause(error)),
        };
        if let Some(missing) = missing_batches(&written, synced) {
            self.found.add_problem(missing);
        }
        let kinds: BTreeSet<u8> = written.records.keys().chain(seen.records.keys()).copied().collect();
        for kind in kinds {
            let (expected, present) = (written.of_kind(kind), seen.of_kind(kind));
            if expected != present {
                let name = keys::kind_name(kind);
                self.found.add_problem(format!("{present} {name} are there, and there should be {expected}"));
                self.wrong_counts.insert(kind);
            }
        }
        if self.found.is_whole() && written.checksum != seen.checksum {
            self.found.add_problem("a record is not the one that was written last".to_owned());
            self.wrong_counts.extend(seen.records.keys());
        }
    }

    /// Returns what was found, with the collections that exist now.
    fn end(mut self, ranges: &Ranges) -> Verification {
        // Those that cannot be read were counted at the beginning.
        let collections = self.collections(|_, _| {});
        for (kind, entry) in collections.into_iter().filter(|(_, entry)| entry.live) {
            let of = |prefix: Vec<u8>| ranges.get(&prefix).copied().unwrap_or_default();
            let entries = of(keys::entries(kind, entry.number));
            let former = of(keys::histories(kind, entry.number));
            self.found.collections.push(VerifiedCollection {
                kind,
                name: entry.info.name.to_string(),
                entries: entries.records,
                former_revisions: former.records,
                whole: entries.problems + former.problems == 0,
            });
        }
        for kind in [CollectionKind::Memory, CollectionKind::Glossary] {
            let counts = [keys::entry_kind(kind), keys::history_kind(kind)];
            let is_wrong = counts.iter().any(|kind| self.wrong_counts.contains(kind));
            let mut of_kind: Vec<_> = self.found.collections.iter_mut().filter(|c| c.kind == kind).collect();
            // If no collection shows what is missing, it may be missing in each of them.
            if is_wrong && of_kind.iter().all(|collection| collection.whole) {
                of_kind.iter_mut().for_each(|collection| collection.whole = false);
            }
        }
        std::mem::take(&mut self.found)
    }
}

impl Drop for Verifier<'_> {
    fn drop(&mut self) {
        *self.store.verified_part() = None;
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
        Some(keys::RecordType::Token) => read_token(key, value).map(drop),
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

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

    use super::{Verification, VerifyProgress};
    use crate::store::{
        Store, StoreError, StoreOptions, records::CollectionRecord, records::CollectionState, tree::Changes,
    };
    use prost::Message;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().unwrap();
        let options = StoreOptions { disk_reserve_bytes: 0, ..StoreOptions::default() };
        let (store, _) = Store::open(folder.path(), &options).unwrap();
        (folder, store)
    }

    /// Returns the key of a record that any value can have.
    fn key(n: u64) -> Vec<u8> {
        [&[0x14][..], &n.to_be_bytes()].concat()
    }

    fn fill(store: &Store, records: u64) {
        let changes =
            (0..records).map(|n| (key(n), Some(vec![7; if n.is_multiple_of(50) { 9_000 } else { 10 }])));
        store.write(changes.collect::<Changes>()).unwrap();
    }

    fn verify(store: &Store) -> Verification {
        store.verify(&mut |_| true).unwrap()
    }

    #[test]
    fn a_record_that_is_removed_or_changed_past_the_store_is_noticed() {
        let (_folder, store) = store();
        fill(&store, 300);
        assert_eq!(verify(&store).problems, Vec::<String>::new());
        let old = store.call_sled(|db| db.insert(key(7), vec![8; 10])).unwrap().unwrap();
        assert_eq!(verify(&store).problems, ["a record is not the one that was written last"]);
        store.call_sled(|db| db.remove(key(7))).unwrap();
        assert_eq!(
            verify(&store).problems,
            ["299 entries of checkpoint marks are there, and there should be 300"]
        );
        store.call_sled(|db| db.insert(key(7), old.clone())).unwrap();
        assert!(verify(&store).is_whole());
        // A piece of a large value.
        store.call_sled(|db| db.remove(crate::store::keys::piece(&key(50), 1))).unwrap();
        let problems = verify(&store).problems;
        assert!(problems[0].contains("do not belong together"), "{problems:?}");
    }

    #[test]
    fn a_store_is_verified_exactly_while_it_is_written() {
        let (_folder, store) = store();
        fill(&store, 2_000);
        let (stop, written) = (AtomicBool::new(false), AtomicU64::new(0));
        let mut problems = Vec::new();
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut random = 1_u64;
                while !stop.load(Ordering::Relaxed) {
                    random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    let n = (random >> 33) % 2_500;
                    let value = (random >> 20) % 3;
                    let size = if n.is_multiple_of(50) { 9_000 } else { 10 };
                    let value = (value > 0).then(|| vec![1 + value as u8; size + value as usize]);
                    store.write(Changes::from([(key(n), value)])).unwrap();
                    written.fetch_add(1, Ordering::Relaxed);
                }
            });
            let mut verified_while_written = 0;
            while verified_while_written < 20 && problems.is_empty() {
                let before = written.load(Ordering::Relaxed);
                problems = verify(&store).problems;
                verified_while_written += u32::from(written.load(Ordering::Relaxed) > before + 10);
            }
            // Before the test may fail, because the scope waits for the writer.
            stop.store(true, Ordering::Relaxed);
        });
        assert_eq!(problems, Vec::<String>::new());
    }

    #[test]
    fn one_verification_runs_at_a_time_and_ends_when_nobody_waits() {
        let (_folder, store) = store();
        fill(&store, 500);
        let mut steps = 0;
        let given_up = store.verify(&mut |progress: VerifyProgress| {
            steps += 1;
            assert!(progress.records_read <= progress.records + 1);
            assert!(matches!(store.verify(&mut |_| true), Err(StoreError::VerificationRunning)));
            steps < 3
        });
        assert!(matches!(given_up, Err(StoreError::GivenUp)), "{given_up:?}");
        assert!(verify(&store).is_whole());
    }

    #[test]
    fn all_problems_are_counted_and_the_first_hundred_listed() {
        let (_folder, store) = store();
        for bad in [100, 101] {
            let changes = (0..bad).map(|n: u64| ([&[0x10][..], &n.to_be_bytes()].concat(), Some(vec![0xFF])));
            store.write(changes.collect::<Changes>()).unwrap();
            let found = verify(&store);
            assert_eq!((found.problem_count, found.problems.len()), (bad, 100));
        }
    }

    /// Writes the record of a memory and an undecodable unit or none in it.
    fn write_memory(store: &Store, number: u8, name: &str, is_damaged: bool) {
        let record = CollectionRecord {
            version: 1,
            name: name.to_owned(),
            source_locale: "ar".to_owned(),
            target_locale: "en".to_owned(),
            state: CollectionState::Live.into(),
            ..CollectionRecord::default()
        };
        let mut changes = Changes::from([(vec![0x02, 0, 0, 0, number], Some(record.encode_to_vec()))]);
        if is_damaged {
            changes.insert(vec![0x10, 0, 0, 0, number, 0, 0, 0, 0, 0, 0, 0, 1], Some(vec![0xFF]));
        }
        store.write(changes).unwrap();
    }

    #[test]
    fn what_is_not_surely_whole_is_not_called_whole() {
        let (_folder, store) = store();
        write_memory(&store, 1, "bad", true);
        write_memory(&store, 2, "good", false);
        let whole =
            |found: &Verification| -> Vec<bool> { found.collections.iter().map(|c| c.whole).collect() };
        assert_eq!(whole(&verify(&store)), [false, true]);
        // A unit is missing, and nothing shows where: it may have been in either memory.
        store.call_sled(|db| db.remove([0x10, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1])).unwrap();
        let found = verify(&store);
        assert_eq!(found.problems, ["0 units are there, and there should be 1"]);
        assert_eq!(whole(&found), [false, false]);
    }
}
