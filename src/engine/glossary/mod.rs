//! Glossaries: their concepts, files, recognition, checks and suggestions.

mod check;
mod collection;
mod files;
mod recognize;
mod suggest;

pub use check::{CheckRequest, CheckedTerm};
pub use files::ExportReport;
pub(crate) use recognize::glossary_views;
pub use recognize::{RecognizeRequest, RecognizedTerm, TermTarget};
pub use suggest::{SuggestRequest, SuggestedTerm};
