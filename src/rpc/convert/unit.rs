//! Units, memories, and the reports of imports and exports.

use super::repeated;
use crate::{
    clock::Timestamp,
    engine::{DuplicatePolicy, ExportReport, ImportReport, PutOutcome, PutResult},
    fault::Violation,
    interchange::Problem,
    locale::Locale,
    rpc::proto,
    segment::{CodeKind, InlineCode, Segment},
    unit::{
        Context, MemoryStats, Origin, Property, Provenance, ReviewState, Stamp, TranslationUnit, UnitDraft,
        UnitId, Variant,
    },
};

/// Reads a segment.
///
/// # Errors
/// `BAD_INLINE_CODE` for a kind that is not given or not known.
pub fn segment(text: String, codes: Vec<proto::InlineCode>) -> Result<Segment, Violation> {
    Ok(Segment { text, codes: repeated("codes", codes, inline_code)? })
}

/// Reads the segment of a side in an answer, empty if it is not there. The server only sends valid codes.
#[must_use]
pub fn answered_segment(side: Option<proto::Variant>) -> Segment {
    let answered = side.and_then(|side| side.segment).unwrap_or_default();
    segment(answered.text, answered.codes).unwrap_or_default()
}

fn inline_code(code: proto::InlineCode) -> Result<InlineCode, Violation> {
    let kind = match code.kind() {
        proto::InlineCodeKind::Open => CodeKind::Open,
        proto::InlineCodeKind::Close => CodeKind::Close,
        proto::InlineCodeKind::Standalone => CodeKind::Standalone,
        proto::InlineCodeKind::Isolated => CodeKind::Isolated,
        proto::InlineCodeKind::Unspecified => {
            let message = "give OPEN, CLOSE, STANDALONE or ISOLATED";
            return Err(Violation::new("kind", "BAD_INLINE_CODE", message));
        }
    };
    Ok(InlineCode { position: code.position, kind, id: code.id, pair: code.pair, raw: code.raw })
}

/// Reads a context. An absent one is empty.
#[must_use]
pub fn context(context: Option<proto::Context>) -> Context {
    let context = context.unwrap_or_default();
    Context { previous: context.previous, following: context.following, id: context.id }
}

/// Reads a unit. A side without a locale gets that of the memory.
///
/// # Errors
/// `TEXT_EMPTY` for a missing side, `BAD_LOCALE`, `BAD_INLINE_CODE`,
/// `BAD_ORIGIN`, `BAD_TIME`.
pub fn unit_draft(draft: proto::UnitDraft, source: &Locale, target: &Locale) -> Result<UnitDraft, Violation> {
    Ok(UnitDraft {
        source: variant(draft.source, source).map_err(|v| v.inside("source"))?,
        target: variant(draft.target, target).map_err(|v| v.inside("target"))?,
        context: context(draft.context),
        external_id: draft.external_id,
        provenance: provenance(draft.provenance.unwrap_or_default()).map_err(|v| v.inside("provenance"))?,
        properties: properties(draft.properties)?,
        notes: draft.notes,
    })
}

fn variant(variant: Option<proto::Variant>, default: &Locale) -> Result<Variant, Violation> {
    let variant = variant.ok_or_else(missing_text)?;
    let given = variant.segment.ok_or_else(missing_text)?;
    Ok(Variant {
        locale: super::locale_or("locale", &variant.locale, default.clone())?,
        segment: segment(given.text, given.codes).map_err(|v| v.inside("segment"))?,
        properties: properties(variant.properties)?,
        notes: variant.notes,
    })
}

fn missing_text() -> Violation {
    Violation::new("segment.text", "TEXT_EMPTY", "the text is missing: give at least one letter")
}

/// Reads metadata.
///
/// # Errors
/// `BAD_LOCALE`.
pub fn properties(properties: Vec<proto::Property>) -> Result<Vec<Property>, Violation> {
    repeated("properties", properties, property)
}

fn property(property: proto::Property) -> Result<Property, Violation> {
    if !property.locale.is_empty() {
        super::locale("locale", &property.locale)?;
    }
    Ok(Property { name: property.name, value: property.value, locale: property.locale })
}

pub(super) fn provenance(provenance: proto::Provenance) -> Result<Provenance, Violation> {
    let origin = origin("origin", provenance.origin)?;
    let review = review_state("review_state", provenance.review_state)?;
    Ok(Provenance {
        created_at: optional_timestamp("created_at", provenance.created_at.as_ref())?,
        changed_at: optional_timestamp("changed_at", provenance.changed_at.as_ref())?,
        last_used_at: optional_timestamp("last_used_at", provenance.last_used_at.as_ref())?,
        created_by: provenance.created_by,
        changed_by: provenance.changed_by,
        origin,
        review,
        tool: provenance.tool,
        usage_count: provenance.usage_count,
    })
}

