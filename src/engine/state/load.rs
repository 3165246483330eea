//! Builds the resident state from a checkpoint and the store.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::mpsc,
};

use rustc_hash::FxHashMap;

use super::{
    concept_map::Concepts,
    prepared::identity,
    unit_index::Units,
    writer_state::{GlossaryState, MemoryState, State},
};
use crate::{
    engine::checkpoint::{Kept, KeptUnits},
    matching::{Index, UnitRef},
    store::{CollectionKind, CollectionNumber, Store, StoreError},
    term::Concept,
    terminology::Recognizer,
    text::folded,
    unit::Sequence,
};

/// Units read before their rows are handed on.
const CHUNK: usize = 2_000;

/// Chunks indexed at once, by length: rows of one length go to one block,
/// which is then in the cache. The layouts are learned from the first of them.
const TOGETHER: usize = 16;

/// A text and its unit.
type Row = (String, UnitRef);

/// Folds texts and adds them as rows, as they come.
fn index_rows(mut index: Index, chunks: &mpsc::Receiver<Vec<Row>>) -> Index {
    loop {
        let mut rows: Vec<Row> = chunks.iter().take(TOGETHER).flatten().collect();
        if rows.is_empty() {
            break;
        }
        for (text, _) in &mut rows {
            *text = folded(text);
        }
        if rows.len() == TOGETHER * CHUNK {
            index.learn_from(rows.iter().map(|(text, _)| text.as_str()));
        }
        // Equal texts keep their order.
        rows.sort_by_cached_key(|(text, _)| text.chars().count());
        for (text, unit) in rows.iter().filter(|(text, _)| !text.is_empty()) {
            index.add(text, *unit);
        }
    }
    index.settle();
    index
}

impl State {
    /// Reads from the store what was not kept, after finishing what a crash left half done.
    /// Returns how many units were read, too.
    pub(crate) fn load(store: &Store, kept: Option<Kept>) -> Result<(Self, u64), StoreError> {
        for import in store.discarded_imports()? {
            tracing::warn!(
                import = import.number,
                file = import.file_name,
                "removing an import that was not complete or was taken back"
            );
            store.discard_import(&import)?;
        }
        let mut state = Self {
            applied: store.applied()?,
            memories: BTreeMap::new(),
            glossaries: BTreeMap::new(),
            imports: FxHashMap::default(),
            touched: BTreeSet::new(),
        };
        let mut kept = kept.unwrap_or_default();
        let mut read = 0;
        for entry in store.collections(CollectionKind::Memory)? {
            if !entry.live {
                store.purge_collection(CollectionKind::Memory, entry.number)?;
                continue;
            }
            let (units, read_now) = Units::load(store, entry.number, kept.take(entry.number))?;
            read += read_now;
            state.memories.insert(
                entry.info.name.clone(),
                MemoryState { number: entry.number, info: entry.info, units },
            );
        }
        for entry in store.collections(CollectionKind::Glossary)? {
            if !entry.live {
                store.purge_collection(CollectionKind::Glossary, entry.number)?;
                continue;
            }
            let mut glossary = GlossaryState {
                number: entry.number,
                info: entry.info,
                concepts: Concepts::default(),
                recognizer: Recognizer::default(),
            };
            for found in store.concepts(entry.number) {
                let (sequence, stored) = found?;
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
        Ok((state, read))
    }
}

impl Units {
    /// Reads of a memory what was not kept: one thread reads, two others fold and index its
    /// sources and its targets. Returns how many units were read, too.
    fn load(
        store: &Store,
        number: CollectionNumber,
        kept: Option<KeptUnits>,
    ) -> Result<(Self, u64), StoreError> {
        let after = kept.as_ref().and_then(|kept| kept.from.0.checked_sub(1)).map(Sequence);
        let KeptUnits { units: Self { index, targets, mut external }, touched, .. } =
            kept.unwrap_or_default();
        std::thread::scope(|scope| {
            let (sources, of_sources) = mpsc::sync_channel(4);
            let (by_target, of_targets) = mpsc::sync_channel(4);
            let thread = |name: &str| std::thread::Builder::new().name(name.to_owned());
            let index = thread("sources").spawn_scoped(scope, move || index_rows(index, &of_sources))?;
            let targets = thread("targets").spawn_scoped(scope, move || index_rows(targets, &of_targets))?;
            let mut read = 0;
            let mut rows: (Vec<Row>, Vec<Row>) = Default::default();
            let hand_on = |rows: &mut (Vec<Row>, Vec<Row>)| {
                // Whoever is gone has panicked, and joining tells.
                let _ = sources.send(std::mem::take(&mut rows.0));
                let _ = by_target.send(std::mem::take(&mut rows.1));
            };
            let again = touched.into_iter().map(|s| Ok(store.unit(number, s)?.map(|unit| (s, unit))));
            for found in again.filter_map(Result::transpose).chain(store.units(number, after)) {
                let (sequence, unit) = found?;
                read += 1;
                let unit = unit.content;
                let known = UnitRef { sequence, identity: identity(&unit) };
                if !unit.external_id.is_empty() {
                    external.insert(unit.external_id.as_str().into(), sequence);
                }
                rows.0.push((unit.source.segment.text, known));
                rows.1.push((unit.target.segment.text, known));
                if rows.0.len() == CHUNK {
                    hand_on(&mut rows);
                }
            }
            hand_on(&mut rows);
            drop((sources, by_target));
            let joined = |index: std::thread::ScopedJoinHandle<'_, Index>| {
                index.join().map_err(|_| StoreError::Io("indexing a memory failed".to_owned()))
            };
            Ok((Self { index: joined(index)?, targets: joined(targets)?, external }, read))
        })
    }
}
