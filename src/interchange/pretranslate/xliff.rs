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

    /// Says whether the file goes the other way than the memory; nothing for other languages.
    fn reverse(&self, languages: &Languages) -> Option<bool> {
        let source = languages.read(&self.source).ok()?;
        let target = match self.target.as_str() {
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
        let mut xml = XmlReader::new(text.as_bytes())?;
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
        let Some(reverse) = around.reverse(languages) else {
            self.left_alone.other_languages += 1;
            return Ok(());
        };
        let own = spans.element.get("translate").map(|told| told != "no");
        let translatable = own.or(around.translated.last().map(|(_, told)| *told)).unwrap_or(true);
        let found = if around.second { second(text, &spans)? } else { first(text, &spans)? };
        let mut slots = Vec::new();
        for (slot, segment, translated) in found {
            if segment.text.trim().is_empty() {
                continue;
            }
            if !translatable {
                self.left_alone.not_translatable += 1;
            } else if translated {
                self.left_alone.translated += 1;
            } else {
                slots.push(Slot { number: self.segments.len(), ..slot });
                self.segments.push(ToTranslate { segment, reverse });
            }
        }
        if !slots.is_empty() {
            self.units.push(Unit { second: around.second, spans, slots });
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
            from = range.end;
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

type Found = Vec<(Slot, Segment, bool)>;

/// Finds the segments of a `<trans-unit>`, each with whether it is translated.
fn first(text: &str, unit: &Spanned) -> Result<Found, ReadError> {
    let target = unit.child("target");
    let undone = target.and_then(|t| t.element.get("state")).is_some_and(|state| UNDONE.contains(&state));
    let done = |span: Option<&Spanned>| -> Result<bool, ReadError> {
        let text = span.map(|span| span.node(text)).transpose()?.map(|node| node.exact_text());
        Ok(!undone && text.is_some_and(|text| !text.trim().is_empty()))
    };
    let prefixed = !unit.prefix(text).is_empty();
    let slot = |span: &Spanned, mid: &str, at| -> Result<(Slot, Segment), ReadError> {
        let (segment, mut markup) = Inline::default().with_markup(&span.node(text)?);
        // It is known by local names only.
        markup.retain(|_| !prefixed);
        Ok((Slot { number: 0, markup, mid: mid.to_owned(), at }, segment))
    };
    let marks = unit.child("seg-source").map(marked).unwrap_or_default();
    if marks.is_empty() {
        let Some(source) = unit.child("source") else { return Ok(Vec::new()) };
        let (slot, segment) = slot(source, "", 0)?;
        return Ok(vec![(slot, segment, done(target)?)]);
    }
    let targets = target.map(marked).unwrap_or_default();
    let mut found = Vec::new();
    for (at, (mid, mark)) in marks.into_iter().enumerate() {
        let translated = targets.iter().find(|(other, _)| *other == mid).map(|(_, span)| *span);
        let (slot, segment) = slot(mark, mid, at)?;
        found.push((slot, segment, done(translated)?));
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
    for (at, span) in unit.children.iter().enumerate().filter(|(_, span)| span.element.name == "segment") {
        let Some(source) = span.child("source") else { continue };
        let (segment, mut markup) = inline.with_markup(&source.node(text)?);
        // It is known by local names only.
        markup.retain(|_| unit.prefix(text).is_empty());
        let initial = span.element.get("state") == Some("initial");
        let target = span.child("target").map(|target| target.node(text)).transpose()?;
        let translated = !initial && target.is_some_and(|target| !target.exact_text().trim().is_empty());
        found.push((Slot { number: 0, markup, mid: String::new(), at }, segment, translated));
    }
    Ok(found)
}

fn first_edits(text: &str, unit: &Unit, told: &[Told<'_>], edits: &mut Vec<(Range<usize>, String)>) {
    let spans = &unit.spans;
    let p = spans.prefix(text);
    let source = spans.child("seg-source").or(spans.child("source"));
    let Some(source) = source else { return };
    let indent = indentation(text, source);
    let target = spans.child("target");
    let mut behind = String::new();
    if told.iter().any(|t| t.target.is_some()) {
        let content = if spans.child("seg-source").is_some_and(|s| !marked(s).is_empty()) {
            marks(text, p, source, target, told)
        } else {
            told.iter().find_map(|t| t.target.clone()).unwrap_or_default()
        };
        let exact = told.iter().all(|t| t.target.is_some() && t.is_exact());
        let (state, qualifier) =
            if exact { ("translated", "exact-match") } else { ("needs-review-translation", "fuzzy-match") };
        let own = target.iter().flat_map(|t| &t.element.attributes);
        let kept: String = own
            .filter(|(name, _)| !matches!(name.as_str(), "state" | "state-qualifier"))
            .map(|(name, value)| format!(" {name}=\"{}\"", attribute(value)))
            .collect();
        let element = format!(
            "<{p}target{kept} state=\"{state}\" state-qualifier=\"{qualifier}\">{content}</{p}target>"
        );
        match target {
            Some(target) => edits.push((target.whole.clone(), element)),
            None => behind.push_str(&format!("{indent}{element}")),
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
                "{indent}<{p}alt-trans{mid} match-quality=\"{}\" origin=\"{}\"><{p}source>{}</{p}source><{p}target>{target}</{p}target></{p}alt-trans>",
                suggestion.score,
                attribute(&suggestion.origin),
                escaped(&suggestion.source.text),
            ));
        }
        for term in &t.answer.terms {
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

/// Makes a target of marked segments: what is filled now, what was there, else nothing.
fn marks(text: &str, p: &str, source: &Spanned, target: Option<&Spanned>, told: &[Told<'_>]) -> String {
    let there = target.map(marked).unwrap_or_default();
    let mut content = String::new();
    let mut last: Option<usize> = None;
    for (mid, mark) in marked(source) {
        // What stands between two segments stands between their translations, if it is text.
        let between = last.and_then(|end| text.get(end..mark.whole.start)).unwrap_or_default();
        if !between.contains('<') {
            content.push_str(between);
        }
        last = Some(mark.whole.end);
        let filled = told.iter().find(|t| t.slot.mid == mid).and_then(|t| t.target.clone());
        let before =
            there.iter().find(|(other, _)| *other == mid).and_then(|(_, span)| text.get(span.whole.clone()));
        match (filled, before) {
            (None, Some(before)) => content.push_str(before),
            (filled, _) => {
                let filled = filled.unwrap_or_default();
                content
                    .push_str(&format!("<{p}mrk mtype=\"seg\" mid=\"{}\">{filled}</{p}mrk>", attribute(mid)));
            }
        }
    }
    content
}

const MATCHES: &str = "urn:oasis:names:tc:xliff:matches:2.0";
const GLOSSARY: &str = "urn:oasis:names:tc:xliff:glossary:2.0";

fn second_edits(text: &str, unit: &Unit, told: &[Told<'_>], edits: &mut Vec<(Range<usize>, String)>) {
    let spans = &unit.spans;
    let p = spans.prefix(text);
    let first = spans.children.first().map_or_else(String::new, |child| indentation(text, child));
    let (mut matches, mut terms) = (String::new(), String::new());
    for t in told {
        let Some(segment) = spans.children.get(t.slot.at) else { continue };
        let added = format!("dhakira-s{}", t.slot.at + 1);
        let id = segment.element.get("id").unwrap_or(&added);
        let used = !t.answer.suggestions.is_empty() && segment.element.get("id").is_none();
        let state = t.target.is_some() && t.is_exact();
        tag_edits(text, segment, used.then_some(id), state, edits);
        for (n, suggestion) in t.answer.suggestions.iter().enumerate() {
            let target = with_codes(t.segment, &t.slot.markup, suggestion)
                .unwrap_or_else(|| escaped(&suggestion.target.text));
            matches.push_str(&format!(
                "{first}  <mtc:match xmlns:mtc=\"{MATCHES}\" id=\"dhakira-{}-{}\" ref=\"#{}\" matchQuality=\"{score}\" similarity=\"{}\" matchSuitability=\"{score}\" origin=\"{}\"><{p}source>{}</{p}source><{p}target>{target}</{p}target></mtc:match>",
                t.slot.at + 1,
                n + 1,
                attribute(id),
                suggestion.similarity,
                attribute(&suggestion.origin),
                escaped(&suggestion.source.text),
                score = suggestion.score,
            ));
        }
        for term in &t.answer.terms {
            let translations: String = term
                .translations
                .iter()
                .map(|translation| format!("<gls:translation>{}</gls:translation>", escaped(translation)))
                .collect();
            terms.push_str(&format!(
                "{first}  <gls:glossEntry><gls:term>{}</gls:term>{translations}</gls:glossEntry>",
                escaped(&term.term)
            ));
        }
        if let Some(target) = &t.target {
            let element = format!("<{p}target>{target}</{p}target>");
            match (segment.child("target"), segment.child("source")) {
                (Some(there), _) => edits.push((there.whole.clone(), element)),
                (None, Some(source)) => {
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
        match spans.child("matches").and_then(|there| there.end_tag(text)) {
            Some(end) => edits.push((end..end, matches)),
            None => modules.push_str(&format!(
                "{first}<mtc:matches xmlns:mtc=\"{MATCHES}\">{matches}{first}</mtc:matches>"
            )),
        }
    }
    if !terms.is_empty() {
        let glossary = format!("{first}<gls:glossary xmlns:gls=\"{GLOSSARY}\">{terms}{first}</gls:glossary>");
        match spans.child("glossary").and_then(|there| there.end_tag(text)) {
            Some(end) => edits.push((
                end..end,
                terms.replace("<gls:glossEntry>", &format!("<gls:glossEntry xmlns:gls=\"{GLOSSARY}\">")),
            )),
            None => modules.push_str(&glossary),
        }
    }
    edits.push((spans.tag.end..spans.tag.end, modules));
}

/// Gives a `<segment>` an id, and the state of one that is translated.
fn tag_edits(
    text: &str,
    segment: &Spanned,
    id: Option<&str>,
    translated: bool,
    edits: &mut Vec<(Range<usize>, String)>,
) {
    let tag = text.get(segment.tag.clone()).unwrap_or_default();
    let name_end = segment.tag.start
        + tag.find(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).unwrap_or(tag.len());
    let mut added = id.map(|id| format!(" id=\"{}\"", attribute(id))).unwrap_or_default();
    if translated {
        let told = ["state=\"initial\"", "state='initial'"]
            .into_iter()
            .find_map(|told| Some((tag.find(told)?, told)));
        match told {
            Some((at, told)) => {
                let start = segment.tag.start + at;
                edits.push((start..start + told.len(), "state=\"translated\"".to_owned()));
            }
            None if segment.element.get("state").is_none() => added.push_str(" state=\"translated\""),
            None => {}
        }
    }
    if !added.is_empty() {
        edits.push((name_end..name_end, added));
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
    let Ok(mut reader) = XmlReader::new(whole.as_bytes()) else { return false };
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
