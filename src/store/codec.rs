//! Conversions between domain values and records, written by hand.

use prost::Message;

use super::{error::StoreError, keys, records as r};
use crate::{
    clock::Timestamp,
    locale::Locale,
    segment::{CodeKind, InlineCode, Segment},
    term::{ConceptDraft, PartOfSpeech, Term, TermStatus},
    unit::{Context, Origin, Property, Provenance, ReviewState, Stamp, UnitDraft, Variant},
};

/// Version of new unit and concept records.
const RECORD_VERSION: u32 = 1;

/// A revision of a unit in the store. Its memory and sequence are in the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredUnit {
    /// Its texts and metadata.
    pub content: UnitDraft,
    /// The change that made it.
    pub stamp: Stamp,
}

/// A revision of a concept in the store. Its glossary and sequence are in the key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredConcept {
    /// Its terms and metadata.
    pub content: ConceptDraft,
    /// The change that made it.
    pub stamp: Stamp,
}

/// Decodes and converts a record. The error names the record's key.
pub(super) fn decode<M: Message + Default, T>(
    key: &[u8],
    bytes: &[u8],
    convert: impl FnOnce(M) -> Result<T, String>,
) -> Result<T, StoreError> {
    M::decode(bytes)
        .map_err(|e| e.to_string())
        .and_then(convert)
        .map_err(|cause| StoreError::Record { key: keys::to_hex(key), cause })
}

/// Parses a locale that was valid when it was written.
pub(super) fn locale(text: &str) -> Result<Locale, String> {
    Locale::parse(text).map_err(|e| e.to_string())
}

pub(super) fn check_version(found: u32) -> Result<(), String> {
    if found == RECORD_VERSION { Ok(()) } else { Err(format!("record version {found} is not known")) }
}

pub(super) fn stamp_record(stamp: &Stamp) -> r::StampRecord {
    r::StampRecord {
        revision: stamp.revision,
        change_id: stamp.change_id,
        import_id: stamp.import_id,
        caller: stamp.caller.clone(),
        changed_ms: stamp.changed_at.0,
        as_of: stamp.restored_revision,
    }
}

pub(super) fn stamp(record: Option<r::StampRecord>) -> Stamp {
    let record = record.unwrap_or_default();
    Stamp {
        revision: record.revision,
        change_id: record.change_id,
        import_id: record.import_id,
        caller: record.caller,
        changed_at: Timestamp(record.changed_ms),
        restored_revision: record.as_of,
    }
}

/// Decodes only the stamp of a record of a unit or concept.
pub(super) fn stamp_of(key: &[u8], bytes: &[u8]) -> Result<Stamp, StoreError> {
    match keys::record_type(key) {
        Some(keys::RecordType::Concept) => {
            decode(key, bytes, |record: r::ConceptRecord| Ok(stamp(record.stamp)))
        }
        _ => decode(key, bytes, |record: r::UnitRecord| Ok(stamp(record.stamp))),
    }
}

pub(super) fn stored_unit_record(unit: &StoredUnit) -> r::UnitRecord {
    r::UnitRecord { stamp: Some(stamp_record(&unit.stamp)), ..unit_record(&unit.content) }
}

/// Converts a unit to a record without a stamp, as a change carries it.
pub(crate) fn unit_record(content: &UnitDraft) -> r::UnitRecord {
    r::UnitRecord {
        version: RECORD_VERSION,
        source: Some(variant_record(&content.source)),
        target: Some(variant_record(&content.target)),
        context: Some(r::ContextRecord {
            previous: content.context.previous.clone(),
            following: content.context.following.clone(),
            id: content.context.id.clone(),
        }),
        external_id: content.external_id.clone(),
        provenance: Some(provenance_record(&content.provenance)),
        properties: property_records(&content.properties),
        notes: content.notes.clone(),
        stamp: None,
    }
}

