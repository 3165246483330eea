//! Use cases on units.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::{
    caller::Caller,
    engine::{
        change::{Action, OnSameSource, Outcome, PutResult},
        core::Engine,
        request::{Page, PageRequest, Tokens, repeated_external_id},
        search::Filter,
        state::PreparedUnit,
    },
    fault::{Fault, Resource, Violation},
    name::Name,
    store::{CollectionNumber, StoreError, StoredUnit},
    unit::{Sequence, TranslationUnit, UnitDraft, UnitId},
};

impl Engine {
    /// Stores units, all or none; returns one result a unit and the number of
    /// the change (0 when nothing changed).
    ///
    /// # Errors
    /// `NO_UNITS`, `TOO_MANY_UNITS`, what [`crate::engine::Checker::unit`] finds (in
    /// `units[n]…`), `EXTERNAL_ID_TWICE`, `UNKNOWN_MEMORY`, or the store's.
    pub fn put_units(
        &self,
        caller: &Caller,
        memory: &Name,
        units: Vec<UnitDraft>,
        on_same_source: OnSameSource,
    ) -> Result<(Vec<PutResult>, u64), Fault> {
        let check = self.checker();
        check.count("units", units.len(), "NO_UNITS", "TOO_MANY_UNITS")?;
        let catalog = self.catalog.load();
        let info = &catalog.memory(memory)?.info;
        for (n, unit) in units.iter().enumerate() {
            check
                .unit(unit, &info.source_locale, &info.target_locale)
                .map_err(|v| v.inside(&format!("units[{n}]")))?;
        }
        if let Some(n) = repeated_external_id(&units) {
            return Err(Fault::invalid(
                format!("units[{n}].external_id"),
                "EXTERNAL_ID_TWICE",
                "another unit of this call has the same external id: give each its own",
            ));
        }
        let units = units.into_iter().map(PreparedUnit::new).collect();
        let action = Action::PutUnits { memory: memory.clone(), units, on_same_source };
        match self.apply(caller, action)? {
            Outcome::Put { results, change_id } => Ok((results, change_id)),
            other => Err(Fault::Internal(format!("putting units told {other:?}"))),
        }
    }

    /// Returns a unit.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `UNKNOWN_UNIT`, or the store's.
    pub fn unit(&self, _caller: &Caller, memory: &Name, id: UnitId) -> Result<TranslationUnit, Fault> {
        let number = self.catalog.load().memory(memory)?.number;
        let unknown = || Fault::Unknown { what: Resource::Unit, name: id.to_string() };
        let stored = self.store.unit(number, id.0)?.ok_or_else(unknown)?;
        let mut visible = Visible::new(self);
        if !visible.is(&stored)? {
            return Err(unknown());
        }
        Ok(told(memory, id.0, stored))
    }

    /// Lists the units of a memory in the order they were first stored.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `BAD_PAGE_TOKEN`, or the store's.
    pub fn units(
        &self,
        _caller: &Caller,
        memory: &Name,
        filter: &Filter,
        page: &PageRequest,
    ) -> Result<Page<TranslationUnit>, Fault> {
        let number = self.catalog.load().memory(memory)?.number;
        let tokens = Tokens::of(&("units", number.0, filter));
        let after = tokens.read_number(&page.token)?.map(Sequence);
        let mut items = Vec::new();
        let mut last = Sequence::default();
        for found in self.visible_units(number, after, filter) {
            let (sequence, stored) = found?;
            if items.len() == page.size {
                return Ok(Page { items, next: tokens.write(&last.0.to_string()) });
            }
            last = sequence;
            items.push(told(memory, sequence, stored));
        }
        Ok(Page { items, next: String::new() })
    }

