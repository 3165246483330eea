//! Reads and writes concepts, choosing the implementation by format.

use std::io::{self, Read, Write};

use super::{
    bytes::{Decompressor, from_io},
    concept_ids::settle_ids,
    contract::{ConceptFile, GlossaryHead, WriteLosses},
    error::ReadError,
    format::ConceptFormat,
    tables::{terms_csv, terms_csv_write},
    tbx,
};
use crate::{locale::Locale, term::ConceptDraft};

/// Reads a file of concepts for a glossary's languages. Every concept gets an id.
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
    let bytes = Decompressor::new(bytes, endings).map_err(|e| from_io(&e))?;
    let mut file = match format {
        ConceptFormat::Tbx => tbx::read(bytes, source),
        ConceptFormat::Csv => terms_csv::read(bytes, false, source, target),
        ConceptFormat::Tsv => terms_csv::read(bytes, true, source, target),
    }?;
    settle_ids(&mut file, source);
    Ok(file)
}

/// Writes concepts to a file. Returns counts of what its format could not hold.
///
/// # Errors
/// Writing to `out` fails.
pub fn write_concepts<'c>(
    format: ConceptFormat,
    out: &mut dyn Write,
    head: &GlossaryHead<'_>,
    concepts: impl Iterator<Item = &'c ConceptDraft> + Clone,
) -> io::Result<WriteLosses> {
    match format {
        ConceptFormat::Tbx => {
            let partly = concepts.clone().filter(|concept| !tbx::is_whole(concept)).count() as u64;
            Ok(WriteLosses {
                partial: partly,
                replaced: tbx::write(out, head, concepts)?,
                ..WriteLosses::default()
            })
        }
        ConceptFormat::Csv => terms_csv_write::write(out, b',', head, concepts),
        ConceptFormat::Tsv => terms_csv_write::write(out, b'\t', head, concepts),
    }
}
