//! Term candidates out of translated segments: Arabic noun phrases that come often,
//! each with the English phrase that comes with it.
//!
//! What is counted is in how many segments a phrase stands, on each side and
//! together. The score is Dice's coefficient, `2 · together / (source + target)`: all when
//! neither stands without the other. Candidates are for a person to look at.

mod arabic;
mod candidates;
mod english;
mod options;
mod phrases;

pub use candidates::{Suggestion, suggest};
pub use options::SuggestOptions;
