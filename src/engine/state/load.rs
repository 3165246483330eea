//! Builds the resident state from a checkpoint and the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::mpsc::{self, SyncSender},
    thread,
};

use rustc_hash::FxHashMap;

use super::{
    concept_map::ConceptMap,
    prepared::Fingerprints,
    unit_index::UnitIndex,
    writer_state::{GlossaryState, MemoryState, WriterState},
};
use crate::{
    engine::checkpoint::{LoadedCheckpoint, LoadedMemory},
    matching::{Index, UnitRef},
    store::{Cleanup, CollectionKind, CollectionNumber, ImportEntry, ImportState, Store, StoreError},
    term::Concept,
    terminology::Recognizer,
    text::folded,
    unit::Sequence,
};

/// The number of units whose rows go to the indexing threads together.
const UNITS_PER_CHUNK: usize = 2_000;

/// The number of chunks that are indexed together, sorted by length: rows of one length go to one
/// block, which is then in the cache. The layouts are learned from the first full group.
const CHUNKS_PER_GROUP: usize = 16;

/// A text and its unit.
type IndexRow = (String, UnitRef);

/// The rows of one chunk: the sources, and the targets.
type IndexRows = (Vec<IndexRow>, Vec<IndexRow>);

/// Folds texts as they arrive and adds them to an index. Runs on a thread of its own.
fn index_rows(mut index: Index, chunks: &mpsc::Receiver<Vec<IndexRow>>) -> Index {
    loop {
        let mut rows: Vec<IndexRow> = chunks.iter().take(CHUNKS_PER_GROUP).flatten().collect();
        if rows.is_empty() {
            break;
        }
        for (text, _) in &mut rows {
            *text = folded(text);
        }
        if rows.len() == CHUNKS_PER_GROUP * UNITS_PER_CHUNK {
            index.learn_from(rows.iter().map(|(text, _)| text.as_str()));
        }
        // The sort is stable, so the units of equal texts keep their order.
        rows.sort_by_cached_key(|(text, _)| text.chars().count());
        for (text, unit) in rows.iter().filter(|(text, _)| !text.is_empty()) {
            index.add(text, *unit);
        }
    }
    index.optimize();
    index
}

/// Sends a chunk to the two indexing threads.
fn send_rows(rows: &mut IndexRows, sources: &SyncSender<Vec<IndexRow>>, targets: &SyncSender<Vec<IndexRow>>) {
    // A closed channel means that the indexing thread panicked; `join` reports it.
    let _ = sources.send(std::mem::take(&mut rows.0));
    let _ = targets.send(std::mem::take(&mut rows.1));
}

fn named_thread(name: &str) -> thread::Builder {
    thread::Builder::new().name(name.to_owned())
}

fn join_index(thread: thread::ScopedJoinHandle<'_, Index>) -> Result<Index, StoreError> {
    thread.join().map_err(|_| StoreError::Io("indexing a memory failed".to_owned()))
}

impl WriterState {
    /// Builds the state from a checkpoint and from the store. First removes from the store what a
    /// crash left of pending imports, reverted imports and deleted collections. Also returns how
    /// many units were read from the store.
    pub(crate) fn load(
        store: &Store,
        checkpoint: Option<LoadedCheckpoint>,
        unfinished: &[ImportEntry],
    ) -> Result<(Self, u64), StoreError> {
        for import in unfinished {
            if !matches!(import.state, ImportState::Pending | ImportState::Reverted) {
                continue;
            }
            tracing::warn!(
                import = import.number,
                file = import.file_name,
                "removing an import that was not complete or was reverted"
            );
            store.clean_up(Cleanup::Import(import.clone()))?;
        }
        let mut state = Self {
            applied: store.counters()?,
            memories: BTreeMap::new(),
            glossaries: BTreeMap::new(),
            imports: FxHashMap::default(),
            tokens: store.tokens()?.into_iter().collect(),
            unpublished: BTreeSet::new(),
            tokens_unpublished: false,
            cleanups: Vec::new(),
        };
        let mut checkpoint = checkpoint.unwrap_or_default();
        let mut units_read = 0;
        for entry in store.collections(CollectionKind::Memory)? {
            if !entry.live {
                store.clean_up(Cleanup::Collection(CollectionKind::Memory, entry.number))?;
                continue;
            }
            let loaded = checkpoint.take_memory(entry.number);
            let (units, memory_units_read) = UnitIndex::load(store, entry.number, loaded, unfinished)?;
            units_read += memory_units_read;
            state.memories.insert(
                entry.info.name.clone(),
                MemoryState { number: entry.number, info: entry.info, units },
            );
        }
        for entry in store.collections(CollectionKind::Glossary)? {
            if !entry.live {
                store.clean_up(Cleanup::Collection(CollectionKind::Glossary, entry.number))?;
                continue;
            }
            let mut glossary = GlossaryState {
                number: entry.number,
                info: entry.info,
                concepts: ConceptMap::default(),
                recognizer: Recognizer::default(),
            };
            for concept in store.concepts(entry.number) {
                let (sequence, stored) = concept?;
                let name = glossary.info.name.clone();
                glossary.add(Concept {
                    sequence,
                    glossary: name,
                    content: stored.content,
                    stamp: stored.stamp,
                });
            }
            state.glossaries.insert(glossary.info.name.clone(), glossary);
        }
        Ok((state, units_read))
    }

