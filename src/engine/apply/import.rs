//! Imports: invisible until they complete, then visible at once.
//!
//! New units of a pending import lie at their own keys with its number; what
//! it will do to visible units is staged. Completing is one batch. What is
//! left of a pending import at open is removed.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    collections::info,
    decision::{Applied, Maker},
    merge::merged,
    resolve::find_twin,
};
use crate::{
    engine::{
        change::{CollectionDraft, OnSameSource, Outcome, Overtaken, PutOutcome, PutResult},
        state::{MemoryState, PendingImport, PreparedUnit, State, Units},
    },
    fault::{Fault, Resource},
    matching::UnitRef,
    name::Name,
    store::{Batch, CollectionKind, ImportEntry, ImportState, StagedUnit, StoreError, StoredUnit, Undo},
    unit::{Sequence, UnitDraft, UnitId},
};

/// What a step of a pending import decides by.
struct Step<'s> {
    import: &'s mut PendingImport,
    /// The visible units of the memory; none when the import makes it.
    visible: Option<&'s Units>,
    maker: Maker<'s>,
}

impl State {
    pub(crate) fn begin_import(
        &mut self,
        memory: &Name,
        create: Option<CollectionDraft>,
        on_same_source: OnSameSource,
        file_name: String,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let unknown = || Fault::Unknown { what: Resource::Memory, name: memory.to_string() };
        let (number, creates) = match (self.memories.get(memory), create) {
            (Some(found), _) => (found.number, None),
            (None, Some(new)) => (self.next_number(CollectionKind::Memory), Some(info(new, maker.at))),
            (None, None) => return Err(unknown()),
        };
        let pair = creates.as_ref().or(self.memories.get(memory).map(|m| &m.info)).ok_or_else(unknown)?;
        let (source_locale, target_locale) = (pair.source_locale.clone(), pair.target_locale.clone());
        let import = self.applied.next_import;
        self.applied.next_import += 1;
        let entry = ImportEntry {
            number: import,
            memory: number,
            state: ImportState::Pending,
            first: Sequence(self.applied.next_sequence),
            replaces: on_same_source == OnSameSource::Replace,
            file_name,
            stamp: maker.stamp(0, import),
        };
        batch.put_import(&entry);
        let pending = PendingImport {
            entry,
            memory: memory.clone(),
            on_same_source,
            creates,
            units: Units::default(),
            changed: Units::default(),
            given: FxHashMap::default(),
            confirmed: FxHashSet::default(),
            staged: BTreeSet::new(),
        };
        self.imports.insert(import, pending);
        Ok(Outcome::Begun { import, source_locale, target_locale })
    }

