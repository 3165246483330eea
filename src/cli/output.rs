//! Standard output: lines, tables, and isolated right-to-left text.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};

use unicode_width::UnicodeWidthStr;

use super::exit::CliError;

/// Standard output, buffered.
pub(super) struct StdoutWriter {
    out: BufWriter<StdoutLock<'static>>,
    /// True to use colours: on a terminal, unless the environment variable `NO_COLOR` is set and not empty.
    pub(super) colour: bool,
}

impl StdoutWriter {
    pub(super) fn new() -> Self {
        let colour = io::stdout().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|v| v.is_empty());
        Self { out: BufWriter::new(io::stdout().lock()), colour }
    }

    pub(super) fn line(&mut self, text: impl std::fmt::Display) -> Result<(), CliError> {
        Ok(writeln!(self.out, "{text}")?)
    }

    pub(super) fn json(&mut self, value: &serde_json::Value) -> Result<(), CliError> {
        self.line(value)
    }

    /// Writes out the buffer, so that the reader of a stream gets each answer at once.
    pub(super) fn flush(&mut self) -> Result<(), CliError> {
        Ok(self.out.flush()?)
    }
}

/// Isolates a text, so that its direction does not reorder the text around it. The direction follows from the
/// language: right-to-left for Arabic, Hebrew and others, else left-to-right.
pub(super) fn isolate(text: &str, locale: &str) -> String {
    const RIGHT_TO_LEFT: [&str; 10] = ["ar", "arz", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"];
    let language = locale.split('-').next().unwrap_or_default();
    let (open, close) =
        if RIGHT_TO_LEFT.contains(&language) { ('\u{2067}', '\u{2069}') } else { ('\u{2066}', '\u{2069}') };
    format!("{open}{text}{close}")
}

/// Isolates a text of unknown language, for example a term of a glossary in any language. Its direction is that
/// of its first letter.
pub(super) fn isolate_by_first_letter(text: &str) -> String {
    format!("\u{2068}{text}\u{2069}")
}

/// Returns the lines of a table. Cells are padded to the width of their columns, except the last one of a row.
pub(super) fn table_lines(rows: &[Vec<String>]) -> Vec<String> {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(|n| column_width(rows, n)).collect();
    rows.iter()
        .map(|row| {
            let mut line = String::new();
            for (n, (cell, width)) in row.iter().zip(&widths).enumerate() {
                line.push_str(cell);
                if n + 1 < row.len() {
                    line.push_str(&" ".repeat(width - cell.width() + 2));
                }
            }
            line
        })
        .collect()
}

/// Returns the width of the widest cell in a column.
fn column_width(rows: &[Vec<String>], n: usize) -> usize {
    rows.iter().filter_map(|r| r.get(n)).map(|c| c.width()).max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::{isolate, table_lines};

    #[test]
    fn columns_are_aligned() {
        let rows = vec![vec!["a".into(), "bb".into()], vec!["ccc".into(), "d".into()]];
        assert_eq!(table_lines(&rows), ["a    bb", "ccc  d"]);
    }

    #[test]
    fn directions_are_isolated() {
        assert_eq!(isolate("نعم", "ar-EG"), "\u{2067}نعم\u{2069}");
        assert_eq!(isolate("yes", "en"), "\u{2066}yes\u{2069}");
    }
}
