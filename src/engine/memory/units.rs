//! Use cases on the units of a memory.

use rustc_hash::FxHashSet;

use crate::{
    caller::Caller,
    engine::{
        access::Right,
        change::{Action, DuplicatePolicy, Outcome, PutResult, RevisionCondition},
        core::Engine,
        request::{Page, PageBuilder, PageRequest, PageTokens, find_repeated_external_id},
        search::{Deadline, Filter},
        state::PreparedUnit,
    },
    fault::{Fault, Resource, Violation},
    name::Name,
    store::StoredUnit,
    unit::{Sequence, TranslationUnit, UnitDraft, UnitId},
};

impl Engine {
    /// Stores units, all or none. Returns one result for each unit and the number of the change, which
    /// is 0 if nothing changed.
    ///
    /// # Errors
    /// `NO_UNITS`, `TOO_MANY_UNITS`, those of the check of a unit (in `units[n]…`),
    /// `EXTERNAL_ID_TWICE`, `TOO_MANY_REPLACED`, `UNKNOWN_MEMORY`, or those of the store.
    pub fn put_units(
        &self,
        caller: &Caller,
        memory: &Name,
        units: Vec<UnitDraft>,
        duplicates: DuplicatePolicy,
    ) -> Result<(Vec<PutResult>, u64), Fault> {
        let check = self.checker();
        check.count("units", units.len(), "NO_UNITS", "TOO_MANY_UNITS")?;
        let view = self.memory_view(caller, memory, Right::Write)?;
        let repeated = find_repeated_external_id(&units);
        let mut prepared = Vec::with_capacity(units.len());
        for (n, unit) in units.into_iter().enumerate() {
            let unit = check.unit(unit, &view.info.source_locale, &view.info.target_locale);
            prepared.push(unit.map_err(|v| v.inside(&format!("units[{n}]")))?);
        }
        if let Some(n) = repeated {
            return Err(Fault::invalid(
                format!("units[{n}].external_id"),
                "EXTERNAL_ID_TWICE",
                "another unit of this call has the same external id: give each its own",
            ));
        }
        let action = Action::PutUnits {
            memory: view.collection_ref(),
            units: prepared,
            duplicates,
            most_replaced: self.limits.replaced_units,
        };
        match self.apply(caller, action)? {
            Outcome::UnitsPut { results, change_id } => Ok((results, change_id)),
            other => Err(Fault::Internal(format!("putting units returned {other:?}"))),
        }
    }

    /// Returns a unit.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `UNKNOWN_UNIT`, or those of the store.
    pub fn unit(&self, caller: &Caller, memory: &Name, id: UnitId) -> Result<TranslationUnit, Fault> {
        let view = self.memory_view(caller, memory, Right::Read)?;
        let stored = self.unit_in_view(&view, id.0)?.ok_or_else(|| unknown_unit(id.to_string()))?;
        Ok(to_translation_unit(memory, id.0, stored))
    }

    /// Lists the units of a memory that pass a filter, in the order in which they were first stored.
    /// When the deadline passes, the page ends where the scan is, even if it is empty, so that a caller
    /// with any deadline reaches the end of a memory of any size.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `BAD_PAGE_TOKEN`, or those of the store.
    pub fn units(
        &self,
        caller: &Caller,
        memory: &Name,
        filter: &Filter,
        page: &PageRequest,
        deadline: &Deadline,
    ) -> Result<Page<TranslationUnit>, Fault> {
        let view = self.memory_view(caller, memory, Right::Read)?;
        let tokens = PageTokens::for_list(&("units", view.number.0, filter));
        let after = tokens.read_number(&page.token)?.map(Sequence);
        let mut builder = PageBuilder::new(page.size, &self.limits);
        let mut last = None;
        for found in self.units_in_view(&view, after) {
            // Each page advances by at least one unit.
            if let Some(Sequence(last)) = last
                && deadline.has_passed()
            {
                return Ok(builder.before(tokens.write(&last.to_string())));
            }
            let (sequence, stored) = found?;
            if filter.passes(&stored.content, &stored.stamp)
                && !builder.add(to_translation_unit(memory, sequence, stored))
            {
                let last = last.unwrap_or_default();
                return Ok(builder.before(tokens.write(&last.0.to_string())));
            }
            last = Some(sequence);
        }
        Ok(builder.last())
    }

