//! Recognition of the terms of glossaries in a text.

use std::ops::Range;

use rustc_hash::FxHashSet;

use crate::{
    engine::catalog::GlossaryView,
    fault::Violation,
    limits::Limits,
    locale::Locale,
    name::Name,
    term::{Concept, Term, TermStatus},
    terminology::{RecognizeOptions, SearchTooLarge, TermKind, TermUse},
};

/// A request for the terms in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecognizeRequest {
    /// The text.
    pub text: String,
    /// The glossaries, in order of priority.
    pub glossaries: Vec<Name>,
    /// Which terms are found, for example also those inside longer ones.
    pub wanted: RecognizeOptions,
}

/// A term found in a text, with its translations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecognizedTerm {
    /// The term as the glossary has it.
    pub source: String,
    /// The byte range of the running words, with their clitics.
    pub words: Range<usize>,
    /// The byte range of the term itself, without clitics.
    pub core: Range<usize>,
    /// How it matched.
    pub kind: TermKind,
    /// The translations, preferred ones first.
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
    /// Whether the term is preferred, admitted, deprecated or superseded.
    pub status: TermStatus,
}

/// The error for a text that contains more terms than an answer may hold, or than can be searched.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TooManyTerms;

impl TooManyTerms {
    /// Returns the violation for the field that names the glossaries.
    pub(crate) fn into_violation(self, field: &str) -> Violation {
        let message = "the text or its translation contains too many of their terms for one answer, or for one \
                       search: name fewer glossaries, or send the text in parts";
        Violation::new(field, "TOO_MANY_TERMS_FOUND", message)
    }
}

impl From<SearchTooLarge> for TooManyTerms {
    fn from(_: SearchTooLarge) -> Self {
        Self
    }
}

/// Counts the terms of one answer and their bytes, and compares them with the limits.
pub(crate) struct TermAnswerBudget<'l> {
    limits: &'l Limits,
    terms: usize,
    bytes: usize,
}

impl<'l> TermAnswerBudget<'l> {
    pub(crate) fn new(limits: &'l Limits) -> Self {
        Self { limits, terms: 0, bytes: 0 }
    }

    /// Counts a term that a target contains.
    pub(crate) fn count_use(&mut self, used: &TermUse) -> Result<(), TooManyTerms> {
        self.terms += 1;
        self.bytes += used.term.len() + used.range.len();
        self.check_limits()
    }

    /// Counts an occurrence of a concept, with its target terms.
    pub(crate) fn count_concept(
        &mut self,
        view: &GlossaryView,
        concept: &Concept,
    ) -> Result<(), TooManyTerms> {
        self.terms += 1;
        self.bytes += target_terms(view, concept).map(|t| t.text.len()).sum::<usize>();
        self.check_limits()
    }

    fn check_limits(&self) -> Result<(), TooManyTerms> {
        let fits = self.terms <= self.limits.answer_terms && self.bytes <= self.limits.answer_term_bytes;
        if fits { Ok(()) } else { Err(TooManyTerms) }
    }
}

/// Checks that at least one glossary is named, and each only once.
pub(crate) fn check_named_once(glossaries: &[Name]) -> Result<(), Violation> {
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
    concept.content.terms.iter().filter(|t| t.locale.has_same_language(&view.info.target_locale))
}

/// Returns a concept's terms in the glossary's target language, preferred first.
pub(crate) fn sorted_targets(view: &GlossaryView, concept: &Concept) -> Vec<TermTarget> {
    let mut targets: Vec<TermTarget> = target_terms(view, concept)
        .map(|t| TermTarget { text: t.text.clone(), locale: t.locale.clone(), status: t.status })
        .collect();
    targets.sort_by_key(|t| t.status);
    targets
}
