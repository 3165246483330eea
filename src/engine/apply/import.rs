//! Imports: invisible until they complete, then visible at once.
//!
//! New units of a pending import are stored at their own keys, stamped with its number; changes of
//! visible units are staged. `completion.rs` makes them visible. What a crash leaves of a pending import is
//! removed at the next open.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    collections::collection_info,
    decision::{ChangeMeta, Decision},
    merge::merge_drafts,
    resolve::{IdLoss, Resolution, StoredAs, UnitView, replaces_more_than, resolve},
};
use crate::{
    engine::{
        change::{
            CollectionDraft, CollectionRef, DuplicatePolicy, IdTaken, ImportPolicy, Outcome, PutOutcome,
            PutResult, TooManyReplaced,
        },
        state::{PendingImport, PreparedUnit, UnitIndex, WriterState},
    },
    fault::{Fault, Resource},
    store::{
        Batch, Cleanup, CollectionKind, CollectionNumber, ImportEntry, ImportState, StagedUnit, StoreError,
        StoredUnit,
    },
    text::folded,
    unit::{Sequence, UnitDraft, UnitId},
};

/// The most units of one source that are read to find one by its property `file-id`. A source with more is one
/// that a careless tool gave to many units, and reading all for each of them would take very long.
const MAX_READ_FOR_FILE_ID: usize = 100;

/// A pending import while it takes a unit: its own units, and the visible ones of its memory.
struct ImportStep<'s> {
    import: &'s mut PendingImport,
    /// The visible units of the memory; none when the import creates the memory.
    visible: Option<&'s UnitIndex>,
    meta: ChangeMeta<'s>,
}

impl WriterState {
    /// Begins an import.
    pub(crate) fn begin_import(
        &mut self,
        memory: &CollectionRef,
        create: Option<CollectionDraft>,
        policy: ImportPolicy,
        file_name: String,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let (number, creates) = match (self.memories.get(&memory.name), create) {
            (Some(found), _) => (found.number, None),
            (None, Some(new)) => {
                (self.take_number(CollectionKind::Memory), Some(collection_info(new, meta.at)))
            }
            (None, None) => {
                return Err(Fault::Unknown { what: Resource::Memory, name: memory.name.to_string() });
            }
        };
        let unknown = || Fault::Unknown { what: Resource::Memory, name: memory.name.to_string() };
        let found = self.memories.get(&memory.name).map(|m| &m.info);
        let pair = creates.as_ref().or(found).ok_or_else(unknown)?;
        let (source_locale, target_locale) = (pair.source_locale.clone(), pair.target_locale.clone());
        let import = self.applied.next_import;
        self.applied.next_import += 1;
        let entry = ImportEntry {
            number: import,
            memory: number,
            kind: CollectionKind::Memory,
            state: ImportState::Pending,
            first_sequence: Sequence(self.applied.next_sequence),
            replaces: policy.duplicates == DuplicatePolicy::Replace,
            skips: policy.duplicates == DuplicatePolicy::Skip,
            file_name,
            stamp: meta.stamp(0, import),
            job: None,
            published_up_to: Sequence(0),
        };
        batch.put_import(&entry);
        let pending = PendingImport {
            entry,
            memory: memory.name.clone(),
            policy,
            new_memory: creates,
            units: UnitIndex::default(),
            changed_units: UnitIndex::default(),
            given_ids: FxHashMap::default(),
            confirmed: FxHashSet::default(),
            staged: BTreeSet::new(),
        };
        self.imports.insert(import, pending);
        Ok(Outcome::ImportBegun { import, source_locale, target_locale })
    }

