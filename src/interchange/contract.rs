//! What a reader or writer of a format gives and takes.

use std::io;

use super::{
    error::ReadError,
    problem::{Place, Problem},
};
use crate::{
    locale::{BadLocale, Locale},
    term::ConceptDraft,
    unit::UnitDraft,
};

/// The languages that a file is read for.
#[derive(Clone, Debug)]
pub struct Languages {
    /// The memory's source locale.
    pub source: Locale,
    /// The memory's target locale.
    pub target: Locale,
    /// What locales of the file stand for, without regard to case.
    pub renamed: Vec<(String, Locale)>,
}

impl Default for Languages {
    fn default() -> Self {
        Self { source: Locale::arabic(), target: Locale::english(), renamed: Vec::new() }
    }
}

impl Languages {
    /// Reads a locale as the file has it.
    ///
    /// # Errors
    /// It is no BCP 47 tag, and stands for nothing else.
    pub(crate) fn read(&self, told: &str) -> Result<Locale, BadLocale> {
        let renamed = self.renamed.iter().find(|(name, _)| name.eq_ignore_ascii_case(told.trim()));
        renamed.map_or_else(|| Locale::parse_from_file(told), |(_, locale)| Ok(locale.clone()))
    }

    /// Says whether a file from one language to another, which it may not tell, goes the other
    /// way than the memory; nothing for other languages.
    pub(crate) fn turned(&self, from: &Locale, to: Option<&Locale>) -> Option<bool> {
        let goes = |source: &Locale, target: &Locale| {
            from.same_language(source) && to.is_none_or(|to| to.same_language(target))
        };
        if goes(&self.source, &self.target) {
            Some(false)
        } else {
            goes(&self.target, &self.source).then_some(true)
        }
    }
}

/// What one unit of a file gave.
#[derive(Clone, Debug)]
pub struct FileUnit {
    /// Where it stands.
    pub place: Place,
    /// The units made of it: one for each target; none when it is refused.
    pub drafts: Vec<UnitDraft>,
    /// What needs a look; says why when there are no drafts.
    pub problems: Vec<Problem>,
}

/// Bytes that the translations of one unit may come to together with what all of them share,
/// which each is given.
const MOST_SHARED: usize = 16 << 20;

/// Says whether so many translations of one unit, each with so many bytes that they share, are
/// more than can be held.
pub(crate) fn shares_too_much(shared: usize, translations: usize) -> bool {
    translations > 1 && shared.saturating_mul(translations) > MOST_SHARED
}

/// A reader of one format.
pub(crate) trait ReadUnits {
    /// Reads the next unit; nothing at the end of the file.
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError>;
}

/// What a written file says of the memory.
#[derive(Clone, Debug)]
pub struct MemoryHead {
    /// Its source locale.
    pub source: Locale,
    /// Its target locale.
    pub target: Locale,
}

/// A writer of one format.
pub(crate) trait WriteUnits {
    /// Writes a unit.
    fn unit(&mut self, unit: &UnitDraft) -> io::Result<()>;

    /// Ends the file; returns what its format did not hold.
    fn finish(self: Box<Self>) -> io::Result<WriteLosses>;
}

/// A concept of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileConcept {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub draft: ConceptDraft,
    /// The id that versions up to 0.1 derived for it, or empty if the file gives an id.
    pub former_id: String,
}

/// What a file of terms gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConceptFile {
    /// The concepts, each with an id. An id may stand twice where both say the same.
    pub concepts: Vec<FileConcept>,
    /// What needs a look.
    pub problems: Vec<Problem>,
    /// Entries in the file, refused ones included.
    pub read: u64,
}

/// What a written file says of the glossary.
#[derive(Clone, Copy, Debug)]
pub struct GlossaryHead<'g> {
    /// Its name.
    pub name: &'g str,
    /// What it is for, or empty.
    pub description: &'g str,
    /// Its source locale.
    pub source: &'g Locale,
    /// Its target locale.
    pub target: &'g Locale,
}

/// What could not be written as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriteLosses {
    /// Concepts of which the format holds only a part.
    pub partly: u64,
    /// Of these, how many are left out: the format has no place for them.
    pub left_out: u64,
    /// Characters that the format does not have; U+FFFD stands for them.
    pub replaced: u64,
}
