//! Documents that are translated beforehand: XLIFF with what a memory and glossaries have
//! for each segment, everything else as it was.
//!
//! An XLIFF file is edited in place. Plain text and PO files become XLIFF 1.2 with a
//! skeleton inside, from which [`assemble`] makes the translated document.

mod edits;
mod skeleton;
mod spans;
mod xliff;

use std::io::{Cursor, Read, Write};

use super::{
    decode::{Decoded, declared_label, from_io},
    error::ReadError,
    packed::Unpacked,
    units::{Languages, UnitFormat, ending, has_ending},
};
use crate::{
    score::Score,
    segment::{InlineCode, Segment},
};

pub use skeleton::{Assembled, assemble};
use xliff::XliffDocument;

/// A format of documents.
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
    /// Returns the format by a file's ending, if it is a known one.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let told = ending(name)?;
        [Self::Xliff, Self::Po, Self::Text].into_iter().find(|format| has_ending(format.endings(), &told))
    }

    fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Xliff => UnitFormat::Xliff.endings(),
            Self::Po => UnitFormat::Po.endings(),
            Self::Text => &[".txt", ".text", ".md"],
        }
    }
}

/// A segment of a document that has no translation yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToTranslate {
    /// What it says.
    pub segment: Segment,
    /// The document goes the other way than the memory: look it up in reverse.
    pub reverse: bool,
    /// The id of its unit in the document, or empty.
    pub unit: String,
}

/// What a memory has for a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The stored text that is like the segment.
    pub source: String,
    /// Its translation, with the segment's codes where they could be carried over.
    pub target: Segment,
    /// Its score.
    pub score: Score,
    /// How alike the texts are.
    pub similarity: Score,
    /// Where it comes from.
    pub origin: String,
}

impl Suggestion {
    /// Says whether it is sure: nothing of the match differs.
    fn is_exact(&self) -> bool {
        self.score >= Score::FULL
    }
}

/// A term of a segment and its translations, the one to use first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermNote {
    /// The term.
    pub term: String,
    /// Its translations.
    pub translations: Vec<String>,
}

/// What is known of one segment, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Matches.
    pub suggestions: Vec<Suggestion>,
    /// Terms.
    pub terms: Vec<TermNote>,
}

/// What a document holds beside the segments to translate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftAlone {
    /// Segments that have a translation.
    pub translated: u64,
    /// Segments that are not to be translated.
    pub not_translatable: u64,
    /// Units in other languages than the memory's.
    pub other_languages: u64,
    /// Segments with an entity that XML does not have, of more than 4 MiB, or without an id
    /// that tells them from the others of their unit.
    pub unreadable: u64,
}

/// Marks a unit that is a plural form of a catalogue.
const PLURAL: &str = "x-gettext-plural";

/// A document, read whole.
#[derive(Debug)]
pub struct Document {
    document: XliffDocument,
    /// It began with a byte order mark.
    marked: bool,
}

/// The byte order mark of UTF-8.
const MARK: [u8; 3] = *b"\xEF\xBB\xBF";

/// Bytes of a document.
const LARGEST: u64 = 256 << 20;

impl Document {
    /// Reads a document for a memory's languages. `name` becomes the name of a text's or
    /// catalogue's document.
    ///
    /// # Errors
    /// What ends the reading of its format, or a document of more than 256 MiB.
    pub fn read(
        format: DocumentFormat,
        name: &str,
        bytes: impl Read,
        languages: &Languages,
    ) -> Result<Self, ReadError> {
        let mut bytes = Unpacked::new(bytes, format.endings()).map_err(|e| from_io(&e))?;
        let mut first = Vec::with_capacity(MARK.len());
        bytes.by_ref().take(MARK.len() as u64).read_to_end(&mut first)?;
        let marked = first == MARK;
        let bytes = Cursor::new(first).chain(bytes);
        let text = match format {
            DocumentFormat::Xliff => utf8_declared(whole(bytes)?),
            DocumentFormat::Po => skeleton::of_catalogue(name, marked, bytes, languages)?,
            DocumentFormat::Text => skeleton::of_text(name, marked, &whole(bytes)?, languages)?,
        };
        let marked = marked && format == DocumentFormat::Xliff;
        Ok(Self { document: XliffDocument::read(text, languages)?, marked })
    }

    /// Returns the segments that have no translation, in order.
    #[must_use]
    pub fn segments(&self) -> &[ToTranslate] {
        self.document.segments()
    }

    /// Returns what is left as it is.
    #[must_use]
    pub fn left_alone(&self) -> LeftAlone {
        self.document.left_alone()
    }

    /// Writes the document as XLIFF with an answer for each segment. A target is filled when
    /// the best match scores at least `fill` and has the segment's inline codes. Returns which segments were filled.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(
        &self,
        answers: &[Answer],
        fill: Option<Score>,
        out: &mut dyn Write,
    ) -> std::io::Result<Vec<bool>> {
        if self.marked {
            out.write_all(&MARK)?;
        }
        self.document.write(answers, fill, out)
    }
}

/// Reads a document as text, whatever its encoding.
fn whole(bytes: impl Read) -> Result<String, ReadError> {
    let mut text = String::new();
    let read = Decoded::new(bytes)?.take(LARGEST + 1).read_to_string(&mut text).map_err(|e| from_io(&e))?;
    if read as u64 > LARGEST {
        return Err(ReadError::Io(format!("the document has more than {LARGEST} bytes")));
    }
    Ok(text)
}

/// Makes an XML declaration name the encoding that is written.
fn utf8_declared(mut text: String) -> String {
    let label = declared_label(&text);
    if let Some(label) =
        label.filter(|label| !text.get(label.clone()).is_some_and(|told| told.eq_ignore_ascii_case("utf-8")))
    {
        text.replace_range(label, "UTF-8");
    }
    text
}

/// Writes a translation with the inline codes of the segment that it is for, each as `markup`
/// has it. Returns nothing where the translation does not have these codes.
fn with_codes(segment: &Segment, markup: &[String], suggestion: &Suggestion) -> Option<String> {
    let Segment { text, codes } = &suggestion.target;
    let (before, after) = white_space(&segment.text, text);
    if segment.codes.is_empty() {
        return Some(format!("{before}{}{after}", edits::escaped(text)));
    }
    if codes.len() != segment.codes.len() {
        return None;
    }
    let mut used = vec![false; codes.len()];
    let mut text = text.chars();
    let (mut xml, mut position) = (String::new(), 0);
    for code in codes {
        let same = |other: &InlineCode| InlineCode { position: code.position, ..other.clone() } == *code;
        let mut free = segment.codes.iter().enumerate().filter(|(n, _)| used.get(*n) == Some(&false));
        let n = free.find(|(_, other)| same(other))?.0;
        *used.get_mut(n)? = true;
        let before: String = text.by_ref().take(code.position.saturating_sub(position) as usize).collect();
        position = code.position.max(position);
        xml.push_str(&edits::escaped(&before));
        xml.push_str(markup.get(n)?);
    }
    xml.push_str(&edits::escaped(&text.collect::<String>()));
    edits::is_well_formed(&xml).then(|| format!("{before}{xml}{after}"))
}

/// Returns the white space around a segment that its translation lacks.
fn white_space<'s>(segment: &'s str, target: &str) -> (&'s str, &'s str) {
    let inner = segment.trim();
    let (before, after) = segment.split_once(inner).unwrap_or_default();
    let start = if target.starts_with(char::is_whitespace) { "" } else { before };
    (start, if target.ends_with(char::is_whitespace) { "" } else { after })
}

#[cfg(test)]
mod tests;
