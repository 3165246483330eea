//! Concepts, terms and glossaries.

use std::ops::Range;

use super::{
    names::{name, names, offset_unit, percent, repeated},
    unit::{properties, provenance, wire_properties, wire_provenance, wire_revision, wire_time},
};
use crate::{
    engine::{
        CheckRequest, CheckedTerm, GlossaryStats, RecognizedTerm, SuggestRequest, SuggestedTerm, TermTarget,
    },
    fault::Violation,
    locale::Locale,
    rpc::proto,
    term::{Concept, ConceptDraft, PartOfSpeech, Term, TermStatus},
    terminology::{SuggestOptions, TermKind, TermVerdict},
    text::{OffsetConverter, OffsetUnit},
};

/// Reads a concept.
///
/// # Errors
/// `BAD_LOCALE`, `BAD_STATUS`, `BAD_PART_OF_SPEECH`, `BAD_ORIGIN`, `BAD_TIME`.
pub fn concept_draft(concept: proto::Concept) -> Result<ConceptDraft, Violation> {
    Ok(ConceptDraft {
        id: concept.id,
        definition: concept.definition,
        domain: concept.domain,
        terms: repeated("terms", concept.terms, term)?,
        notes: concept.notes,
        properties: properties(concept.properties)?,
        provenance: provenance(concept.provenance.unwrap_or_default()).map_err(|v| v.inside("provenance"))?,
    })
}

fn term(term: proto::Term) -> Result<Term, Violation> {
    let locale =
        Locale::parse(&term.locale).map_err(|e| Violation::new("locale", "BAD_LOCALE", e.to_string()))?;
    let status = match proto::TermStatus::try_from(term.status) {
        Ok(proto::TermStatus::Preferred) => TermStatus::Preferred,
        Ok(proto::TermStatus::Admitted | proto::TermStatus::Unspecified) => TermStatus::Admitted,
        Ok(proto::TermStatus::Deprecated) => TermStatus::Deprecated,
        Ok(proto::TermStatus::Superseded) => TermStatus::Superseded,
        Err(_) => {
            let message = format!(
                "{} is not a known status: use PREFERRED, ADMITTED, DEPRECATED or SUPERSEDED",
                term.status
            );
            return Err(Violation::new("status", "BAD_STATUS", message));
        }
    };
    let part_of_speech = match proto::PartOfSpeech::try_from(term.part_of_speech) {
        Ok(proto::PartOfSpeech::Unspecified) => PartOfSpeech::Unknown,
        Ok(proto::PartOfSpeech::Noun) => PartOfSpeech::Noun,
        Ok(proto::PartOfSpeech::Verb) => PartOfSpeech::Verb,
        Ok(proto::PartOfSpeech::Adjective) => PartOfSpeech::Adjective,
        Ok(proto::PartOfSpeech::Adverb) => PartOfSpeech::Adverb,
        Ok(proto::PartOfSpeech::ProperNoun) => PartOfSpeech::ProperNoun,
        Ok(proto::PartOfSpeech::Other) => PartOfSpeech::Other,
        Err(_) => {
            let message = format!(
                "{} is not a known part of speech: use NOUN, VERB, ADJECTIVE, ADVERB, PROPER_NOUN or OTHER",
                term.part_of_speech
            );
            return Err(Violation::new("part_of_speech", "BAD_PART_OF_SPEECH", message));
        }
    };
    Ok(Term {
        text: term.text,
        locale,
        status,
        part_of_speech,
        proper_noun: term.proper_noun,
        case_sensitive: term.case_sensitive,
        usage_note: term.usage_note,
        notes: term.notes,
        properties: properties(term.properties)?,
    })
}

fn wire_status(status: TermStatus) -> proto::TermStatus {
    match status {
        TermStatus::Preferred => proto::TermStatus::Preferred,
        TermStatus::Admitted => proto::TermStatus::Admitted,
        TermStatus::Superseded => proto::TermStatus::Superseded,
        TermStatus::Deprecated => proto::TermStatus::Deprecated,
    }
}

/// Writes the content of a concept, without its revision.
fn wire_concept(draft: ConceptDraft) -> proto::Concept {
    proto::Concept {
        id: draft.id,
        definition: draft.definition,
        domain: draft.domain,
        terms: draft.terms.into_iter().map(wire_term).collect(),
        notes: draft.notes,
        properties: wire_properties(draft.properties),
        revision: None,
        provenance: Some(wire_provenance(draft.provenance)),
    }
}

