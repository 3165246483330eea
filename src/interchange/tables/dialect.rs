//! Decides how a table is written from its first rows: what separates its cells, and whether cells of a
//! TSV file are quoted.

/// The separators of CSV files. If the rows fit several of them, the first one is taken.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The first rows of a table.
pub(super) struct TableSample<'t> {
    bytes: &'t [u8],
    /// True if the table has more rows, so that the last row of the sample may be incomplete.
    has_more: bool,
}

/// A row as one separator divides it.
#[derive(Default)]
struct SampleRow {
    cells: usize,
    /// A quotation mark is where the separator leaves no sense in it: something follows a closing mark, or a
    /// mark is right after another separator. For example, `a;"b, c"` has such a mark if `,` separates.
    misplaced_mark: bool,
    /// Separators followed by a space or between two digits, as a comma in a text: `yes, sir`, `1,5`.
    within_text: usize,
    /// Cells that begin with a quotation mark.
    quoted_cells: usize,
    /// Quoted cells with a separator, a line end or a doubled quotation mark, which must be quoted.
    marks_needed: usize,
    /// Quoted cells that have a comma, and nothing that must be quoted.
    quoted_commas: usize,
    /// Cells without quotation marks around them that have one inside.
    bare_marks: usize,
    /// Cells without quotation marks around them that have a comma.
    bare_commas: usize,
}

/// Where in a cell a byte is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum CellPart {
    Start,
    Bare,
    Quoted,
    /// After the closing quotation mark.
    Closed,
}

/// A quoted cell while it is read.
#[derive(Default)]
struct QuotedCell {
    needs_marks: bool,
    has_comma: bool,
}

impl<'t> TableSample<'t> {
    pub(super) fn new(bytes: &'t [u8], has_more: bool) -> Self {
        Self { bytes, has_more }
    }

    /// Returns the delimiter, and the bytes to skip at the start of the table. A first line `sep=;`, as Excel
    /// writes it, names the delimiter and is skipped. Otherwise it is the separator that divides the most rows
    /// into the same number of cells, at least two. Of several such ones it is the one that is less often
    /// within a text, then the first of comma, semicolon and tab.
    pub(super) fn delimiter(&self) -> (u8, usize) {
        let first = self.bytes.split(|b| *b == b'\n').next().unwrap_or_default();
        if let [b's', b'e', b'p', b'=', mark, rest @ ..] = first
            && matches!(rest, [] | [b'\r'])
        {
            return (*mark, (first.len() + 1).min(self.bytes.len()));
        }
        let best = SEPARATORS.into_iter().rev().max_by_key(|separator| self.fitness(*separator));
        (best.unwrap_or(b','), 0)
    }

    /// Returns the number of rows that a separator divides alike, and how seldom it is within a text.
    fn fitness(&self, separator: u8) -> (usize, usize) {
        let rows = self.rows(separator);
        let fitting: Vec<&SampleRow> =
            rows.iter().filter(|row| row.cells > 1 && !row.misplaced_mark).collect();
        let alike = |row: &SampleRow| fitting.iter().filter(|other| other.cells == row.cells).count();
        // Few rows are enough to see the number of cells, and comparing each with each is quadratic.
        let most = fitting.iter().take(100).map(|row| alike(row)).max().unwrap_or_default();
        let separators: usize = fitting.iter().map(|row| row.cells - 1).sum();
        let within_text: usize = fitting.iter().map(|row| row.within_text).sum();
        (most, (separators - within_text) * 1_000 / separators.max(1))
    }

    /// Returns true if the cells of a TSV file are quoted as Excel and other programs do it: only cells that
    /// have to be (with a tab, a line end or a quotation mark; Excel also quotes those with a comma), or all
    /// cells. A file in which any other cell begins with a quotation mark is not quoted. A single cell that is
    /// quoted because of a comma shows nothing, because its marks may belong to the text.
    pub(super) fn is_quoted_tsv(&self) -> bool {
        let rows = self.rows(b'\t');
        let sum = |count: fn(&SampleRow) -> usize| rows.iter().map(count).sum::<usize>();
        let quoted = sum(|row| row.quoted_cells);
        // A row without a tab may be a comment, but not a quoted cell.
        if quoted == 0 || rows.iter().any(|row| row.misplaced_mark || row.cells < 2 && row.quoted_cells > 0) {
            return false;
        }
        let (needed, commas) = (sum(|row| row.marks_needed), sum(|row| row.quoted_commas));
        let all_quoted = rows.len() > 1 && quoted == sum(|row| row.cells);
        let as_needed = quoted == needed + commas
            && sum(|row| row.bare_marks) == 0
            && (needed > 0 || commas > 1 && sum(|row| row.bare_commas) == 0);
        all_quoted || as_needed
    }

