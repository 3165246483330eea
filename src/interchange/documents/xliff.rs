//! An XLIFF file that is edited in place.

use std::io::{self, Write};

use rustc_hash::FxHashSet;

use super::{
    answer::{Answer, LeftAlone, Suggestion, ToTranslate},
    codes::with_codes,
    edits::{Edit, FILLED, Told, first_edits, second_edits},
    model::{Slot, Unit, holds_ours, is_old, is_ours, marked, segments},
    spans::{Spanned, position, spanned},
};
use crate::{
    interchange::{
        contract::Languages,
        error::ReadError,
        xliff::{Inline, NO_LANGUAGE, NO_TEXT, Translate, UNDONE, paired},
        xml::{Xml, XmlReader},
    },
    score::Score,
    segment::Segment,
};

#[derive(Debug)]
pub(crate) struct XliffDocument {
    text: String,
    units: Vec<Unit>,
    segments: Vec<ToTranslate>,
    left_alone: LeftAlone,
}

/// What holds for the units that follow.
#[derive(Clone, Debug, Default)]
struct Around {
    second: bool,
    namespace: String,
    source: String,
    target: String,
    translate: Translate,
}

impl Around {
    /// Says whether a unit goes the other way than the memory; nothing for other languages.
    fn reverse(&self, unit: &Spanned, languages: &Languages) -> Option<bool> {
        let source = languages.read(&self.source).ok()?;
        // Version 1 may leave the target's language to each target.
        let own = unit.child("target").and_then(|t| t.element.get("xml:lang"));
        let target = match own.filter(|_| self.target.is_empty()).unwrap_or(&self.target) {
            "" => None,
            told => Some(languages.read(told).ok()?),
        };
        languages.turned(&source, target.as_ref())
    }
}

impl XliffDocument {
    pub(crate) fn read(text: String, languages: &Languages) -> Result<Self, ReadError> {
        let mut document = Self {
            text: String::new(),
            units: Vec::new(),
            segments: Vec::new(),
            left_alone: LeftAlone::default(),
        };
        let mut xml = XmlReader::of_text(text.as_bytes())?.keeping_prefixes();
        let mut around = Around::default();
        let mut begun = false;
        let mut root = String::new();
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
                root = around.namespace.clone();
                (around.source, around.target) = (told("srcLang"), told("trgLang"));
                continue;
            }
            match element.name.as_str() {
                "file" => {
                    around.translate.enter(&element, xml.depth());
                    around.namespace = element.get("xmlns").unwrap_or(&root).to_owned();
                    if !around.second {
                        (around.source, around.target) = (told("source-language"), told("target-language"));
                    }
                    if around.source.is_empty() {
                        let what = format!("line {}: {NO_LANGUAGE}", xml.line());
                        return Err(ReadError::OtherLanguages { reason: "BAD_LOCALE", what });
                    }
                }
                "group" | "body" => around.translate.enter(&element, xml.depth()),
                "trans-unit" | "unit" => {
                    let spans = spanned(&mut xml, &text, element, before)?;
                    let translate = around.translate.around(xml.depth());
                    document.unit(&text, spans, &around, translate, languages)?;
                }
                name if NO_TEXT.contains(&name) => xml.skip()?,
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
        translate: Option<bool>,
        languages: &Languages,
    ) -> Result<(), ReadError> {
        let Some(reverse) = around.reverse(&spans, languages) else {
            self.left_alone.other_languages += 1;
            return Ok(());
        };
        let translatable = Translate::told(&spans.element).or(translate).unwrap_or(true);
        let found = if around.second { second(text, &spans)? } else { first(text, &spans)? };
        let (mut slots, mut unreadable, mut partly) = (Vec::new(), Vec::new(), false);
        for (slot, segment, state) in found {
            if state == State::Unreadable {
                self.left_alone.unreadable += 1;
                unreadable.push(slot.mid);
                continue;
            }
            if segment.text.trim().is_empty() {
                continue;
            }
            if !translatable {
                self.left_alone.not_translatable += 1;
            } else if state == State::Translated {
                self.left_alone.translated += 1;
                partly = true;
            } else {
                let keeps = state == State::Kept;
                slots.push(Slot { number: self.segments.len(), keeps, ..slot });
                let unit = spans.element.get("id").unwrap_or_default().to_owned();
                self.segments.push(ToTranslate { segment, reverse, unit });
            }
        }
        // What a run put in before is taken out, too, where all is translated by now.
        if !slots.is_empty() || translatable && holds_ours(&spans) {
            let plural = spans.element.get("restype") == Some(super::model::PLURAL);
            let namespace = around.namespace.clone();
            self.units.push(Unit {
                second: around.second,
                namespace,
                plural,
                spans,
                slots,
                unreadable,
                partly,
            });
        }
        Ok(())
    }

