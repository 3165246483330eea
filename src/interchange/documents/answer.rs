//! The segments of a document that need a translation, and the answers for them.

use crate::{score::Score, segment::Segment};

/// A segment of a document that has no translation yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SegmentToTranslate {
    /// Its text and inline codes.
    pub segment: Segment,
    /// True if the document has the reverse direction of the memory, so that it must be looked up in reverse.
    pub reverse: bool,
    /// The id of its unit in the document, or empty.
    pub unit: String,
}

/// A match of a memory for a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The stored text that is similar to the segment.
    pub source: String,
    /// Its translation, with the segment's codes where they could be carried over.
    pub target: Segment,
    /// Its score.
    pub score: Score,
    /// The similarity of the texts, before penalties.
    pub similarity: Score,
    /// The unit that it comes from, as `memory/id`.
    pub origin: String,
}

impl Suggestion {
    /// Returns true for a score of 100%, where nothing differs.
    pub(crate) fn is_exact(&self) -> bool {
        self.score >= Score::FULL
    }
}

/// A term of a segment and its translations, the one to use first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermNote {
    /// The term.
    pub term: String,
    /// Its translations.
    pub translations: Vec<String>,
}

/// The answer for one segment, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Matches.
    pub suggestions: Vec<Suggestion>,
    /// Terms.
    pub terms: Vec<TermNote>,
}

/// Counts of what a document contains besides the segments to translate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftAlone {
    /// Segments that have a translation.
    pub translated: u64,
    /// Segments that are not to be translated.
    pub not_translatable: u64,
    /// Units in other languages than the memory's.
    pub other_languages: u64,
    /// Segments with an unknown entity, with more than 4 MiB, or without an id that is unique in their unit.
    pub unreadable: u64,
}
