//! Units into a file, whatever its format, one by one.

use std::io::{self, Write};

use super::{
    concepts::WriteLosses, po::PoWriter, tmx_write::TmxWriter, tsv::TsvWriter, units::UnitFormat,
    units_csv::CsvWriter, units_jsonl::JsonlWriter, xliff::XliffWriter,
};
use crate::{locale::Locale, unit::UnitDraft};

/// What a written file says of the memory.
#[derive(Clone, Debug)]
pub struct MemoryHead {
    /// Its source locale.
    pub source: Locale,
    /// Its target locale.
    pub target: Locale,
}

/// A writer of one format.
pub(super) trait WriteUnits {
    /// Writes a unit.
    fn unit(&mut self, unit: &UnitDraft) -> io::Result<()>;

    /// Ends the file; returns what its format did not hold.
    fn finish(self: Box<Self>) -> io::Result<WriteLosses>;
}

/// Writes units as a file. Memory does not grow with their number, but for what tells
/// the messages of a PO file apart.
pub struct UnitWriter<'w>(Box<dyn WriteUnits + 'w>);

impl<'w> UnitWriter<'w> {
    /// Starts a file.
    ///
    /// # Errors
    /// Those of `out`.
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
    /// Those of `out`.
    pub fn unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        self.0.unit(unit)
    }

    /// Ends the file; returns what its format did not hold.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(self) -> io::Result<WriteLosses> {
        self.0.finish()
    }
}
