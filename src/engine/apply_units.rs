//! Putting and deleting units.

use rustc_hash::FxHashSet;

use super::{
    apply::{Applied, Maker},
    change::{OnSameSource, Outcome, PutOutcome, PutResult},
    prepared::PreparedUnit,
    state::{MemoryState, State, Units},
};
use crate::{
    clock::Timestamp,
    fault::{Fault, Resource},
    name::Name,
    store::{Batch, CollectionKind, CollectionNumber, StoreError, StoredUnit},
    unit::{Origin, Property, Provenance, Sequence, UnitDraft, UnitId},
};

impl State {
    pub(super) fn put_units(
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

    pub(super) fn delete_units(
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

/// What a revision of a unit asks for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Revision {
    /// The revision that must be the present one.
    pub(super) expected: Option<u32>,
    /// Brings a deleted unit back.
    pub(super) revive: bool,
}

impl State {
    pub(super) fn revise_unit(
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

    pub(super) fn delete(&mut self, sequence: Sequence, unit: &StoredUnit, batch: &mut Batch) {
        batch.keep_unit(self.number, sequence, unit);
        batch.remove_unit(self.number, sequence);
        self.units.remove(sequence, &PreparedUnit::new(unit.content.clone()));
    }
}

/// Finds the unit that has the identity of a new one.
pub(super) fn find_twin(
    units: &Units,
    memory: CollectionNumber,
    unit: &PreparedUnit,
    batch: &Batch,
) -> Result<Option<Sequence>, StoreError> {
    let alike = units.index.units_of(&unit.folded).filter(|u| u.identity == unit.identity);
    for found in alike {
        let stored = batch.unit(memory, found.sequence)?;
        if stored.is_some_and(|s| s.content.same_identity(&unit.draft)) {
            return Ok(Some(found.sequence));
        }
    }
    Ok(None)
}

/// Finds the other units that translate the source of a new one.
pub(super) fn same_source(
    units: &Units,
    memory: CollectionNumber,
    draft: &UnitDraft,
    except: Sequence,
    batch: &Batch,
) -> Result<Vec<Sequence>, StoreError> {
    let folded = crate::text::folded(&draft.source.segment.text);
    let mut found = Vec::new();
    for other in units.index.units_of(&folded) {
        let stored = batch.unit(memory, other.sequence)?;
        if other.sequence != except && stored.is_some_and(|s| s.content.same_source(draft)) {
            found.push(other.sequence);
        }
    }
    Ok(found)
}

/// Returns the new draft with what is known of the old one where it says nothing: of
/// another source nothing is, and of another target not who made it and when.
pub(super) fn merged(old: &UnitDraft, new: UnitDraft) -> UnitDraft {
    let mut draft = new;
    if draft.external_id.is_empty() {
        draft.external_id.clone_from(&old.external_id);
    }
    if draft.source.segment != old.source.segment {
        return draft;
    }
    draft.properties = merged_properties(&old.properties, draft.properties);
    draft.notes = merged_notes(&old.notes, draft.notes);
    for (side, before) in [(&mut draft.source, &old.source), (&mut draft.target, &old.target)] {
        if side.segment == before.segment {
            side.properties = merged_properties(&before.properties, std::mem::take(&mut side.properties));
            side.notes = merged_notes(&before.notes, std::mem::take(&mut side.notes));
        }
    }
    if draft.target.segment == old.target.segment {
        draft.provenance = merged_provenance(&old.provenance, draft.provenance);
    }
    draft
}

/// Returns the old properties with the new values of those that are told anew.
fn merged_properties(old: &[Property], new: Vec<Property>) -> Vec<Property> {
    let alike = |a: &Property, b: &Property| a.name == b.name && a.locale == b.locale;
    let values = |of: &[Property], like: &Property| -> Vec<String> {
        let mut values: Vec<String> = of.iter().filter(|p| alike(p, like)).map(|p| p.value.clone()).collect();
        values.sort_unstable();
        values
    };
    let told_anew = |p: &Property| {
        let values_now = values(&new, p);
        !values_now.is_empty() && values_now != values(old, p)
    };
    let mut all: Vec<Property> = old.iter().filter(|p| !told_anew(p)).cloned().collect();
    let kept = all.clone();
    all.extend(new.into_iter().filter(|p| !kept.iter().any(|k| alike(k, p))));
    all
}

fn merged_notes(old: &[String], new: Vec<String>) -> Vec<String> {
    let mut all = old.to_vec();
    all.extend(new.into_iter().filter(|note| !old.contains(note)));
    all
}

/// Returns the old provenance with what is told anew. A time to the second is that of a file
/// that holds no more of it.
fn merged_provenance(old: &Provenance, new: Provenance) -> Provenance {
    let text = |old: &String, new: String| if new.is_empty() { old.clone() } else { new };
    let time = |old: Option<Timestamp>, new: Option<Timestamp>| {
        let is_same = |old: &Timestamp| new.is_none_or(|new| old.0.div_euclid(1_000) * 1_000 == new.0);
        old.filter(is_same).or(new)
    };
    Provenance {
        created_by: text(&old.created_by, new.created_by),
        created_at: time(old.created_at, new.created_at),
        changed_by: text(&old.changed_by, new.changed_by),
        changed_at: time(old.changed_at, new.changed_at),
        origin: if new.origin == Origin::Unknown { old.origin } else { new.origin },
        tool: text(&old.tool, new.tool),
        usage_count: new.usage_count.or(old.usage_count),
        last_used_at: time(old.last_used_at, new.last_used_at),
    }
}

/// Says whether no external id comes twice.
pub(super) fn repeated_external_id(units: &[UnitDraft]) -> Option<usize> {
    let mut seen = FxHashSet::default();
    units.iter().position(|u| !u.external_id.is_empty() && !seen.insert(u.external_id.as_str()))
}
