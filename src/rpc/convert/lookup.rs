//! Lookup options in, answers out.

use super::{
    context, filter, locale_or, memory_selection, name, offset_unit, percent, recognized, segment, unit,
    wire_codes,
};
use crate::{
    engine::{Checker, Explanation, LookupAnswer, LookupMatch, LookupOptions, Pair},
    fault::{Fault, Violation},
    locale::Locale,
    matching::{
        DiffOperation, DiffSpan, Judgement, LocaleWish, Order, Repair, RepairEdit, RepairRefusal, UnitSide,
        moved_codes,
    },
    rpc::proto,
    score::{Caps, Flag, Fold, MatchKind, Penalties, Penalty, PenaltyReason, Score},
    segment::InlineCode,
    text::{OffsetUnit, Offsets},
};

/// Reads where and how to look, and what offsets count.
///
/// # Errors
/// `BAD_NAME`, `BAD_PENALTY`, `BAD_LOCALE`, `BAD_THRESHOLD`, `BAD_LIMIT`,
/// `BAD_FILTER`, `BAD_OFFSET_UNIT`, `BAD_FOLD`.
pub fn options(
    check: Checker<'_>,
    options: Option<proto::LookupOptions>,
) -> Result<(LookupOptions, OffsetUnit), Fault> {
    let given = options.unwrap_or_default();
    let defaults = LookupOptions::default();
    let selection =
        |(n, m): (usize, &proto::MemorySelection)| memory_selection(&format!("options.memories[{n}]"), m);
    let glossary = |(n, g): (usize, &String)| name(&format!("options.glossaries[{n}]"), g);
    let wish = |field: &str, tag: &str| {
        if tag.is_empty() { Ok(None) } else { locale_or(field, tag, Locale::arabic()).map(Some) }
    };
    let read = LookupOptions {
        memories: given.memories.iter().enumerate().map(selection).collect::<Result<_, _>>()?,
        locales: LocaleWish {
            source: wish("options.source_locale", &given.source_locale)?,
            target: wish("options.target_locale", &given.target_locale)?,
        },
        threshold: match given.threshold {
            Some(threshold) => percent("options.threshold", threshold, "BAD_THRESHOLD")?,
            None => defaults.threshold,
        },
        limit: match given.limit {
            Some(limit) => check.limit("options.limit", limit.into())?,
            None => defaults.limit,
        },
        filter: filter("options.filter", given.filter)?,
        glossaries: given.glossaries.iter().enumerate().map(glossary).collect::<Result<_, _>>()?,
        nested_terms: given.nested_terms,
        order: if given.raw { Order::Similarity } else { Order::Score },
        side: if given.reverse { UnitSide::Target } else { UnitSide::Source },
        penalties: penalties("options.penalties", given.penalties.as_ref())?,
        caps: caps("options.caps", given.caps.as_ref())?,
    };
    Ok((read, offset_unit("options.offset_unit", given.offset_unit)?))
}

fn penalties(path: &str, given: Option<&proto::Penalties>) -> Result<Penalties, Violation> {
    let server = Penalties::default();
    let Some(given) = given else { return Ok(server) };
    let points = |field: &str, given: Option<f64>, server: Score| match given {
        Some(points) => percent(&format!("{path}.{field}"), points, "BAD_PENALTY"),
        None => Ok(server),
    };
    let fold = |(n, price): (usize, &proto::FoldPenalty)| {
        let field = format!("{path}.folds[{n}]");
        let bad = || {
            Violation::new(format!("{field}.fold"), "BAD_FOLD", "name one of the folds of dhakira.v1.Fold")
        };
        let fold = read_fold(price.fold).ok_or_else(bad)?;
        Ok::<_, Violation>((fold, percent(&format!("{field}.points"), price.points, "BAD_PENALTY")?))
    };
    Ok(Penalties {
        machine_translated: points(
            "machine_translated",
            given.machine_translated,
            server.machine_translated,
        )?,
        aligned: points("aligned", given.aligned, server.aligned)?,
        codes_differ: points("codes_differ", given.codes_differ, server.codes_differ)?,
        locale_differs: points("locale_differs", given.locale_differs, server.locale_differs)?,
        folds: given.folds.iter().enumerate().map(fold).collect::<Result<_, _>>()?,
    })
}

