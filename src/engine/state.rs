//! What the writer knows: the truth of the store in a form to decide by.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rustc_hash::FxHashMap;

use super::{
    catalog::{Catalog, GlossaryView, MemoryView},
    prepared::PreparedUnit,
};
use crate::{
    matching::{Index, UnitRef},
    name::Name,
    store::{Applied, CollectionKind, CollectionNumber, ImportEntry, Store, StoreError},
    term::Concept,
    terminology::Recognizer,
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
    pub(super) concepts: BTreeMap<Sequence, Arc<Concept>>,
    pub(super) by_id: FxHashMap<Box<str>, Sequence>,
}

/// An import that is not complete.
#[derive(Debug)]
pub(super) struct PendingImport {
    pub(super) entry: ImportEntry,
    pub(super) memory: Name,
    /// The memory that completing makes.
    pub(super) creates: Option<CollectionInfo>,
    /// Its new units.
    pub(super) units: Units,
    /// Visible units as completing will make them.
    pub(super) changed: Units,
    /// External ids that the file gave, and to which unit.
    pub(super) given: FxHashMap<Box<str>, Sequence>,
    /// Visible units that completing changes or deletes.
    pub(super) staged: BTreeSet<Sequence>,
}

impl Units {
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
    /// Reads the store, after finishing what a crash left half done.
    pub(super) fn load(store: &Store) -> Result<Self, StoreError> {
        for import in store.pending_imports()? {
            tracing::warn!(
                import = import.number,
                file = import.file_name,
                "removing an import that was not complete"
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
        for entry in store.collections(CollectionKind::Memory)? {
            if !entry.live {
                store.purge_collection(CollectionKind::Memory, entry.number)?;
                continue;
            }
            let mut units = Units::default();
            for found in store.units(entry.number, None) {
                let (sequence, unit) = found?;
                units.add(sequence, &PreparedUnit::new(unit.content));
            }
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
                concepts: BTreeMap::new(),
                by_id: FxHashMap::default(),
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
        Ok(state)
    }

    /// Returns everything for readers.
    pub(super) fn catalog(&self) -> Catalog {
        Catalog {
            memories: self.memories.iter().map(|(n, m)| (n.clone(), Arc::new(m.view()))).collect(),
            glossaries: self.glossaries.iter().map(|(n, g)| (n.clone(), Arc::new(g.view()))).collect(),
        }
    }

    /// Returns a catalog in which what was touched is new.
    pub(super) fn publish(&mut self, before: &Catalog) -> Catalog {
        let mut catalog = before.clone();
        for (kind, name) in std::mem::take(&mut self.touched) {
            match kind {
                CollectionKind::Memory => match self.memories.get(&name) {
                    Some(memory) => drop(catalog.memories.insert(name, Arc::new(memory.view()))),
                    None => drop(catalog.memories.remove(&name)),
                },
                CollectionKind::Glossary => match self.glossaries.get(&name) {
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
    fn view(&self) -> MemoryView {
        MemoryView {
            number: self.number,
            info: self.info.clone(),
            sources: self.units.index.snapshot(),
            targets: self.units.targets.snapshot(),
        }
    }
}

impl GlossaryState {
    pub(super) fn add(&mut self, concept: Concept) {
        self.by_id.insert(concept.content.id.as_str().into(), concept.sequence);
        self.concepts.insert(concept.sequence, Arc::new(concept));
    }

    fn view(&self) -> GlossaryView {
        GlossaryView {
            number: self.number,
            info: self.info.clone(),
            recognizer: Recognizer::new(
                self.concepts.values().map(Arc::as_ref),
                self.info.source_locale.language(),
            ),
            concepts: self.concepts.clone(),
        }
    }
}
