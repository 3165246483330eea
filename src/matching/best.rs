//! Collects the best matches, one for each distinct pair of source and target text.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use hashbrown::HashTable;

use super::{guard::MeaningDifference, judge::Judgement};
use crate::{
    clock::Timestamp,
    name::Name,
    score::{MatchKind, Score},
    unit::{TranslationUnit, UnitId},
};

/// The order of matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Score, kind, similarity, change time (newest first), id.
    #[default]
    Score,
    /// Similarity, change time (newest first), id: the `raw` mode.
    Similarity,
    /// Usefulness, then as [`Self::Score`]. The best matches by score are collected first, so the answer is
    /// always a part of them.
    Usefulness,
}

/// How many of the best matches by score are ordered by usefulness, if the answer may not have more.
const ORDERED_BY_USEFULNESS: usize = 50;

/// A unit with its judgement.
#[derive(Clone, Debug)]
pub struct JudgedUnit {
    /// The compared side, folded.
    pub folded: Arc<str>,
    /// The unit.
    pub unit: TranslationUnit,
    /// Its kind, penalties and score.
    pub judgement: Judgement,
    /// The words that cause its flags, in folded texts. `None` if flags that do not change the score may be missing.
    pub differences: Option<Vec<MeaningDifference>>,
}

/// A match: the best-ranked of all units with the same source and target.
#[derive(Clone, Debug)]
pub struct RankedMatch {
    /// The unit with its judgement.
    pub judged_unit: JudgedUnit,
    /// How many other units have the same source and target.
    pub duplicates: u32,
    /// The memories of all these units, sorted by name; empty if there is only one unit.
    pub memories: Vec<Name>,
    /// How much of the translation can probably be used.
    pub usefulness: Score,
}

/// A key that sorts the best unit first. No two units have the same key, because it ends with the id.
type RankKey = (Option<(Reverse<Score>, MatchKind)>, Reverse<Score>, Reverse<Timestamp>, UnitId);

/// All units with the same source and target text. They become one match.
#[derive(Debug)]
struct TextGroup {
    digest: u128,
    /// The key of the best of them.
    best: RankKey,
    duplicates: u32,
    /// The memories that have such a unit, by their numbers in [`TopMatches::memories`]. The first one is
    /// apart, so that a group of one memory, as nearly all are, needs no memory of its own.
    first_memory: u32,
    other_memories: Vec<u32>,
}

/// Collects candidates and keeps the `limit` best distinct ones.
///
/// Of all other candidates only a [`TextGroup`] is kept, of about a hundred bytes, because a source may have
/// hundreds of thousands of translations. Their units are never needed again: a group that is not among the
/// best now can only get there with a better unit, and the better unit comes with the candidate.
#[derive(Debug)]
pub(super) struct TopMatches {
    order: Order,
    threshold: Score,
    limit: usize,
    groups: HashTable<TextGroup>,
    /// The memories of all candidates.
    memories: Vec<Name>,
    /// The best unit of each of the best groups, with the digest of its group.
    shown: BTreeMap<RankKey, (u128, JudgedUnit)>,
    shown_bytes: usize,
    min_score: Score,
    hashers: [RandomState; 2],
}

impl TopMatches {
    /// Makes an empty collection.
    #[must_use]
    pub(super) fn new(order: Order, threshold: Score, limit: usize) -> Self {
        Self {
            order,
            threshold,
            limit,
            groups: HashTable::new(),
            memories: Vec::new(),
            shown: BTreeMap::new(),
            shown_bytes: 0,
            min_score: threshold,
            hashers: Default::default(),
        }
    }

    /// Returns the lowest similarity with which a unit can still change the answer. This is the threshold or,
    /// once there are `limit` matches, the score of the last of them (its similarity if these are ordered by
    /// similarity). A unit with exactly this similarity may still win a tie.
    #[must_use]
    pub(super) fn min_score(&self) -> Score {
        self.min_score
    }

    /// Returns about how many bytes the units of the best matches take.
    #[must_use]
    pub(super) fn shown_bytes(&self) -> usize {
        self.shown_bytes
    }

