//! Concepts, terms and glossaries.

use super::unit::{properties, provenance, revision, wire_properties, wire_provenance, wire_time};
use crate::{
    engine::GlossaryStats,
    fault::Violation,
    locale::Locale,
    rpc::proto,
    term::{Concept, ConceptDraft, PartOfSpeech, Term, TermStatus},
};

/// Reads a concept.
///
/// # Errors
/// `BAD_LOCALE`, `BAD_STATUS`, `BAD_PART_OF_SPEECH`, `BAD_ORIGIN`, `BAD_TIME`.
pub fn concept_draft(concept: proto::Concept) -> Result<ConceptDraft, Violation> {
    let term = |(n, given): (usize, proto::Term)| term(given).map_err(|v| v.inside(&format!("terms[{n}]")));
    Ok(ConceptDraft {
        id: concept.id,
        definition: concept.definition,
        domain: concept.domain,
        terms: concept.terms.into_iter().enumerate().map(term).collect::<Result<_, _>>()?,
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
            let message =
                format!("{} is no status: PREFERRED, ADMITTED, DEPRECATED or SUPERSEDED", term.status);
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
            let message = format!("{} is no part of speech", term.part_of_speech);
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

pub(super) fn wire_status(status: TermStatus) -> proto::TermStatus {
    match status {
        TermStatus::Preferred => proto::TermStatus::Preferred,
        TermStatus::Admitted => proto::TermStatus::Admitted,
        TermStatus::Superseded => proto::TermStatus::Superseded,
        TermStatus::Deprecated => proto::TermStatus::Deprecated,
    }
}

/// Writes what a concept says, without its stored state.
fn wire_concept(draft: ConceptDraft) -> proto::Concept {
    let term = |term: Term| {
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
    };
    proto::Concept {
        id: draft.id,
        definition: draft.definition,
        domain: draft.domain,
        terms: draft.terms.into_iter().map(term).collect(),
        notes: draft.notes,
        properties: wire_properties(draft.properties),
        revision: None,
        provenance: Some(wire_provenance(draft.provenance)),
    }
}

/// Writes a stored concept.
#[must_use]
pub fn concept(concept: &Concept) -> proto::Concept {
    proto::Concept {
        revision: Some(revision(concept.stamp.clone())),
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
