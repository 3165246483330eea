//! Imports: invisible until they complete, then visible at once.
//!
//! New units of a pending import lie at their own keys with its number; what
//! it will do to visible units is staged. Completing is one batch. What is
//! left of a pending import at open is removed.

use std::collections::BTreeSet;

use super::{
    apply::{Applied, Maker, info},
    apply_units::{find_twin, merged, prepared, same_source},
    change::{CollectionDraft, OnSameSource, Outcome, PutOutcome, PutResult},
    prepared::PreparedUnit,
    state::{MemoryState, PendingImport, State, Units},
};
use crate::{
    fault::{Fault, Resource},
    name::Name,
    store::{Batch, CollectionKind, ImportEntry, ImportState, StagedUnit, StoreError, StoredUnit},
    unit::{Sequence, UnitId},
};

/// What a step of a pending import decides by.
struct Step<'s> {
    import: &'s mut PendingImport,
    /// The visible units of the memory; none when the import makes it.
    visible: Option<&'s Units>,
    maker: Maker<'s>,
    on_same_source: OnSameSource,
}

impl State {
    pub(super) fn begin_import(
        &mut self,
        memory: &Name,
        create: Option<CollectionDraft>,
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
            file_name,
            stamp: maker.stamp(0, import),
        };
        batch.put_import(&entry);
        let pending = PendingImport {
            entry,
            memory: memory.clone(),
            creates,
            units: Units::default(),
            staged: BTreeSet::new(),
        };
        self.imports.insert(import, pending);
        Ok(Outcome::Begun { import, source_locale, target_locale })
    }

    pub(super) fn import_units(
        &mut self,
        import: u64,
        units: Vec<PreparedUnit>,
        on_same_source: OnSameSource,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Applied<Outcome> {
        let mut results = Vec::with_capacity(units.len());
        for unit in units {
            let fresh = self.next_sequence();
            let Some(pending) = self.imports.get_mut(&import) else { return Ok(Err(lost())) };
            let visible =
                self.memories.get(&pending.memory).filter(|_| pending.creates.is_none()).map(|m| &m.units);
            let mut step = Step { import: pending, visible, maker, on_same_source };
            results.push(step.put(unit, fresh, batch)?);
        }
        Ok(Ok(Outcome::Put { results, change_id: maker.change_id }))
    }

    pub(super) fn complete_import(
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
        let PendingImport { mut entry, memory, creates, units, staged } = pending;
        entry.state = ImportState::Complete;
        batch.put_import(&entry);
        self.touched.insert((CollectionKind::Memory, memory.clone()));
        let mut unchanged = 0;
        if let Some(info) = creates {
            self.write_collection(CollectionKind::Memory, entry.memory, &info, maker, batch);
            self.memories.insert(memory, MemoryState { number: entry.memory, info, units });
        } else if let Some(state) = self.memories.get_mut(&memory) {
            for sequence in staged {
                state.carry_out(import, sequence, maker, batch)?;
            }
            unchanged = state.take_in(&units, batch)?;
        }
        Ok(Ok(Outcome::Completed { unchanged }))
    }

    pub(super) fn abort_import(&mut self, import: u64, batch: &mut Batch) -> Applied<Outcome> {
        let Some(pending) = self.imports.remove(&import) else { return Ok(Err(lost())) };
        pending.units.index.for_each_row(|_, units| {
            for unit in units {
                batch.remove_unit(pending.entry.memory, unit.sequence);
            }
        });
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
        let memory = self.import.entry.memory;
        let mut replaced = Vec::new();
        let mut id_taken = false;
        let (sequence, outcome) = if let Some(twin) = find_twin(&self.import.units, memory, &unit, batch)? {
            (twin, self.again(twin, unit.draft, batch)?)
        } else {
            id_taken = self.has_brought(&unit.draft.external_id);
            if id_taken {
                unit.draft.external_id.clear();
            }
            let named = self.named(&unit.draft.external_id);
            let twin = match self.visible {
                Some(visible) => find_twin(visible, memory, &unit, batch)?,
                None => None,
            };
            if self.on_same_source == OnSameSource::Replace {
                replaced = self.replace(&unit, named.or(twin), batch)?;
            }
            if let Some(other) = twin.filter(|t| named.is_some_and(|n| n != *t)) {
                self.stage(StagedUnit { sequence: other, unit: None }, batch);
                replaced.push(other);
            }
            match named.or(twin) {
                Some(sequence) => (sequence, self.change_visible(sequence, unit.draft, batch)?),
                None => {
                    let stored = StoredUnit {
                        content: unit.draft.clone(),
                        stamp: self.maker.stamp(0, self.import.entry.number),
                    };
                    batch.put_unit(memory, fresh, &stored);
                    self.import.units.add(fresh, &unit);
                    (fresh, PutOutcome::Stored)
                }
            }
        };
        Ok(PutResult {
            id: UnitId(sequence),
            outcome,
            replaced: replaced.into_iter().map(UnitId).collect(),
            id_taken,
        })
    }

    /// Returns the visible unit that has an external id.
    fn named(&self, external_id: &str) -> Option<Sequence> {
        self.visible.and_then(|v| v.external.get(external_id).copied())
    }

    /// Says whether this import brought an external id already: careless tools
    /// number every unit 1, and the last must not swallow the others.
    fn has_brought(&self, external_id: &str) -> bool {
        !external_id.is_empty()
            && (self.import.units.external.contains_key(external_id)
                || self.named(external_id).is_some_and(|n| self.import.staged.contains(&n)))
    }

    /// A unit that this import brought already: its metadata may be richer now.
    fn again(
        &mut self,
        sequence: Sequence,
        mut draft: crate::unit::UnitDraft,
        batch: &mut Batch,
    ) -> Result<PutOutcome, StoreError> {
        let memory = self.import.entry.memory;
        if self.has_brought(&draft.external_id) {
            draft.external_id.clear();
        }
        if let Some(mut stored) = batch.unit(memory, sequence)? {
            let named_before = !stored.content.external_id.is_empty();
            let mut content = merged(&stored.content, draft);
            if named_before {
                content.external_id.clone_from(&stored.content.external_id);
            }
            if content != stored.content {
                self.import.units.remove(sequence, &prepared(&stored));
                stored.content = content;
                batch.put_unit(memory, sequence, &stored);
                self.import.units.add(sequence, &prepared(&stored));
            }
        }
        Ok(PutOutcome::Unchanged)
    }

    fn change_visible(
        &mut self,
        sequence: Sequence,
        draft: crate::unit::UnitDraft,
        batch: &mut Batch,
    ) -> Result<PutOutcome, StoreError> {
        let memory = self.import.entry.memory;
        let staged = batch.staged(self.import.entry.number, sequence)?.and_then(|s| s.unit);
        let before = match staged {
            Some(staged) => Some(staged),
            None => batch.unit(memory, sequence)?,
        };
        let Some(before) = before else { return Ok(PutOutcome::Unchanged) };
        let content = merged(&before.content, draft);
        if content == before.content {
            return Ok(PutOutcome::Unchanged);
        }
        let unit = StoredUnit { content, stamp: self.maker.stamp(0, self.import.entry.number) };
        self.stage(StagedUnit { sequence, unit: Some(unit) }, batch);
        Ok(PutOutcome::Updated)
    }

    /// Lets other translations of the source give way: visible ones when the
    /// import completes, the import's own at once.
    fn replace(
        &mut self,
        unit: &PreparedUnit,
        except: Option<Sequence>,
        batch: &mut Batch,
    ) -> Result<Vec<Sequence>, StoreError> {
        let memory = self.import.entry.memory;
        let except = except.unwrap_or_default();
        let mut gone = Vec::new();
        if let Some(visible) = self.visible {
            gone = same_source(visible, memory, &unit.draft, except, batch)?;
            for sequence in &gone {
                self.stage(StagedUnit { sequence: *sequence, unit: None }, batch);
            }
        }
        for sequence in same_source(&self.import.units, memory, &unit.draft, except, batch)? {
            if let Some(stored) = batch.unit(memory, sequence)? {
                self.import.units.remove(sequence, &prepared(&stored));
                batch.remove_unit(memory, sequence);
                gone.push(sequence);
            }
        }
        Ok(gone)
    }

    fn stage(&mut self, staged: StagedUnit, batch: &mut Batch) {
        self.import.staged.insert(staged.sequence);
        batch.stage(self.import.entry.number, self.import.entry.memory, &staged);
    }
}

