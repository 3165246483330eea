//! The options and the results of the recognizer.

use std::{ops::Range, sync::Arc};

use crate::unit::Sequence;

/// How running words matched a term, the most certain first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum TermKind {
    /// Equal letter by letter, at level *same*.
    Exact,
    /// Equal when folded: only the orthography differs.
    Orthographic,
    /// With proclitics or the article.
    Clitic,
    /// With an inflection, a broken plural or a suffix pronoun.
    Inflected,
    /// A term of the concept other than its first one.
    Variant,
    /// With a slip in one word: a letter missing, added, wrong, or swapped with its neighbour.
    Fuzzy,
}

/// What the recognizer looks for besides the longest terms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RecognizeOptions {
    /// Also terms that overlap a longer term that was found.
    pub nested: bool,
    /// Also terms with a slip in one word, where no other term was found.
    pub fuzzy: bool,
}

/// A term found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundTerm {
    /// The concept.
    pub concept: Sequence,
    /// The term as the glossary has it.
    pub term: Arc<str>,
    /// The bytes of the whole running words.
    pub words: Range<usize>,
    /// The number of these words.
    pub length: usize,
    /// The bytes of the term itself inside them, without clitics and endings.
    pub core: Range<usize>,
    /// How it matched.
    pub kind: TermKind,
}
