//! The edits that put answers into a document.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    answer::TermNote,
    fill::SegmentFill,
    markup::{attribute, escaped},
    model::{EditedUnit, LanguageTag, ORIGIN_PREFIX, is_v1_addition, is_v2_addition},
    spans::{SpannedElement, start_tag_with},
};
use crate::interchange::{
    error::ReadError,
    review_marks::{Progress, ReviewMarks},
    xliff::{FUZZY_QUALIFIER, FUZZY_SUBSTATE, OUR_NAME, UnitElement, marked_segments, segment_elements},
};

/// A byte range of a document and its replacement.
pub(crate) type Edit = (Range<usize>, String);

/// Returns the edit that declares the target language, unless it is declared. XLIFF requires it once there are
/// targets. Nothing is declared if other units of the file have targets in other languages.
pub(crate) fn language_edit(text: &str, tag: &LanguageTag, language: &str) -> Option<Edit> {
    if !tag.is_missing || tag.has_other_languages {
        return None;
    }
    let old = text.get(tag.range.clone())?;
    Some((tag.range.clone(), start_tag_with(old, &[(tag.attribute, Some(language))])))
}

/// Returns the edit that removes an element with its indentation.
fn removal(text: &str, span: &SpannedElement) -> Edit {
    let indent = indentation(text, span).len();
    (span.range.start - indent..span.range.end, String::new())
}

