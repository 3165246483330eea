//! Terms of glossaries in the texts that a repair of terms compares.

use std::{ops::Range, sync::Arc};

use crate::{
    locale::Locale,
    term::{Concept, Term},
};

/// A glossary term in a text.
#[derive(Clone, Debug)]
pub struct TermOccurrence {
    /// The bytes of the whole running words, with their clitics.
    pub words: Range<usize>,
    /// The bytes without the particles before the first word and the ending of the last one.
    pub core: Range<usize>,
    /// The term as the glossary has it.
    pub term: Arc<str>,
    /// Its concept.
    pub concept: Arc<Concept>,
}

impl TermOccurrence {
    /// Returns the terms of its concept in a language.
    pub(super) fn source_terms(&self, language: &str) -> impl Iterator<Item = &Term> {
        self.concept.content.terms.iter().filter(move |term| term.locale.language() == language)
    }

    /// Returns the translations of its concept in the language of a locale.
    pub(super) fn translations(&self, locale: &Locale) -> impl Iterator<Item = &Term> {
        self.source_terms(locale.language())
    }

    /// Returns whether two terms belong to the same concept.
    pub(super) fn has_same_concept(&self, other: &Self) -> bool {
        self.concept.glossary == other.concept.glossary && self.concept.sequence == other.concept.sequence
    }

    /// Returns the term itself, with its word class.
    pub(super) fn own_term(&self, language: &str) -> Option<&Term> {
        self.source_terms(language).find(|term| term.text == *self.term)
    }
}

/// A source text with the terms in it.
#[derive(Clone, Copy, Debug)]
pub struct TextWithTerms<'t> {
    /// The text.
    pub text: &'t str,
    /// The longest terms in it, from one or several glossaries.
    pub terms: &'t [TermOccurrence],
}
