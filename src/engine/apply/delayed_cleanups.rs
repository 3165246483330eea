//! Cleanups that wait for readers.
//!
//! A reader works on one view of a memory, and reads its units from the store. The units of a deleted memory
//! or of a reverted import must therefore stay in the store until every view that names them
//! is gone.

use std::{
    collections::VecDeque,
    sync::{Arc, Weak},
};

use rustc_hash::FxHashMap;

use crate::{
    engine::catalog::{Catalog, MemoryView},
    store::{Cleanup, CollectionKind, CollectionNumber, NextCleanup},
};

/// Cleanups with the views that they wait for.
#[derive(Debug, Default)]
pub(super) struct DelayedCleanups {
    waiting: VecDeque<(Cleanup, Vec<Weak<MemoryView>>)>,
    /// Views that are no longer in the catalog, but that readers may still use.
    former_views: FxHashMap<CollectionNumber, Vec<Weak<MemoryView>>>,
}

impl DelayedCleanups {
    /// Notes the views that a new catalog replaces.
    pub(super) fn note_replaced_views(&mut self, before: &Catalog, next: &Catalog) {
        for (name, view) in &before.memories {
            if !next.memories.get(name).is_some_and(|now| Arc::ptr_eq(now, view)) {
                let views = self.former_views.entry(view.number).or_default();
                views.retain(is_used);
                views.push(Arc::downgrade(view));
            }
        }
    }

    /// Adds a cleanup. It waits for the views of its memory that are replaced by now.
    pub(super) fn push(&mut self, cleanup: Cleanup) {
        let memory = match &cleanup {
            Cleanup::Import(import) => Some(import.memory),
            Cleanup::Collection(CollectionKind::Memory, number)
            | Cleanup::FormerRevisions(CollectionKind::Memory, number, _) => Some(*number),
            Cleanup::Collection(CollectionKind::Glossary, _)
            | Cleanup::FormerRevisions(CollectionKind::Glossary, ..)
            | Cleanup::MarksBefore(_) => None,
        };
        let views = memory.and_then(|memory| self.former_views.get(&memory)).cloned().unwrap_or_default();
        self.waiting.push_back((cleanup, views));
    }

    /// Returns whether nothing waits to be removed.
    pub(super) fn is_empty(&self) -> bool {
        self.waiting.is_empty()
    }

    /// Returns a cleanup whose views are gone.
    pub(super) fn next(&mut self) -> NextCleanup {
        let ready = self.waiting.iter().position(|(_, views)| !views.iter().any(is_used));
        match ready.and_then(|ready| self.waiting.remove(ready)) {
            Some((cleanup, _)) => NextCleanup::Now(cleanup),
            None if self.waiting.is_empty() => NextCleanup::None,
            None => NextCleanup::Later,
        }
    }
}

fn is_used(view: &Weak<MemoryView>) -> bool {
    view.strong_count() > 0
}
