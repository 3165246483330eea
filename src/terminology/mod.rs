//! Terms found in running text.

mod forms;
mod parts;
mod recognizer;
mod spelling;

pub use recognizer::{FoundTerm, Recognizer, TermKind};
