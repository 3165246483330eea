//! Use cases on glossaries.

use std::{cmp::Reverse, ops::Range, sync::Arc};

use rustc_hash::FxHashSet;

use super::{
    Engine,
    catalog::{Catalog, GlossaryStats, GlossaryView},
    change::{Action, CollectionDraft, Outcome},
    memories::NewCollection,
    pages::{Page, PageRequest, Tokens, cut},
};
use crate::{
    caller::Caller,
    fault::{Fault, Resource, Violation},
    limits::Limits,
    locale::Locale,
    name::Name,
    store::CollectionKind,
    term::{Concept, ConceptDraft, Term, TermStatus},
    terminology::{FoundTerm, TermKind, TermUse, TooMuch, Wanted},
};

/// What putting concepts did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutConceptsReport {
    /// The concepts' ids, in order.
    pub ids: Vec<String>,
    /// New ones.
    pub stored: u32,
    /// New revisions.
    pub updated: u32,
    /// There just so.
    pub unchanged: u32,
    /// Number of the change; 0 when nothing changed.
    pub change_id: u64,
}

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

impl Engine {
    /// Makes an empty glossary.
    ///
    /// # Errors
    /// `SAME_LANGUAGE`, `TEXT_TOO_LONG`, `GLOSSARY_EXISTS`, or the store's.
    pub fn create_glossary(&self, caller: &Caller, new: NewCollection) -> Result<GlossaryStats, Fault> {
        self.checker().collection(&new.source_locale, &new.target_locale, &new.description)?;
        let name = new.name.clone();
        self.apply(caller, Action::CreateCollection { kind: CollectionKind::Glossary, new: new.into() })?;
        self.glossary(caller, &name)
    }

    /// Returns a glossary with its counts.
    ///
    /// # Errors
    /// `UNKNOWN_GLOSSARY`.
    pub fn glossary(&self, _caller: &Caller, name: &Name) -> Result<GlossaryStats, Fault> {
        Ok(self.catalog.load().glossary(name)?.stats())
    }

    /// Lists the glossaries by name.
    ///
    /// # Errors
    /// `BAD_PAGE_TOKEN`.
    pub fn glossaries(&self, _caller: &Caller, page: &PageRequest) -> Result<Page<GlossaryStats>, Fault> {
        let catalog = self.catalog.load();
        let tokens = Tokens::of(&"glossaries");
        let after = tokens.read(&page.token)?;
        let rest = catalog.glossaries.iter().filter(|(name, _)| after.is_none_or(|a| name.as_str() > a));
        Ok(cut(rest.map(|(name, g)| (name, g.stats())), page.size, tokens))
    }

    /// Deletes a glossary; returns how many concepts it had.
    ///
    /// # Errors
    /// `UNKNOWN_GLOSSARY`, or the store's.
    pub fn delete_glossary(&self, caller: &Caller, name: &Name) -> Result<u64, Fault> {
        self.delete_collection(caller, CollectionKind::Glossary, name)
    }

    /// Stores concepts, all or none.
    ///
    /// # Errors
    /// `NO_CONCEPTS`, `TOO_MANY_CONCEPTS`, what [`super::Checker::concept`]
    /// finds (in `concepts[n]…`), `CONCEPT_ID_TWICE`, `UNKNOWN_GLOSSARY`, or the store's.
    pub fn put_concepts(
        &self,
        caller: &Caller,
        glossary: &Name,
        concepts: Vec<ConceptDraft>,
    ) -> Result<PutConceptsReport, Fault> {
        let check = self.checker();
        check.count("concepts", concepts.len(), "NO_CONCEPTS", "TOO_MANY_CONCEPTS")?;
        let catalog = self.catalog.load();
        let info = &catalog.glossary(glossary)?.info;
        let mut seen = FxHashSet::default();
        for (n, concept) in concepts.iter().enumerate() {
            check.concept(concept, &info.source_locale).map_err(|v| v.inside(&format!("concepts[{n}]")))?;
            if !concept.id.is_empty() && !seen.insert(concept.id.as_str()) {
                let message =
                    format!("'{}' is the id of another concept of this call: give each its own", concept.id);
                return Err(Fault::invalid(format!("concepts[{n}].id"), "CONCEPT_ID_TWICE", message));
            }
        }
        self.put_all(caller, glossary, None, concepts)
    }

