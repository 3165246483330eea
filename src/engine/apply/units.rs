//! Putting and deleting units.

use super::{
    decision::{Applied, Maker},
    merge::merged,
    resolve::{find_twin, same_source},
};
use crate::{
    engine::{
        change::{OnSameSource, Outcome, PutOutcome, PutResult, Revision},
        state::{MemoryState, PreparedUnit, State},
    },
    fault::{Fault, Resource},
    name::Name,
    store::{Batch, CollectionKind, StoreError, StoredUnit},
    unit::{Sequence, UnitId},
};

impl State {
    pub(crate) fn put_units(
        &mut self,
        memory: &Name,
        units: Vec<PreparedUnit>,
        on_same_source: OnSameSource,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Applied<Outcome> {
        if !self.memories.contains_key(memory) {
            return Ok(Err(Fault::Unknown { what: Resource::Memory, name: memory.to_string() }));
        }
        let mut results = Vec::with_capacity(units.len());
        for unit in units {
            let fresh = self.next_sequence();
            let Some(memory) = self.memories.get_mut(memory) else { continue };
            results.push(memory.put(unit, fresh, on_same_source, maker, batch)?);
        }
        let changed = results.iter().any(|r| r.outcome != PutOutcome::Unchanged || !r.replaced.is_empty());
        if changed {
            self.touched.insert((CollectionKind::Memory, memory.clone()));
        }
        Ok(Ok(Outcome::Put { results, change_id: if changed { maker.change_id } else { 0 } }))
    }

    pub(crate) fn delete_units(
        &mut self,
        memory: &Name,
        ids: &[UnitId],
        gone_is_fine: bool,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Applied<Outcome> {
        let Some(state) = self.memories.get_mut(memory) else {
            return Ok(Err(Fault::Unknown { what: Resource::Memory, name: memory.to_string() }));
        };
        let mut found = Vec::with_capacity(ids.len());
        for id in ids {
            match state.visible(id.0, batch)? {
                Some(unit) => found.push((id.0, unit)),
                None if gone_is_fine => {}
                None => return Ok(Err(Fault::Unknown { what: Resource::Unit, name: id.to_string() })),
            }
        }
        for (sequence, unit) in &found {
            state.delete(*sequence, unit, batch);
        }
        self.touched.insert((CollectionKind::Memory, memory.clone()));
        Ok(Ok(Outcome::Removed { count: found.len() as u64, change_id: maker.change_id }))
    }
}

impl State {
    pub(crate) fn revise_unit(
        &mut self,
        memory: &Name,
        id: UnitId,
        unit: &PreparedUnit,
        revision: Revision,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Applied<Outcome> {
        let Some(state) = self.memories.get_mut(memory) else {
            return Ok(Err(Fault::Unknown { what: Resource::Memory, name: memory.to_string() }));
        };
        let sequence = id.0;
        let old = state.visible(sequence, batch)?;
        let kept = batch.last_kept(state.number, sequence)?;
        if old.is_none() && (!revision.revive || kept == 0) {
            return Ok(Err(Fault::Unknown { what: Resource::Unit, name: id.to_string() }));
        }
        let present = old.as_ref().map_or(kept, |old| old.stamp.revision);
        if let Some(expected) = revision.expected.filter(|e| *e != present) {
            let what = format!("unit '{id}' is at revision {present}, not {expected}: read it");
            return Ok(Err(Fault::Changed(what)));
        }
        let twin = find_twin(&state.units, state.number, unit, batch)?;
        let named = state.units.external.get(unit.draft.external_id.as_str()).copied();
        if let Some(other) = twin.into_iter().chain(named).find(|other| *other != sequence) {
            return Ok(Err(Fault::Exists { what: Resource::Unit, name: UnitId(other).to_string() }));
        }
        if let Some(old) = old {
            if old.content == unit.draft {
                return Ok(Ok(Outcome::Done));
            }
            batch.keep_unit(state.number, sequence, &old);
            state.units.remove(sequence, &PreparedUnit::new(old.content));
        }
        let stored = StoredUnit { content: unit.draft.clone(), stamp: maker.stamp(present, 0) };
        batch.put_unit(state.number, sequence, &stored);
        state.units.add(sequence, unit);
        self.touched.insert((CollectionKind::Memory, memory.clone()));
        Ok(Ok(Outcome::Done))
    }
}

impl MemoryState {
    /// Returns a unit that readers can see (not one of a pending import).
    fn visible(&self, sequence: Sequence, batch: &Batch) -> Result<Option<StoredUnit>, StoreError> {
        let Some(unit) = batch.unit(self.number, sequence)? else { return Ok(None) };
        let folded = crate::text::folded(&unit.content.source.segment.text);
        let known = self.units.index.units_of(&folded).any(|u| u.sequence == sequence);
        Ok(known.then_some(unit))
    }

    fn put(
        &mut self,
        unit: PreparedUnit,
        fresh: Sequence,
        on_same_source: OnSameSource,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Result<PutResult, StoreError> {
        let twin = find_twin(&self.units, self.number, &unit, batch)?;
        let named = self.units.external.get(unit.draft.external_id.as_str()).copied();
        if on_same_source == OnSameSource::Skip && named.or(twin).is_none() {
            let there = same_source(&self.units, self.number, &unit.draft, fresh, batch)?;
            if let Some(there) = there.first() {
                return Ok(PutResult::unchanged(*there));
            }
        }
        let sequence = named.or(twin).unwrap_or(fresh);
        let mut gone: Vec<Sequence> = twin.into_iter().filter(|t| *t != sequence).collect();
        if on_same_source == OnSameSource::Replace {
            gone.extend(same_source(&self.units, self.number, &unit.draft, sequence, batch)?);
            gone.sort_unstable();
            gone.dedup();
        }
        for other in &gone {
            if let Some(old) = batch.unit(self.number, *other)? {
                self.delete(*other, &old, batch);
            }
        }
        let old = batch.unit(self.number, sequence)?;
        let outcome = self.write(sequence, unit, old, maker, batch);
        Ok(PutResult {
            id: UnitId(sequence),
            outcome,
            replaced: gone.into_iter().map(UnitId).collect(),
            id_taken: false,
            brought_back: false,
        })
    }

    fn write(
        &mut self,
        sequence: Sequence,
        unit: PreparedUnit,
        old: Option<StoredUnit>,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> PutOutcome {
        let Some(old) = old else {
            let stored = StoredUnit { content: unit.draft.clone(), stamp: maker.stamp(0, 0) };
            batch.put_unit(self.number, sequence, &stored);
            self.units.add(sequence, &unit);
            return PutOutcome::Stored;
        };
        let unit = PreparedUnit { draft: merged(&old.content, unit.draft), ..unit };
        if unit.draft == old.content {
            return PutOutcome::Unchanged;
        }
        batch.keep_unit(self.number, sequence, &old);
        let stored = StoredUnit { content: unit.draft.clone(), stamp: maker.stamp(old.stamp.revision, 0) };
        batch.put_unit(self.number, sequence, &stored);
        self.units.remove(sequence, &PreparedUnit::new(old.content));
        self.units.add(sequence, &unit);
        PutOutcome::Updated
    }

    pub(crate) fn delete(&mut self, sequence: Sequence, unit: &StoredUnit, batch: &mut Batch) {
        batch.keep_unit(self.number, sequence, unit);
        batch.remove_unit(self.number, sequence);
        self.units.remove(sequence, &PreparedUnit::new(unit.content.clone()));
    }
}
