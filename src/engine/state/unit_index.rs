//! An index of units by source, by target and by external id.

use rustc_hash::{FxHashMap, FxHashSet};

use super::prepared::PreparedUnit;
use crate::{
    matching::{Index, UnitRef},
    unit::Sequence,
};

/// The units of one memory, or of one pending import.
#[derive(Debug, Default)]
pub(crate) struct Units {
    /// Units by folded source.
    pub(crate) index: Index,
    /// Units by folded target, for reverse lookups.
    pub(crate) targets: Index,
    /// Units by external id.
    pub(crate) external: FxHashMap<Box<str>, Sequence>,
}

impl Units {
    /// Removes units whose texts are not known, by going through all rows.
    pub(crate) fn forget(&mut self, removed: &FxHashSet<Sequence>) {
        if !removed.is_empty() {
            self.index.remove_all(removed);
            self.targets.remove_all(removed);
            self.external.retain(|_, sequence| !removed.contains(sequence));
        }
    }

    pub(crate) fn add(&mut self, sequence: Sequence, unit: &PreparedUnit) {
        let unit_ref = UnitRef { sequence, identity: unit.identity };
        self.index.add(&unit.folded, unit_ref);
        if !unit.folded_target.is_empty() {
            self.targets.add(&unit.folded_target, unit_ref);
        }
        if !unit.draft.external_id.is_empty() {
            self.external.insert(unit.draft.external_id.as_str().into(), sequence);
        }
    }

    /// Optimizes the indexes for lookups, after many units were added.
    pub(crate) fn settle(&mut self) {
        self.index.settle();
        self.targets.settle();
    }

    /// Returns the sequences of all units, oldest first.
    pub(crate) fn sequences(&self) -> Vec<Sequence> {
        let mut all = Vec::with_capacity(self.index.units());
        self.index.for_each_unit(|unit| all.push(unit.sequence));
        all.sort_unstable();
        all
    }

    pub(crate) fn remove(&mut self, sequence: Sequence, unit: &PreparedUnit) {
        self.index.remove(&unit.folded, sequence);
        self.targets.remove(&unit.folded_target, sequence);
        if self.external.get(unit.draft.external_id.as_str()) == Some(&sequence) {
            self.external.remove(unit.draft.external_id.as_str());
        }
    }
}
