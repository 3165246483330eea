//! The door to the collections: every use case gets the views that it reads, and the references
//! that its changes carry, through here, with the caller and the right that it needs.
//!
//! Until there is access control every caller has every right. The checks will go here, in
//! [`Engine::collections`], because nothing else loads the catalog.

use std::sync::Arc;

use super::{
    catalog::{Catalog, GlossaryView, MemoryView},
    change::CollectionRef,
    core::Engine,
};
use crate::{caller::Caller, fault::Fault, name::Name};

/// What a caller does with a collection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Right {
    /// Looks up, lists or exports its contents.
    Read,
    /// Stores, changes or deletes its contents.
    Write,
    /// Creates, renames or deletes the collection itself.
    Manage,
}

impl Engine {
    /// Returns the collections that a caller may use in a way, as they were after the last commit.
    pub(crate) fn collections(&self, _caller: &Caller, _right: Right) -> Arc<Catalog> {
        self.catalog.load_full()
    }

    /// Returns a memory that a caller may use in a way.
    pub(crate) fn memory_view(
        &self,
        caller: &Caller,
        name: &Name,
        right: Right,
    ) -> Result<Arc<MemoryView>, Fault> {
        self.collections(caller, right).memory(name).cloned()
    }

    /// Returns a glossary that a caller may use in a way.
    pub(crate) fn glossary_view(
        &self,
        caller: &Caller,
        name: &Name,
        right: Right,
    ) -> Result<Arc<GlossaryView>, Fault> {
        self.collections(caller, right).glossary(name).cloned()
    }

    /// Returns glossaries that a caller may read, in the order of their names in the request.
    pub(crate) fn readable_glossaries(
        &self,
        caller: &Caller,
        names: &[Name],
    ) -> Result<Vec<Arc<GlossaryView>>, Fault> {
        let collections = self.collections(caller, Right::Read);
        names.iter().map(|name| collections.glossary(name).cloned()).collect()
    }
}

impl MemoryView {
    /// Returns the reference that a change of this memory carries. It names the memory that the change
    /// was checked against, and not one that was created under the same name since.
    pub(crate) fn collection_ref(&self) -> CollectionRef {
        CollectionRef { number: Some(self.number), name: self.info.name.clone() }
    }
}

impl GlossaryView {
    /// Returns the reference that a change of this glossary carries, as [`MemoryView::collection_ref`].
    pub(crate) fn collection_ref(&self) -> CollectionRef {
        CollectionRef { number: Some(self.number), name: self.info.name.clone() }
    }
}
