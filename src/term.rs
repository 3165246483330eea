//! Concepts and their terms.

use crate::{
    locale::Locale,
    name::Name,
    unit::{Property, Provenance, REPLY_BYTES_PER_ENTRY, Sequence, Stamp, metadata_bytes},
};

/// The bytes that each concept, term, property and note counts for in addition to its texts. In a reply
/// it takes fewer.
const PART_BYTES: usize = 128;

/// The status of a term in its concept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TermStatus {
    /// The term to use.
    Preferred,
    /// May be used.
    #[default]
    Admitted,
    /// Was used in the past; must not be used any more.
    Superseded,
    /// Must not be used.
    Deprecated,
}

/// A term's word class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum PartOfSpeech {
    /// Not specified.
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
    /// Returns whether a translation may contain a term with this status. Deprecated and superseded terms
    /// must not be used.
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
    /// Its status.
    pub status: TermStatus,
    /// Its word class.
    pub part_of_speech: PartOfSpeech,
    /// It is a name: it takes proclitics, but neither an article nor a suffix.
    pub proper_noun: bool,
    /// Its case must match, because it changes the meaning: IT is not it.
    pub case_sensitive: bool,
    /// How to use it, or empty.
    pub usage_note: String,
    /// Notes on the term.
    pub notes: Vec<String>,
    /// Metadata of the term.
    pub properties: Vec<Property>,
}

impl Term {
    /// Makes a term with default values for everything else.
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
    /// Its id in the glossary, or empty if the server is to assign one.
    pub id: String,
    /// The definition of the meaning, or empty.
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

impl Term {
    fn byte_len(&self) -> usize {
        let parts = 1 + self.properties.len() + self.notes.len();
        self.text.len()
            + self.usage_note.len()
            + metadata_bytes(&self.properties, &self.notes)
            + parts * PART_BYTES
    }
}

impl ConceptDraft {
    /// Returns the number of bytes of its texts, properties and notes, with 128 more for each term,
    /// property and note.
    #[must_use]
    pub fn byte_len(&self) -> usize {
        let parts = self.properties.len() + self.notes.len();
        self.definition.len()
            + self.domain.len()
            + metadata_bytes(&self.properties, &self.notes)
            + parts * PART_BYTES
            + self.terms.iter().map(Term::byte_len).sum::<usize>()
    }

    /// Returns about the number of bytes that it takes in memory.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        self.byte_len() + self.id.len() + PART_BYTES
    }
}

/// A stored concept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concept {
    /// Its place in the glossary's order.
    pub sequence: Sequence,
    /// The glossary that holds it.
    pub glossary: Name,
    /// Its content.
    pub content: ConceptDraft,
    /// Its stored state.
    pub stamp: Stamp,
}

impl Concept {
    /// Returns a number of bytes that the concept does not exceed in a reply.
    #[must_use]
    pub fn reply_bytes(&self) -> usize {
        let ConceptDraft { id, terms, provenance, .. } = &self.content;
        self.content.byte_len()
            + terms.iter().map(|term| term.locale.as_str().len()).sum::<usize>()
            + id.len()
            + provenance.byte_len()
            + self.stamp.caller.len()
            + REPLY_BYTES_PER_ENTRY
    }
}
