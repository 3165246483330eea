//! Search for terms in which one word of the text has a slip of the pen.

use super::{
    found::FoundTerm,
    runs::{Read, Run, Way, adjoin, base_of, then},
    search::{Alive, Recognizer},
    slips::slips,
    steps::{Step, Steps},
};
use crate::{
    terminology::budget::{Budget, TooMuch},
    text::{Hashed, arabic::clitics::Reading},
};

/// What a reading with all its slips costs, in readings.
const COST: usize = 32;

impl Recognizer {
    /// Finds the terms that start with the first of some words, one of which has a slip.
    pub(crate) fn nearly_starting_at(
        &self,
        text: &str,
        here: &[Read<'_>],
        readings: &[Reading],
        alive: &impl Alive,
        budget: &mut Budget,
        found: &mut Vec<FoundTerm>,
    ) -> Result<(), TooMuch> {
        let mut steps = vec![Step::start()];
        for (n, read) in here.iter().enumerate() {
            let parted = n.checked_sub(1).and_then(|b| here.get(b)).is_some_and(|b| !adjoin(text, b, read));
            if steps.is_empty() || parted {
                return Ok(());
            }
            budget.take(steps.len() * read.readings.len() * COST)?;
            let mut next = Steps::default();
            let mut run = Run::new(text, here.get(..=n).unwrap_or_default());
            let mut go = |step: &Step, reading: &Reading, word: (Hashed, usize), slipped: Option<usize>| {
                let hash = then(step.place.hash, n, word);
                let passed = self.paths.find(hash.mixed(), |path| {
                    if slipped.is_some() && alive(path.entry.concept, path.entry.revision) {
                        let way = Way::new(&run, step.readings(reading), slipped);
                        found.extend(path.matched(&mut run, &way));
                    }
                });
                if passed {
                    next.add(step.then(hash, reading, slipped));
                }
            };
            for step in &steps {
                for reading in readings.get(read.readings.clone()).into_iter().flatten() {
                    go(step, reading, base_of(reading), step.place.slipped);
                    // A slip inside an ending would be a slip in any ending: too many readings.
                    if step.place.slipped.is_none() && reading.after == 0 {
                        let base: Vec<char> = read.letters.base(reading).chars().collect();
                        slips(&base, |word| go(step, reading, word, Some(n)));
                    }
                }
            }
            steps = next.all;
        }
        Ok(())
    }
}
