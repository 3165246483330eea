//! The units of one memory, indexed by source, by target and by external id.

use rustc_hash::{FxHashMap, FxHashSet};

use super::prepared::PreparedUnit;
use crate::{
    matching::{Index, UnitRef},
    unit::Sequence,
};

/// Units by folded source, by folded target and by external id.
#[derive(Debug, Default)]
pub(crate) struct Units {
    pub(crate) index: Index,
    /// By folded target, for reverse lookups.
    pub(crate) targets: Index,
    pub(crate) external: FxHashMap<Box<str>, Sequence>,
}

impl Units {
    /// Takes units out wherever they are.
    pub(crate) fn forget(&mut self, gone: &FxHashSet<Sequence>) {
        if !gone.is_empty() {
            self.index.remove_all(gone);
            self.targets.remove_all(gone);
            self.external.retain(|_, sequence| !gone.contains(sequence));
        }
    }

    pub(crate) fn add(&mut self, sequence: Sequence, unit: &PreparedUnit) {
        let known = UnitRef { sequence, identity: unit.identity };
        self.index.add(&unit.folded, known);
        if !unit.folded_target.is_empty() {
            self.targets.add(&unit.folded_target, known);
        }
        if !unit.draft.external_id.is_empty() {
            self.external.insert(unit.draft.external_id.as_str().into(), sequence);
        }
    }

    /// Makes them as quick to look up as they can be, after many were added.
    pub(crate) fn settle(&mut self) {
        self.index.settle();
        self.targets.settle();
    }

    /// Returns the units, oldest first.
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
