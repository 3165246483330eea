//! The concepts of a glossary, by sequence and by id. Copying the map for readers is cheap,
//! however many concepts there are.

use std::{
    collections::BTreeMap,
    hash::{BuildHasher, BuildHasherDefault},
    sync::Arc,
};

use rustc_hash::{FxHashMap, FxHashSet, FxHasher};

use crate::{
    limits::ID_BYTES,
    term::{Concept, ConceptDraft, Term},
    text::folded,
    unit::Sequence,
};

/// The number of sequences that share a piece.
const SEQUENCES_PER_PIECE: u64 = 512;

/// The number of shards. The hash of an id decides its shard.
const ID_SHARD_COUNT: u64 = 256;

/// A concept with copies of its sequence and revision, so that a search reads only the concept that
/// it returns.
#[derive(Clone, Debug)]
struct ConceptEntry {
    sequence: Sequence,
    revision: u32,
    concept: Arc<Concept>,
}

/// Concepts by sequence and by id. Clones share their pieces and shards; a change copies only the
/// piece and the shard that it changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConceptMap {
    pieces: BTreeMap<u64, Arc<Vec<ConceptEntry>>>,
    ids: FxHashMap<u64, Arc<FxHashMap<Box<str>, Sequence>>>,
    len: usize,
}

/// Returns the language and the folded text of a term.
fn term_key(term: &Term) -> (&str, String) {
    (term.locale.language(), folded(&term.text))
}

fn numbered_id(id: &str, number: u64) -> String {
    let number = format!("#{number}");
    let end = id.floor_char_boundary(ID_BYTES - number.len());
    format!("{}{number}", id.get(..end).unwrap_or_default())
}

fn id_shard(id: &str) -> u64 {
    BuildHasherDefault::<FxHasher>::default().hash_one(id) % ID_SHARD_COUNT
}

impl ConceptMap {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    fn entry(&self, sequence: Sequence) -> Option<&ConceptEntry> {
        let piece = self.pieces.get(&(sequence.0 / SEQUENCES_PER_PIECE))?;
        piece.get(piece.binary_search_by_key(&sequence, |s| s.sequence).ok()?)
    }

    pub(crate) fn get(&self, sequence: Sequence) -> Option<&Arc<Concept>> {
        self.entry(sequence).map(|entry| &entry.concept)
    }

    /// Returns the concept with an id.
    pub(crate) fn by_id(&self, id: &str) -> Option<&Arc<Concept>> {
        self.get(*self.ids.get(&id_shard(id))?.get(id)?)
    }

    /// Gives a concept of a file the id that it has here: the one that it has there, or the next free one if
    /// a concept without a common term has that. For example, `c1#2` for `c1`. Returns whether the concept is new
    /// and its id was taken.
    pub(crate) fn settle_id(&self, concept: &mut ConceptDraft) -> bool {
        let id = self.id_in_import(&concept.id, concept);
        let is_taken = id != concept.id && self.by_id(&id).is_none();
        concept.id = id;
        is_taken
    }

    fn id_in_import(&self, given: &str, concept: &ConceptDraft) -> String {
        let terms: FxHashSet<(&str, String)> = concept.terms.iter().map(term_key).collect();
        let mut number = 1;
        loop {
            let id = if number == 1 { given.to_owned() } else { numbered_id(given, number) };
            let is_other = self
                .by_id(&id)
                .is_some_and(|other| !other.content.terms.iter().any(|term| terms.contains(&term_key(term))));
            if !is_other {
                return id;
            }
            number += 1;
        }
    }

    /// Returns whether a revision of a concept is the present one.
    pub(crate) fn is_present_revision(&self, sequence: Sequence, revision: u32) -> bool {
        self.entry(sequence).is_some_and(|entry| entry.revision == revision)
    }

    /// Inserts a concept. Returns the former concept with its sequence, if there was one.
    pub(crate) fn insert(&mut self, concept: Arc<Concept>) -> Option<Arc<Concept>> {
        let id = concept.content.id.as_str();
        let shard = Arc::make_mut(self.ids.entry(id_shard(id)).or_default());
        shard.insert(id.into(), concept.sequence);
        let entry = ConceptEntry { sequence: concept.sequence, revision: concept.stamp.revision, concept };
        let piece = Arc::make_mut(self.pieces.entry(entry.sequence.0 / SEQUENCES_PER_PIECE).or_default());
        match piece.binary_search_by_key(&entry.sequence, |s| s.sequence) {
            Ok(at) => piece.get_mut(at).map(|old| std::mem::replace(old, entry).concept),
            Err(at) => {
                piece.insert(at, entry);
                self.len += 1;
                None
            }
        }
    }

    /// Removes a concept.
    pub(crate) fn remove(&mut self, concept: &Concept) {
        let id = concept.content.id.as_str();
        if let Some(shard) = self.ids.get_mut(&id_shard(id)) {
            Arc::make_mut(shard).remove(id);
        }
        if let Some(piece) = self.pieces.get_mut(&(concept.sequence.0 / SEQUENCES_PER_PIECE)) {
            let piece = Arc::make_mut(piece);
            let before = piece.len();
            piece.retain(|s| s.sequence != concept.sequence);
            self.len -= before - piece.len();
        }
    }

    /// Returns the concepts after a sequence, in ascending order; without one, all concepts.
    pub(crate) fn after(&self, sequence: Option<u64>) -> impl Iterator<Item = &Arc<Concept>> + Clone {
        let from = sequence.map_or(0, |s| s / SEQUENCES_PER_PIECE);
        let entries = self.pieces.range(from..).flat_map(|(_, piece)| piece.iter());
        entries
            .skip_while(move |entry| sequence.is_some_and(|s| entry.sequence.0 <= s))
            .map(|entry| &entry.concept)
    }
}
