//! Reads tables row by row, either CSV (RFC 4180) or separated by tabs, with a maximum length of a
//! row.

use std::{
    collections::VecDeque,
    io::{BufRead, BufReader, Read},
};

use csv_core::{ReadRecordResult, Terminator};

use super::{
    dialect::TableSample,
    direction::{RowScript, ScriptColumns},
};
use crate::interchange::{
    bytes::{DecodingReader, from_io},
    error::ReadError,
    problem::{FilePosition, Problem},
};

/// Maximum bytes of a row, because one quotation mark too many turns the rest of the file into a
/// single row.
const MAX_ROW_BYTES: usize = 2 << 20;

/// Maximum columns of a row.
const MAX_COLUMNS: usize = 1_000;

/// What separates the cells of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delimiter {
    /// Detected from the first rows ([`TableSample::delimiter`]). Cells may be quoted.
    Detected,
    /// A tab. Whether cells are quoted is detected ([`TableSample::is_quoted_tsv`]).
    Tab,
}

/// A row and the line where it starts.
pub(crate) type TableRow = (u64, Vec<String>);

/// Maximum bytes of the start of a table that is looked at to decide how it is written.
const SAMPLE_BYTES: usize = 64 << 10;

/// Maximum rows, and bytes of their cells, that are read ahead to see the direction of a table.
const MAX_ROWS_AHEAD: usize = 10_000;
const MAX_BYTES_AHEAD: usize = 16 << 20;

/// The rows of a table, one by one.
pub(crate) struct TableReader<R: Read> {
    bytes: BufReader<DecodingReader<R>>,
    core: csv_core::Reader,
    cells: Vec<u8>,
    ends: Vec<usize>,
    quoting: bool,
    /// True if only line feeds end rows, so that a carriage return before one is removed here.
    strip_returns: bool,
    /// Number of lines before the first row: 1 if there is a line `sep=;`, else 0.
    before: u64,
    /// Rows that were read ahead.
    ahead: VecDeque<TableRow>,
    /// The columns of a table that is read the other way round, if it has more rows than were read ahead.
    /// A later row that is the right way round then ends the reading.
    turned: Option<ScriptColumns>,
    /// True after the remark on the encoding.
    encoding_reported: bool,
}

impl<R: Read> TableReader<R> {
    pub(crate) fn new(bytes: R, delimiter: Delimiter) -> Result<Self, ReadError> {
        let mut bytes = BufReader::with_capacity(SAMPLE_BYTES, DecodingReader::of_table(bytes)?);
        bytes.fill_buf().map_err(|e| from_io(&e))?;
        let start = bytes.buffer();
        let sample = TableSample::new(start, !bytes.get_ref().is_read());
        let (mark, skipped, quoting) = match delimiter {
            Delimiter::Detected => {
                let (mark, skipped) = sample.delimiter();
                (mark, skipped, true)
            }
            Delimiter::Tab => (b'\t', 0, sample.is_quoted_tsv()),
        };
        // Without quoting a carriage return may be a part of a text. Only old files have no line feeds.
        let strip_returns = !quoting && start.contains(&b'\n');
        bytes.consume(skipped);
        let terminator = if strip_returns { Terminator::Any(b'\n') } else { Terminator::CRLF };
        let core =
            csv_core::ReaderBuilder::new().delimiter(mark).quoting(quoting).terminator(terminator).build();
        Ok(Self {
            bytes,
            core,
            cells: vec![0; MAX_ROW_BYTES],
            ends: vec![0; MAX_COLUMNS],
            quoting,
            strip_returns,
            before: u64::from(skipped > 0),
            ahead: VecDeque::new(),
            turned: None,
            encoding_reported: false,
        })
    }