fn wire_term(term: Term) -> proto::Term {
    let part_of_speech = match term.part_of_speech {
        PartOfSpeech::Unknown => proto::PartOfSpeech::Unspecified,
        PartOfSpeech::Noun => proto::PartOfSpeech::Noun,
        PartOfSpeech::Verb => proto::PartOfSpeech::Verb,
        PartOfSpeech::Adjective => proto::PartOfSpeech::Adjective,
        PartOfSpeech::Adverb => proto::PartOfSpeech::Adverb,
        PartOfSpeech::ProperNoun => proto::PartOfSpeech::ProperNoun,
        PartOfSpeech::Other => proto::PartOfSpeech::Other,
    };
    proto::Term {
        text: term.text,
        locale: term.locale.to_string(),
        status: wire_status(term.status).into(),
        part_of_speech: part_of_speech.into(),
        proper_noun: term.proper_noun,
        case_sensitive: term.case_sensitive,
        usage_note: term.usage_note,
        notes: term.notes,
        properties: wire_properties(term.properties),
    }
}

/// Writes a stored concept.
#[must_use]
pub fn concept(concept: &Concept) -> proto::Concept {
    proto::Concept {
        revision: Some(wire_revision(concept.stamp.clone())),
        ..wire_concept(concept.content.clone())
    }
}

/// Writes a glossary.
#[must_use]
pub fn glossary(glossary: GlossaryStats) -> proto::Glossary {
    let GlossaryStats { info, concepts, source_terms } = glossary;
    proto::Glossary {
        name: info.name.to_string(),
        source_locale: info.source_locale.to_string(),
        target_locale: info.target_locale.to_string(),
        description: info.description,
        concept_count: concepts,
        source_term_count: source_terms,
        created_at: Some(wire_time(info.created_at)),
    }
}

/// Writes a recognised term.
#[must_use]
pub fn recognized_term(text: &str, term: RecognizedTerm, unit: OffsetUnit) -> proto::RecognizedTerm {
    let mut offsets = OffsetConverter::new(text, unit);
    let kind = match term.kind {
        TermKind::Exact => proto::TermMatchKind::Exact,
        TermKind::Orthographic => proto::TermMatchKind::Orthographic,
        TermKind::Clitic => proto::TermMatchKind::Clitic,
        TermKind::Inflected => proto::TermMatchKind::Inflected,
        TermKind::Variant => proto::TermMatchKind::Variant,
        TermKind::Fuzzy => proto::TermMatchKind::Fuzzy,
    };
    proto::RecognizedTerm {
        source: term.source,
        start: offsets.convert(term.words.start),
        core_start: offsets.convert(term.core.start),
        core_end: offsets.convert(term.core.end),
        end: offsets.convert(term.words.end),
        surface: text.get(term.words).unwrap_or_default().to_owned(),
        kind: kind.into(),
        targets: term.targets.into_iter().map(wire_target).collect(),
        glossary: term.glossary.to_string(),
        concept_id: term.concept_id,
        domain: term.domain,
    }
}

fn wire_target(target: TermTarget) -> proto::TermTarget {
    proto::TermTarget {
        text: target.text,
        locale: target.locale.to_string(),
        status: wire_status(target.status).into(),
    }
}

fn text_span(text: &str, offsets: &mut OffsetConverter<'_>, range: Range<usize>) -> proto::TextSpan {
    proto::TextSpan {
        start: offsets.convert(range.start),
        end: offsets.convert(range.end),
        surface: text.get(range).unwrap_or_default().to_owned(),
    }
}

/// Reads a pair to be checked.
///
/// # Errors
/// `BAD_NAME`, `BAD_OFFSET_UNIT`.
pub fn check_request(request: proto::CheckTermsRequest) -> Result<(CheckRequest, OffsetUnit), Violation> {
    let unit = offset_unit("offset_unit", request.offset_unit)?;
    let glossaries = names("glossaries", &request.glossaries)?;
    Ok((CheckRequest { source: request.source, target: request.target, glossaries }, unit))
}

/// Writes which terms of a source its target keeps.
#[must_use]
pub fn check_response(
    request: &CheckRequest,
    terms: Vec<CheckedTerm>,
    unit: OffsetUnit,
) -> proto::CheckTermsResponse {
    let (mut in_source, mut in_target) =
        (OffsetConverter::new(&request.source, unit), OffsetConverter::new(&request.target, unit));
    proto::CheckTermsResponse {
        kept: count_verdict(&terms, TermVerdict::Kept),
        missing: count_verdict(&terms, TermVerdict::Missing),
        deprecated: count_verdict(&terms, TermVerdict::Deprecated),
        terms: terms
            .into_iter()
            .map(|term| wire_checked_term(term, request, &mut in_source, &mut in_target))
            .collect(),
    }
}

fn count_verdict(terms: &[CheckedTerm], verdict: TermVerdict) -> u32 {
    u32::try_from(terms.iter().filter(|t| t.verdict == verdict).count()).unwrap_or(u32::MAX)
}

