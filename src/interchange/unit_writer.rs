//! Units into a file, whatever its format, one by one.

use std::io::{self, Write};

use super::{concepts::WriteLosses, tmx_write::TmxWriter, units::UnitFormat};
use crate::{locale::Locale, segment::Segment, unit::UnitDraft};

/// What a written file says of the memory.
#[derive(Clone, Debug)]
pub struct MemoryHead {
    /// Its source locale.
    pub source: Locale,
    /// Its target locale.
    pub target: Locale,
}

/// Writes units as a file. Memory does not grow with their number.
pub struct UnitWriter<W: Write>(Writer<W>);

enum Writer<W: Write> {
    Tmx(Box<TmxWriter<W>>),
    Tsv(W, WriteLosses),
}

impl<W: Write> UnitWriter<W> {
    /// Starts a file.
    ///
    /// # Errors
    /// Those of `out`; a format that units are not written in.
    pub fn new(format: UnitFormat, mut out: W, head: &MemoryHead) -> io::Result<Self> {
        Ok(Self(match format {
            UnitFormat::Tmx => Writer::Tmx(Box::new(TmxWriter::new(out, head)?)),
            UnitFormat::Tsv => {
                out.write_all(b"source\ttarget\n")?;
                Writer::Tsv(out, WriteLosses::default())
            }
            UnitFormat::Xliff => {
                return Err(io::Error::new(io::ErrorKind::Unsupported, "units are written as TMX or TSV"));
            }
        }))
    }

    /// Writes a unit.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        match &mut self.0 {
            Writer::Tmx(writer) => writer.unit(unit),
            Writer::Tsv(out, losses) => {
                let (source, target) = (&unit.source.segment, &unit.target.segment);
                losses.partly += u64::from(!is_whole(source) || !is_whole(target));
                writeln!(out, "{}\t{}", one_line(&source.text), one_line(&target.text))
            }
        }
    }

    /// Ends the file; returns what its format did not hold.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn finish(self) -> io::Result<WriteLosses> {
        match self.0 {
            Writer::Tmx(writer) => writer.finish(),
            Writer::Tsv(mut out, losses) => out.flush().map(|()| losses),
        }
    }
}

/// A table's rows end at line feeds and its cells at tabs.
fn one_line(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

/// Says whether a table holds a segment as it is. That it has no place for what is
/// said of a unit goes without saying.
fn is_whole(segment: &Segment) -> bool {
    segment.codes.is_empty() && one_line(&segment.text) == segment.text
}
