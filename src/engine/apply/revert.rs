//! Reverting an import, on the writer's thread.
//!
//! Imports can be reverted in any order. A unit then has the content of the newest import or
//! manual edit that has not been reverted; if there is none, it is deleted. A unit is not
//! restored if a later import also replaced it, or if a duplicate exists by now. An undo
//! record is added to that import instead, so that reverting it restores the unit.

use rustc_hash::FxHashSet;

use super::decision::{Applied, Maker};
use crate::{
    engine::{
        change::{Outcome, RevertReport},
        state::{MemoryState, PreparedUnit, State},
    },
    fault::{Fault, Resource},
    name::Name,
    store::{
        Batch, CollectionKind, CollectionNumber, ImportEntry, ImportState, StoreError, StoredUnit, Undo,
    },
    unit::{Sequence, Stamp, UnitId},
};

/// The imports into a memory that are complete and not taken back.
struct InForce {
    all: FxHashSet<u64>,
    /// Those whose units took the place of others of the same source.
    replacing: FxHashSet<u64>,
}

impl InForce {
    fn of(memory: CollectionNumber, batch: &Batch) -> Result<Self, StoreError> {
        let entries = batch.complete_imports(memory)?;
        let replacing = entries.iter().filter(|e| e.replaces).map(|e| e.number).collect();
        Ok(Self { all: entries.iter().map(|e| e.number).collect(), replacing })
    }

    /// Says whether a revision counts that an import made, or somebody by hand (0).
    fn counts(&self, import: u64) -> bool {
        import == 0 || self.all.contains(&import)
    }
}

/// A unit that the index has no longer and that is to be as it was.
struct Return {
    sequence: Sequence,
    /// The revision that it is to be as.
    revision: u32,
    /// The change that made this revision.
    made_at: u64,
    /// The change since which it is not so any more.
    gone_at: u64,
    /// Its last revision so far.
    last: u32,
}

/// What stands in the way of a unit that is to be as it was.
enum Obstacle {
    /// An earlier unit says the same, or one made by hand; or a later import would have
    /// replaced it.
    Stays(u64),
    /// A unit that a later import brought says the same: it would have found this one.
    GivesWay(Sequence, Box<StoredUnit>),
}

/// An import being taken back, once the units are gone that it brought.
struct Revert<'r> {
    import: u64,
    in_force: InForce,
    state: &'r mut MemoryState,
    maker: Maker<'r>,
    batch: &'r mut Batch,
    report: RevertReport,
}