    /// Returns the rows that are not empty, as a separator divides them.
    fn rows(&self, separator: u8) -> Vec<SampleRow> {
        let mut rows = Vec::new();
        let mut row = SampleRow::default();
        let (mut part, mut cell) = (CellPart::Start, QuotedCell::default());
        let mut before = b'\n';
        let mut bytes = self.bytes.iter().copied().peekable();
        while let Some(byte) = bytes.next() {
            let next = bytes.peek().copied();
            match (part, byte) {
                (CellPart::Quoted, b'"') if next == Some(b'"') => {
                    bytes.next();
                    cell.needs_marks = true;
                }
                (CellPart::Quoted, b'"') => part = CellPart::Closed,
                (CellPart::Quoted, _) => {
                    cell.needs_marks |= byte == separator || matches!(byte, b'\n' | b'\r');
                    cell.has_comma |= byte == b',';
                }
                (CellPart::Start, b'"') => {
                    row.quoted_cells += 1;
                    cell = QuotedCell::default();
                    part = CellPart::Quoted;
                }
                (_, b'\n' | b'\r') => {
                    row.end_cell(part, &cell);
                    if before != b'\n' && before != b'\r' {
                        rows.push(row);
                    }
                    row = SampleRow::default();
                    part = CellPart::Start;
                }
                _ if byte == separator => {
                    row.end_cell(part, &cell);
                    let between_digits = before.is_ascii_digit() && next.is_some_and(|b| b.is_ascii_digit());
                    row.within_text += usize::from(next == Some(b' ') || between_digits);
                    part = CellPart::Start;
                }
                (CellPart::Closed, _) => row.misplaced_mark = true,
                (CellPart::Start | CellPart::Bare, _) => {
                    row.misplaced_mark |= byte == b'"' && SEPARATORS.contains(&before);
                    row.bare_marks += usize::from(byte == b'"');
                    row.bare_commas += usize::from(byte == b',');
                    part = CellPart::Bare;
                }
            }
            before = byte;
        }
        if !matches!(before, b'\n' | b'\r') || part == CellPart::Quoted {
            row.end_cell(part, &cell);
            // A mark that nothing closes swallows the rest of the sample.
            row.misplaced_mark |= part == CellPart::Quoted && !self.has_more;
            if !self.has_more || rows.is_empty() {
                rows.push(row);
            }
        }
        rows
    }
}

impl SampleRow {
    fn end_cell(&mut self, part: CellPart, cell: &QuotedCell) {
        self.cells += 1;
        if part == CellPart::Closed {
            self.marks_needed += usize::from(cell.needs_marks);
            self.quoted_commas += usize::from(cell.has_comma && !cell.needs_marks);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TableSample;

    fn delimiter(table: &str) -> char {
        char::from(TableSample::new(table.as_bytes(), false).delimiter().0)
    }

    #[test]
    fn all_rows_decide_on_the_separator() {
        for (table, expected) in [
            ("a,b\nc,d\n", ','),
            ("نعم;yes, sir\nلا;no, sir\n", ';'),
            ("source;target;note, extra\nنعم;yes;x\n", ';'),
            ("نعم;yes\nلا;no\nربما;maybe, yes\n", ';'),
            ("yes, sir;نعم\n", ';'),
            ("a\tb, c\nd\te; f\n", '\t'),
            ("نعم; أجل,yes; sure\n", ','),
            ("نعم,yes\nلا,no\n\"ربما; لا\",perhaps\n", ','),
            ("Tom &amp; Jerry,توم وجيري\nA &amp; B,ألف\n", ','),
            // Quotation marks decide: with a comma they would be inside cells.
            ("\"نعم\";\"yes,sir\"\n", ';'),
            ("نعم;\"yes,sir\"\nلا;\"no,sir\"\n", ';'),
            ("\"a;b\",c\n\"d;e\",f\n", ','),
            ("\"a\n;b\",c\n", ','),
            // A comma between digits is a decimal mark.
            ("1,5;واحد ونصف\n2,5;اثنان ونصف\n", ';'),
            ("word; translate; source\nحصار; siege ;Somebody\n", ';'),
            ("one column\nonly\n", ','),
            ("", ','),
            ("sep=;\na,b\n", ';'),
            ("a;b;c\nd;e\nf;g\nh,i\n", ';'),
        ] {
            assert_eq!(delimiter(table), expected, "{table}");
        }
    }

    #[test]
    fn an_incomplete_last_row_does_not_count() {
        let table = b"a;b\nc;d\ne,f,g,\"h";
        assert_eq!(TableSample::new(table, true).delimiter().0, b';');
        let cut = b"a\t\"b\"\"c\"\nd\t\"e, f";
        assert!(TableSample::new(cut, true).is_quoted_tsv());
        assert!(!TableSample::new(cut, false).is_quoted_tsv());
    }

    #[test]
    fn quoted_tsv_is_recognized_by_what_had_to_be_quoted() {
        for (table, quoted) in [
            ("a\t\"b \"\"c\"\"\"\n", true),
            ("# remark\na\t\"b \"\"c\"\"\"\n", true),
            ("a\t\"b\nc\"\n", true),
            ("a\t\"b\tc\"\n", true),
            ("a\t\"b, c\"\nd\t\"e, f\"\n", true),
            ("a\t\"b, c\"\nd\t\"e \"\"f\"\"\"\n", true),
            ("\"a\"\t\"b\"\n\"c\"\t\"d\"\n", true),
            // Marks that nothing made necessary are part of the text.
            ("\"a\"\t\"b\"\n", false),
            ("a\t\"b\"\n", false),
            ("a\t\"b, c\"\n", false),
            ("a\t\"b, c\"\nd\t\"e, f\"\ng\th, i\n", false),
            ("a, b\t\"c, d\"\n", false),
            ("\"a\t b\"\n", false),
            ("a\t\"b\"\"c\"\nd\t5\" disk\n", false),
            ("a\t\"b\"\"c\" d\n", false),
            ("a\t\"b\nc\td\n", false),
            ("\"a\" b\tc\n", false),
            ("a\tb\n", false),
            ("", false),
        ] {
            assert_eq!(TableSample::new(table.as_bytes(), false).is_quoted_tsv(), quoted, "{table}");
        }
    }
}
