//! The concepts of a glossary, in their order: cheap to copy for readers, however many there are.

use std::{collections::BTreeMap, sync::Arc};

use crate::{term::Concept, unit::Sequence};

/// Sequences that share a piece.
const PIECE: u64 = 512;

/// Concepts by sequence. Clones share what is the same; a change copies one small piece.
#[derive(Clone, Debug, Default)]
pub(super) struct Concepts {
    pieces: BTreeMap<u64, Arc<Vec<Arc<Concept>>>>,
    len: usize,
}

impl Concepts {
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn get(&self, sequence: Sequence) -> Option<&Arc<Concept>> {
        let piece = self.pieces.get(&(sequence.0 / PIECE))?;
        piece.get(piece.binary_search_by_key(&sequence, |c| c.sequence).ok()?)
    }

    /// Says whether a revision of a concept is the one that is here.
    pub(super) fn is_alive(&self, sequence: Sequence, revision: u32) -> bool {
        self.get(sequence).is_some_and(|concept| concept.stamp.revision == revision)
    }

    /// Puts a concept in; returns the one with its sequence that was there.
    pub(super) fn insert(&mut self, concept: Arc<Concept>) -> Option<Arc<Concept>> {
        let piece = Arc::make_mut(self.pieces.entry(concept.sequence.0 / PIECE).or_default());
        match piece.binary_search_by_key(&concept.sequence, |c| c.sequence) {
            Ok(at) => piece.get_mut(at).map(|old| std::mem::replace(old, concept)),
            Err(at) => {
                piece.insert(at, concept);
                self.len += 1;
                None
            }
        }
    }

    /// Returns the concepts whose sequence is greater, in order.
    pub(super) fn after(&self, sequence: Option<u64>) -> impl Iterator<Item = &Arc<Concept>> {
        let from = sequence.map_or(0, |s| s / PIECE);
        let pieces = self.pieces.range(from..).flat_map(|(_, piece)| piece.iter());
        pieces.skip_while(move |c| sequence.is_some_and(|s| c.sequence.0 <= s))
    }
}
