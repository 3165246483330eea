//! Decides which targets of a unit are filled.

use super::{
    answer::{Answer, FillResult, NotFilled, SegmentToTranslate, Suggestion, TermNote},
    codes::{with_codes, with_ends_of},
    lengths::MeasuredText,
    markup::escaped,
    model::{EditedUnit, SegmentSlot},
};
use crate::{
    interchange::{po::keeps_arguments, xliff::XliffVersion},
    score::Score,
    segment::Segment,
};

/// A segment with its answer, and the content of its target if it is filled.
pub(crate) struct SegmentFill<'u> {
    pub(crate) slot: &'u SegmentSlot,
    pub(crate) segment: &'u Segment,
    pub(crate) answer: &'u Answer,
    /// The new content of its target as XML, or `None` if the target is not filled.
    pub(crate) target: Option<String>,
    pub(crate) result: FillResult,
}

impl<'u> SegmentFill<'u> {
    /// Decides about a segment of a unit. `least` is the score that a match needs, `None` if nothing is filled.
    fn new(
        unit: &EditedUnit,
        slot: &'u SegmentSlot,
        asked: &'u SegmentToTranslate,
        answer: &'u Answer,
        least: Option<Score>,
    ) -> Self {
        let segment = &asked.segment;
        let good = answer.suggestions.first().filter(|best| least.is_some_and(|least| best.score >= least));
        let content = good.map(|best| content_to_fill(unit, slot, asked, answer, best));
        let (target, result) = match content {
            None => (None, FillResult::NoMatch),
            Some(Ok(content)) => (Some(content), FillResult::Filled),
            Some(Err(reason)) => (None, FillResult::NotFilled(reason)),
        };
        Self { slot, segment, answer, target, result }
    }

    /// The best match.
    fn best(&self) -> Option<&Suggestion> {
        self.answer.suggestions.first()
    }

    pub(crate) fn is_exact(&self) -> bool {
        self.best().is_some_and(Suggestion::is_exact)
    }

    /// Returns the translation of a match as XML, with the segment's inline codes if it has the same ones.
    pub(crate) fn translation(&self, suggestion: &Suggestion) -> String {
        let with_codes = with_codes(self.segment, &self.slot.markup, suggestion);
        with_codes.unwrap_or_else(|| escaped(&suggestion.target.text))
    }

    /// Returns the terms of the segment.
    pub(crate) fn terms(&self) -> impl Iterator<Item = &TermNote> {
        self.answer.terms.iter()
    }
}

/// Returns what is put into the target, or the reason why nothing is.
fn content_to_fill(
    unit: &EditedUnit,
    slot: &SegmentSlot,
    asked: &SegmentToTranslate,
    answer: &Answer,
    best: &Suggestion,
) -> Result<String, NotFilled> {
    let form = asked.form.as_ref().filter(|form| form.is_among(&best.plural_forms));
    match slot.unfillable {
        // The unit is the translation of this very form.
        Some(NotFilled::UnknownPluralForm) if form.is_some() => {}
        Some(reason) => return Err(reason),
        None => {}
    }
    if answer.tied {
        return Err(NotFilled::SeveralTranslations);
    }
    // Version 1 has one state for a whole target: a fuzzy match would mark finished segments as unconfirmed, too.
    if unit.version == XliffVersion::V1 && unit.partly_translated && !best.is_exact() {
        return Err(NotFilled::TranslatedBeside);
    }
    let may_have_fewer = form.is_some_and(|form| form.only_count.is_some());
    let (source, target) = (&asked.segment.text, &best.target.text);
    if !slot.formats.iter().all(|format| keeps_arguments(format, source, target, may_have_fewer)) {
        return Err(NotFilled::OtherArguments);
    }
    with_codes(&asked.segment, &slot.markup, best).ok_or(NotFilled::OtherCodes)
}

/// Decides about the segments of a unit.
pub(crate) fn unit_fills<'u>(
    unit: &'u EditedUnit,
    segments: &'u [SegmentToTranslate],
    answers: &'u [Answer],
    nothing: &'u Answer,
    least: Option<Score>,
) -> Vec<SegmentFill<'u>> {
    let fills = unit.slots.iter().filter_map(|slot| {
        let asked = segments.get(slot.number)?;
        Some(SegmentFill::new(unit, slot, asked, answers.get(slot.number).unwrap_or(nothing), least))
    });
    let mut fills: Vec<SegmentFill<'_>> = fills.collect();
    if unit.limits.is_empty() {
        return fills;
    }
    // The limits are those of the whole target.
    let mut whole = MeasuredText { text: unit.other_text.clone(), codes: String::new() };
    for fill in fills.iter().filter(|fill| fill.target.is_some()) {
        let target = fill.best().map(|best| with_ends_of(fill.segment, &best.target)).unwrap_or_default();
        whole.text.push_str(&target.text);
        whole.codes.extend(target.codes.into_iter().map(|code| code.raw));
    }
    if let Some(reason) = unit.limits.problem_of(&whole) {
        for fill in fills.iter_mut().filter(|fill| fill.target.is_some()) {
            fill.target = None;
            fill.result = FillResult::NotFilled(reason);
        }
    }
    fills
}