impl Revert<'_> {
    /// Takes a unit that the import changed or replaced out of the index, unless others
    /// came after it, and says as what it is to be back, if it is.
    fn make_room(&mut self, undo: Undo) -> Result<Option<Return>, StoreError> {
        let Undo { sequence, revision, deleted, gone_at } = undo;
        let memory = self.state.number;
        let present = self.batch.unit(memory, sequence)?;
        let (untouched, last) = match &present {
            // Somebody may have brought it back and deleted it again.
            None => (deleted && self.batch.last_kept(memory, sequence)? == revision, revision),
            // It is gone already, with what the import brought.
            Some(unit) if unit.stamp.is_brought_by(self.import) => return Ok(None),
            Some(unit) => (unit.stamp.import_id == self.import, unit.stamp.revision),
        };
        if !untouched {
            self.report.overtaken.push(UnitId(sequence));
            return Ok(None);
        }
        let gone_at = present.as_ref().map_or(gone_at, |unit| unit.stamp.change_id);
        let back = self.last_in_force(sequence, last, gone_at)?;
        if let Some(present) = present {
            self.batch.keep_unit(memory, sequence, &present);
            self.batch.remove_unit(memory, sequence);
            self.state.units.remove(sequence, &PreparedUnit::new(present.content));
            self.report.removed += u64::from(back.is_none());
        }
        Ok(back)
    }

    /// Finds what a unit said last, up to a revision, that nobody took back.
    fn last_in_force(
        &self,
        sequence: Sequence,
        up_to: u32,
        mut gone_at: u64,
    ) -> Result<Option<Return>, StoreError> {
        for revision in (1..=up_to).rev() {
            let former = self.batch.former(self.state.number, sequence, revision)?;
            let Some(StoredUnit { stamp, .. }) = former else { continue };
            if self.in_force.counts(stamp.import_id) {
                let made_at = self.made_at(sequence, &stamp)?;
                let revision = stamp.origin_revision();
                return Ok(Some(Return { sequence, revision, made_at, gone_at, last: up_to }));
            }
            gone_at = stamp.change_id;
        }
        Ok(None)
    }

    /// Returns the change that first made what a revision says.
    fn made_at(&self, sequence: Sequence, stamp: &Stamp) -> Result<u64, StoreError> {
        if stamp.as_of == 0 {
            return Ok(stamp.change_id);
        }
        let first = self.batch.former(self.state.number, sequence, stamp.as_of)?;
        Ok(first.map_or(stamp.change_id, |first| first.stamp.change_id))
    }

    /// Gives a unit what it said before, as a new revision, unless something stands in
    /// the way: it comes back then with the import that is to blame.
    fn bring_back(&mut self, back: &Return) -> Result<(), StoreError> {
        let Return { sequence, revision, last, gone_at, .. } = *back;
        let memory = self.state.number;
        let Some(former) = self.batch.former(memory, sequence, revision)? else { return Ok(()) };
        let import_id = former.stamp.import_id;
        let mut unit = PreparedUnit::new(former.content);
        let obstacle = self.obstacle(back, &unit, import_id)?;
        match obstacle {
            Some(Obstacle::Stays(blamed)) => {
                self.leave_to(blamed, Undo { sequence, revision: last, deleted: true, gone_at });
                self.report.overtaken.push(UnitId(sequence));
                return Ok(());
            }
            Some(Obstacle::GivesWay(twin, stored)) => {
                // It may have been brought back just before.
                let just_now = stored.stamp.change_id == self.maker.change_id;
                self.report.restored -= u64::from(just_now);
                let (revision, gone_at) = (stored.stamp.revision, self.maker.change_id);
                self.leave_to(import_id, Undo { sequence: twin, revision, deleted: true, gone_at });
                self.state.delete(twin, &stored, self.batch);
            }
            None => {}
        }
        if self.state.units.external.contains_key(unit.draft.external_id.as_str()) {
            unit.draft.external_id.clear();
        }
        // An import before this one knows it again as what it made.
        let stamp = Stamp { as_of: revision, ..self.maker.stamp(last, import_id) };
        self.batch.put_unit(memory, sequence, &StoredUnit { content: unit.draft.clone(), stamp });
        self.state.units.add(sequence, &unit);
        self.report.restored += 1;
        Ok(())
    }

    /// Leaves it to an import, when it is taken back, to bring a unit back.
    fn leave_to(&mut self, import: u64, undo: Undo) {
        if self.in_force.all.contains(&import) {
            self.batch.put_undo(import, &undo);
        }
    }

    /// Finds what stands in the way of a unit that an import made (0: somebody by hand).
    fn obstacle(
        &self,
        back: &Return,
        unit: &PreparedUnit,
        import: u64,
    ) -> Result<Option<Obstacle>, StoreError> {
        let mut twin = None;
        let whole_row = !self.in_force.replacing.is_empty();
        for found in self.state.units.index.units_of(&unit.folded) {
            if found.identity != unit.identity && !whole_row {
                continue;
            }
            let Some(stored) = self.batch.unit(self.state.number, found.sequence)? else { continue };
            if !stored.content.same_source(&unit.draft) {
                continue;
            }
            let by = stored.stamp.import_id;
            let made_at = self.made_at(found.sequence, &stored.stamp)?;
            // What was there when the import came that replaces, it has, too, or it had replaced it.
            if made_at > back.gone_at && by != import && self.in_force.replacing.contains(&by) {
                return Ok(Some(Obstacle::Stays(by)));
            }
            if stored.content.same_identity(&unit.draft) {
                let gives_way = made_at > back.made_at && by != 0 && import != 0;
                twin = Some(if gives_way {
                    Obstacle::GivesWay(found.sequence, Box::new(stored))
                } else {
                    Obstacle::Stays(by)
                });
            }
        }
        Ok(twin)
    }
}

impl State {
    pub(crate) fn revert_import(
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
        batch.for_each_brought(&entry, |sequence, unchanged| match unchanged {
            Some(content) => {
                // It lies in the store until the import's units are removed there.
                state.units.remove(sequence, &PreparedUnit::new(content));
                report.removed += 1;
            }
            None => report.overtaken.push(UnitId(sequence)),
        })?;
        entry.state = ImportState::Reverted;
        batch.put_import(&entry);
        // The units that it brought are removed later, by themselves.
        batch.touch_memory(state.number);
        let undos = batch.undos(import)?;
        let mut revert =
            Revert { import, in_force: InForce::of(state.number, batch)?, state, maker, batch, report };
        // What is to be restored makes room first: one unit may have come to say what
        // another said. The latest comes first, as it may have replaced earlier ones.
        let mut ready = Vec::new();
        for undo in undos {
            ready.extend(revert.make_room(undo)?);
        }
        ready.sort_unstable_by_key(|back: &Return| std::cmp::Reverse((back.made_at, back.sequence)));
        for back in &ready {
            revert.bring_back(back)?;
        }
        let mut report = revert.report;
        report.overtaken.sort_unstable();
        report.overtaken.dedup();
        state.units.settle();
        self.touched.insert((CollectionKind::Memory, memory.clone()));
        Ok(Ok(Outcome::Reverted(report)))
    }
}
