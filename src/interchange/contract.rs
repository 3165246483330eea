//! Types and traits that the readers and writers of all formats have in common.

use std::io;

use super::{
    error::ReadError,
    problem::{FilePosition, Problem},
};
use crate::{
    locale::{InvalidLocale, Locale},
    term::ConceptDraft,
    unit::UnitDraft,
};

/// The languages of the memory for which a file is read.
#[derive(Clone, Debug)]
pub struct Languages {
    /// The memory's source locale.
    pub source: Locale,
    /// The memory's target locale.
    pub target: Locale,
    /// Locales by the names that the file has for them: with `("arb", ar)`, `arb` is read as `ar`.
    /// Names are compared without regard to ASCII case.
    pub renamed: Vec<(String, Locale)>,
}

impl Default for Languages {
    fn default() -> Self {
        Self { source: Locale::arabic(), target: Locale::english(), renamed: Vec::new() }
    }
}

impl Languages {
    /// Parses a locale as the file writes it; names in [`Self::renamed`] are replaced.
    ///
    /// # Errors
    /// The text is not a valid BCP 47 tag and has no replacement.
    pub(crate) fn parse_locale(&self, text: &str) -> Result<Locale, InvalidLocale> {
        let renamed = self.renamed.iter().find(|(name, _)| name.eq_ignore_ascii_case(text.trim()));
        renamed.map_or_else(|| Locale::parse_from_file(text), |(_, locale)| Ok(locale.clone()))
    }

    /// Returns whether a file translates in the opposite direction of the memory: `Some(false)`
    /// for the same direction, `Some(true)` for the opposite one, `None` for other languages.
    /// `to` is `None` if the file does not name its target language.
    pub(crate) fn reversed(&self, from: &Locale, to: Option<&Locale>) -> Option<bool> {
        if same_direction(from, to, &self.source, &self.target) {
            Some(false)
        } else {
            same_direction(from, to, &self.target, &self.source).then_some(true)
        }
    }
}

/// Returns true if `from` and `to` have the languages of `source` and `target`. Without a `to`
/// only the source languages are compared.
fn same_direction(from: &Locale, to: Option<&Locale>, source: &Locale, target: &Locale) -> bool {
    from.has_same_language(source) && to.is_none_or(|to| to.has_same_language(target))
}

/// One unit of a file, with the drafts made from it.
#[derive(Clone, Debug)]
pub struct FileUnit {
    /// Where it is in the file.
    pub position: FilePosition,
    /// The units made from it, one for each target; empty if it is refused.
    pub drafts: Vec<UnitDraft>,
    /// Its problems. If there are no drafts, they give the reason.
    pub problems: Vec<Problem>,
}

impl FileUnit {
    /// Makes a unit that is refused: it has a problem and no drafts.
    pub(crate) fn refused(place: FilePosition, reason: &'static str, message: impl Into<String>) -> Self {
        let problems = vec![Problem::refused(&place, reason, message)];
        Self { position: place, drafts: Vec::new(), problems }
    }
}

/// Maximum bytes of the copies of shared data, because each translation of a unit gets its own
/// copy, for example of the notes.
const MAX_SHARED_BYTES: usize = 16 << 20;

/// Returns true if `translations` copies of `shared` bytes exceed the limit. A single
/// translation never does.
pub(crate) fn exceeds_shared_limit(shared: usize, translations: usize) -> bool {
    translations > 1 && shared.saturating_mul(translations) > MAX_SHARED_BYTES
}

/// A reader of units in one format.
pub(crate) trait ReadUnits {
    /// Reads the next unit. Returns `None` at the end of the file.
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError>;
}

/// The properties of a memory that writers put into a file.
#[derive(Clone, Debug)]
pub struct MemoryHead {
    /// The memory's source locale.
    pub source: Locale,
    /// The memory's target locale.
    pub target: Locale,
}

/// A writer of units in one format.
pub(crate) trait WriteUnits {
    /// Writes a unit.
    fn write_unit(&mut self, unit: &UnitDraft) -> io::Result<()>;

    /// Ends the file. Returns counts of what its format could not hold.
    fn finish(self: Box<Self>) -> io::Result<WriteLosses>;
}

/// One entry of a file of concepts, with the concept made from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileConcept {
    /// Where it is in the file.
    pub position: FilePosition,
    /// The concept, with an id; `None` if the entry is refused. Two concepts of a file may have the
    /// same id if they are equal.
    pub draft: Option<ConceptDraft>,
    /// The id that versions up to 0.1 derived for it, or empty if the file gives an id.
    pub former_id: String,
    /// Its problems. If there is no concept, they give the reason.
    pub problems: Vec<Problem>,
}

impl FileConcept {
    /// Makes an entry that has a concept and no problems.
    pub(crate) fn new(position: FilePosition, draft: ConceptDraft) -> Self {
        Self { position, draft: Some(draft), former_id: String::new(), problems: Vec::new() }
    }

    /// Makes an entry that is refused: it has a problem and no concept.
    pub(crate) fn refused(place: FilePosition, reason: &'static str, message: impl Into<String>) -> Self {
        let problems = vec![Problem::refused(&place, reason, message)];
        Self { position: place, draft: None, former_id: String::new(), problems }
    }
}

/// A part of a file of concepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ConceptFilePart {
    /// An entry.
    Entry(Box<FileConcept>),
    /// A remark on something outside the entries.
    Remark(Problem),
}

/// A reader of concepts in one format. It derives no ids.
pub(crate) trait ReadConcepts {
    /// Reads the next part. Returns `None` at the end of the file.
    fn next_part(&mut self) -> Result<Option<ConceptFilePart>, ReadError>;
}

/// The properties of a glossary that writers put into a file.
#[derive(Clone, Copy, Debug)]
pub struct GlossaryHead<'g> {
    /// The glossary's name.
    pub name: &'g str,
    /// Its description, or empty.
    pub description: &'g str,
    /// Its source locale.
    pub source: &'g Locale,
    /// Its target locale.
    pub target: &'g Locale,
}

/// Counts of what a format could not hold when a file was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteLosses {
    /// Units or concepts that were written only in part, or left out.
    pub partial: u64,
    /// The number of those that were left out, because the format has no place for them.
    pub left_out: u64,
    /// Characters that the format does not allow, which were replaced with U+FFFD.
    pub replaced: u64,
}
