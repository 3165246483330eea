//! Reads tables row by row, either CSV (RFC 4180) or separated by tabs, with a maximum length of a
//! row.

use std::io::{BufRead, BufReader, Read};

use csv_core::ReadRecordResult;

use crate::interchange::{
    bytes::{DecodingReader, from_io},
    error::ReadError,
};

/// Maximum bytes of a row, because one quotation mark too many turns the rest of the file into a
/// single row.
const MAX_ROW_BYTES: usize = 2 << 20;

/// Maximum columns of a row.
const MAX_COLUMNS: usize = 1_000;

/// What separates the cells of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delimiter {
    /// Detected from the first line, which may name it (`sep=;`). Otherwise it is a comma, or a
    /// semicolon or tab if that line has no comma. Cells may be quoted.
    Detected,
    /// A tab. Cells are not quoted.
    Tab,
}

/// The rows of a table, one by one.
pub(crate) struct TableReader<R: Read> {
    bytes: BufReader<DecodingReader<R>>,
    core: csv_core::Reader,
    cells: Vec<u8>,
    ends: Vec<usize>,
    delimiter: Delimiter,
    /// Number of lines before the first row: 1 if there is a line `sep=;`, else 0.
    before: u64,
}

impl<R: Read> TableReader<R> {
    pub(crate) fn new(bytes: R, delimiter: Delimiter) -> Result<Self, ReadError> {
        let mut bytes = BufReader::with_capacity(64 << 10, DecodingReader::new(bytes)?);
        let (mut mark, mut skipped) = (b'\t', 0);
        if delimiter == Delimiter::Detected {
            let start = bytes.fill_buf().map_err(|e| from_io(&e))?;
            (mark, skipped) = detect_delimiter(start);
        }
        bytes.consume(skipped);
        let quoting = delimiter == Delimiter::Detected;
        let core = csv_core::ReaderBuilder::new().delimiter(mark).quoting(quoting).build();
        Ok(Self {
            bytes,
            core,
            cells: vec![0; MAX_ROW_BYTES],
            ends: vec![0; MAX_COLUMNS],
            delimiter,
            before: u64::from(skipped > 0),
        })
    }

    /// Returns the next row and the line where it starts.
    pub(crate) fn next_row(&mut self) -> Result<Option<(u64, Vec<String>)>, ReadError> {
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
        let quoted = self.delimiter == Delimiter::Detected && marks % 2 == 1;
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
        Ok(Some((line, row)))
    }
}

/// Returns the delimiter, and the bytes to skip at the start of the table. A first line `sep=;`, as
/// Excel writes it, names the delimiter and is skipped. Otherwise it is a comma, or a semicolon or
/// tab if the first line has no comma.
fn detect_delimiter(start: &[u8]) -> (u8, usize) {
    let first = start.split(|b| *b == b'\n').next().unwrap_or_default();
    if let [b's', b'e', b'p', b'=', mark, rest @ ..] = first
        && matches!(rest, [] | [b'\r'])
    {
        return (*mark, (first.len() + 1).min(start.len()));
    }
    let found = [b',', b';', b'\t'].into_iter().find(|mark| first.contains(mark));
    (found.unwrap_or(b','), 0)
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
            let file = format!("x,y\n{file}");
            let mut reader =
                csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(file.as_bytes());
            let expected: Vec<Vec<String>> =
                reader.records().map(|r| r.unwrap().iter().map(str::to_owned).collect()).collect();
            let read: Vec<Vec<String>> =
                read(&file, Delimiter::Detected).unwrap().into_iter().map(|(_, cells)| cells).collect();
            prop_assert_eq!(read, expected);
        }
    }
}