    /// Deletes units, all or none. Returns how many, and the number of the change. With `dry_run`
    /// nothing is deleted, and the number of the change is 0.
    ///
    /// # Errors
    /// `NO_UNITS`, `TOO_MANY_UNITS`, `BAD_UNIT_ID` for an id that is named twice, `UNKNOWN_MEMORY`,
    /// `UNKNOWN_UNIT`, or those of the store.
    pub fn delete_units(
        &self,
        caller: &Caller,
        memory: &Name,
        ids: Vec<UnitId>,
        dry_run: bool,
    ) -> Result<(u64, u64), Fault> {
        self.checker().count("ids", ids.len(), "NO_UNITS", "TOO_MANY_UNITS")?;
        let mut seen = FxHashSet::default();
        if let Some(n) = ids.iter().position(|id| !seen.insert(*id)) {
            let message = "this unit is named twice: name each once";
            return Err(Violation::new(format!("ids[{n}]"), "BAD_UNIT_ID", message).into());
        }
        let target = self.memory_view(caller, memory, Right::Write)?.collection_ref();
        if dry_run {
            for id in &ids {
                self.unit(caller, memory, *id)?;
            }
            return Ok((ids.len() as u64, 0));
        }
        self.remove_units(caller, Action::DeleteUnits { memory: target, ids })
    }

    /// Deletes every unit that passes a filter, as [`Engine::delete_units`].
    ///
    /// # Errors
    /// `BAD_FILTER` for a filter without a condition, `UNKNOWN_MEMORY`, `DEADLINE_PASSED` while the
    /// units are chosen, or those of the store.
    pub fn delete_units_where(
        &self,
        caller: &Caller,
        memory: &Name,
        filter: &Filter,
        dry_run: bool,
        deadline: &Deadline,
    ) -> Result<(u64, u64), Fault> {
        if filter.0.is_none() {
            let message = "the filter has no condition: to delete every unit, delete the memory";
            return Err(Violation::new("filter", "BAD_FILTER", message).into());
        }
        let view = self.memory_view(caller, memory, Right::Write)?;
        // The writer chooses and deletes the units in steps, which do not end early.
        deadline.check()?;
        if dry_run {
            let mut count = 0;
            for found in self.units_in_view(&view, None) {
                deadline.check()?;
                let (_, stored) = found?;
                count += u64::from(filter.passes(&stored.content, &stored.stamp));
            }
            return Ok((count, 0));
        }
        let memory = view.collection_ref();
        self.remove_units(caller, Action::DeleteMatchingUnits { memory, filter: filter.clone() })
    }

    fn remove_units(&self, caller: &Caller, deletion: Action<PreparedUnit>) -> Result<(u64, u64), Fault> {
        match self.apply(caller, deletion)? {
            Outcome::Removed { count, change_id } => Ok((count, change_id)),
            other => Err(Fault::Internal(format!("deleting units returned {other:?}"))),
        }
    }