    pub(crate) fn segments(&self) -> &[ToTranslate] {
        &self.segments
    }

    pub(crate) fn left_alone(&self) -> LeftAlone {
        self.left_alone
    }

    pub(crate) fn write(
        &self,
        answers: &[Answer],
        fill: Option<Score>,
        out: &mut dyn Write,
    ) -> io::Result<Vec<bool>> {
        let mut edits: Vec<Edit> = Vec::new();
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
                    let good = good.filter(|_| !slot.keeps);
                    let tied = |best: &&Suggestion| {
                        let next = answer.suggestions.get(1);
                        next.is_none_or(|next| {
                            next.score < best.score || next.target.text == best.target.text
                        })
                    };
                    let good = good.filter(|best| !unit.plural || tied(best));
                    // Version 1 has one state for a target: it would cast doubt on what is translated.
                    let sure = |best: &&Suggestion| unit.second || !unit.partly || best.is_exact();
                    let good = good.filter(sure);
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
            out.write_all(self.text.get(from..range.start).unwrap_or_default().as_bytes())?;
            out.write_all(piece.as_bytes())?;
            // What is put in where something is taken out stands behind it.
            from = from.max(range.end);
        }
        out.write_all(self.text.get(from..).unwrap_or_default().as_bytes())?;
        out.flush()?;
        Ok(filled)
    }
}

/// How a segment stands.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    Open,
    /// Open, with a target that is somebody's work.
    Kept,
    Translated,
    /// It has an entity that means nothing, or is too large.
    Unreadable,
}

impl State {
    /// Returns how a segment stands by its target, which may be marked as not done.
    fn of(readable: bool, source: &Segment, target: Option<&str>, undone: bool) -> Self {
        let target = target.map(str::trim).filter(|target| !target.is_empty());
        match target {
            _ if !readable => Self::Unreadable,
            None => Self::Open,
            Some(_) if !undone => Self::Translated,
            Some(target) if target == source.text.trim() => Self::Open,
            Some(_) => Self::Kept,
        }
    }
}

type Found = Vec<(Slot, Segment, State)>;

