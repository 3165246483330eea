//! Reading from the store.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, OnceLock, atomic::AtomicUsize},
    thread::ThreadId,
};

use arc_swap::ArcSwap;

use super::{
    codec::{self, StoredConcept, StoredUnit},
    error::StoreError,
    keys::{self, CollectionKind, CollectionNumber},
    records as r,
    synced_mark::SyncedMark,
    totals::Totals,
    verified_part::VerifiedPart,
};
use crate::{
    clock::Timestamp,
    metrics::WriteMetrics,
    name::Name,
    unit::{CollectionInfo, Sequence, Stamp},
};

/// An open store. Cheap to clone; it closes when the last clone is dropped.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) inner: Arc<OpenStore>,
}

/// What the clones of a store share. The fields are dropped in their order.
#[derive(Debug)]
pub(super) struct OpenStore {
    pub(super) db: ArcSwap<sled::Db>,
    /// Not set for a store that is not served: a copy, or a fresh store that is being written.
    pub(super) mark: OnceLock<SyncedMark>,
    pub(super) path: PathBuf,
    pub(super) reserve: u64,
    /// Where the writer records what it does.
    pub(super) metrics: WriteMetrics,
    /// The thread that may write, once the writer is started.
    pub(super) writer: OnceLock<ThreadId>,
    /// What the store holds after the last batch.
    pub(super) totals: Mutex<Totals>,
    /// How many bytes were written since the last flush.
    pub(super) unflushed_bytes: AtomicUsize,
    /// The keys that were written since a compaction began; `None` while there is none.
    pub(super) changed_keys: Mutex<Option<BTreeSet<Vec<u8>>>>,
    /// What a verification has read so far; `None` while there is none.
    pub(super) verified_part: Mutex<Option<VerifiedPart>>,
    /// Why the writer refuses all writes, once it does.
    pub(super) writes_stopped: OnceLock<StoreError>,
}

/// The number of the last change in the store, and the next free numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreCounters {
    /// Number of the last change.
    pub change_id: u64,
    /// Next free memory number.
    pub next_memory: u32,
    /// Next free glossary number.
    pub next_glossary: u32,
    /// Next free import number.
    pub next_import: u64,
    /// Next free unit or concept sequence.
    pub next_sequence: u64,
    /// Next free token number.
    pub next_token: u64,
    /// When the last change was made. Later changes are never stamped with an earlier time.
    pub last_at: Timestamp,
}

impl Default for StoreCounters {
    fn default() -> Self {
        Self {
            change_id: 0,
            next_memory: 1,
            next_glossary: 1,
            next_import: 1,
            next_sequence: 1,
            next_token: 1,
            last_at: Timestamp(0),
        }
    }
}

/// A memory or glossary in the store.
#[derive(Clone, Debug)]
pub struct CollectionEntry {
    /// Its number.
    pub number: CollectionNumber,
    /// Its name, locales and description.
    pub info: CollectionInfo,
    /// False if it is deleted and its contents have not been removed yet.
    pub live: bool,
    /// The change that made this state.
    pub stamp: Stamp,
}

type StoreResult<T> = Result<T, StoreError>;

impl Store {
    /// Returns the folder of the store.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// Returns the number of the last change and the next free numbers.
    ///
    /// # Errors
    /// A record that cannot be read, or a failing disk.
    pub fn counters(&self) -> Result<StoreCounters, StoreError> {
        let Some(bytes) = self.get(keys::COUNTERS)? else { return Ok(StoreCounters::default()) };
        codec::decode(keys::COUNTERS, &bytes, |a: r::AppliedRecord| {
            Ok(StoreCounters {
                change_id: a.change_id,
                next_memory: a.next_memory,
                next_glossary: a.next_glossary,
                next_import: a.next_import,
                next_sequence: a.next_sequence,
                // Stores of earlier versions have no tokens.
                next_token: a.next_token.max(1),
                last_at: Timestamp(a.last_at_ms),
            })
        })
    }

    /// Lists the memories or the glossaries, including deleted ones.
    ///
    /// # Errors
    /// As [`Store::counters`].
    pub fn collections(&self, kind: CollectionKind) -> Result<Vec<CollectionEntry>, StoreError> {
        self.collection_entries(kind).collect()
    }

    /// Scans the memories or the glossaries, including deleted ones.
    pub(super) fn collection_entries(
        &self,
        kind: CollectionKind,
    ) -> impl Iterator<Item = StoreResult<CollectionEntry>> + use<> {
        self.scan(&kind.prefix(), None, move |key, bytes| {
            codec::decode(key, bytes, |c: r::CollectionRecord| {
                Ok(CollectionEntry {
                    number: CollectionNumber(keys::trailing_u32(key)),
                    info: CollectionInfo {
                        name: Name::parse(&c.name).map_err(|e| e.to_string())?,
                        source_locale: codec::locale(&c.source_locale)?,
                        target_locale: codec::locale(&c.target_locale)?,
                        description: c.description,
                        created_at: Timestamp(c.created_ms),
                    },
                    live: c.state == r::CollectionState::Live as i32,
                    stamp: codec::stamp(c.stamp),
                })
            })
        })
    }

    /// Returns a unit.
    ///
    /// # Errors
    /// As [`Store::counters`].
    pub fn unit(
        &self,
        memory: CollectionNumber,
        sequence: Sequence,
    ) -> Result<Option<StoredUnit>, StoreError> {
        let key = keys::entry(CollectionKind::Memory, memory, sequence);
        self.get(&key)?.map(|bytes| codec::decode(&key, &bytes, codec::unit)).transpose()
    }

    /// Scans the units of a memory in ascending order, from the one after `after` if that is given.
    pub fn units(
        &self,
        memory: CollectionNumber,
        after: Option<Sequence>,
    ) -> impl Iterator<Item = StoreResult<(Sequence, StoredUnit)>> + use<> {
        let after = after.map(|s| keys::entry(CollectionKind::Memory, memory, s));
        self.scan(&keys::entries(CollectionKind::Memory, memory), after, |key, bytes| {
            Ok((Sequence(keys::trailing_u64(key)), codec::decode(key, bytes, codec::unit)?))
        })
    }

    /// Scans the concepts of a glossary in ascending order.
    pub fn concepts(
        &self,
        glossary: CollectionNumber,
    ) -> impl Iterator<Item = StoreResult<(Sequence, StoredConcept)>> + use<> {
        self.scan(&keys::entries(CollectionKind::Glossary, glossary), None, |key, bytes| {
            Ok((Sequence(keys::trailing_u64(key)), codec::decode(key, bytes, codec::concept)?))
        })
    }

    /// Scans the former revisions of a unit, the oldest first.
    pub fn unit_history(
        &self,
        memory: CollectionNumber,
        sequence: Sequence,
    ) -> impl DoubleEndedIterator<Item = StoreResult<StoredUnit>> + use<> {
        self.scan(&keys::history_of(CollectionKind::Memory, memory, sequence), None, |key, bytes| {
            codec::decode(key, bytes, codec::unit)
        })
    }
}
