//! Terminology check: whether a translation uses the terms of the glossaries.

use std::{ops::Range, sync::Arc};

use rustc_hash::FxHashMap;

use super::recognize::{TermAnswerBudget, TermTarget, TooManyTerms, check_named_once, sorted_targets};
use crate::{
    caller::Caller,
    engine::{catalog::GlossaryView, core::Engine},
    fault::{Fault, Violation},
    name::Name,
    store::CollectionNumber,
    term::{Concept, TermStatus},
    terminology::{FoundTerm, RecognizeOptions, TermUse, TermVerdict, check, keep_longest},
    unit::Sequence,
};

/// A request to check the terms of a translation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckRequest {
    /// The source text.
    pub source: String,
    /// Its translation, which may be empty.
    pub target: String,
    /// The glossaries, in order of priority.
    pub glossaries: Vec<Name>,
}

/// A term of the source, and whether the target keeps it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedTerm {
    /// Whether the target keeps the term.
    pub verdict: TermVerdict,
    /// The term as the glossary has it.
    pub source: String,
    /// Byte ranges of the source: each occurrence of the term, with its clitics.
    pub positions: Vec<Range<usize>>,
    /// The terms of the concept that the target contains, in order of position.
    pub uses: Vec<TermUse>,
    /// All terms of the concept in the target language, preferred ones first.
    pub targets: Vec<TermTarget>,
    /// The target term to use, or empty.
    pub preferred: String,
    /// The glossary.
    pub glossary: Name,
    /// The concept.
    pub concept_id: String,
    /// The concept's domain, or empty.
    pub domain: String,
}

/// A concept that words of the source may mean.
struct ConceptCandidate<'v> {
    view: &'v GlossaryView,
    concept: Arc<Concept>,
    found: FoundTerm,
}

impl Engine {
    /// Checks which terms of a source its translation keeps, which it misses, and for which it uses a
    /// deprecated or superseded term. Returns the terms in the order of the source.
    ///
    /// A term that occurs several times in the source is returned once, with all its positions. It
    /// counts as kept if the target has it once. Where the same words may mean several concepts,
    /// the concept that the target keeps is the one that is meant. If the target keeps none of
    /// them, it is the first one by the priority of the glossaries.
    ///
    /// # Errors
    /// `NO_GLOSSARIES`, `GLOSSARY_TWICE`, `TEXT_EMPTY` (`source`), `TEXT_TOO_LONG`,
    /// `UNKNOWN_GLOSSARY`, `OTHER_LANGUAGES` for glossaries of different languages,
    /// `TOO_MANY_TERMS_FOUND`.
    pub fn check_terms(&self, caller: &Caller, request: &CheckRequest) -> Result<Vec<CheckedTerm>, Fault> {
        self.checker().text("source", &request.source, self.limits.segment_chars)?;
        self.checker().length("target", &request.target, self.limits.segment_chars)?;
        check_named_once(&request.glossaries)?;
        let views = self.readable_glossaries(caller, &request.glossaries)?;
        let Some(first) = views.first() else { return Ok(Vec::new()) };
        let language = &first.info.target_locale;
        if let Some(n) = views.iter().position(|v| !v.info.target_locale.has_same_language(language)) {
            let message =
                format!("its target language is not '{language}', that of the first: check it by itself");
            return Err(Fault::invalid(format!("glossaries[{n}]"), "OTHER_LANGUAGES", message));
        }
        let mut budget = TermAnswerBudget::new(&self.limits);
        let groups =
            group_by_meaning(find_candidates(&views, &request.source, &mut budget).map_err(too_many_terms)?);
        let concepts: Vec<Vec<&Concept>> =
            groups.iter().map(|(_, group)| group.iter().map(|c| &*c.concept).collect()).collect();
        let verdicts = check(&concepts, &request.target, language).map_err(|e| too_many_terms(e.into()))?;
        for used in verdicts.iter().flatten().flat_map(|v| &v.uses) {
            budget.count_use(used).map_err(too_many_terms)?;
        }
        let checked = groups.iter().zip(verdicts).filter_map(|((places, group), verdict)| {
            let verdict = verdict?;
            let meant = group.get(verdict.concept)?;
            let targets = sorted_targets(meant.view, &meant.concept);
            let preferred = targets
                .iter()
                .find(|t| matches!(t.status, TermStatus::Preferred | TermStatus::Admitted))
                .map(|t| t.text.clone());
            Some(CheckedTerm {
                verdict: verdict.verdict,
                source: meant.found.term.to_string(),
                positions: places.clone(),
                uses: verdict.uses,
                preferred: preferred.unwrap_or_default(),
                targets,
                glossary: meant.view.info.name.clone(),
                concept_id: meant.concept.content.id.clone(),
                domain: meant.concept.content.domain.clone(),
            })
        });
        Ok(checked.collect())
    }
}

fn too_many_terms(error: TooManyTerms) -> Violation {
    error.into_violation("glossaries")
}

/// Finds the longest terms of a source, in order of position and then of the glossaries' priority.
fn find_candidates<'v>(
    views: &'v [Arc<GlossaryView>],
    source: &str,
    budget: &mut TermAnswerBudget<'_>,
) -> Result<Vec<ConceptCandidate<'v>>, TooManyTerms> {
    let mut all: Vec<ConceptCandidate<'v>> = Vec::new();
    for view in views {
        for (concept, found) in view.find_terms(source, RecognizeOptions::default())? {
            budget.count_concept(view, concept)?;
            all.push(ConceptCandidate { view, concept: Arc::clone(concept), found });
        }
    }
    // A term is also dropped if a longer term of another glossary covers it. The order of the
    // glossaries and of the terms of one glossary stays.
    keep_longest(&mut all, |c| &c.found.words);
    Ok(all)
}

/// The positions of some words of a source, and the concepts that they may mean.
type MeaningGroup<'v> = (Vec<Range<usize>>, Vec<ConceptCandidate<'v>>);

/// Groups the candidates by their words, and then the words by their concepts: words that may mean
/// the same concepts form one group.
fn group_by_meaning(candidates: Vec<ConceptCandidate<'_>>) -> Vec<MeaningGroup<'_>> {
    let mut by_place: Vec<(Range<usize>, Vec<ConceptCandidate<'_>>)> = Vec::new();
    for candidate in candidates {
        match by_place.last_mut() {
            Some((place, group)) if *place == candidate.found.words => group.push(candidate),
            _ => by_place.push((candidate.found.words.clone(), vec![candidate])),
        }
    }
    let mut groups: Vec<MeaningGroup<'_>> = Vec::new();
    let mut known: FxHashMap<Vec<(CollectionNumber, Sequence)>, usize> = FxHashMap::default();
    for (place, group) in by_place {
        let meanings = group.iter().map(|c| (c.view.number, c.concept.sequence)).collect();
        let number = *known.entry(meanings).or_insert(groups.len());
        match groups.get_mut(number) {
            Some((places, _)) => places.push(place),
            None => groups.push((vec![place], group)),
        }
    }
    groups
}
