//! The reader of concepts, and the writing of concepts, which choose the implementation by format.

use std::io::{self, Read, Write};

use super::{
    bytes::{Decompressor, from_io},
    concept_ids::ConceptIds,
    contract::{ConceptFilePart, GlossaryHead, ReadConcepts, WriteLosses},
    error::ReadError,
    format::ConceptFormat,
    tables::{TermReader, terms_csv_write},
    tbx,
};
use crate::{limits::Limits, locale::Locale, term::ConceptDraft};

/// Reads the concepts of a file one by one, and gives each an id. Memory does not grow with the sizes
/// of the entries: an entry that is too large is skipped while it is read. For each concept the reader
/// keeps about 200 bytes, to recognize its id.
pub struct ConceptReader<'r> {
    parts: Box<dyn ReadConcepts + 'r>,
    ids: ConceptIds,
}

impl<'r> ConceptReader<'r> {
    /// Opens a file, packed or not, for a glossary's languages.
    ///
    /// # Errors
    /// The encoding is unknown, or the file cannot be read.
    pub fn new(
        format: ConceptFormat,
        bytes: impl Read + 'r,
        (source, target): (&Locale, &Locale),
        limits: &Limits,
    ) -> Result<Self, ReadError> {
        let bytes = Decompressor::new(bytes, format.endings()).map_err(|e| from_io(&e))?;
        let languages = (source.clone(), target.clone());
        let parts: Box<dyn ReadConcepts + 'r> = match format {
            ConceptFormat::Tbx => Box::new(tbx::TbxReader::new(bytes, source, limits.terms)?),
            ConceptFormat::Csv => Box::new(TermReader::new(bytes, false, languages, limits.terms)?),
            ConceptFormat::Tsv => Box::new(TermReader::new(bytes, true, languages, limits.terms)?),
        };
        Ok(Self { parts, ids: ConceptIds::new(source) })
    }

    /// Reads the next part. Returns `None` at the end of the file.
    ///
    /// # Errors
    /// The file is not well formed, or an I/O error ends the reading.
    pub fn next_part(&mut self) -> Result<Option<ConceptFilePart>, ReadError> {
        let mut part = self.parts.next_part()?;
        if let Some(ConceptFilePart::Entry(entry)) = &mut part {
            self.ids.settle(entry);
        }
        Ok(part)
    }
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
