//! Use cases on glossaries.

use std::{cmp::Reverse, sync::Arc};

use rustc_hash::FxHashSet;

use super::recognize::{
    RecognizeRequest, RecognizedTerm, Told, TooManyTerms, glossary_views, named_once, targets_of,
};
use crate::{
    caller::Caller,
    engine::{
        catalog::{GlossaryStats, GlossaryView},
        change::{Action, CollectionDraft, NewCollection, Outcome, PutConceptsReport},
        core::Engine,
        request::{Page, PageRequest, Tokens, cut},
    },
    fault::{Fault, Resource},
    name::Name,
    store::CollectionKind,
    term::{Concept, ConceptDraft},
    terminology::{FoundTerm, TooMuch, Wanted},
};

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
    /// `NO_CONCEPTS`, `TOO_MANY_CONCEPTS`, what [`crate::engine::Checker::concept`]
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
    pub(crate) fn put_all(
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
    pub(crate) fn terms(
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

impl GlossaryView {
    /// Finds the terms of the glossary in a text.
    pub(crate) fn found(
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
