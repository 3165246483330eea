//! Units as `source TAB target`, one pair per row. Cells may be quoted as Excel does it.

use std::io::{self, Read, Write};

use super::{
    direction::{ScriptColumns, TURNED, contradicting_header, turned_message},
    language_columns::language_columns,
    rows::{Delimiter, TableReader, detected_encoding},
};
use crate::{
    interchange::{
        contract::{FileUnit, Languages, ReadUnits, WriteLosses, WriteUnits},
        error::ReadError,
        problem::{FilePosition, Problem},
    },
    segment::Segment,
    unit::{UnitDraft, Variant},
};

/// The names of two columns by which the first row is recognized as a header.
const FIELDS: [(&str, &str); 8] = [
    ("source", "target"),
    ("src", "tgt"),
    ("source_text", "target_text"),
    ("source text", "target text"),
    ("source string", "translation"),
    ("source segment", "target segment"),
    ("source", "translation"),
    ("original", "translation"),
];

pub(crate) struct TsvReader<R: Read> {
    rows: TableReader<R>,
    languages: Languages,
    /// The columns of source and target, once they are known.
    columns: Option<[usize; 2]>,
    number: u64,
    columns_reported: bool,
    /// True if the columns are read the other way round, until that is reported.
    turned: bool,
}

impl<R: Read> TsvReader<R> {
    pub(crate) fn new(bytes: R, languages: Languages) -> Result<Self, ReadError> {
        let rows = TableReader::new(bytes, Delimiter::Tab)?;
        Ok(Self { rows, languages, columns: None, number: 0, columns_reported: false, turned: false })
    }
}

impl<R: Read> ReadUnits for TsvReader<R> {
    fn next_unit(&mut self) -> Result<Option<FileUnit>, ReadError> {
        while let Some((line, row)) = self.rows.next_row()? {
            if row.iter().all(String::is_empty) && row.len() < 2 {
                continue;
            }
            let Some(columns) = self.columns else {
                let header = header(&row, &self.languages);
                if header.is_none() {
                    self.rows.put_back((line, row));
                }
                self.set_columns(header)?;
                continue;
            };
            self.number += 1;
            return Ok(Some(self.unit(line, &row, columns)));
        }
        Ok(None)
    }
}

impl<R: Read> TsvReader<R> {
    /// Sets the columns, and swaps them if the script shows that they are the wrong way round.
    fn set_columns(&mut self, header: Option<HeaderColumns>) -> Result<(), ReadError> {
        let HeaderColumns { sides: [source, target], names_languages } = header.unwrap_or_default();
        let script = ScriptColumns::new((source, &self.languages.source), (target, &self.languages.target));
        self.turned = match script {
            Some(script) => self.rows.is_turned(script, |_| false)?,
            None => false,
        };
        if self.turned && names_languages {
            return Err(contradicting_header(&self.languages));
        }
        self.columns = Some(if self.turned { [target, source] } else { [source, target] });
        Ok(())
    }

    fn unit(&mut self, line: u64, row: &[String], [source, target]: [usize; 2]) -> FileUnit {
        let place = FilePosition { line, unit: format!("#{}", self.number) };
        let mut problems: Vec<Problem> = self
            .rows
            .new_detected_encoding()
            .map(|name| detected_encoding(&place, name))
            .into_iter()
            .collect();
        if std::mem::take(&mut self.turned) {
            problems.push(Problem::remark(&place, TURNED, turned_message(&self.languages)));
        }
        let cell = |column: usize| row.get(column).map(String::as_str).unwrap_or_default();
        let mut drafts = Vec::new();
        match (cell(source), cell(target)) {
            (_, _) if row.len() < 2 => {
                problems.push(Problem::refused(
                    &place,
                    "NO_TARGET",
                    "there is no TAB: write source TAB target",
                ));
            }
            ("", _) => problems.push(Problem::refused(&place, "NO_SOURCE", "the source column is empty")),
            (_, "") => problems.push(Problem::refused(&place, "NO_TARGET", "the target column is empty")),
            (from, to) => {
                if row.len() > 2 && !self.columns_reported {
                    self.columns_reported = true;
                    let message = format!("{} further columns are ignored, here and below", row.len() - 2);
                    problems.push(Problem::remark(&place, "MORE_COLUMNS", message));
                }
                drafts.push(self.draft(from, to));
            }
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

/// The columns that a header names. Without a header they are the first two.
struct HeaderColumns {
    /// Those of source and target.
    sides: [usize; 2],
    /// True if they are named by their languages.
    names_languages: bool,
}

impl Default for HeaderColumns {
    fn default() -> Self {
        Self { sides: [0, 1], names_languages: false }
    }
}

/// Reads the first row as a header. Returns `None` if it does not name both sides.
fn header(row: &[String], languages: &Languages) -> Option<HeaderColumns> {
    let place = |name: &str| row.iter().position(|cell| cell.trim().eq_ignore_ascii_case(name));
    let by_name = FIELDS.iter().find_map(|(source, target)| Some([place(source)?, place(target)?]));
    if let Some(sides) = by_name {
        return Some(HeaderColumns { sides, names_languages: false });
    }
    match language_columns(row, languages, [None, None], |_| false) {
        [Some(source), Some(target)] => {
            Some(HeaderColumns { sides: [source, target], names_languages: true })
        }
        _ => None,
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

    #[test]
    fn cells_that_excel_quotes_are_unquoted() {
        let units =
            read("source\ttarget\r\n\"نعم، \"\"قال\"\"\"\tyes\r\n\"لا\nثم\"\t\"no\tthen\"\r\nنعم\tyes\r\n");
        let rows: Vec<_> = units
            .iter()
            .map(|u| {
                (
                    u.position.line,
                    u.drafts[0].source.segment.text.as_str(),
                    u.drafts[0].target.segment.text.as_str(),
                )
            })
            .collect();
        assert_eq!(rows, [(2, "نعم، \"قال\"", "yes"), (3, "لا\nثم", "no\tthen"), (5, "نعم", "yes")]);
    }

    #[test]
    fn the_header_or_the_script_shows_the_direction() {
        for (file, turned) in [
            ("yes\tنعم\n", true),
            ("source\ttarget\nyes\tنعم\n", true),
            ("en\tar\nyes\tنعم\n", false),
            ("note\ten-US\tar\nx\tyes\tنعم\n", false),
            ("English\tArabic\nyes\tنعم\n", false),
            ("target\tsource\nyes\tنعم\n", false),
            ("نعم\tyes\n", false),
        ] {
            let units = read(file);
            assert_eq!(units.len(), 1, "{file}");
            let draft = &units[0].drafts[0];
            assert_eq!(
                (draft.source.segment.text.as_str(), draft.target.segment.text.as_str()),
                ("نعم", "yes"),
                "{file}"
            );
            let remarks: Vec<_> =
                units[0].problems.iter().map(|p| p.reason).filter(|r| *r != "MORE_COLUMNS").collect();
            assert_eq!(remarks, ["COLUMNS_TURNED"][..usize::from(turned)], "{file}");
        }
        let mut reader = TsvReader::new("ar\ten\nyes\tنعم\n".as_bytes(), Languages::default()).unwrap();
        assert_eq!(reader.next_unit().err().map(|e| e.reason()), Some("COLUMNS_TURNED"));
    }
}
