//! Searches for terms in which one word of the text has a slip of the pen.

use super::{
    found::FoundTerm,
    runs::{ReadWord, RunReading, WordRun, base_hash, extend_hash, gap_before},
    search::{IsCurrent, Recognizer},
    slips::for_each_slip,
    steps::{SearchStep, StepSet},
};
use crate::{
    terminology::budget::{SearchTooLarge, StepBudget},
    text::{RollingHash, arabic::clitics::Reading},
};

/// The cost of a reading with all its slips, in readings.
const SLIP_COST: usize = 32;

impl Recognizer {
    /// Finds the terms that start with the first of some words and have a slip in one word.
    pub(crate) fn find_near_starting_at(
        &self,
        text: &str,
        here: &[ReadWord<'_>],
        readings: &[Reading],
        alive: &impl IsCurrent,
        budget: &mut StepBudget,
        found: &mut Vec<FoundTerm>,
    ) -> Result<(), SearchTooLarge> {
        let mut steps = vec![SearchStep::start()];
        for (n, read) in here.iter().enumerate() {
            if steps.is_empty() {
                return Ok(());
            }
            let gap = gap_before(text, here, n);
            budget.take(steps.len() * read.readings.len() * SLIP_COST)?;
            let mut next = StepSet::default();
            let mut run = WordRun::new(text, here.get(..=n).unwrap_or_default());
            let mut follow =
                |step: &SearchStep, reading: &Reading, word: (RollingHash, usize), slipped: Option<usize>| {
                    let hash = extend_hash(step.state.hash, gap.as_deref(), word);
                    let passed = self.paths.find(hash.mixed(), |path| {
                        if slipped.is_some() && path.is_alive(alive) {
                            let way = RunReading::new(&run, step.readings(reading), slipped);
                            found.extend(path.match_run(&mut run, &way, readings));
                        }
                    });
                    if passed {
                        next.add(step.then(hash, reading, slipped));
                    }
                };
            for step in &steps {
                for reading in readings.get(read.readings.clone()).into_iter().flatten() {
                    follow(step, reading, base_hash(reading), step.state.slipped);
                    // Words with endings are left out, because a slip could be in any ending: too many
                    // readings.
                    if step.state.slipped.is_none() && reading.after == 0 {
                        let base: Vec<char> = read.letters.base(reading).chars().collect();
                        for_each_slip(&base, |word| follow(step, reading, word, Some(n)));
                    }
                }
            }
            steps = next.all;
        }
        Ok(())
    }
}
