//! Finds terms in running text, checks whether a translation keeps them, and suggests new ones.

mod budget;
mod check;
mod forms;
pub(crate) mod overlap;
mod recognizer;
mod spelling;
mod suggest;
mod term_trie;

pub use budget::TooMuch;
pub use check::{GroupVerdict, TermUse, TermVerdict, check};
pub use overlap::longest;
pub use recognizer::{FoundTerm, Recognizer, TermKind, Wanted};
pub use suggest::{SuggestOptions, Suggestion, suggest};
