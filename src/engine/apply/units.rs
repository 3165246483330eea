//! Putting, revising and deleting units.

use std::collections::BTreeSet;

use super::{
    decision::{ChangeMeta, Decision, check_same_collection},
    merge::merge_drafts,
    resolve::{Resolution, StoredAs, UnitView, find_duplicate, replaces_more_than, resolve},
};
use crate::{
    engine::{
        change::{
            CollectionRef, DuplicatePolicy, Outcome, PutOutcome, PutResult, RevisionCondition,
            TooManyReplaced,
        },
        state::{MemoryState, PreparedUnit, UnitIndex, WriterState},
    },
    fault::{Fault, Resource},
    store::{Batch, CollectionKind, CollectionNumber, StoreError, StoredUnit},
    unit::{Sequence, UnitId},
};

impl WriterState {
    /// Returns the memory that a change was proposed for.
    pub(crate) fn memory_mut(&mut self, memory: &CollectionRef) -> Result<&mut MemoryState, Fault> {
        let found = self.memories.get_mut(&memory.name);
        check_same_collection(CollectionKind::Memory, memory, found.as_ref().map(|m| m.number))?;
        found.ok_or_else(|| Fault::Unknown { what: Resource::Memory, name: memory.name.to_string() })
    }

    /// Stores units.
    pub(crate) fn put_units(
        &mut self,
        memory: &CollectionRef,
        units: Vec<PreparedUnit>,
        policy: DuplicatePolicy,
        most_replaced: u32,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Decision<Outcome> {
        let state = self.memory_mut(memory)?;
        // All are checked first, because a refused change must not have changed anything. A unit of
        // this call may then still replace earlier units of the call.
        for (n, unit) in units.iter().enumerate() {
            if replaces_more_than(state, most_replaced, unit, policy, batch)? {
                return Err(Fault::from(TooManyReplaced { most: most_replaced }.of_unit(n)).into());
            }
        }
        let mut results = Vec::with_capacity(units.len());
        for unit in units {
            let fresh = self.take_sequence();
            results.push(self.memory_mut(memory)?.put_unit(unit, fresh, policy, meta, batch)?);
        }
        let changed = results.iter().any(|r| r.outcome != PutOutcome::Unchanged || !r.replaced.is_empty());
        if changed {
            self.unpublished.insert((CollectionKind::Memory, memory.name.clone()));
        }
        Ok(Outcome::UnitsPut { results, change_id: if changed { meta.change_id } else { 0 } })
    }

    /// Deletes units.
    pub(crate) fn delete_units(
        &mut self,
        memory: &CollectionRef,
        ids: &[UnitId],
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Decision<Outcome> {
        let state = self.memory_mut(memory)?;
        let mut found = Vec::with_capacity(ids.len());
        // Each id once, even if a change names one twice.
        for id in ids.iter().collect::<BTreeSet<_>>() {
            match state.visible_unit(id.0, batch)? {
                Some(unit) => found.push((id.0, unit)),
                None => return Err(unknown_unit(*id).into()),
            }
        }
        for (sequence, unit) in &found {
            state.delete_unit(*sequence, unit, batch);
        }
        self.unpublished.insert((CollectionKind::Memory, memory.name.clone()));
        Ok(Outcome::Removed { count: found.len() as u64, change_id: meta.change_id })
    }

    /// Replaces the content of a unit.
    pub(crate) fn revise_unit(
        &mut self,
        memory: &CollectionRef,
        id: UnitId,
        unit: &PreparedUnit,
        condition: RevisionCondition,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Decision<Outcome> {
        let state = self.memory_mut(memory)?;
        let sequence = id.0;
        let old = state.visible_unit(sequence, batch)?;
        let last_former = batch.last_former_revision(state.number, sequence)?;
        if old.is_none() && (!condition.undelete || last_former == 0) {
            return Err(unknown_unit(id).into());
        }
        let present = old.as_ref().map_or(last_former, |old| old.stamp.revision);
        if let Some(expected) = condition.expected.filter(|e| *e != present) {
            let what = format!("unit '{id}' is at revision {present}, not {expected}: read it");
            return Err(Fault::Conflict(what).into());
        }
        let duplicate = find_duplicate(&state.units, state.number, unit, batch)?;
        let named = state.named_by(&unit.draft.external_id);
        if let Some(other) = duplicate.into_iter().chain(named).find(|other| *other != sequence) {
            return Err(Fault::Exists { what: Resource::Unit, name: UnitId(other).to_string() }.into());
        }
        if let Some(old) = old {
            if old.content == unit.draft {
                return Ok(Outcome::UnitRevised(Box::new(old)));
            }
            batch.put_former_unit(state.number, sequence, &old);
            state.units.remove(sequence, &PreparedUnit::new(old.content));
        }
        let stored = StoredUnit { content: unit.draft.clone(), stamp: meta.stamp(present, 0) };
        batch.put_unit(state.number, sequence, &stored);
        state.units.add(sequence, unit);
        self.unpublished.insert((CollectionKind::Memory, memory.name.clone()));
        Ok(Outcome::UnitRevised(Box::new(stored)))
    }
}

fn unknown_unit(id: UnitId) -> Fault {
    Fault::Unknown { what: Resource::Unit, name: id.to_string() }
}

/// The visible units of a memory, for a single write.
impl UnitView for MemoryState {
    fn find_duplicate(&self, unit: &PreparedUnit, batch: &Batch) -> Result<Option<Sequence>, StoreError> {
        find_duplicate(&self.units, self.number, unit, batch)
    }

    fn named_by(&self, external_id: &str) -> Option<Sequence> {
        self.units.by_external_id.get(external_id).copied()
    }

    fn replaceable(&self) -> Option<(&UnitIndex, CollectionNumber)> {
        Some((&self.units, self.number))
    }
}

impl MemoryState {
    /// Returns a unit that readers can see. Units of a pending import are not visible.
    fn visible_unit(&self, sequence: Sequence, batch: &Batch) -> Result<Option<StoredUnit>, StoreError> {
        if self.units.sequences.contains(sequence) { batch.unit(self.number, sequence) } else { Ok(None) }
    }

    fn put_unit(
        &mut self,
        mut unit: PreparedUnit,
        fresh: Sequence,
        policy: DuplicatePolicy,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<PutResult, StoreError> {
        let StoredAs { base, replaced, id_taken, undeleted } = match resolve(self, &mut unit, policy, batch)?
        {
            Resolution::Skipped(other) => return Ok(PutResult::unchanged(other)),
            Resolution::Stored(stored) => stored,
        };
        for other in &replaced {
            if let Some(old) = batch.unit(self.number, *other)? {
                self.delete_unit(*other, &old, batch);
            }
        }
        let sequence = base.unwrap_or(fresh);
        let old = batch.unit(self.number, sequence)?;
        let outcome = self.write_unit(sequence, unit, old, meta, batch);
        let replaced = replaced.into_iter().map(UnitId).collect();
        Ok(PutResult { id: UnitId(sequence), outcome, replaced, id_taken, undeleted })
    }

    fn write_unit(
        &mut self,
        sequence: Sequence,
        unit: PreparedUnit,
        old: Option<StoredUnit>,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> PutOutcome {
        let Some(old) = old else {
            let stored = StoredUnit { content: unit.draft.clone(), stamp: meta.stamp(0, 0) };
            batch.put_unit(self.number, sequence, &stored);
            self.units.add(sequence, &unit);
            return PutOutcome::Stored;
        };
        let unit = PreparedUnit { draft: merge_drafts(&old.content, unit.draft), ..unit };
        if unit.draft == old.content {
            return PutOutcome::Unchanged;
        }
        batch.put_former_unit(self.number, sequence, &old);
        let stored = StoredUnit { content: unit.draft.clone(), stamp: meta.stamp(old.stamp.revision, 0) };
        batch.put_unit(self.number, sequence, &stored);
        self.units.remove(sequence, &PreparedUnit::new(old.content));
        self.units.add(sequence, &unit);
        PutOutcome::Updated
    }

    /// Deletes a unit; its content is kept as a former revision.
    pub(crate) fn delete_unit(&mut self, sequence: Sequence, unit: &StoredUnit, batch: &mut Batch) {
        batch.put_former_unit(self.number, sequence, unit);
        batch.remove_unit(self.number, sequence);
        self.units.remove(sequence, &PreparedUnit::new(unit.content.clone()));
    }
}
