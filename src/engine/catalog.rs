//! The catalog: the collections as they were after the last commit, for readers.

use std::{collections::BTreeMap, sync::Arc};

use super::state::{ConceptMap, SequenceSet, TokenTable};
use crate::{
    matching::Snapshot,
    name::Name,
    store::CollectionNumber,
    terminology::Recognizer,
    unit::{CollectionInfo, MemoryStats},
};

/// All memories and glossaries.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalog {
    pub(crate) memories: BTreeMap<Name, Arc<MemoryView>>,
    pub(crate) glossaries: BTreeMap<Name, Arc<GlossaryView>>,
    /// The tokens by which callers are recognized.
    pub(crate) tokens: Arc<TokenTable>,
}

/// A memory as readers see it.
#[derive(Debug)]
pub(crate) struct MemoryView {
    pub(crate) number: CollectionNumber,
    /// The number of the last change that is visible in it.
    pub(crate) change_id: u64,
    pub(crate) info: CollectionInfo,
    /// The units that are visible in it.
    pub(crate) sequences: SequenceSet,
    /// The index of sources.
    pub(crate) sources: Snapshot,
    /// The index of targets, for reverse lookups.
    pub(crate) targets: Snapshot,
}

/// A glossary as readers see it.
#[derive(Debug)]
pub(crate) struct GlossaryView {
    pub(crate) number: CollectionNumber,
    pub(crate) info: CollectionInfo,
    pub(crate) concepts: ConceptMap,
    pub(crate) recognizer: Recognizer,
}

/// A glossary with its counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlossaryStats {
    /// Its name, languages and description.
    pub info: CollectionInfo,
    /// The number of concepts.
    pub concepts: u64,
    /// The number of terms in the source language.
    pub source_terms: u64,
}

impl MemoryView {
    pub(crate) fn stats(&self) -> MemoryStats {
        MemoryStats {
            info: self.info.clone(),
            units: self.sequences.len(),
            sources: self.sources.sources() as u64,
        }
    }
}

impl GlossaryView {
    pub(crate) fn stats(&self) -> GlossaryStats {
        GlossaryStats {
            info: self.info.clone(),
            concepts: self.concepts.len() as u64,
            source_terms: self.recognizer.term_count() as u64,
        }
    }
}
