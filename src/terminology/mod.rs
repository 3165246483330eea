//! Terms found in running text.

mod recognizer;

pub use recognizer::{FoundTerm, Recognizer, TermKind};
