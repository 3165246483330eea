//! An XLIFF file that is edited in place.

use std::io::{self, Write};

use rustc_hash::FxHashSet;

use super::{
    answer::{Answer, LeftAlone, SegmentToTranslate, Suggestion},
    codes::with_codes,
    edits::{Edit, SegmentFill, v1_edits, v2_edits},
    model::{EditedUnit, SegmentSlot, has_additions, is_v1_addition, is_v2_addition},
    spans::{SpannedElement, read_spanned},
};
use crate::{
    interchange::{
        contract::Languages,
        error::ReadError,
        xliff::{
            InlineReader, MISSING_LANGUAGE, TargetState, UnitElement, UnitScope, UnitStart, XliffPart,
            XliffVersion, XliffWalk, has_distinct_ids, marked_segments, pair_segments, segment_elements,
        },
        xml::XmlReader,
    },
    score::Score,
    segment::Segment,
};

/// An XLIFF document in memory, with the units that a run may edit.
#[derive(Debug)]
pub(crate) struct XliffDocument {
    text: String,
    units: Vec<EditedUnit>,
    segments: Vec<SegmentToTranslate>,
    left_alone: LeftAlone,
}

impl XliffDocument {
    pub(crate) fn read(text: String, languages: &Languages) -> Result<Self, ReadError> {
        let mut document = Self {
            text: String::new(),
            units: Vec::new(),
            segments: Vec::new(),
            left_alone: LeftAlone::default(),
        };
        let mut walk = XliffWalk::new(XmlReader::from_text(text.as_bytes())?);
        while let Some(part) = walk.next()? {
            match part {
                XliffPart::File if walk.scope().source.is_empty() => {
                    let what = format!("line {}: {MISSING_LANGUAGE}", walk.line());
                    return Err(ReadError::OtherLanguages { reason: "BAD_LOCALE", what });
                }
                XliffPart::File => {}
                XliffPart::Unit(UnitStart { element, translatable, position }) => {
                    let spans = read_spanned(walk.xml(), &text, element, position)?;
                    document.unit(&text, spans, walk.scope(), translatable, languages)?;
                }
            }
        }
        document.text = text;
        Ok(document)
    }

    fn unit(
        &mut self,
        text: &str,
        spans: SpannedElement,
        scope: &UnitScope,
        translatable: bool,
        languages: &Languages,
    ) -> Result<(), ReadError> {
        let Ok(direction) = scope.direction(&spans, languages) else {
            self.left_alone.other_languages += 1;
            return Ok(());
        };
        let found = match scope.version {
            XliffVersion::V1 => v1_segments(text, &spans)?,
            XliffVersion::V2 => v2_segments(text, &spans)?,
        };
        let (mut slots, mut unreadable, mut partly) = (Vec::new(), Vec::new(), false);
        for (slot, segment, state) in found {
            if state == SegmentState::Unreadable {
                self.left_alone.unreadable += 1;
                unreadable.push(slot.mid);
                continue;
            }
            if segment.text.trim().is_empty() {
                continue;
            }
            if !translatable {
                self.left_alone.not_translatable += 1;
            } else if state == SegmentState::Translated {
                self.left_alone.translated += 1;
                partly = true;
            } else {
                let keeps = state == SegmentState::OpenWithTarget;
                slots.push(SegmentSlot { number: self.segments.len(), keep_target: keeps, ..slot });
                let unit = spans.element.get("id").unwrap_or_default().to_owned();
                self.segments.push(SegmentToTranslate { segment, reverse: direction.reversed, unit });
            }
        }
        // Additions of an earlier run are removed even if everything is translated by now.
        if !slots.is_empty() || translatable && has_additions(&spans) {
            let plural = spans.element.get("restype") == Some(super::model::PLURAL_RESTYPE);
            self.units.push(EditedUnit {
                version: scope.version,
                namespace: scope.namespace.clone(),
                is_plural: plural,
                spans,
                slots,
                unreadable,
                partly_translated: partly,
            });
        }
        Ok(())
    }

