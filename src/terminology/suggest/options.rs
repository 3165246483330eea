//! Limits of suggestions.

use crate::score::Score;

/// How candidates are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuggestOptions {
    /// The fewest segments that must have both phrases. Default: 3.
    pub least_together: u32,
    /// The lowest score. Default: 40.
    pub least_score: Score,
    /// The most words of a phrase. Default: 4.
    pub most_words: usize,
}

impl Default for SuggestOptions {
    fn default() -> Self {
        Self { least_together: 3, least_score: Score::from_whole(40), most_words: 4 }
    }
}