/// Reads an origin.
pub(super) fn origin(field: &str, value: i32) -> Result<Origin, Violation> {
    match proto::Origin::try_from(value) {
        Ok(proto::Origin::Unspecified) => Ok(Origin::Unknown),
        Ok(proto::Origin::Human) => Ok(Origin::Human),
        Ok(proto::Origin::Machine) => Ok(Origin::Machine),
        Ok(proto::Origin::Aligned) => Ok(Origin::Aligned),
        Err(_) => Err(Violation::new(
            field,
            "BAD_ORIGIN",
            format!("{value} is not a known origin: use HUMAN, MACHINE or ALIGNED"),
        )),
    }
}

/// Reads a review state.
pub(super) fn review_state(field: &str, value: i32) -> Result<ReviewState, Violation> {
    match proto::ReviewState::try_from(value) {
        Ok(proto::ReviewState::Unspecified) => Ok(ReviewState::Confirmed),
        Ok(proto::ReviewState::Unreviewed) => Ok(ReviewState::Unreviewed),
        Err(_) => Err(Violation::new(
            field,
            "BAD_REVIEW_STATE",
            format!("{value} is not a known review state: use UNREVIEWED, or leave it out"),
        )),
    }
}

/// Reads a time that may be absent.
pub(super) fn optional_timestamp(
    field: &str,
    at: Option<&prost_types::Timestamp>,
) -> Result<Option<Timestamp>, Violation> {
    at.map(|at| timestamp(field, at)).transpose()
}

/// Reads a time, to the millisecond.
fn timestamp(field: &str, at: &prost_types::Timestamp) -> Result<Timestamp, Violation> {
    let in_range =
        (-62_135_596_800..=253_402_300_799).contains(&at.seconds) && (0..1_000_000_000).contains(&at.nanos);
    if !in_range {
        return Err(Violation::new(field, "BAD_TIME", "the time is outside the years 1 to 9999"));
    }
    Ok(Timestamp(at.seconds * 1_000 + i64::from(at.nanos / 1_000_000)))
}

/// Writes a time.
#[must_use]
pub fn wire_time(at: Timestamp) -> prost_types::Timestamp {
    let nanos = i32::try_from(at.0.rem_euclid(1_000) * 1_000_000).unwrap_or_default();
    prost_types::Timestamp { seconds: at.0.div_euclid(1_000), nanos }
}

/// Writes a segment.
#[must_use]
pub fn wire_segment(segment: Segment) -> proto::Segment {
    proto::Segment { text: segment.text, codes: wire_codes(segment.codes) }
}

/// Converts a context.
#[must_use]
pub fn wire_context(context: Context) -> proto::Context {
    proto::Context { previous: context.previous, following: context.following, id: context.id }
}

/// Writes inline codes.
#[must_use]
pub fn wire_codes(codes: Vec<InlineCode>) -> Vec<proto::InlineCode> {
    codes.into_iter().map(wire_code).collect()
}

fn wire_code(code: InlineCode) -> proto::InlineCode {
    let kind = match code.kind {
        CodeKind::Open => proto::InlineCodeKind::Open,
        CodeKind::Close => proto::InlineCodeKind::Close,
        CodeKind::Standalone => proto::InlineCodeKind::Standalone,
        CodeKind::Isolated => proto::InlineCodeKind::Isolated,
    };
    proto::InlineCode {
        position: code.position,
        kind: kind.into(),
        id: code.id,
        pair: code.pair,
        raw: code.raw,
    }
}

fn wire_variant(variant: Variant) -> proto::Variant {
    proto::Variant {
        locale: variant.locale.to_string(),
        segment: Some(wire_segment(variant.segment)),
        properties: wire_properties(variant.properties),
        notes: variant.notes,
    }
}

pub(super) fn wire_properties(properties: Vec<Property>) -> Vec<proto::Property> {
    properties
        .into_iter()
        .map(|p| proto::Property { name: p.name, value: p.value, locale: p.locale })
        .collect()
}

pub(super) fn wire_revision(stamp: Stamp) -> proto::Revision {
    proto::Revision {
        number: stamp.revision,
        change_id: stamp.change_id,
        import_id: stamp.import_id,
        caller: stamp.caller,
        changed_at: Some(wire_time(stamp.changed_at)),
    }
}

