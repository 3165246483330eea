//! Converts a unit of an XLIFF file to drafts, or to the problems for which it is refused.

use super::{
    document_names::DocumentName,
    model::{Pair, XliffUnit, property},
    scope::Direction,
};
use crate::{
    interchange::{
        contract::{FileUnit, exceeds_shared_limit},
        problem::{FilePosition, Problem},
        xml::unknown_entity_message,
    },
    unit::{Context, UnitDraft, Variant, metadata_bytes},
};

/// Makes a draft of each translated segment of a unit, unless the unit is refused. The name of the document becomes
/// part of the external ids.
pub(super) fn to_file_unit(
    unit: &XliffUnit,
    document: &DocumentName,
    direction: &Direction,
    place: FilePosition,
) -> FileUnit {
    let mut problems = Vec::new();
    for name in &unit.references {
        let message = unknown_entity_message(name);
        problems.push(Problem::refused(&place, "UNKNOWN_ENTITY", message));
    }
    if unit.pairs.iter().all(|p| p.source.text.trim().is_empty()) {
        problems.push(Problem::refused(&place, "NO_SOURCE", "there is no text to translate"));
    }
    let with_text = unit.pairs.iter().filter(|p| !p.source.text.trim().is_empty()).count();
    let translated = unit.pairs.iter().filter(|p| p.is_translated()).count();
    let rejected: Vec<&Pair> = unit.pairs.iter().filter(|p| p.is_rejected()).collect();
    if problems.is_empty() && translated == 0 && rejected.is_empty() {
        let message = "there is no translation, or it is marked as not done";
        problems.push(Problem::refused(&place, "NO_TARGET", message));
    }
    if problems.iter().any(|p| p.refused) {
        return FileUnit { position: place, drafts: Vec::new(), problems };
    }
    let missing = with_text - translated - rejected.len();
    problems.extend(rejected.into_iter().map(|pair| {
        let segment = if pair.id.is_empty() { String::new() } else { format!(" of segment {}", pair.id) };
        let message = format!("the translation{segment} is marked as rejected: correct it, and confirm it");
        Problem::refused(&place, "REJECTED", message)
    }));
    if missing > 0 {
        let message = format!("{missing} of {with_text} segments have no translation");
        problems.push(Problem::remark(&place, "PARTLY_TRANSLATED", message));
    }
    let shared = metadata_bytes(&unit.properties, &unit.notes);
    if exceeds_shared_limit(shared, translated) {
        let message = format!(
            "the notes and properties are too long for {translated} segments: shorten them, or give each a unit"
        );
        problems.push(Problem::refused(&place, "UNIT_TOO_LARGE", message));
        return FileUnit { position: place, drafts: Vec::new(), problems };
    }
    let translated = unit.pairs.iter().filter(|p| p.is_translated());
    let drafts = translated.map(|pair| draft(unit, pair, document, direction)).collect();
    FileUnit { position: place, drafts, problems }
}

fn draft(unit: &XliffUnit, pair: &Pair, document: &DocumentName, direction: &Direction) -> UnitDraft {
    let (from, to) = (pair.source.clone(), pair.target.clone().unwrap_or_default());
    let (from, to) = if direction.reversed { (to, from) } else { (from, to) };
    let own_ids: Vec<&str> = [unit.id.as_str(), &pair.id].into_iter().filter(|id| !id.is_empty()).collect();
    let mut properties = unit.properties.clone();
    properties.extend(pair.properties.iter().cloned());
    if !unit.name.is_empty() {
        properties.push(property("xliff:name", &unit.name));
    }
    UnitDraft {
        source: Variant::new(direction.source.clone(), from),
        target: Variant::new(direction.target.clone(), to),
        context: Context::default(),
        external_id: document.external_id(&own_ids.join("#")),
        provenance: pair.marks.provenance(),
        properties,
        notes: unit.notes.iter().chain(&pair.notes).cloned().collect(),
    }
}
