//! Lookup options in, answers out.

use super::{filter, locale_or, memory_selection, name, offset_unit, percent, term::wire_status, unit};
use crate::{
    engine::{Checker, LookupAnswer, LookupMatch, LookupOptions, RecognizedTerm},
    fault::{Fault, Violation},
    locale::Locale,
    matching::{DiffOperation, DiffSpan, LocaleWish, Order},
    rpc::proto,
    score::{Fold, MatchKind, Penalties, PenaltyReason, Score},
    terminology::TermKind,
    text::{OffsetUnit, Offsets},
};

/// Reads where and how to look, and what offsets count.
///
/// # Errors
/// `BAD_NAME`, `BAD_PENALTY`, `BAD_LOCALE`, `BAD_THRESHOLD`, `BAD_LIMIT`,
/// `BAD_FILTER`, `BAD_OFFSET_UNIT`, `BAD_FOLD`; `NOT_YET` for `reverse`.
pub fn options(
    check: Checker<'_>,
    options: Option<proto::LookupOptions>,
) -> Result<(LookupOptions, OffsetUnit), Fault> {
    let given = options.unwrap_or_default();
    if given.reverse {
        return Err(Fault::NotYet { field: "options.reverse".to_owned() });
    }
    let defaults = LookupOptions::default();
    let selection =
        |(n, m): (usize, &proto::MemorySelection)| memory_selection(&format!("options.memories[{n}]"), m);
    let glossary = |(n, g): (usize, &String)| name(&format!("options.glossaries[{n}]"), g);
    let wish = |field: &str, tag: &str| {
        if tag.is_empty() { Ok(None) } else { locale_or(field, tag, Locale::arabic()).map(Some) }
    };
    if let Some(caps) = given.caps {
        for (field, cap) in [
            ("negation", caps.negation),
            ("number", caps.number),
            ("placeholder", caps.placeholder),
            ("vocalization", caps.vocalization),
        ] {
            percent(&format!("options.caps.{field}"), cap.unwrap_or(0.0), "BAD_PENALTY")?;
        }
    }
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
        penalties: penalties(&given.penalties.unwrap_or_default())?,
    };
    Ok((read, offset_unit("options.offset_unit", given.offset_unit)?))
}

fn penalties(given: &proto::Penalties) -> Result<Penalties, Violation> {
    let server = Penalties::default();
    let points = |field: &str, given: Option<f64>, server: Score| match given {
        Some(points) => percent(&format!("options.penalties.{field}"), points, "BAD_PENALTY"),
        None => Ok(server),
    };
    let fold = |(n, price): (usize, &proto::FoldPenalty)| {
        let field = format!("options.penalties.folds[{n}]");
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
pub fn answer(asked: &str, answer: LookupAnswer, offsets: OffsetUnit) -> proto::LookupResponse {
    proto::LookupResponse {
        matches: answer.matches.into_iter().map(|m| wire_match(asked, m, offsets)).collect(),
        terms: answer.terms.into_iter().map(|t| recognized(asked, t, offsets)).collect(),
        truncated: answer.truncated,
    }
}

fn wire_match(asked: &str, found: LookupMatch, offsets: OffsetUnit) -> proto::Match {
    let ranked = found.ranked;
    let judgement = ranked.candidate.judgement;
    let diff = spans(&ranked.candidate.unit.content.source.segment.text, asked, found.diff, offsets);
    let kind = match judgement.kind {
        MatchKind::InContext => proto::MatchKind::InContext,
        MatchKind::Exact => proto::MatchKind::Exact,
        MatchKind::ExactOrthographic => proto::MatchKind::ExactOrthographic,
        MatchKind::Fuzzy => proto::MatchKind::Fuzzy,
    };
    let penalty = |p: &crate::score::Penalty| {
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
    proto::Match {
        unit: Some(unit(ranked.candidate.unit)),
        kind: kind.into(),
        similarity: judgement.similarity.percent(),
        score: judgement.score.percent(),
        penalties: judgement.penalties.iter().map(penalty).collect(),
        flags: Vec::new(),
        folds_used: judgement.folds_used.into_iter().map(wire_fold).collect(),
        diff,
        repair: None,
        duplicates: ranked.duplicates,
        duplicate_memories: ranked.memories.iter().map(ToString::to_string).collect(),
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

/// Writes a recognised term.
#[must_use]
pub fn recognized(text: &str, term: RecognizedTerm, unit: OffsetUnit) -> proto::RecognizedTerm {
    let mut offsets = Offsets::new(text, unit);
    let kind = match term.kind {
        TermKind::Exact => proto::TermMatchKind::Exact,
        TermKind::Orthographic => proto::TermMatchKind::Orthographic,
        TermKind::Clitic => proto::TermMatchKind::Clitic,
        TermKind::Inflected => proto::TermMatchKind::Inflected,
        TermKind::Variant => proto::TermMatchKind::Variant,
    };
    let target = |t: crate::engine::TermTarget| proto::TermTarget {
        text: t.text,
        locale: t.locale.to_string(),
        status: wire_status(t.status).into(),
    };
    proto::RecognizedTerm {
        source: term.source,
        start: offsets.of(term.words.start),
        core_start: offsets.of(term.core.start),
        core_end: offsets.of(term.core.end),
        end: offsets.of(term.words.end),
        surface: text.get(term.words).unwrap_or_default().to_owned(),
        kind: kind.into(),
        targets: term.targets.into_iter().map(target).collect(),
        glossary: term.glossary.to_string(),
        concept_id: term.concept_id,
        domain: term.domain,
    }
}
