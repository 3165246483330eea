//! Derives ids for concepts of files that have none, so that importing a file again finds its
//! concepts.

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

use super::{contract::ConceptFile, problem::Problem};
use crate::{locale::Locale, term::ConceptDraft, text::folded};

/// Hashes the first term of each language.
type HashTerms = fn(&str, &str) -> u64;

/// Gives every concept without an id a derived one, which is the same at each import. Rejects a
/// concept whose id belongs to an earlier, different concept of the file.
pub(crate) fn settle_ids(file: &mut ConceptFile, source: &Locale) {
    let mut seen: FxHashMap<String, ConceptDraft> = FxHashMap::default();
    let mut ids = DerivedIds::new(source, hash_terms);
    let mut former_ids = DerivedIds::new(source, former_hash_terms);
    // Ids derived with the former hash are numbered separately from those derived now.
    let mut former_seen: FxHashMap<String, ConceptDraft> = FxHashMap::default();
    let concepts = std::mem::take(&mut file.concepts);
    for mut concept in concepts {
        let draft = &mut concept.draft;
        if draft.id.is_empty() {
            let former = former_ids.next_id(draft, &former_seen);
            former_seen.insert(former.clone(), ConceptDraft { id: former.clone(), ..draft.clone() });
            draft.id = ids.next_id(draft, &seen);
            concept.former_id = former;
        } else if seen.get(&draft.id).is_some_and(|other| other != draft) {
            let message =
                format!("'{}' is the id of an earlier concept of the file: give each its own", draft.id);
            file.problems.push(Problem::refused(&concept.position, "CONCEPT_ID_TWICE", message));
            continue;
        } else {
            former_seen.insert(draft.id.clone(), draft.clone());
        }
        seen.insert(draft.id.clone(), draft.clone());
        file.concepts.push(concept);
    }
}

/// Derives ids from concepts, in the order of a file.
struct DerivedIds<'l> {
    source: &'l Locale,
    hash: HashTerms,
    /// For each derived id, how many were given out, and the id by hash of the concept's content.
    issued: FxHashMap<String, (u32, FxHashMap<u64, String>)>,
}

impl<'l> DerivedIds<'l> {
    fn new(source: &'l Locale, hash: HashTerms) -> Self {
        Self { source, hash, issued: FxHashMap::default() }
    }

    /// Returns an id for a concept, which is not that of another concept in `taken`. Concepts with
    /// equal first terms are numbered, for example `row-…-2`; an equal concept gets the same id again.
    fn next_id(&mut self, concept: &ConceptDraft, taken: &FxHashMap<String, ConceptDraft>) -> String {
        let (source, target) = (self.first_text(concept, true), self.first_text(concept, false));
        let derived = format!("row-{:016x}", (self.hash)(&folded(source), target));
        let content = xxh3_64(format!("{concept:?}").as_bytes());
        let (number, ids) = self.issued.entry(derived.clone()).or_default();
        if let Some(id) = ids.get(&content) {
            return id.clone();
        }
        loop {
            *number += 1;
            let id = if *number == 1 { derived.clone() } else { format!("{derived}-{number}") };
            let is_taken = taken
                .get(&id)
                .is_some_and(|other| *other != ConceptDraft { id: id.clone(), ..concept.clone() });
            if !is_taken {
                ids.insert(content, id.clone());
                return id;
            }
        }
    }

    /// Returns the first term in the source language or, if `of_source` is false, in another one.
    fn first_text<'c>(&self, concept: &'c ConceptDraft, of_source: bool) -> &'c str {
        let mut terms = concept.terms.iter();
        let term = terms.find(|t| t.locale.has_same_language(self.source) == of_source);
        term.map_or("", |t| t.text.as_str())
    }
}

/// Hashes two texts. The algorithm is xxh3, because it is specified: ids must never change.
fn hash_terms(source: &str, target: &str) -> u64 {
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
fn former_hash_terms(source: &str, target: &str) -> u64 {
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