    pub(crate) fn segments(&self) -> &[SegmentToTranslate] {
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
            let fills: Vec<SegmentFill<'_>> = unit
                .slots
                .iter()
                .filter_map(|slot| {
                    let segment = &self.segments.get(slot.number)?.segment;
                    let answer = answers.get(slot.number).unwrap_or(&nothing);
                    let best = answer.suggestions.first();
                    let good = fill.and_then(|least| match_to_fill(unit, slot, answer, least));
                    let target = good.and_then(|best| with_codes(segment, &slot.markup, best));
                    if let Some(filled) = filled.get_mut(slot.number) {
                        *filled = target.is_some();
                    }
                    Some(SegmentFill { slot, segment, answer, target, best })
                })
                .collect();
            match unit.version {
                XliffVersion::V1 => v1_edits(&self.text, unit, &fills, &mut edits),
                XliffVersion::V2 => v2_edits(&self.text, unit, &fills, &mut edits),
            }
        }
        // The sort is stable, so that edits at the same byte keep their order.
        edits.sort_by_key(|(range, _)| range.start);
        let mut from = 0;
        for (range, piece) in edits {
            out.write_all(self.text.get(from..range.start).unwrap_or_default().as_bytes())?;
            out.write_all(piece.as_bytes())?;
            // An insertion may start inside a range that was just replaced. It is written after that range.
            from = from.max(range.end);
        }
        out.write_all(self.text.get(from..).unwrap_or_default().as_bytes())?;
        out.flush()?;
        Ok(filled)
    }
}

/// Returns the best match if it may fill the target of a segment. `least` is the score that it needs.
fn match_to_fill<'a>(
    unit: &EditedUnit,
    slot: &SegmentSlot,
    answer: &'a Answer,
    least: Score,
) -> Option<&'a Suggestion> {
    let best = answer.suggestions.first()?;
    // Plural forms often share a source, so that several different translations can be equally good.
    let unambiguous = answer
        .suggestions
        .get(1)
        .is_none_or(|next| next.score < best.score || next.target.text == best.target.text);
    // Version 1 has one state for a whole target: a fuzzy match would mark finished segments as unconfirmed, too.
    let keeps_state = unit.version == XliffVersion::V2 || !unit.partly_translated || best.is_exact();
    let fills = best.score >= least && !slot.keep_target && (!unit.is_plural || unambiguous) && keeps_state;
    fills.then_some(best)
}

/// The state of a segment.
#[derive(Clone, Copy, PartialEq, Eq)]
enum SegmentState {
    /// To be translated.
    Open,
    /// To be translated, but its target is somebody's work and is not overwritten.
    OpenWithTarget,
    /// Translated.
    Translated,
    /// Not to be read: it contains an unknown entity, is too large, or has no unique id.
    Unreadable,
}

impl SegmentState {
    /// Returns the state of a segment. `undone` is true if its target is marked as not done.
    fn of(readable: bool, source: &Segment, target: Option<&str>, undone: bool) -> Self {
        let target = target.map(str::trim).filter(|target| !target.is_empty());
        match target {
            _ if !readable => Self::Unreadable,
            None => Self::Open,
            Some(_) if !undone => Self::Translated,
            Some(target) if target == source.text.trim() => Self::Open,
            Some(_) => Self::OpenWithTarget,
        }
    }
}

/// The segments of a unit with their states.
type SegmentStates = Vec<(SegmentSlot, Segment, SegmentState)>;

/// Returns the segments of a `<trans-unit>` with their states.
fn v1_segments(text: &str, unit: &SpannedElement) -> Result<SegmentStates, ReadError> {
    let target = unit.child("target");
    // A target that an earlier run filled with a fuzzy match may be filled again.
    let progress = TargetState::of_target(target);
    let ours = if progress.is_fuzzy_fill() { added_targets(text, unit)? } else { FxHashSet::default() };
    let undone = progress.is_undone();
    let prefixed = !unit.prefix(text).is_empty();
    let marks = unit.child("seg-source").map(marked_segments).unwrap_or_default();
    if marks.is_empty() {
        let Some(source) = unit.child("source") else { return Ok(Vec::new()) };
        let (slot, segment, readable) = read_slot(text, source, "", prefixed)?;
        let target = target.map(|target| text_unless_ours(text, target, &ours)).transpose()?;
        let state = SegmentState::of(readable, &segment, target.as_deref(), undone);
        return Ok(vec![(slot, segment, state)]);
    }
    let targets = target.map(marked_segments).unwrap_or_default();
    // A target without marks is a translation of the whole source.
    let whole = target
        .filter(|_| targets.is_empty())
        .map(|target| text_unless_ours(text, target, &ours))
        .transpose()?;
    let source = unit.child("source").map(|source| text_unless_ours(text, source, &ours));
    let of_all = source.transpose()?.unwrap_or_default();
    let kept = undone && whole.as_deref().is_some_and(|w| !w.trim().is_empty() && w.trim() != of_all.trim());
    let distinct = has_distinct_ids(&marks);
    let mut found = Vec::new();
    for ((mid, mark), translated) in marks.iter().zip(pair_segments(&marks, &targets)) {
        let (slot, segment, readable) = read_slot(text, mark, mid, prefixed)?;
        let own = translated.map(|mark| text_unless_ours(text, mark, &ours)).transpose()?;
        let (target, undone) = match &whole {
            // A finished translation of the whole counts for each segment. An unfinished one was compared above with
            // the whole source, of which no single segment is a copy.
            Some(whole) if !undone => (Some(whole.as_str()), false),
            _ => (own.as_deref(), undone),
        };
        let state = match SegmentState::of(readable && distinct, &segment, target, undone) {
            SegmentState::Open if kept => SegmentState::OpenWithTarget,
            state => state,
        };
        found.push((slot, segment, state));
    }
    Ok(found)
}

