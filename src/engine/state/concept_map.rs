//! The concepts of a glossary, in their order and by id: cheap to copy for readers, however many there are.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, BuildHasherDefault},
    sync::Arc,
};

use rustc_hash::{FxHashMap, FxHasher};

use crate::{term::Concept, unit::Sequence};

/// Sequences that share a piece.
const PIECE: u64 = 512;

/// Shelves that ids are spread over by their hash.
const SHELVES: u64 = 256;

/// A concept with what it is found and known by, so that looking for one does not
/// read others.
#[derive(Clone, Debug)]
struct Slot {
    sequence: Sequence,
    revision: u32,
    concept: Arc<Concept>,
}

/// Concepts by sequence and by id. Clones share what is the same; a change copies small pieces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Concepts {
    pieces: BTreeMap<u64, Arc<Vec<Slot>>>,
    ids: FxHashMap<u64, Arc<FxHashMap<Box<str>, Sequence>>>,
    len: usize,
}

fn shelf(id: &str) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(id) % SHELVES
}

impl Concepts {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn slot(&self, sequence: Sequence) -> Option<&Slot> {
        let piece = self.pieces.get(&(sequence.0 / PIECE))?;
        piece.get(piece.binary_search_by_key(&sequence, |s| s.sequence).ok()?)
    }

    pub(crate) fn get(&self, sequence: Sequence) -> Option<&Arc<Concept>> {
        self.slot(sequence).map(|slot| &slot.concept)
    }

    /// Returns the concept with an id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Arc<Concept>> {
        self.get(*self.ids.get(&shelf(id))?.get(id)?)
    }

    /// Says whether a revision of a concept is the one that is here.
    pub(crate) fn is_alive(&self, sequence: Sequence, revision: u32) -> bool {
        self.slot(sequence).is_some_and(|slot| slot.revision == revision)
    }

    /// Puts a concept in; returns the one with its sequence that was there.
    pub(crate) fn insert(&mut self, concept: Arc<Concept>) -> Option<Arc<Concept>> {
        let id = concept.content.id.as_str();
        let shelf = Arc::make_mut(self.ids.entry(shelf(id)).or_default());
        shelf.insert(id.into(), concept.sequence);
        let slot = Slot { sequence: concept.sequence, revision: concept.stamp.revision, concept };
        let piece = Arc::make_mut(self.pieces.entry(slot.sequence.0 / PIECE).or_default());
        match piece.binary_search_by_key(&slot.sequence, |s| s.sequence) {
            Ok(at) => piece.get_mut(at).map(|old| std::mem::replace(old, slot).concept),
            Err(at) => {
                piece.insert(at, slot);
                self.len += 1;
                None
            }
        }
    }

    /// Takes a concept out.
    pub(crate) fn remove(&mut self, concept: &Concept) {
        let id = concept.content.id.as_str();
        if let Some(shelf) = self.ids.get_mut(&shelf(id)) {
            Arc::make_mut(shelf).remove(id);
        }
        if let Some(piece) = self.pieces.get_mut(&(concept.sequence.0 / PIECE)) {
            let piece = Arc::make_mut(piece);
            let before = piece.len();
            piece.retain(|s| s.sequence != concept.sequence);
            self.len -= before - piece.len();
        }
    }

    /// Returns the concepts whose sequence is greater, in order.
    pub(crate) fn after(&self, sequence: Option<u64>) -> impl Iterator<Item = &Arc<Concept>> + Clone {
        let from = sequence.map_or(0, |s| s / PIECE);
        let slots = self.pieces.range(from..).flat_map(|(_, piece)| piece.iter());
        let passed = move |slot: &&Slot| sequence.is_some_and(|s| slot.sequence.0 <= s);
        slots.skip_while(passed).map(|slot| &slot.concept)
    }
}
