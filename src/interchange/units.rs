//! Units out of a file, whatever its format.

use std::io::Read;

use super::{
    decode::from_io,
    error::ReadError,
    packed::Unpacked,
    po::PoReader,
    problem::{Place, Problem},
    tmx::TmxReader,
    tsv::TsvReader,
    units_csv::CsvReader,
    units_jsonl::JsonlReader,
    xliff::XliffReader,
    xml::is_xml_char,
};
use crate::{
    locale::{BadLocale, Locale},
    unit::UnitDraft,
};

/// A format that units are read from and written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitFormat {
    /// TMX 1.1 to 1.4b; 1.4, level 2, when written.
    Tmx,
    /// The same; level 1, without inline codes, when written.
    TmxLevel1,
    /// `source TAB target`.
    Tsv,
    /// XLIFF 1.2 or 2.x, also as SDLXLIFF and MQXLIFF; 1.2 when written.
    Xliff,
    /// A table with a header, RFC 4180.
    Csv,
    /// A JSON object a line, which holds everything.
    Jsonl,
    /// A gettext catalogue.
    Po,
}

impl UnitFormat {
    /// Returns the format by a file's ending, if it is a known one.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let formats = [Self::Tmx, Self::Tsv, Self::Xliff, Self::Csv, Self::Jsonl, Self::Po];
        match ending(name)?.as_str() {
            // A packed file that tells no more holds what is packed most.
            "zip" => Some(Self::Tmx),
            told => formats.into_iter().find(|format| has_ending(format.endings(), told)),
        }
    }

    /// Returns the endings of its files, the usual one first.
    pub(super) fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Tmx | Self::TmxLevel1 => &[".tmx"],
            Self::Tsv => &[".tsv"],
            Self::Xliff => &[".xlf", ".xliff", ".sdlxliff", ".mqxliff", ".mxliff"],
            Self::Csv => &[".csv"],
            Self::Jsonl => &[".jsonl", ".ndjson"],
            Self::Po => &[".po", ".pot"],
        }
    }
}

/// Says whether a file's ending, as [`ending`] returns it, is among those of a format.
pub(super) fn has_ending(endings: &[&str], told: &str) -> bool {
    endings.iter().any(|known| known.strip_prefix('.') == Some(told))
}

/// Returns a file's ending in lower case, that of a packed one without `.gz` or `.zip`.
pub(super) fn ending(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let bare = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zip"));
    let inner = bare.and_then(|bare| bare.rsplit_once('.')).map(|(_, ending)| ending);
    inner.or_else(|| name.rsplit_once('.').map(|(_, ending)| ending)).map(str::to_owned)
}

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
    pub(super) fn read(&self, told: &str) -> Result<Locale, BadLocale> {
        let renamed = self.renamed.iter().find(|(name, _)| name.eq_ignore_ascii_case(told.trim()));
        renamed.map_or_else(|| Locale::parse_from_file(told), |(_, locale)| Ok(locale.clone()))
    }

    /// Says whether a file from one language to another, which it may not tell, goes the other
    /// way than the memory; nothing for other languages.
    pub(super) fn turned(&self, from: &Locale, to: Option<&Locale>) -> Option<bool> {
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
pub(super) fn shares_too_much(shared: usize, translations: usize) -> bool {
    translations > 1 && shared.saturating_mul(translations) > MOST_SHARED
}

/// A reader of one format.
pub(super) trait ReadUnits {
    /// Reads the next unit; nothing at the end of the file.
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError>;
}

/// Reads the units of a file one by one.
pub struct UnitReader<'r>(Box<dyn ReadUnits + 'r>);

impl<'r> UnitReader<'r> {
    /// Starts on a file, packed or not, for a memory's languages.
    ///
    /// # Errors
    /// An encoding that is not known, or a file that cannot be read.
    pub fn new(format: UnitFormat, bytes: impl Read + 'r, languages: &Languages) -> Result<Self, ReadError> {
        let bytes = Unpacked::new(bytes, format.endings()).map_err(|e| from_io(&e))?;
        let languages = languages.clone();
        Ok(Self(match format {
            UnitFormat::Tmx | UnitFormat::TmxLevel1 => Box::new(TmxReader::new(bytes, languages)?),
            UnitFormat::Tsv => Box::new(TsvReader::new(bytes, languages)?),
            UnitFormat::Xliff => Box::new(XliffReader::new(bytes, languages)?),
            UnitFormat::Csv => Box::new(CsvReader::new(bytes, languages)?),
            UnitFormat::Jsonl => Box::new(JsonlReader::new(bytes, languages)?),
            UnitFormat::Po => Box::new(PoReader::new(bytes, languages)?),
        }))
    }

    /// Reads the next unit; nothing at the end of the file.
    ///
    /// # Errors
    /// The file is not well formed, or cannot be read on.
    pub fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        Ok(self.0.next_unit()?.map(checked))
    }
}

/// Refuses a unit with a character that XML does not have: no file of most formats could hold it.
fn checked(mut unit: FileUnit) -> FileUnit {
    let sides = unit.drafts.iter().flat_map(|d| [&d.source, &d.target]);
    let bad = sides.flat_map(|side| side.segment.text.chars()).find(|c| !is_xml_char(*c));
    if let Some(c) = bad {
        let message = format!("U+{:04X} is no character of XML: remove it", u32::from(c));
        unit.problems.push(Problem::refused(&unit.place, "BAD_CHARACTER", message));
        unit.drafts.clear();
    }
    unit
}
