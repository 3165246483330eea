//! Finds terms in running text, checks whether a translation keeps them, and suggests new ones.

mod budget;
mod check;
mod forms;
pub(crate) mod overlap;
mod recognizer;
mod running;
mod signs;
mod source_words;
mod spelling;
mod suggest;
mod term_trie;

pub use budget::SearchTooLarge;
pub use check::{GroupVerdict, TermUse, TermVerdict, check};
pub use overlap::keep_longest;
pub use recognizer::{FoundTerm, RecognizeOptions, Recognizer, TermKind};
pub use suggest::{SuggestOptions, TermSuggestion, suggest};
