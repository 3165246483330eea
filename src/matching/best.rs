//! The best answers so far, one for each distinct source and target.

use std::{cmp::Reverse, hash::BuildHasher, sync::Arc};

use hashbrown::HashTable;
use rustc_hash::FxBuildHasher;

use super::judge::Judgement;
use crate::{name::Name, score::Score, unit::TranslationUnit};

/// What answers are ordered by.
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
pub struct Candidate {
    /// The side that was compared, folded; nothing where it is not known any more.
    pub folded: Option<Arc<str>>,
    /// The unit.
    pub unit: TranslationUnit,
    /// What it is worth.
    pub judgement: Judgement,
}

/// An answer: the best-ranked unit of its source and target.
#[derive(Clone, Debug)]
pub struct Ranked {
    /// The unit and its worth.
    pub candidate: Candidate,
    /// How many more units have the same source and target.
    pub duplicates: u32,
    /// The memories of all of them by name, if there are several units.
    pub memories: Vec<Name>,
}

/// Collects candidates and keeps the `limit` best distinct ones.
#[derive(Debug)]
pub struct Best {
    order: Order,
    threshold: Score,
    limit: usize,
    groups: HashTable<Ranked>,
    bar: Score,
}

/// Returns what makes answers one: source and target.
fn texts(candidate: &Candidate) -> (&str, &str) {
    let content = &candidate.unit.content;
    (&content.source.segment.text, &content.target.segment.text)
}

fn hash(candidate: &Candidate) -> u64 {
    FxBuildHasher.hash_one(texts(candidate))
}

impl Best {
    /// Starts empty.
    #[must_use]
    pub fn new(order: Order, threshold: Score, limit: usize) -> Self {
        Self { order, threshold, limit, groups: HashTable::new(), bar: threshold }
    }

    /// Returns the least similarity that a unit needs to change the answer:
    /// the threshold or, once there are enough answers, what the last of them
    /// is worth. A unit right at the bar may still win a tie.
    #[must_use]
    pub fn bar(&self) -> Score {
        self.bar
    }

    /// Takes a candidate. Units that share source and target with an answer
    /// are counted even where they are worth less than the threshold.
    pub fn offer(&mut self, candidate: Candidate) {
        let order = self.order;
        let worth = order.worth(&candidate);
        let hash = hash(&candidate);
        if let Some(group) = self.groups.find_mut(hash, |g| texts(&g.candidate) == texts(&candidate)) {
            group.duplicates = group.duplicates.saturating_add(1);
            if !group.memories.contains(&candidate.unit.memory) {
                group.memories.push(candidate.unit.memory.clone());
            }
            if order.key(&candidate) < order.key(&group.candidate) {
                group.candidate = candidate;
            }
        } else {
            let memories = vec![candidate.unit.memory.clone()];
            let group = Ranked { candidate, duplicates: 0, memories };
            self.groups.insert_unique(hash, group, |g| self::hash(&g.candidate));
        }
        if worth > self.bar {
            self.raise();
        }
    }

    fn raise(&mut self) {
        let mut worths: Vec<Score> = self
            .groups
            .iter()
            .map(|g| self.order.worth(&g.candidate))
            .filter(|w| *w >= self.threshold)
            .collect();
        if let Some(last) = self.limit.checked_sub(1).filter(|n| *n < worths.len()) {
            let (_, kth, _) = worths.select_nth_unstable_by_key(last, |w| Reverse(*w));
            self.bar = self.bar.max(*kth);
        }
        // Nothing raises a score above the similarity, so these are out for good.
        let bar = self.bar;
        self.groups.retain(|g| g.candidate.judgement.similarity >= bar);
    }

    /// Returns the answers, best first.
    #[must_use]
    pub fn into_ranked(self) -> Vec<Ranked> {
        let (order, threshold) = (self.order, self.threshold);
        let mut ranked: Vec<Ranked> =
            self.groups.into_iter().filter(|g| order.worth(&g.candidate) >= threshold).collect();
        ranked.sort_by_key(|a| order.key(&a.candidate));
        ranked.truncate(self.limit);
        for answer in &mut ranked {
            answer.memories.sort();
            if answer.duplicates == 0 {
                answer.memories.clear();
            }
        }
        ranked
    }
}

impl Order {
    /// Returns what the threshold compares.
    fn worth(self, candidate: &Candidate) -> Score {
        match self {
            Self::Score => candidate.judgement.score,
            Self::Similarity => candidate.judgement.similarity,
        }
    }

    /// Returns a key that sorts the best first; no two units share one.
    fn key(self, candidate: &Candidate) -> impl Ord + use<> {
        let j = &candidate.judgement;
        let by_score = (self == Self::Score).then_some((Reverse(j.score), j.kind));
        (by_score, Reverse(j.similarity), Reverse(candidate.unit.change_time()), candidate.unit.id)
    }
}
