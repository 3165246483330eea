//! An import taken back: what it brought goes, what it changed or replaced is as it was.

use super::{
    Engine,
    apply::{Applied, Maker},
    apply_units::find_twin,
    change::{Action, Outcome},
    prepared::PreparedUnit,
    state::State,
};
use crate::{
    caller::Caller,
    fault::{Fault, Resource},
    name::Name,
    store::{Batch, Brought, CollectionKind, ImportEntry, ImportState, StoreError, StoredUnit, Undo},
    unit::{Sequence, Stamp, UnitId},
};

/// What taking an import back did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevertReport {
    /// Units that it had brought and that are gone.
    pub removed: u64,
    /// Units that are as they were before it: changed ones, and those that gave way.
    pub restored: u64,
    /// Units that stay as they are: others changed them since, or a unit stands
    /// where they stood.
    pub overtaken: Vec<UnitId>,
    /// Number of the change.
    pub change_id: u64,
}

impl Engine {
    /// Takes a complete import back, as one change. Units that were changed since
    /// stay as they are.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `UNKNOWN_IMPORT`, or the store's.
    pub fn revert_import(&self, caller: &Caller, memory: &Name, import: u64) -> Result<RevertReport, Fault> {
        match self.apply(caller, Action::RevertImport { memory: memory.clone(), import })? {
            Outcome::Reverted(report) => {
                // Acknowledged already: what a failing disk leaves is removed at the next open.
                if let Err(cause) = self.remove_reverted(import) {
                    tracing::error!(%cause, import, "the units of a reverted import are not removed yet");
                }
                Ok(report)
            }
            other => Err(Fault::Internal(format!("taking an import back told {other:?}"))),
        }
    }

    fn remove_reverted(&self, import: u64) -> Result<(), StoreError> {
        let discarded = self.store.discarded_imports()?;
        discarded.iter().filter(|i| i.number == import).try_for_each(|i| self.store.discard_import(i))
    }
}

impl State {
    pub(super) fn revert_import(
        &mut self,
        memory: &Name,
        import: u64,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Applied<Outcome> {
        let Some(state) = self.memories.get_mut(memory) else {
            return Ok(Err(Fault::Unknown { what: Resource::Memory, name: memory.to_string() }));
        };
        let entry = batch.import(import)?;
        let here = |e: &ImportEntry| e.memory == state.number && e.state == ImportState::Complete;
        let Some(mut entry) = entry.filter(here) else {
            return Ok(Err(Fault::Unknown { what: Resource::Import, name: import.to_string() }));
        };
        let mut report = RevertReport { change_id: maker.change_id, ..RevertReport::default() };
        for brought in batch.brought_by(&entry)? {
            match brought {
                Brought::AsItWas(sequence, unit) => {
                    // It lies in the store until the import's units are removed there.
                    state.units.remove(sequence, &PreparedUnit::new(unit.content));
                    report.removed += 1;
                }
                Brought::ChangedSince(sequence) => report.overtaken.push(UnitId(sequence)),
            }
        }
        // What is to be restored makes room first: one unit may have come to say what
        // another said.
        let mut ready = Vec::new();
        for Undo { sequence, revision, deleted } in batch.undos(import)? {
            let present = batch.unit(state.number, sequence)?;
            let untouched = match &present {
                // Somebody may have brought it back and deleted it again.
                None => deleted && batch.last_kept(state.number, sequence)? == revision,
                Some(unit) => {
                    let stamp = &unit.stamp;
                    !deleted && stamp.import_id == import && stamp.origin_revision() == revision + 1
                }
            };
            match batch.former(state.number, sequence, revision)?.filter(|_| untouched) {
                None => report.overtaken.push(UnitId(sequence)),
                // The import that had brought it was taken back meanwhile.
                Some(former) if !is_in_force(&former, batch)? => {
                    if let Some(present) = present {
                        batch.keep_unit(state.number, sequence, &present);
                        batch.remove_unit(state.number, sequence);
                        state.units.remove(sequence, &PreparedUnit::new(present.content));
                        report.removed += 1;
                    }
                }
                Some(former) => {
                    if let Some(present) = &present {
                        state.units.remove(sequence, &PreparedUnit::new(present.content.clone()));
                    }
                    ready.push((sequence, present, former));
                }
            }
        }
        for (sequence, present, former) in ready {
            if state.restore(sequence, present, former, maker, batch)? {
                report.restored += 1;
            } else {
                report.overtaken.push(UnitId(sequence));
            }
        }
        report.overtaken.sort_unstable();
        report.overtaken.dedup();
        state.units.settle();
        entry.state = ImportState::Reverted;
        batch.put_import(&entry);
        self.touched.insert((CollectionKind::Memory, memory.clone()));
        Ok(Ok(Outcome::Reverted(report)))
    }
}

/// Says whether no import that brought a unit was taken back.
fn is_in_force(unit: &StoredUnit, batch: &Batch) -> Result<bool, StoreError> {
    let import = unit.stamp.import_id;
    if import == 0 || !unit.stamp.is_brought_by(import) {
        return Ok(true);
    }
    Ok(batch.import(import)?.is_some_and(|entry| entry.state == ImportState::Complete))
}

impl super::state::MemoryState {
    /// Gives a unit, which the index has no longer, what it said before, as a new
    /// revision; false when another unit says just that by now.
    fn restore(
        &mut self,
        sequence: Sequence,
        present: Option<StoredUnit>,
        former: StoredUnit,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Result<bool, StoreError> {
        let mut unit = PreparedUnit::new(former.content);
        if find_twin(&self.units, self.number, &unit, batch)?.is_some() {
            if let Some(present) = present {
                self.units.add(sequence, &PreparedUnit::new(present.content));
            }
            return Ok(false);
        }
        if self.units.external.contains_key(unit.draft.external_id.as_str()) {
            unit.draft.external_id.clear();
        }
        let last = present.as_ref().map_or(former.stamp.revision, |unit| unit.stamp.revision);
        if let Some(present) = present {
            batch.keep_unit(self.number, sequence, &present);
        }
        // An import before this one knows it again as what it made.
        let (import_id, as_of) = (former.stamp.import_id, former.stamp.origin_revision());
        let stamp = Stamp { as_of, ..maker.stamp(last, import_id) };
        batch.put_unit(self.number, sequence, &StoredUnit { content: unit.draft.clone(), stamp });
        self.units.add(sequence, &unit);
        Ok(true)
    }
}