pub(super) fn wire_provenance(provenance: Provenance) -> proto::Provenance {
    let origin = match provenance.origin {
        Origin::Unknown => proto::Origin::Unspecified,
        Origin::Human => proto::Origin::Human,
        Origin::Machine => proto::Origin::Machine,
        Origin::Aligned => proto::Origin::Aligned,
    };
    let review = match provenance.review {
        ReviewState::Confirmed => proto::ReviewState::Unspecified,
        ReviewState::Unreviewed => proto::ReviewState::Unreviewed,
    };
    proto::Provenance {
        created_by: provenance.created_by,
        created_at: provenance.created_at.map(wire_time),
        changed_by: provenance.changed_by,
        changed_at: provenance.changed_at.map(wire_time),
        origin: origin.into(),
        tool: provenance.tool,
        usage_count: provenance.usage_count,
        last_used_at: provenance.last_used_at.map(wire_time),
        review_state: review.into(),
    }
}

/// Writes a unit.
#[must_use]
pub fn unit(unit: TranslationUnit) -> proto::TranslationUnit {
    let content = unit.content;
    let context = content.context;
    proto::TranslationUnit {
        id: unit.id.to_string(),
        memory: unit.memory.to_string(),
        source: Some(wire_variant(content.source)),
        target: Some(wire_variant(content.target)),
        context: (context != Context::default()).then(|| wire_context(context)),
        external_id: content.external_id,
        provenance: Some(wire_provenance(content.provenance)),
        properties: wire_properties(content.properties),
        notes: content.notes,
        revision: Some(wire_revision(unit.stamp)),
    }
}

/// Parses the id of a unit.
///
/// # Errors
/// `BAD_UNIT_ID`.
pub fn unit_id(field: &str, id: &str) -> Result<UnitId, Violation> {
    UnitId::parse(id).ok_or_else(|| {
        let message = format!("'{id}' is not a unit id: pass an id that this server returned");
        Violation::new(field, "BAD_UNIT_ID", message)
    })
}

/// Reads what happens to other translations of the same source.
///
/// # Errors
/// `BAD_ON_SAME_SOURCE`.
pub fn on_same_source(value: i32) -> Result<DuplicatePolicy, Violation> {
    match proto::OnSameSource::try_from(value) {
        Ok(proto::OnSameSource::Unspecified | proto::OnSameSource::KeepAll) => Ok(DuplicatePolicy::KeepAll),
        Ok(proto::OnSameSource::Replace) => Ok(DuplicatePolicy::Replace),
        Ok(proto::OnSameSource::Skip) => Ok(DuplicatePolicy::Skip),
        Err(_) => {
            let message = format!("{value} is not a known policy: use KEEP_ALL, REPLACE or SKIP");
            Err(Violation::new("on_same_source", "BAD_ON_SAME_SOURCE", message))
        }
    }
}

/// Writes a memory.
#[must_use]
pub fn memory(memory: MemoryStats) -> proto::Memory {
    let MemoryStats { info, units, sources } = memory;
    proto::Memory {
        name: info.name.to_string(),
        source_locale: info.source_locale.to_string(),
        target_locale: info.target_locale.to_string(),
        description: info.description,
        unit_count: units,
        source_count: sources,
        created_at: Some(wire_time(info.created_at)),
    }
}

/// Writes the result of putting one unit.
#[must_use]
pub fn put_result(result: &PutResult) -> proto::PutResult {
    let outcome = match result.outcome {
        PutOutcome::Stored => proto::PutOutcome::Stored,
        PutOutcome::Updated => proto::PutOutcome::Updated,
        PutOutcome::Unchanged => proto::PutOutcome::Unchanged,
    };
    proto::PutResult {
        id: result.id.to_string(),
        outcome: outcome.into(),
        replaced: result.replaced.iter().map(ToString::to_string).collect(),
    }
}

/// Writes the report of an import.
#[must_use]
pub fn import_report(report: ImportReport) -> proto::ImportReport {
    proto::ImportReport {
        import_id: report.import_id,
        read: report.read,
        split: report.split,
        stored: report.tally.stored,
        updated: report.tally.updated,
        unchanged: report.tally.unchanged,
        refused: report.refused,
        replaced: report.tally.replaced,
        problems: report.problems.into_iter().map(problem).collect(),
        problem_count: report.problem_count,
        ids_taken: report.tally.ids_taken,
    }
}

