//! What is put into a document, and where.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    answer::{Answer, Suggestion, TermNote},
    codes::with_codes,
    markup::{attribute, escaped},
    model::{OURS, Slot, Unit, is_old, is_ours, marked, segments},
    spans::Spanned,
};
use crate::segment::Segment;

/// What takes the place of some bytes of a document.
pub(crate) type Edit = (Range<usize>, String);

/// A segment and what is to be written for it.
pub(crate) struct Told<'u> {
    pub(crate) slot: &'u Slot,
    pub(crate) segment: &'u Segment,
    pub(crate) answer: &'u Answer,
    /// What its target is filled with, as XML.
    pub(crate) target: Option<String>,
    pub(crate) best: Option<&'u Suggestion>,
}

impl Told<'_> {
    fn is_exact(&self) -> bool {
        self.best.is_some_and(Suggestion::is_exact)
    }

    /// Returns a match's translation as XML, with the segment's codes where they fit.
    fn translation(&self, suggestion: &Suggestion) -> String {
        let with_codes = with_codes(self.segment, &self.slot.markup, suggestion);
        with_codes.unwrap_or_else(|| escaped(&suggestion.target.text))
    }

    /// Returns the terms that have a translation.
    fn terms(&self) -> impl Iterator<Item = &TermNote> {
        self.answer.terms.iter().filter(|term| !term.translations.is_empty())
    }
}

/// The `subState` of a segment that was filled with a match that is not the same: nobody has
/// confirmed it.
pub(crate) const FILLED: &str = "dhakira:fuzzy";

/// Takes an element out, with the white space before it.
fn removal(text: &str, span: &Spanned) -> Edit {
    let indent = indentation(text, span).len();
    (span.whole.start - indent..span.whole.end, String::new())
}

