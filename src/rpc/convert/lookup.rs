//! Converts the options of lookups to domain values, and answers to wire messages.

use super::{
    context, filter, locale, locale_or, memory_selection, names, offset_unit, percent, recognized_term,
    repeated, segment, unit, unit::provenance, wire_codes,
};
use crate::{
    engine::{Checker, ExplainedPair, Explanation, LookupAnswer, LookupOptions},
    fault::{Fault, Violation},
    locale::Locale,
    matching::{
        DiffOperation, DiffSpan, Judgement, LocalePreference, LookupMatch, MeaningDifference, Order, Repair,
        RepairEdit, RepairRefusal, UnitSide, move_codes,
    },
    rpc::proto,
    score::{Caps, Flag, Fold, MatchKind, Penalties, Penalty, PenaltyReason, Score},
    segment::{InlineCode, Segment},
    text::{OffsetConverter, OffsetUnit},
    unit::Context,
};

/// Reads the options of a lookup and the unit of its offsets. Penalties that are not given are the server's.
///
/// # Errors
/// `BAD_NAME`, `BAD_PENALTY`, `BAD_LOCALE`, `BAD_THRESHOLD`, `BAD_LIMIT`,
/// `BAD_FILTER`, `BAD_OFFSET_UNIT`, `BAD_FOLD`, `BAD_ORDER`.
pub fn lookup_options(
    check: Checker<'_>,
    options: Option<proto::LookupOptions>,
    server: &Penalties,
) -> Result<(LookupOptions, OffsetUnit), Fault> {
    let given = options.unwrap_or_default();
    let defaults = LookupOptions::default();
    let read = LookupOptions {
        memories: repeated("options.memories", &given.memories, memory_selection)?,
        locales: LocalePreference {
            source: optional_locale("options.source_locale", &given.source_locale)?,
            target: optional_locale("options.target_locale", &given.target_locale)?,
        },
        threshold: match given.threshold {
            Some(threshold) => percent("options.threshold", threshold, "BAD_THRESHOLD")?,
            None => defaults.threshold,
        },
        limit: match given.limit {
            Some(limit) => check.limit("options.limit", limit.into())?,
            None => defaults.limit,
        },
        filter: filter(check, "options.filter", given.filter)?,
        glossaries: names("options.glossaries", &given.glossaries)?,
        nested_terms: given.nested_terms,
        order: order(given.order, given.raw)?,
        side: if given.reverse { UnitSide::Target } else { UnitSide::Source },
        penalties: penalties(given.penalties.as_ref(), server).map_err(|v| v.inside("options.penalties"))?,
        caps: caps(given.caps.as_ref()).map_err(|v| v.inside("options.caps"))?,
    };
    Ok((read, offset_unit("options.offset_unit", given.offset_unit)?))
}

/// Reads the order of matches. Raw lookups have an order of their own.
fn order(given: i32, raw: bool) -> Result<Order, Violation> {
    let refused = |message| Violation::new("options.order", "BAD_ORDER", message);
    let known = proto::MatchOrder::try_from(given);
    let known = known.map_err(|_| refused("name one of the orders of dhakira.v1.MatchOrder"))?;
    match (known, raw) {
        (proto::MatchOrder::Unspecified, true) => Ok(Order::Similarity),
        (_, true) => Err(refused("a raw lookup is sorted by similarity: leave out `order` or `raw`")),
        (proto::MatchOrder::Unspecified | proto::MatchOrder::Score, false) => Ok(Order::Score),
        (proto::MatchOrder::Usefulness, false) => Ok(Order::Usefulness),
    }
}

/// Reads a locale that may be absent.
fn optional_locale(field: &str, tag: &str) -> Result<Option<Locale>, Violation> {
    if tag.is_empty() { Ok(None) } else { locale(field, tag).map(Some) }
}

fn penalties(given: Option<&proto::Penalties>, server: &Penalties) -> Result<Penalties, Violation> {
    let Some(given) = given else { return Ok(server.clone()) };
    Ok(Penalties {
        machine_translated: points_or(
            "machine_translated",
            given.machine_translated,
            server.machine_translated,
        )?,
        aligned: points_or("aligned", given.aligned, server.aligned)?,
        unreviewed: points_or("unreviewed", given.unreviewed, server.unreviewed)?,
        codes_differ: points_or("codes_differ", given.codes_differ, server.codes_differ)?,
        locale_differs: points_or("locale_differs", given.locale_differs, server.locale_differs)?,
        folds: repeated("folds", &given.folds, fold_penalty)?,
    })
}

