//! An XLIFF file that is edited in place.

use std::{
    io::{self, Write},
    ops::Range,
};

use super::{
    Answer, LeftAlone, Suggestion, ToTranslate,
    spans::{Spanned, position, spanned},
    with_codes,
};
use crate::{
    interchange::{
        error::ReadError,
        units::Languages,
        xliff::{Inline, UNDONE},
        xml::{Element, Xml, XmlReader, XmlWriter},
    },
    locale::Locale,
    score::Score,
    segment::Segment,
};

#[derive(Debug)]
pub(super) struct XliffDocument {
    text: String,
    units: Vec<Unit>,
    segments: Vec<ToTranslate>,
    left_alone: LeftAlone,
}

/// A unit with segments to translate.
#[derive(Debug)]
struct Unit {
    /// Version 2: `<unit>`, else `<trans-unit>`.
    second: bool,
    /// The namespace of the document's own elements, where it is the default.
    namespace: String,
    /// A plural form: of several translations that are as good none is taken.
    plural: bool,
    spans: Spanned,
    slots: Vec<Slot>,
}

/// A segment to translate.
#[derive(Debug)]
struct Slot {
    /// Its number among the document's.
    number: usize,
    /// Its codes as the file writes them.
    markup: Vec<String>,
    /// Version 1: the id of its mark, or empty. Version 2: the number of its element.
    mid: String,
    at: usize,
}

/// What holds for the units that follow.
#[derive(Clone, Debug, Default)]
struct Around {
    second: bool,
    namespace: String,
    source: String,
    target: String,
    /// What elements that are open say of being translated, with their depths.
    translated: Vec<(usize, bool)>,
}

impl Around {
    fn inherits(&mut self, element: &Element, depth: usize) {
        self.translated.retain(|(outer, _)| *outer < depth);
        if let Some(told) = element.get("translate") {
            self.translated.push((depth, told != "no"));
        }
    }

    /// Says whether a unit goes the other way than the memory; nothing for other languages.
    fn reverse(&self, unit: &Spanned, languages: &Languages) -> Option<bool> {
        let source = languages.read(&self.source).ok()?;
        // Version 1 may leave the target's language to each target.
        let own = unit.child("target").and_then(|t| t.element.get("xml:lang"));
        let target = match own.filter(|_| self.target.is_empty()).unwrap_or(&self.target) {
            "" => None,
            told => Some(languages.read(told).ok()?),
        };
        let is = |ours: &Locale| target.as_ref().is_none_or(|t| t.same_language(ours));
        if source.same_language(&languages.source) && is(&languages.target) {
            Some(false)
        } else if source.same_language(&languages.target) && is(&languages.source) {
            Some(true)
        } else {
            None
        }
    }
}

impl XliffDocument {
    pub(super) fn read(text: String, languages: &Languages) -> Result<Self, ReadError> {
        let mut document = Self {
            text: String::new(),
            units: Vec::new(),
            segments: Vec::new(),
            left_alone: LeftAlone::default(),
        };
        let mut xml = XmlReader::of_text(text.as_bytes())?;
        let mut around = Around::default();
        let mut begun = false;
        loop {
            let before = position(&xml);
            let element = match xml.next()? {
                Xml::Over => break,
                Xml::Start(element) => element,
                Xml::End(_) | Xml::Text(_) | Xml::BadReference(_) => continue,
            };
            let told = |name: &str| element.get(name).unwrap_or_default().to_owned();
            if !begun {
                begun = true;
                if element.name != "xliff" {
                    return Err(ReadError::WrongRoot {
                        line: xml.line(),
                        found: element.name,
                        expected: "<xliff>",
                    });
                }
                around.second = element.get("version").is_some_and(|v| v.starts_with('2'));
                around.namespace = told("xmlns");
                (around.source, around.target) = (told("srcLang"), told("trgLang"));
                continue;
            }
            match element.name.as_str() {
                "file" => {
                    around.inherits(&element, xml.depth());
                    if !around.second {
                        (around.source, around.target) = (told("source-language"), told("target-language"));
                    }
                }
                "group" | "body" => around.inherits(&element, xml.depth()),
                "trans-unit" | "unit" => {
                    let spans = spanned(&mut xml, &text, element, before)?;
                    let depth = xml.depth();
                    around.translated.retain(|(outer, _)| *outer <= depth);
                    document.unit(&text, spans, &around, languages)?;
                }
                "header" | "skeleton" | "bin-unit" | "metadata" | "notes" | "note" | "context-group"
                | "count-group" | "prop-group" => xml.skip()?,
                _ => {}
            }
        }
        document.text = text;
        Ok(document)
    }

