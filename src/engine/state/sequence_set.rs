//! The numbers of the units of a memory, as a set that the writer changes and that views keep a copy of.

use std::{
    io::{self, Read, Write},
    sync::Arc,
};

use roaring::RoaringTreemap;

use crate::unit::Sequence;

/// A set of sequences. A clone shares the set until one of them changes; the writer's copy then takes 125 KB
/// for a million units, once for each group of changes.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct SequenceSet(Arc<RoaringTreemap>);

impl SequenceSet {
    pub(crate) fn insert(&mut self, sequence: Sequence) {
        Arc::make_mut(&mut self.0).insert(sequence.0);
    }

    pub(crate) fn remove(&mut self, sequence: Sequence) {
        Arc::make_mut(&mut self.0).remove(sequence.0);
    }

    pub(crate) fn contains(&self, sequence: Sequence) -> bool {
        self.0.contains(sequence.0)
    }

    /// Returns how many sequences are in the set.
    pub(crate) fn len(&self) -> u64 {
        self.0.len()
    }

    /// Returns the last sequence before a bound, or the last one of all if there is no bound.
    pub(crate) fn last_before(&self, bound: Option<Sequence>) -> Option<Sequence> {
        let mut sequences = self.0.iter();
        if let Some(bound) = bound {
            sequences.advance_back_to(bound.0.checked_sub(1)?);
        }
        sequences.next_back().map(Sequence)
    }

    /// Returns the sequence that has so many others before it.
    pub(crate) fn nth(&self, n: u64) -> Option<Sequence> {
        self.0.select(n).map(Sequence)
    }

    /// Returns the sequences in ascending order, from the one after `after` if that is given.
    pub(crate) fn after(&self, after: Option<Sequence>) -> impl Iterator<Item = Sequence> + '_ {
        let mut sequences = self.0.iter();
        if let Some(after) = after {
            sequences.advance_to(after.0.saturating_add(1));
        }
        sequences.map(Sequence)
    }

    pub(crate) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        self.0.serialize_into(out)
    }

    pub(crate) fn read(input: &mut dyn Read) -> io::Result<Self> {
        Ok(Self(Arc::new(RoaringTreemap::deserialize_from(input)?)))
    }
}
