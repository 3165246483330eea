//! A document that is read as a whole and written with its answers.

use std::io::{Cursor, Read, Write};

use super::{
    answer::{Answer, FillResult, LeftAlone, SegmentToTranslate},
    model::MAX_DOCUMENT_BYTES,
    skeleton,
    xliff::XliffDocument,
};
use crate::{
    interchange::{
        bytes::{DecodingReader, Decompressor, from_io, xml_encoding_range},
        contract::Languages,
        error::ReadError,
        format::{UnitFormat, ending, has_ending},
    },
    score::Score,
};

/// A format of documents that can be pretranslated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DocumentFormat {
    /// XLIFF 1.2 or 2.x.
    Xliff,
    /// A gettext catalogue.
    Po,
    /// Plain text.
    Text,
}

impl DocumentFormat {
    /// Returns the format for the extension of a file name, or `None` if it is unknown.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let extension = ending(name)?;
        [Self::Xliff, Self::Po, Self::Text]
            .into_iter()
            .find(|format| has_ending(format.endings(), &extension))
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Xliff => UnitFormat::Xliff.endings(),
            Self::Po => UnitFormat::Po.endings(),
            Self::Text => &[".txt", ".text", ".md"],
        }
    }
}

/// A document in memory.
#[derive(Debug)]
pub struct Document {
    document: XliffDocument,
    /// True for XLIFF that began with a byte order mark.
    has_bom: bool,
}

/// The byte order mark of UTF-8.
const UTF8_BOM: [u8; 3] = *b"\xEF\xBB\xBF";

impl Document {
    /// Reads a document for a memory's languages. `name` becomes the `original` attribute of a plain text or a
    /// catalogue.
    ///
    /// # Errors
    /// The document cannot be read in its format, or has more than 256 MiB.
    pub fn read(
        format: DocumentFormat,
        name: &str,
        bytes: impl Read,
        languages: &Languages,
    ) -> Result<Self, ReadError> {
        let mut bytes = Decompressor::new(bytes, format.endings()).map_err(|e| from_io(&e))?;
        let mut first = Vec::with_capacity(UTF8_BOM.len());
        bytes.by_ref().take(UTF8_BOM.len() as u64).read_to_end(&mut first)?;
        let marked = first == UTF8_BOM;
        let bytes = Cursor::new(first).chain(bytes);
        let text = match format {
            DocumentFormat::Xliff => declare_utf8(read_whole(bytes)?),
            DocumentFormat::Po => skeleton::catalogue_to_xliff(name, marked, bytes, languages)?,
            DocumentFormat::Text => skeleton::text_to_xliff(name, marked, &read_whole(bytes)?, languages)?,
        };
        let marked = marked && format == DocumentFormat::Xliff;
        Ok(Self { document: XliffDocument::read(text, languages)?, has_bom: marked })
    }

    /// Returns the segments to translate, in the order of the document.
    #[must_use]
    pub fn segments(&self) -> &[SegmentToTranslate] {
        self.document.segments()
    }

    /// Returns the counts of what is left as it is.
    #[must_use]
    pub fn left_alone(&self) -> LeftAlone {
        self.document.left_alone()
    }

    /// Writes the document as XLIFF with an answer for each segment. A target is filled if the best match scores at
    /// least `fill` and nothing of [`NotFilled`](super::NotFilled) speaks against it. Returns for each segment what
    /// became of its target.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write(
        &self,
        answers: &[Answer],
        fill: Option<Score>,
        out: &mut dyn Write,
    ) -> std::io::Result<Vec<FillResult>> {
        if self.has_bom {
            out.write_all(&UTF8_BOM)?;
        }
        self.document.write(answers, fill, out)
    }
}

/// Reads a whole document and decodes it to UTF-8.
fn read_whole(bytes: impl Read) -> Result<String, ReadError> {
    let mut text = String::new();
    let read = DecodingReader::new(bytes)?
        .take(MAX_DOCUMENT_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|e| from_io(&e))?;
    if read as u64 > MAX_DOCUMENT_BYTES {
        return Err(ReadError::Io(format!("the document has more than {MAX_DOCUMENT_BYTES} bytes")));
    }
    Ok(text)
}

/// Replaces the encoding in the XML declaration with UTF-8, because that is what is written.
fn declare_utf8(mut text: String) -> String {
    let label = xml_encoding_range(&text);
    if let Some(label) =
        label.filter(|label| !text.get(label.clone()).is_some_and(|name| name.eq_ignore_ascii_case("utf-8")))
    {
        text.replace_range(label, "UTF-8");
    }
    text
}
