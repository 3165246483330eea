//! What the recognizer is asked for, and what it returns.

use std::{ops::Range, sync::Arc};

use crate::unit::Sequence;

/// How running words matched a term, surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermKind {
    /// Letter by letter, at level *same*.
    Exact,
    /// But for orthography.
    Orthographic,
    /// With proclitics or the article.
    Clitic,
    /// With an inflection, a broken plural or a suffix pronoun.
    Inflected,
    /// As another term of the concept than its first.
    Variant,
    /// But for a slip of the pen in one word.
    Fuzzy,
}

/// What is looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Also terms that overlap a longer one found.
    pub nested: bool,
    /// Also words that are a slip away from a term's, where nothing else was found.
    pub fuzzy: bool,
}

/// A term found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTerm {
    /// The concept.
    pub concept: Sequence,
    /// The term as the glossary has it.
    pub term: Arc<str>,
    /// Bytes of the whole running words.
    pub words: Range<usize>,
    /// How many words these are.
    pub length: usize,
    /// Bytes of the term itself inside them.
    pub core: Range<usize>,
    /// How it matched.
    pub kind: TermKind,
}
