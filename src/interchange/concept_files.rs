//! Concepts out of a file and into one, whatever its format.

use std::{
    hash::{Hash, Hasher},
    io::{self, Read, Write},
};

use rustc_hash::{FxHashMap, FxHasher};

use super::{
    bytes::{Unpacked, from_io},
    contract::{ConceptFile, GlossaryHead, WriteLosses},
    error::ReadError,
    format::ConceptFormat,
    problem::Problem,
    tables::{terms_csv, terms_csv_write},
    tbx,
};
use crate::{locale::Locale, term::ConceptDraft, text::folded};

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