    /// Adds units to a pending import.
    pub(crate) fn import_units(
        &mut self,
        import: u64,
        units: Vec<PreparedUnit>,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Decision<Outcome> {
        if !self.imports.contains_key(&import) {
            return Err(lost_import().into());
        }
        let mut results = Vec::with_capacity(units.len());
        for unit in units {
            // Lookups that wait for a core go first.
            std::thread::yield_now();
            let fresh = self.take_sequence();
            let import = self.imports.get_mut(&import).ok_or_else(lost_import)?;
            let memory = self.memories.get(&import.memory).filter(|_| import.new_memory.is_none());
            let mut step = ImportStep { import, visible: memory.map(|m| &m.units), meta };
            results.push(step.put_unit(unit, fresh, batch)?);
        }
        Ok(Outcome::UnitsImported { results })
    }

    /// Gives up a pending import. Its units are invisible, and a cleanup removes them in steps.
    pub(crate) fn abort_import(&mut self, import: u64) -> Result<Outcome, Fault> {
        let pending = self.imports.remove(&import).ok_or_else(lost_import)?;
        self.cleanups.push(Cleanup::Import(pending.entry));
        Ok(Outcome::Done)
    }
}

pub(super) fn lost_import() -> Fault {
    Fault::Conflict("the import was given up after a failed write".to_owned())
}

/// An import sees a unit as it will be once the import completes.
impl UnitView for ImportStep<'_> {
    fn find_duplicate(&self, unit: &PreparedUnit, batch: &Batch) -> Result<Option<Sequence>, StoreError> {
        for candidate in self.units_with_identity_like(unit) {
            let coming = self.after_completion(candidate, batch)?;
            if coming.is_some_and(|s| s.content.has_same_identity(&unit.draft)) {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }

    /// Only visible units that the import has not changed yet are updated by their id.
    fn named_by(&self, external_id: &str) -> Option<Sequence> {
        let named = self.visible.and_then(|v| v.by_external_id.get(external_id).copied());
        named.filter(|n| !self.import.staged.contains(n) && !self.import.confirmed.contains(n))
    }

    /// Only visible units are replaced.
    fn replaceable(&self) -> Option<(&UnitIndex, CollectionNumber)> {
        self.visible.map(|visible| (visible, self.import.entry.memory))
    }

    /// Units that the file contains are kept, because all translations of one file are kept side by
    /// side.
    fn must_keep(&self, unit: Sequence) -> bool {
        self.import.confirmed.contains(&unit) || self.import.staged.contains(&unit)
    }

    /// A stored unit keeps the id that it has. Else the id belongs to the unit that has it: an earlier one of the
    /// file, because careless tools number every unit 1, or one of the memory with another source.
    fn id_loss(
        &self,
        unit: &PreparedUnit,
        duplicate: Option<Sequence>,
        batch: &Batch,
    ) -> Result<Option<IdLoss>, StoreError> {
        let external_id = unit.draft.external_id.as_str();
        if external_id.is_empty() {
            return Ok(None);
        }
        let mut file_id = None;
        if let Some(duplicate) = duplicate
            && let Some(present) = self.after_completion(duplicate, batch)?
        {
            let present = present.content;
            if !present.external_id.is_empty() && present.external_id != external_id {
                return Ok(Some(IdLoss::HasAnother));
            }
            file_id = present.file_id().map(str::to_owned);
        }
        let taken = |by| Some(file_id.map_or(IdLoss::Taken(by), IdLoss::HasFileId));
        let own = self.import.units.by_external_id.get(external_id);
        let given = self.import.given_ids.get(external_id).or(own);
        if given.is_some_and(|other| Some(*other) != duplicate) {
            return Ok(taken(IdTaken::InFile));
        }
        let owner = self.visible.and_then(|v| v.by_external_id.get(external_id).copied());
        let Some(owner) = owner.filter(|owner| Some(*owner) != duplicate) else { return Ok(None) };
        let is_taken = if self.import.confirmed.contains(&owner) {
            // The file calls the owner of this id by another id.
            true
        } else if self.import.policy.update_by_id {
            false
        } else {
            // The id of a unit that the import deletes is free.
            let coming = self.after_completion(owner, batch)?;
            coming.is_some_and(|coming| folded(&coming.content.source.segment.text) != unit.folded_source)
        };
        Ok(if is_taken { taken(IdTaken::InMemory) } else { None })
    }

    fn with_file_id(&self, unit: &PreparedUnit, batch: &Batch) -> Result<Option<Sequence>, StoreError> {
        let Some(visible) = self.visible else { return Ok(None) };
        for sequence in visible.with_source_like(unit).take(MAX_READ_FOR_FILE_ID) {
            if self.must_keep(sequence) {
                continue;
            }
            let stored = batch.unit(self.import.entry.memory, sequence)?;
            let is_named = stored.is_some_and(|stored| {
                stored.content.has_same_source(&unit.draft)
                    && stored.content.has_file_id(&unit.draft.external_id)
            });
            if is_named {
                return Ok(Some(sequence));
            }
        }
        Ok(None)
    }

    fn undelete(&mut self, unit: &PreparedUnit, batch: &mut Batch) -> Result<Option<Sequence>, StoreError> {
        let Some(visible) = self.visible else { return Ok(None) };
        for sequence in visible.with_identity_like(unit) {
            if !self.import.staged.contains(&sequence) {
                continue;
            }
            let stored = batch.unit(self.import.entry.memory, sequence)?;
            let is_equal = stored.is_some_and(|s| s.content.has_same_identity(&unit.draft));
            if is_equal && self.after_completion(sequence, batch)?.is_none() {
                self.import.staged.remove(&sequence);
                batch.unstage(self.import.entry.number, sequence);
                return Ok(Some(sequence));
            }
        }
        Ok(None)
    }
}

impl ImportStep<'_> {
    fn put_unit(
        &mut self,
        mut unit: PreparedUnit,
        fresh: Sequence,
        batch: &mut Batch,
    ) -> Result<Result<PutResult, TooManyReplaced>, StoreError> {
        let ImportPolicy { duplicates: policy, most_replaced: most, .. } = self.import.policy;
        if replaces_more_than(self, most, &unit, policy, batch)? {
            return Ok(Err(TooManyReplaced { most }));
        }
        let StoredAs { base, replaced, id_taken, undeleted } = match resolve(self, &mut unit, policy, batch)?
        {
            Resolution::Skipped(other) => return Ok(Ok(PutResult::unchanged(other))),
            Resolution::Stored(stored) => stored,
        };
        self.import.confirmed.extend(base);
        for sequence in &replaced {
            self.remove_unit(*sequence, batch)?;
        }
        let (sequence, outcome) = match base {
            Some(base) => {
                // The ids of the import's own units are in its index.
                if !unit.draft.external_id.is_empty() {
                    self.import.given_ids.insert(unit.draft.external_id.as_str().into(), base);
                }
                (base, self.change_unit(base, unit.draft, batch)?)
            }
            None => {
                self.import.units.add(fresh, &unit);
                let stamp = self.meta.stamp(0, self.import.entry.number);
                batch.put_unit(self.import.entry.memory, fresh, &StoredUnit { content: unit.draft, stamp });
                (fresh, PutOutcome::Stored)
            }
        };
        let replaced = replaced.into_iter().map(UnitId).collect();
        Ok(Ok(PutResult { id: UnitId(sequence), outcome, replaced, id_taken, undeleted }))
    }

    /// Returns a unit as it will be once the import completes.
    fn after_completion(&self, sequence: Sequence, batch: &Batch) -> Result<Option<StoredUnit>, StoreError> {
        if self.import.staged.contains(&sequence) {
            return Ok(batch.staged(self.import.entry.number, sequence)?.and_then(|s| s.unit));
        }
        batch.unit(self.import.entry.memory, sequence)
    }

    /// Returns the units that may be the same as a new one once the import completes: its own, those
    /// it changes, and the visible ones.
    fn units_with_identity_like(&self, unit: &PreparedUnit) -> impl Iterator<Item = Sequence> {
        let all = [Some(&self.import.units), Some(&self.import.changed_units), self.visible];
        all.into_iter().flatten().flat_map(move |units| units.with_identity_like(unit))
    }

    /// Returns whether a unit is new in this import.
    fn is_own(&self, stored: &StoredUnit) -> bool {
        stored.stamp.import_id == self.import.entry.number && stored.stamp.revision == 1
    }

    /// Gives a unit the content of the file: at once if it is the import's own, at completion if
    /// it is visible.
    fn change_unit(
        &mut self,
        sequence: Sequence,
        draft: UnitDraft,
        batch: &mut Batch,
    ) -> Result<PutOutcome, StoreError> {
        let memory = self.import.entry.memory;
        let (Some(present), Some(coming)) =
            (batch.unit(memory, sequence)?, self.after_completion(sequence, batch)?)
        else {
            return Ok(PutOutcome::Unchanged);
        };
        let content = merge_drafts(&coming.content, draft);
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
        self.discard_staged(sequence, batch)?;
        let unit = StoredUnit { content, stamp: self.meta.stamp(0, self.import.entry.number) };
        self.import.changed_units.add(sequence, &PreparedUnit::new(unit.content.clone()));
        self.stage(&StagedUnit { sequence, seen_revision: present.stamp.revision, unit: Some(unit) }, batch);
        Ok(PutOutcome::Updated)
    }

    /// Deletes a replaced unit: at once if it is the import's own, at completion if it is visible.
    fn remove_unit(&mut self, sequence: Sequence, batch: &mut Batch) -> Result<(), StoreError> {
        let memory = self.import.entry.memory;
        let Some(present) = batch.unit(memory, sequence)? else { return Ok(()) };
        if self.is_own(&present) {
            self.import.units.remove(sequence, &PreparedUnit::new(present.content));
            batch.remove_unit(memory, sequence);
            return Ok(());
        }
        self.discard_staged(sequence, batch)?;
        self.stage(&StagedUnit { sequence, seen_revision: present.stamp.revision, unit: None }, batch);
        Ok(())
    }

    /// Takes the staged content of a visible unit out of the index of changed units.
    fn discard_staged(&mut self, sequence: Sequence, batch: &Batch) -> Result<(), StoreError> {
        if self.import.staged.contains(&sequence)
            && let Some(staged) = self.after_completion(sequence, batch)?
        {
            self.import.changed_units.remove(sequence, &PreparedUnit::new(staged.content));
        }
        Ok(())
    }

    fn stage(&mut self, staged: &StagedUnit, batch: &mut Batch) {
        self.import.staged.insert(staged.sequence);
        batch.stage(self.import.entry.number, self.import.entry.memory, staged);
    }
}
