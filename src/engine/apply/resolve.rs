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

    /// Returns the index of the units that a new unit may replace; `None` if there are none.
    fn replaceable(&self) -> Option<(&UnitIndex, CollectionNumber)>;

    /// Returns whether a new unit may not replace a unit of that index.
    fn must_keep(&self, _unit: Sequence) -> bool {
        false
    }

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
        && let Some(other) = units_of_same_source(view, unit, batch).next().transpose()?
    {
        return Ok(Resolution::Skipped(other.sequence));
    }
    let mut replaced: BTreeSet<Sequence> = duplicate.into_iter().filter(|d| Some(*d) != base).collect();
    if policy == DuplicatePolicy::Replace {
        for other in units_of_same_source(view, unit, batch) {
            let sequence = other?.sequence;
            if Some(sequence) != base {
                replaced.insert(sequence);
            }
        }
    }
    let id_taken = drops_id && duplicate.is_none();
    Ok(Resolution::Stored(StoredAs { base, replaced, id_taken, undeleted: undeleted.is_some() }))
}

/// A unit with the source and context of a new one.
struct SameSource {
    sequence: Sequence,
    /// Whether its target is equal, too.
    is_same_unit: bool,
}

/// Reads the units that have the source and context of a new one and that it may replace, oldest
/// first. Reads no more than the caller takes, because a source may have very many translations.
fn units_of_same_source(
    view: &impl UnitView,
    unit: &PreparedUnit,
    batch: &Batch,
) -> impl Iterator<Item = Result<SameSource, StoreError>> {
    let replaceable = view.replaceable();
    replaceable.into_iter().flat_map(move |(units, memory)| {
        units.with_source_like(unit).filter(|sequence| !view.must_keep(*sequence)).filter_map(
            move |sequence| match batch.unit(memory, sequence) {
                Ok(stored) => {
                    let content = stored.map(|s| s.content).filter(|c| c.has_same_source(&unit.draft))?;
                    let is_same_unit = content.has_same_identity(&unit.draft);
                    Some(Ok(SameSource { sequence, is_same_unit }))
                }
                Err(error) => Some(Err(error)),
            },
        )
    })
}

/// Returns whether a new unit would replace more than `most` units. Nothing is changed.
pub(crate) fn replaces_more_than(
    view: &impl UnitView,
    most: u32,
    unit: &PreparedUnit,
    policy: DuplicatePolicy,
    batch: &Batch,
) -> Result<bool, StoreError> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let Some((units, _)) = view.replaceable().filter(|_| policy == DuplicatePolicy::Replace) else {
        return Ok(false);
    };
    // Most sources have few translations, so the store need not be read to count them.
    if units.with_source_like(unit).nth(most).is_none() {
        return Ok(false);
    }
    let mut others = 0;
    for found in units_of_same_source(view, unit, batch) {
        others += usize::from(!found?.is_same_unit);
        if others > most {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Finds the unit of a memory that has the source, target and context of a new one.
pub(crate) fn find_duplicate(
    units: &UnitIndex,
    memory: CollectionNumber,
    unit: &PreparedUnit,
    batch: &Batch,
) -> Result<Option<Sequence>, StoreError> {
    for candidate in units.with_identity_like(unit) {
        let stored = batch.unit(memory, candidate)?;
        if stored.is_some_and(|s| s.content.has_same_identity(&unit.draft)) {
            return Ok(Some(candidate));
        }
    }
    Ok(None)
}
