//! An index of units by source, by target and by external id.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    prepared::{Fingerprints, PreparedUnit},
    sequence_set::SequenceSet,
};
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
        let Fingerprints { source, identity } = unit.fingerprints;
        self.sequences.insert(sequence);
        self.sources.add(&unit.folded_source, UnitRef { sequence, fingerprint: source });
        if !unit.folded_target.is_empty() {
            self.targets.add(&unit.folded_target, UnitRef { sequence, fingerprint: identity });
        }
        if !unit.draft.external_id.is_empty() {
            self.by_external_id.insert(unit.draft.external_id.as_str().into(), sequence);
        }
    }

    /// Returns the units that may have the source and context of a unit.
    pub(crate) fn with_source_like(&self, unit: &PreparedUnit) -> impl Iterator<Item = Sequence> {
        let fingerprint = unit.fingerprints.source;
        let row = self.sources.units_of(&unit.folded_source);
        row.filter(move |u| u.fingerprint == fingerprint).map(|u| u.sequence)
    }

    /// Returns the units that may have the source, target and context of a unit.
    pub(crate) fn with_identity_like(&self, unit: &PreparedUnit) -> impl Iterator<Item = Sequence> {
        let Fingerprints { source, identity } = unit.fingerprints;
        // A unit whose target folds to nothing is only in the index of sources.
        let (row, fingerprint) = match unit.folded_target.as_str() {
            "" => (self.sources.units_of(&unit.folded_source), source),
            target => (self.targets.units_of(target), identity),
        };
        row.filter(move |u| u.fingerprint == fingerprint).map(|u| u.sequence)
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