/// Writes the report of an export.
#[must_use]
pub fn export_report(report: ExportReport) -> proto::ExportReport {
    proto::ExportReport {
        written: report.written,
        partly: report.losses.partial,
        replaced_characters: report.losses.replaced,
    }
}

fn problem(problem: Problem) -> proto::ImportProblem {
    proto::ImportProblem {
        line: problem.position.line,
        unit: problem.position.unit,
        reason: problem.reason.to_owned(),
        message: problem.message,
        refused: problem.refused,
    }
}

#[cfg(test)]
mod tests {
    use prost::Message;

    use super::{memory, unit};
    use crate::{
        clock::Timestamp,
        locale::Locale,
        name::Name,
        segment::{CodeKind, InlineCode, Segment},
        unit::{
            CollectionInfo, Context, MemoryStats, Origin, Property, Provenance, ReviewState, Sequence, Stamp,
            TranslationUnit, UnitDraft, UnitId, Variant,
        },
    };

    #[test]
    fn the_error_of_a_policy_names_every_policy() {
        let error = super::on_same_source(99).unwrap_err();
        for name in ["KEEP_ALL", "REPLACE", "SKIP"] {
            assert!(error.message.contains(name), "{}", error.message);
        }
    }

    /// The last time that the API can express, whose encoding is the longest.
    const LAST: Timestamp = Timestamp(253_402_300_799_999);

    fn locale() -> Locale {
        Locale::parse("ar-Arab-EG-x-abcdefgh-abcdefgh").unwrap()
    }

    fn name() -> Name {
        Name::parse(&"m".repeat(63)).unwrap()
    }

    /// A unit with a number of codes, properties and notes on each side, whose texts have so many bytes.
    fn with_parts(parts: usize, bytes: usize) -> TranslationUnit {
        let text = "a".repeat(bytes);
        let code = InlineCode {
            position: u32::MAX,
            kind: CodeKind::Isolated,
            id: text.clone(),
            pair: text.clone(),
            raw: text.clone(),
        };
        let property = Property { name: text.clone(), value: text.clone(), locale: text.clone() };
        let side = Variant {
            locale: locale(),
            segment: Segment { text: text.clone(), codes: vec![code; parts] },
            properties: vec![property.clone(); parts],
            notes: vec![text.clone(); parts],
        };
        let part = Some(text.clone());
        TranslationUnit {
            id: UnitId(Sequence(u64::MAX)),
            memory: name(),
            content: UnitDraft {
                source: side.clone(),
                target: side,
                context: Context { previous: part.clone(), following: part.clone(), id: part },
                external_id: text.clone(),
                provenance: Provenance {
                    created_by: text.clone(),
                    created_at: Some(LAST),
                    changed_by: text.clone(),
                    changed_at: Some(LAST),
                    origin: Origin::Aligned,
                    review: ReviewState::Unreviewed,
                    tool: text.clone(),
                    usage_count: Some(u32::MAX),
                    last_used_at: Some(LAST),
                },
                properties: vec![property; parts],
                notes: vec![text.clone(); parts],
            },
            stamp: Stamp {
                revision: u32::MAX,
                change_id: u64::MAX,
                import_id: u64::MAX,
                caller: text,
                changed_at: LAST,
                restored_revision: u32::MAX,
            },
        }
    }

    #[test]
    fn a_unit_is_not_larger_on_the_wire_than_it_says() {
        // With its own tag and length, as an entry of a page.
        const FIELD_BYTES: usize = 6;
        for (parts, bytes) in [(0, 0), (0, 100_000), (1, 1), (100, 0), (100, 200), (1_000, 130)] {
            let unit_with_parts = with_parts(parts, bytes);
            let most = unit_with_parts.reply_bytes();
            let on_the_wire = unit(unit_with_parts).encoded_len() + FIELD_BYTES;
            assert!(on_the_wire <= most, "{parts} parts of {bytes} bytes: {on_the_wire} > {most}");
            assert!(
                on_the_wire * 2 + 1_000 > most || bytes == 0,
                "{parts} {bytes}: {on_the_wire} and {most}"
            );
        }
        let info = CollectionInfo {
            name: name(),
            source_locale: locale(),
            target_locale: locale(),
            description: "ا".repeat(2_000),
            created_at: LAST,
        };
        let most = info.reply_bytes();
        let stats = MemoryStats { info, units: u64::MAX, sources: u64::MAX };
        assert!(memory(stats).encoded_len() + FIELD_BYTES <= most);
    }
}
