//! Reverting an import, in steps.
//!
//! Imports can be reverted in any order. A unit then has the content of the newest import or
//! manual edit that has not been reverted; if there is none, it is deleted. A unit is not
//! restored if a later import also replaced it, or if a duplicate exists by now. An undo
//! record is added to that import instead, so that reverting it restores the unit.

use rustc_hash::FxHashSet;

use super::{decision::ChangeMeta, step_budget::StepBudget};
use crate::{
    engine::{
        change::{Outcome, RevertReport},
        state::{MemoryState, PreparedUnit},
    },
    store::{Batch, Cleanup, CollectionNumber, ImportEntry, ImportState, StoreError, StoredUnit, Undo},
    unit::{Sequence, Stamp, UnitId},
};

/// An import that is being reverted.
#[derive(Debug)]
pub(super) struct Reversion {
    entry: ImportEntry,
    active: ActiveImports,
    phase: Phase,
    report: RevertReport,
    /// The units to be restored. First all of them go out of the index, because one may have got another's
    /// content.
    restores: Vec<Restore>,
}

/// The parts of the work, in order.
#[derive(Clone, Copy, Debug)]
enum Phase {
    /// The units that the import added go out of the index, those before this one next. The newest come
    /// first, because an index then removes their rows twice as fast.
    RemoveAdded(Option<Sequence>),
    /// The units that it changed or replaced go out of the index, those after this one next.
    Detach(Sequence),
    /// The units are restored; so many are done.
    Restore(usize),
}

impl Reversion {
    /// Begins to revert an import.
    pub(super) fn begin(mut entry: ImportEntry, job: Stamp, batch: &mut Batch) -> Result<Self, StoreError> {
        entry.state = ImportState::Reverting;
        entry.job = Some(job);
        batch.put_import(&entry);
        // The cleanup removes the import's own units without noting each in the dirty log.
        batch.mark_memory_dirty(entry.memory);
        Self::new(entry, Phase::RemoveAdded(None), batch)
    }

    /// Goes on with an import whose reverting a crash interrupted. The units that it added were not
    /// loaded.
    pub(super) fn resume(entry: ImportEntry, batch: &mut Batch) -> Result<Self, StoreError> {
        batch.hide_import(entry.number);
        Self::new(entry, Phase::Detach(Sequence(0)), batch)
    }

    fn new(entry: ImportEntry, phase: Phase, batch: &Batch) -> Result<Self, StoreError> {
        let active = ActiveImports::of(entry.memory, batch)?;
        Ok(Self { entry, active, phase, report: RevertReport::default(), restores: Vec::new() })
    }

    /// Returns the removal of what the import added.
    pub(super) fn cleanup(&self) -> Cleanup {
        Cleanup::Import(self.entry.clone())
    }

    pub(super) fn step(
        &mut self,
        memory: &mut MemoryState,
        meta: ChangeMeta<'_>,
        budget: &mut StepBudget,
        batch: &mut Batch,
    ) -> Result<Option<Outcome>, StoreError> {
        let Self { entry, active, phase, report, restores } = self;
        let mut revert = Revert { import: entry.number, active, state: memory, meta, batch, report };
        while !budget.is_used_up() {
            match *phase {
                Phase::RemoveAdded(before) => {
                    let last = revert.state.units.sequences.last_before(before);
                    match last.filter(|last| *last >= entry.first_sequence) {
                        Some(sequence) => {
                            budget.look();
                            *phase = Phase::RemoveAdded(Some(sequence));
                            if revert.remove_added(sequence)? {
                                budget.change();
                            }
                        }
                        None => {
                            revert.batch.hide_import(entry.number);
                            *phase = Phase::Detach(Sequence(0));
                        }
                    }
                }
                Phase::Detach(after) => match revert.batch.undos_after(entry.number, after, 1)?.pop() {
                    Some(undo) => {
                        budget.change();
                        *phase = Phase::Detach(undo.sequence);
                        restores.extend(revert.detach(undo)?);
                    }
                    None => {
                        // The newest come first, because they may have replaced earlier ones.
                        restores.sort_unstable_by_key(|r| std::cmp::Reverse((r.made_at, r.sequence)));
                        *phase = Phase::Restore(0);
                    }
                },
                Phase::Restore(done) => match restores.get(done) {
                    Some(restore) => {
                        budget.change();
                        *phase = Phase::Restore(done + 1);
                        revert.restore(restore)?;
                    }
                    None => {
                        entry.state = ImportState::Reverted;
                        entry.job = None;
                        revert.batch.put_import(entry);
                        memory.units.optimize();
                        report.change_id = meta.change_id;
                        report.conflicts.sort_unstable();
                        report.conflicts.dedup();
                        return Ok(Some(Outcome::ImportReverted(std::mem::take(report))));
                    }
                },
            }
        }
        Ok(None)
    }
}

