//! The changes that begin a job: completing an import, reverting one, and deleting by filter.

use super::{
    collections::write_collection,
    completion::Completion,
    decision::{ChangeMeta, Decision},
    deletion::Deletion,
    import::lost_import,
    job::{Job, Progress, Work},
    reversion::Reversion,
};
use crate::{
    engine::{
        change::{CollectionRef, Outcome},
        search::Filter,
        state::{MemoryState, PendingImport, WriterState},
    },
    fault::{Fault, Resource},
    store::{Batch, CollectionKind, ImportEntry, ImportState},
};

impl WriterState {
    /// Begins to delete all units that pass a filter. It is the filter that travels with the change, because
    /// a unit that passed when the caller asked may be confirmed or corrected by now.
    pub(super) fn delete_matching_units(
        &mut self,
        memory: &CollectionRef,
        filter: Filter,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Decision<Progress> {
        let number = self.memory_mut(memory)?.number;
        let job = meta.stamp(0, 0);
        let work = Work::Deletion(Deletion::begin(number, filter, job.clone(), batch));
        Ok(Progress::Started(Box::new(Job::new(memory.name.clone(), job, work))))
    }

    /// Begins to make a pending import visible. Returns the outcome if the import creates its memory, because
    /// then there is nothing to compare its units with.
    pub(super) fn complete_import(
        &mut self,
        import: u64,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Decision<Progress> {
        let pending = self.imports.get(&import).ok_or_else(lost_import)?;
        if pending.new_memory.is_some() && self.memories.contains_key(&pending.memory) {
            return Err(Fault::Exists { what: Resource::Memory, name: pending.memory.to_string() }.into());
        }
        let pending = self.imports.remove(&import).ok_or_else(lost_import)?;
        let PendingImport { mut entry, memory, new_memory: creates, mut units, staged, confirmed, .. } =
            pending;
        let Some(info) = creates else {
            let job = meta.stamp(0, import);
            let completion = Completion::begin(entry, units.sequences, staged, confirmed, job.clone(), batch);
            return Ok(Progress::Started(Box::new(Job::new(memory, job, Work::Completion(completion)))));
        };
        entry.state = ImportState::Complete;
        batch.put_import(&entry);
        self.unpublished.insert((CollectionKind::Memory, memory.clone()));
        units.optimize();
        write_collection(CollectionKind::Memory, entry.memory, &info, meta, batch);
        let created = MemoryState { number: entry.memory, info, units };
        let outcome = Outcome::ImportCompleted {
            unchanged: 0,
            replaced: 0,
            conflicts: Vec::new(),
            memory: created.stats(),
        };
        self.memories.insert(memory, created);
        Ok(outcome.into())
    }

    /// Begins to revert a complete import.
    pub(super) fn revert_import(
        &mut self,
        memory: &CollectionRef,
        import: u64,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Decision<Progress> {
        let number = self.memory_mut(memory)?.number;
        let is_active =
            |e: &ImportEntry| e.is_into(CollectionKind::Memory, number) && e.state == ImportState::Complete;
        let Some(entry) = batch.import(import)?.filter(is_active) else {
            return Err(Fault::Unknown { what: Resource::Import, name: import.to_string() }.into());
        };
        let job = meta.stamp(0, import);
        let reversion = Reversion::begin(entry, job.clone(), batch)?;
        Ok(Progress::Started(Box::new(Job::new(memory.name.clone(), job, Work::Reversion(reversion)))))
    }
}
