//! The ways in which words of a text may be the beginning of a term.

use rustc_hash::FxHashSet;

use crate::text::{Hashed, arabic::clitics::Reading};

/// Where a search stands in the tree: the words from the first on, each in one reading.
#[derive(Clone)]
pub(crate) struct Step {
    pub(crate) place: StepPlace,
    chosen: Vec<Reading>,
}

/// What of a step shows in what is found from there on. However the words before were
/// read: else the ways to read many words would multiply.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct StepPlace {
    pub(crate) hash: Hashed,
    /// The word that is a slip away.
    pub(crate) slipped: Option<usize>,
    /// What clings to the front of the first word.
    front: usize,
    after: bool,
    article: bool,
    future: bool,
}

impl StepPlace {
    const START: Self =
        Self { hash: Hashed::EMPTY, slipped: None, front: 0, after: false, article: false, future: false };
}

impl Step {
    pub(crate) fn start() -> Self {
        Self { place: StepPlace::START, chosen: Vec::new() }
    }

    /// Goes on in a reading of the next word.
    pub(crate) fn then(&self, hash: Hashed, reading: &Reading, slipped: Option<usize>) -> Self {
        let before = &self.place;
        let place = StepPlace {
            hash,
            slipped,
            front: if self.chosen.is_empty() { reading.before } else { before.front },
            after: before.after || reading.after > 0,
            article: before.article || reading.article,
            future: before.future || reading.future,
        };
        Self { place, chosen: self.readings(reading) }
    }

    pub(crate) fn readings(&self, next: &Reading) -> Vec<Reading> {
        self.chosen.iter().chain([next]).copied().collect()
    }
}

/// Steps that lead to different things.
#[derive(Default)]
pub(crate) struct Steps {
    pub(crate) all: Vec<Step>,
    places: FxHashSet<StepPlace>,
}

impl Steps {
    pub(crate) fn add(&mut self, step: Step) {
        if self.places.insert(step.place) {
            self.all.push(step);
        }
    }
}