/// The imports into a memory that are complete and not reverted.
#[derive(Debug)]
struct ActiveImports {
    all: FxHashSet<u64>,
    /// Those whose units replaced others of the same source.
    replacing: FxHashSet<u64>,
}

impl ActiveImports {
    fn of(memory: CollectionNumber, batch: &Batch) -> Result<Self, StoreError> {
        let entries = batch.complete_imports(memory)?;
        let replacing = entries.iter().filter(|e| e.replaces).map(|e| e.number).collect();
        Ok(Self { all: entries.iter().map(|e| e.number).collect(), replacing })
    }

    /// Returns whether a revision still counts: a manual edit (import 0) or that of an active import.
    fn is_active(&self, import: u64) -> bool {
        import == 0 || self.all.contains(&import)
    }
}

/// A unit to be restored. The index no longer has it.
#[derive(Debug)]
struct Restore {
    sequence: Sequence,
    /// The revision whose content it gets back.
    revision: u32,
    /// The change that made this revision.
    made_at: u64,
    /// The change that replaced this revision.
    gone_at: u64,
    /// The last revision of the unit so far.
    last: u32,
}

/// Why a unit cannot simply be restored.
enum Blocker {
    /// Nothing is restored, because an earlier or manual unit has the same content, or because
    /// this later import would have replaced the unit.
    Keep(u64),
    /// A later import added a unit with the same content. The restored unit replaces it, because
    /// that import would have found the unit and not added another.
    Replace(Sequence, Box<StoredUnit>),
}

/// One step of reverting an import.
struct Revert<'r> {
    import: u64,
    active: &'r ActiveImports,
    state: &'r mut MemoryState,
    meta: ChangeMeta<'r>,
    batch: &'r mut Batch,
    report: &'r mut RevertReport,
}