    /// Adds a candidate. If a match has the same source and target, the candidate counts as its duplicate,
    /// even if its own score is below the threshold.
    pub(super) fn push(&mut self, candidate: JudgedUnit) {
        let key = self.order.key(&candidate);
        let digest = self.digest(&candidate);
        let memory = self.memory_number(&candidate.unit.memory);
        if let Some(group) = self.groups.find_mut(table_hash(digest), |g| g.digest == digest) {
            group.duplicates = group.duplicates.saturating_add(1);
            if group.first_memory != memory && !group.other_memories.contains(&memory) {
                group.other_memories.push(memory);
            }
            if key >= group.best {
                return;
            }
            let former = std::mem::replace(&mut group.best, key);
            self.hide(former);
        } else {
            let group = TextGroup {
                digest,
                best: key,
                duplicates: 0,
                first_memory: memory,
                other_memories: Vec::new(),
            };
            self.groups.insert_unique(table_hash(digest), group, |g| table_hash(g.digest));
        }
        if self.order.ranking_score(&candidate) >= self.threshold {
            self.show(key, digest, candidate);
        }
    }

    /// Adds a unit to the best ones, and takes the last of them out if there are too many.
    fn show(&mut self, key: RankKey, digest: u128, candidate: JudgedUnit) {
        self.shown_bytes += candidate.unit.reply_bytes();
        self.shown.insert(key, (digest, candidate));
        if self.shown.len() > self.limit
            && let Some((last, _)) = self.shown.last_key_value()
        {
            self.hide(*last);
        }
        if self.shown.len() == self.limit
            && let Some((_, (_, last))) = self.shown.last_key_value()
        {
            let score = self.order.ranking_score(last);
            if score > self.min_score {
                self.min_score = score;
                // A score is never above the similarity, so the groups below the minimum can never become
                // matches. All units of a group have the same similarity.
                self.groups.retain(|group| group.best.1.0 >= score);
            }
        }
    }

    fn hide(&mut self, key: RankKey) {
        if let Some((_, hidden)) = self.shown.remove(&key) {
            self.shown_bytes -= hidden.unit.reply_bytes();
        }
    }

    fn memory_number(&mut self, name: &Name) -> u32 {
        let known = self.memories.iter().position(|memory| memory == name);
        let number = known.unwrap_or_else(|| {
            self.memories.push(name.clone());
            self.memories.len() - 1
        });
        u32::try_from(number).unwrap_or(u32::MAX)
    }

    /// Returns 128 bits that identify the source and the target text. Nobody can make two pairs of texts with
    /// the same bits, because the keys of the hashes are random.
    fn digest(&self, candidate: &JudgedUnit) -> u128 {
        let content = &candidate.unit.content;
        let texts = (&content.source.segment.text, &content.target.segment.text);
        let [high, low] = self.hashers.each_ref().map(|hasher| u128::from(hasher.hash_one(texts)));
        high << 64 | low
    }

    /// Returns the matches, best first. `usefulness` returns the usefulness of a unit.
    #[must_use]
    pub(super) fn into_ranked(self, usefulness: impl Fn(&JudgedUnit) -> Score) -> Vec<RankedMatch> {
        let Self { groups, shown, memories, .. } = self;
        let ranked = shown.into_values().map(|(digest, judged_unit)| {
            let usefulness = usefulness(&judged_unit);
            let group = groups.find(table_hash(digest), |g| g.digest == digest);
            let Some(group) = group.filter(|group| group.duplicates > 0) else {
                return RankedMatch { judged_unit, duplicates: 0, memories: Vec::new(), usefulness };
            };
            let numbers = [group.first_memory].into_iter().chain(group.other_memories.iter().copied());
            let mut memories: Vec<Name> =
                numbers.filter_map(|number| memories.get(number as usize).cloned()).collect();
            memories.sort();
            RankedMatch { judged_unit, duplicates: group.duplicates, memories, usefulness }
        });
        ranked.collect()
    }
}

/// Returns the hash of a group in the table. The bits of a digest are random already.
fn table_hash(digest: u128) -> u64 {
    u64::try_from(digest & u128::from(u64::MAX)).unwrap_or_default()
}

impl Order {
    /// Returns whether the threshold applies to the score, which the caps of flags limit.
    pub(super) fn is_by_score(self) -> bool {
        self != Self::Similarity
    }