pub(super) fn unit(mut record: r::UnitRecord) -> Result<StoredUnit, String> {
    let stamp = stamp(record.stamp.take());
    Ok(StoredUnit { content: unit_draft(record)?, stamp })
}

/// Converts a record to a unit, without its stamp.
pub(crate) fn unit_draft(record: r::UnitRecord) -> Result<UnitDraft, String> {
    check_version(record.version)?;
    let context = record.context.unwrap_or_default();
    Ok(UnitDraft {
        source: variant(record.source)?,
        target: variant(record.target)?,
        context: Context { previous: context.previous, following: context.following, id: context.id },
        external_id: record.external_id,
        provenance: provenance(record.provenance)?,
        properties: properties(record.properties),
        notes: record.notes,
    })
}

fn provenance_record(provenance: &Provenance) -> r::ProvenanceRecord {
    r::ProvenanceRecord {
        created_by: provenance.created_by.clone(),
        created_ms: provenance.created_at.map(|t| t.0),
        changed_by: provenance.changed_by.clone(),
        changed_ms: provenance.changed_at.map(|t| t.0),
        origin: match provenance.origin {
            Origin::Unknown => 0,
            Origin::Human => 1,
            Origin::Machine => 2,
            Origin::Aligned => 3,
        },
        tool: provenance.tool.clone(),
        usage_count: provenance.usage_count,
        last_used_ms: provenance.last_used_at.map(|t| t.0),
        review: match provenance.review {
            ReviewState::Confirmed => 0,
            ReviewState::Unreviewed => 1,
        },
    }
}

fn provenance(record: Option<r::ProvenanceRecord>) -> Result<Provenance, String> {
    let provenance = record.unwrap_or_default();
    Ok(Provenance {
        created_by: provenance.created_by,
        created_at: provenance.created_ms.map(Timestamp),
        changed_by: provenance.changed_by,
        changed_at: provenance.changed_ms.map(Timestamp),
        origin: match provenance.origin {
            0 => Origin::Unknown,
            1 => Origin::Human,
            2 => Origin::Machine,
            3 => Origin::Aligned,
            other => return Err(format!("origin {other} is not known")),
        },
        review: match provenance.review {
            0 => ReviewState::Confirmed,
            1 => ReviewState::Unreviewed,
            other => return Err(format!("review state {other} is not known")),
        },
        tool: provenance.tool,
        usage_count: provenance.usage_count,
        last_used_at: provenance.last_used_ms.map(Timestamp),
    })
}

fn variant_record(variant: &Variant) -> r::VariantRecord {
    r::VariantRecord {
        locale: variant.locale.to_string(),
        segment: Some(r::SegmentRecord {
            text: variant.segment.text.clone(),
            codes: variant.segment.codes.iter().map(code_record).collect(),
        }),
        properties: property_records(&variant.properties),
        notes: variant.notes.clone(),
    }
}

fn code_record(code: &InlineCode) -> r::InlineCodeRecord {
    r::InlineCodeRecord {
        position: code.position,
        kind: match code.kind {
            CodeKind::Open => 1,
            CodeKind::Close => 2,
            CodeKind::Standalone => 3,
            CodeKind::Isolated => 4,
        },
        id: code.id.clone(),
        pair: code.pair.clone(),
        raw: code.raw.clone(),
    }
}

fn variant(record: Option<r::VariantRecord>) -> Result<Variant, String> {
    let record = record.ok_or("a side is missing")?;
    let segment = record.segment.ok_or("a segment is missing")?;
    Ok(Variant {
        locale: locale(&record.locale)?,
        segment: Segment {
            text: segment.text,
            codes: segment.codes.into_iter().map(code).collect::<Result<_, _>>()?,
        },
        properties: properties(record.properties),
        notes: record.notes,
    })
}

fn code(record: r::InlineCodeRecord) -> Result<InlineCode, String> {
    let kind = match record.kind {
        1 => CodeKind::Open,
        2 => CodeKind::Close,
        3 => CodeKind::Standalone,
        4 => CodeKind::Isolated,
        other => return Err(format!("code kind {other} is not known")),
    };
    Ok(InlineCode { position: record.position, kind, id: record.id, pair: record.pair, raw: record.raw })
}