    pub(crate) fn import_units(
        &mut self,
        import: u64,
        units: Vec<PreparedUnit>,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Applied<Outcome> {
        let mut results = Vec::with_capacity(units.len());
        for unit in units {
            // Lookups that wait for a core go first.
            std::thread::yield_now();
            let fresh = self.next_sequence();
            let Some(pending) = self.imports.get_mut(&import) else { return Ok(Err(lost())) };
            let visible =
                self.memories.get(&pending.memory).filter(|_| pending.creates.is_none()).map(|m| &m.units);
            let mut step = Step { import: pending, visible, maker };
            results.push(step.put(unit, fresh, batch)?);
        }
        Ok(Ok(Outcome::Put { results, change_id: maker.change_id }))
    }

    pub(crate) fn complete_import(
        &mut self,
        import: u64,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Applied<Outcome> {
        let Some(pending) = self.imports.get(&import) else { return Ok(Err(lost())) };
        if pending.creates.is_some() && self.memories.contains_key(&pending.memory) {
            let name = pending.memory.to_string();
            return Ok(Err(Fault::Exists { what: Resource::Memory, name }));
        }
        let Some(pending) = self.imports.remove(&import) else { return Ok(Err(lost())) };
        let PendingImport { mut entry, memory, creates, mut units, staged, .. } = pending;
        entry.state = ImportState::Complete;
        batch.put_import(&entry);
        self.touched.insert((CollectionKind::Memory, memory.clone()));
        let mut unchanged = 0;
        let mut overtaken = Vec::new();
        if let Some(info) = creates {
            units.settle();
            self.write_collection(CollectionKind::Memory, entry.memory, &info, maker, batch);
            self.memories.insert(memory, MemoryState { number: entry.memory, info, units });
        } else if let Some(state) = self.memories.get_mut(&memory) {
            // What is to change or go makes room first: one unit may come to say what
            // another said.
            let mut ready = Vec::with_capacity(staged.len());
            for sequence in staged {
                match state.make_room(import, sequence, batch)? {
                    Ok(change) => ready.push(change),
                    Err(passed) => overtaken.push(passed),
                }
            }
            for change in ready {
                let (sequence, deletes) = (change.staged.sequence, change.staged.unit.is_none());
                let revision = change.old.stamp.revision;
                let undo = Undo { sequence, revision, deleted: deletes, gone_at: maker.change_id };
                let carried = state.carry_out(import, change, maker, batch)?;
                if carried.changed {
                    batch.put_undo(import, &undo);
                }
                if carried.passed_over {
                    overtaken.push(Overtaken { id: UnitId(sequence), deletes });
                }
            }
            unchanged = state.take_in(&units, batch)?;
            state.units.settle();
        }
        Ok(Ok(Outcome::Completed { unchanged, overtaken }))
    }

    pub(crate) fn abort_import(&mut self, import: u64, batch: &mut Batch) -> Applied<Outcome> {
        let Some(pending) = self.imports.remove(&import) else { return Ok(Err(lost())) };
        for sequence in pending.units.sequences() {
            batch.remove_unit(pending.entry.memory, sequence);
        }
        for sequence in pending.staged {
            batch.unstage(import, sequence);
        }
        batch.remove_import(import);
        Ok(Ok(Outcome::Done))
    }
}

fn lost() -> Fault {
    Fault::Changed("the import was given up after a failed write".to_owned())
}

impl Step<'_> {
    fn put(
        &mut self,
        mut unit: PreparedUnit,
        fresh: Sequence,
        batch: &mut Batch,
    ) -> Result<PutResult, StoreError> {
        let twin = self.twin(&unit, batch)?;
        let id_taken = self.must_do_without(&unit.draft.external_id, twin, batch)?;
        if id_taken {
            unit.draft.external_id.clear();
        }
        let named = self.named(&unit.draft.external_id);
        let brought_back = if named.or(twin).is_none() { self.bring_back(&unit, batch)? } else { None };
        let base = named.or(twin).or(brought_back);
        if self.import.on_same_source == OnSameSource::Skip
            && base.is_none()
            && let Some(there) = self.others(&unit, batch).next()
        {
            return Ok(PutResult::unchanged(there?));
        }
        self.import.confirmed.extend(base);
        let mut gone: BTreeSet<Sequence> = twin.into_iter().filter(|t| Some(*t) != base).collect();
        if self.import.on_same_source == OnSameSource::Replace {
            for other in self.others(&unit, batch) {
                gone.insert(other?);
            }
        }
        for sequence in &gone {
            self.remove(*sequence, batch)?;
        }
        let external_id = unit.draft.external_id.clone();
        let (sequence, outcome) = match base {
            Some(base) => (base, self.change(base, unit.draft, batch)?),
            None => {
                let stamp = self.maker.stamp(0, self.import.entry.number);
                let stored = StoredUnit { content: unit.draft.clone(), stamp };
                batch.put_unit(self.import.entry.memory, fresh, &stored);
                self.import.units.add(fresh, &unit);
                (fresh, PutOutcome::Stored)
            }
        };
        // Those of the import's own units are among its units.
        if !external_id.is_empty() && base.is_some() {
            self.import.given.insert(external_id.into(), sequence);
        }
        let replaced = gone.into_iter().map(UnitId).collect();
        Ok(PutResult {
            id: UnitId(sequence),
            outcome,
            replaced,
            id_taken: id_taken && twin.is_none(),
            brought_back: brought_back.is_some(),
        })
    }

    /// Returns a unit as it will be once the import completes.
    fn coming(&self, sequence: Sequence, batch: &Batch) -> Result<Option<StoredUnit>, StoreError> {
        if self.import.staged.contains(&sequence) {
            return Ok(batch.staged(self.import.entry.number, sequence)?.and_then(|s| s.unit));
        }
        batch.unit(self.import.entry.memory, sequence)
    }

    /// Returns the units that may stand in a row once the import completes:
    /// its own, those it changes, and the visible ones.
    fn row(&self, folded: &str) -> impl Iterator<Item = UnitRef> {
        let all = [Some(&self.import.units), Some(&self.import.changed), self.visible];
        all.into_iter().flatten().flat_map(move |units| units.index.units_of(folded))
    }

    fn twin(&self, unit: &PreparedUnit, batch: &Batch) -> Result<Option<Sequence>, StoreError> {
        for found in self.row(&unit.folded) {
            if found.identity == unit.identity
                && self.coming(found.sequence, batch)?.is_some_and(|s| s.content.same_identity(&unit.draft))
            {
                return Ok(Some(found.sequence));
            }
        }
        Ok(None)
    }

    /// Finds the visible units that translate the source of a new one and that the
    /// file has not: what it brings itself stands side by side.
    fn others(
        &self,
        unit: &PreparedUnit,
        batch: &Batch,
    ) -> impl Iterator<Item = Result<Sequence, StoreError>> {
        let import = &*self.import;
        let row = self.visible.into_iter().flat_map(|visible| visible.index.units_of(&unit.folded));
        let strange = row
            .map(|found| found.sequence)
            .filter(|found| !import.confirmed.contains(found) && !import.staged.contains(found));
        strange.filter_map(|found| {
            let stored = batch.unit(import.entry.memory, found).transpose()?;
            let alike = stored.map(|s| s.content.same_source(&unit.draft).then_some(found));
            alike.transpose()
        })
    }

    /// Takes back the deletion of a visible unit that the file brings after all.
    fn bring_back(&mut self, unit: &PreparedUnit, batch: &mut Batch) -> Result<Option<Sequence>, StoreError> {
        let Some(visible) = self.visible else { return Ok(None) };
        for found in visible.index.units_of(&unit.folded) {
            if found.identity != unit.identity || !self.import.staged.contains(&found.sequence) {
                continue;
            }
            let stored = batch.unit(self.import.entry.memory, found.sequence)?;
            let was = stored.is_some_and(|s| s.content.same_identity(&unit.draft));
            if was && self.coming(found.sequence, batch)?.is_none() {
                self.import.staged.remove(&found.sequence);
                batch.unstage(self.import.entry.number, found.sequence);
                return Ok(Some(found.sequence));
            }
        }
        Ok(None)
    }

    /// Returns the visible unit that has an external id and is as it was.
    fn named(&self, external_id: &str) -> Option<Sequence> {
        let named = self.visible.and_then(|v| v.external.get(external_id).copied());
        named.filter(|n| !self.import.staged.contains(n) && !self.import.confirmed.contains(n))
    }

    /// Says whether a unit must do without the external id that the file gives
    /// it: the file gave it to another unit already (careless tools number
    /// every unit 1, and the last must not swallow the others), or the unit has
    /// one and keeps it.
    fn must_do_without(
        &self,
        external_id: &str,
        twin: Option<Sequence>,
        batch: &Batch,
    ) -> Result<bool, StoreError> {
        if external_id.is_empty() {
            return Ok(false);
        }
        let own = self.import.units.external.get(external_id);
        let given = self.import.given.get(external_id).or(own);
        if given.is_some_and(|other| Some(*other) != twin) {
            return Ok(true);
        }
        let owner = self.visible.and_then(|v| v.external.get(external_id).copied());
        if owner.is_some_and(|o| Some(o) != twin && self.import.confirmed.contains(&o)) {
            // Its owner is what the file calls by another id.
            return Ok(true);
        }
        let Some(twin) = twin else { return Ok(false) };
        let has = self.coming(twin, batch)?.map(|s| s.content.external_id).unwrap_or_default();
        Ok(!has.is_empty() && has != external_id)
    }

    /// Says whether a unit is new in this import.
    fn is_own(&self, stored: &StoredUnit) -> bool {
        stored.stamp.import_id == self.import.entry.number && stored.stamp.revision == 1
    }

    /// Gives a unit what the file says of it: at once to one of the import's
    /// own, at completion to a visible one.
    fn change(
        &mut self,
        sequence: Sequence,
        draft: UnitDraft,
        batch: &mut Batch,
    ) -> Result<PutOutcome, StoreError> {
        let memory = self.import.entry.memory;
        let (Some(present), Some(coming)) = (batch.unit(memory, sequence)?, self.coming(sequence, batch)?)
        else {
            return Ok(PutOutcome::Unchanged);
        };
        let content = merged(&coming.content, draft);
        if content == coming.content {
            return Ok(PutOutcome::Unchanged);
        }
        if self.is_own(&present) {
            self.import.units.remove(sequence, &PreparedUnit::new(present.content.clone()));
            let stored = StoredUnit { content, stamp: present.stamp };
            batch.put_unit(memory, sequence, &stored);
            self.import.units.add(sequence, &PreparedUnit::new(stored.content));
            return Ok(PutOutcome::Unchanged);
        }
        self.unchange(sequence, batch)?;
        let unit = StoredUnit { content, stamp: self.maker.stamp(0, self.import.entry.number) };
        self.import.changed.add(sequence, &PreparedUnit::new(unit.content.clone()));
        self.stage(&StagedUnit { sequence, seen: present.stamp.revision, unit: Some(unit) }, batch);
        Ok(PutOutcome::Updated)
    }

    /// Lets a unit give way: one of the import's own at once, a visible one at completion.
    fn remove(&mut self, sequence: Sequence, batch: &mut Batch) -> Result<(), StoreError> {
        let memory = self.import.entry.memory;
        let Some(present) = batch.unit(memory, sequence)? else { return Ok(()) };
        if self.is_own(&present) {
            self.import.units.remove(sequence, &PreparedUnit::new(present.content));
            batch.remove_unit(memory, sequence);
            return Ok(());
        }
        self.unchange(sequence, batch)?;
        self.stage(&StagedUnit { sequence, seen: present.stamp.revision, unit: None }, batch);
        Ok(())
    }

    /// Forgets what the import was to make of a visible unit.
    fn unchange(&mut self, sequence: Sequence, batch: &Batch) -> Result<(), StoreError> {
        if self.import.staged.contains(&sequence)
            && let Some(before) = self.coming(sequence, batch)?
        {
            self.import.changed.remove(sequence, &PreparedUnit::new(before.content));
        }
        Ok(())
    }

    fn stage(&mut self, staged: &StagedUnit, batch: &mut Batch) {
        self.import.staged.insert(staged.sequence);
        batch.stage(self.import.entry.number, self.import.entry.memory, staged);
    }
}

/// What became of a staged change.
#[derive(Clone, Copy, Debug)]
struct Carried {
    /// The unit is not as it was.
    changed: bool,
    /// Others came before: the unit is not as the import would have it.
    passed_over: bool,
}

/// A staged change that nobody came before.
struct ReadyChange {
    staged: StagedUnit,
    /// The unit as it is in the store; the index has it no longer.
    old: StoredUnit,
}

impl MemoryState {
    /// Takes a unit that is to change or go out of the index, unless others
    /// changed it meanwhile: they were told OK.
    fn make_room(
        &mut self,
        import: u64,
        sequence: Sequence,
        batch: &mut Batch,
    ) -> Result<Result<ReadyChange, Overtaken>, StoreError> {
        let staged = batch.staged(import, sequence)?;
        batch.unstage(import, sequence);
        let deletes = staged.as_ref().is_some_and(|s| s.unit.is_none());
        let passed = Overtaken { id: UnitId(sequence), deletes };
        let (Some(staged), Some(old)) = (staged, batch.unit(self.number, sequence)?) else {
            return Ok(Err(passed));
        };
        if old.stamp.revision != staged.seen {
            return Ok(Err(passed));
        }
        self.units.remove(sequence, &PreparedUnit::new(old.content.clone()));
        Ok(Ok(ReadyChange { staged, old }))
    }

