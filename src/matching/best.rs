//! Collects the best matches, one for each distinct pair of source and target text.

use std::{
    cmp::Reverse,
    collections::BTreeMap,
    hash::{BuildHasher, RandomState},
    sync::Arc,
};

use hashbrown::HashTable;

use super::judge::Judgement;
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

/// A key that sorts the best unit first. No two units have the same key, because it ends with the id.
type RankKey = (Option<(Reverse<Score>, MatchKind)>, Reverse<Score>, Reverse<Timestamp>, UnitId);

/// All units with the same source and target text. They become one match.
#[derive(Debug)]
struct TextGroup {
    digest: u128,
    /// The key of the best of them.
    best: RankKey,
    duplicates: u32,
    memories: Vec<Name>,
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
        if let Some(group) = self.groups.find_mut(table_hash(digest), |g| g.digest == digest) {
            group.duplicates = group.duplicates.saturating_add(1);
            if !group.memories.contains(&candidate.unit.memory) {
                group.memories.push(candidate.unit.memory.clone());
            }
            if key >= group.best {
                return;
            }
            let former = std::mem::replace(&mut group.best, key);
            self.hide(former);
        } else {
            let memories = vec![candidate.unit.memory.clone()];
            let group = TextGroup { digest, best: key, duplicates: 0, memories };
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

    /// Returns 128 bits that identify the source and the target text. Nobody can make two pairs of texts with
    /// the same bits, because the keys of the hashes are random.
    fn digest(&self, candidate: &JudgedUnit) -> u128 {
        let content = &candidate.unit.content;
        let texts = (&content.source.segment.text, &content.target.segment.text);
        let [high, low] = self.hashers.each_ref().map(|hasher| u128::from(hasher.hash_one(texts)));
        high << 64 | low
    }

    /// Returns the matches, best first.
    #[must_use]
    pub(super) fn into_ranked(self) -> Vec<RankedMatch> {
        let Self { groups, shown, .. } = self;
        let ranked = shown.into_values().map(|(digest, judged_unit)| {
            let group = groups.find(table_hash(digest), |g| g.digest == digest);
            let duplicates = group.map_or(0, |g| g.duplicates);
            let mut memories =
                group.filter(|g| g.duplicates > 0).map(|g| g.memories.clone()).unwrap_or_default();
            memories.sort();
            RankedMatch { judged_unit, duplicates, memories }
        });
        ranked.collect()
    }
}

/// Returns the hash of a group in the table. The bits of a digest are random already.
fn table_hash(digest: u128) -> u64 {
    u64::try_from(digest & u128::from(u64::MAX)).unwrap_or_default()
}

impl Order {
    /// Returns the value that is compared with the threshold.
    fn ranking_score(self, candidate: &JudgedUnit) -> Score {
        match self {
            Self::Score => candidate.judgement.score,
            Self::Similarity => candidate.judgement.similarity,
        }
    }

    fn key(self, candidate: &JudgedUnit) -> RankKey {
        let j = &candidate.judgement;
        let by_score = (self == Self::Score).then_some((Reverse(j.score), j.kind));
        (by_score, Reverse(j.similarity), Reverse(candidate.unit.change_time()), candidate.unit.id)
    }
}