    fn unit(
        &mut self,
        text: &str,
        spans: Spanned,
        around: &Around,
        languages: &Languages,
    ) -> Result<(), ReadError> {
        let Some(reverse) = around.reverse(&spans, languages) else {
            self.left_alone.other_languages += 1;
            return Ok(());
        };
        let own = spans.element.get("translate").map(|told| told != "no");
        let translatable = own.or(around.translated.last().map(|(_, told)| *told)).unwrap_or(true);
        let found = if around.second { second(text, &spans)? } else { first(text, &spans)? };
        let mut slots = Vec::new();
        for (slot, segment, state) in found {
            if state == State::Unreadable {
                self.left_alone.unreadable += 1;
                continue;
            }
            if segment.text.trim().is_empty() {
                continue;
            }
            if !translatable {
                self.left_alone.not_translatable += 1;
            } else if state == State::Translated {
                self.left_alone.translated += 1;
            } else {
                slots.push(Slot { number: self.segments.len(), ..slot });
                self.segments.push(ToTranslate { segment, reverse });
            }
        }
        if !slots.is_empty() {
            let plural = spans.element.get("restype") == Some(super::PLURAL);
            let namespace = around.namespace.clone();
            self.units.push(Unit { second: around.second, namespace, plural, spans, slots });
        }
        Ok(())
    }

    pub(super) fn segments(&self) -> &[ToTranslate] {
        &self.segments
    }

    pub(super) fn left_alone(&self) -> LeftAlone {
        self.left_alone
    }

    pub(super) fn write(
        &self,
        answers: &[Answer],
        fill: Option<Score>,
        out: &mut dyn Write,
    ) -> io::Result<Vec<bool>> {
        let mut edits: Vec<(Range<usize>, String)> = Vec::new();
        let mut filled = vec![false; self.segments.len()];
        let nothing = Answer::default();
        for unit in &self.units {
            let told: Vec<Told<'_>> = unit
                .slots
                .iter()
                .filter_map(|slot| {
                    let segment = &self.segments.get(slot.number)?.segment;
                    let answer = answers.get(slot.number).unwrap_or(&nothing);
                    let best = answer.suggestions.first();
                    let good = best.filter(|best| fill.is_some_and(|least| best.score >= least));
                    let tied = |best: &&Suggestion| {
                        let next = answer.suggestions.get(1);
                        next.is_none_or(|next| {
                            next.score < best.score || next.target.text == best.target.text
                        })
                    };
                    let good = good.filter(|best| !unit.plural || tied(best));
                    let target = good.and_then(|best| with_codes(segment, &slot.markup, best));
                    if let Some(filled) = filled.get_mut(slot.number) {
                        *filled = target.is_some();
                    }
                    Some(Told { slot, segment, answer, target, best })
                })
                .collect();
            if unit.second {
                second_edits(&self.text, unit, &told, &mut edits);
            } else {
                first_edits(&self.text, unit, &told, &mut edits);
            }
        }
        // Stable: edits at one place stay in order.
        edits.sort_by_key(|(range, _)| range.start);
        let mut from = 0;
        for (range, piece) in edits {
            let before = self.text.get(from..range.start).unwrap_or_default();
            out.write_all(if from == 0 { utf8_declared(before) } else { before.to_owned() }.as_bytes())?;
            out.write_all(piece.as_bytes())?;
            // What is put in where something is taken out stands behind it.
            from = from.max(range.end);
        }
        let rest = self.text.get(from..).unwrap_or_default();
        out.write_all(if from == 0 { utf8_declared(rest) } else { rest.to_owned() }.as_bytes())?;
        out.flush()?;
        Ok(filled)
    }
}