    /// Returns the name of the encoding, once, if it was detected although nothing names it.
    pub(crate) fn new_detected_encoding(&mut self) -> Option<&'static str> {
        let name = self.bytes.get_ref().detected_encoding().filter(|_| !self.encoding_reported)?;
        self.encoding_reported = true;
        Some(name)
    }

    /// Returns true if the columns are the wrong way round: no row of the table has an Arabic letter on the
    /// Arabic side, and at least one has one on the other side. Rows are read ahead until one decides. Rows
    /// that `is_comment` do not count.
    pub(crate) fn is_turned(
        &mut self,
        columns: ScriptColumns,
        is_comment: impl Fn(&[String]) -> bool,
    ) -> Result<bool, ReadError> {
        let (mut seen, mut bytes, mut turned) = (0, 0, false);
        loop {
            while let Some((_, row)) = self.ahead.get(seen) {
                seen += 1;
                bytes += row.iter().map(String::len).sum::<usize>();
                match columns.of_row(row) {
                    _ if is_comment(row) => {}
                    RowScript::Right => return Ok(false),
                    RowScript::Turned => turned = true,
                    RowScript::Neither => {}
                }
            }
            if seen >= MAX_ROWS_AHEAD || bytes >= MAX_BYTES_AHEAD {
                self.turned = Some(columns).filter(|_| turned);
                return Ok(turned);
            }
            match self.read_row()? {
                Some(row) => self.ahead.push_back(row),
                None => return Ok(turned),
            }
        }
    }

    /// Puts a row back, so that it is the next one.
    pub(crate) fn put_back(&mut self, row: TableRow) {
        self.ahead.push_front(row);
    }

    /// Returns the next row and the line where it starts.
    pub(crate) fn next_row(&mut self) -> Result<Option<TableRow>, ReadError> {
        let row = match self.ahead.pop_front() {
            Some(row) => Some(row),
            None => self.read_row()?,
        };
        if let (Some(columns), Some((line, cells))) = (self.turned, &row)
            && columns.of_row(cells) == RowScript::Right
        {
            let what = format!(
                "the first {MAX_ROWS_AHEAD} rows have their columns the other way round than this one: give the file a header with the names source and target, and make all rows alike"
            );
            return Err(ReadError::BadTable { line: *line, what });
        }
        Ok(row)
    }

    fn read_row(&mut self) -> Result<Option<TableRow>, ReadError> {
        let (mut filled, mut columns) = (0, 0);
        let mut line = self.before + self.core.line();
        let mut begun = false;
        let mut marks = 0;
        let mut at_end;
        loop {
            let input = self.bytes.fill_buf().map_err(|e| from_io(&e))?;
            let out = self.cells.get_mut(filled..).unwrap_or_default();
            let ends = self.ends.get_mut(columns..).unwrap_or_default();
            if !begun {
                // The CSV parser skips empty lines, so the row starts after them.
                let empty = input.iter().take_while(|b| matches!(b, b'\n' | b'\r')).count();
                let lines = input.iter().take(empty).filter(|b| **b == b'\n').count();
                line = self.before + self.core.line() + lines as u64;
                begun = empty < input.len();
            }
            let (result, read, written, ended) = self.core.read_record(input, out, ends);
            at_end = input.is_empty();
            marks += input.get(..read).unwrap_or_default().iter().filter(|b| **b == b'"').count();
            self.bytes.consume(read);
            filled += written;
            columns += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull | ReadRecordResult::OutputEndsFull => {
                    let what = format!(
                        "a row of more than {MAX_ROW_BYTES} bytes or {MAX_COLUMNS} columns: is a quotation mark missing?"
                    );
                    return Err(ReadError::BadTable { line, what });
                }
                ReadRecordResult::Record => break,
                ReadRecordResult::End => return Ok(None),
            }
        }
        // Quotation marks come in pairs. With an odd number, the last row continues to the end of
        // the file because its closing mark is missing.
        let quoted = self.quoting && marks % 2 == 1;
        if at_end && quoted && self.before + self.core.line() > line {
            let what = "a quotation mark opens a cell and none closes it before the end of the file: add or remove one";
            return Err(ReadError::BadTable { line, what: what.to_owned() });
        }
        let mut row = Vec::with_capacity(columns);
        let mut start = 0;
        for end in self.ends.iter().take(columns) {
            let cell = self.cells.get(start..*end).unwrap_or_default();
            row.push(String::from_utf8_lossy(cell).into_owned());
            start = *end;
        }
        if self.strip_returns
            && let Some(last) = row.last_mut()
        {
            last.truncate(last.trim_end_matches('\r').len());
        }
        Ok(Some((line, row)))
    }
}

/// Makes the remark on an encoding that was detected.
pub(crate) fn detected_encoding(place: &FilePosition, name: &str) -> Problem {
    let message = format!(
        "the bytes are not UTF-8 and give Arabic words in {name}, so the file is read in that encoding: name another one with --encoding if the texts are wrong"
    );
    Problem::remark(place, "ENCODING_DETECTED", message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Delimiter, MAX_ROW_BYTES, TableReader};
    use crate::interchange::ReadError;

    fn read(file: &str, delimiter: Delimiter) -> Result<Vec<(u64, Vec<String>)>, ReadError> {
        let mut rows = TableReader::new(file.as_bytes(), delimiter)?;
        std::iter::from_fn(|| rows.next_row().transpose()).collect()
    }

    fn lines(file: &str) -> Vec<u64> {
        read(file, Delimiter::Detected).unwrap().into_iter().map(|(line, _)| line).collect()
    }

    #[test]
    fn rows_know_their_lines() {
        assert_eq!(lines("a,b\r\n\r\n\"c\nd\",e\nf,g"), [1, 3, 5]);
        assert_eq!(lines(""), [0_u64; 0]);
        assert_eq!(lines(&format!("a\n{}b\n", "\n".repeat(200_000))), [1, 200_002]);
        let cells = read("a\t\"b\n", Delimiter::Tab).unwrap();
        assert_eq!(cells, [(1, vec!["a".to_owned(), "\"b".to_owned()])]);
    }

    #[test]
    fn a_quotation_mark_too_many_does_not_swallow_the_file() {
        for rest in [3, MAX_ROW_BYTES / 8] {
            let file = format!("a,b\n\"c,d\n{}", "ee,ff\n".repeat(rest));
            assert!(
                matches!(read(&file, Delimiter::Detected), Err(ReadError::BadTable { line: 2, .. })),
                "{rest}"
            );
        }
        assert_eq!(lines("5\" disk,b\nc,d\n"), [1, 2]);
        assert_eq!(lines("a,b\n5\" disk,b"), [1, 2]);
    }

    proptest! {
        /// The oracle is the csv crate.
        #[test]
        fn rows_are_those_of_the_csv_crate(rows in prop::collection::vec(prop::collection::vec("[a,;\"\n\r ب]{0,6}", 1..5), 0..6)) {
            let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            for row in &rows {
                writer.write_record(row).unwrap();
            }
            let file = String::from_utf8(writer.into_inner().unwrap()).unwrap();
            // The first line names the separator, because random cells may show another one.
            let line = "sep=,\n";
            let file = format!("x,y\n{file}");
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file.as_bytes());
            let expected: Vec<Vec<String>> =
                reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
            let read: Vec<Vec<String>> =
                read(&format!("{line}{file}"), Delimiter::Detected).unwrap().into_iter().map(|(_, cells)| cells).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