    /// Fails if the store has lost units or concepts.
    pub(crate) fn check_counts(&self, store: &Store) -> Result<(), StoreError> {
        let units = self.memories.values().map(|memory| memory.units.sequences.len()).sum();
        store.check_count(CollectionKind::Memory, units)?;
        let concepts = self.glossaries.values().map(|glossary| glossary.concepts.len() as u64).sum();
        store.check_count(CollectionKind::Glossary, concepts)
    }
}

impl UnitIndex {
    /// Builds the indexes of a memory from a checkpoint and from the store. This thread reads the
    /// units that the checkpoint lacks, and two others fold and index their sources and targets.
    /// Leaves out the units that `unfinished` imports hide. Also returns how many units were read.
    fn load(
        store: &Store,
        number: CollectionNumber,
        loaded: Option<LoadedMemory>,
        unfinished: &[ImportEntry],
    ) -> Result<(Self, u64), StoreError> {
        let after = loaded.as_ref().and_then(|loaded| loaded.first_new.0.checked_sub(1)).map(Sequence);
        let LoadedMemory {
            units: Self { sources, targets, mut sequences, mut by_external_id }, dirty, ..
        } = loaded.unwrap_or_default();
        thread::scope(|scope| {
            let (source_sender, source_receiver) = mpsc::sync_channel(4);
            let (target_sender, target_receiver) = mpsc::sync_channel(4);
            let sources =
                named_thread("sources").spawn_scoped(scope, move || index_rows(sources, &source_receiver))?;
            let targets =
                named_thread("targets").spawn_scoped(scope, move || index_rows(targets, &target_receiver))?;
            let mut units_read = 0;
            let mut rows = IndexRows::default();
            let dirty_units = dirty.into_iter().map(|s| Ok(store.unit(number, s)?.map(|unit| (s, unit))));
            for unit in dirty_units.filter_map(Result::transpose).chain(store.units(number, after)) {
                let (sequence, unit) = unit?;
                units_read += 1;
                if unfinished.iter().any(|i| i.memory == number && i.hides(sequence, &unit.stamp)) {
                    continue;
                }
                sequences.insert(sequence);
                let unit = unit.content;
                let Fingerprints { source, identity } = Fingerprints::of(&unit);
                if !unit.external_id.is_empty() {
                    by_external_id.insert(unit.external_id.as_str().into(), sequence);
                }
                rows.0.push((unit.source.segment.text, UnitRef { sequence, fingerprint: source }));
                rows.1.push((unit.target.segment.text, UnitRef { sequence, fingerprint: identity }));
                if rows.0.len() == UNITS_PER_CHUNK {
                    send_rows(&mut rows, &source_sender, &target_sender);
                }
            }
            send_rows(&mut rows, &source_sender, &target_sender);
            // The indexing threads end when their channels close.
            drop((source_sender, target_sender));
            Ok((
                Self {
                    sources: join_index(sources)?,
                    targets: join_index(targets)?,
                    sequences,
                    by_external_id,
                },
                units_read,
            ))
        })
    }
}
