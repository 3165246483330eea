//! What needs a look in a file that was read.

/// Problems of one piece of a unit that are told.
pub(crate) const MOST_PROBLEMS: usize = 10;

/// Where a unit stands in its file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    /// The line where it starts, from 1.
    pub line: u64,
    /// Its own id or, without one, its number (`#17`).
    pub unit: String,
}

/// Something in a file that needs a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// The stable reason.
    pub reason: &'static str,
    /// What is wrong.
    pub message: String,
    /// True when the unit is not stored.
    pub refused: bool,
}

impl Problem {
    /// Makes a problem that costs the unit its place.
    pub fn refused(place: &Place, reason: &'static str, message: impl Into<String>) -> Self {
        Self { place: place.clone(), reason, message: message.into(), refused: true }
    }

    /// Makes a remark on a unit that is stored.
    pub fn remark(place: &Place, reason: &'static str, message: impl Into<String>) -> Self {
        Self { place: place.clone(), reason, message: message.into(), refused: false }
    }
}
