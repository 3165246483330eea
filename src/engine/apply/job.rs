//! Changes that are applied in steps.
//!
//! Completing an import, reverting one, and deleting by filter may change millions of units. As one batch they
//! would take gigabytes of memory, and every other write would wait for seconds. They are therefore
//! applied in steps of a few units, with other changes in between. Three rules make a job look like one
//! change:
//! - Changes of its memory wait until it ends, so nobody decides by a half-changed memory.
//! - The view of its memory is replaced at the end. Readers see the units as they were until then, because
//!   the former revisions are in the store.
//! - Each step is one batch, which also holds what is left to do. After a crash, opening the store goes on.

use std::collections::VecDeque;

use super::{
    completion::Completion, decision::ChangeMeta, deletion::Deletion, reversion::Reversion,
    step_budget::StepBudget,
};
use crate::{
    engine::{
        change::{Action, Outcome},
        checkpoint::LoadedCheckpoint,
        state::WriterState,
    },
    name::Name,
    store::{
        Batch, CollectionKind, CollectionNumber, DeletionEntry, EndedJob, ImportEntry, ImportState, Store,
        StoreError,
    },
    unit::Stamp,
};

/// A change that is being applied in steps.
#[derive(Debug)]
pub(super) struct Job {
    /// The name of its memory.
    memory: Name,
    /// The change that began it.
    stamp: Stamp,
    work: Work,
}

/// What a job does.
#[derive(Debug)]
pub(super) enum Work {
    Completion(Completion),
    Reversion(Reversion),
    Deletion(Deletion),
}

/// How far a change is after its first decision.
#[derive(Debug)]
pub(super) enum Progress {
    /// It is applied.
    Done(Outcome),
    /// It goes on in steps.
    Started(Box<Job>),
}

impl From<Outcome> for Progress {
    fn from(outcome: Outcome) -> Self {
        Self::Done(outcome)
    }
}

impl Job {
    pub(super) fn new(memory: Name, stamp: Stamp, work: Work) -> Self {
        Self { memory, stamp, work }
    }

    /// Returns the number of the change that began it.
    pub(super) fn number(&self) -> u64 {
        self.stamp.change_id
    }
}

/// The changes that are being applied in steps, the one under way first.
#[derive(Debug, Default)]
pub(super) struct Jobs(VecDeque<Job>);

