//! Concepts out of a file and into one, whatever its format.

use std::{
    hash::{Hash, Hasher},
    io::{self, Read, Write},
};

use rustc_hash::{FxHashMap, FxHasher};

use super::{
    decode::from_io,
    error::ReadError,
    packed::Unpacked,
    problem::{Place, Problem},
    tbx, terms_csv, terms_csv_write,
    units::ending,
};
use crate::{locale::Locale, term::ConceptDraft, text::folded};

/// A format of concepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConceptFormat {
    /// TBX version 2 (`martif`) or 3 (`tbx`); version 3, TBX-Basic DCA, when written.
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
        match ending(name)?.as_str() {
            "tbx" => Some(Self::Tbx),
            "csv" => Some(Self::Csv),
            "tsv" | "tab" | "utx" | "txt" => Some(Self::Tsv),
            _ => None,
        }
    }
}

/// A concept of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileConcept {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub draft: ConceptDraft,
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
    let endings: &[&str] = match format {
        ConceptFormat::Tbx => &[".tbx"],
        ConceptFormat::Csv => &[".csv"],
        ConceptFormat::Tsv => &[".tsv", ".tab", ".utx", ".txt"],
    };
    let bytes = Unpacked::new(bytes, endings).map_err(|e| from_io(&e))?;
    let mut file = match format {
        ConceptFormat::Tbx => tbx::read(bytes, source),
        ConceptFormat::Csv => terms_csv::read(bytes, false, source, target),
        ConceptFormat::Tsv => terms_csv::read(bytes, true, source, target),
    }?;
    settle_ids(&mut file, source);
    Ok(file)
}

/// Gives concepts without an id one that the same entry gets again, and refuses
/// those whose id another concept of the file has.
fn settle_ids(file: &mut ConceptFile, source: &Locale) {
    let mut seen: FxHashMap<String, ConceptDraft> = FxHashMap::default();
    // Of each derived id how often it was given, and to concepts of which content.
    let mut given: FxHashMap<String, (u32, FxHashMap<u64, String>)> = FxHashMap::default();
    let concepts = std::mem::take(&mut file.concepts);
    for mut concept in concepts {
        let draft = &mut concept.draft;
        if draft.id.is_empty() {
            let derived = derived_id(draft, source);
            let content = content_hash(draft);
            let (number, ids) = given.entry(derived.clone()).or_default();
            draft.id = ids.get(&content).cloned().unwrap_or_default();
            while draft.id.is_empty() || seen.get(&draft.id).is_some_and(|other| other != draft) {
                *number += 1;
                draft.id = if *number == 1 { derived.clone() } else { format!("{derived}-{number}") };
            }
            ids.insert(content, draft.id.clone());
        } else if seen.get(&draft.id).is_some_and(|other| other != draft) {
            let message =
                format!("'{}' is the id of an earlier concept of the file: give each its own", draft.id);
            file.problems.push(Problem::refused(&concept.place, "CONCEPT_ID_TWICE", message));
            continue;
        }
        seen.insert(draft.id.clone(), draft.clone());
        file.concepts.push(concept);
    }
}

fn content_hash(concept: &ConceptDraft) -> u64 {
    let mut hasher = FxHasher::default();
    format!("{concept:?}").hash(&mut hasher);
    hasher.finish()
}

fn derived_id(concept: &ConceptDraft, source: &Locale) -> String {
    let first = |of_source: bool| concept.terms.iter().find(|t| t.locale.same_language(source) == of_source);
    let text = |of_source| first(of_source).map_or("", |t| t.text.as_str());
    let mut hasher = FxHasher::default();
    (folded(text(true)), text(false)).hash(&mut hasher);
    format!("row-{:016x}", hasher.finish())
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

/// Writes concepts as a file.
///
/// # Errors
/// Those of `out`.
pub fn write_concepts<'c>(
    format: ConceptFormat,
    out: &mut dyn Write,
    head: &GlossaryHead<'_>,
    concepts: impl Iterator<Item = &'c ConceptDraft> + Clone,
) -> io::Result<WriteLosses> {
    match format {
        ConceptFormat::Tbx => {
            let partly = concepts.clone().filter(|concept| !tbx::is_whole(concept)).count() as u64;
            Ok(WriteLosses { partly, replaced: tbx::write(out, head, concepts)?, ..WriteLosses::default() })
        }
        ConceptFormat::Csv => terms_csv_write::write(out, b',', head, concepts),
        ConceptFormat::Tsv => terms_csv_write::write(out, b'\t', head, concepts),
    }
}
