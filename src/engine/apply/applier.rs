//! The one function that changes the store. Changes come in order; each is decided by the resident
//! state and written to the batch.

use std::sync::Arc;

use arc_swap::ArcSwap;

use super::{
    decision::{ChangeMeta, Decision},
    delayed_cleanups::DelayedCleanups,
    job::{Jobs, Progress, load_state},
    retention_pass::RetentionPasses,
};
use crate::{
    engine::{
        catalog::Catalog,
        change::{Action, Change, Outcome},
        checkpoint::CheckpointScheduler,
        state::{PreparedUnit, WriterState},
    },
    fault::{Fault, Resource},
    store::{Applied, Applier, Batch, EndedJob, NextCleanup, Retention, Store, StoreError},
};

/// Applies changes, publishes their result, and removes in steps what they left behind.
#[derive(Debug)]
pub(crate) struct ChangeApplier {
    state: WriterState,
    catalog: Arc<ArcSwap<Catalog>>,
    /// The store that the state has to be read from before anything else, because a commit failed
    /// and the state could not be read then.
    unread_store: Option<Store>,
    checkpoint_scheduler: CheckpointScheduler,
    /// What committed changes left behind, to be removed in steps.
    cleanups: DelayedCleanups,
    /// The changes that are being applied in steps.
    jobs: Jobs,
    retention_passes: RetentionPasses,
    store: Store,
}

impl ChangeApplier {
    pub(crate) fn new(
        state: WriterState,
        catalog: Arc<ArcSwap<Catalog>>,
        scheduler: CheckpointScheduler,
        store: Store,
        retention: Retention,
    ) -> Self {
        Self {
            state,
            catalog,
            unread_store: None,
            checkpoint_scheduler: scheduler,
            cleanups: DelayedCleanups::default(),
            jobs: Jobs::default(),
            retention_passes: RetentionPasses::new(retention),
            store,
        }
    }
}

impl Applier for ChangeApplier {
    type Change = Change<PreparedUnit>;
    type Outcome = Outcome;
    type Fault = Fault;

    fn must_wait(&self, change: &Change<PreparedUnit>) -> bool {
        self.jobs.must_wait(&self.state, &change.action)
    }

    fn apply(&mut self, change: Change<PreparedUnit>, batch: &mut Batch) -> Decision<Applied<Outcome>> {
        if let Some(store) = self.unread_store.take() {
            self.aborted(&store);
            if self.unread_store.is_some() {
                let cause = "the store cannot be read after a failed write";
                return Err(StoreError::Io(cause.to_owned()).into());
            }
        }
        let state = &mut self.state;
        // Clocks of several nodes differ, so time never goes back.
        let at = change.at.max(state.applied.last_at);
        let meta = ChangeMeta { caller: &change.caller, at, change_id: state.applied.change_id + 1 };
        let progress = match change.action {
            Action::DeleteMatchingUnits { memory, filter } => {
                state.delete_matching_units(&memory, filter, meta, batch)?
            }
            Action::CompleteImport { import } => state.complete_import(import, meta, batch)?,
            Action::RevertImport { memory, import } => state.revert_import(&memory, import, meta, batch)?,
            Action::CreateCollection { kind, new } => {
                let (_, info) = state.create_collection(kind, new, meta, batch)?;
                Outcome::Created(info).into()
            }
            Action::DeleteCollection { kind, collection } => {
                state.delete_collection(kind, &collection, meta, batch)?.into()
            }
            Action::UpdateMemory { memory, new_name, description } => {
                state.update_memory(&memory, new_name, description, meta, batch)?.into()
            }
            Action::PutUnits { memory, units, duplicates, most_replaced } => {
                state.put_units(&memory, units, duplicates, most_replaced, meta, batch)?.into()
            }
            Action::ReviseUnit { memory, id, unit, condition } => {
                state.revise_unit(&memory, id, &unit, condition, meta, batch)?.into()
            }
            Action::DeleteUnits { memory, ids } => state.delete_units(&memory, &ids, meta, batch)?.into(),
            Action::PutConcepts { glossary, create, concepts, import } => {
                state.put_concepts(&glossary, create, concepts, import, meta, batch)?.into()
            }
            Action::RevertConcepts { glossary, import } => {
                state.revert_concepts(&glossary, import, meta, batch)?.into()
            }
            Action::DeleteConcepts { glossary, ids } => {
                state.delete_concepts(&glossary, &ids, meta, batch)?.into()
            }
            Action::BeginImport { memory, create, only_new, policy, file_name } => {
                if only_new && state.memories.contains_key(&memory.name) {
                    let name = memory.name.to_string();
                    return Err(Fault::Exists { what: Resource::Memory, name }.into());
                }
                state.begin_import(&memory, create, policy, file_name, meta, batch)?.into()
            }
            Action::ImportUnits { import, units } => state.import_units(import, units, meta, batch)?.into(),
            Action::AbortImport { import } => state.abort_import(import)?.into(),
            Action::CreateToken(draft) => state.create_token(*draft, meta, batch)?.into(),
            Action::RevokeToken { number } => state.revoke_token(number, meta, batch)?.into(),
            Action::NoteTokenUse { number, day } => state.note_token_use(number, day, batch)?.into(),
        };
        state.applied.change_id = meta.change_id;
        state.applied.last_at = at;
        batch.put_counters(&state.applied);
        Ok(match progress {
            Progress::Done(outcome) => Applied::Done(outcome),
            Progress::Started(job) => {
                let number = job.number();
                self.jobs.push(*job);
                Applied::Started(number)
            }
        })
    }