    /// Stores concepts that were checked.
    pub(super) fn put_all(
        &self,
        caller: &Caller,
        glossary: &Name,
        create: Option<CollectionDraft>,
        concepts: Vec<ConceptDraft>,
    ) -> Result<PutConceptsReport, Fault> {
        match self.apply(caller, Action::PutConcepts { glossary: glossary.clone(), create, concepts })? {
            Outcome::Concepts(report) => Ok(report),
            other => Err(Fault::Internal(format!("putting concepts told {other:?}"))),
        }
    }

    /// Returns a concept by its id.
    ///
    /// # Errors
    /// `UNKNOWN_GLOSSARY`, `UNKNOWN_CONCEPT`.
    pub fn concept(&self, _caller: &Caller, glossary: &Name, id: &str) -> Result<Arc<Concept>, Fault> {
        let catalog = self.catalog.load();
        let found = catalog.glossary(glossary)?.concepts.by_id(id).cloned();
        found.ok_or_else(|| Fault::Unknown { what: Resource::Concept, name: id.to_owned() })
    }

    /// Deletes concepts, all or none; returns how many, and the number of the
    /// change. With `dry_run` it only says how many it would be.
    ///
    /// # Errors
    /// `NO_CONCEPTS`, `TOO_MANY_CONCEPTS`, `CONCEPT_ID_TWICE`, `UNKNOWN_GLOSSARY`,
    /// `UNKNOWN_CONCEPT`, or the store's.
    pub fn delete_concepts(
        &self,
        caller: &Caller,
        glossary: &Name,
        ids: Vec<String>,
        dry_run: bool,
    ) -> Result<(u64, u64), Fault> {
        self.checker().count("ids", ids.len(), "NO_CONCEPTS", "TOO_MANY_CONCEPTS")?;
        let mut seen = FxHashSet::default();
        if let Some(n) = ids.iter().position(|id| !seen.insert(id)) {
            let message = "this concept is named twice: name each once";
            return Err(Fault::invalid(format!("ids[{n}]"), "CONCEPT_ID_TWICE", message));
        }
        if dry_run {
            for id in &ids {
                self.concept(caller, glossary, id)?;
            }
            return Ok((ids.len() as u64, 0));
        }
        match self.apply(caller, Action::DeleteConcepts { glossary: glossary.clone(), ids })? {
            Outcome::Removed { count, change_id } => Ok((count, change_id)),
            other => Err(Fault::Internal(format!("deleting concepts told {other:?}"))),
        }
    }

    /// Lists the concepts of a glossary in the order they were first stored.
    ///
    /// # Errors
    /// `UNKNOWN_GLOSSARY`, `BAD_PAGE_TOKEN`.
    pub fn concepts(
        &self,
        _caller: &Caller,
        glossary: &Name,
        page: &PageRequest,
    ) -> Result<Page<Arc<Concept>>, Fault> {
        let catalog = self.catalog.load();
        let view = catalog.glossary(glossary)?;
        let tokens = Tokens::of(&("concepts", view.number.0));
        let after = tokens.read_number(&page.token)?;
        let rest = view.concepts.after(after);
        Ok(cut(rest.map(|c| (c.sequence.0, Arc::clone(c))), page.size, tokens))
    }

