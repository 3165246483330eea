//! Collects the best matches, one for each distinct pair of source and target text.

use std::{cmp::Reverse, hash::BuildHasher, sync::Arc};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use super::judge::Judgement;
use crate::{name::Name, score::Score, unit::TranslationUnit};

/// The order of matches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Score, kind, similarity, change time (newest first), id.
    #[default]
    Score,
    /// Similarity, change time (newest first), id: the `raw` mode.
    Similarity,
}

/// A unit with its judgement.
#[derive(Clone, Debug)]
pub struct JudgedUnit {
    /// The compared side, folded.
    pub folded: Arc<str>,
    /// The unit.
    pub unit: TranslationUnit,
    /// Its kind, penalties and score.
    pub judgement: Judgement,
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
}

/// Collects candidates and keeps the `limit` best distinct ones.
#[derive(Debug)]
pub(super) struct TopMatches {
    order: Order,
    threshold: Score,
    limit: usize,
    groups: HashTable<RankedMatch>,
    min_score: Score,
}

/// Returns source and target text. Candidates with the same texts become one match.
fn texts(candidate: &JudgedUnit) -> (&str, &str) {
    let content = &candidate.unit.content;
    (&content.source.segment.text, &content.target.segment.text)
}

fn hash(candidate: &JudgedUnit) -> u64 {
    FxBuildHasher.hash_one(texts(candidate))
}

impl TopMatches {
    /// Makes an empty collection.
    #[must_use]
    pub(super) fn new(order: Order, threshold: Score, limit: usize) -> Self {
        Self { order, threshold, limit, groups: HashTable::new(), min_score: threshold }
    }

    /// Returns the lowest similarity with which a unit can still change the answer. This is the threshold or,
    /// once there are `limit` matches, the score of the last of them (its similarity if these are ordered by
    /// similarity). A unit with exactly this similarity may still win a tie.
    #[must_use]
    pub(super) fn min_score(&self) -> Score {
        self.min_score
    }

    /// Adds a candidate. If a match has the same source and target, the candidate counts as its duplicate,
    /// even if its own score is below the threshold.
    pub(super) fn push(&mut self, candidate: JudgedUnit) {
        let order = self.order;
        let ranking_score = order.ranking_score(&candidate);
        let hash = hash(&candidate);
        if let Some(group) = self.groups.find_mut(hash, |g| texts(&g.judged_unit) == texts(&candidate)) {
            group.duplicates = group.duplicates.saturating_add(1);
            if !group.memories.contains(&candidate.unit.memory) {
                group.memories.push(candidate.unit.memory.clone());
            }
            if order.key(&candidate) < order.key(&group.judged_unit) {
                group.judged_unit = candidate;
            }
        } else {
            let memories = vec![candidate.unit.memory.clone()];
            let group = RankedMatch { judged_unit: candidate, duplicates: 0, memories };
            self.groups.insert_unique(hash, group, |g| self::hash(&g.judged_unit));
        }
        if ranking_score > self.min_score {
            self.raise_min_score();
        }
    }

    /// Raises the minimum score to the ranking score of the last match within the limit.
    fn raise_min_score(&mut self) {
        let mut ranking_scores: Vec<Score> = self
            .groups
            .iter()
            .map(|g| self.order.ranking_score(&g.judged_unit))
            .filter(|score| *score >= self.threshold)
            .collect();
        if let Some(last) = self.limit.checked_sub(1).filter(|n| *n < ranking_scores.len()) {
            let (_, last_score, _) = ranking_scores.select_nth_unstable_by_key(last, |score| Reverse(*score));
            self.min_score = self.min_score.max(*last_score);
        }
        // A score is never above the similarity, so the groups below the minimum can never become matches.
        let min_score = self.min_score;
        self.groups.retain(|g| g.judged_unit.judgement.similarity >= min_score);
    }

    /// Returns the matches, best first.
    #[must_use]
    pub(super) fn into_ranked(self) -> Vec<RankedMatch> {
        let (order, threshold) = (self.order, self.threshold);
        let mut ranked: Vec<RankedMatch> =
            self.groups.into_iter().filter(|g| order.ranking_score(&g.judged_unit) >= threshold).collect();
        ranked.sort_by_key(|ranked_match| order.key(&ranked_match.judged_unit));
        ranked.truncate(self.limit);
        for ranked_match in &mut ranked {
            ranked_match.memories.sort();
            if ranked_match.duplicates == 0 {
                ranked_match.memories.clear();
            }
        }
        ranked
    }
}

impl Order {
    /// Returns the value that is compared with the threshold.
    fn ranking_score(self, candidate: &JudgedUnit) -> Score {
        match self {
            Self::Score => candidate.judgement.score,
            Self::Similarity => candidate.judgement.similarity,
        }
    }

    /// Returns a key that sorts the best candidate first. No two units have the same key, because it ends
    /// with the id.
    fn key(self, candidate: &JudgedUnit) -> impl Ord + use<> {
        let j = &candidate.judgement;
        let by_score = (self == Self::Score).then_some((Reverse(j.score), j.kind));
        (by_score, Reverse(j.similarity), Reverse(candidate.unit.change_time()), candidate.unit.id)
    }
}
