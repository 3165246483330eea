//! The reader and the writer of units, which choose the implementation by format.

use std::io::{self, Read, Write};

use super::{
    bytes::{Decompressor, from_io},
    contract::{FileUnit, Languages, MemoryHead, ReadUnits, WriteLosses, WriteUnits},
    error::ReadError,
    format::UnitFormat,
    jsonl::{JsonlReader, JsonlWriter},
    po::{PoReader, PoWriter},
    problem::Problem,
    tables::{CsvReader, CsvWriter, TsvReader, TsvWriter},
    tmx::{TmxReader, TmxWriter},
    xliff::{XliffReader, XliffWriter},
    xml::is_xml_char,
};
use crate::unit::UnitDraft;

/// Reads the units of a file one by one.
pub struct UnitReader<'r>(Box<dyn ReadUnits + 'r>);

impl<'r> UnitReader<'r> {
    /// Opens a file without a name. See [`Self::of_file`].
    ///
    /// # Errors
    /// The encoding is unknown, or the file cannot be read.
    pub fn new(format: UnitFormat, bytes: impl Read + 'r, languages: &Languages) -> Result<Self, ReadError> {
        Self::of_file("", format, bytes, languages)
    }

    /// Opens a file, packed or not, for a memory's languages. `name` is its name or path, or empty. In XLIFF it becomes a
    /// part of the external ids.
    ///
    /// # Errors
    /// The encoding is unknown, or the file cannot be read.
    pub fn of_file(
        name: &str,
        format: UnitFormat,
        bytes: impl Read + 'r,
        languages: &Languages,
    ) -> Result<Self, ReadError> {
        let bytes = Decompressor::new(bytes, format.endings()).map_err(|e| from_io(&e))?;
        let languages = languages.clone();
        Ok(Self(match format {
            UnitFormat::Tmx | UnitFormat::TmxLevel1 => Box::new(TmxReader::new(bytes, languages)?),
            UnitFormat::Tsv => Box::new(TsvReader::new(bytes, languages)?),
            UnitFormat::Xliff => Box::new(XliffReader::new(bytes, name, languages)?),
            UnitFormat::Csv => Box::new(CsvReader::new(bytes, languages)?),
            UnitFormat::Jsonl => Box::new(JsonlReader::new(bytes, languages)?),
            UnitFormat::Po => Box::new(PoReader::new(bytes, languages)?),
        }))
    }

    /// Reads the next unit. Returns `None` at the end of the file.
    ///
    /// # Errors
    /// The file is not well formed, or an I/O error ends the reading.
    pub fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        Ok(self.0.next_unit()?.map(refuse_invalid_chars))
    }
}

/// Refuses a unit whose text has a character that XML does not allow, because no XML format could hold it.
fn refuse_invalid_chars(mut unit: FileUnit) -> FileUnit {
    let sides = unit.drafts.iter().flat_map(|d| [&d.source, &d.target]);
    let bad = sides.flat_map(|side| side.segment.text.chars()).find(|c| !is_xml_char(*c));
    if let Some(c) = bad {
        let message = format!("U+{:04X} is not a valid character in XML: remove it", u32::from(c));
        unit.problems.push(Problem::refused(&unit.position, "BAD_CHARACTER", message));
        unit.drafts.clear();
    }
    unit
}

/// Writes units to a file. Memory does not grow with their number, except for PO: a catalogue
/// must have each message only once, so its writer keeps a hash of every message.
pub struct UnitWriter<'w>(Box<dyn WriteUnits + 'w>);

impl<'w> UnitWriter<'w> {
    /// Starts a file and writes its header.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn new(format: UnitFormat, out: impl Write + 'w, head: &MemoryHead) -> io::Result<Self> {
        Ok(Self(match format {
            UnitFormat::Tmx => Box::new(TmxWriter::new(out, head, true)?),
            UnitFormat::TmxLevel1 => Box::new(TmxWriter::new(out, head, false)?),
            UnitFormat::Tsv => Box::new(TsvWriter::new(out)?),
            UnitFormat::Xliff => Box::new(XliffWriter::new(out, head)?),
            UnitFormat::Csv => Box::new(CsvWriter::new(out)?),
            UnitFormat::Jsonl => Box::new(JsonlWriter::new(out)),
            UnitFormat::Po => Box::new(PoWriter::new(out, head)?),
        }))
    }

    /// Writes a unit.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn write_unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        self.0.write_unit(unit)
    }

    /// Ends the file. Returns counts of what its format could not hold.
    ///
    /// # Errors
    /// Writing to `out` fails.
    pub fn finish(self) -> io::Result<WriteLosses> {
        self.0.finish()
    }
}