impl Jobs {
    pub(super) fn push(&mut self, job: Job) {
        self.0.push_back(job);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether a change has to wait, because a job changes its memory.
    pub(super) fn must_wait<U>(&self, state: &WriterState, action: &Action<U>) -> bool {
        let memory = match action {
            Action::DeleteCollection { kind: CollectionKind::Memory, collection: memory }
            | Action::UpdateMemory { memory, .. }
            | Action::PutUnits { memory, .. }
            | Action::ReviseUnit { memory, .. }
            | Action::DeleteUnits { memory, .. }
            | Action::DeleteMatchingUnits { memory, .. }
            | Action::BeginImport { memory, .. }
            | Action::RevertImport { memory, .. } => Some(&memory.name),
            Action::ImportUnits { import, .. }
            | Action::CompleteImport { import }
            | Action::AbortImport { import } => state.imports.get(import).map(|pending| &pending.memory),
            Action::CreateCollection { .. }
            | Action::DeleteCollection { kind: CollectionKind::Glossary, .. }
            | Action::PutConcepts { .. }
            | Action::RevertConcepts { .. }
            | Action::DeleteConcepts { .. }
            | Action::CreateToken(_)
            | Action::RevokeToken { .. }
            | Action::NoteTokenUse { .. } => None,
        };
        memory.is_some_and(|memory| self.0.iter().any(|job| job.memory == *memory))
    }

    /// Does the next step of the first job. Returns the job if it has ended.
    pub(super) fn step(
        &mut self,
        state: &mut WriterState,
        batch: &mut Batch,
    ) -> Result<Option<EndedJob<Outcome>>, StoreError> {
        let Some(job) = self.0.front_mut() else { return Ok(None) };
        let meta = ChangeMeta::of(&job.stamp);
        let memory = state.memories.get_mut(&job.memory).ok_or_else(|| {
            StoreError::Io(format!("memory '{}' is gone while a job changes it", job.memory))
        })?;
        let mut budget = StepBudget::new();
        let outcome = match &mut job.work {
            Work::Completion(completion) => completion.step(memory, meta, &mut budget, batch)?,
            Work::Reversion(reversion) => {
                let outcome = reversion.step(memory, meta, &mut budget, batch)?;
                state.cleanups.extend(outcome.is_some().then(|| reversion.cleanup()));
                outcome
            }
            Work::Deletion(deletion) => deletion.step(memory, meta, &mut budget, batch)?,
        };
        let Some(outcome) = outcome else { return Ok(None) };
        let number = job.number();
        state.unpublished.insert((CollectionKind::Memory, job.memory.clone()));
        self.0.pop_front();
        Ok(Some(EndedJob { number, outcome }))
    }

    /// Makes the jobs that a crash interrupted, of unfinished imports and deletions.
    fn interrupted(
        state: &WriterState,
        unfinished: Vec<ImportEntry>,
        deletions: Vec<DeletionEntry>,
        batch: &mut Batch,
    ) -> Result<Self, StoreError> {
        let mut jobs = Self::default();
        let mut add = |memory: CollectionNumber, stamp: Option<Stamp>, work| {
            let found = state.memories.values().find(|found| found.number == memory);
            let name = found.map(|found| found.info.name.clone()).ok_or_else(|| {
                StoreError::Io(format!("memory number {} is gone while a job changes it", memory.0))
            })?;
            jobs.push(Job::new(name, stamp.unwrap_or_default(), work));
            Ok::<_, StoreError>(())
        };
        for import in unfinished {
            let (memory, stamp) = (import.memory, import.job.clone());
            match import.state {
                ImportState::Completing => {
                    add(memory, stamp, Work::Completion(Completion::resume(import, &batch.store)?))?;
                }
                ImportState::Reverting => {
                    add(memory, stamp, Work::Reversion(Reversion::resume(import, batch)?))?;
                }
                ImportState::Pending | ImportState::Reverted | ImportState::Complete => {}
            }
        }
        for deletion in deletions {
            let (memory, stamp) = (deletion.memory, deletion.job.clone());
            add(memory, Some(stamp), Work::Deletion(Deletion::resume(deletion)?))?;
        }
        Ok(jobs)
    }

    /// Does all steps of the jobs, before there is a writer.
    fn finish(mut self, state: &mut WriterState, batch: &mut Batch) -> Result<(), StoreError> {
        if self.is_empty() {
            return Ok(());
        }
        tracing::warn!(jobs = self.0.len(), "finishing what a crash interrupted");
        while !self.is_empty() {
            self.step(state, batch)?;
            batch.write()?;
        }
        batch.store.sync()?;
        for cleanup in std::mem::take(&mut state.cleanups) {
            batch.store.clean_up(cleanup)?;
        }
        state.unpublished.clear();
        Ok(())
    }
}

/// Builds the state from a checkpoint and from the store, finishes the jobs that a crash interrupted, and
/// checks that no unit or concept is missing. Also returns the number of units that were read from the store.
pub(crate) fn load_state(
    store: &Store,
    checkpoint: Option<LoadedCheckpoint>,
) -> Result<(WriterState, u64), StoreError> {
    let (unfinished, deletions) = (store.unfinished_imports()?, store.deletions()?);
    let (mut state, units_read) = WriterState::load(store, checkpoint, &unfinished)?;
    if !(unfinished.is_empty() && deletions.is_empty()) {
        let mut batch = Batch::new(store)?;
        let jobs = Jobs::interrupted(&state, unfinished, deletions, &mut batch)?;
        jobs.finish(&mut state, &mut batch)?;
    }
    state.check_counts(store)?;
    Ok((state, units_read))
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path, sync::Arc};

    use arc_swap::ArcSwap;
    use proptest::prelude::*;

    use super::load_state;
    use crate::{
        clock::Timestamp,
        engine::{
            apply::ChangeApplier,
            change::{
                Action, Change, CollectionRef, ImportPolicy,
                random_changes::{action, draft, drafts, name, open, policies, steps, visible},
            },
            checkpoint::{CheckpointFile, CheckpointScheduler},
            search::{Condition, Filter},
            state::PreparedUnit,
        },
        store::{Applier, Batch, Retention, Store, StoreOptions},
        unit::UnitDraft,
    };

