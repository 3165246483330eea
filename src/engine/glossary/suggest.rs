//! Term suggestions from the units of a memory.

use std::{collections::VecDeque, sync::Arc};

use crate::{
    caller::Caller,
    engine::{access::Right, catalog::GlossaryView, core::Engine, search::Deadline},
    fault::Fault,
    name::Name,
    terminology::{RecognizeOptions, SuggestOptions, TermSuggestion, suggest},
    unit::UnitId,
};

/// A request for term candidates.
#[derive(Clone, Debug, PartialEq)]
pub struct SuggestRequest {
    /// The memory. It must be from Arabic to English.
    pub memory: Name,
    /// Glossaries whose terms are not suggested, because they are known already.
    pub known: Vec<Name>,
    /// The options for choosing candidates.
    pub options: SuggestOptions,
    /// The number of candidates at most.
    pub limit: usize,
}

/// A term candidate with units as examples.
#[derive(Clone, Debug, PartialEq)]
pub struct SuggestedTerm {
    /// The candidate.
    pub suggestion: TermSuggestion,
    /// Units that contain the term and its translation: id, source, target.
    pub examples: Vec<(UnitId, String, String)>,
}

impl Engine {
    /// Suggests terms from the newest units of a memory, best first. The limits on units and bytes are
    /// [`crate::limits::Limits::suggest_units`] and `suggest_bytes`. Also returns the number of units
    /// that the suggestions come from.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `UNKNOWN_GLOSSARY`, `OTHER_LANGUAGES`, `DEADLINE_PASSED`, or those of the
    /// store.
    pub fn suggest_terms(
        &self,
        caller: &Caller,
        request: &SuggestRequest,
        deadline: &Deadline,
    ) -> Result<(Vec<SuggestedTerm>, u64), Fault> {
        let memory = self.memory_view(caller, &request.memory, Right::Read)?;
        let pair = (memory.info.source_locale.language(), memory.info.target_locale.language());
        if pair != ("ar", "en") {
            let message =
                format!("the memory is {} > {}: terms are suggested from Arabic to English", pair.0, pair.1);
            return Err(Fault::invalid("memory", "OTHER_LANGUAGES", message));
        }
        let known = self.readable_glossaries(caller, &request.known)?;
        let surplus = memory.sequences.len().saturating_sub(self.limits.suggest_units as u64);
        // The last unit that is too old.
        let after = surplus.checked_sub(1).and_then(|n| memory.sequences.nth(n));
        let mut newest: VecDeque<(UnitId, (String, String))> = VecDeque::new();
        let mut bytes = 0;
        for found in self.units_in_view(&memory, after) {
            deadline.check()?;
            let (sequence, unit) = found?;
            let pair = (unit.content.source.segment.text, unit.content.target.segment.text);
            bytes += pair_bytes(&pair);
            newest.push_back((UnitId(sequence), pair));
            while bytes > self.limits.suggest_bytes
                && let Some((_, oldest)) = newest.pop_front()
            {
                bytes -= pair_bytes(&oldest);
            }
        }
        let (ids, pairs): (Vec<UnitId>, Vec<(String, String)>) = newest.into_iter().unzip();
        let suggestions = suggest(&pairs, &request.options, &|| deadline.has_passed());
        let mut suggested = Vec::new();
        for suggestion in suggestions.ok_or(Fault::DeadlinePassed)? {
            deadline.check()?;
            if suggested.len() == request.limit {
                break;
            }
            if self.is_known_term(&known, &suggestion.source) {
                continue;
            }
            let examples = suggestion
                .examples
                .iter()
                .filter_map(|n| Some((*ids.get(*n)?, pairs.get(*n)?.0.clone(), pairs.get(*n)?.1.clone())))
                .collect();
            suggested.push(SuggestedTerm { suggestion, examples });
        }
        Ok((suggested, pairs.len() as u64))
    }

    /// Returns whether a whole text is a term of the glossaries.
    fn is_known_term(&self, glossaries: &[Arc<GlossaryView>], text: &str) -> bool {
        let terms = self.recognize_terms(glossaries, text, RecognizeOptions::default());
        // A text with more terms than an answer may hold counts as known.
        terms.map_or(true, |terms| terms.iter().any(|t| t.words == (0..text.len())))
    }
}

fn pair_bytes((source, target): &(String, String)) -> usize {
    source.len() + target.len()
}
