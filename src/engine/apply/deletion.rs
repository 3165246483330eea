//! Deleting all units that pass a filter, in steps.

use super::{decision::ChangeMeta, step_budget::StepBudget};
use crate::{
    engine::{
        change::{Outcome, decode_filter, encode_filter},
        search::Filter,
        state::MemoryState,
    },
    store::{Batch, CollectionNumber, DeletionEntry, StoreError},
    unit::{Sequence, Stamp},
};

/// A deletion that is under way.
#[derive(Debug)]
pub(super) struct Deletion {
    entry: DeletionEntry,
    filter: Filter,
    count: u64,
}

impl Deletion {
    /// Begins to delete all units that pass a filter.
    pub(super) fn begin(memory: CollectionNumber, filter: Filter, job: Stamp, batch: &mut Batch) -> Self {
        let entry = DeletionEntry { memory, filter: encode_filter(&filter), job, done_up_to: Sequence(0) };
        batch.put_deletion(&entry);
        Self { entry, filter, count: 0 }
    }

    /// Goes on with a deletion that a crash interrupted.
    pub(super) fn resume(entry: DeletionEntry) -> Result<Self, StoreError> {
        let unreadable = |cause| StoreError::Io(format!("a filter in the store cannot be read: {cause}"));
        let filter = decode_filter(&entry.filter).map_err(unreadable)?;
        Ok(Self { entry, filter, count: 0 })
    }

    pub(super) fn step(
        &mut self,
        memory: &mut MemoryState,
        meta: ChangeMeta<'_>,
        budget: &mut StepBudget,
        batch: &mut Batch,
    ) -> Result<Option<Outcome>, StoreError> {
        while !budget.is_used_up() {
            let next = memory.units.sequences.after(Some(self.entry.done_up_to)).next();
            let Some(sequence) = next else {
                batch.remove_deletion(&self.entry);
                let change_id = if self.count > 0 { meta.change_id } else { 0 };
                return Ok(Some(Outcome::Removed { count: self.count, change_id }));
            };
            budget.look();
            self.entry.done_up_to = sequence;
            let Some(unit) = batch.unit(memory.number, sequence)? else { continue };
            if self.filter.passes(&unit.content, &unit.stamp) {
                memory.delete_unit(sequence, &unit, batch);
                self.count += 1;
                budget.change();
            }
        }
        batch.put_deletion(&self.entry);
        Ok(None)
    }
}
