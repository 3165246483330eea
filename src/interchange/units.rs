//! Units out of a file, whatever its format.

use std::io::Read;

use super::{
    error::ReadError,
    problem::{Place, Problem},
    tmx::TmxReader,
    tsv::TsvReader,
    xliff::XliffReader,
};
use crate::{locale::Locale, unit::UnitDraft};

/// A format that units are read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitFormat {
    /// TMX 1.1 to 1.4b.
    Tmx,
    /// `source TAB target`.
    Tsv,
    /// XLIFF 1.2 or 2.x, also as SDLXLIFF and MQXLIFF.
    Xliff,
}

impl UnitFormat {
    /// Returns the format by a file's ending, if it is a known one.
    #[must_use]
    pub fn of_file(name: &str) -> Option<Self> {
        let ending = name.rsplit_once('.')?.1.to_ascii_lowercase();
        match ending.as_str() {
            "tmx" => Some(Self::Tmx),
            "tsv" => Some(Self::Tsv),
            "xlf" | "xliff" | "sdlxliff" | "mqxliff" | "mxliff" => Some(Self::Xliff),
            _ => None,
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

/// Reads the units of a file one by one.
pub struct UnitReader<R: Read>(Reader<R>);

enum Reader<R: Read> {
    Tmx(Box<TmxReader<R>>),
    Tsv(Box<TsvReader<R>>),
    Xliff(Box<XliffReader<R>>),
}

impl<R: Read> UnitReader<R> {
    /// Starts on a file for a memory's languages.
    ///
    /// # Errors
    /// An encoding that is not known, or a file that cannot be read.
    pub fn new(format: UnitFormat, bytes: R, source: &Locale, target: &Locale) -> Result<Self, ReadError> {
        Ok(Self(match format {
            UnitFormat::Tmx => Reader::Tmx(Box::new(TmxReader::new(bytes, source.clone(), target.clone())?)),
            UnitFormat::Tsv => Reader::Tsv(Box::new(TsvReader::new(bytes, source.clone(), target.clone())?)),
            UnitFormat::Xliff => {
                Reader::Xliff(Box::new(XliffReader::new(bytes, source.clone(), target.clone())?))
            }
        }))
    }

    /// Reads the next unit; nothing at the end of the file.
    ///
    /// # Errors
    /// The file is not well formed, or cannot be read on.
    pub fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        match &mut self.0 {
            Reader::Tmx(reader) => reader.next_unit(),
            Reader::Tsv(reader) => reader.next_unit(),
            Reader::Xliff(reader) => reader.next_unit(),
        }
    }
}
