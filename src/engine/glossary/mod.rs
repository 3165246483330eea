//! Glossaries: concepts, files, term recognition, terminology checks and term suggestions.

mod check;
mod collection;
mod files;
mod recognize;
mod suggest;

pub use check::{CheckRequest, CheckedTerm};
pub use files::{ConceptImportTarget, ExportReport};
pub use recognize::{RecognizeRequest, RecognizedTerm, TermTarget};
pub use suggest::{SuggestRequest, SuggestedTerm};
