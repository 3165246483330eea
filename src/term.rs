//! Concepts and their terms.

use crate::{
    locale::Locale,
    name::Name,
    unit::{Property, Provenance, Sequence, Stamp},
};

/// The standing of a term in its concept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermStatus {
    /// The one to use.
    Preferred,
    /// May be used.
    #[default]
    Admitted,
    /// Was used once.
    Superseded,
    /// Must not be used.
    Deprecated,
}

/// A term's word class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PartOfSpeech {
    /// Not told.
    #[default]
    Unknown,
    /// A noun or noun phrase.
    Noun,
    /// A verb or verb phrase.
    Verb,
    /// An adjective.
    Adjective,
    /// An adverb.
    Adverb,
    /// A name.
    ProperNoun,
    /// Anything else.
    Other,
}

impl TermStatus {
    /// Returns whether a translation may contain a term of this status: deprecated
    /// and superseded terms must not be used.
    #[must_use]
    pub fn may_be_used(self) -> bool {
        matches!(self, Self::Preferred | Self::Admitted)
    }
}

/// One designation of a concept in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The term as it is written.
    pub text: String,
    /// Its language.
    pub locale: Locale,
    /// Its standing.
    pub status: TermStatus,
    /// Its word class.
    pub part_of_speech: PartOfSpeech,
    /// A name: takes proclitics, but neither article nor suffix.
    pub proper_noun: bool,
    /// Upper and lower case differ in meaning.
    pub case_sensitive: bool,
    /// How to use it, or empty.
    pub usage_note: String,
    /// Notes on it.
    pub notes: Vec<String>,
    /// Metadata of it.
    pub properties: Vec<Property>,
}

impl Term {
    /// Makes a term of which nothing more is told.
    #[must_use]
    pub fn new(text: impl Into<String>, locale: Locale) -> Self {
        Self {
            text: text.into(),
            locale,
            status: TermStatus::default(),
            part_of_speech: PartOfSpeech::default(),
            proper_noun: false,
            case_sensitive: false,
            usage_note: String::new(),
            notes: Vec::new(),
            properties: Vec::new(),
        }
    }
}

/// One meaning with its terms, as a caller or a file gives it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConceptDraft {
    /// Its id in the glossary, or empty when the server shall give one.
    pub id: String,
    /// What it means, or empty.
    pub definition: String,
    /// The subject field, or empty.
    pub domain: String,
    /// Its terms.
    pub terms: Vec<Term>,
    /// Notes.
    pub notes: Vec<String>,
    /// Metadata.
    pub properties: Vec<Property>,
    /// Where it came from.
    pub provenance: Provenance,
}

/// A stored concept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concept {
    /// Its place in the glossary's order.
    pub sequence: Sequence,
    /// The glossary that holds it.
    pub glossary: Name,
    /// What it says.
    pub content: ConceptDraft,
    /// Its stored state.
    pub stamp: Stamp,
}