    /// Deletes units, all or none; returns how many and the number of the
    /// change. A dry run changes nothing and returns 0 for the change.
    ///
    /// # Errors
    /// `NO_UNITS`, `TOO_MANY_UNITS`, `BAD_UNIT_ID` for one named twice,
    /// `UNKNOWN_MEMORY`, `UNKNOWN_UNIT`, or the store's.
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
        if dry_run {
            for id in &ids {
                self.unit(caller, memory, *id)?;
            }
            return Ok((ids.len() as u64, 0));
        }
        self.remove_units(caller, memory, ids, false)
    }

    /// Deletes every unit that passes a filter, as [`Engine::delete_units`].
    ///
    /// # Errors
    /// `BAD_FILTER` for one without a condition, `UNKNOWN_MEMORY`, or the store's.
    pub fn delete_units_where(
        &self,
        caller: &Caller,
        memory: &Name,
        filter: &Filter,
        dry_run: bool,
    ) -> Result<(u64, u64), Fault> {
        if filter.0.is_none() {
            let message = "the filter has no condition: to delete every unit, delete the memory";
            return Err(Violation::new("filter", "BAD_FILTER", message).into());
        }
        let number = self.catalog.load().memory(memory)?.number;
        let mut ids = Vec::new();
        for found in self.visible_units(number, None, filter) {
            ids.push(UnitId(found?.0));
        }
        if dry_run || ids.is_empty() {
            return Ok((ids.len() as u64, 0));
        }
        self.remove_units(caller, memory, ids, true)
    }

    fn remove_units(
        &self,
        caller: &Caller,
        memory: &Name,
        ids: Vec<UnitId>,
        gone_is_fine: bool,
    ) -> Result<(u64, u64), Fault> {
        match self.apply(caller, Action::DeleteUnits { memory: memory.clone(), ids, gone_is_fine })? {
            Outcome::Removed { count, change_id } => Ok((count, change_id)),
            other => Err(Fault::Internal(format!("deleting units told {other:?}"))),
        }
    }

    /// Replaces what a unit says, if its revision is the expected one.
    ///
    /// # Errors
    /// What [`crate::engine::Checker::unit`] finds (in `unit…`), `UNKNOWN_MEMORY`,
    /// `UNKNOWN_UNIT`, `UNIT_EXISTS`, `CHANGED_MEANWHILE`, or the store's.
    pub fn update_unit(
        &self,
        caller: &Caller,
        memory: &Name,
        id: UnitId,
        unit: UnitDraft,
        expected: Option<u32>,
    ) -> Result<TranslationUnit, Fault> {
        let info = &self.memory(caller, memory)?.info;
        self.checker().unit(&unit, &info.source_locale, &info.target_locale).map_err(|v| v.inside("unit"))?;
        let unit = Box::new(PreparedUnit::new(unit));
        self.apply(caller, Action::ReviseUnit { memory: memory.clone(), id, unit, expected, revive: false })?;
        self.unit(caller, memory, id)
    }

    /// Lists the revisions of a unit that are kept, oldest first, and says
    /// whether the last one is the present one.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `UNKNOWN_UNIT`, or the store's.
    pub fn revisions(
        &self,
        caller: &Caller,
        memory: &Name,
        id: UnitId,
    ) -> Result<(Vec<TranslationUnit>, bool), Fault> {
        let number = self.catalog.load().memory(memory)?.number;
        let kept = self.store.unit_history(number, id.0).collect::<Result<Vec<_>, _>>()?;
        let mut revisions: Vec<_> = kept.into_iter().map(|stored| told(memory, id.0, stored)).collect();
        match self.unit(caller, memory, id) {
            Ok(present) => {
                revisions.push(present);
                Ok((revisions, true))
            }
            Err(Fault::Unknown { what: Resource::Unit, .. }) if !revisions.is_empty() => {
                Ok((revisions, false))
            }
            Err(fault) => Err(fault),
        }
    }

    /// Makes a former revision the present one, as a new revision.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `UNKNOWN_UNIT` (also for a revision that is not kept),
    /// `UNIT_EXISTS`, or the store's.
    pub fn restore_revision(
        &self,
        caller: &Caller,
        memory: &Name,
        id: UnitId,
        revision: u32,
    ) -> Result<TranslationUnit, Fault> {
        let (revisions, _) = self.revisions(caller, memory, id)?;
        let former = revisions.into_iter().find(|u| u.stamp.revision == revision);
        let unknown =
            || Fault::Unknown { what: Resource::Unit, name: format!("{id} at revision {revision}") };
        let unit = Box::new(PreparedUnit::new(former.ok_or_else(unknown)?.content));
        let action = Action::ReviseUnit { memory: memory.clone(), id, unit, expected: None, revive: true };
        self.apply(caller, action)?;
        self.unit(caller, memory, id)
    }

    /// Reads the visible units of a memory that pass a filter, in the order they
    /// were first stored, from after one on.
    pub(crate) fn visible_units<'e>(
        &'e self,
        memory: CollectionNumber,
        after: Option<Sequence>,
        filter: &'e Filter,
    ) -> impl Iterator<Item = Result<(Sequence, StoredUnit), StoreError>> + 'e {
        let mut visible = Visible::new(self);
        self.store.units(memory, after).filter_map(move |found| {
            let passes = found.and_then(|(sequence, stored)| {
                let passes = filter.passes(&stored.content, &stored.stamp) && visible.is(&stored)?;
                Ok(passes.then_some((sequence, stored)))
            });
            passes.transpose()
        })
    }

    pub(crate) fn stored_unit(
        &self,
        memory: CollectionNumber,
        sequence: Sequence,
    ) -> Result<Option<StoredUnit>, StoreError> {
        self.store.unit(memory, sequence)
    }
}

/// Tells which stored units are visible: not those of a pending import.
struct Visible<'e> {
    engine: &'e Engine,
    imports: FxHashMap<u64, bool>,
}

impl<'e> Visible<'e> {
    fn new(engine: &'e Engine) -> Self {
        Self { engine, imports: FxHashMap::default() }
    }

    fn is(&mut self, unit: &StoredUnit) -> Result<bool, StoreError> {
        let import = unit.stamp.import_id;
        // What an import makes of a unit that was there is written when it completes.
        if !unit.stamp.is_brought_by(import) || import == 0 {
            return Ok(true);
        }
        if let Some(known) = self.imports.get(&import) {
            return Ok(*known);
        }
        let complete = self.engine.store.import_is_complete(import)?;
        self.imports.insert(import, complete);
        Ok(complete)
    }
}

pub(crate) fn told(memory: &Name, sequence: Sequence, stored: StoredUnit) -> TranslationUnit {
    TranslationUnit {
        id: UnitId(sequence),
        memory: memory.clone(),
        content: stored.content,
        stamp: stored.stamp,
    }
}
