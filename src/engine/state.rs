//! What the writer knows: the truth of the store in a form to decide by.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, mpsc},
};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    catalog::{Catalog, GlossaryView, MemoryView},
    change::OnSameSource,
    checkpoint::{Kept, KeptUnits},
    concepts::Concepts,
    prepared::{PreparedUnit, identity},
};
use crate::{
    matching::{Index, UnitRef},
    name::Name,
    store::{Applied, CollectionKind, CollectionNumber, ImportEntry, Store, StoreError},
    term::Concept,
    terminology::Recognizer,
    text::folded,
    unit::{CollectionInfo, Sequence},
};

/// Everything that changes are decided by.
#[derive(Debug)]
pub(super) struct State {
    pub(super) applied: Applied,
    pub(super) memories: BTreeMap<Name, MemoryState>,
    pub(super) glossaries: BTreeMap<Name, GlossaryState>,
    pub(super) imports: FxHashMap<u64, PendingImport>,
    /// What has to be published anew.
    pub(super) touched: BTreeSet<(CollectionKind, Name)>,
}

/// A memory's units, indexed.
#[derive(Debug)]
pub(super) struct MemoryState {
    pub(super) number: CollectionNumber,
    pub(super) info: CollectionInfo,
    pub(super) units: Units,
}

/// Units by folded source, by folded target and by external id.
#[derive(Debug, Default)]
pub(super) struct Units {
    pub(super) index: Index,
    /// By folded target, for reverse lookups.
    pub(super) targets: Index,
    pub(super) external: FxHashMap<Box<str>, Sequence>,
}

/// A glossary's concepts.
#[derive(Debug)]
pub(super) struct GlossaryState {
    pub(super) number: CollectionNumber,
    pub(super) info: CollectionInfo,
    pub(super) concepts: Concepts,
    pub(super) recognizer: Recognizer,
}

/// An import that is not complete.
#[derive(Debug)]
pub(super) struct PendingImport {
    pub(super) entry: ImportEntry,
    pub(super) memory: Name,
    /// What becomes of other translations.
    pub(super) on_same_source: OnSameSource,
    /// The memory that completing makes.
    pub(super) creates: Option<CollectionInfo>,
    /// Its new units.
    pub(super) units: Units,
    /// Visible units as completing will make them.
    pub(super) changed: Units,
    /// External ids that the file gave to visible units, and to which.
    pub(super) given: FxHashMap<Box<str>, Sequence>,
    /// Visible units that the file has: no other of its units may take their place.
    pub(super) confirmed: FxHashSet<Sequence>,
    /// Visible units that completing changes or deletes.
    pub(super) staged: BTreeSet<Sequence>,
}

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

    /// Takes units out wherever they are.
    pub(super) fn forget(&mut self, gone: &FxHashSet<Sequence>) {
        if !gone.is_empty() {
            self.index.remove_all(gone);
            self.targets.remove_all(gone);
            self.external.retain(|_, sequence| !gone.contains(sequence));
        }
    }

    pub(super) fn add(&mut self, sequence: Sequence, unit: &PreparedUnit) {
        let known = UnitRef { sequence, identity: unit.identity };
        self.index.add(&unit.folded, known);
        if !unit.folded_target.is_empty() {
            self.targets.add(&unit.folded_target, known);
        }
        if !unit.draft.external_id.is_empty() {
            self.external.insert(unit.draft.external_id.as_str().into(), sequence);
        }
    }

    /// Makes them as quick to look up as they can be, after many were added.
    pub(super) fn settle(&mut self) {
        self.index.settle();
        self.targets.settle();
    }

    /// Returns the units, oldest first.
    pub(super) fn sequences(&self) -> Vec<Sequence> {
        let mut all = Vec::with_capacity(self.index.units());
        self.index.for_each_unit(|unit| all.push(unit.sequence));
        all.sort_unstable();
        all
    }

    pub(super) fn remove(&mut self, sequence: Sequence, unit: &PreparedUnit) {
        self.index.remove(&unit.folded, sequence);
        self.targets.remove(&unit.folded_target, sequence);
        if self.external.get(unit.draft.external_id.as_str()) == Some(&sequence) {
            self.external.remove(unit.draft.external_id.as_str());
        }
    }
}

impl State {
    /// Reads from the store what was not kept, after finishing what a crash left half done.
    /// Returns how many units were read, too.
    pub(super) fn load(store: &Store, kept: Option<Kept>) -> Result<(Self, u64), StoreError> {
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

    /// Returns everything for readers.
    pub(super) fn catalog(&mut self) -> Catalog {
        let change_id = self.applied.change_id;
        Catalog {
            memories: self.memories.iter().map(|(n, m)| (n.clone(), Arc::new(m.view(change_id)))).collect(),
            glossaries: self.glossaries.iter_mut().map(|(n, g)| (n.clone(), Arc::new(g.view()))).collect(),
        }
    }

    /// Returns a catalog in which what was touched is new.
    pub(super) fn publish(&mut self, before: &Catalog) -> Catalog {
        let mut catalog = before.clone();
        let change_id = self.applied.change_id;
        for (kind, name) in std::mem::take(&mut self.touched) {
            match kind {
                CollectionKind::Memory => match self.memories.get(&name) {
                    Some(memory) => drop(catalog.memories.insert(name, Arc::new(memory.view(change_id)))),
                    None => drop(catalog.memories.remove(&name)),
                },
                CollectionKind::Glossary => match self.glossaries.get_mut(&name) {
                    Some(glossary) => drop(catalog.glossaries.insert(name, Arc::new(glossary.view()))),
                    None => drop(catalog.glossaries.remove(&name)),
                },
            }
        }
        catalog
    }

    pub(super) fn next_sequence(&mut self) -> Sequence {
        let sequence = Sequence(self.applied.next_sequence);
        self.applied.next_sequence += 1;
        sequence
    }
}

impl MemoryState {
    fn view(&self, change_id: u64) -> MemoryView {
        MemoryView {
            number: self.number,
            change_id,
            info: self.info.clone(),
            sources: self.units.index.snapshot(),
            targets: self.units.targets.snapshot(),
        }
    }
}

impl GlossaryState {
    pub(super) fn add(&mut self, concept: Concept) {
        let language = self.info.source_locale.language();
        let concept = Arc::new(concept);
        if let Some(old) = self.concepts.insert(Arc::clone(&concept)) {
            self.recognizer.remove(&old, language);
        }
        self.recognizer.add(&concept, language);
    }

    pub(super) fn remove(&mut self, concept: &Concept) {
        self.concepts.remove(concept);
        self.recognizer.remove(concept, self.info.source_locale.language());
    }

    fn view(&mut self) -> GlossaryView {
        let concepts = &self.concepts;
        self.recognizer.settle(|sequence, revision| concepts.is_alive(sequence, revision));
        GlossaryView {
            number: self.number,
            info: self.info.clone(),
            recognizer: self.recognizer.clone(),
            concepts: self.concepts.clone(),
        }
    }
}