fn wire_checked_term(
    term: CheckedTerm,
    request: &CheckRequest,
    in_source: &mut OffsetConverter<'_>,
    in_target: &mut OffsetConverter<'_>,
) -> proto::CheckedTerm {
    let verdict = match term.verdict {
        TermVerdict::Kept => proto::TermVerdict::Kept,
        TermVerdict::Missing => proto::TermVerdict::Missing,
        TermVerdict::Deprecated => proto::TermVerdict::Deprecated,
    };
    let uses = term.uses.into_iter().map(|used| proto::TermUse {
        term: used.term,
        status: wire_status(used.status).into(),
        place: Some(text_span(&request.target, in_target, used.range)),
    });
    proto::CheckedTerm {
        verdict: verdict.into(),
        source: term.source,
        uses: uses.collect(),
        places: term.positions.into_iter().map(|p| text_span(&request.source, in_source, p)).collect(),
        targets: term.targets.into_iter().map(wire_target).collect(),
        preferred: term.preferred,
        glossary: term.glossary.to_string(),
        concept_id: term.concept_id,
        domain: term.domain,
    }
}

/// The maximum number of suggestions of one call.
const MAX_SUGGESTIONS: i32 = 10_000;

/// Reads a request for suggested terms.
///
/// # Errors
/// `BAD_NAME`, `BAD_LIMIT`, `BAD_COUNT`, `BAD_SCORE`.
pub fn suggest_request(request: &proto::SuggestTermsRequest) -> Result<SuggestRequest, Violation> {
    let limit = request.limit.unwrap_or(200);
    let most = MAX_SUGGESTIONS;
    let limit = usize::try_from(limit).ok().filter(|_| (1..=most).contains(&limit)).ok_or_else(|| {
        Violation::new("limit", "BAD_LIMIT", format!("{limit} is not between 1 and {most}"))
    })?;
    let usual = SuggestOptions::default();
    let least_together = match request.least_together {
        None => usual.min_together,
        Some(count) => u32::try_from(count).ok().filter(|c| *c >= 2).ok_or_else(|| {
            let message = format!(
                "{count} is too low, because two phrases may occur together once by chance: give 2 or more"
            );
            Violation::new("least_together", "BAD_COUNT", message)
        })?,
    };
    let least_score = match request.least_score {
        None => usual.min_score,
        Some(score) => percent("least_score", score, "BAD_SCORE")?,
    };
    Ok(SuggestRequest {
        memory: name("memory", &request.memory)?,
        known: names("known_glossaries", &request.known_glossaries)?,
        options: SuggestOptions { min_together: least_together, min_score: least_score, ..usual },
        limit,
    })
}

/// Writes a suggested term.
#[must_use]
pub fn suggested_term(term: SuggestedTerm) -> proto::SuggestedTerm {
    let SuggestedTerm { suggestion, examples } = term;
    proto::SuggestedTerm {
        source: suggestion.source,
        target: suggestion.target,
        source_count: suggestion.source_count,
        target_count: suggestion.target_count,
        together: suggestion.together,
        score: suggestion.score.percent(),
        examples: examples
            .into_iter()
            .map(|(id, source, target)| proto::SuggestionExample { unit_id: id.to_string(), source, target })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::concept;
    use crate::{
        locale::Locale,
        name::Name,
        term::{Concept, ConceptDraft, PartOfSpeech, Term, TermStatus},
        unit::{Property, Provenance, Sequence, Stamp},
    };

    #[test]
    fn a_concept_is_not_larger_on_the_wire_than_it_says() {
        for (parts, bytes) in [(0, 0), (1, 100_000), (100, 0), (100, 200)] {
            let text = "a".repeat(bytes);
            let property = Property { name: text.clone(), value: text.clone(), locale: text.clone() };
            let term = Term {
                status: TermStatus::Deprecated,
                part_of_speech: PartOfSpeech::Other,
                proper_noun: true,
                case_sensitive: true,
                usage_note: text.clone(),
                notes: vec![text.clone(); 2],
                properties: vec![property.clone(); 2],
                ..Term::new(text.clone(), Locale::parse("ar-Arab-EG-x-abcdefgh").unwrap())
            };
            let stored = Concept {
                sequence: Sequence(u64::MAX),
                glossary: Name::parse("g").unwrap(),
                content: ConceptDraft {
                    id: text.clone(),
                    definition: text.clone(),
                    domain: text.clone(),
                    terms: vec![term; parts],
                    notes: vec![text.clone(); parts],
                    properties: vec![property; parts],
                    provenance: Provenance { created_by: text.clone(), tool: text, ..Provenance::default() },
                },
                stamp: Stamp { change_id: u64::MAX, revision: u32::MAX, ..Stamp::default() },
            };
            let (on_the_wire, most) = (concept(&stored).encoded_len() + 6, stored.reply_bytes());
            assert!(on_the_wire <= most, "{parts} parts of {bytes} bytes: {on_the_wire} > {most}");
        }
    }
}