/// Returns the text of an element, empty if it is a translation that an earlier run put in.
fn text_unless_ours(
    text: &str,
    span: &SpannedElement,
    ours: &FxHashSet<String>,
) -> Result<String, ReadError> {
    let content = span.node(text)?.exact_text();
    Ok(if ours.contains(content.trim()) { String::new() } else { content })
}

/// Reads a segment of version 1, and returns whether all of it is readable.
fn read_slot(
    text: &str,
    span: &SpannedElement,
    mid: &str,
    prefixed: bool,
) -> Result<(SegmentSlot, Segment, bool), ReadError> {
    let (segment, markup, readable) = read_segment(&mut InlineReader::default(), text, span, prefixed)?;
    Ok((SegmentSlot { markup, mid: mid.to_owned(), ..SegmentSlot::default() }, segment, readable))
}

/// Returns the segment in an element, its codes as the file writes them, and whether all of it is readable.
fn read_segment(
    inline: &mut InlineReader,
    text: &str,
    span: &SpannedElement,
    prefixed: bool,
) -> Result<(Segment, Vec<String>, bool), ReadError> {
    let node = span.node(text)?;
    inline.references.clear();
    let (segment, mut markup) = inline.with_markup(&node);
    // The tree has local names only, so that markup made of it would lack the prefix of the document's elements.
    markup.retain(|_| !prefixed);
    Ok((segment, markup, inline.references.is_empty() && !node.name.is_empty()))
}

/// Returns the translations in the matches that an earlier run put into a unit.
fn added_targets(text: &str, unit: &SpannedElement) -> Result<FxHashSet<String>, ReadError> {
    let ours = unit.children.iter().flat_map(|child| std::iter::once(child).chain(&child.children));
    let targets = ours
        .filter(|span| is_v2_addition(span) || is_v1_addition(span))
        .filter_map(|span| span.child("target"));
    targets.map(|target| Ok(target.node(text)?.exact_text().trim().to_owned())).collect()
}

/// Returns the segments of a `<unit>` with their states.
fn v2_segments(text: &str, unit: &SpannedElement) -> Result<SegmentStates, ReadError> {
    let mut inline = InlineReader::default();
    if let Some(data) = unit.child("originalData") {
        inline.add_original_data(&data.node(text)?);
    }
    let prefixed = !unit.prefix(text).is_empty();
    // A target that an earlier run filled with a fuzzy match may be filled again, unless it was edited since.
    let ours = added_targets(text, unit)?;
    let mut found = Vec::new();
    for (at, span) in segment_elements(unit).enumerate() {
        let Some(source) = span.child("source") else { continue };
        let (segment, markup, readable) = read_segment(&mut inline, text, source, prefixed)?;
        let progress = TargetState::of_segment(span);
        let target = span.child("target").map(|target| target.node(text)).transpose()?;
        let target = target.map(|target| target.exact_text());
        let target = target.filter(|target| !(progress.is_fuzzy_fill() && ours.contains(target.trim())));
        let state = SegmentState::of(readable, &segment, target.as_deref(), progress.is_undone());
        found.push((SegmentSlot { markup, segment_index: at, ..SegmentSlot::default() }, segment, state));
    }
    Ok(found)
}
