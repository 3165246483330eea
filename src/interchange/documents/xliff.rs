//! An XLIFF file that is edited in place.

use std::io::{self, Write};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    answer::{Answer, FillResult, LeftAlone, NotFilled, SegmentToTranslate},
    edits::{Edit, language_edit, v1_edits, v2_edits},
    fill::unit_fills,
    hints::{HINTS_ATTRIBUTE, MessageHints},
    lengths::LengthLimits,
    model::{
        EditedUnit, LanguageTag, PLURAL_RESTYPE, SegmentSlot, has_additions, is_v1_addition, is_v2_addition,
    },
    protection::{Protection, ProtectionReader, protected_marks},
    spans::{SpannedElement, read_spanned, start_tag_range},
};
use crate::{
    interchange::{
        contract::Languages,
        error::ReadError,
        xliff::{
            InlineReader, MISSING_LANGUAGE, TargetState, UnitElement, UnitScope, UnitStart, XliffPart,
            XliffVersion, XliffWalk, has_distinct_ids, marked_segments, pair_segments, segment_elements,
        },
        xml::{Child, Node, XmlReader},
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
    /// The start tags that declare target languages.
    languages: Vec<LanguageTag>,
    /// The plural forms in the groups of a message, by the number of the group and the source text.
    plural_forms: FxHashMap<(u64, String), PluralForms>,
}

/// Plural forms of one message with the same source.
#[derive(Debug, Default)]
struct PluralForms {
    count: usize,
    /// The places of those that are to be translated: the index of the unit, and of the slot in it.
    slots: Vec<(usize, usize)>,
}

impl XliffDocument {
    pub(crate) fn read(text: String, languages: &Languages) -> Result<Self, ReadError> {
        let mut document = Self {
            text: String::new(),
            units: Vec::new(),
            segments: Vec::new(),
            left_alone: LeftAlone::default(),
            languages: Vec::new(),
            plural_forms: FxHashMap::default(),
        };
        let mut walk = XliffWalk::new(XmlReader::from_text(text.as_bytes())?);
        while let Some(part) = walk.next()? {
            match part {
                XliffPart::File(_) if walk.scope().source.is_empty() => {
                    let what = format!("line {}: {MISSING_LANGUAGE}", walk.line());
                    return Err(ReadError::OtherLanguages { reason: "BAD_LOCALE", what });
                }
                XliffPart::File(file) => {
                    let (read, attribute) = match walk.scope().version {
                        XliffVersion::V1 => (file, "target-language"),
                        // All files share the languages of the root.
                        XliffVersion::V2 if !document.languages.is_empty() => continue,
                        XliffVersion::V2 => (walk.root(), "trgLang"),
                    };
                    document.languages.push(LanguageTag {
                        range: start_tag_range(&text, read),
                        attribute,
                        is_missing: walk.scope().target.is_empty(),
                        has_other_languages: false,
                    });
                }
                XliffPart::Unit(UnitStart { element, translatable, position }) => {
                    let spans = read_spanned(walk.xml(), &text, element, position)?;
                    document.unit(&text, spans, walk.scope(), translatable, languages)?;
                }
            }
        }
        document.text = text;
        document.leave_unknown_plural_forms();
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
            if let Some(tag) = self.languages.last_mut() {
                tag.has_other_languages = true;
            }
            return Ok(());
        };
        let UnitSegments { segments: found, other_text } = match scope.version {
            XliffVersion::V1 => v1_segments(text, &spans)?,
            XliffVersion::V2 => v2_segments(text, &spans)?,
        };
        let is_plural_form = spans.element.get("restype") == Some(PLURAL_RESTYPE);
        let hints = MessageHints::of_attribute(spans.element.get(HINTS_ATTRIBUTE).unwrap_or_default());
        let (mut slots, mut unreadable, mut partly) = (Vec::new(), Vec::new(), false);
        for (mut slot, segment, state) in found {
            if state == SegmentState::Unreadable {
                self.left_alone.unreadable += 1;
                unreadable.push(slot.mid);
                continue;
            }
            if segment.text.trim().is_empty() {
                continue;
            }
            if let Some(group) = scope.plural_group() {
                let forms = self.plural_forms.entry((group, segment.text.clone())).or_default();
                forms.count += 1;
                if translatable && state == SegmentState::Open {
                    forms.slots.push((self.units.len(), slots.len()));
                }
            }
            if !translatable || state == SegmentState::Protected {
                self.left_alone.not_translatable += 1;
            } else if state == SegmentState::Translated {
                self.left_alone.translated += 1;
                partly = true;
            } else {
                if state == SegmentState::OpenWithTarget {
                    slot.unfillable = Some(NotFilled::HasTarget);
                } else if is_plural_form {
                    slot.unfillable.get_or_insert(NotFilled::UnknownPluralForm);
                }
                let formats = hints.formats.clone();
                slots.push(SegmentSlot { number: self.segments.len(), formats, ..slot });
                let unit = spans.element.get("id").unwrap_or_default().to_owned();
                let form = hints.form.clone();
                self.segments.push(SegmentToTranslate { segment, reverse: direction.reversed, unit, form });
            }
        }
        // Additions of an earlier run are removed even if everything is translated by now.
        if !slots.is_empty() || translatable && has_additions(&spans) {
            let language = if direction.reversed { direction.source } else { direction.target };
            self.units.push(EditedUnit {
                version: scope.version,
                namespace: scope.namespace.clone(),
                file: self.languages.len().saturating_sub(1),
                language: language.to_string(),
                limits: LengthLimits::of(&spans, scope),
                other_text,
                spans,
                slots,
                unreadable,
                partly_translated: partly,
            });
        }
        Ok(())
    }

    /// Marks the plural forms that share their source with another form of the message. A translation of that source
    /// belongs to one form only, and nothing says to which.
    fn leave_unknown_plural_forms(&mut self) {
        for forms in std::mem::take(&mut self.plural_forms).into_values().filter(|forms| forms.count > 1) {
            for (unit, slot) in forms.slots {
                if let Some(slot) = self.units.get_mut(unit).and_then(|unit| unit.slots.get_mut(slot)) {
                    slot.unfillable.get_or_insert(NotFilled::UnknownPluralForm);
                }
            }
        }
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
    ) -> io::Result<Vec<FillResult>> {
        let mut edits: Vec<Edit> = Vec::new();
        let mut results = vec![FillResult::NoMatch; self.segments.len()];
        let mut filled_files = FxHashMap::default();
        let nothing = Answer::default();
        for unit in &self.units {
            let fills = unit_fills(unit, &self.segments, answers, &nothing, fill);
            for fill in &fills {
                if let Some(result) = results.get_mut(fill.slot.number) {
                    *result = fill.result;
                }
            }
            let language = self.languages.get(unit.file).filter(|tag| tag.is_missing);
            if fills.iter().any(|fill| fill.target.is_some()) {
                filled_files.entry(unit.file).or_insert(unit.language.as_str());
            }
            let own = language.filter(|tag| tag.has_other_languages).map(|_| unit.language.as_str());
            match unit.version {
                XliffVersion::V1 => v1_edits(&self.text, unit, &fills, own, &mut edits),
                XliffVersion::V2 => v2_edits(&self.text, unit, &fills, &mut edits),
            }
        }
        for (file, language) in filled_files {
            edits.extend(self.languages.get(file).and_then(|tag| language_edit(&self.text, tag, language)));
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
        Ok(results)
    }
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
    /// Not to be translated, because all of its text is protected.
    Protected,
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

    /// Returns the state of a segment of which this much is protected.
    fn unless_protected(self, protection: Protection) -> Self {
        match self {
            Self::Open | Self::OpenWithTarget if protection == Protection::All => Self::Protected,
            state => state,
        }
    }
}

/// The segments of a unit.
#[derive(Default)]
struct UnitSegments {
    segments: Vec<(SegmentSlot, Segment, SegmentState)>,
    /// The text that the target has, or gets, beside the segments to translate. It counts for limits of the length.
    other_text: String,
}

/// Returns the segments of a `<trans-unit>` with their states.
fn v1_segments(text: &str, unit: &SpannedElement) -> Result<UnitSegments, ReadError> {
    let target = unit.child("target");
    // A target that an earlier run filled with a fuzzy match may be filled again.
    let progress = TargetState::of_target(target);
    let ours = if progress.is_fuzzy_fill() { added_targets(text, unit)? } else { FxHashSet::default() };
    let undone = progress.is_undone();
    let mut reader = SlotReader { prefixed: !unit.prefix(text).is_empty(), ..SlotReader::default() };
    let marks = unit.child("seg-source").map(marked_segments).unwrap_or_default();
    let targets = target.map(marked_segments).unwrap_or_default();
    if marks.is_empty() {
        let Some(source) = unit.child("source") else { return Ok(UnitSegments::default()) };
        let (mut slot, segment, protected) = reader.slot(text, source, "", false)?;
        let own = target.map(|target| text_unless_ours(text, target, &ours)).transpose()?;
        let protected = if is_locked(unit, "") { Protection::All } else { protected };
        let state =
            SegmentState::of(reader.readable, &segment, own.as_deref(), undone).unless_protected(protected);
        // The source is one segment, so its translation can only be put into a target of one.
        let fits = match (target, targets.as_slice()) {
            (_, []) => true,
            (Some(target), [_]) => has_only_mark(&target.node(text)?),
            _ => false,
        };
        if !fits {
            slot.unfillable.get_or_insert(NotFilled::OtherMarks);
        }
        return Ok(UnitSegments { segments: vec![(slot, segment, state)], other_text: String::new() });
    }
    let ids: FxHashSet<&str> = marks.iter().map(|(mid, _)| *mid).collect();
    let fits = has_distinct_ids(&targets) && targets.iter().all(|(mid, _)| ids.contains(mid));
    let inside = unit.child("seg-source").map(protected_marks).unwrap_or_default();
    // A target without marks is a translation of the whole source.
    let whole = target
        .filter(|_| targets.is_empty())
        .map(|target| text_unless_ours(text, target, &ours))
        .transpose()?;
    let source = unit.child("source").map(|source| text_unless_ours(text, source, &ours));
    let of_all = source.transpose()?.unwrap_or_default();
    let kept = undone && whole.as_deref().is_some_and(|w| !w.trim().is_empty() && w.trim() != of_all.trim());
    let distinct = has_distinct_ids(&marks);
    let mut found = UnitSegments::default();
    for ((mid, mark), translated) in marks.iter().zip(pair_segments(&marks, &targets)) {
        let (mut slot, segment, protected) =
            reader.slot(text, mark, mid, inside.contains(&mark.tag.start))?;
        let protected = if is_locked(unit, mid) { Protection::All } else { protected };
        if !fits {
            slot.unfillable.get_or_insert(NotFilled::OtherMarks);
        }
        let own = translated.map(|mark| text_unless_ours(text, mark, &ours)).transpose()?;
        let (target, undone) = match &whole {
            // A finished translation of the whole counts for each segment. An unfinished one was compared above with
            // the whole source, of which no single segment is a copy.
            Some(whole) if !undone => (Some(whole.as_str()), false),
            _ => (own.as_deref(), undone),
        };
        let state = match SegmentState::of(reader.readable && distinct, &segment, target, undone) {
            SegmentState::Open if kept => SegmentState::OpenWithTarget,
            state => state.unless_protected(protected),
        };
        match state {
            SegmentState::Open => {}
            SegmentState::Protected => found.other_text.push_str(&segment.text),
            _ => found.other_text.push_str(own.as_deref().unwrap_or_default()),
        }
        found.segments.push((slot, segment, state));
    }
    if let Some(source) = unit.child("seg-source") {
        text_outside_marks(&source.node(text)?, &mut found.other_text);
    }
    Ok(found)
}

/// Returns true if a tool has locked a segment: memoQ and Phrase a whole unit, Trados a segment with this `mid`.
fn is_locked(unit: &SpannedElement, mid: &str) -> bool {
    let definitions = unit.child("sdl:seg-defs").into_iter().flat_map(UnitElement::elements);
    let mut own = definitions.filter(|segment| segment.attribute("id") == Some(mid));
    unit.attribute("mq:locked") == Some("locked")
        || unit.attribute("m:locked") == Some("true")
        || own.any(|segment| segment.attribute("locked") == Some("true"))
}

/// Returns true if an element contains one marked segment and nothing else.
fn has_only_mark(target: &Node) -> bool {
    let children = target.children.iter().filter(|child| match child {
        Child::Text(text) => !text.trim().is_empty(),
        Child::Reference(_) | Child::Node(_) => true,
    });
    matches!(children.collect::<Vec<_>>().as_slice(), [Child::Node(mark)] if is_mark(mark))
}

fn is_mark(node: &Node) -> bool {
    node.name == "mrk" && node.get("mtype") == Some("seg")
}

/// Adds the text between the marked segments of an element.
fn text_outside_marks(node: &Node, all: &mut String) {
    for child in &node.children {
        match child {
            Child::Text(text) => all.push_str(text),
            Child::Reference(_) => {}
            Child::Node(node) if is_mark(node) => {}
            Child::Node(node) => text_outside_marks(node, all),
        }
    }
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

/// Reads the segments of a unit.
#[derive(Default)]
struct SlotReader {
    inline: InlineReader,
    protection: ProtectionReader,
    /// True if the document's elements have a prefix. The tree has local names only, so that markup made of it would
    /// lack the prefix.
    prefixed: bool,
    /// True if all of the last segment is readable.
    readable: bool,
}

impl SlotReader {
    /// Reads the segment in an element, its codes as the file writes them, and how much of it is protected.
    fn slot(
        &mut self,
        text: &str,
        span: &SpannedElement,
        mid: &str,
        inside_protected: bool,
    ) -> Result<(SegmentSlot, Segment, Protection), ReadError> {
        let node = span.node(text)?;
        self.inline.references.clear();
        let (segment, mut markup) = self.inline.with_markup(&node);
        markup.retain(|_| !self.prefixed);
        // Codes beyond the limit of a unit are empty, so the segment would be looked up with others than it has.
        self.readable =
            self.inline.references.is_empty() && !node.name.is_empty() && !self.inline.is_too_large();
        let protection = self.protection.protection(&node, inside_protected);
        let unfillable = (protection == Protection::Part).then_some(NotFilled::ProtectedText);
        let slot = SegmentSlot { markup, mid: mid.to_owned(), unfillable, ..SegmentSlot::default() };
        Ok((slot, segment, protection))
    }
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
fn v2_segments(text: &str, unit: &SpannedElement) -> Result<UnitSegments, ReadError> {
    let mut reader = SlotReader { prefixed: !unit.prefix(text).is_empty(), ..SlotReader::default() };
    if let Some(data) = unit.child("originalData") {
        reader.inline.add_original_data(&data.node(text)?);
    }
    // A target that an earlier run filled with a fuzzy match may be filled again, unless it was edited since.
    let ours = added_targets(text, unit)?;
    let mut found = UnitSegments::default();
    for (at, span) in segment_elements(unit).enumerate() {
        let Some(source) = span.child("source") else { continue };
        let (slot, segment, protected) = reader.slot(text, source, "", false)?;
        let progress = TargetState::of_segment(span);
        let target = span.child("target").map(|target| target.node(text)).transpose()?;
        let target = target.map(|target| target.exact_text());
        let target = target.filter(|target| !(progress.is_fuzzy_fill() && ours.contains(target.trim())));
        let state = SegmentState::of(reader.readable, &segment, target.as_deref(), progress.is_undone())
            .unless_protected(protected);
        if state != SegmentState::Open {
            found.other_text.push_str(target.as_deref().unwrap_or(&segment.text));
        }
        found.segments.push((SegmentSlot { segment_index: at, ..slot }, segment, state));
    }
    for between in unit.elements().filter(|child| child.name() == "ignorable") {
        if let Some(content) = between.child("target").or(between.child("source")) {
            found.other_text.push_str(&content.node(text)?.exact_text());
        }
    }
    Ok(found)
}