fn property_records(properties: &[Property]) -> Vec<r::PropertyRecord> {
    properties
        .iter()
        .map(|p| r::PropertyRecord { name: p.name.clone(), value: p.value.clone(), locale: p.locale.clone() })
        .collect()
}

fn properties(records: Vec<r::PropertyRecord>) -> Vec<Property> {
    records.into_iter().map(|p| Property { name: p.name, value: p.value, locale: p.locale }).collect()
}

pub(super) fn stored_concept_record(concept: &StoredConcept) -> r::ConceptRecord {
    r::ConceptRecord { stamp: Some(stamp_record(&concept.stamp)), ..concept_record(&concept.content) }
}

/// Converts a concept to a record without a stamp, as a change carries it.
pub(crate) fn concept_record(content: &ConceptDraft) -> r::ConceptRecord {
    r::ConceptRecord {
        version: RECORD_VERSION,
        id: content.id.clone(),
        definition: content.definition.clone(),
        domain: content.domain.clone(),
        terms: content.terms.iter().map(term_record).collect(),
        notes: content.notes.clone(),
        properties: property_records(&content.properties),
        stamp: None,
        provenance: Some(provenance_record(&content.provenance)),
    }
}

fn term_record(term: &Term) -> r::TermRecord {
    r::TermRecord {
        text: term.text.clone(),
        locale: term.locale.to_string(),
        status: match term.status {
            TermStatus::Preferred => 1,
            TermStatus::Admitted => 2,
            TermStatus::Deprecated => 3,
            TermStatus::Superseded => 4,
        },
        part_of_speech: match term.part_of_speech {
            PartOfSpeech::Unknown => 0,
            PartOfSpeech::Noun => 1,
            PartOfSpeech::Verb => 2,
            PartOfSpeech::Adjective => 3,
            PartOfSpeech::Adverb => 4,
            PartOfSpeech::ProperNoun => 5,
            PartOfSpeech::Other => 6,
        },
        proper_noun: term.proper_noun,
        case_sensitive: term.case_sensitive,
        usage_note: term.usage_note.clone(),
        notes: term.notes.clone(),
        properties: property_records(&term.properties),
    }
}

pub(super) fn concept(mut record: r::ConceptRecord) -> Result<StoredConcept, String> {
    let stamp = stamp(record.stamp.take());
    Ok(StoredConcept { content: concept_draft(record)?, stamp })
}

/// Converts a record to a concept, without its stamp.
pub(crate) fn concept_draft(record: r::ConceptRecord) -> Result<ConceptDraft, String> {
    check_version(record.version)?;
    Ok(ConceptDraft {
        id: record.id,
        definition: record.definition,
        domain: record.domain,
        terms: record.terms.into_iter().map(term).collect::<Result<_, String>>()?,
        notes: record.notes,
        properties: properties(record.properties),
        provenance: provenance(record.provenance)?,
    })
}