/// Finds the segments of a `<trans-unit>`, each with how it stands.
fn first(text: &str, unit: &Spanned) -> Result<Found, ReadError> {
    let target = unit.child("target");
    // What was filled with a match that is not the same may be filled anew.
    let fuzzy = target.is_some_and(|t| t.element.get("state-qualifier") == Some("fuzzy-match"));
    let ours = if fuzzy { our_targets(text, unit)? } else { FxHashSet::default() };
    let undone = target.and_then(|t| t.element.get("state")).is_some_and(|state| UNDONE.contains(&state));
    let said = |span: &Spanned| {
        let said = span.node(text).map(|node| node.exact_text())?;
        Ok::<_, ReadError>(if ours.contains(said.trim()) { String::new() } else { said })
    };
    let prefixed = !unit.prefix(text).is_empty();
    let slot = |span: &Spanned, mid: &str| -> Result<(Slot, Segment, bool), ReadError> {
        let (segment, markup, readable) = read_segment(&mut Inline::default(), text, span, prefixed)?;
        Ok((Slot { markup, mid: mid.to_owned(), ..Slot::default() }, segment, readable))
    };
    let marks = unit.child("seg-source").map(marked).unwrap_or_default();
    if marks.is_empty() {
        let Some(source) = unit.child("source") else { return Ok(Vec::new()) };
        let (slot, segment, readable) = slot(source, "")?;
        let state = State::of(readable, &segment, target.map(said).transpose()?.as_deref(), undone);
        return Ok(vec![(slot, segment, state)]);
    }
    let targets = target.map(marked).unwrap_or_default();
    // A translation that is not cut into segments is one of all of them.
    let whole = target.filter(|_| targets.is_empty()).map(said).transpose()?;
    let of_all = unit.child("source").map(said).transpose()?.unwrap_or_default();
    let kept = undone && whole.as_deref().is_some_and(|w| !w.trim().is_empty() && w.trim() != of_all.trim());
    let known: FxHashSet<&str> = marks.iter().map(|(mid, _)| *mid).filter(|mid| !mid.is_empty()).collect();
    let told_apart = known.len() == marks.len();
    let mut found = Vec::new();
    for ((mid, mark), translated) in marks.iter().zip(paired(&marks, &targets)) {
        let (slot, segment, readable) = slot(mark, mid)?;
        let own = translated.map(said).transpose()?;
        let (target, undone) = match &whole {
            // Of several segments none is a copy of all.
            Some(whole) if !undone => (Some(whole.as_str()), false),
            _ => (own.as_deref(), undone),
        };
        let state = match State::of(readable && told_apart, &segment, target, undone) {
            State::Open if kept => State::Kept,
            state => state,
        };
        found.push((slot, segment, state));
    }
    Ok(found)
}

/// Reads what an element says, its codes as the file writes them, and whether all of it means
/// something.
fn read_segment(
    inline: &mut Inline,
    text: &str,
    span: &Spanned,
    prefixed: bool,
) -> Result<(Segment, Vec<String>, bool), ReadError> {
    let node = span.node(text)?;
    inline.references.clear();
    let (segment, mut markup) = inline.with_markup(&node);
    // It is known by local names only.
    markup.retain(|_| !prefixed);
    Ok((segment, markup, inline.references.is_empty() && !node.name.is_empty()))
}

/// Returns the translations of the matches that a run put into a unit.
fn our_targets(text: &str, unit: &Spanned) -> Result<FxHashSet<String>, ReadError> {
    let ours = unit.children.iter().flat_map(|child| std::iter::once(child).chain(&child.children));
    let targets = ours.filter(|span| is_ours(span) || is_old(span)).filter_map(|span| span.child("target"));
    targets.map(|target| Ok(target.node(text)?.exact_text().trim().to_owned())).collect()
}

/// Finds the segments of a `<unit>`.
pub(crate) fn second(text: &str, unit: &Spanned) -> Result<Found, ReadError> {
    let mut inline = Inline::default();
    if let Some(data) = unit.child("originalData") {
        inline.data(&data.node(text)?);
    }
    let prefixed = !unit.prefix(text).is_empty();
    // What was filled with a match that is not the same may be filled anew, unless it was edited.
    let ours = our_targets(text, unit)?;
    let mut found = Vec::new();
    for (at, span) in segments(unit).enumerate() {
        let Some(source) = span.child("source") else { continue };
        let (segment, markup, readable) = read_segment(&mut inline, text, source, prefixed)?;
        let initial = span.element.get("state") == Some("initial");
        let target = span.child("target").map(|target| target.node(text)).transpose()?;
        let filled = initial && span.element.get("subState") == Some(FILLED);
        let target = target.map(|target| target.exact_text());
        let target = target.filter(|target| !(filled && ours.contains(target.trim())));
        let state = State::of(readable, &segment, target.as_deref(), initial);
        found.push((Slot { markup, at, ..Slot::default() }, segment, state));
    }
    Ok(found)
}