fn fold_penalty(given: &proto::FoldPenalty) -> Result<(Fold, Score), Violation> {
    let fold = read_fold(given.fold)
        .ok_or_else(|| Violation::new("fold", "BAD_FOLD", "name one of the folds of dhakira.v1.Fold"))?;
    Ok((fold, percent("points", given.points, "BAD_PENALTY")?))
}

fn caps(given: Option<&proto::Caps>) -> Result<Caps, Violation> {
    let server = Caps::default();
    let Some(given) = given else { return Ok(server) };
    Ok(Caps {
        negation: points_or("negation", given.negation, server.negation)?,
        number: points_or("number", given.number, server.number)?,
        placeholder: points_or("placeholder", given.placeholder, server.placeholder)?,
        vocalization: points_or("vocalization", given.vocalization, server.vocalization)?,
        opposite: points_or("opposite", given.opposite, server.opposite)?,
        unit: points_or("unit", given.unit, server.unit)?,
    })
}

/// Reads the points of a penalty or cap. Absent ones are the default.
fn points_or(field: &str, given: Option<f64>, default: Score) -> Result<Score, Violation> {
    given.map_or(Ok(default), |points| percent(field, points, "BAD_PENALTY"))
}

const FOLDS: [(Fold, proto::Fold); 9] = [
    (Fold::Tashkeel, proto::Fold::Tashkeel),
    (Fold::Hamza, proto::Fold::Hamza),
    (Fold::Yeh, proto::Fold::Yeh),
    (Fold::TehMarbuta, proto::Fold::TehMarbuta),
    (Fold::Digits, proto::Fold::Digits),
    (Fold::Punctuation, proto::Fold::Punctuation),
    (Fold::Quotes, proto::Fold::Quotes),
    (Fold::Case, proto::Fold::Case),
    (Fold::LetterShape, proto::Fold::LetterShape),
];

fn read_fold(value: i32) -> Option<Fold> {
    FOLDS.iter().find(|(_, wire)| i32::from(*wire) == value).map(|(fold, _)| *fold)
}

fn wire_fold(fold: Fold) -> i32 {
    FOLDS.iter().find(|(f, _)| *f == fold).map_or(0, |(_, wire)| i32::from(*wire))
}

/// Writes the answer for a segment.
#[must_use]
pub fn lookup_response(
    query: &str,
    answer: LookupAnswer,
    offsets: OffsetUnit,
    side: UnitSide,
) -> proto::LookupResponse {
    proto::LookupResponse {
        matches: answer.matches.into_iter().map(|m| wire_match(query, m, offsets, side)).collect(),
        terms: answer.terms.into_iter().map(|t| recognized_term(query, t, offsets)).collect(),
        truncated: answer.truncated,
    }
}

fn wire_match(query: &str, found: LookupMatch, offsets: OffsetUnit, side: UnitSide) -> proto::Match {
    let LookupMatch { ranked, differences, diff, repair, codes } = found;
    let content = &ranked.judged_unit.unit.content;
    let (stored, other) = (side.of(content), side.other().of(content));
    let differences = wire_differences(&stored.segment.text, query, differences, offsets);
    let diff = wire_spans(&stored.segment.text, query, diff, offsets);
    let (repair, repair_refused) =
        wire_repair(&other.segment.text, repair, codes.as_deref().unwrap_or_default(), offsets);
    let carried_codes = codes.map(|codes| proto::CarriedCodes { codes: wire_codes(codes) });
    let judgement = WireJudgement::from_judgement(ranked.judged_unit.judgement);
    proto::Match {
        unit: Some(unit(ranked.judged_unit.unit)),
        kind: judgement.kind.into(),
        similarity: judgement.similarity,
        score: judgement.score,
        penalties: judgement.penalties,
        flags: judgement.flags,
        folds_used: judgement.folds_used,
        diff,
        repair,
        duplicates: ranked.duplicates,
        duplicate_memories: ranked.memories.iter().map(ToString::to_string).collect(),
        repair_refused: repair_refused.into(),
        carried_codes,
        differences,
        usefulness: ranked.usefulness.percent(),
    }
}

/// The fields that the wire messages of a judgement share.
struct WireJudgement {
    kind: proto::MatchKind,
    similarity: f64,
    score: f64,
    penalties: Vec<proto::Penalty>,
    flags: Vec<i32>,
    folds_used: Vec<i32>,
}

