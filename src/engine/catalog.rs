//! What readers see: the collections as they were after the last commit.

use std::{collections::BTreeMap, sync::Arc};

use super::concepts::Concepts;
use crate::{
    fault::{Fault, Resource},
    matching::Snapshot,
    name::Name,
    store::CollectionNumber,
    terminology::Recognizer,
    unit::CollectionInfo,
};

/// All memories and glossaries.
#[derive(Clone, Debug, Default)]
pub(super) struct Catalog {
    pub(super) memories: BTreeMap<Name, Arc<MemoryView>>,
    pub(super) glossaries: BTreeMap<Name, Arc<GlossaryView>>,
}

/// A memory as readers see it.
#[derive(Debug)]
pub(super) struct MemoryView {
    pub(super) number: CollectionNumber,
    /// The last change that it shows.
    pub(super) change_id: u64,
    pub(super) info: CollectionInfo,
    /// Its rows by source.
    pub(super) sources: Snapshot,
    /// Its rows by target, for reverse lookups.
    pub(super) targets: Snapshot,
}

/// A glossary as readers see it.
#[derive(Debug)]
pub(super) struct GlossaryView {
    pub(super) number: CollectionNumber,
    pub(super) info: CollectionInfo,
    pub(super) concepts: Concepts,
    pub(super) recognizer: Recognizer,
}

/// A memory with its counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemoryStats {
    /// What it is.
    pub info: CollectionInfo,
    /// Visible units.
    pub units: u64,
    /// Distinct folded sources of these.
    pub sources: u64,
}

/// A glossary with its counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GlossaryStats {
    /// What it is.
    pub info: CollectionInfo,
    /// Concepts.
    pub concepts: u64,
    /// Terms of the source language.
    pub source_terms: u64,
}

impl Catalog {
    pub(super) fn memory(&self, name: &Name) -> Result<&Arc<MemoryView>, Fault> {
        self.memories
            .get(name)
            .ok_or_else(|| Fault::Unknown { what: Resource::Memory, name: name.to_string() })
    }

    pub(super) fn glossary(&self, name: &Name) -> Result<&Arc<GlossaryView>, Fault> {
        self.glossaries
            .get(name)
            .ok_or_else(|| Fault::Unknown { what: Resource::Glossary, name: name.to_string() })
    }
}

impl MemoryView {
    pub(super) fn stats(&self) -> MemoryStats {
        MemoryStats {
            info: self.info.clone(),
            units: self.sources.units() as u64,
            sources: self.sources.sources() as u64,
        }
    }
}

impl GlossaryView {
    pub(super) fn stats(&self) -> GlossaryStats {
        GlossaryStats {
            info: self.info.clone(),
            concepts: self.concepts.len() as u64,
            source_terms: self.recognizer.terms() as u64,
        }
    }
}
