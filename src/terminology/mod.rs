//! Terms found in running text, and kept in its translation.

mod check;
mod forms;
mod parts;
mod recognizer;
mod spelling;
mod suggest;

pub use check::{GroupVerdict, TermUse, TermVerdict, check};
pub use recognizer::{FoundTerm, Recognizer, TermKind, TooMuch, Wanted};
pub use suggest::{SuggestOptions, Suggestion, suggest};
