//! Recognizing the terms of glossaries in a text.

use std::{ops::Range, sync::Arc};

use rustc_hash::FxHashSet;

use crate::{
    engine::catalog::{Catalog, GlossaryView},
    fault::{Fault, Violation},
    limits::Limits,
    locale::Locale,
    name::Name,
    term::{Concept, Term, TermStatus},
    terminology::{TermKind, TermUse, TooMuch, Wanted},
};

/// Asks for the terms in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecognizeRequest {
    /// The text.
    pub text: String,
    /// The glossaries, in order of priority.
    pub glossaries: Vec<Name>,
    /// What is looked for.
    pub wanted: Wanted,
}

/// A term found in a text, with its translations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecognizedTerm {
    /// The term as the glossary has it.
    pub source: String,
    /// Bytes of the running words.
    pub words: Range<usize>,
    /// Bytes of the term itself.
    pub core: Range<usize>,
    /// How it matched.
    pub kind: TermKind,
    /// Translations, preferred first.
    pub targets: Vec<TermTarget>,
    /// The glossary.
    pub glossary: Name,
    /// The concept.
    pub concept_id: String,
    /// The concept's domain, or empty.
    pub domain: String,
}

/// A translation of a term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TermTarget {
    /// The term.
    pub text: String,
    /// Its language.
    pub locale: Locale,
    /// Its standing.
    pub status: TermStatus,
}

/// A text holds more terms than can be told.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooManyTerms;

impl TooManyTerms {
    /// Blames the field that names the glossaries.
    pub(crate) fn too_many(self, field: &str) -> Violation {
        let message = "more of their terms stand in the text, or its translation, than an answer can hold or \
                       can be looked for: name fewer glossaries, or send the text in pieces";
        Violation::new(field, "TOO_MANY_TERMS_FOUND", message)
    }
}

impl From<TooMuch> for TooManyTerms {
    fn from(_: TooMuch) -> Self {
        Self
    }
}

/// Counts what is told of a text.
pub(crate) struct Told<'l> {
    limits: &'l Limits,
    terms: usize,
    bytes: usize,
}

impl<'l> Told<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self { limits, terms: 0, bytes: 0 }
    }

    /// Counts the use of a term in a target.
    pub(crate) fn count_use(&mut self, used: &TermUse) -> Result<(), TooManyTerms> {
        self.terms += 1;
        self.bytes += used.term.len() + used.range.len();
        self.fits()
    }

    /// Counts a place of a concept.
    pub(crate) fn count(&mut self, view: &GlossaryView, concept: &Concept) -> Result<(), TooManyTerms> {
        self.terms += 1;
        self.bytes += target_terms(view, concept).map(|t| t.text.len()).sum::<usize>();
        self.fits()
    }

    fn fits(&self) -> Result<(), TooManyTerms> {
        let fits = self.terms <= self.limits.told_terms && self.bytes <= self.limits.told_term_bytes;
        if fits { Ok(()) } else { Err(TooManyTerms) }
    }
}

/// Makes sure that glossaries are named, and each once.
pub(crate) fn named_once(glossaries: &[Name]) -> Result<(), Violation> {
    if glossaries.is_empty() {
        return Err(Violation::new("glossaries", "NO_GLOSSARIES", "none given: name at least one"));
    }
    let mut seen = FxHashSet::default();
    match glossaries.iter().position(|name| !seen.insert(name)) {
        Some(n) => {
            let message = "this glossary is named twice: name each once";
            Err(Violation::new(format!("glossaries[{n}]"), "GLOSSARY_TWICE", message))
        }
        None => Ok(()),
    }
}

fn target_terms<'c>(view: &'c GlossaryView, concept: &'c Concept) -> impl Iterator<Item = &'c Term> {
    concept.content.terms.iter().filter(|t| t.locale.same_language(&view.info.target_locale))
}

/// Returns a concept's terms in the glossary's target language, preferred first.
pub(crate) fn targets_of(view: &GlossaryView, concept: &Concept) -> Vec<TermTarget> {
    let mut targets: Vec<TermTarget> = target_terms(view, concept)
        .map(|t| TermTarget { text: t.text.clone(), locale: t.locale.clone(), status: t.status })
        .collect();
    targets.sort_by_key(|t| t.status);
    targets
}

pub(crate) fn glossary_views(catalog: &Catalog, names: &[Name]) -> Result<Vec<Arc<GlossaryView>>, Fault> {
    names.iter().map(|name| catalog.glossary(name).cloned()).collect()
}
