//! Creating, changing and deleting memories and glossaries.

use super::decision::Maker;
use crate::{
    clock::Timestamp,
    engine::{
        change::{CollectionDraft, Outcome},
        state::{GlossaryState, MemoryState, State, Units},
    },
    fault::{Fault, Resource},
    name::Name,
    store::{Batch, CollectionEntry, CollectionKind, CollectionNumber},
    unit::CollectionInfo,
};

pub(crate) fn info(new: CollectionDraft, at: Timestamp) -> CollectionInfo {
    CollectionInfo {
        name: new.name,
        source_locale: new.source_locale,
        target_locale: new.target_locale,
        description: new.description,
        created_at: at,
    }
}

impl State {
    pub(crate) fn create(
        &mut self,
        kind: CollectionKind,
        new: CollectionDraft,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let (what, taken) = match kind {
            CollectionKind::Memory => (Resource::Memory, self.memories.contains_key(&new.name)),
            CollectionKind::Glossary => (Resource::Glossary, self.glossaries.contains_key(&new.name)),
        };
        if taken {
            return Err(Fault::Exists { what, name: new.name.to_string() });
        }
        let number = self.next_number(kind);
        let info = info(new, maker.at);
        self.write_collection(kind, number, &info, maker, batch);
        self.touched.insert((kind, info.name.clone()));
        match kind {
            CollectionKind::Memory => {
                self.memories
                    .insert(info.name.clone(), MemoryState { number, info, units: Units::default() });
            }
            CollectionKind::Glossary => {
                let glossary = GlossaryState {
                    number,
                    info,
                    concepts: Default::default(),
                    recognizer: Default::default(),
                };
                self.glossaries.insert(glossary.info.name.clone(), glossary);
            }
        }
        Ok(Outcome::Done)
    }

    pub(crate) fn update_memory(
        &mut self,
        name: &Name,
        new_name: Option<Name>,
        description: Option<String>,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let renamed = new_name.filter(|new| new != name);
        if let Some(taken) = renamed.as_ref().filter(|new| self.memories.contains_key(new)) {
            return Err(Fault::Exists { what: Resource::Memory, name: taken.to_string() });
        }
        if self.imports.values().any(|i| i.memory == *name) {
            return Err(Fault::Changed(format!("an import into memory '{name}' is under way")));
        }
        let unknown = || Fault::Unknown { what: Resource::Memory, name: name.to_string() };
        let mut memory = self.memories.remove(name).ok_or_else(unknown)?;
        self.touched.insert((CollectionKind::Memory, name.clone()));
        if let Some(new) = renamed {
            memory.info.name = new;
        }
        if let Some(description) = description {
            memory.info.description = description;
        }
        self.write_collection(CollectionKind::Memory, memory.number, &memory.info, maker, batch);
        self.touched.insert((CollectionKind::Memory, memory.info.name.clone()));
        self.memories.insert(memory.info.name.clone(), memory);
        Ok(Outcome::Done)
    }

    pub(crate) fn write_collection(
        &self,
        kind: CollectionKind,
        number: CollectionNumber,
        info: &CollectionInfo,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) {
        let entry = CollectionEntry { number, info: info.clone(), live: true, stamp: maker.stamp(0, 0) };
        batch.put_collection(kind, &entry);
    }

    /// Marks a collection as deleted; its contents are removed after the
    /// commit, or at the next open.
    pub(crate) fn delete(
        &mut self,
        kind: CollectionKind,
        name: &Name,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let busy = self.imports.values().any(|i| i.memory == *name && kind == CollectionKind::Memory);
        if busy {
            return Err(Fault::Changed(format!("an import into memory '{name}' is under way")));
        }
        let (number, info, count) = match kind {
            CollectionKind::Memory => {
                self.memories.remove(name).map(|m| (m.number, m.info, m.units.index.units()))
            }
            CollectionKind::Glossary => {
                self.glossaries.remove(name).map(|g| (g.number, g.info, g.concepts.len()))
            }
        }
        .ok_or_else(|| {
            let what = if kind == CollectionKind::Memory { Resource::Memory } else { Resource::Glossary };
            Fault::Unknown { what, name: name.to_string() }
        })?;
        batch.put_collection(kind, &CollectionEntry { number, info, live: false, stamp: maker.stamp(1, 0) });
        self.touched.insert((kind, name.clone()));
        Ok(Outcome::Removed { count: count as u64, change_id: maker.change_id })
    }

    pub(crate) fn next_number(&mut self, kind: CollectionKind) -> CollectionNumber {
        let next = match kind {
            CollectionKind::Memory => &mut self.applied.next_memory,
            CollectionKind::Glossary => &mut self.applied.next_glossary,
        };
        *next += 1;
        CollectionNumber(*next - 1)
    }
}
