//! Responses as JSON. Fields have the snake_case names of the protos, enum values have no type prefix, and every
//! field is present.

use serde_json::{Value, json};

use crate::rpc::proto;

/// Returns the name of an enum value without its type prefix: `EXACT` for `MATCH_KIND_EXACT`.
pub(super) fn bare(name: &str, prefix: &str) -> String {
    name.strip_prefix(prefix).unwrap_or(name).to_owned()
}

fn kind(found: &proto::Match) -> String {
    bare(found.kind().as_str_name(), "MATCH_KIND_")
}

/// Returns the response of a lookup as JSON.
pub(super) fn lookup(text: &str, answer: &proto::LookupResponse) -> Value {
    json!({
        "text": text,
        "matches": answer.matches.iter().map(matched).collect::<Vec<_>>(),
        "terms": answer.terms.iter().map(term).collect::<Vec<_>>(),
        "truncated": answer.truncated,
    })
}

/// Returns the error for a line as JSON.
pub(super) fn error(field: &str, reason: &str, message: &str) -> Value {
    json!({"error": {"field": field, "reason": reason, "message": message}})
}

/// Returns the error for a line that is not UTF-8.
pub(super) fn not_utf8() -> Value {
    error("text", "NOT_UTF8", "the line is not UTF-8")
}

/// Returns the text and the locale of a side of a unit, both empty if it is absent.
pub(super) fn side(variant: Option<&proto::Variant>) -> (&str, &str) {
    let text = variant.and_then(|v| v.segment.as_ref()).map_or("", |s| s.text.as_str());
    (text, variant.map_or("", |v| v.locale.as_str()))
}

fn penalty(penalty: &proto::Penalty) -> Value {
    json!({"reason": bare(penalty.reason().as_str_name(), "PENALTY_REASON_"), "points": penalty.points})
}

fn span(span: &proto::DiffSpan) -> Value {
    json!({
        "operation": bare(span.operation().as_str_name(), "DIFF_OPERATION_"),
        "stored_start": span.stored_start,
        "stored_end": span.stored_end,
        "asked_start": span.asked_start,
        "asked_end": span.asked_end,
    })
}

fn repaired(repair: &proto::Repair) -> Value {
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
pub(super) fn refused(refusal: proto::RepairRefusal) -> Option<String> {
    let is_refused = refusal != proto::RepairRefusal::Unspecified;
    is_refused.then(|| bare(refusal.as_str_name(), "REPAIR_REFUSAL_"))
}

/// Returns the explanation of a score as JSON.
pub(super) fn score(explained: &proto::ScoreResponse) -> Value {
    json!({
        "similarity": explained.similarity,
        "score": explained.score,
        "kind": bare(explained.kind().as_str_name(), "MATCH_KIND_"),
        "flags": explained.flags().map(|f| bare(f.as_str_name(), "FLAG_")).collect::<Vec<_>>(),
        "penalties": explained.penalties.iter().map(penalty).collect::<Vec<_>>(),
        "folds_used": explained.folds_used().map(|f| bare(f.as_str_name(), "FOLD_")).collect::<Vec<_>>(),
        "diff": explained.diff.iter().map(span).collect::<Vec<_>>(),
        "repair": explained.repair.as_ref().map(repaired),
        "repair_refused": refused(explained.repair_refused()),
    })
}

fn matched(found: &proto::Match) -> Value {
    let unit = found.unit.clone().unwrap_or_default();
    let (source, source_locale) = side(unit.source.as_ref());
    let (target, target_locale) = side(unit.target.as_ref());
    json!({
        "source": source,
        "target": target,
        "similarity": found.similarity,
        "score": found.score,
        "kind": kind(found),
        "flags": found.flags().map(|f| bare(f.as_str_name(), "FLAG_")).collect::<Vec<_>>(),
        "penalties": found.penalties.iter().map(penalty).collect::<Vec<_>>(),
        "folds_used": found.folds_used().map(|f| bare(f.as_str_name(), "FOLD_")).collect::<Vec<_>>(),
        "diff": found.diff.iter().map(span).collect::<Vec<_>>(),
        "repair": found.repair.as_ref().map(repaired),
        "repair_refused": refused(found.repair_refused()),
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
pub(super) fn target(t: &proto::TermTarget) -> Value {
    json!({"text": t.text, "locale": t.locale, "status": bare(t.status().as_str_name(), "TERM_STATUS_")})
}

/// Returns a recognised term as JSON.
pub(super) fn term(found: &proto::RecognizedTerm) -> Value {
    json!({
        "source": found.source,
        "start": found.start,
        "end": found.end,
        "core_start": found.core_start,
        "core_end": found.core_end,
        "surface": found.surface,
        "kind": bare(found.kind().as_str_name(), "TERM_MATCH_KIND_"),
        "targets": found.targets.iter().map(target).collect::<Vec<_>>(),
        "glossary": found.glossary,
        "concept_id": found.concept_id,
        "domain": found.domain,
    })
}
