//! Terms found in running text, and kept in its translation.

mod budget;
mod check;
mod forms;
mod longest;
mod parts;
mod recognizer;
mod spelling;
mod suggest;

pub use budget::TooMuch;
pub use check::{GroupVerdict, TermUse, TermVerdict, check};
pub use longest::longest;
pub use recognizer::{FoundTerm, Recognizer, TermKind, Wanted};
pub use suggest::{SuggestOptions, Suggestion, suggest};
