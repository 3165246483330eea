//! Decides which stored unit a new unit is.
//!
//! This is the one place that decides it, for single writes and for imports. Three rules, in order:
//! 1. The unit that has the new unit's external id is updated.
//! 2. Otherwise a unit with the same source, target and context is the same unit.
//! 3. Otherwise the unit is new. [`DuplicatePolicy`] then says what happens to other translations
//!    of its source.

use std::collections::BTreeSet;

use crate::{
    engine::{
        change::DuplicatePolicy,
        state::{PreparedUnit, UnitIndex},
    },
    store::{Batch, CollectionNumber, StoreError},
    unit::{Sequence, UnitDraft},
};

/// The units that a new unit is compared with. A single write sees the visible units; an import
/// sees its own units and those it changes, too.
pub(crate) trait UnitView {
    /// Finds the unit with the same source, target and context.
    fn find_duplicate(&self, unit: &PreparedUnit, batch: &Batch) -> Result<Option<Sequence>, StoreError>;

    /// Returns the unit that an external id names and that a new unit may update.
    fn named_by(&self, external_id: &str) -> Option<Sequence>;

    /// Finds the units that translate the source of a new unit and that it may replace.
    fn same_source(
        &self,
        unit: &PreparedUnit,
        except: Option<Sequence>,
        batch: &Batch,
    ) -> Result<Vec<Sequence>, StoreError>;

    /// Returns whether a new unit has to be stored without the external id that it was given.
    fn must_drop_id(
        &self,
        _unit: &UnitDraft,
        _duplicate: Option<Sequence>,
        _batch: &Batch,
    ) -> Result<bool, StoreError> {
        Ok(false)
    }

    /// Withdraws the deletion of an equal unit, if the view has staged one. Returns that unit.
    fn undelete(&mut self, _unit: &PreparedUnit, _batch: &mut Batch) -> Result<Option<Sequence>, StoreError> {
        Ok(None)
    }
}

/// Which stored unit a new unit is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Resolution {
    /// The unit is not stored, because this unit translates its source already.
    Skipped(Sequence),
    /// The unit is stored.
    Stored(StoredAs),
}

/// How a new unit is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoredAs {
    /// The stored unit that it updates; `None` for a new one.
    pub(crate) base: Option<Sequence>,
    /// The units that it replaces.
    pub(crate) replaced: BTreeSet<Sequence>,
    /// Whether it lost its external id to another unit.
    pub(crate) id_taken: bool,
    /// Whether the base's staged deletion was withdrawn.
    pub(crate) undeleted: bool,
}

/// Decides which stored unit a new unit is. Clears the unit's external id where it has to be
/// stored without it.
pub(crate) fn resolve(
    view: &mut impl UnitView,
    unit: &mut PreparedUnit,
    policy: DuplicatePolicy,
    batch: &mut Batch,
) -> Result<Resolution, StoreError> {
    let duplicate = view.find_duplicate(unit, batch)?;
    let drops_id = view.must_drop_id(&unit.draft, duplicate, batch)?;
    if drops_id {
        unit.draft.external_id.clear();
    }
    let found = view.named_by(&unit.draft.external_id).or(duplicate);
    let undeleted = if found.is_none() { view.undelete(unit, batch)? } else { None };
    let base = found.or(undeleted);
    if policy == DuplicatePolicy::Skip
        && base.is_none()
        && let Some(other) = view.same_source(unit, None, batch)?.first()
    {
        return Ok(Resolution::Skipped(*other));
    }
    let mut replaced: BTreeSet<Sequence> = duplicate.into_iter().filter(|d| Some(*d) != base).collect();
    if policy == DuplicatePolicy::Replace {
        replaced.extend(view.same_source(unit, base, batch)?);
    }
    let id_taken = drops_id && duplicate.is_none();
    Ok(Resolution::Stored(StoredAs { base, replaced, id_taken, undeleted: undeleted.is_some() }))
}

/// Finds the units of a memory that have the source and context of a new one, without those that
/// `is_excluded` names.
pub(crate) fn units_of_same_source(
    units: &UnitIndex,
    memory: CollectionNumber,
    unit: &PreparedUnit,
    batch: &Batch,
    is_excluded: impl Fn(Sequence) -> bool,
) -> Result<Vec<Sequence>, StoreError> {
    let mut found = Vec::new();
    for candidate in units.sources.units_of(&unit.folded_source).filter(|c| !is_excluded(c.sequence)) {
        let stored = batch.unit(memory, candidate.sequence)?;
        if stored.is_some_and(|s| s.content.has_same_source(&unit.draft)) {
            found.push(candidate.sequence);
        }
    }
    Ok(found)
}

/// Finds the unit of a memory that has the source, target and context of a new one.
pub(crate) fn find_duplicate(
    units: &UnitIndex,
    memory: CollectionNumber,
    unit: &PreparedUnit,
    batch: &Batch,
) -> Result<Option<Sequence>, StoreError> {
    for candidate in units.sources.units_of(&unit.folded_source).filter(|u| u.identity == unit.identity) {
        let stored = batch.unit(memory, candidate.sequence)?;
        if stored.is_some_and(|s| s.content.has_same_identity(&unit.draft)) {
            return Ok(Some(candidate.sequence));
        }
    }
    Ok(None)
}