impl WireJudgement {
    fn from_judgement(judgement: Judgement) -> Self {
        let kind = match judgement.kind {
            MatchKind::InContext => proto::MatchKind::InContext,
            MatchKind::Exact => proto::MatchKind::Exact,
            MatchKind::ExactOrthographic => proto::MatchKind::ExactOrthographic,
            MatchKind::Fuzzy => proto::MatchKind::Fuzzy,
        };
        Self {
            kind,
            similarity: judgement.similarity.percent(),
            score: judgement.score.percent(),
            penalties: judgement.penalties.into_iter().map(wire_penalty).collect(),
            flags: judgement.flags.into_iter().map(|flag| wire_flag(flag).into()).collect(),
            folds_used: judgement.folds_used.into_iter().map(wire_fold).collect(),
        }
    }
}

fn wire_penalty(penalty: Penalty) -> proto::Penalty {
    let reason = match penalty.reason {
        PenaltyReason::Memory => proto::PenaltyReason::Memory,
        PenaltyReason::MachineTranslated => proto::PenaltyReason::MachineTranslated,
        PenaltyReason::Aligned => proto::PenaltyReason::Aligned,
        PenaltyReason::Unreviewed => proto::PenaltyReason::Unreviewed,
        PenaltyReason::CodesDiffer => proto::PenaltyReason::CodesDiffer,
        PenaltyReason::LocaleDiffers => proto::PenaltyReason::LocaleDiffers,
        PenaltyReason::Fold => proto::PenaltyReason::Fold,
    };
    proto::Penalty { reason: reason.into(), points: penalty.points.percent() }
}

fn wire_flag(flag: Flag) -> proto::Flag {
    match flag {
        Flag::Negation => proto::Flag::NegationDiffers,
        Flag::Number => proto::Flag::NumberDiffers,
        Flag::Placeholder => proto::Flag::PlaceholderDiffers,
        Flag::Vocalization => proto::Flag::VocalizationDiffers,
        Flag::Opposite => proto::Flag::OppositeDiffers,
        Flag::Unit => proto::Flag::UnitDiffers,
    }
}

/// Writes the words that cause flags, with their offsets in both texts.
fn wire_differences(
    stored: &str,
    query: &str,
    differences: Vec<MeaningDifference>,
    unit: OffsetUnit,
) -> Vec<proto::MeaningDifference> {
    let differences = differences.into_iter().map(|difference| {
        let MeaningDifference { flag, stored: in_stored, asked: in_query } = difference;
        // Differences are in no order, so each has converters of its own.
        let (mut stored_offsets, mut query_offsets) =
            (OffsetConverter::new(stored, unit), OffsetConverter::new(query, unit));
        proto::MeaningDifference {
            flag: wire_flag(flag).into(),
            stored: stored.get(in_stored.clone()).unwrap_or_default().to_owned(),
            asked: query.get(in_query.clone()).unwrap_or_default().to_owned(),
            stored_start: stored_offsets.convert(in_stored.start),
            stored_end: stored_offsets.convert(in_stored.end),
            asked_start: query_offsets.convert(in_query.start),
            asked_end: query_offsets.convert(in_query.end),
        }
    });
    differences.collect()
}

/// Writes the repair of a stored text, or the reason why there is none. `codes` are the inline codes of
/// the query at their positions in that text.
fn wire_repair(
    stored: &str,
    repair: Result<Option<Repair>, RepairRefusal>,
    codes: &[InlineCode],
    unit: OffsetUnit,
) -> (Option<proto::Repair>, proto::RepairRefusal) {
    let refusal = match repair {
        Ok(None) => proto::RepairRefusal::Unspecified,
        Ok(Some(repair)) => {
            let codes = wire_codes(move_codes(codes, stored, &repair.edits));
            let mut offsets = OffsetConverter::new(stored, unit);
            let repair = proto::Repair {
                score: repair.score.percent(),
                edits: repair.edits.into_iter().map(|edit| wire_edit(edit, &mut offsets)).collect(),
                target: repair.target,
                codes,
            };
            return (Some(repair), proto::RepairRefusal::Unspecified);
        }
        Err(RepairRefusal::KindDiffers) => proto::RepairRefusal::KindDiffers,
        Err(RepairRefusal::ValuesEditedDifferently) => proto::RepairRefusal::ValuesEditedDifferently,
        Err(RepairRefusal::ValueAsWord) => proto::RepairRefusal::ValueAsWord,
        Err(RepairRefusal::ValueNotInTarget) => proto::RepairRefusal::ValueNotInTarget,
        Err(RepairRefusal::ValuesNotAligned) => proto::RepairRefusal::ValuesNotAligned,
        Err(RepairRefusal::PluralDiffers) => proto::RepairRefusal::PluralDiffers,
        Err(RepairRefusal::TermAmbiguous) => proto::RepairRefusal::TermAmbiguous,
        Err(RepairRefusal::TermNotAligned) => proto::RepairRefusal::TermNotAligned,
        Err(RepairRefusal::TermDeprecated) => proto::RepairRefusal::TermDeprecated,
        Err(RepairRefusal::TermFormDiffers) => proto::RepairRefusal::TermFormDiffers,
    };
    (None, refusal)
}

