//! The one function that changes the store: changes come in order, each is
//! decided by the state and written to the batch.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{
    apply_units::Revision,
    catalog::Catalog,
    change::{Action, Change, CollectionDraft, Outcome},
    keeper::Keeper,
    state::{GlossaryState, MemoryState, State, Units},
};
use crate::{
    clock::Timestamp,
    fault::{Fault, Resource},
    name::Name,
    store::{Applier, Batch, CollectionEntry, CollectionKind, CollectionNumber, Store, StoreError},
    unit::{CollectionInfo, Stamp},
};

/// A decision: refused with nothing changed, or done. The outer error is the
/// store's.
pub(super) type Applied<T> = Result<Result<T, Fault>, StoreError>;

/// Applies changes and publishes what they did.
#[derive(Debug)]
pub(super) struct Apply {
    state: State,
    catalog: Arc<ArcSwap<Catalog>>,
    /// To be read again before anything else: the state is not what it holds.
    store: Option<Store>,
    keeper: Keeper,
}

/// Who makes the change, when, and its number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Maker<'c> {
    pub(super) caller: &'c str,
    pub(super) at: Timestamp,
    pub(super) change_id: u64,
}

impl Maker<'_> {
    /// Returns the stamp of a revision after `before`.
    pub(super) fn stamp(&self, before: u32, import_id: u64) -> Stamp {
        Stamp {
            revision: before + 1,
            change_id: self.change_id,
            import_id,
            caller: self.caller.to_owned(),
            changed_at: self.at,
            as_of: 0,
        }
    }
}

impl Apply {
    pub(super) fn new(state: State, catalog: Arc<ArcSwap<Catalog>>, keeper: Keeper) -> Self {
        Self { state, catalog, store: None, keeper }
    }
}

impl Applier for Apply {
    type Change = Change;
    type Outcome = Outcome;
    type Refusal = Fault;

    fn apply(&mut self, change: Change, batch: &mut Batch) -> Applied<Outcome> {
        if let Some(store) = self.store.take() {
            // The state could not be read again when a commit failed.
            self.aborted(&store);
            if self.store.is_some() {
                return Err(StoreError::Io("the store cannot be read after a failed write".to_owned()));
            }
        }
        let state = &mut self.state;
        let maker = Maker { caller: &change.caller, at: change.at, change_id: state.applied.change_id + 1 };
        let answer = match change.action {
            Action::CreateCollection { kind, new } => Ok(state.create(kind, new, maker, batch)),
            Action::DeleteCollection { kind, name } => Ok(state.delete(kind, &name, maker, batch)),
            Action::PutUnits { memory, units, on_same_source } => {
                state.put_units(&memory, units, on_same_source, maker, batch)
            }
            Action::UpdateMemory { name, new_name, description } => {
                Ok(state.update_memory(&name, new_name, description, maker, batch))
            }
            Action::ReviseUnit { memory, id, unit, expected, revive } => {
                state.revise_unit(&memory, id, &unit, Revision { expected, revive }, maker, batch)
            }
            Action::DeleteUnits { memory, ids, gone_is_fine } => {
                state.delete_units(&memory, &ids, gone_is_fine, maker, batch)
            }
            Action::PutConcepts { glossary, create, concepts } => {
                Ok(state.put_concepts(&glossary, create, concepts, maker, batch))
            }
            Action::DeleteConcepts { glossary, ids } => {
                Ok(state.delete_concepts(&glossary, &ids, maker, batch))
            }
            Action::BeginImport { memory, create, only_new, on_same_source, file_name } => {
                if only_new && state.memories.contains_key(&memory) {
                    return Ok(Err(Fault::Exists { what: Resource::Memory, name: memory.to_string() }));
                }
                Ok(state.begin_import(&memory, create, on_same_source, file_name, maker, batch))
            }
            Action::ImportUnits { import, units } => state.import_units(import, units, maker, batch),
            Action::CompleteImport { import } => state.complete_import(import, maker, batch),
            Action::AbortImport { import } => state.abort_import(import, batch),
            Action::RevertImport { memory, import } => state.revert_import(&memory, import, maker, batch),
        }?;
        if answer.is_ok() {
            state.applied.change_id = maker.change_id;
            batch.put_applied(&state.applied);
        }
        Ok(answer)
    }

    fn frees_space(change: &Change) -> bool {
        matches!(
            change.action,
            Action::AbortImport { .. }
                | Action::DeleteCollection { .. }
                | Action::DeleteUnits { .. }
                | Action::DeleteConcepts { .. }
        )
    }

    fn before_commit(&mut self, batch: &mut Batch, last: bool) {
        if self.store.is_none() {
            self.keeper.look(&self.state, batch, last);
        }
    }

    fn committed(&mut self) {
        self.keeper.write();
        if !self.state.touched.is_empty() {
            let next = self.state.publish(&self.catalog.load());
            self.catalog.store(Arc::new(next));
        }
    }

    fn aborted(&mut self, store: &Store) {
        self.keeper.give_up();
        match State::load(store, None) {
            Ok((mut state, _)) => {
                self.catalog.store(Arc::new(state.catalog()));
                self.state = state;
                self.store = None;
            }
            Err(cause) => {
                tracing::error!(%cause, "the store cannot be read after a failed write; writes are refused until it can");
                self.store = Some(store.clone());
            }
        }
    }
}

impl State {
    pub(super) fn create(
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

    fn update_memory(
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

    pub(super) fn write_collection(
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
    fn delete(
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

    pub(super) fn next_number(&mut self, kind: CollectionKind) -> CollectionNumber {
        let next = match kind {
            CollectionKind::Memory => &mut self.applied.next_memory,
            CollectionKind::Glossary => &mut self.applied.next_glossary,
        };
        *next += 1;
        CollectionNumber(*next - 1)
    }
}

pub(super) fn info(new: CollectionDraft, at: Timestamp) -> CollectionInfo {
    CollectionInfo {
        name: new.name,
        source_locale: new.source_locale,
        target_locale: new.target_locale,
        description: new.description,
        created_at: at,
    }
}
