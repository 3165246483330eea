//! Problems of single units in a file that was read.

/// Maximum number of problems that are reported for one segment of a unit.
pub(crate) const MAX_REPORTED_PROBLEMS: usize = 10;

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
        Self { position: place.clone(), reason, message: message.into(), refused: true }
    }

    /// Makes a remark on a unit that is stored all the same.
    pub fn remark(place: &FilePosition, reason: &'static str, message: impl Into<String>) -> Self {
        Self { position: place.clone(), reason, message: message.into(), refused: false }
    }
}
