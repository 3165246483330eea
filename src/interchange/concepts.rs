//! Concepts out of a file, whatever its format.

use std::io::Read;

use super::{error::ReadError, problem::Problem, tbx, terms_csv};
use crate::{locale::Locale, term::ConceptDraft};

/// A format that concepts are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConceptFormat {
    /// TBX version 2 (`martif`) or 3 (`tbx`).
    Tbx,
    /// Comma-separated, quoted after RFC 4180.
    Csv,
    /// `source TAB target TAB note`, or with a header row; OmegaT's glossaries and UTX.
    Tsv,
}

impl ConceptFormat {
    /// Returns the format by a file's ending, if it is a known one.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
        match ending.as_str() {
            "tbx" => Some(Self::Tbx),
            "csv" => Some(Self::Csv),
            "tsv" | "tab" | "utx" | "txt" => Some(Self::Tsv),
            _ => None,
        }
    }
}

/// What a file of terms gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConceptFile {
    /// The concepts.
    pub concepts: Vec<ConceptDraft>,
    /// What needs a look.
    pub problems: Vec<Problem>,
    /// Entries in the file, refused ones included.
    pub read: u64,
}

/// Reads a file of terms for a glossary's languages.
///
/// # Errors
/// The file is not well formed, or cannot be read.
pub fn read_concepts(
    format: ConceptFormat,
    bytes: impl Read,
    source: &Locale,
    target: &Locale,
) -> Result<ConceptFile, ReadError> {
    match format {
        ConceptFormat::Tbx => tbx::read(bytes, source),
        ConceptFormat::Csv => terms_csv::read(bytes, b',', source, target),
        ConceptFormat::Tsv => terms_csv::read(bytes, b'\t', source, target),
    }
}
