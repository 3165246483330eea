//! Responses as JSON. Fields have the snake_case names of the protos, enum values have no type prefix, and every
//! field is present.

use serde_json::{Value, json};

use crate::rpc::proto;

/// Returns the name of an enum value without its type prefix: `EXACT` for `MATCH_KIND_EXACT`.
pub(super) fn without_prefix(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_owned()
}

fn match_kind(found: &proto::Match) -> String {
    without_prefix(found.kind().as_str_name(), "MATCH_KIND_")
}

/// Returns the response of a lookup as JSON.
pub(super) fn lookup_to_json(text: &str, answer: &proto::LookupResponse) -> Value {
    json!({
        "text": text,
        "matches": answer.matches.iter().map(match_to_json).collect::<Vec<_>>(),
        "terms": answer.terms.iter().map(term_to_json).collect::<Vec<_>>(),
        "truncated": answer.truncated,
    })
}

/// Returns the error for a line as JSON.
pub(super) fn error_to_json(field: &str, reason: &str, message: &str) -> Value {
    json!({"error": {"field": field, "reason": reason, "message": message}})
}

/// Returns the error for a line that is not UTF-8.
pub(super) fn not_utf8_error() -> Value {
    error_to_json("text", "NOT_UTF8", "the line is not UTF-8")
}

/// Returns the text and the locale of a side of a unit, both empty if it is absent.
pub(super) fn text_and_locale(variant: Option<&proto::Variant>) -> (&str, &str) {
    let text = variant.and_then(|v| v.segment.as_ref()).map_or("", |s| s.text.as_str());
    (text, variant.map_or("", |v| v.locale.as_str()))
}

fn penalty_to_json(penalty: &proto::Penalty) -> Value {
    json!({"reason": without_prefix(penalty.reason().as_str_name(), "PENALTY_REASON_"), "points": penalty.points})
}

fn diff_span_to_json(span: &proto::DiffSpan) -> Value {
    json!({
        "operation": without_prefix(span.operation().as_str_name(), "DIFF_OPERATION_"),
        "stored_start": span.stored_start,
        "stored_end": span.stored_end,
        "asked_start": span.asked_start,
        "asked_end": span.asked_end,
    })
}

fn difference_to_json(difference: &proto::MeaningDifference) -> Value {
    json!({
        "flag": without_prefix(difference.flag().as_str_name(), "FLAG_"),
        "stored": difference.stored,
        "asked": difference.asked,
        "stored_start": difference.stored_start,
        "stored_end": difference.stored_end,
        "asked_start": difference.asked_start,
        "asked_end": difference.asked_end,
    })
}

fn repair_to_json(repair: &proto::Repair) -> Value {
    let edits: Vec<_> = repair
        .edits
        .iter()
        .map(|e| json!({"from": e.from, "to": e.to, "start": e.start, "end": e.end}))
        .collect();
    json!({
        "target": repair.target,
        "score": repair.score,
        "edits": edits,
    })
}

/// Returns the reason why there is no repair. `None` means that there is one, or nothing to carry over.
pub(super) fn repair_refusal(refusal: proto::RepairRefusal) -> Option<String> {
    let is_refused = refusal != proto::RepairRefusal::Unspecified;
    is_refused.then(|| without_prefix(refusal.as_str_name(), "REPAIR_REFUSAL_"))
}

/// Returns the explanation of a score as JSON.
pub(super) fn score_to_json(explained: &proto::ScoreResponse) -> Value {
    json!({
        "similarity": explained.similarity,
        "usefulness": explained.usefulness,
        "score": explained.score,
        "kind": without_prefix(explained.kind().as_str_name(), "MATCH_KIND_"),
        "flags": explained.flags().map(|f| without_prefix(f.as_str_name(), "FLAG_")).collect::<Vec<_>>(),
        "differences": explained.differences.iter().map(difference_to_json).collect::<Vec<_>>(),
        "penalties": explained.penalties.iter().map(penalty_to_json).collect::<Vec<_>>(),
        "folds_used": explained.folds_used().map(|f| without_prefix(f.as_str_name(), "FOLD_")).collect::<Vec<_>>(),
        "diff": explained.diff.iter().map(diff_span_to_json).collect::<Vec<_>>(),
        "repair": explained.repair.as_ref().map(repair_to_json),
        "repair_refused": repair_refusal(explained.repair_refused()),
    })
}

fn match_to_json(found: &proto::Match) -> Value {
    let unit = found.unit.clone().unwrap_or_default();
    let (source, source_locale) = text_and_locale(unit.source.as_ref());
    let (target, target_locale) = text_and_locale(unit.target.as_ref());
    json!({
        "source": source,
        "target": target,
        "similarity": found.similarity,
        "usefulness": found.usefulness,
        "score": found.score,
        "kind": match_kind(found),
        "flags": found.flags().map(|f| without_prefix(f.as_str_name(), "FLAG_")).collect::<Vec<_>>(),
        "differences": found.differences.iter().map(difference_to_json).collect::<Vec<_>>(),
        "penalties": found.penalties.iter().map(penalty_to_json).collect::<Vec<_>>(),
        "folds_used": found.folds_used().map(|f| without_prefix(f.as_str_name(), "FOLD_")).collect::<Vec<_>>(),
        "diff": found.diff.iter().map(diff_span_to_json).collect::<Vec<_>>(),
        "repair": found.repair.as_ref().map(repair_to_json),
        "repair_refused": repair_refusal(found.repair_refused()),
        "duplicates": found.duplicates,
        "duplicate_memories": found.duplicate_memories,
        "id": unit.id,
        "memory": unit.memory,
        "source_locale": source_locale,
        "target_locale": target_locale,
        "external_id": unit.external_id,
    })
}

/// Returns a translation of a term as JSON.
pub(super) fn term_target_to_json(t: &proto::TermTarget) -> Value {
    json!({"text": t.text, "locale": t.locale, "status": without_prefix(t.status().as_str_name(), "TERM_STATUS_")})
}

/// Returns a recognised term as JSON.
pub(super) fn term_to_json(found: &proto::RecognizedTerm) -> Value {
    json!({
        "source": found.source,
        "start": found.start,
        "end": found.end,
        "core_start": found.core_start,
        "core_end": found.core_end,
        "surface": found.surface,
        "kind": without_prefix(found.kind().as_str_name(), "TERM_MATCH_KIND_"),
        "targets": found.targets.iter().map(term_target_to_json).collect::<Vec<_>>(),
        "glossary": found.glossary,
        "concept_id": found.concept_id,
        "domain": found.domain,
    })
}
