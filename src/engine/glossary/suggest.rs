//! Term candidates from a memory.

use std::collections::VecDeque;

use super::recognize::glossary_views;
use crate::{
    caller::Caller,
    engine::{core::Engine, search::Filter},
    fault::Fault,
    name::Name,
    terminology::{SuggestOptions, Suggestion, Wanted, suggest},
    unit::UnitId,
};

/// Asks for term candidates.
#[derive(Clone, Debug, PartialEq)]
pub struct SuggestRequest {
    /// The memory, Arabic to English.
    pub memory: Name,
    /// Glossaries whose terms are known already.
    pub known: Vec<Name>,
    /// How candidates are chosen.
    pub options: SuggestOptions,
    /// Candidates at most.
    pub limit: usize,
}

/// A term candidate and where it comes from.
#[derive(Clone, Debug, PartialEq)]
pub struct SuggestedTerm {
    /// The candidate.
    pub suggestion: Suggestion,
    /// Units that hold both sides: id, source, target.
    pub examples: Vec<(UnitId, String, String)>,
}

impl Engine {
    /// Suggests terms out of the newest units of a memory
    /// ([`crate::limits::Limits::suggest_units`] and `suggest_bytes`), best first; returns how many units were read, too.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `UNKNOWN_GLOSSARY`, `OTHER_LANGUAGES`, or the store's.
    pub fn suggest_terms(
        &self,
        _caller: &Caller,
        request: &SuggestRequest,
    ) -> Result<(Vec<SuggestedTerm>, u64), Fault> {
        let catalog = self.catalog.load_full();
        let memory = catalog.memory(&request.memory)?;
        let pair = (memory.info.source_locale.language(), memory.info.target_locale.language());
        if pair != ("ar", "en") {
            let message =
                format!("the memory is {} > {}: terms are suggested from Arabic to English", pair.0, pair.1);
            return Err(Fault::invalid("memory", "OTHER_LANGUAGES", message));
        }
        let known = glossary_views(&catalog, &request.known)?;
        let filter = Filter::default();
        let surplus = memory.sources.units().saturating_sub(self.limits.suggest_units);
        let mut newest: VecDeque<(UnitId, (String, String))> = VecDeque::new();
        let size = |(source, target): &(String, String)| source.len() + target.len();
        let mut bytes = 0;
        for found in self.visible_units(memory.number, None, &filter).skip(surplus) {
            let (sequence, unit) = found?;
            let pair = (unit.content.source.segment.text, unit.content.target.segment.text);
            bytes += size(&pair);
            newest.push_back((UnitId(sequence), pair));
            while bytes > self.limits.suggest_bytes
                && let Some((_, oldest)) = newest.pop_front()
            {
                bytes -= size(&oldest);
            }
        }
        let (ids, pairs): (Vec<UnitId>, Vec<(String, String)>) = newest.into_iter().unzip();
        let is_known = |suggestion: &Suggestion| {
            let text = &suggestion.source;
            let terms = self.terms(&known, text, Wanted::default());
            // More than can be told: it is known well.
            terms.map_or(true, |terms| terms.iter().any(|t| t.words == (0..text.len())))
        };
        let example = |n: &usize| Some((*ids.get(*n)?, pairs.get(*n)?.0.clone(), pairs.get(*n)?.1.clone()));
        let suggested = suggest(&pairs, &request.options)
            .into_iter()
            .filter(|s| !is_known(s))
            .take(request.limit)
            .map(|suggestion| {
                let examples = suggestion.examples.iter().filter_map(example).collect();
                SuggestedTerm { suggestion, examples }
            })
            .collect();
        Ok((suggested, pairs.len() as u64))
    }
}