    /// Carries out a staged change, unless a unit that others put says by now what this one would.
    fn carry_out(
        &mut self,
        import: u64,
        change: ReadyChange,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Result<Carried, StoreError> {
        let ReadyChange { staged: StagedUnit { sequence, unit, .. }, old } = change;
        let Some(unit) = unit else {
            batch.keep_unit(self.number, sequence, &old);
            batch.remove_unit(self.number, sequence);
            return Ok(Carried { changed: true, passed_over: false });
        };
        let mut next = PreparedUnit::new(unit.content);
        let passed_over = find_twin(&self.units, self.number, &next, batch)?.is_some();
        if passed_over {
            // All that the import may have done to it is to give its id away.
            next = PreparedUnit::new(old.content.clone());
        }
        let gives_up = self.gives_up_taken_id(&mut next);
        if gives_up {
            next.draft.external_id.clone_from(&old.content.external_id);
            self.gives_up_taken_id(&mut next);
        }
        let changed = !passed_over || gives_up;
        if changed {
            batch.keep_unit(self.number, sequence, &old);
            let stamp = maker.stamp(old.stamp.revision, import);
            batch.put_unit(self.number, sequence, &StoredUnit { content: next.draft.clone(), stamp });
        }
        self.units.add(sequence, &next);
        Ok(Carried { changed, passed_over })
    }

    /// Clears a unit's external id if another unit has it. Returns whether it was so.
    fn gives_up_taken_id(&self, unit: &mut PreparedUnit) -> bool {
        let taken = self.units.external.contains_key(unit.draft.external_id.as_str());
        if taken {
            unit.draft.external_id.clear();
        }
        taken
    }

    /// Makes an import's new units visible; returns how many were put by
    /// others meanwhile and are dropped.
    fn take_in(&mut self, units: &Units, batch: &mut Batch) -> Result<u64, StoreError> {
        let mut unchanged = 0;
        for sequence in units.sequences() {
            let Some(mut stored) = batch.unit(self.number, sequence)? else { continue };
            let mut unit = PreparedUnit::new(stored.content.clone());
            if find_twin(&self.units, self.number, &unit, batch)?.is_some() {
                batch.remove_unit(self.number, sequence);
                unchanged += 1;
                continue;
            }
            if self.gives_up_taken_id(&mut unit) {
                stored.content.external_id.clear();
                batch.put_unit(self.number, sequence, &stored);
            }
            self.units.add(sequence, &unit);
        }
        Ok(unchanged)
    }
}
