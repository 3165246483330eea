//! Use cases on memories.

use super::import::ImportTarget;
use crate::{
    caller::Caller,
    engine::{
        catalog::MemoryStats,
        change::{Action, NewCollection, Outcome},
        core::Engine,
        request::{Page, PageRequest, Tokens, cut},
        search::Filter,
    },
    fault::Fault,
    interchange::Place,
    name::Name,
    store::CollectionKind,
};

impl Engine {
    /// Makes an empty memory.
    ///
    /// # Errors
    /// `SAME_LANGUAGE`, `TEXT_TOO_LONG`, `MEMORY_EXISTS`, or the store's.
    pub fn create_memory(&self, caller: &Caller, new: NewCollection) -> Result<MemoryStats, Fault> {
        self.checker().collection(&new.source_locale, &new.target_locale, &new.description)?;
        let name = new.name.clone();
        self.apply(caller, Action::CreateCollection { kind: CollectionKind::Memory, new: new.into() })?;
        self.memory(caller, &name)
    }

    /// Returns a memory with its counts.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`.
    pub fn memory(&self, _caller: &Caller, name: &Name) -> Result<MemoryStats, Fault> {
        Ok(self.catalog.load().memory(name)?.stats())
    }

    /// Lists the memories by name.
    ///
    /// # Errors
    /// `BAD_PAGE_TOKEN`.
    pub fn memories(&self, _caller: &Caller, page: &PageRequest) -> Result<Page<MemoryStats>, Fault> {
        let catalog = self.catalog.load();
        let tokens = Tokens::of(&"memories");
        let after = tokens.read(&page.token)?;
        let rest = catalog.memories.iter().filter(|(name, _)| after.is_none_or(|a| name.as_str() > a));
        Ok(cut(rest.map(|(name, m)| (name, m.stats())), page.size, tokens))
    }

    /// Changes a memory's name or description; what is absent stays.
    ///
    /// # Errors
    /// `TEXT_TOO_LONG`, `UNKNOWN_MEMORY`, `MEMORY_EXISTS`,
    /// `CHANGED_MEANWHILE` while an import into it runs, or the store's.
    pub fn update_memory(
        &self,
        caller: &Caller,
        name: &Name,
        new_name: Option<Name>,
        description: Option<String>,
    ) -> Result<MemoryStats, Fault> {
        if let Some(text) = &description {
            self.checker().length("description", text, self.limits.description_chars)?;
        }
        let now = new_name.clone().unwrap_or_else(|| name.clone());
        self.apply(caller, Action::UpdateMemory { name: name.clone(), new_name, description })?;
        self.memory(caller, &now)
    }

    /// Copies a memory's visible units into a new memory, all at once.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `MEMORY_EXISTS`, `TEXT_TOO_LONG`, or the store's.
    pub fn clone_memory(
        &self,
        caller: &Caller,
        name: &Name,
        new: &Name,
        description: String,
    ) -> Result<MemoryStats, Fault> {
        let info = self.memory(caller, name)?.info;
        let target = ImportTarget {
            create: Some(NewCollection {
                name: new.clone(),
                source_locale: info.source_locale,
                target_locale: info.target_locale,
                description,
            }),
            only_new: true,
            file_name: format!("memory {name}"),
            ..ImportTarget::new(new.clone())
        };
        let mut session = self.begin_import(caller, target)?;
        let mut page = PageRequest { size: 1_000, token: String::new() };
        loop {
            let units = self.units(caller, name, &Filter::default(), &page)?;
            for unit in units.items {
                let place = Place { line: 0, unit: unit.id.to_string() };
                session.push(&place, unit.content)??;
            }
            page.token = units.next;
            if page.token.is_empty() {
                break;
            }
        }
        session.complete()?;
        self.memory(caller, new)
    }

    /// Deletes a memory; returns how many units were visible in it. Its
    /// contents leave the disk at once or, after a crash, at the next open.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `CHANGED_MEANWHILE` while an import into it runs, or the store's.
    pub fn delete_memory(&self, caller: &Caller, name: &Name) -> Result<u64, Fault> {
        self.delete_collection(caller, CollectionKind::Memory, name)
    }

    pub(crate) fn delete_collection(
        &self,
        caller: &Caller,
        kind: CollectionKind,
        name: &Name,
    ) -> Result<u64, Fault> {
        let catalog = self.catalog.load();
        let number = match kind {
            CollectionKind::Memory => catalog.memory(name)?.number,
            CollectionKind::Glossary => catalog.glossary(name)?.number,
        };
        let Outcome::Removed { count, .. } =
            self.apply(caller, Action::DeleteCollection { kind, name: name.clone() })?
        else {
            return Err(Fault::Internal("deleting told something else".to_owned()));
        };
        // Acknowledged already: what a failing disk leaves is removed at the next open.
        if let Err(cause) = self.store.purge_collection(kind, number) {
            tracing::error!(%cause, %name, "the contents of a deleted collection are not removed yet");
        }
        Ok(count)
    }
}
