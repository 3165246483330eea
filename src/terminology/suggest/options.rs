//! What suggestions are limited by.

use crate::score::Score;

/// How candidates are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SuggestOptions {
    /// Segments in which both sides must stand together. Default: 3.
    pub least_together: u32,
    /// The least score. Default: 40.
    pub least_score: Score,
    /// Words of a phrase at most. Default: 4.
    pub most_words: usize,
}

impl Default for SuggestOptions {
    fn default() -> Self {
        Self { least_together: 3, least_score: Score::from_whole(40), most_words: 4 }
    }
}
