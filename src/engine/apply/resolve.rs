//! Decides which stored unit a new unit is.
//!
//! This is the one place that decides it, for single writes and for imports. Three rules, in order:
//! 1. The unit that has the new unit's external id is updated. In an import only if their sources fold to the
//!    same text, too, because files of different origin use the same ids. For example, many tools number
//!    the units of every file from 1.
//! 2. Otherwise a unit with the same source, target and context is the same unit.
//! 3. Otherwise the unit is new. [`DuplicatePolicy`] then says what happens to other translations
//!    of its source.
//!
//! A unit whose id another unit has is stored without it. The id becomes its property `file-id`, by which the
//! next import of its file finds it. A unit keeps the first one: if two files have the unit, importing them in turn
//! must change nothing.

use std::collections::BTreeSet;

use crate::{
    engine::{
        change::{DuplicatePolicy, IdTaken},
        state::{PreparedUnit, UnitIndex},
    },
    store::{Batch, CollectionNumber, StoreError},
    unit::Sequence,
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

    /// Returns why a new unit has to be stored without the external id that it was given, if it has to.
    fn id_loss(
        &self,
        _unit: &PreparedUnit,
        _duplicate: Option<Sequence>,
        _batch: &Batch,
    ) -> Result<Option<IdLoss>, StoreError> {
        Ok(None)
    }

    /// Returns the unit that has the source of a new one, and its external id as the property `file-id`.
    fn with_file_id(&self, _unit: &PreparedUnit, _batch: &Batch) -> Result<Option<Sequence>, StoreError> {
        Ok(None)
    }

    /// Withdraws the deletion of an equal unit, if the view has staged one. Returns that unit.
    fn undelete(&mut self, _unit: &PreparedUnit, _batch: &mut Batch) -> Result<Option<Sequence>, StoreError> {
        Ok(None)
    }
}

/// Why a unit is stored without the external id that it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IdLoss {
    /// Another unit has the id.
    Taken(IdTaken),
    /// The stored unit that it is keeps the id that it has.
    HasAnother,
    /// Another unit has the id, and the stored unit that it is keeps the property `file-id` that it has.
    HasFileId(String),
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
    /// Which unit has its external id, if it lost it to another unit.
    pub(crate) id_taken: Option<IdTaken>,
    /// Whether the base's staged deletion was withdrawn.
    pub(crate) undeleted: bool,
}

/// Decides which stored unit a new unit is. Makes the unit's external id its property `file-id` where another
/// unit has the id.
pub(crate) fn resolve(
    view: &mut impl UnitView,
    unit: &mut PreparedUnit,
    policy: DuplicatePolicy,
    batch: &mut Batch,
) -> Result<Resolution, StoreError> {
    let duplicate = view.find_duplicate(unit, batch)?;
    let loss = view.id_loss(unit, duplicate, batch)?;
    let named = match &loss {
        None => view.named_by(&unit.draft.external_id),
        Some(IdLoss::Taken(_)) if duplicate.is_none() => view.with_file_id(unit, batch)?,
        Some(_) => None,
    };
    match &loss {
        None => {}
        Some(IdLoss::Taken(_)) => unit.draft.demote_external_id(),
        Some(IdLoss::HasAnother) => unit.draft.external_id.clear(),
        Some(IdLoss::HasFileId(id)) => {
            unit.draft.external_id.clone_from(id);
            unit.draft.demote_external_id();
        }
    }
    let found = named.or(duplicate);
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
    let id_taken = match loss {
        Some(IdLoss::Taken(taken)) if found.is_none() => Some(taken),
        _ => None,
    };
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
