//! Use cases on glossaries and their concepts.

use std::{cmp::Reverse, sync::Arc};

use rustc_hash::FxHashSet;

use super::recognize::{
    RecognizeRequest, RecognizedTerm, TermAnswerBudget, TooManyTerms, check_named_once, sorted_targets,
};
use crate::{
    caller::Caller,
    engine::{
        access::Right,
        catalog::{GlossaryStats, GlossaryView},
        change::{
            Action, CollectionDraft, CollectionRef, ConceptImport, ConceptRevertReport, NewCollection,
            Outcome, PutConceptsReport,
        },
        core::Engine,
        request::{Page, PageRequest, PageTokens, take_page},
    },
    fault::{Fault, Resource},
    name::Name,
    store::CollectionKind,
    term::{Concept, ConceptDraft},
    terminology::{FoundTerm, RecognizeOptions, SearchTooLarge},
};

impl Engine {
    /// Creates an empty glossary.
    ///
    /// # Errors
    /// `SAME_LANGUAGE`, `TEXT_TOO_LONG`, `GLOSSARY_EXISTS`, or those of the store.
    pub fn create_glossary(&self, caller: &Caller, new: NewCollection) -> Result<GlossaryStats, Fault> {
        self.checker().collection(&new.source_locale, &new.target_locale, &new.description)?;
        self.collections(caller, Right::Manage)?.check_new_glossary(&new.name)?;
        let action = Action::CreateCollection { kind: CollectionKind::Glossary, new: new.into() };
        match self.apply(caller, action)? {
            Outcome::Created(info) => Ok(GlossaryStats { info, concepts: 0, source_terms: 0 }),
            other => Err(Fault::Internal(format!("creating a glossary returned {other:?}"))),
        }
    }

    /// Returns a glossary with its counts.
    ///
    /// # Errors
    /// `UNKNOWN_GLOSSARY`.
    pub fn glossary(&self, caller: &Caller, name: &Name) -> Result<GlossaryStats, Fault> {
        Ok(self.glossary_view(caller, name, Right::Read)?.stats())
    }

    /// Lists the glossaries, sorted by name.
    ///
    /// # Errors
    /// `BAD_PAGE_TOKEN`.
    pub fn glossaries(&self, caller: &Caller, page: &PageRequest) -> Result<Page<GlossaryStats>, Fault> {
        let collections = self.collections(caller, Right::Read)?;
        let tokens = PageTokens::for_list(&"glossaries");
        let after = tokens.read(&page.token)?;
        let rest = collections.glossaries().filter(|(name, _)| after.is_none_or(|a| name.as_str() > a));
        Ok(take_page(rest.map(|(name, g)| (name, g.stats())), page.size, &self.limits, tokens))
    }

    /// Deletes a glossary. Returns the number of its concepts.
    ///
    /// # Errors
    /// `UNKNOWN_GLOSSARY`, or those of the store.
    pub fn delete_glossary(&self, caller: &Caller, name: &Name) -> Result<u64, Fault> {
        let glossary = self.glossary_view(caller, name, Right::Manage)?.collection_ref();
        self.delete_collection(caller, CollectionKind::Glossary, glossary)
    }

    /// Stores concepts, all or none.
    ///
    /// # Errors
    /// `NO_CONCEPTS`, `TOO_MANY_CONCEPTS`, those of [`Checker::concept`] (in `concepts[n]…`),
    /// `CONCEPT_ID_TWICE`, `UNKNOWN_GLOSSARY`, or those of the store.
    ///
    /// [`Checker::concept`]: crate::engine::Checker::concept
    pub fn put_concepts(
        &self,
        caller: &Caller,
        glossary: &Name,
        concepts: Vec<ConceptDraft>,
    ) -> Result<PutConceptsReport, Fault> {
        let check = self.checker();
        check.count("concepts", concepts.len(), "NO_CONCEPTS", "TOO_MANY_CONCEPTS")?;
        let view = self.glossary_view(caller, glossary, Right::Write)?;
        let source = &view.info.source_locale;
        let mut seen = FxHashSet::default();
        for (n, concept) in concepts.iter().enumerate() {
            check.concept(concept, source).map_err(|v| v.inside(&format!("concepts[{n}]")))?;
            if !concept.id.is_empty() && !seen.insert(concept.id.as_str()) {
                let message =
                    format!("'{}' is the id of another concept of this call: give each its own", concept.id);
                return Err(Fault::invalid(format!("concepts[{n}].id"), "CONCEPT_ID_TWICE", message));
            }
        }
        self.put_checked_concepts(caller, view.collection_ref(), None, concepts, None)
    }

    /// Stores concepts that are checked already.
    pub(crate) fn put_checked_concepts(
        &self,
        caller: &Caller,
        glossary: CollectionRef,
        create: Option<CollectionDraft>,
        concepts: Vec<ConceptDraft>,
        import: Option<ConceptImport>,
    ) -> Result<PutConceptsReport, Fault> {
        match self.apply(caller, Action::PutConcepts { glossary, create, concepts, import })? {
            Outcome::ConceptsPut(report) => Ok(report),
            other => Err(Fault::Internal(format!("putting concepts returned {other:?}"))),
        }
    }

