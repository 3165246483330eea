//! The steps of a search: ways to read some words of a text as the beginning of a term.

use rustc_hash::FxHashSet;

use crate::text::{RollingHash, arabic::clitics::Reading};

/// The words read so far, each in one reading, as a position in the trie.
#[derive(Clone)]
pub(crate) struct SearchStep {
    pub(crate) state: StepState,
    chosen: Vec<Reading>,
}

/// The part of a step that later results depend on. Steps with equal places are kept once,
/// however their words were read, because otherwise the number of steps would multiply with each word.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StepState {
    pub(crate) hash: RollingHash,
    /// The number of the word with a slip.
    pub(crate) slipped: Option<usize>,
    /// The letters before the base of the first word.
    front: usize,
    after: bool,
    article: bool,
    future: bool,
}

impl StepState {
    const START: Self = Self {
        hash: RollingHash::EMPTY,
        slipped: None,
        front: 0,
        after: false,
        article: false,
        future: false,
    };
}

impl SearchStep {
    pub(crate) fn start() -> Self {
        Self { state: StepState::START, chosen: Vec::new() }
    }

    /// Returns the step after a reading of the next word.
    pub(crate) fn then(&self, hash: RollingHash, reading: &Reading, slipped: Option<usize>) -> Self {
        let before = &self.state;
        let place = StepState {
            hash,
            slipped,
            front: if self.chosen.is_empty() { reading.before } else { before.front },
            after: before.after || reading.after > 0,
            article: before.article || reading.article_removed,
            future: before.future || reading.future_removed,
        };
        Self { state: place, chosen: self.readings(reading) }
    }

    /// Returns the readings of the words so far and of the next one.
    pub(crate) fn readings(&self, next: &Reading) -> Vec<Reading> {
        self.chosen.iter().chain([next]).copied().collect()
    }
}

/// A set of steps with different places.
#[derive(Default)]
pub(crate) struct StepSet {
    pub(crate) all: Vec<SearchStep>,
    states: FxHashSet<StepState>,
}

impl StepSet {
    pub(crate) fn add(&mut self, step: SearchStep) {
        if self.states.insert(step.state) {
            self.all.push(step);
        }
    }
}
