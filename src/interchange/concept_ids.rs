//! Derives ids for concepts of files that have none, so that importing a file again finds its
//! concepts.

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::{contract::FileConcept, problem::Problem};
use crate::{locale::Locale, term::ConceptDraft, text::folded};

/// Hashes the first term of each language.
pub(crate) type HashTerms = fn(&str, &str) -> u64;

/// The ids of the concepts of a file so far. Of each concept it keeps hashes, and neither its id nor
/// its content, so that it stays small.
pub(crate) struct ConceptIds {
    source: Locale,
    seen: SeenConcepts,
    ids: DerivedIds,
    /// The same for the ids that versions up to 0.1 derived, which are numbered separately.
    former_seen: SeenConcepts,
    former_ids: DerivedIds,
}

impl ConceptIds {
    pub(crate) fn new(source: &Locale) -> Self {
        Self {
            source: source.clone(),
            seen: SeenConcepts::default(),
            ids: DerivedIds::new(hash_terms),
            former_seen: SeenConcepts::default(),
            former_ids: DerivedIds::new(former_hash_terms),
        }
    }

    /// Gives a concept without an id a derived one, which is the same at each import. Refuses a
    /// concept whose id belongs to an earlier, different concept of the file.
    pub(crate) fn settle(&mut self, entry: &mut FileConcept) {
        let Some(draft) = &mut entry.draft else { return };
        let content = content_hash(draft);
        if draft.id.is_empty() {
            let source = folded(first_text(draft, &self.source, true));
            let target = first_text(draft, &self.source, false);
            entry.former_id = self.former_ids.next_id((&source, target), content, &self.former_seen);
            self.former_seen.add(&entry.former_id, content);
            draft.id = self.ids.next_id((&source, target), content, &self.seen);
        } else if self.seen.has_other(&draft.id, content) {
            let message =
                format!("'{}' is the id of an earlier concept of the file: give each its own", draft.id);
            entry.problems.push(Problem::refused(&entry.position, "CONCEPT_ID_TWICE", message));
            entry.draft = None;
            return;
        } else {
            self.former_seen.add(&draft.id, content);
        }
        self.seen.add(&draft.id, content);
    }
}

/// The contents of concepts by id, both as hashes.
#[derive(Default)]
struct SeenConcepts(FxHashMap<u128, u128>);

impl SeenConcepts {
    fn add(&mut self, id: &str, content: u128) {
        self.0.insert(xxh3_128(id.as_bytes()), content);
    }

    /// Returns true if a concept with this id has other content.
    fn has_other(&self, id: &str, content: u128) -> bool {
        self.0.get(&xxh3_128(id.as_bytes())).is_some_and(|other| *other != content)
    }
}

/// Derives ids from concepts, in the order of a file.
struct DerivedIds {
    hash: HashTerms,
    /// For each hash of terms, how many ids with it were given out.
    issued: FxHashMap<u64, u32>,
    /// The number of the id, by the hash of the terms and that of the content.
    numbers: FxHashMap<(u64, u128), u32>,
}

impl DerivedIds {
    fn new(hash: HashTerms) -> Self {
        Self { hash, issued: FxHashMap::default(), numbers: FxHashMap::default() }
    }

    /// Returns an id for a concept, which is not that of another concept in `taken`. Concepts with
    /// equal first terms are numbered, for example `row-…-2`; an equal concept gets the same id again.
    fn next_id(&mut self, (source, target): (&str, &str), content: u128, taken: &SeenConcepts) -> String {
        let hash = (self.hash)(source, target);
        if let Some(number) = self.numbers.get(&(hash, content)) {
            return numbered_id(hash, *number);
        }
        let number = self.issued.entry(hash).or_default();
        loop {
            *number += 1;
            let id = numbered_id(hash, *number);
            if !taken.has_other(&id, content) {
                self.numbers.insert((hash, content), *number);
                return id;
            }
        }
    }
}

fn numbered_id(hash: u64, number: u32) -> String {
    if number == 1 { format!("row-{hash:016x}") } else { format!("row-{hash:016x}-{number}") }
}

/// Hashes everything of a concept except its id.
fn content_hash(concept: &ConceptDraft) -> u128 {
    let ConceptDraft { id: _, definition, domain, terms, notes, properties, provenance } = concept;
    let content = (definition, domain, terms, notes, properties, provenance);
    xxh3_128(format!("{content:?}").as_bytes())
}