/// A segment and what is to be written for it.
struct Told<'u> {
    slot: &'u Slot,
    segment: &'u Segment,
    answer: &'u Answer,
    /// What its target is filled with, as XML.
    target: Option<String>,
    best: Option<&'u Suggestion>,
}

impl Told<'_> {
    /// Its translation is sure: nothing of the match differs.
    fn is_exact(&self) -> bool {
        self.best.is_some_and(|best| best.score >= Score::FULL)
    }
}

/// How a segment stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Translated,
    /// It has an entity that means nothing, or is too large.
    Unreadable,
}

impl State {
    fn of(readable: bool, translated: bool) -> Self {
        match (readable, translated) {
            (false, _) => Self::Unreadable,
            (true, true) => Self::Translated,
            (true, false) => Self::Open,
        }
    }
}

type Found = Vec<(Slot, Segment, State)>;

/// Finds the segments of a `<trans-unit>`, each with whether it is translated.
fn first(text: &str, unit: &Spanned) -> Result<Found, ReadError> {
    let target = unit.child("target");
    let undone = target.and_then(|t| t.element.get("state")).is_some_and(|state| UNDONE.contains(&state));
    let done = |span: Option<&Spanned>| -> Result<bool, ReadError> {
        let text = span.map(|span| span.node(text)).transpose()?.map(|node| node.exact_text());
        Ok(!undone && text.is_some_and(|text| !text.trim().is_empty()))
    };
    let prefixed = !unit.prefix(text).is_empty();
    let slot = |span: &Spanned, mid: &str, at| -> Result<(Slot, Segment, bool), ReadError> {
        let node = span.node(text)?;
        let mut inline = Inline::default();
        let (segment, mut markup) = inline.with_markup(&node);
        // It is known by local names only.
        markup.retain(|_| !prefixed);
        let readable = inline.references.is_empty() && !node.name.is_empty();
        Ok((Slot { number: 0, markup, mid: mid.to_owned(), at }, segment, readable))
    };
    let marks = unit.child("seg-source").map(marked).unwrap_or_default();
    if marks.is_empty() {
        let Some(source) = unit.child("source") else { return Ok(Vec::new()) };
        let (slot, segment, readable) = slot(source, "", 0)?;
        return Ok(vec![(slot, segment, State::of(readable, done(target)?))]);
    }
    let targets = target.map(marked).unwrap_or_default();
    // A translation that is not cut into segments is one of all of them.
    let whole = targets.is_empty() && done(target)?;
    let mut found = Vec::new();
    for (at, (mid, mark)) in marks.into_iter().enumerate() {
        let translated = targets.iter().find(|(other, _)| *other == mid).map(|(_, span)| *span);
        let (slot, segment, readable) = slot(mark, mid, at)?;
        found.push((slot, segment, State::of(readable, whole || done(translated)?)));
    }
    Ok(found)
}

/// Returns the segments that are marked in an element, however deep, with their ids.
fn marked(span: &Spanned) -> Vec<(&str, &Spanned)> {
    let mut found = Vec::new();
    for child in &span.children {
        if child.element.name == "mrk" && child.element.get("mtype") == Some("seg") {
            found.push((child.element.get("mid").unwrap_or_default(), child));
        } else {
            found.extend(marked(child));
        }
    }
    found
}

/// Finds the segments of a `<unit>`.
fn second(text: &str, unit: &Spanned) -> Result<Found, ReadError> {
    let mut inline = Inline::default();
    if let Some(data) = unit.child("originalData") {
        inline.data(&data.node(text)?);
    }
    let mut found = Vec::new();
    for (at, span) in segments(unit).enumerate() {
        let Some(source) = span.child("source") else { continue };
        let node = source.node(text)?;
        inline.references.clear();
        let (segment, mut markup) = inline.with_markup(&node);
        // It is known by local names only.
        markup.retain(|_| unit.prefix(text).is_empty());
        let readable = inline.references.is_empty() && !node.name.is_empty();
        let initial = span.element.get("state") == Some("initial");
        let target = span.child("target").map(|target| target.node(text)).transpose()?;
        let translated = !initial && target.is_some_and(|target| !target.exact_text().trim().is_empty());
        found.push((
            Slot { number: 0, markup, mid: String::new(), at },
            segment,
            State::of(readable, translated),
        ));
    }
    Ok(found)
}

