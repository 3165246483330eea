//! Units out of a file, whatever its format.

use std::io::Read;

use super::{
    decode::from_io,
    error::ReadError,
    packed::Unpacked,
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
        match ending(name)?.as_str() {
            // A packed file that tells no more holds what is packed most.
            "zip" => Some(Self::Tmx),
            "tmx" => Some(Self::Tmx),
            "tsv" => Some(Self::Tsv),
            "xlf" | "xliff" | "sdlxliff" | "mqxliff" | "mxliff" => Some(Self::Xliff),
            _ => None,
        }
    }
}

/// Returns a file's ending in lower case, that of a packed one without `.gz` or `.zip`.
pub(super) fn ending(name: &str) -> Option<String> {
    let name = name.to_ascii_lowercase();
    let bare = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zip"));
    let inner = bare.and_then(|bare| bare.rsplit_once('.')).map(|(_, ending)| ending);
    inner.or_else(|| name.rsplit_once('.').map(|(_, ending)| ending)).map(str::to_owned)
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
    Tmx(Box<TmxReader<Unpacked<R>>>),
    Tsv(Box<TsvReader<Unpacked<R>>>),
    Xliff(Box<XliffReader<Unpacked<R>>>),
}

impl<R: Read> UnitReader<R> {
    /// Starts on a file, packed or not, for a memory's languages.
    ///
    /// # Errors
    /// An encoding that is not known, or a file that cannot be read.
    pub fn new(format: UnitFormat, bytes: R, source: &Locale, target: &Locale) -> Result<Self, ReadError> {
        let endings: &[&str] = match format {
            UnitFormat::Tmx => &[".tmx"],
            UnitFormat::Tsv => &[".tsv"],
            UnitFormat::Xliff => &[".xlf", ".xliff", ".sdlxliff", ".mqxliff"],
        };
        let bytes = Unpacked::new(bytes, endings).map_err(|e| from_io(&e))?;
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
