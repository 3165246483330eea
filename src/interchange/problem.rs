//! Problems of single units in a file that was read.

/// Maximum number of problems that are reported for one segment of a unit.
pub(crate) const MAX_REPORTED_PROBLEMS: usize = 10;

/// Maximum bytes of a problem's message, because it may quote the file, and a report holds many.
const MAX_MESSAGE_BYTES: usize = 1_000;

/// Maximum letters of the id of a unit in a report. The line is what a reader needs to find the unit.
const MAX_UNIT_LETTERS: usize = 100;

/// The position of a unit in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePosition {
    /// The line where it starts, from 1.
    pub line: u64,
    /// Its id or, if it has none, its number (`#17`).
    pub unit: String,
}

/// A problem with one unit or entry of a file, for the import report.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where the unit is.
    pub position: FilePosition,
    /// The stable reason code.
    pub reason: &'static str,
    /// The problem and, in most cases, the remedy.
    pub message: String,
    /// True if the unit is refused, that is, not stored.
    pub refused: bool,
}

impl Problem {
    /// Makes a problem because of which the unit is not stored.
    pub fn refused(place: &FilePosition, reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(place, reason, &message.into(), true)
    }

    /// Makes a remark on a unit that is stored all the same.
    pub fn remark(place: &FilePosition, reason: &'static str, message: impl Into<String>) -> Self {
        Self::new(place, reason, &message.into(), false)
    }

    fn new(place: &FilePosition, reason: &'static str, message: &str, refused: bool) -> Self {
        let position = FilePosition { line: place.line, unit: first_letters(&place.unit, MAX_UNIT_LETTERS) };
        Self { position, reason, message: shortened(message, MAX_MESSAGE_BYTES), refused }
    }
}

/// Returns a text, or the beginning of a text that has more than `most` letters.
fn first_letters(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// Returns a text, or the beginning of a text that has more than `most` bytes.
fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    format!("{}…", text.get(..text.floor_char_boundary(most)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::{FilePosition, MAX_MESSAGE_BYTES, Problem};

    #[test]
    fn what_a_problem_quotes_is_shortened() {
        let place = FilePosition { line: 7, unit: "ن".repeat(99) + "x" };
        let whole = Problem::remark(&place, "BAD", "m".repeat(MAX_MESSAGE_BYTES));
        assert_eq!((&whole.position, whole.message.len()), (&place, MAX_MESSAGE_BYTES));
        let long = FilePosition { unit: "ن".repeat(101), ..place };
        let cut = Problem::refused(&long, "BAD", "m".repeat(MAX_MESSAGE_BYTES + 1));
        assert_eq!((cut.position.line, cut.position.unit), (7, "ن".repeat(100) + "…"));
        assert_eq!(cut.message, "m".repeat(MAX_MESSAGE_BYTES) + "…");
    }
}
