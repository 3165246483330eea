//! What a document asks for, and what is answered.

use crate::{score::Score, segment::Segment};

/// A segment of a document that has no translation yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToTranslate {
    /// What it says.
    pub segment: Segment,
    /// The document goes the other way than the memory: look it up in reverse.
    pub reverse: bool,
    /// The id of its unit in the document, or empty.
    pub unit: String,
}

/// What a memory has for a segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The stored text that is like the segment.
    pub source: String,
    /// Its translation, with the segment's codes where they could be carried over.
    pub target: Segment,
    /// Its score.
    pub score: Score,
    /// How alike the texts are.
    pub similarity: Score,
    /// Where it comes from.
    pub origin: String,
}

impl Suggestion {
    /// Says whether it is sure: nothing of the match differs.
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

/// What is known of one segment, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// Matches.
    pub suggestions: Vec<Suggestion>,
    /// Terms.
    pub terms: Vec<TermNote>,
}

/// What a document holds beside the segments to translate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LeftAlone {
    /// Segments that have a translation.
    pub translated: u64,
    /// Segments that are not to be translated.
    pub not_translatable: u64,
    /// Units in other languages than the memory's.
    pub other_languages: u64,
    /// Segments with an entity that XML does not have, of more than 4 MiB, or without an id
    /// that tells them from the others of their unit.
    pub unreadable: u64,
}