    fn change(action: Action<UnitDraft>) -> Change<PreparedUnit> {
        Change { caller: "someone".to_owned(), at: Timestamp(7), action }.prepared()
    }

    fn copy(from: &Path, to: &Path) {
        for entry in fs::read_dir(from).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_file() {
                fs::copy(&path, to.join(path.file_name().expect("a name"))).expect("a copy");
            }
        }
    }

    /// Applies changes, the last of which is a job, and kills the writer after so many steps of it. Returns
    /// false if it was refused, or if it needs no more steps than that.
    fn apply_until_killed(folder: &Path, changes: &[Action<UnitDraft>], steps: usize) -> bool {
        let options = StoreOptions { disk_reserve_bytes: 0, ..StoreOptions::default() };
        let (store, _) = Store::open(folder, &options).expect("a store");
        let (mut state, _) = load_state(&store, None).expect("a state");
        let catalog = Arc::new(ArcSwap::from_pointee(state.build_catalog()));
        let scheduler = CheckpointScheduler::new(CheckpointFile::new(folder), usize::MAX, store.clone(), 0);
        let mut applier = ChangeApplier::new(state, catalog, scheduler, store.clone(), Retention::default());
        let mut batch = Batch::new(&store).expect("a batch");
        for action in changes {
            match applier.apply(change(action.clone()), &mut batch) {
                Ok(_) => batch.write().expect("a write"),
                Err(_) => return false,
            }
        }
        if !applier.has_job() {
            return false;
        }
        for _ in 0..steps {
            if applier.step(&mut batch).expect("a step").is_some() {
                return false;
            }
            batch.write().expect("a write");
        }
        // A killed process does not note an orderly stop.
        store.note_failure();
        true
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]

        /// A job that is killed after any step is finished by the next open, as if nothing had happened.
        #[test]
        fn a_killed_job_is_finished_by_the_next_open(
            steps in prop::collection::vec(steps(), 10..50),
            import in 1..6_u64,
            memory in 0..3_usize,
            drafts in drafts(),
            duplicates in policies(),
        ) {
            let original = tempfile::tempdir().expect("a folder");
            let engine = open(original.path(), usize::MAX, 0);
            for step in &steps {
                let action = action(&engine, step);
                // Jobs of their own would leave nothing to do.
                if !matches!(action, Action::RevertImport { .. } | Action::DeleteMatchingUnits { .. }) {
                    let _ = engine.writer.send(change(action)).expect("a writer").wait();
                }
            }
            let name = name(memory);
            let number = engine.catalog.load().memories.get(&name).map(|view| view.number);
            let memory = CollectionRef { number, name };
            let next_import = engine.store.counters().expect("counters").next_import;
            drop(engine);
            let not_import = Condition::Not(Box::new(Filter(Some(Condition::Import(import)))));
            let begin = Action::BeginImport {
                memory: memory.clone(),
                create: None,
                only_new: false,
                policy: ImportPolicy { duplicates, update_by_id: false, most_replaced: 2 },
                file_name: String::new(),
            };
            let units = drafts.into_iter().map(draft).collect();
            let jobs = [
                vec![begin, Action::ImportUnits { import: next_import, units }, Action::CompleteImport { import: next_import }],
                vec![Action::RevertImport { memory: memory.clone(), import }],
                vec![Action::DeleteMatchingUnits { memory, filter: Filter(Some(not_import)) }],
            ];
            for job in jobs {
                let whole = tempfile::tempdir().expect("a folder");
                copy(original.path(), whole.path());
                let engine = open(whole.path(), usize::MAX, 0);
                for action in &job {
                    let _ = engine.writer.send(change(action.clone())).expect("a writer").wait();
                }
                let expected = visible(&engine);
                drop(engine);
                for killed_after in 0.. {
                    let folder = tempfile::tempdir().expect("a folder");
                    copy(original.path(), folder.path());
                    if !apply_until_killed(folder.path(), &job, killed_after) {
                        break;
                    }
                    let seen = visible(&open(folder.path(), usize::MAX, 0));
                    // The first difference, because everything that can be seen is too long to print.
                    let difference = seen.iter().zip(&expected).find(|(seen, expected)| seen != expected);
                    prop_assert_eq!(difference, None, "killed after {} steps of {:?}", killed_after, job);
                    prop_assert_eq!(seen.len(), expected.len());
                }
            }
        }
    }
}