/// Returns the first term in the source language or, if `of_source` is false, in another one.
fn first_text<'c>(concept: &'c ConceptDraft, source: &Locale, of_source: bool) -> &'c str {
    let mut terms = concept.terms.iter();
    let term = terms.find(|t| t.locale.has_same_language(source) == of_source);
    term.map_or("", |t| t.text.as_str())
}

/// Hashes two texts. The algorithm is xxh3, because it is specified: ids must never change.
pub(crate) fn hash_terms(source: &str, target: &str) -> u64 {
    let mut hasher = Xxh3::new();
    for text in [source, target] {
        // Without the length, ("ab", "c") and ("a", "bc") would have the same hash.
        hasher.update(&(text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.digest()
}

/// Hashes two texts as versions up to 0.1 did, because their ids are in stores and importing a
/// file again must find them. The algorithm is that of rustc-hash 2.1 on a 64-bit machine.
pub(crate) fn former_hash_terms(source: &str, target: &str) -> u64 {
    const FACTOR: u64 = 0xF135_7AEA_2E62_A9C5;
    const END_OF_TEXT: u64 = 0xFF;
    let words = [former_hash_bytes(source.as_bytes()), END_OF_TEXT]
        .into_iter()
        .chain([former_hash_bytes(target.as_bytes()), END_OF_TEXT]);
    words.fold(0_u64, |hash, word| hash.wrapping_add(word).wrapping_mul(FACTOR)).rotate_left(26)
}

fn former_hash_bytes(bytes: &[u8]) -> u64 {
    let (mut first, mut second) = (0x243F_6A88_85A3_08D3_u64, 0x1319_8A2E_0370_7344_u64);
    match bytes {
        [] => {}
        [only] => {
            first ^= u64::from(*only);
            second ^= u64::from(*only) << 8 | u64::from(*only);
        }
        [low, .., high] if bytes.len() < 4 => {
            let middle = bytes.get(bytes.len() / 2).copied().unwrap_or_default();
            first ^= u64::from(*low);
            second ^= u64::from(*high) << 8 | u64::from(middle);
        }
        _ => {
            let ends = if bytes.len() < 8 { 4 } else { 8 };
            if let (Some(last), true) = (bytes.len().checked_sub(1), bytes.len() > 16) {
                for chunk in bytes.get(..last).unwrap_or_default().chunks_exact(16) {
                    let (x, y) = chunk.split_at(8);
                    let mixed =
                        multiply_mix(first ^ little_endian(x), 0xA409_3822_299F_31D0 ^ little_endian(y));
                    (first, second) = (second, mixed);
                }
                let suffix = bytes.get(bytes.len() - 16..).unwrap_or_default();
                let (x, y) = suffix.split_at(8);
                first ^= little_endian(x);
                second ^= little_endian(y);
            } else {
                first ^= little_endian(bytes.get(..ends).unwrap_or_default());
                second ^= little_endian(bytes.get(bytes.len() - ends..).unwrap_or_default());
            }
        }
    }
    multiply_mix(first, second) ^ bytes.len() as u64
}

/// Multiplies two numbers and returns the two halves of the product, combined with xor.
fn multiply_mix(x: u64, y: u64) -> u64 {
    let product = (u128::from(x) * u128::from(y)).to_le_bytes();
    let (low, high) = product.split_at(8);
    little_endian(low) ^ little_endian(high)
}

/// Reads up to eight bytes as a little-endian number.
fn little_endian(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use std::hash::{Hash, Hasher};

    use proptest::prelude::*;
    use rustc_hash::FxHasher;

    use super::{former_hash_terms, hash_terms};

    /// Ids in stores contain these hashes, so they must never change.
    #[test]
    fn the_hashes_of_terms_are_fixed() {
        assert_eq!(hash_terms("ذاكرة", "memory"), 1_032_253_647_265_329_788);
        assert_eq!(former_hash_terms("ذاكرة", "memory"), 15_622_462_870_651_492_502);
        assert_eq!(former_hash_terms("", "x"), 9_641_658_089_625_807_404);
    }

    proptest! {
        /// The oracle is rustc-hash, which versions up to 0.1 called. When it changes its
        /// algorithm, remove this test and keep the numbers above.
        #[test]
        fn the_former_hash_is_that_of_rustc_hash_2_1(source in "\\PC{0,40}", target in "\\PC{0,9}") {
            let mut hasher = FxHasher::default();
            (source.clone(), target.as_str()).hash(&mut hasher);
            prop_assert_eq!(former_hash_terms(&source, &target), hasher.finish());
        }
    }
}
