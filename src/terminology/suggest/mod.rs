//! Suggests terms from translated segments: frequent Arabic noun phrases, each with the
//! English phrase that occurs together with it.
//!
//! Counts are numbers of segments: with the source phrase, with the target phrase, and with both
//! (`together`). The score is Dice's coefficient, `2 · together / (source + target)`, which is 100 %
//! if neither phrase occurs without the other. A person has to review the candidates.

mod arabic;
mod candidates;
mod english;
mod options;
mod phrases;

pub use candidates::{TermSuggestion, suggest};
pub use options::SuggestOptions;
