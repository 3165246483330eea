//! Finds the stored units that a new unit has to be compared with.

use crate::{
    engine::state::{PreparedUnit, Units},
    store::{Batch, CollectionNumber, StoreError},
    unit::{Sequence, UnitDraft},
};

/// Finds the unit that has the identity of a new one.
pub(crate) fn find_twin(
    units: &Units,
    memory: CollectionNumber,
    unit: &PreparedUnit,
    batch: &Batch,
) -> Result<Option<Sequence>, StoreError> {
    let alike = units.index.units_of(&unit.folded).filter(|u| u.identity == unit.identity);
    for found in alike {
        let stored = batch.unit(memory, found.sequence)?;
        if stored.is_some_and(|s| s.content.same_identity(&unit.draft)) {
            return Ok(Some(found.sequence));
        }
    }
    Ok(None)
}

/// Finds the other units that translate the source of a new one.
pub(crate) fn same_source(
    units: &Units,
    memory: CollectionNumber,
    draft: &UnitDraft,
    except: Sequence,
    batch: &Batch,
) -> Result<Vec<Sequence>, StoreError> {
    let folded = crate::text::folded(&draft.source.segment.text);
    let mut found = Vec::new();
    for other in units.index.units_of(&folded) {
        let stored = batch.unit(memory, other.sequence)?;
        if other.sequence != except && stored.is_some_and(|s| s.content.same_source(draft)) {
            found.push(other.sequence);
        }
    }
    Ok(found)
}