    /// Returns how many matches have to be collected for an answer of at most `limit`.
    pub(super) fn collected(self, limit: usize) -> usize {
        if self == Self::Usefulness { limit.max(ORDERED_BY_USEFULNESS) } else { limit }
    }

    /// Returns the value that is compared with the threshold.
    fn ranking_score(self, candidate: &JudgedUnit) -> Score {
        if self.is_by_score() { candidate.judgement.score } else { candidate.judgement.similarity }
    }

    fn key(self, candidate: &JudgedUnit) -> RankKey {
        let j = &candidate.judgement;
        let by_score = self.is_by_score().then_some((Reverse(j.score), j.kind));
        (by_score, Reverse(j.similarity), Reverse(candidate.unit.change_time()), candidate.unit.id)
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, sync::Arc};

    use proptest::prelude::*;

    use super::{JudgedUnit, Order, TopMatches};
    use crate::{
        locale::Locale,
        matching::judge::Judgement,
        name::Name,
        score::{MatchKind, Score},
        segment::Segment,
        unit::{Sequence, Stamp, TranslationUnit, UnitDraft, UnitId, Variant},
    };

    /// A unit of one of a few pairs of texts. The similarity belongs to the texts, the penalty to the unit.
    fn judged(id: u64, texts: u16, penalty: u16, memory: u8) -> JudgedUnit {
        let variant = |locale| Variant::new(locale, Segment::plain(texts.to_string()));
        let similarity = Score::from_hundredths(9_000 + texts / 3 * 100);
        JudgedUnit {
            folded: Arc::from(""),
            unit: TranslationUnit {
                id: UnitId(Sequence(id)),
                memory: Name::parse(&format!("m{memory}")).unwrap(),
                content: UnitDraft::new(variant(Locale::arabic()), variant(Locale::english())),
                stamp: Stamp::default(),
            },
            judgement: Judgement {
                kind: MatchKind::Fuzzy,
                similarity,
                penalties: vec![],
                flags: vec![],
                score: similarity.minus(Score::from_hundredths(penalty * 50)),
                folds_used: vec![],
            },
            differences: None,
        }
    }

    proptest! {
        /// Groups that are not among the best are reduced to a digest, and come back with a better unit.
        #[test]
        fn the_best_matches_are_those_of_all_units(
            units in prop::collection::vec((0..20_u16, 0..8_u16, 0..3_u8), 1..80),
            limit in 1..6_usize,
            threshold in 8_800..9_700_u16,
            raw in any::<bool>(),
        ) {
            let order = if raw { Order::Similarity } else { Order::Score };
            let threshold = Score::from_hundredths(threshold);
            let mut top = TopMatches::new(order, threshold, limit);
            let mut groups: BTreeMap<String, Vec<JudgedUnit>> = BTreeMap::new();
            for (id, (texts, penalty, memory)) in (0..).zip(units) {
                let candidate = judged(id, texts, penalty, memory);
                // As the search does, which leaves out rows below the minimum.
                if candidate.judgement.similarity >= top.min_score() {
                    top.push(candidate.clone());
                }
                groups.entry(texts.to_string()).or_default().push(candidate);
            }
            let mut expected: Vec<(JudgedUnit, u32, Vec<Name>)> = groups
                .into_values()
                .map(|mut group| {
                    group.sort_by_key(|unit| order.key(unit));
                    let duplicates = u32::try_from(group.len() - 1).unwrap();
                    let mut memories: Vec<Name> = group.iter().map(|u| u.unit.memory.clone()).collect();
                    memories.sort();
                    memories.dedup();
                    (group.swap_remove(0), duplicates, if duplicates == 0 { vec![] } else { memories })
                })
                .filter(|(best, ..)| order.ranking_score(best) >= threshold)
                .collect();
            expected.sort_by_key(|(best, ..)| order.key(best));
            expected.truncate(limit);
            prop_assert!(top.shown_bytes() <= limit * judged(0, 19, 0, 0).unit.reply_bytes());
            let found = top.into_ranked(|_| Score::ZERO);
            prop_assert_eq!(found.len(), expected.len());
            for (found, (best, duplicates, memories)) in found.into_iter().zip(expected) {
                prop_assert_eq!(found.judged_unit.unit.id, best.unit.id);
                prop_assert_eq!((found.duplicates, found.memories), (duplicates, memories));
            }
        }
    }
}
