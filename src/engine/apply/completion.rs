//! Completing an import that goes into an existing memory, in steps: first its changes of visible units,
//! then its new units.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::{decision::ChangeMeta, resolve::find_duplicate, step_budget::StepBudget};
use crate::{
    engine::{
        change::{ImportConflict, Outcome},
        state::{MemoryState, PreparedUnit, SequenceSet},
    },
    store::{Batch, ImportEntry, ImportState, StagedUnit, Store, StoreError, StoredUnit, Undo},
    unit::{Sequence, Stamp, UnitId},
};

/// An import that is being completed.
#[derive(Debug)]
pub(super) struct Completion {
    entry: ImportEntry,
    /// The new units.
    units: SequenceSet,
    /// The visible units that it changes or deletes, ascending.
    staged: Vec<Sequence>,
    /// Units of others that the file contains, too, and that it therefore does not replace.
    confirmed: FxHashSet<Sequence>,
    /// The part of the work that is under way.
    phase: Phase,
    /// How many units of `staged` that part is done with.
    done: usize,
    /// New units that others had put meanwhile, too.
    unchanged: u64,
    /// Units that others had put meanwhile and that the import replaces.
    replaced: u64,
    /// Visible units that others changed meanwhile.
    conflicts: Vec<ImportConflict>,
}

/// The parts of the work, in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// All changed and deleted units go out of the index first, because a new text may equal another unit's
    /// old one.
    Detach,
    /// Their changes are applied.
    ApplyStaged,
    /// The new units become part of the index.
    PublishNew,
}

impl Completion {
    /// Begins to complete an import.
    pub(super) fn begin(
        mut entry: ImportEntry,
        units: SequenceSet,
        staged: BTreeSet<Sequence>,
        confirmed: FxHashSet<Sequence>,
        job: Stamp,
        batch: &mut Batch,
    ) -> Self {
        entry.state = ImportState::Completing;
        entry.job = Some(job);
        batch.put_import(&entry);
        Self { confirmed, ..Self::new(entry, units, staged.into_iter().collect()) }
    }

    /// Goes on with an import whose completion a crash interrupted.
    pub(super) fn resume(entry: ImportEntry, store: &Store) -> Result<Self, StoreError> {
        let mut units = SequenceSet::default();
        let after = entry.published_up_to.max(Sequence(entry.first_sequence.0.saturating_sub(1)));
        for found in store.units(entry.memory, Some(after)) {
            let (sequence, unit) = found?;
            if entry.hides(sequence, &unit.stamp) {
                units.insert(sequence);
            }
        }
        let staged = store.staged_sequences(entry.number)?;
        Ok(Self::new(entry, units, staged))
    }

    fn new(entry: ImportEntry, units: SequenceSet, staged: Vec<Sequence>) -> Self {
        Self {
            entry,
            units,
            staged,
            confirmed: FxHashSet::default(),
            phase: Phase::Detach,
            done: 0,
            unchanged: 0,
            replaced: 0,
            conflicts: Vec::new(),
        }
    }

    pub(super) fn step(
        &mut self,
        memory: &mut MemoryState,
        meta: ChangeMeta<'_>,
        budget: &mut StepBudget,
        batch: &mut Batch,
    ) -> Result<Option<Outcome>, StoreError> {
        let import = self.entry.number;
        while !budget.is_used_up() {
            budget.change();
            match (self.phase, self.staged.get(self.done).copied()) {
                (Phase::Detach, Some(sequence)) => {
                    self.done += 1;
                    if let Err(conflict) = memory.detach_staged(import, sequence, batch)? {
                        self.conflicts.push(conflict);
                    }
                }
                (Phase::Detach, None) => (self.phase, self.done) = (Phase::ApplyStaged, 0),
                (Phase::ApplyStaged, Some(sequence)) => {
                    self.done += 1;
                    self.apply_staged(memory, sequence, meta, batch)?;
                }
                (Phase::ApplyStaged, None) => self.phase = Phase::PublishNew,
                (Phase::PublishNew, _) => {
                    let next = self.units.after(Some(self.entry.published_up_to)).next();
                    let Some(sequence) = next else {
                        return Ok(Some(self.finish(memory, batch)));
                    };
                    self.entry.published_up_to = sequence;
                    self.publish_new(memory, sequence, meta, batch)?;
                }
            }
        }
        if self.phase == Phase::PublishNew {
            batch.put_import(&self.entry);
        }
        Ok(None)
    }

    fn apply_staged(
        &mut self,
        memory: &mut MemoryState,
        sequence: Sequence,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let import = self.entry.number;
        // A unit with a conflict is no longer staged.
        let Some(staged) = batch.staged(import, sequence)? else { return Ok(()) };
        let Some(old) = batch.unit(memory.number, sequence)? else { return Ok(()) };
        batch.unstage(import, sequence);
        let deletes = staged.unit.is_none();
        let revision = old.stamp.revision;
        let outcome = memory.apply_staged(import, staged, &old, meta, batch)?;
        if outcome.changed {
            let undo = Undo { sequence, revision, deleted: deletes, change_id: meta.change_id };
            batch.put_undo(import, &undo);
        }
        if outcome.skipped {
            self.conflicts.push(ImportConflict { id: UnitId(sequence), deletes });
        }
        Ok(())
    }