    /// Finds the terms of glossaries in a text: longest first, then by place,
    /// then by the priority of the glossaries.
    ///
    /// # Errors
    /// `NO_GLOSSARIES`, `GLOSSARY_TWICE`, `TEXT_EMPTY`, `TEXT_TOO_LONG`, `UNKNOWN_GLOSSARY`,
    /// `TOO_MANY_TERMS_FOUND`.
    pub fn recognize(
        &self,
        _caller: &Caller,
        request: &RecognizeRequest,
    ) -> Result<Vec<RecognizedTerm>, Fault> {
        self.checker().text("text", &request.text, self.limits.segment_chars)?;
        named_once(&request.glossaries)?;
        let views = glossary_views(&self.catalog.load(), &request.glossaries)?;
        Ok(self.terms(&views, &request.text, request.wanted).map_err(|found| found.too_many("glossaries"))?)
    }

    /// Finds terms as [`Engine::recognize`] does; fails for more than can be told.
    pub(super) fn terms(
        &self,
        glossaries: &[Arc<GlossaryView>],
        text: &str,
        wanted: Wanted,
    ) -> Result<Vec<RecognizedTerm>, TooManyTerms> {
        let mut told = Told::new(&self.limits);
        let mut all: Vec<RecognizedTerm> = Vec::new();
        for view in glossaries {
            for (concept, found) in view.found(text, wanted)? {
                told.count(view, concept)?;
                all.push(view.told(concept, found));
            }
        }
        // Stable: one glossary's order, and the glossaries' priority, stay.
        all.sort_by_key(|t| {
            let words = text.get(t.words.clone()).map_or(0, |w| w.split_whitespace().count());
            (Reverse(words), t.words.start)
        });
        Ok(all)
    }
}

/// A text holds more terms than can be told.
#[derive(Clone, Copy, Debug)]
pub(super) struct TooManyTerms;

impl TooManyTerms {
    /// Blames the field that names the glossaries.
    pub(super) fn too_many(self, field: &str) -> Violation {
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
pub(super) struct Told<'l> {
    limits: &'l Limits,
    terms: usize,
    bytes: usize,
}

impl<'l> Told<'l> {
    pub(super) fn new(limits: &'l Limits) -> Self {
        Self { limits, terms: 0, bytes: 0 }
    }

    /// Counts the use of a term in a target.
    pub(super) fn count_use(&mut self, used: &TermUse) -> Result<(), TooManyTerms> {
        self.terms += 1;
        self.bytes += used.term.len() + used.range.len();
        self.fits()
    }

    /// Counts a place of a concept.
    pub(super) fn count(&mut self, view: &GlossaryView, concept: &Concept) -> Result<(), TooManyTerms> {
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
pub(super) fn named_once(glossaries: &[Name]) -> Result<(), Violation> {
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
pub(super) fn targets_of(view: &GlossaryView, concept: &Concept) -> Vec<TermTarget> {
    let mut targets: Vec<TermTarget> = target_terms(view, concept)
        .map(|t| TermTarget { text: t.text.clone(), locale: t.locale.clone(), status: t.status })
        .collect();
    targets.sort_by_key(|t| t.status);
    targets
}

pub(super) fn glossary_views(catalog: &Catalog, names: &[Name]) -> Result<Vec<Arc<GlossaryView>>, Fault> {
    names.iter().map(|name| catalog.glossary(name).cloned()).collect()
}

impl GlossaryView {
    /// Finds the terms of the glossary in a text.
    pub(super) fn found(
        &self,
        text: &str,
        wanted: Wanted,
    ) -> Result<impl Iterator<Item = (&Arc<Concept>, FoundTerm)>, TooMuch> {
        let alive = |sequence, revision| self.concepts.is_alive(sequence, revision);
        let found = self.recognizer.recognize(text, wanted, alive)?;
        Ok(found.into_iter().filter_map(|found| Some((self.concepts.get(found.concept)?, found))))
    }

    fn told(&self, concept: &Concept, found: FoundTerm) -> RecognizedTerm {
        RecognizedTerm {
            source: found.term.to_string(),
            words: found.words,
            core: found.core,
            kind: found.kind,
            targets: targets_of(self, concept),
            glossary: self.info.name.clone(),
            concept_id: concept.content.id.clone(),
            domain: concept.content.domain.clone(),
        }
    }
}
