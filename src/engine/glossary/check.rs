//! Whether a translation keeps the glossaries' terms.

use std::{ops::Range, sync::Arc};

use rustc_hash::FxHashMap;

use super::recognize::{TermTarget, Told, TooManyTerms, glossary_views, named_once, targets_of};
use crate::{
    caller::Caller,
    engine::{catalog::GlossaryView, core::Engine},
    fault::Fault,
    name::Name,
    store::CollectionNumber,
    term::{Concept, TermStatus},
    terminology::{FoundTerm, TermUse, TermVerdict, Wanted, check, longest},
    unit::Sequence,
};

/// Asks whether a translation keeps the terms of its source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CheckRequest {
    /// The source.
    pub source: String,
    /// Its translation; may be empty.
    pub target: String,
    /// The glossaries, in order of priority.
    pub glossaries: Vec<Name>,
}

/// A term of a source, and what became of it in the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedTerm {
    /// What became of it.
    pub verdict: TermVerdict,
    /// The term as the glossary has it.
    pub source: String,
    /// Bytes of the source: each place where it stands, with its clitics.
    pub places: Vec<Range<usize>>,
    /// The concept's terms in the target, by place.
    pub uses: Vec<TermUse>,
    /// All the concept's target terms, preferred first.
    pub targets: Vec<TermTarget>,
    /// The one to use, or empty.
    pub preferred: String,
    /// The glossary.
    pub glossary: Name,
    /// The concept.
    pub concept_id: String,
    /// The concept's domain, or empty.
    pub domain: String,
}

/// A meaning that words of the source may have.
struct Candidate<'v> {
    view: &'v GlossaryView,
    concept: Arc<Concept>,
    found: FoundTerm,
}

impl Engine {
    /// Tells which terms of a source its translation keeps, misses, or has in a
    /// form that must not be used; by place in the source.
    ///
    /// A term that stands in the source several times is told once, with all its
    /// places: it is kept when the target has it once. Where the same words may
    /// mean several concepts, one that is kept is the one that is meant; if none is,
    /// the first by the glossaries' priority.
    ///
    /// # Errors
    /// `NO_GLOSSARIES`, `GLOSSARY_TWICE`, `TEXT_EMPTY` (`source`), `TEXT_TOO_LONG`,
    /// `UNKNOWN_GLOSSARY`, `OTHER_LANGUAGES` for glossaries of different languages,
    /// `TOO_MANY_TERMS_FOUND`.
    pub fn check_terms(&self, _caller: &Caller, request: &CheckRequest) -> Result<Vec<CheckedTerm>, Fault> {
        self.checker().text("source", &request.source, self.limits.segment_chars)?;
        self.checker().length("target", &request.target, self.limits.segment_chars)?;
        named_once(&request.glossaries)?;
        let views = glossary_views(&self.catalog.load(), &request.glossaries)?;
        let Some(first) = views.first() else { return Ok(Vec::new()) };
        let language = &first.info.target_locale;
        if let Some(n) = views.iter().position(|v| !v.info.target_locale.same_language(language)) {
            let message =
                format!("its target language is not '{language}', that of the first: check it by itself");
            return Err(Fault::invalid(format!("glossaries[{n}]"), "OTHER_LANGUAGES", message));
        }
        let too_many = |found: TooManyTerms| found.too_many("glossaries");
        let mut told = Told::new(&self.limits);
        let groups = groups(candidates(&views, &request.source, &mut told).map_err(too_many)?);
        let concepts: Vec<Vec<&Concept>> =
            groups.iter().map(|(_, group)| group.iter().map(|c| &*c.concept).collect()).collect();
        let verdicts = check(&concepts, &request.target, language).map_err(|e| too_many(e.into()))?;
        for used in verdicts.iter().flatten().flat_map(|v| &v.uses) {
            told.count_use(used).map_err(too_many)?;
        }
        let told = groups.iter().zip(verdicts).filter_map(|((places, group), verdict)| {
            let verdict = verdict?;
            let meant = group.get(verdict.concept)?;
            let targets = targets_of(meant.view, &meant.concept);
            let usable = |t: &&TermTarget| matches!(t.status, TermStatus::Preferred | TermStatus::Admitted);
            Some(CheckedTerm {
                verdict: verdict.verdict,
                source: meant.found.term.to_string(),
                places: places.clone(),
                uses: verdict.uses,
                preferred: targets.iter().find(usable).map(|t| t.text.clone()).unwrap_or_default(),
                targets,
                glossary: meant.view.info.name.clone(),
                concept_id: meant.concept.content.id.clone(),
                domain: meant.concept.content.domain.clone(),
            })
        });
        Ok(told.collect())
    }
}

/// Returns the terms of a source, the longest ones only, by place and priority.
fn candidates<'v>(
    views: &'v [Arc<GlossaryView>],
    source: &str,
    told: &mut Told<'_>,
) -> Result<Vec<Candidate<'v>>, TooManyTerms> {
    let mut all: Vec<Candidate<'v>> = Vec::new();
    for view in views {
        for (concept, found) in view.found(source, Wanted::default())? {
            told.count(view, concept)?;
            all.push(Candidate { view, concept: Arc::clone(concept), found });
        }
    }
    // A longer term of another glossary covers a shorter one, too. The glossaries' priority, and
    // each one's order, stay.
    longest(&mut all, |c| &c.found.words);
    Ok(all)
}

/// The places of some words of a source, and what they may mean.
type Group<'v> = (Vec<Range<usize>>, Vec<Candidate<'v>>);

/// Puts together what the same words may mean, and the places with the same meanings.
fn groups(candidates: Vec<Candidate<'_>>) -> Vec<Group<'_>> {
    let mut by_place: Vec<(Range<usize>, Vec<Candidate<'_>>)> = Vec::new();
    for candidate in candidates {
        match by_place.last_mut() {
            Some((place, group)) if *place == candidate.found.words => group.push(candidate),
            _ => by_place.push((candidate.found.words.clone(), vec![candidate])),
        }
    }
    let mut groups: Vec<Group<'_>> = Vec::new();
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