    /// Makes a new unit part of the index. What others put since the file was read is treated as the policy of
    /// the import says. For example, two imports that replace may run at once, and neither has seen
    /// the units of the other.
    fn publish_new(
        &mut self,
        memory: &mut MemoryState,
        sequence: Sequence,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let Some(stored) = batch.unit(memory.number, sequence)? else { return Ok(()) };
        let unit = PreparedUnit::new(stored.content.clone());
        let is_duplicate = find_duplicate(&memory.units, memory.number, &unit, batch)?.is_some();
        let mut others = Vec::new();
        if !is_duplicate && (self.entry.replaces || self.entry.skips) {
            // The units from before the import are staged.
            let is_excluded =
                |other: Sequence| other < self.entry.first_sequence || self.confirmed.contains(&other);
            let is_other = |found: &StoredUnit| {
                found.stamp.import_id != self.entry.number && found.content.has_same_source(&unit.draft)
            };
            for other in memory.units.with_source_like(&unit).filter(|other| !is_excluded(*other)) {
                others.extend(batch.unit(memory.number, other)?.filter(is_other).map(|_| other));
            }
        }
        if is_duplicate || self.entry.skips && !others.is_empty() {
            batch.remove_unit(memory.number, sequence);
            self.unchanged += 1;
            return Ok(());
        }
        for other in others {
            let Some(old) = batch.unit(memory.number, other)? else { continue };
            let revision = old.stamp.revision;
            memory.delete_unit(other, &old, batch);
            let undo = Undo { sequence: other, revision, deleted: true, change_id: meta.change_id };
            batch.put_undo(self.entry.number, &undo);
            self.replaced += 1;
        }
        memory.add_new(sequence, stored, unit, batch);
        Ok(())
    }

    fn finish(&mut self, memory: &mut MemoryState, batch: &mut Batch) -> Outcome {
        self.entry.state = ImportState::Complete;
        self.entry.job = None;
        batch.put_import(&self.entry);
        memory.units.optimize();
        let conflicts = std::mem::take(&mut self.conflicts);
        let (unchanged, replaced, memory) = (self.unchanged, self.replaced, memory.stats());
        Outcome::ImportCompleted { unchanged, replaced, conflicts, memory }
    }
}

/// The outcome of applying a staged change.
#[derive(Clone, Copy, Debug)]
struct StagedOutcome {
    /// The unit has a new revision.
    changed: bool,
    /// The unit does not have the content of the import, because others put that content first.
    skipped: bool,
}

impl MemoryState {
    /// Takes a staged unit out of the index. Returns a conflict if others changed the unit since
    /// it was staged: their change was acknowledged, so it stays.
    fn detach_staged(
        &mut self,
        import: u64,
        sequence: Sequence,
        batch: &mut Batch,
    ) -> Result<Result<(), ImportConflict>, StoreError> {
        let staged = batch.staged(import, sequence)?;
        let old = batch.unit(self.number, sequence)?;
        match (&staged, old) {
            (Some(staged), Some(old)) if old.stamp.revision == staged.seen_revision => {
                self.units.remove(sequence, &PreparedUnit::new(old.content));
                Ok(Ok(()))
            }
            _ => {
                batch.unstage(import, sequence);
                let deletes = staged.is_some_and(|staged| staged.unit.is_none());
                Ok(Err(ImportConflict { id: UnitId(sequence), deletes }))
            }
        }
    }

    /// Applies a staged change, unless another unit has the new content by now.
    fn apply_staged(
        &mut self,
        import: u64,
        staged: StagedUnit,
        old: &StoredUnit,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<StagedOutcome, StoreError> {
        let StagedUnit { sequence, unit, .. } = staged;
        let Some(unit) = unit else {
            batch.put_former_unit(self.number, sequence, old);
            batch.remove_unit(self.number, sequence);
            return Ok(StagedOutcome { changed: true, skipped: false });
        };
        let mut next = PreparedUnit::new(unit.content);
        let skipped = find_duplicate(&self.units, self.number, &next, batch)?.is_some();
        if skipped {
            // The unit keeps its content; at most it loses its external id to another unit.
            next = PreparedUnit::new(old.content.clone());
        }
        let loses_id = self.drop_taken_id(&mut next);
        if loses_id {
            next.draft.external_id.clone_from(&old.content.external_id);
            self.drop_taken_id(&mut next);
        }
        let changed = !skipped || loses_id;
        if changed {
            batch.put_former_unit(self.number, sequence, old);
            let stamp = meta.stamp(old.stamp.revision, import);
            batch.put_unit(self.number, sequence, &StoredUnit { content: next.draft.clone(), stamp });
        }
        self.units.add(sequence, &next);
        Ok(StagedOutcome { changed, skipped })
    }

    /// Makes a unit's external id its property `file-id` if another unit has the id. Returns whether it did.
    fn drop_taken_id(&self, unit: &mut PreparedUnit) -> bool {
        let taken = self.units.by_external_id.contains_key(unit.draft.external_id.as_str());
        if taken {
            unit.draft.demote_external_id();
        }
        taken
    }

    /// Adds a new unit of an import to the index.
    fn add_new(
        &mut self,
        sequence: Sequence,
        mut stored: StoredUnit,
        mut unit: PreparedUnit,
        batch: &mut Batch,
    ) {
        if self.drop_taken_id(&mut unit) {
            stored.content = unit.draft.clone();
            batch.put_unit(self.number, sequence, &stored);
        }
        self.units.add(sequence, &unit);
    }
}