fn wire_edit(edit: RepairEdit, offsets: &mut OffsetConverter<'_>) -> proto::RepairEdit {
    proto::RepairEdit {
        start: offsets.convert(edit.range.start),
        end: offsets.convert(edit.range.end),
        from: edit.from,
        to: edit.to,
    }
}

/// Reads a segment with its context.
///
/// # Errors
/// `BAD_INLINE_CODE`.
pub fn lookup_query(query: proto::LookupQuery) -> Result<(Segment, Context), Violation> {
    Ok((segment(query.text, query.codes)?, context(query.context)))
}

/// Reads a pair to explain and the unit of offsets. Penalties that are not given are the server's.
///
/// # Errors
/// `BAD_INLINE_CODE`, `BAD_LOCALE`, `BAD_PENALTY`, `BAD_FOLD`, `BAD_OFFSET_UNIT`, `BAD_ORIGIN`, `BAD_REVIEW_STATE`,
/// `BAD_TIME`.
pub fn score_request(
    request: proto::ScoreRequest,
    server: &Penalties,
) -> Result<(ExplainedPair, OffsetUnit), Fault> {
    let read = ExplainedPair {
        query: lookup_query(request.asked.unwrap_or_default()).map_err(|v| v.inside("asked"))?,
        stored: lookup_query(request.stored.unwrap_or_default()).map_err(|v| v.inside("stored"))?,
        provenance: provenance(request.stored_provenance.unwrap_or_default())
            .map_err(|v| v.inside("stored_provenance"))?,
        target: Some(request.target).filter(|t| !t.is_empty()),
        source_locale: locale_or("source_locale", &request.source_locale, Locale::arabic())?,
        target_locale: locale_or("target_locale", &request.target_locale, Locale::english())?,
        penalties: penalties(request.penalties.as_ref(), server).map_err(|v| v.inside("penalties"))?,
        caps: caps(request.caps.as_ref()).map_err(|v| v.inside("caps"))?,
    };
    Ok((read, offset_unit("offset_unit", request.offset_unit)?))
}

/// Writes the explanation of a pair.
#[must_use]
pub fn score_response(
    pair: &ExplainedPair,
    explained: Explanation,
    unit: OffsetUnit,
) -> proto::ScoreResponse {
    let (stored, query) = (&pair.stored.0.text, &pair.query.0.text);
    let differences = wire_differences(stored, query, explained.differences, unit);
    let diff = wire_spans(stored, query, explained.diff, unit);
    let (repair, repair_refused) =
        wire_repair(pair.target.as_deref().unwrap_or_default(), explained.repair, &[], unit);
    let judgement = WireJudgement::from_judgement(explained.judgement);
    proto::ScoreResponse {
        kind: judgement.kind.into(),
        similarity: judgement.similarity,
        score: judgement.score,
        penalties: judgement.penalties,
        flags: judgement.flags,
        folds_used: judgement.folds_used,
        diff,
        repair,
        repair_refused: repair_refused.into(),
        differences,
        usefulness: explained.usefulness.percent(),
    }
}

fn wire_spans(stored: &str, query: &str, spans: Vec<DiffSpan>, unit: OffsetUnit) -> Vec<proto::DiffSpan> {
    let (mut in_stored, mut in_query) =
        (OffsetConverter::new(stored, unit), OffsetConverter::new(query, unit));
    spans.into_iter().map(|span| wire_span(&span, &mut in_stored, &mut in_query)).collect()
}

fn wire_span(
    span: &DiffSpan,
    in_stored: &mut OffsetConverter<'_>,
    in_query: &mut OffsetConverter<'_>,
) -> proto::DiffSpan {
    let operation = match span.operation {
        DiffOperation::Equal => proto::DiffOperation::Equal,
        DiffOperation::Delete => proto::DiffOperation::Delete,
        DiffOperation::Insert => proto::DiffOperation::Insert,
        DiffOperation::Replace => proto::DiffOperation::Replace,
    };
    proto::DiffSpan {
        operation: operation.into(),
        stored_start: in_stored.convert(span.stored.start),
        stored_end: in_stored.convert(span.stored.end),
        asked_start: in_query.convert(span.asked.start),
        asked_end: in_query.convert(span.asked.end),
    }
}