fn term(record: r::TermRecord) -> Result<Term, String> {
    Ok(Term {
        text: record.text,
        locale: locale(&record.locale)?,
        status: match record.status {
            1 => TermStatus::Preferred,
            2 => TermStatus::Admitted,
            3 => TermStatus::Deprecated,
            4 => TermStatus::Superseded,
            other => return Err(format!("term status {other} is not known")),
        },
        part_of_speech: match record.part_of_speech {
            0 => PartOfSpeech::Unknown,
            1 => PartOfSpeech::Noun,
            2 => PartOfSpeech::Verb,
            3 => PartOfSpeech::Adjective,
            4 => PartOfSpeech::Adverb,
            5 => PartOfSpeech::ProperNoun,
            6 => PartOfSpeech::Other,
            other => return Err(format!("part of speech {other} is not known")),
        },
        proper_noun: record.proper_noun,
        case_sensitive: record.case_sensitive,
        usage_note: record.usage_note,
        notes: record.notes,
        properties: properties(record.properties),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use prost::Message;

    use super::{StoredUnit, stored_unit_record, unit};
    use crate::{
        clock::Timestamp,
        locale::Locale,
        segment::{CodeKind, InlineCode, Segment},
        store::records::UnitRecord,
        unit::{Context, Origin, Property, Provenance, ReviewState, Stamp, UnitDraft, Variant},
    };

    fn variants() -> impl Strategy<Value = Variant> {
        let kind = prop::sample::select(vec![
            CodeKind::Open,
            CodeKind::Close,
            CodeKind::Standalone,
            CodeKind::Isolated,
        ]);
        let code = (any::<u32>(), kind, any::<String>(), any::<String>(), any::<String>())
            .prop_map(|(position, kind, id, pair, raw)| InlineCode { position, kind, id, pair, raw });
        let locale = prop::sample::select(vec!["ar", "ar-EG", "zh-Hant-TW"]);
        (locale, any::<String>(), prop::collection::vec(code, 0..3), properties(), any::<Vec<String>>())
            .prop_map(|(locale, text, codes, properties, notes)| Variant {
                locale: Locale::parse(locale).unwrap_or_else(|e| panic!("{e}")),
                segment: Segment { text, codes },
                properties,
                notes,
            })
    }

    fn properties() -> impl Strategy<Value = Vec<Property>> {
        let property = any::<(String, String, String)>().prop_map(|(name, value, locale)| Property {
            name,
            value,
            locale,
        });
        prop::collection::vec(property, 0..3)
    }

    fn units() -> impl Strategy<Value = StoredUnit> {
        let times = any::<(Option<i64>, Option<i64>, Option<i64>, Option<u32>)>();
        let origin =
            prop::sample::select(vec![Origin::Unknown, Origin::Human, Origin::Machine, Origin::Aligned]);
        let review = prop::sample::select(vec![ReviewState::Confirmed, ReviewState::Unreviewed]);
        let provenance = (any::<(String, String, String)>(), times, origin, review).prop_map(
            |((created_by, changed_by, tool), t, origin, review)| Provenance {
                created_by,
                changed_by,
                tool,
                origin,
                review,
                created_at: t.0.map(Timestamp),
                changed_at: t.1.map(Timestamp),
                last_used_at: t.2.map(Timestamp),
                usage_count: t.3,
            },
        );
        let context = any::<(Option<String>, Option<String>, Option<String>)>()
            .prop_map(|(previous, following, id)| Context { previous, following, id });
        let stamp = any::<(u32, u64, u64, String, i64, u32)>().prop_map(
            |(revision, change_id, import_id, caller, ms, as_of)| Stamp {
                revision,
                change_id,
                import_id,
                caller,
                changed_at: Timestamp(ms),
                restored_revision: as_of,
            },
        );
        (
            variants(),
            variants(),
            context,
            any::<String>(),
            provenance,
            properties(),
            any::<Vec<String>>(),
            stamp,
        )
            .prop_map(
                |(source, target, context, external_id, provenance, properties, notes, stamp)| StoredUnit {
                    content: UnitDraft {
                        source,
                        target,
                        context,
                        external_id,
                        provenance,
                        properties,
                        notes,
                    },
                    stamp,
                },
            )
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(stored in units()) {
            let bytes = stored_unit_record(&stored).encode_to_vec();
            let read = UnitRecord::decode(bytes.as_slice()).map_err(|e| TestCaseError::fail(e.to_string()))?;
            prop_assert_eq!(unit(read), Ok(stored));
        }
    }

    #[test]
    fn an_unknown_record_version_is_refused() {
        assert!(
            unit(UnitRecord { version: 2, ..UnitRecord::default() }).is_err_and(|e| e.contains("version 2"))
        );
    }
}
