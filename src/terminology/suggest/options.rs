//! Limits of suggestions.

use crate::score::Score;

/// How candidates are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuggestOptions {
    /// The fewest segments that must have both phrases. Default: 3.
    pub min_together: u32,
    /// The lowest score. Default: 40.
    pub min_score: Score,
    /// The most words of a phrase. Default: 4.
    pub max_words: usize,
}

impl Default for SuggestOptions {
    fn default() -> Self {
        Self { min_together: 3, min_score: Score::from_whole(40), max_words: 4 }
    }
}
