//! Units as `source TAB target`, one pair per line: LF or CRLF, no quoting.

use std::io::{self, Read, Write};

use crate::{
    interchange::{
        bytes::{DecodingReader, LineReader},
        contract::{FileUnit, Languages, ReadUnits, WriteLosses, WriteUnits},
        error::ReadError,
        problem::{FilePosition, Problem},
    },
    locale::Locale,
    segment::Segment,
    unit::{UnitDraft, Variant},
};

/// The names of the first two columns by which the first row is recognized as a header.
const FIELDS: [(&str, &str); 4] =
    [("source", "target"), ("src", "tgt"), ("source_text", "target_text"), ("source text", "target text")];

/// Maximum bytes of a row, about ten times what the longest real segments need.
const MAX_ROW_BYTES: u64 = 2 << 20;

pub(crate) struct TsvReader<R: Read> {
    lines: LineReader<R>,
    languages: Languages,
    number: u64,
    columns_reported: bool,
}

impl<R: Read> TsvReader<R> {
    pub(crate) fn new(bytes: R, languages: Languages) -> Result<Self, ReadError> {
        let lines = LineReader::new(DecodingReader::new(bytes)?, MAX_ROW_BYTES);
        Ok(Self { lines, languages, number: 0, columns_reported: false })
    }
}

fn row_too_long(line: u64) -> ReadError {
    let what = format!("a row of more than {MAX_ROW_BYTES} bytes: is this a TSV file?");
    ReadError::BadTable { line, what }
}

impl<R: Read> ReadUnits for TsvReader<R> {
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        loop {
            let Some(row) = self.lines.next_line(row_too_long)? else { return Ok(None) };
            let row = row.trim_end_matches('\n').trim_end_matches('\r');
            let cells: Vec<&str> = row.split('\t').collect();
            if self.lines.line_number() == 1
                && is_header(&cells, &self.languages.source, &self.languages.target)
                || row.is_empty()
            {
                continue;
            }
            self.number += 1;
            return Ok(Some(self.unit(&cells)));
        }
    }
}

impl<R: Read> TsvReader<R> {
    fn unit(&mut self, cells: &[&str]) -> FileUnit {
        let place = FilePosition { line: self.lines.line_number(), unit: format!("#{}", self.number) };
        let mut problems = Vec::new();
        let mut drafts = Vec::new();
        match cells {
            [source, target, more @ ..] if !source.is_empty() && !target.is_empty() => {
                if !more.is_empty() && !self.columns_reported {
                    self.columns_reported = true;
                    let message = format!("{} further columns are ignored, here and below", more.len());
                    problems.push(Problem::remark(&place, "MORE_COLUMNS", message));
                }
                drafts.push(self.draft(source, target));
            }
            ["", ..] => {
                problems.push(Problem::refused(&place, "NO_SOURCE", "the first column is empty"));
            }
            [_] => problems.push(Problem::refused(
                &place,
                "NO_TARGET",
                "there is no TAB: write source TAB target",
            )),
            _ => problems.push(Problem::refused(&place, "NO_TARGET", "the second column is empty")),
        }
        FileUnit { position: place, drafts, problems }
    }

    fn draft(&self, source: &str, target: &str) -> UnitDraft {
        UnitDraft::new(
            Variant::new(self.languages.source.clone(), Segment::plain(source)),
            Variant::new(self.languages.target.clone(), Segment::plain(target)),
        )
    }
}

pub(crate) struct TsvWriter<W: Write> {
    out: W,
    losses: WriteLosses,
}

impl<W: Write> TsvWriter<W> {
    pub(crate) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(b"source\ttarget\n")?;
        Ok(Self { out, losses: WriteLosses::default() })
    }
}

impl<W: Write> WriteUnits for TsvWriter<W> {
    fn write_unit(&mut self, unit: &UnitDraft) -> io::Result<()> {
        let (source, target) = (&unit.source.segment, &unit.target.segment);
        self.losses.partial += u64::from(!is_whole(source) || !is_whole(target));
        writeln!(self.out, "{}\t{}", one_line(&source.text), one_line(&target.text))
    }

    fn finish(mut self: Box<Self>) -> io::Result<WriteLosses> {
        self.out.flush().map(|()| self.losses)
    }
}

/// Replaces tabs and line ends with spaces, because they separate cells and rows.
fn one_line(text: &str) -> String {
    text.replace(['\t', '\n', '\r'], " ")
}

/// Returns true if a table holds a segment without a loss. Metadata of a unit does not count,
/// because a TSV file never has a place for it.
fn is_whole(segment: &Segment) -> bool {
    segment.codes.is_empty() && one_line(&segment.text) == segment.text
}

fn is_header(cells: &[&str], source: &Locale, target: &Locale) -> bool {
    let [first, second, ..] = cells else { return false };
    let (first, second) = (first.trim().to_ascii_lowercase(), second.trim().to_ascii_lowercase());
    let names = FIELDS.iter().any(|(s, t)| first == *s && second == *t);
    names || (first == source.as_str().to_ascii_lowercase() && second == target.as_str().to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Languages, ReadUnits, TsvReader};
    use crate::interchange::FileUnit;

    fn read(file: &str) -> Vec<FileUnit> {
        let mut reader =
            TsvReader::new(file.as_bytes(), Languages::default()).unwrap_or_else(|e| panic!("{e}"));
        std::iter::from_fn(|| reader.next_unit().unwrap_or_else(|e| panic!("{e}"))).collect()
    }

    #[test]
    fn rows_are_units() {
        let units = read("source\ttarget\nنعم\tyes\r\n\nلا\tno\tmore\nبلا\n\tno source\nx\t\n");
        let rows: Vec<_> = units
            .iter()
            .map(|u| {
                let draft = u
                    .drafts
                    .first()
                    .map(|d| (d.source.segment.text.as_str(), d.target.segment.text.as_str()));
                (u.position.line, draft, u.problems.first().map(|p| (p.reason, p.refused)))
            })
            .collect();
        assert_eq!(
            rows,
            [
                (2, Some(("نعم", "yes")), None),
                (4, Some(("لا", "no")), Some(("MORE_COLUMNS", false))),
                (5, None, Some(("NO_TARGET", true))),
                (6, None, Some(("NO_SOURCE", true))),
                (7, None, Some(("NO_TARGET", true))),
            ]
        );
    }

    #[test]
    fn quotes_and_backslashes_mean_themselves() {
        let units = read("\"نعم\"\t\"yes\"\\n\n");
        assert_eq!(units[0].drafts[0].target.segment.text, "\"yes\"\\n");
    }
}