fn caps(path: &str, given: Option<&proto::Caps>) -> Result<Caps, Violation> {
    let server = Caps::default();
    let Some(given) = given else { return Ok(server) };
    let cap = |field: &str, given: Option<f64>, server: Score| match given {
        Some(cap) => percent(&format!("{path}.{field}"), cap, "BAD_PENALTY"),
        None => Ok(server),
    };
    Ok(Caps {
        negation: cap("negation", given.negation, server.negation)?,
        number: cap("number", given.number, server.number)?,
        placeholder: cap("placeholder", given.placeholder, server.placeholder)?,
        vocalization: cap("vocalization", given.vocalization, server.vocalization)?,
    })
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
pub fn answer(
    asked: &str,
    answer: LookupAnswer,
    offsets: OffsetUnit,
    side: UnitSide,
) -> proto::LookupResponse {
    proto::LookupResponse {
        matches: answer.matches.into_iter().map(|m| wire_match(asked, m, offsets, side)).collect(),
        terms: answer.terms.into_iter().map(|t| recognized(asked, t, offsets)).collect(),
        truncated: answer.truncated,
    }
}

fn wire_match(asked: &str, found: LookupMatch, offsets: OffsetUnit, side: UnitSide) -> proto::Match {
    let LookupMatch { ranked, diff, repair, codes } = found;
    let content = &ranked.candidate.unit.content;
    let (stored, other) = (side.of(content), side.other().of(content));
    let diff = spans(&stored.segment.text, asked, diff, offsets);
    let (repair, repair_refused) =
        wire_repair(&other.segment.text, repair, codes.as_deref().unwrap_or_default(), offsets);
    let carried_codes = codes.map(|codes| proto::CarriedCodes { codes: wire_codes(codes) });
    let told = Told::of(ranked.candidate.judgement);
    proto::Match {
        unit: Some(unit(ranked.candidate.unit)),
        kind: told.kind.into(),
        similarity: told.similarity,
        score: told.score,
        penalties: told.penalties,
        flags: told.flags,
        folds_used: told.folds_used,
        diff,
        repair,
        duplicates: ranked.duplicates,
        duplicate_memories: ranked.memories.iter().map(ToString::to_string).collect(),
        repair_refused: repair_refused.into(),
        carried_codes,
    }
}

/// A judgement as the wire has it.
struct Told {
    kind: proto::MatchKind,
    similarity: f64,
    score: f64,
    penalties: Vec<proto::Penalty>,
    flags: Vec<i32>,
    folds_used: Vec<i32>,
}

impl Told {
    fn of(judgement: Judgement) -> Self {
        let kind = match judgement.kind {
            MatchKind::InContext => proto::MatchKind::InContext,
            MatchKind::Exact => proto::MatchKind::Exact,
            MatchKind::ExactOrthographic => proto::MatchKind::ExactOrthographic,
            MatchKind::Fuzzy => proto::MatchKind::Fuzzy,
        };
        let penalty = |p: &Penalty| {
            let reason = match p.reason {
                PenaltyReason::Memory => proto::PenaltyReason::Memory,
                PenaltyReason::MachineTranslated => proto::PenaltyReason::MachineTranslated,
                PenaltyReason::Aligned => proto::PenaltyReason::Aligned,
                PenaltyReason::CodesDiffer => proto::PenaltyReason::CodesDiffer,
                PenaltyReason::LocaleDiffers => proto::PenaltyReason::LocaleDiffers,
                PenaltyReason::Fold => proto::PenaltyReason::Fold,
            };
            proto::Penalty { reason: reason.into(), points: p.points.percent() }
        };
        let flag = |flag: &Flag| {
            let flag = match flag {
                Flag::Negation => proto::Flag::NegationDiffers,
                Flag::Number => proto::Flag::NumberDiffers,
                Flag::Placeholder => proto::Flag::PlaceholderDiffers,
                Flag::Vocalization => proto::Flag::VocalizationDiffers,
            };
            i32::from(flag)
        };
        Self {
            kind,
            similarity: judgement.similarity.percent(),
            score: judgement.score.percent(),
            penalties: judgement.penalties.iter().map(penalty).collect(),
            flags: judgement.flags.iter().map(flag).collect(),
            folds_used: judgement.folds_used.into_iter().map(wire_fold).collect(),
        }
    }
}

/// Writes a repair of a text, or why there is none. `codes` are those carried over into
/// the text.
fn wire_repair(
    stored: &str,
    repair: Result<Option<Repair>, RepairRefusal>,
    codes: &[InlineCode],
    unit: OffsetUnit,
) -> (Option<proto::Repair>, proto::RepairRefusal) {
    let refusal = match repair {
        Ok(None) => proto::RepairRefusal::Unspecified,
        Ok(Some(repair)) => {
            let codes = wire_codes(moved_codes(codes, stored, &repair.edits));
            let mut offsets = Offsets::new(stored, unit);
            let edit = |edit: RepairEdit| proto::RepairEdit {
                start: offsets.of(edit.range.start),
                end: offsets.of(edit.range.end),
                from: edit.from,
                to: edit.to,
            };
            let repair = proto::Repair {
                score: repair.score.percent(),
                edits: repair.edits.into_iter().map(edit).collect(),
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
    };
    (None, refusal)
}

/// Reads a pair to explain, and what offsets count.
///
/// # Errors
/// `BAD_INLINE_CODE`, `BAD_LOCALE`, `BAD_PENALTY`, `BAD_FOLD`, `BAD_OFFSET_UNIT`.
pub fn pair(request: proto::ScoreRequest) -> Result<(Pair, OffsetUnit), Fault> {
    let side = |field: &str, query: Option<proto::LookupQuery>| {
        let query = query.unwrap_or_default();
        let segment = segment(query.text, query.codes).map_err(|v| v.inside(field))?;
        Ok::<_, Violation>((segment, context(query.context)))
    };
    let read = Pair {
        asked: side("asked", request.asked)?,
        stored: side("stored", request.stored)?,
        target: Some(request.target).filter(|t| !t.is_empty()),
        source_locale: locale_or("source_locale", &request.source_locale, Locale::arabic())?,
        target_locale: locale_or("target_locale", &request.target_locale, Locale::english())?,
        penalties: penalties("penalties", request.penalties.as_ref())?,
        caps: caps("caps", request.caps.as_ref())?,
    };
    Ok((read, offset_unit("offset_unit", request.offset_unit)?))
}

/// Writes the explanation of a pair.
#[must_use]
pub fn explanation(pair: &Pair, explained: Explanation, unit: OffsetUnit) -> proto::ScoreResponse {
    let diff = spans(&pair.stored.0.text, &pair.asked.0.text, explained.diff, unit);
    let (repair, repair_refused) =
        wire_repair(pair.target.as_deref().unwrap_or_default(), explained.repair, &[], unit);
    let told = Told::of(explained.judgement);
    proto::ScoreResponse {
        kind: told.kind.into(),
        similarity: told.similarity,
        score: told.score,
        penalties: told.penalties,
        flags: told.flags,
        folds_used: told.folds_used,
        diff,
        repair,
        repair_refused: repair_refused.into(),
    }
}

fn spans(stored: &str, asked: &str, spans: Vec<DiffSpan>, unit: OffsetUnit) -> Vec<proto::DiffSpan> {
    let (mut in_stored, mut in_asked) = (Offsets::new(stored, unit), Offsets::new(asked, unit));
    let mut wire = |span: DiffSpan| {
        let operation = match span.operation {
            DiffOperation::Equal => proto::DiffOperation::Equal,
            DiffOperation::Delete => proto::DiffOperation::Delete,
            DiffOperation::Insert => proto::DiffOperation::Insert,
            DiffOperation::Replace => proto::DiffOperation::Replace,
        };
        proto::DiffSpan {
            operation: operation.into(),
            stored_start: in_stored.of(span.stored.start),
            stored_end: in_stored.of(span.stored.end),
            asked_start: in_asked.of(span.asked.start),
            asked_end: in_asked.of(span.asked.end),
        }
    };
    spans.into_iter().map(&mut wire).collect()
}
