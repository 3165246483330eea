//! Creating, changing and deleting memories and glossaries.

use super::decision::{ChangeMeta, check_same_collection, resource};
use crate::{
    clock::Timestamp,
    engine::{
        change::{CollectionDraft, CollectionRef, Outcome},
        state::{GlossaryState, MemoryState, UnitIndex, WriterState},
    },
    fault::{Fault, Resource},
    name::Name,
    store::{Batch, Cleanup, CollectionEntry, CollectionKind, CollectionNumber},
    unit::CollectionInfo,
};

pub(crate) fn collection_info(new: CollectionDraft, created_at: Timestamp) -> CollectionInfo {
    CollectionInfo {
        name: new.name,
        source_locale: new.source_locale,
        target_locale: new.target_locale,
        description: new.description,
        created_at,
    }
}

impl WriterState {
    /// Creates a memory or glossary. Returns its number and what it is.
    pub(crate) fn create_collection(
        &mut self,
        kind: CollectionKind,
        new: CollectionDraft,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<(CollectionNumber, CollectionInfo), Fault> {
        if self.number_of(kind, &new.name).is_some() {
            return Err(Fault::Exists { what: resource(kind), name: new.name.to_string() });
        }
        let number = self.take_number(kind);
        let info = collection_info(new, meta.at);
        write_collection(kind, number, &info, meta, batch);
        self.unpublished.insert((kind, info.name.clone()));
        match kind {
            CollectionKind::Memory => {
                let memory = MemoryState { number, info: info.clone(), units: UnitIndex::default() };
                self.memories.insert(info.name.clone(), memory);
            }
            CollectionKind::Glossary => {
                let glossary = GlossaryState {
                    number,
                    info: info.clone(),
                    concepts: Default::default(),
                    recognizer: Default::default(),
                };
                self.glossaries.insert(info.name.clone(), glossary);
            }
        }
        Ok((number, info))
    }

    /// Changes the name or the description of a memory; what is absent stays.
    pub(crate) fn update_memory(
        &mut self,
        memory: &CollectionRef,
        new_name: Option<Name>,
        description: Option<String>,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let name = &memory.name;
        let new_name = new_name.filter(|new| new != name);
        if let Some(taken) = new_name.as_ref().filter(|new| self.memories.contains_key(new)) {
            return Err(Fault::Exists { what: Resource::Memory, name: taken.to_string() });
        }
        self.refuse_during_import(name)?;
        self.memory_mut(memory)?;
        let unknown = || Fault::Unknown { what: Resource::Memory, name: name.to_string() };
        let mut state = self.memories.remove(name).ok_or_else(unknown)?;
        self.unpublished.insert((CollectionKind::Memory, name.clone()));
        if let Some(new) = new_name {
            state.info.name = new;
        }
        if let Some(description) = description {
            state.info.description = description;
        }
        write_collection(CollectionKind::Memory, state.number, &state.info, meta, batch);
        self.unpublished.insert((CollectionKind::Memory, state.info.name.clone()));
        let updated = state.stats();
        self.memories.insert(state.info.name.clone(), state);
        Ok(Outcome::MemoryUpdated(updated))
    }

    fn refuse_during_import(&self, memory: &Name) -> Result<(), Fault> {
        if self.imports.values().any(|i| i.memory == *memory) {
            return Err(Fault::Conflict(format!("an import into memory '{memory}' is running")));
        }
        Ok(())
    }

    /// Marks a collection as deleted. The writer removes its contents after the commit, in steps;
    /// what a crash leaves is removed at the next open.
    pub(crate) fn delete_collection(
        &mut self,
        kind: CollectionKind,
        collection: &CollectionRef,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let name = &collection.name;
        if kind == CollectionKind::Memory {
            self.refuse_during_import(name)?;
        }
        check_same_collection(kind, collection, self.number_of(kind, name))?;
        let removed = match kind {
            CollectionKind::Memory => {
                self.memories.remove(name).map(|m| (m.number, m.info, m.units.sequences.len()))
            }
            CollectionKind::Glossary => {
                self.glossaries.remove(name).map(|g| (g.number, g.info, g.concepts.len() as u64))
            }
        };
        let unknown = || Fault::Unknown { what: resource(kind), name: name.to_string() };
        let (number, info, count) = removed.ok_or_else(unknown)?;
        batch.put_collection(kind, &CollectionEntry { number, info, live: false, stamp: meta.stamp(1, 0) });
        self.cleanups.push(Cleanup::Collection(kind, number));
        self.unpublished.insert((kind, name.clone()));
        Ok(Outcome::Removed { count, change_id: meta.change_id })
    }

    /// Returns the number of the collection that has a name.
    fn number_of(&self, kind: CollectionKind, name: &Name) -> Option<CollectionNumber> {
        match kind {
            CollectionKind::Memory => self.memories.get(name).map(|m| m.number),
            CollectionKind::Glossary => self.glossaries.get(name).map(|g| g.number),
        }
    }

    /// Takes the next free number of a kind of collections.
    pub(crate) fn take_number(&mut self, kind: CollectionKind) -> CollectionNumber {
        let next = match kind {
            CollectionKind::Memory => &mut self.applied.next_memory,
            CollectionKind::Glossary => &mut self.applied.next_glossary,
        };
        *next += 1;
        CollectionNumber(*next - 1)
    }
}

/// Writes the record of a live memory or glossary.
pub(crate) fn write_collection(
    kind: CollectionKind,
    number: CollectionNumber,
    info: &CollectionInfo,
    meta: ChangeMeta<'_>,
    batch: &mut Batch,
) {
    let entry = CollectionEntry { number, info: info.clone(), live: true, stamp: meta.stamp(0, 0) };
    batch.put_collection(kind, &entry);
}