    /// Replaces the content of a unit, if the unit is at the expected revision.
    ///
    /// # Errors
    /// Those of the check of a unit (in `unit…`), `UNKNOWN_MEMORY`, `UNKNOWN_UNIT`, `UNIT_EXISTS`,
    /// `CHANGED_MEANWHILE` for another revision, or those of the store.
    pub fn update_unit(
        &self,
        caller: &Caller,
        memory: &Name,
        id: UnitId,
        unit: UnitDraft,
        expected: Option<u32>,
    ) -> Result<TranslationUnit, Fault> {
        let view = self.memory_view(caller, memory, Right::Write)?;
        let unit = self.checker().unit(unit, &view.info.source_locale, &view.info.target_locale);
        let unit = Box::new(unit.map_err(|v| v.inside("unit"))?);
        let condition = RevisionCondition { expected, undelete: false };
        let revision = Action::ReviseUnit { memory: view.collection_ref(), id, unit, condition };
        self.revise(caller, memory, id, revision)
    }

    /// Revises a unit. Returns it as this change left it, because others may have changed or deleted it
    /// since.
    fn revise(
        &self,
        caller: &Caller,
        memory: &Name,
        id: UnitId,
        revision: Action<PreparedUnit>,
    ) -> Result<TranslationUnit, Fault> {
        match self.apply(caller, revision)? {
            Outcome::UnitRevised(unit) => Ok(to_translation_unit(memory, id.0, *unit)),
            other => Err(Fault::Internal(format!("revising a unit returned {other:?}"))),
        }
    }

    /// Lists the stored revisions of a unit, oldest first. Also returns whether the unit is present,
    /// so that the last revision is its content; it is not if the unit is deleted.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `UNKNOWN_UNIT`, `BAD_PAGE_TOKEN`, `DEADLINE_PASSED`, or those of the store.
    pub fn revisions(
        &self,
        caller: &Caller,
        memory: &Name,
        id: UnitId,
        page: &PageRequest,
        deadline: &Deadline,
    ) -> Result<(Page<TranslationUnit>, bool), Fault> {
        let view = self.memory_view(caller, memory, Right::Read)?;
        let tokens = PageTokens::for_list(&("revisions", view.number.0, id));
        let after = tokens.read_number(&page.token)?.unwrap_or_default();
        let is_present = view.sequences.contains(id.0);
        let mut builder = PageBuilder::new(page.size, &self.limits);
        let mut last = 0;
        for stored in self.revisions_in_view(&view, id.0)? {
            deadline.check()?;
            let stored = stored?;
            let revision = u64::from(stored.stamp.revision);
            if revision > after && !builder.add(to_translation_unit(memory, id.0, stored)) {
                return Ok((builder.before(tokens.write(&last.to_string())), is_present));
            }
            last = revision;
        }
        if last == 0 {
            return Err(unknown_unit(id.to_string()));
        }
        Ok((builder.last(), is_present))
    }

    /// Restores a former revision, as a new revision. This also undeletes a deleted unit.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `UNKNOWN_UNIT` (also for a revision that is not stored), `UNIT_EXISTS`, or
    /// those of the store.
    pub fn restore_revision(
        &self,
        caller: &Caller,
        memory: &Name,
        id: UnitId,
        revision: u32,
    ) -> Result<TranslationUnit, Fault> {
        let view = self.memory_view(caller, memory, Right::Write)?;
        let target = view.collection_ref();
        let found = self
            .revisions_in_view(&view, id.0)?
            .find(|stored| stored.as_ref().map_or(true, |stored| stored.stamp.revision == revision));
        let found = found.ok_or_else(|| unknown_unit(format!("{id} at revision {revision}")))??;
        let unit = Box::new(PreparedUnit::new(found.content));
        let condition = RevisionCondition { expected: None, undelete: true };
        self.revise(caller, memory, id, Action::ReviseUnit { memory: target, id, unit, condition })
    }
}

fn unknown_unit(name: String) -> Fault {
    Fault::Unknown { what: Resource::Unit, name }
}

/// Converts a stored unit to a unit of the API.
pub(crate) fn to_translation_unit(memory: &Name, sequence: Sequence, stored: StoredUnit) -> TranslationUnit {
    TranslationUnit {
        id: UnitId(sequence),
        memory: memory.clone(),
        content: stored.content,
        stamp: stored.stamp,
    }
}