impl Revert<'_> {
    /// Takes a unit out of the index if the import added it and nobody changed it since. The cleanup
    /// removes it from the store later. Returns whether it was taken out.
    fn remove_added(&mut self, sequence: Sequence) -> Result<bool, StoreError> {
        let Some(unit) = self.batch.unit(self.state.number, sequence)? else { return Ok(false) };
        if unit.stamp.is_created_by(self.import) {
            self.state.units.remove(sequence, &PreparedUnit::new(unit.content));
            self.report.removed += 1;
            return Ok(true);
        }
        if unit.stamp.revision > 1 {
            let first = self.batch.former_unit(self.state.number, sequence, 1)?;
            if first.is_some_and(|first| first.stamp.is_created_by(self.import)) {
                self.report.conflicts.push(UnitId(sequence));
            }
        }
        Ok(false)
    }

    /// Takes a unit that the import changed or replaced out of the index, unless others changed it
    /// later. Returns what it is to be restored to. If there is nothing, the unit is deleted. A unit that
    /// needs no more work loses its undo record, so that it is not looked at again after a crash.
    fn detach(&mut self, undo: Undo) -> Result<Option<Restore>, StoreError> {
        let Undo { sequence, revision, deleted, change_id: gone_at } = undo;
        let memory = self.state.number;
        let present = self.batch.unit(memory, sequence)?;
        let (untouched, last) = match &present {
            // Somebody may have undeleted the unit and deleted it again.
            None => (deleted && self.batch.last_former_revision(memory, sequence)? == revision, revision),
            // The import itself added the unit, so it is removed already.
            Some(unit) if unit.stamp.is_created_by(self.import) => {
                self.batch.remove_undo(self.import, sequence);
                return Ok(None);
            }
            Some(unit) => (unit.stamp.import_id == self.import, unit.stamp.revision),
        };
        if !untouched {
            self.batch.remove_undo(self.import, sequence);
            self.report.conflicts.push(UnitId(sequence));
            return Ok(None);
        }
        let gone_at = present.as_ref().map_or(gone_at, |unit| unit.stamp.change_id);
        let restore = self.last_active(sequence, last, gone_at)?;
        if let Some(present) = &present {
            self.state.units.remove(sequence, &PreparedUnit::new(present.content.clone()));
        }
        if restore.is_none() {
            self.report.removed += u64::from(present.is_some());
            self.replace_present(sequence)?;
        }
        Ok(restore)
    }

    /// Makes the present content of a unit a former revision, and removes the undo record of the unit.
    fn replace_present(&mut self, sequence: Sequence) -> Result<(), StoreError> {
        let memory = self.state.number;
        if let Some(present) = self.batch.unit(memory, sequence)? {
            self.batch.put_former_unit(memory, sequence, &present);
            self.batch.remove_unit(memory, sequence);
        }
        self.batch.remove_undo(self.import, sequence);
        Ok(())
    }

    /// Finds the last revision of a unit, up to one, that no revert has undone.
    fn last_active(
        &self,
        sequence: Sequence,
        up_to: u32,
        mut gone_at: u64,
    ) -> Result<Option<Restore>, StoreError> {
        for revision in (1..=up_to).rev() {
            let former = self.batch.former_unit(self.state.number, sequence, revision)?;
            let Some(StoredUnit { stamp, .. }) = former else { continue };
            if self.active.is_active(stamp.import_id) {
                let made_at = self.made_at(sequence, &stamp)?;
                let revision = stamp.origin_revision();
                return Ok(Some(Restore { sequence, revision, made_at, gone_at, last: up_to }));
            }
            gone_at = stamp.change_id;
        }
        Ok(None)
    }

    /// Returns the change that first made the content of a revision.
    fn made_at(&self, sequence: Sequence, stamp: &Stamp) -> Result<u64, StoreError> {
        if stamp.restored_revision == 0 {
            return Ok(stamp.change_id);
        }
        let first = self.batch.former_unit(self.state.number, sequence, stamp.restored_revision)?;
        Ok(first.map_or(stamp.change_id, |first| first.stamp.change_id))
    }

    /// Restores a unit as a new revision, unless something blocks it: the import that blocks it
    /// then gets an undo record, so that reverting that import restores the unit.
    fn restore(&mut self, restore: &Restore) -> Result<(), StoreError> {
        let Restore { sequence, revision, last, gone_at, .. } = *restore;
        let memory = self.state.number;
        let former = self.batch.former_unit(memory, sequence, revision)?;
        self.replace_present(sequence)?;
        let Some(former) = former else { return Ok(()) };
        let import_id = former.stamp.import_id;
        let mut unit = PreparedUnit::new(former.content);
        match self.blocker(restore, &unit, import_id)? {
            Some(Blocker::Keep(import)) => {
                self.defer_to_import(
                    import,
                    Undo { sequence, revision: last, deleted: true, change_id: gone_at },
                );
                self.report.conflicts.push(UnitId(sequence));
                return Ok(());
            }
            Some(Blocker::Replace(duplicate, stored)) => {
                // This revert may have restored the duplicate just before.
                let was_restored = stored.stamp.change_id == self.meta.change_id;
                self.report.restored -= u64::from(was_restored);
                let (revision, gone_at) = (stored.stamp.revision, self.meta.change_id);
                let undo = Undo { sequence: duplicate, revision, deleted: true, change_id: gone_at };
                self.defer_to_import(import_id, undo);
                self.state.delete_unit(duplicate, &stored, self.batch);
            }
            None => {}
        }
        if self.state.units.by_external_id.contains_key(unit.draft.external_id.as_str()) {
            unit.draft.external_id.clear();
        }
        // `as_of` names the revision that made the content, so that reverting the import that made
        // it recognizes the unit as its own.
        let stamp = Stamp { restored_revision: revision, ..self.meta.stamp(last, import_id) };
        self.batch.put_unit(memory, sequence, &StoredUnit { content: unit.draft.clone(), stamp });
        self.state.units.add(sequence, &unit);
        self.report.restored += 1;
        Ok(())
    }

    /// Adds an undo record to an active import, so that reverting it restores the unit.
    fn defer_to_import(&mut self, import: u64, undo: Undo) {
        if self.active.all.contains(&import) {
            self.batch.put_undo(import, &undo);
        }
    }

    /// Finds what blocks the restoring of a unit whose content an import made (0: a manual edit).
    fn blocker(
        &self,
        restore: &Restore,
        unit: &PreparedUnit,
        import: u64,
    ) -> Result<Option<Blocker>, StoreError> {
        let mut blocker = None;
        let needs_all = !self.active.replacing.is_empty();
        // By sequence, because the first blocker gets the undo record: the order of a row in the
        // index depends on whether the index was loaded or grown.
        let units = &self.state.units;
        let mut candidates: Vec<Sequence> = if needs_all {
            units.with_source_like(unit).collect()
        } else {
            units.with_identity_like(unit).collect()
        };
        candidates.sort_unstable();
        for candidate in candidates {
            let Some(stored) = self.batch.unit(self.state.number, candidate)? else { continue };
            if !stored.content.has_same_source(&unit.draft) {
                continue;
            }
            let by = stored.stamp.import_id;
            let made_at = self.made_at(candidate, &stored.stamp)?;
            // An import that replaces would have replaced this unit, too, had it been there.
            if made_at > restore.gone_at && by != import && self.active.replacing.contains(&by) {
                return Ok(Some(Blocker::Keep(by)));
            }
            if stored.content.has_same_identity(&unit.draft) {
                let is_replaced = made_at > restore.made_at && by != 0 && import != 0;
                blocker = Some(if is_replaced {
                    Blocker::Replace(candidate, Box::new(stored))
                } else {
                    Blocker::Keep(by)
                });
            }
        }
        Ok(blocker)
    }
}