impl MemoryState {
    /// Carries out a staged change on a unit that is visible still.
    fn carry_out(
        &mut self,
        import: u64,
        sequence: Sequence,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Result<(), StoreError> {
        let staged = batch.staged(import, sequence)?;
        batch.unstage(import, sequence);
        let (Some(staged), Some(old)) = (staged, batch.unit(self.number, sequence)?) else { return Ok(()) };
        match staged.unit {
            None => self.delete(sequence, &old, batch),
            Some(mut unit) => {
                batch.keep_unit(self.number, sequence, &old);
                unit.stamp = maker.stamp(old.stamp.revision, import);
                batch.put_unit(self.number, sequence, &unit);
                self.units.remove(sequence, &prepared(&old));
                self.units.add(sequence, &prepared(&unit));
            }
        }
        Ok(())
    }

    /// Makes an import's new units visible; returns how many were put by
    /// others meanwhile and are dropped.
    fn take_in(&mut self, units: &Units, batch: &mut Batch) -> Result<u64, StoreError> {
        let mut unchanged = 0;
        let mut failed = None;
        let number = self.number;
        units.index.for_each_row(|folded, refs| {
            for unit in refs {
                let alike: Vec<Sequence> = self
                    .units
                    .index
                    .units_of(folded)
                    .iter()
                    .filter(|u| u.identity == unit.identity)
                    .map(|u| u.sequence)
                    .collect();
                let twin = alike.iter().try_fold(false, |found, other| {
                    let (a, b) = (batch.unit(number, *other)?, batch.unit(number, unit.sequence)?);
                    Ok::<bool, StoreError>(
                        found || a.zip(b).is_some_and(|(a, b)| a.content.same_identity(&b.content)),
                    )
                });
                match twin {
                    Ok(true) => {
                        batch.remove_unit(number, unit.sequence);
                        unchanged += 1;
                    }
                    Ok(false) => self.units.index.add(folded, *unit),
                    Err(e) => failed = Some(e),
                }
            }
        });
        for (id, sequence) in &units.external {
            if batch.unit(number, *sequence)?.is_some() {
                self.units.external.insert(id.clone(), *sequence);
            }
        }
        failed.map_or(Ok(unchanged), Err)
    }
}