fn segments(unit: &Spanned) -> impl Iterator<Item = &Spanned> {
    unit.children.iter().filter(|span| span.element.name == "segment")
}

/// Stands before the origin of what was put in here: it is taken out when it is put in anew.
const OURS: &str = "dhakira:";

/// Takes an element out, with the white space before it.
fn removal(text: &str, span: &Spanned) -> (Range<usize>, String) {
    let indent = indentation(text, span).len();
    (span.whole.start - indent..span.whole.end, String::new())
}

fn first_edits(text: &str, unit: &Unit, told: &[Told<'_>], edits: &mut Vec<(Range<usize>, String)>) {
    let spans = &unit.spans;
    let p = spans.prefix(text);
    let source = spans.child("seg-source").or(spans.child("source"));
    let Some(source) = source else { return };
    let indent = indentation(text, source);
    let target = spans.child("target");
    let mut behind = String::new();
    for old in &spans.children {
        let ours = match old.element.name.as_str() {
            "alt-trans" => old.element.get("origin").is_some_and(|origin| origin.starts_with(OURS)),
            "note" => old.element.get("from") == Some("dhakira"),
            _ => false,
        };
        if ours {
            edits.push(removal(text, old));
        }
    }
    if told.iter().any(|t| t.target.is_some()) {
        let marks = spans.child("seg-source").map(marked).unwrap_or_default();
        let there = target.map(marked).unwrap_or_default();
        // Nothing may be left to do: what is not told was translated before.
        let exact = told.iter().all(|t| t.target.is_some() && t.is_exact());
        let (state, qualifier) =
            if exact { ("translated", "exact-match") } else { ("needs-review-translation", "fuzzy-match") };
        let set = [("state", Some(state)), ("state-qualifier", Some(qualifier))];
        let filled = |mid: &str| told.iter().find(|t| t.slot.mid == mid).and_then(|t| t.target.clone());
        match target {
            Some(target) if !there.is_empty() => {
                edits.push((target.tag.clone(), target.tag_with(text, &set)));
                for (mid, mark) in there {
                    let Some(content) = filled(mid) else { continue };
                    match mark.inside(text) {
                        Some(inside) => edits.push((inside, content)),
                        None => edits.push((mark.whole.clone(), opened(text, mark, p, "mrk", &[], &content))),
                    }
                }
            }
            _ => {
                let content = if marks.is_empty() {
                    told.iter().find_map(|t| t.target.clone()).unwrap_or_default()
                } else {
                    copied(text, source, &marks, filled)
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
            let target = with_codes(t.segment, &t.slot.markup, suggestion)
                .unwrap_or_else(|| escaped(&suggestion.target.text));
            behind.push_str(&format!(
                "{indent}<{p}alt-trans{mid} match-quality=\"{}\" origin=\"{OURS}{}\"><{p}source>{}</{p}source><{p}target>{target}</{p}target></{p}alt-trans>",
                suggestion.score,
                attribute(&suggestion.origin),
                escaped(&suggestion.source.text),
            ));
        }
        for term in t.answer.terms.iter().filter(|term| !term.translations.is_empty()) {
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

/// Copies what is inside a segmented source, with translations in place of its segments.
fn copied(
    text: &str,
    source: &Spanned,
    marks: &[(&str, &Spanned)],
    filled: impl Fn(&str) -> Option<String>,
) -> String {
    let Some(inside) = source.inside(text) else { return String::new() };
    let mut content = String::new();
    let mut from = inside.start;
    for (mid, mark) in marks {
        let Some(within) = mark.inside(text) else { continue };
        content.push_str(text.get(from..within.start).unwrap_or_default());
        content.push_str(&filled(mid).unwrap_or_default());
        from = within.end;
    }
    content.push_str(text.get(from..inside.end).unwrap_or_default());
    content
}

const MATCHES: &str = "urn:oasis:names:tc:xliff:matches:2.0";
const GLOSSARY: &str = "urn:oasis:names:tc:xliff:glossary:2.0";

fn second_edits(text: &str, unit: &Unit, told: &[Told<'_>], edits: &mut Vec<(Range<usize>, String)>) {
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
    // In a module whose name has no prefix ours would be its own.
    let bare = matches_there.is_some_and(|module| module.prefix(text).is_empty());
    let xmlns = if bare && !unit.namespace.is_empty() && p.is_empty() {
        format!(" xmlns=\"{}\"", attribute(&unit.namespace))
    } else {
        String::new()
    };
    for t in told {
        let Some(segment) = segments(spans).nth(t.slot.at) else { continue };
        let added = format!("dhakira-s{}", t.slot.at + 1);
        let id = segment.element.get("id").unwrap_or(&added);
        let mut set: Vec<(&str, Option<&str>)> = Vec::new();
        if !t.answer.suggestions.is_empty() && segment.element.get("id").is_none() {
            set.push(("id", Some(id)));
        }
        if t.target.is_some() && t.is_exact() {
            set.extend([("state", Some("translated")), ("subState", None)]);
        }
        if !set.is_empty() {
            edits.push((segment.tag.clone(), segment.tag_with(text, &set)));
        }
        for (n, suggestion) in t.answer.suggestions.iter().enumerate() {
            let target = with_codes(t.segment, &t.slot.markup, suggestion)
                .unwrap_or_else(|| escaped(&suggestion.target.text));
            matches.push_str(&format!(
                "{first}  <mtc:match xmlns:mtc=\"{MATCHES}\" id=\"dhakira-{}-{}\" ref=\"#{}\" matchQuality=\"{score}\" similarity=\"{}\" matchSuitability=\"{score}\" origin=\"{OURS}{}\"><{p}source{xmlns}>{}</{p}source><{p}target{xmlns}>{target}</{p}target></mtc:match>",
                t.slot.at + 1,
                n + 1,
                attribute(id),
                suggestion.similarity,
                attribute(&suggestion.origin),
                escaped(&suggestion.source.text),
                score = suggestion.score,
            ));
        }
        for (n, term) in t.answer.terms.iter().filter(|term| !term.translations.is_empty()).enumerate() {
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
    edits.push((spans.tag.end..spans.tag.end, modules));
}

fn is_ours(old: &Spanned) -> bool {
    old.element.get("id").is_some_and(|id| id.starts_with("dhakira-"))
}

/// Puts content behind what is in a module.
fn into(text: &str, module: &Spanned, name: &str, content: &str) -> (Range<usize>, String) {
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

/// Escapes text as content.
pub(super) fn escaped(text: &str) -> String {
    let mut xml = XmlWriter::fragment(Vec::new());
    // Writing to memory does not fail.
    let _ = xml.text(text);
    String::from_utf8(xml.into_inner()).unwrap_or_default()
}

fn attribute(text: &str) -> String {
    escaped(text).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Says whether a piece of content is well-formed by itself.
pub(super) fn is_well_formed(xml: &str) -> bool {
    let whole = format!("<x>{xml}</x>");
    let Ok(mut reader) = XmlReader::of_text(whole.as_bytes()) else { return false };
    loop {
        match reader.next() {
            Ok(Xml::Over) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// Makes an XML declaration name the encoding that is written.
fn utf8_declared(start: &str) -> String {
    let Some((declaration, rest)) =
        start.split_once("?>").filter(|(d, _)| d.trim_start().starts_with("<?xml"))
    else {
        return start.to_owned();
    };
    let named = declaration.split_once("encoding").and_then(|(before, after)| {
        let (between, value) = after.split_once(['"', '\''])?;
        let quote = after.get(between.len()..=between.len())?;
        let (_, behind) = value.split_once(quote)?;
        let named = value.get(..value.len() - behind.len() - 1)?;
        (!named.eq_ignore_ascii_case("utf-8"))
            .then(|| format!("{before}encoding{between}{quote}UTF-8{quote}{behind}?>{rest}"))
    });
    named.unwrap_or_else(|| start.to_owned())
}
