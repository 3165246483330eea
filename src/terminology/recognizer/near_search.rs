//! Searches for terms in which one word of the text has a slip of the pen.

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

/// The cost of a reading with all its slips, in readings.
const COST: usize = 32;

impl Recognizer {
    /// Finds the terms that start with the first of some words and have a slip in one word.
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
            let separated =
                n.checked_sub(1).and_then(|b| here.get(b)).is_some_and(|b| !adjoin(text, b, read));
            if steps.is_empty() || separated {
                return Ok(());
            }
            budget.take(steps.len() * read.readings.len() * COST)?;
            let mut next = Steps::default();
            let mut run = Run::new(text, here.get(..=n).unwrap_or_default());
            let mut follow =
                |step: &Step, reading: &Reading, word: (Hashed, usize), slipped: Option<usize>| {
                    let hash = then(step.place.hash, n, word);
                    let passed = self.paths.find(hash.mixed(), |path| {
                        if slipped.is_some() && path.is_alive(alive) {
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
                    follow(step, reading, base_of(reading), step.place.slipped);
                    // Words with endings are left out, because a slip could be in any ending: too many
                    // readings.
                    if step.place.slipped.is_none() && reading.after == 0 {
                        let base: Vec<char> = read.letters.base(reading).chars().collect();
                        slips(&base, |word| follow(step, reading, word, Some(n)));
                    }
                }
            }
            steps = next.all;
        }
        Ok(())
    }
}