pub(crate) fn first_edits(text: &str, unit: &Unit, told: &[Told<'_>], edits: &mut Vec<Edit>) {
    let spans = &unit.spans;
    let p = spans.prefix(text);
    let source = spans.child("seg-source").or(spans.child("source"));
    let Some(source) = source else { return };
    let indent = indentation(text, source);
    let target = spans.child("target");
    let mut behind = String::new();
    edits.extend(spans.children.iter().filter(|old| is_old(old)).map(|old| removal(text, old)));
    if told.iter().any(|t| t.target.is_some()) {
        let marks = spans.child("seg-source").map(marked).unwrap_or_default();
        let there = target.map(marked).unwrap_or_default();
        // Nothing may be left to do: what is not told was translated before.
        let exact = unit.unreadable.is_empty() && told.iter().all(|t| t.target.is_some() && t.is_exact());
        let (state, qualifier) =
            if exact { ("translated", "exact-match") } else { ("needs-review-translation", "fuzzy-match") };
        let set = [("state", Some(state)), ("state-qualifier", Some(qualifier))];
        let by_mid: FxHashMap<&str, Option<&str>> = told
            .iter()
            .map(|t| (t.slot.mid.as_str(), t.target.as_deref()))
            .chain(unit.unreadable.iter().map(|mid| (mid.as_str(), None)))
            .collect();
        match target {
            Some(target) if !there.is_empty() => {
                edits.push((target.tag.clone(), target.tag_with(text, &set)));
                for (mid, mark) in &there {
                    let Some(content) = by_mid.get(mid).copied().flatten() else { continue };
                    match mark.inside(text) {
                        Some(inside) => edits.push((inside, content.to_owned())),
                        None => edits.push((mark.whole.clone(), opened(text, mark, p, "mrk", &[], content))),
                    }
                }
                // Segments that the target lacks come behind those that it has.
                let has: FxHashSet<&str> = there.iter().map(|(mid, _)| *mid).collect();
                let lacking = marks.iter().filter(|(mid, _)| !has.contains(mid));
                let added: String = lacking
                    .filter_map(|(mid, mark)| {
                        let content = by_mid.get(mid).copied().flatten()?;
                        Some(format!(" {}", opened(text, mark, p, "mrk", &[], content)))
                    })
                    .collect();
                if let Some((_, last)) = there.last().filter(|_| !added.is_empty()) {
                    edits.push((last.whole.end..last.whole.end, added));
                }
            }
            _ => {
                let content = if marks.is_empty() {
                    told.iter().find_map(|t| t.target.clone()).unwrap_or_default()
                } else {
                    copied(text, source, &marks, &by_mid)
                };
                match target {
                    Some(target) => {
                        edits.push((target.whole.clone(), opened(text, target, p, "target", &set, &content)));
                    }
                    None => behind.push_str(&format!(
                        "{indent}<{p}target state=\"{state}\" state-qualifier=\"{qualifier}\">{content}</{p}target>"
                    )),
                }
            }
        }
    }
    for t in told {
        let mid = if t.slot.mid.is_empty() {
            String::new()
        } else {
            format!(" mid=\"{}\"", attribute(&t.slot.mid))
        };
        for suggestion in &t.answer.suggestions {
            let target = t.translation(suggestion);
            behind.push_str(&format!(
                "{indent}<{p}alt-trans{mid} match-quality=\"{}\" origin=\"{OURS}{}\"><{p}source>{}</{p}source><{p}target>{target}</{p}target></{p}alt-trans>",
                suggestion.score,
                attribute(&suggestion.origin),
                escaped(&suggestion.source),
            ));
        }
        for term in t.terms() {
            let told = format!("{} = {}", term.term, term.translations.join(", "));
            behind.push_str(&format!(
                "{indent}<{p}note from=\"dhakira\" annotates=\"source\">{}</{p}note>",
                escaped(&told)
            ));
        }
    }
    let after = target.map_or(source.whole.end, |target| target.whole.end);
    edits.push((after..after, behind));
}

/// Writes an element with its own start tag, attributes set, around new content.
fn opened(
    text: &str,
    span: &Spanned,
    p: &str,
    name: &str,
    set: &[(&str, Option<&str>)],
    content: &str,
) -> String {
    let tag = span.tag_with(text, set);
    let tag = tag.strip_suffix("/>").map_or_else(|| tag.clone(), |tag| format!("{}>", tag.trim_end()));
    format!("{tag}{content}</{p}{name}>")
}

/// Copies what is inside a segmented source, with translations in place of its segments:
/// nothing where there is none, and segments without text as they are.
fn copied(
    text: &str,
    source: &Spanned,
    marks: &[(&str, &Spanned)],
    by_mid: &FxHashMap<&str, Option<&str>>,
) -> String {
    let Some(inside) = source.inside(text) else { return String::new() };
    let mut content = String::new();
    let mut from = inside.start;
    for (mid, mark) in marks {
        let (Some(within), Some(translation)) = (mark.inside(text), by_mid.get(mid)) else { continue };
        content.push_str(text.get(from..within.start).unwrap_or_default());
        content.push_str(translation.unwrap_or_default());
        from = within.end;
    }
    content.push_str(text.get(from..inside.end).unwrap_or_default());
    content
}

const MATCHES: &str = "urn:oasis:names:tc:xliff:matches:2.0";
const GLOSSARY: &str = "urn:oasis:names:tc:xliff:glossary:2.0";

pub(crate) fn second_edits(text: &str, unit: &Unit, told: &[Told<'_>], edits: &mut Vec<Edit>) {
    let spans = &unit.spans;
    let p = spans.prefix(text);
    let first = spans.children.first().map_or_else(String::new, |child| indentation(text, child));
    let (mut matches, mut terms) = (String::new(), String::new());
    let there = |name: &str, own: &str| match spans.child(name) {
        // What holds nothing but ours is put in anew.
        Some(module) if module.prefix(text) == own && module.children.iter().all(is_ours) => {
            (None, vec![removal(text, module)])
        }
        module => {
            let ours = module.iter().flat_map(|m| &m.children).filter(|old| is_ours(old));
            (module, ours.map(|old| removal(text, old)).collect())
        }
    };
    let (matches_there, removed) = there("matches", "mtc:");
    edits.extend(removed);
    let (glossary_there, removed) = there("glossary", "gls:");
    edits.extend(removed);
    // Modules come before the segments, whose tags may stand right here.
    let modules_at = edits.len();
    edits.push((spans.tag.end..spans.tag.end, String::new()));
    // In a module whose name has no prefix ours would be its own.
    let bare = matches_there.is_some_and(|module| module.prefix(text).is_empty());
    let xmlns = if bare && !unit.namespace.is_empty() && p.is_empty() {
        format!(" xmlns=\"{}\"", attribute(&unit.namespace))
    } else {
        String::new()
    };
    let segments: Vec<&Spanned> = segments(spans).collect();
    for t in told {
        let Some(segment) = segments.get(t.slot.at).copied() else { continue };
        let added = format!("dhakira-s{}", t.slot.at + 1);
        let id = segment.element.get("id").unwrap_or(&added);
        let mut set: Vec<(&str, Option<&str>)> = Vec::new();
        if !t.answer.suggestions.is_empty() && segment.element.get("id").is_none() {
            set.push(("id", Some(id)));
        }
        if t.target.is_some() && t.is_exact() {
            set.extend([("state", Some("translated")), ("subState", None)]);
        } else if t.target.is_some() {
            set.extend([("state", Some("initial")), ("subState", Some(FILLED))]);
        }
        if !set.is_empty() {
            edits.push((segment.tag.clone(), segment.tag_with(text, &set)));
        }
        for (n, suggestion) in t.answer.suggestions.iter().enumerate() {
            let target = t.translation(suggestion);
            matches.push_str(&format!(
                "{first}  <mtc:match xmlns:mtc=\"{MATCHES}\" id=\"dhakira-{}-{}\" ref=\"#{}\" matchQuality=\"{score}\" similarity=\"{}\" matchSuitability=\"{score}\" origin=\"{OURS}{}\"><{p}source{xmlns}>{}</{p}source><{p}target{xmlns}>{target}</{p}target></mtc:match>",
                t.slot.at + 1,
                n + 1,
                attribute(id),
                suggestion.similarity,
                attribute(&suggestion.origin),
                escaped(&suggestion.source),
                score = suggestion.score,
            ));
        }
        for (n, term) in t.terms().enumerate() {
            let translations: String = term
                .translations
                .iter()
                .map(|translation| format!("<gls:translation>{}</gls:translation>", escaped(translation)))
                .collect();
            terms.push_str(&format!(
                "{first}  <gls:glossEntry id=\"dhakira-{}-{}\"><gls:term>{}</gls:term>{translations}</gls:glossEntry>",
                t.slot.at + 1,
                n + 1,
                escaped(&term.term)
            ));
        }
        if let Some(target) = &t.target {
            match (segment.child("target"), segment.child("source")) {
                (Some(there), _) => {
                    edits.push((there.whole.clone(), opened(text, there, p, "target", &[], target)));
                }
                (None, Some(source)) => {
                    let element = format!("<{p}target>{target}</{p}target>");
                    let indent = indentation(text, source);
                    edits.push((source.whole.end..source.whole.end, format!("{indent}{element}")));
                }
                (None, None) => {}
            }
        }
    }
    let mut modules = String::new();
    if !matches.is_empty() {
        // A unit has its matches in one place.
        match matches_there {
            Some(module) => edits.push(into(text, module, "matches", &matches)),
            None => modules.push_str(&format!(
                "{first}<mtc:matches xmlns:mtc=\"{MATCHES}\">{matches}{first}</mtc:matches>"
            )),
        }
    }
    if !terms.is_empty() {
        match glossary_there {
            Some(module) => edits.push(into(
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

/// Puts content behind what is in a module.
fn into(text: &str, module: &Spanned, name: &str, content: &str) -> Edit {
    match module.inside(text) {
        Some(inside) => {
            let end = inside.start + text.get(inside).unwrap_or_default().trim_end().len();
            (end..end, content.to_owned())
        }
        None => (module.whole.clone(), opened(text, module, module.prefix(text), name, &[], content)),
    }
}

/// Returns the line break and white space before an element, or nothing.
fn indentation(text: &str, span: &Spanned) -> String {
    let before = text.get(..span.tag.start).unwrap_or_default();
    let white = before.get(before.trim_end_matches([' ', '\t', '\r', '\n']).len()..).unwrap_or_default();
    white.rfind('\n').and_then(|at| white.get(at..)).unwrap_or_default().to_owned()
}
