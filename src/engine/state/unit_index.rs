//! An index of units by source, by target and by external id.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{prepared::PreparedUnit, sequence_set::SequenceSet};
use crate::{
    matching::{Index, UnitRef},
    unit::Sequence,
};

/// The units of one memory, or of one pending import.
#[derive(Debug, Default)]
pub(crate) struct UnitIndex {
    /// Units by folded source.
    pub(crate) sources: Index,
    /// Units by folded target, for reverse lookups.
    pub(crate) targets: Index,
    /// The units.
    pub(crate) sequences: SequenceSet,
    /// Units by external id.
    pub(crate) by_external_id: FxHashMap<Box<str>, Sequence>,
}

impl UnitIndex {
    /// Removes units whose texts are not known, by going through all rows.
    pub(crate) fn remove_all(&mut self, removed: &FxHashSet<Sequence>) {
        if !removed.is_empty() {
            self.sources.remove_all(removed);
            self.targets.remove_all(removed);
            self.by_external_id.retain(|_, sequence| !removed.contains(sequence));
            for sequence in removed {
                self.sequences.remove(*sequence);
            }
        }
    }

    pub(crate) fn add(&mut self, sequence: Sequence, unit: &PreparedUnit) {
        let unit_ref = UnitRef { sequence, identity: unit.identity };
        self.sequences.insert(sequence);
        self.sources.add(&unit.folded_source, unit_ref);
        if !unit.folded_target.is_empty() {
            self.targets.add(&unit.folded_target, unit_ref);
        }
        if !unit.draft.external_id.is_empty() {
            self.by_external_id.insert(unit.draft.external_id.as_str().into(), sequence);
        }
    }

    /// Optimizes the indexes for lookups, after many units were added.
    pub(crate) fn optimize(&mut self) {
        self.sources.optimize();
        self.targets.optimize();
    }

    pub(crate) fn remove(&mut self, sequence: Sequence, unit: &PreparedUnit) {
        self.sequences.remove(sequence);
        self.sources.remove(&unit.folded_source, sequence);
        self.targets.remove(&unit.folded_target, sequence);
        if self.by_external_id.get(unit.draft.external_id.as_str()) == Some(&sequence) {
            self.by_external_id.remove(unit.draft.external_id.as_str());
        }
    }
}