    fn has_job(&self) -> bool {
        !self.jobs.is_empty()
    }

    fn step(&mut self, batch: &mut Batch) -> Result<Option<EndedJob<Outcome>>, StoreError> {
        self.jobs.step(&mut self.state, batch)
    }

    fn before_commit(&mut self, batch: &mut Batch, last: bool) {
        if self.unread_store.is_none() {
            self.checkpoint_scheduler.schedule(&self.state, !self.jobs.is_empty(), batch, last);
        }
    }

    fn committed(&mut self) {
        self.checkpoint_scheduler.write_pending();
        if self.state.has_unpublished() {
            let before = self.catalog.load_full();
            let next = self.state.updated_catalog(&before);
            self.cleanups.note_replaced_views(&before, &next);
            self.catalog.store(Arc::new(next));
        }
        for cleanup in self.state.cleanups.drain(..) {
            self.cleanups.push(cleanup);
        }
    }

    fn aborted(&mut self, store: &Store) {
        self.checkpoint_scheduler.discard_pending();
        match load_state(store, None) {
            Ok((mut state, _)) => {
                self.catalog.store(Arc::new(state.build_catalog()));
                self.state = state;
                // Loading has removed what was left behind, and has finished the jobs.
                self.cleanups = DelayedCleanups::default();
                self.jobs = Jobs::default();
                self.unread_store = None;
            }
            Err(cause) => {
                tracing::error!(%cause, "the store cannot be read after a failed write; writes are refused until it can");
                self.unread_store = Some(store.clone());
            }
        }
    }

    fn finish(&mut self) {
        self.checkpoint_scheduler.wait_until_written();
    }

    fn next_cleanup(&mut self) -> NextCleanup {
        // A job may have replaced what its view still shows.
        if self.cleanups.is_empty() && self.jobs.is_empty() && self.unread_store.is_none() {
            for cleanup in self.retention_passes.next_pass(&self.state, &self.store) {
                self.cleanups.push(cleanup);
            }
        }
        match self.cleanups.next() {
            NextCleanup::Now(cleanup) => NextCleanup::Now(cleanup),
            other => self.checkpoint_scheduler.next_cleanup().map_or(other, NextCleanup::Now),
        }
    }
}
