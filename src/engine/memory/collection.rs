//! Use cases on memories.

use super::import::ImportTarget;
use crate::{
    caller::Caller,
    engine::{
        access::Right,
        change::{Action, CollectionRef, NewCollection, Outcome},
        core::Engine,
        request::{Page, PageRequest, PageTokens, take_page},
        search::Deadline,
    },
    fault::Fault,
    interchange::FilePosition,
    name::Name,
    store::CollectionKind,
    unit::{MemoryStats, UnitId},
};

impl Engine {
    /// Creates an empty memory.
    ///
    /// # Errors
    /// `SAME_LANGUAGE`, `TEXT_TOO_LONG`, `MEMORY_EXISTS`, those of a caller who may not create it, or those of the
    /// store.
    pub fn create_memory(&self, caller: &Caller, new: NewCollection) -> Result<MemoryStats, Fault> {
        self.checker().collection(&new.source_locale, &new.target_locale, &new.description)?;
        self.collections(caller, Right::Manage)?.check_new_memory(&new.name)?;
        let action = Action::CreateCollection { kind: CollectionKind::Memory, new: new.into() };
        match self.apply(caller, action)? {
            Outcome::Created(info) => Ok(MemoryStats { info, units: 0, sources: 0 }),
            other => Err(Fault::Internal(format!("creating a memory returned {other:?}"))),
        }
    }

    /// Returns a memory with its counts.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`.
    pub fn memory(&self, caller: &Caller, name: &Name) -> Result<MemoryStats, Fault> {
        Ok(self.memory_view(caller, name, Right::Read)?.stats())
    }

    /// Lists the memories, sorted by name.
    ///
    /// # Errors
    /// `BAD_PAGE_TOKEN`.
    pub fn memories(&self, caller: &Caller, page: &PageRequest) -> Result<Page<MemoryStats>, Fault> {
        let collections = self.collections(caller, Right::Read)?;
        let tokens = PageTokens::for_list(&"memories");
        let after = tokens.read(&page.token)?;
        let rest = collections.memories().filter(|(name, _)| after.is_none_or(|a| name.as_str() > a));
        Ok(take_page(rest.map(|(name, m)| (name, m.stats())), page.size, &self.limits, tokens))
    }

    /// Changes the name or the description of a memory. An absent one stays as it is.
    ///
    /// # Errors
    /// `TEXT_TOO_LONG`, `UNKNOWN_MEMORY`, `MEMORY_EXISTS`, `CHANGED_MEANWHILE` while an import into
    /// the memory runs, or those of the store.
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
        let collections = self.collections(caller, Right::Manage)?;
        let target = collections.memory(name)?.collection_ref();
        if let Some(new) = &new_name {
            collections.check_new_memory(new)?;
        }
        match self.apply(caller, Action::UpdateMemory { memory: target, new_name, description })? {
            Outcome::MemoryUpdated(memory) => Ok(memory),
            other => Err(Fault::Internal(format!("updating a memory returned {other:?}"))),
        }
    }

    /// Copies the units of a memory, as they were when the call began, into a new memory, which becomes
    /// visible at once.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `MEMORY_EXISTS`, `TEXT_TOO_LONG`, `DEADLINE_PASSED`, or those of the store.
    /// Nothing of the copy stays then.
    pub fn clone_memory(
        &self,
        caller: &Caller,
        name: &Name,
        new: &Name,
        description: String,
        deadline: &Deadline,
    ) -> Result<MemoryStats, Fault> {
        let view = self.memory_view(caller, name, Right::Read)?;
        let info = view.info.clone();
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
        for found in self.units_in_view(&view, None) {
            deadline.check()?;
            let (sequence, stored) = found?;
            let place = FilePosition { line: 0, unit: UnitId(sequence).to_string() };
            session.push(&place, stored.content)??;
        }
        let (_, _, memory) = session.finish()?;
        memory.ok_or_else(|| Fault::Internal("a clone was not stored".to_owned()))
    }

    /// Deletes a memory. Returns the number of its visible units. The writer removes the contents
    /// from the disk soon after, in steps. After a crash, the next open removes them.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `CHANGED_MEANWHILE` while an import into the memory runs, or those of the
    /// store.
    pub fn delete_memory(&self, caller: &Caller, name: &Name) -> Result<u64, Fault> {
        let memory = self.memory_view(caller, name, Right::Manage)?.collection_ref();
        self.delete_collection(caller, CollectionKind::Memory, memory)
    }

    pub(crate) fn delete_collection(
        &self,
        caller: &Caller,
        kind: CollectionKind,
        collection: CollectionRef,
    ) -> Result<u64, Fault> {
        match self.apply(caller, Action::DeleteCollection { kind, collection })? {
            Outcome::Removed { count, .. } => Ok(count),
            other => Err(Fault::Internal(format!("deleting a collection returned {other:?}"))),
        }
    }
}
