//! The state of the writer: the contents of the store, in a form that changes can be decided by.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{concept_map::ConceptMap, token_table::TokenTable, unit_index::UnitIndex};
use crate::{
    engine::{
        catalog::{Catalog, GlossaryView, MemoryView},
        change::ImportPolicy,
    },
    name::Name,
    store::{Cleanup, CollectionKind, CollectionNumber, ImportEntry, StoreCounters},
    term::Concept,
    terminology::Recognizer,
    unit::{CollectionInfo, MemoryStats, Sequence},
};

/// The state by which changes are decided.
#[derive(Debug)]
pub(crate) struct WriterState {
    pub(crate) applied: StoreCounters,
    pub(crate) memories: BTreeMap<Name, MemoryState>,
    pub(crate) glossaries: BTreeMap<Name, GlossaryState>,
    pub(crate) imports: FxHashMap<u64, PendingImport>,
    pub(crate) tokens: TokenTable,
    /// The collections that changed since the last commit and have to be published.
    pub(crate) unpublished: BTreeSet<(CollectionKind, Name)>,
    /// Whether a token changed since the last commit.
    pub(crate) tokens_unpublished: bool,
    /// What the changes since the last commit left in the store, to be removed after the commit.
    pub(crate) cleanups: Vec<Cleanup>,
}

/// A memory with the index of its units.
#[derive(Debug)]
pub(crate) struct MemoryState {
    pub(crate) number: CollectionNumber,
    pub(crate) info: CollectionInfo,
    pub(crate) units: UnitIndex,
}

/// A glossary's concepts.
#[derive(Debug)]
pub(crate) struct GlossaryState {
    pub(crate) number: CollectionNumber,
    pub(crate) info: CollectionInfo,
    pub(crate) concepts: ConceptMap,
    pub(crate) recognizer: Recognizer,
}

/// An import that is not complete.
#[derive(Debug)]
pub(crate) struct PendingImport {
    pub(crate) entry: ImportEntry,
    pub(crate) memory: Name,
    /// What happens to the units that the memory has.
    pub(crate) policy: ImportPolicy,
    /// The memory that completing the import creates, if it creates one.
    pub(crate) new_memory: Option<CollectionInfo>,
    /// The new units of the import.
    pub(crate) units: UnitIndex,
    /// Changed visible units, as they will be once the import completes.
    pub(crate) changed_units: UnitIndex,
    /// External ids that the file gave to units that were stored already, with these units.
    pub(crate) given_ids: FxHashMap<Box<str>, Sequence>,
    /// Stored units that the file contains. No other unit of the file may replace them.
    pub(crate) confirmed: FxHashSet<Sequence>,
    /// Visible units that the import changes or deletes when it completes.
    pub(crate) staged: BTreeSet<Sequence>,
}

impl WriterState {
    /// Returns a catalog of all collections, for readers.
    pub(crate) fn build_catalog(&mut self) -> Catalog {
        let change_id = self.applied.change_id;
        Catalog {
            memories: self.memories.iter().map(|(n, m)| (n.clone(), Arc::new(m.view(change_id)))).collect(),
            glossaries: self.glossaries.iter_mut().map(|(n, g)| (n.clone(), Arc::new(g.view()))).collect(),
            tokens: Arc::new(self.tokens.clone()),
        }
    }

    /// Returns whether something changed since the last commit that has to be published.
    pub(crate) fn has_unpublished(&self) -> bool {
        !self.unpublished.is_empty() || self.tokens_unpublished
    }

    /// Returns the catalog with new views of the collections that changed.
    pub(crate) fn updated_catalog(&mut self, before: &Catalog) -> Catalog {
        let mut catalog = before.clone();
        if std::mem::take(&mut self.tokens_unpublished) {
            catalog.tokens = Arc::new(self.tokens.clone());
        }
        let change_id = self.applied.change_id;
        for (kind, name) in std::mem::take(&mut self.unpublished) {
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

    pub(crate) fn take_sequence(&mut self) -> Sequence {
        let sequence = Sequence(self.applied.next_sequence);
        self.applied.next_sequence += 1;
        sequence
    }
}

impl MemoryState {
    /// Returns the memory with its counts.
    pub(crate) fn stats(&self) -> MemoryStats {
        MemoryStats {
            info: self.info.clone(),
            units: self.units.sequences.len(),
            sources: self.units.sources.snapshot().sources() as u64,
        }
    }

    fn view(&self, change_id: u64) -> MemoryView {
        MemoryView {
            number: self.number,
            change_id,
            info: self.info.clone(),
            sequences: self.units.sequences.clone(),
            sources: self.units.sources.snapshot(),
            targets: self.units.targets.snapshot(),
        }
    }
}

impl GlossaryState {
    pub(crate) fn add(&mut self, concept: Concept) {
        let language = self.info.source_locale.language();
        let concept = Arc::new(concept);
        if let Some(old) = self.concepts.insert(Arc::clone(&concept)) {
            self.recognizer.remove(&old, language);
        }
        self.recognizer.add(&concept, language);
    }

    pub(crate) fn remove(&mut self, concept: &Concept) {
        self.concepts.remove(concept);
        self.recognizer.remove(concept, self.info.source_locale.language());
    }

    fn view(&mut self) -> GlossaryView {
        let concepts = &self.concepts;
        self.recognizer.publish(|sequence, revision| concepts.is_present_revision(sequence, revision));
        GlossaryView {
            number: self.number,
            info: self.info.clone(),
            recognizer: self.recognizer.clone(),
            concepts: self.concepts.clone(),
        }
    }
}