/// Adds the edits for a `<trans-unit>` of version 1: targets, `<alt-trans>` for matches and `<note>` for terms.
/// Additions of an earlier run are removed. `language` is the language of targets that have to name it themselves.
pub(crate) fn v1_edits(
    text: &str,
    unit: &EditedUnit,
    fills: &[SegmentFill<'_>],
    language: Option<&str>,
    edits: &mut Vec<Edit>,
) {
    let spans = &unit.spans;
    let p = spans.prefix(text);
    let source = spans.child("seg-source").or(spans.child("source"));
    let Some(source) = source else { return };
    let indent = indentation(text, source);
    let target = spans.child("target");
    let mut additions = String::new();
    edits.extend(spans.children.iter().filter(|old| is_v1_addition(old)).map(|old| removal(text, old)));
    if fills.iter().any(|t| t.target.is_some()) {
        edits.extend(unconfirmed(text, spans));
        let marks = spans.child("seg-source").map(marked_segments).unwrap_or_default();
        let target_marks = target.map(marked_segments).unwrap_or_default();
        // The target is exact if all that was missing is filled exactly. Other segments were translated before.
        let exact = unit.unreadable.is_empty() && fills.iter().all(|t| t.target.is_some() && t.is_exact());
        let (state, qualifier) =
            if exact { ("translated", "exact-match") } else { ("needs-review-translation", FUZZY_QUALIFIER) };
        let mut set = vec![("state", Some(state)), ("state-qualifier", Some(qualifier))];
        if language.is_some() && target.is_none_or(|target| target.attribute("xml:lang").is_none()) {
            set.push(("xml:lang", language));
        }
        // A source that is not divided into segments is one, and so is its target.
        let whole = || fills.iter().find_map(|t| t.target.as_deref());
        let by_mid: FxHashMap<&str, Option<&str>> = fills
            .iter()
            .map(|t| (t.slot.mid.as_str(), t.target.as_deref()))
            .chain(unit.unreadable.iter().map(|mid| (mid.as_str(), None)))
            .collect();
        match target {
            Some(target) if !target_marks.is_empty() => {
                edits.push((target.tag.clone(), target.tag_with(text, &set)));
                for (mid, mark) in &target_marks {
                    let own = if marks.is_empty() { whole() } else { by_mid.get(mid).copied().flatten() };
                    let Some(content) = own else { continue };
                    match mark.content_range(text) {
                        Some(inside) => edits.push((inside, content.to_owned())),
                        None => edits.push((
                            mark.range.clone(),
                            element_with_content(text, mark, p, "mrk", &[], content),
                        )),
                    }
                }
                // Segments that the target does not have are added after those that it has.
                let has: FxHashSet<&str> = target_marks.iter().map(|(mid, _)| *mid).collect();
                let lacking = marks.iter().filter(|(mid, _)| !has.contains(mid));
                let added: String = lacking
                    .filter_map(|(mid, mark)| {
                        let content = by_mid.get(mid).copied().flatten()?;
                        Some(format!(" {}", element_with_content(text, mark, p, "mrk", &[], content)))
                    })
                    .collect();
                if let Some((_, last)) = target_marks.last().filter(|_| !added.is_empty()) {
                    edits.push((last.range.end..last.range.end, added));
                }
            }
            _ => {
                let content = if marks.is_empty() {
                    whole().unwrap_or_default().to_owned()
                } else {
                    translated_content(text, source, &marks, &by_mid)
                };
                match target {
                    Some(target) => {
                        edits.push((
                            target.range.clone(),
                            element_with_content(text, target, p, "target", &set, &content),
                        ));
                    }
                    None => {
                        let tag = start_tag_with(&format!("<{p}target>"), &set);
                        additions.push_str(&format!("{indent}{tag}{content}</{p}target>"));
                    }
                }
            }
        }
    }
    for fill in fills {
        let mid = if fill.slot.mid.is_empty() {
            String::new()
        } else {
            format!(" mid=\"{}\"", attribute(&fill.slot.mid))
        };
        for suggestion in &fill.answer.suggestions {
            let target = fill.translation(suggestion);
            additions.push_str(&format!(
                "{indent}<{p}alt-trans{mid} match-quality=\"{}\" origin=\"{ORIGIN_PREFIX}{}\"><{p}source>{}</{p}source><{p}target>{target}</{p}target></{p}alt-trans>",
                suggestion.score,
                attribute(&suggestion.origin),
                escaped(&suggestion.source.text),
            ));
        }
    }
    let others = spans.children.iter().filter(|child| child.element.name == "note" && !is_v1_addition(child));
    // A term may be in several segments, and a tool may have kept a note of an earlier run as its own.
    let mut noted: FxHashSet<String> = others.filter_map(|note| text_of(text, note).ok()).collect();
    for note in fills.iter().flat_map(SegmentFill::terms).filter_map(note_on) {
        if noted.insert(note.clone()) {
            additions.push_str(&format!(
                "{indent}<{p}note from=\"{OUR_NAME}\" annotates=\"source\">{}</{p}note>",
                escaped(&note)
            ));
        }
    }
    let after = target.map_or(source.range.end, |target| target.range.end);
    edits.push((after..after, additions));
}

/// The attributes of a unit that say that a person confirmed its translation, and what they become if a target is filled,
/// because nobody has confirmed that.
const CONFIRMATIONS: [(&str, &str); 3] =
    [("approved", "no"), ("m:confirmed", "0"), ("mq:status", "Pretranslated")];

/// Returns the edit that removes the confirmation of a unit whose target is filled, if it has one.
fn unconfirmed(text: &str, unit: &SpannedElement) -> Option<Edit> {
    let marks = |name: &str, value: &str| match name {
        "approved" => ReviewMarks::of_approved(value),
        "m:confirmed" => ReviewMarks::of_phrase(value, ""),
        _ => ReviewMarks::of_memoq_status(value),
    };
    let stale = CONFIRMATIONS.into_iter().filter(|(name, _)| {
        unit.attribute(name).is_some_and(|value| marks(name, value).progress == Progress::Confirmed)
    });
    let set: Vec<(&str, Option<&str>)> = stale.map(|(name, value)| (name, Some(value))).collect();
    (!set.is_empty()).then(|| (unit.tag.clone(), unit.tag_with(text, &set)))
}

/// Returns the text of an element without the white space around it.
fn text_of(text: &str, span: &SpannedElement) -> Result<String, ReadError> {
    Ok(span.node(text)?.text())
}

/// Returns the text of the note on a term: the translations to use, and those not to use. For example,
/// `report = تقرير; do not use: ريبورت`.
fn note_on(term: &TermNote) -> Option<String> {
    let (good, bad) = (term.translations.join(", "), term.forbidden.join(", "));
    match (good.as_str(), bad.as_str()) {
        ("", "") => None,
        (_, "") => Some(format!("{} = {good}", term.term)),
        ("", _) => Some(format!("{}: do not use: {bad}", term.term)),
        _ => Some(format!("{} = {good}; do not use: {bad}", term.term)),
    }
}

/// Returns an element with new content. Its start tag stays, with the attributes of `set` added or replaced.
fn element_with_content(
    text: &str,
    span: &SpannedElement,
    p: &str,
    name: &str,
    set: &[(&str, Option<&str>)],
    content: &str,
) -> String {
    let tag = span.tag_with(text, set);
    let tag = tag.strip_suffix("/>").map_or_else(|| tag.clone(), |tag| format!("{}>", tag.trim_end()));
    format!("{tag}{content}</{p}{name}>")
}

/// Returns the content of a segmented source with its segments translated. A segment without a translation becomes
/// empty, and one without text is copied.
fn translated_content(
    text: &str,
    source: &SpannedElement,
    marks: &[(&str, &SpannedElement)],
    by_mid: &FxHashMap<&str, Option<&str>>,
) -> String {
    let Some(inside) = source.content_range(text) else { return String::new() };
    let mut content = String::new();
    let mut from = inside.start;
    for (mid, mark) in marks {
        let (Some(within), Some(translation)) = (mark.content_range(text), by_mid.get(mid)) else { continue };
        content.push_str(text.get(from..within.start).unwrap_or_default());
        content.push_str(translation.unwrap_or_default());
        from = within.end;
    }
    content.push_str(text.get(from..inside.end).unwrap_or_default());
    content
}

const MATCHES: &str = "urn:oasis:names:tc:xliff:matches:2.0";
const GLOSSARY: &str = "urn:oasis:names:tc:xliff:glossary:2.0";

/// Adds the edits for a `<unit>` of version 2: targets, and the matches and glossary modules. Additions of an earlier
/// run are removed.
pub(crate) fn v2_edits(text: &str, unit: &EditedUnit, fills: &[SegmentFill<'_>], edits: &mut Vec<Edit>) {
    let spans = &unit.spans;
    let p = spans.prefix(text);
    let first = spans.children.first().map_or_else(String::new, |child| indentation(text, child));
    let (mut matches, mut terms) = (String::new(), String::new());
    let matches_module = cleared_module(text, spans, ("matches", "mtc:"), edits);
    let glossary_module = cleared_module(text, spans, ("glossary", "gls:"), edits);
    // New modules are inserted before the segments. Their edit is added first, because the tag of the first segment
    // may start at the same byte.
    let modules_at = edits.len();
    edits.push((spans.tag.end..spans.tag.end, String::new()));
    // A `<matches>` without a prefix changes the default namespace, so our elements in it declare the document's.
    let bare = matches_module.is_some_and(|module| module.prefix(text).is_empty());
    let xmlns = if bare && !unit.namespace.is_empty() && p.is_empty() {
        format!(" xmlns=\"{}\"", attribute(&unit.namespace))
    } else {
        String::new()
    };
    let segments: Vec<&SpannedElement> = segment_elements(spans).collect();
    let mut noted: FxHashSet<&TermNote> = FxHashSet::default();
    for fill in fills {
        let Some(segment) = segments.get(fill.slot.segment_index).copied() else { continue };
        let added = format!("dhakira-s{}", fill.slot.segment_index + 1);
        let id = segment.element.get("id").unwrap_or(&added);
        let mut set: Vec<(&str, Option<&str>)> = Vec::new();
        if !fill.answer.suggestions.is_empty() && segment.element.get("id").is_none() {
            set.push(("id", Some(id)));
        }
        if fill.target.is_some() && fill.is_exact() {
            set.extend([("state", Some("translated")), ("subState", None)]);
        } else if fill.target.is_some() {
            set.extend([("state", Some("initial")), ("subState", Some(FUZZY_SUBSTATE))]);
        }
        if !set.is_empty() {
            edits.push((segment.tag.clone(), segment.tag_with(text, &set)));
        }
        for (n, suggestion) in fill.answer.suggestions.iter().enumerate() {
            let target = fill.translation(suggestion);
            matches.push_str(&format!(
                "{first}  <mtc:match xmlns:mtc=\"{MATCHES}\" id=\"dhakira-{}-{}\" ref=\"#{}\" matchQuality=\"{score}\" similarity=\"{}\" matchSuitability=\"{score}\" origin=\"{ORIGIN_PREFIX}{}\"><{p}source{xmlns}>{}</{p}source><{p}target{xmlns}>{target}</{p}target></mtc:match>",
                fill.slot.segment_index + 1,
                n + 1,
                attribute(id),
                suggestion.similarity,
                attribute(&suggestion.origin),
                escaped(&suggestion.source.text),
                score = suggestion.score,
            ));
        }
        // A term may be in several segments. The module has no place for translations that must not be used.
        let new_terms = fill.terms().filter(|term| !term.translations.is_empty() && noted.insert(*term));
        for (n, term) in new_terms.enumerate() {
            let translations: String = term
                .translations
                .iter()
                .map(|translation| format!("<gls:translation>{}</gls:translation>", escaped(translation)))
                .collect();
            terms.push_str(&format!(
                "{first}  <gls:glossEntry id=\"dhakira-{}-{}\"><gls:term>{}</gls:term>{translations}</gls:glossEntry>",
                fill.slot.segment_index + 1,
                n + 1,
                escaped(&term.term)
            ));
        }
        if let Some(target) = &fill.target {
            match (segment.child("target"), segment.child("source")) {
                (Some(old), _) => {
                    edits
                        .push((old.range.clone(), element_with_content(text, old, p, "target", &[], target)));
                }
                (None, Some(source)) => {
                    let element = format!("<{p}target>{target}</{p}target>");
                    let indent = indentation(text, source);
                    edits.push((source.range.end..source.range.end, format!("{indent}{element}")));
                }
                (None, None) => {}
            }
        }
    }
    let mut modules = String::new();
    if !matches.is_empty() {
        // A unit may have only one `<matches>`, so an existing one is extended.
        match matches_module {
            Some(module) => edits.push(append_to_module(text, module, "matches", &matches)),
            None => modules.push_str(&format!(
                "{first}<mtc:matches xmlns:mtc=\"{MATCHES}\">{matches}{first}</mtc:matches>"
            )),
        }
    }
    if !terms.is_empty() {
        match glossary_module {
            Some(module) => edits.push(append_to_module(
                text,
                module,
                "glossary",
                &terms.replace("<gls:glossEntry ", &format!("<gls:glossEntry xmlns:gls=\"{GLOSSARY}\" ")),
            )),
            None => modules.push_str(&format!(
                "{first}<gls:glossary xmlns:gls=\"{GLOSSARY}\">{terms}{first}</gls:glossary>"
            )),
        }
    }
    if let Some((_, place)) = edits.get_mut(modules_at) {
        *place = modules;
    }
}

/// Removes our additions from a module of a unit, and returns the module if something is left of it. `(name, prefix)`
/// is its name with the prefix that we write.
fn cleared_module<'s>(
    text: &str,
    unit: &'s SpannedElement,
    (name, prefix): (&str, &str),
    edits: &mut Vec<Edit>,
) -> Option<&'s SpannedElement> {
    let module = unit.child(name)?;
    if module.prefix(text) == prefix && module.children.iter().all(is_v2_addition) {
        edits.push(removal(text, module));
        return None;
    }
    edits.extend(module.children.iter().filter(|old| is_v2_addition(old)).map(|old| removal(text, old)));
    Some(module)
}

/// Returns the edit that adds content at the end of a module.
fn append_to_module(text: &str, module: &SpannedElement, name: &str, content: &str) -> Edit {
    match module.content_range(text) {
        Some(inside) => {
            let end = inside.start + text.get(inside).unwrap_or_default().trim_end().len();
            (end..end, content.to_owned())
        }
        None => (
            module.range.clone(),
            element_with_content(text, module, module.prefix(text), name, &[], content),
        ),
    }
}

/// Returns the line break and the white space before an element, empty if there is no line break.
fn indentation(text: &str, span: &SpannedElement) -> String {
    let before = text.get(..span.tag.start).unwrap_or_default();
    let white = before.get(before.trim_end_matches([' ', '\t', '\r', '\n']).len()..).unwrap_or_default();
    white.rfind('\n').and_then(|at| white.get(at..)).unwrap_or_default().to_owned()
}
