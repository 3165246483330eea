//! A segment with its folded text.

use crate::{segment::Segment, text::folded};

/// A segment with its folded text, so that it is folded once on its way from the check of a
/// request to the search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldedSegment {
    segment: Segment,
    folded: String,
}

impl FoldedSegment {
    /// Folds a segment.
    #[must_use]
    pub fn new(segment: Segment) -> Self {
        Self { folded: folded(&segment.text), segment }
    }

    /// Joins a segment with the folded text that `text::folded` returned for it.
    #[must_use]
    pub fn from_parts(segment: Segment, folded: String) -> Self {
        Self { segment, folded }
    }

    /// Returns the text as it was given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.segment.text
    }

    /// Returns the folded text; empty if nothing of the segment is left to match.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Returns the segment and its folded text.
    #[must_use]
    pub fn into_parts(self) -> (Segment, String) {
        (self.segment, self.folded)
    }
}
