//! The one function that changes the store: changes come in order, each is
//! decided by the state and written to the batch.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::decision::{Applied, Maker};
use crate::{
    engine::{
        catalog::Catalog,
        change::{Action, Change, Outcome, Revision},
        checkpoint::Keeper,
        state::State,
    },
    fault::{Fault, Resource},
    store::{Applier, Batch, Store, StoreError},
};

/// Applies changes and publishes what they did.
#[derive(Debug)]
pub(crate) struct Apply {
    state: State,
    catalog: Arc<ArcSwap<Catalog>>,
    /// To be read again before anything else: the state is not what it holds.
    store: Option<Store>,
    keeper: Keeper,
}

impl Apply {
    pub(crate) fn new(state: State, catalog: Arc<ArcSwap<Catalog>>, keeper: Keeper) -> Self {
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