    /// Reverts an import of concepts, as one change. Concepts that were changed since stay as they are.
    ///
    /// # Errors
    /// `UNKNOWN_GLOSSARY`, `UNKNOWN_IMPORT`, or those of the store.
    pub fn revert_concepts(
        &self,
        caller: &Caller,
        glossary: &Name,
        import: u64,
    ) -> Result<ConceptRevertReport, Fault> {
        let glossary = self.glossary_view(caller, glossary, Right::Write)?.collection_ref();
        match self.apply(caller, Action::RevertConcepts { glossary, import })? {
            Outcome::ConceptsReverted(report) => Ok(report),
            other => Err(Fault::Internal(format!("reverting an import of concepts returned {other:?}"))),
        }
    }

    /// Returns the concept with an id.
    ///
    /// # Errors
    /// `UNKNOWN_GLOSSARY`, `UNKNOWN_CONCEPT`.
    pub fn concept(&self, caller: &Caller, glossary: &Name, id: &str) -> Result<Arc<Concept>, Fault> {
        let found = self.glossary_view(caller, glossary, Right::Read)?.concepts.by_id(id).cloned();
        found.ok_or_else(|| Fault::Unknown { what: Resource::Concept, name: id.to_owned() })
    }

    /// Deletes concepts, all or none. Returns how many, and the number of the change. With `dry_run`
    /// nothing is deleted, and the number of the change is 0.
    ///
    /// # Errors
    /// `NO_CONCEPTS`, `TOO_MANY_CONCEPTS`, `CONCEPT_ID_TWICE`, `UNKNOWN_GLOSSARY`,
    /// `UNKNOWN_CONCEPT`, or those of the store.
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
        let target = self.glossary_view(caller, glossary, Right::Write)?.collection_ref();
        if dry_run {
            for id in &ids {
                self.concept(caller, glossary, id)?;
            }
            return Ok((ids.len() as u64, 0));
        }
        match self.apply(caller, Action::DeleteConcepts { glossary: target, ids })? {
            Outcome::Removed { count, change_id } => Ok((count, change_id)),
            other => Err(Fault::Internal(format!("deleting concepts returned {other:?}"))),
        }
    }

    /// Lists the concepts of a glossary in the order in which they were first stored.
    ///
    /// # Errors
    /// `UNKNOWN_GLOSSARY`, `BAD_PAGE_TOKEN`.
    pub fn concepts(
        &self,
        caller: &Caller,
        glossary: &Name,
        page: &PageRequest,
    ) -> Result<Page<Arc<Concept>>, Fault> {
        let view = self.glossary_view(caller, glossary, Right::Read)?;
        let tokens = PageTokens::for_list(&("concepts", view.number.0));
        let after = tokens.read_number(&page.token)?;
        let rest = view.concepts.after(after);
        Ok(take_page(rest.map(|c| (c.sequence.0, Arc::clone(c))), page.size, &self.limits, tokens))
    }

    /// Finds the terms of glossaries in a text. Returns those with the most words first, then in
    /// order of position, then of the priority of the glossaries.
    ///
    /// # Errors
    /// `NO_GLOSSARIES`, `GLOSSARY_TWICE`, `TEXT_EMPTY`, `TEXT_TOO_LONG`, `UNKNOWN_GLOSSARY`,
    /// `TOO_MANY_TERMS_FOUND`.
    pub fn recognize(
        &self,
        caller: &Caller,
        request: &RecognizeRequest,
    ) -> Result<Vec<RecognizedTerm>, Fault> {
        self.checker().text("text", &request.text, self.limits.segment_chars)?;
        check_named_once(&request.glossaries)?;
        let views = self.readable_glossaries(caller, &request.glossaries)?;
        Ok(self
            .recognize_terms(&views, &request.text, request.wanted)
            .map_err(|found| found.into_violation("glossaries"))?)
    }

    /// Finds terms as [`Engine::recognize`] does. Fails if there are more than an answer may hold.
    pub(crate) fn recognize_terms(
        &self,
        glossaries: &[Arc<GlossaryView>],
        text: &str,
        wanted: RecognizeOptions,
    ) -> Result<Vec<RecognizedTerm>, TooManyTerms> {
        let mut budget = TermAnswerBudget::new(&self.limits);
        let mut all: Vec<RecognizedTerm> = Vec::new();
        for view in glossaries {
            for (concept, found) in view.find_terms(text, wanted)? {
                budget.count_concept(view, concept)?;
                all.push(view.to_recognized_term(concept, found));
            }
        }
        // The sort is stable, so it keeps the order of the glossaries and of their terms.
        all.sort_by_key(|t| {
            let words = text.get(t.words.clone()).map_or(0, |w| w.split_whitespace().count());
            (Reverse(words), t.words.start)
        });
        Ok(all)
    }
}

impl GlossaryView {
    /// Finds the terms of the glossary in a text.
    pub(crate) fn find_terms(
        &self,
        text: &str,
        wanted: RecognizeOptions,
    ) -> Result<impl Iterator<Item = (&Arc<Concept>, FoundTerm)>, SearchTooLarge> {
        let found = self.recognizer.recognize(text, wanted, |sequence, revision| {
            self.concepts.is_present_revision(sequence, revision)
        })?;
        Ok(found.into_iter().filter_map(|found| Some((self.concepts.get(found.concept)?, found))))
    }

    fn to_recognized_term(&self, concept: &Concept, found: FoundTerm) -> RecognizedTerm {
        RecognizedTerm {
            source: found.term.to_string(),
            words: found.words,
            core: found.core,
            kind: found.kind,
            targets: sorted_targets(self, concept),
            glossary: self.info.name.clone(),
            concept_id: concept.content.id.clone(),
            domain: concept.content.domain.clone(),
        }
    }
}
