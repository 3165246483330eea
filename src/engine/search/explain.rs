//! Explanation of a score: judges a pair of segments that need not be stored.

use crate::{
    engine::request::Checker,
    fault::Violation,
    limits::Limits,
    locale::Locale,
    matching::{
        DiffSpan, Judgement, LocalizedText, MeaningDifference, Query, Repair, RepairRefusal, StoredSegment,
        diff, judge_pair, repair,
    },
    score::{Caps, Penalties, Score},
    segment::Segment,
    text::folded,
    unit::{Context, Provenance},
};

/// A pair to explain.
#[derive(Clone, Debug)]
pub struct ExplainedPair {
    /// The segment that is looked up, with its context.
    pub query: (Segment, Context),
    /// The stored segment, with its context.
    pub stored: (Segment, Context),
    /// The provenance of its translation, which can cause penalties.
    pub provenance: Provenance,
    /// The translation of the stored segment, if it has one.
    pub target: Option<String>,
    /// The locale of both segments.
    pub source_locale: Locale,
    /// The locale of the translation.
    pub target_locale: Locale,
    /// The deductions from the similarity.
    pub penalties: Penalties,
    /// The highest scores of flagged pairs.
    pub caps: Caps,
}

/// How a stored segment would match.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Kind, similarity, penalties, flags and score.
    pub judgement: Judgement,
    /// How much of the stored translation can probably be used.
    pub usefulness: Score,
    /// The words that cause the flags.
    pub differences: Vec<MeaningDifference>,
    /// The edits that turn the stored segment into the one that is looked up.
    pub diff: Vec<DiffSpan>,
    /// The translation with the values of the new segment, or the reason why it has none.
    pub repair: Result<Option<Repair>, RepairRefusal>,
}

/// Explains a pair. This needs no memory.
///
/// # Errors
/// Those of [`Checker::segment`] (in `asked…` or `stored…`), and `TEXT_TOO_LONG` for the target.
pub fn explain(limits: &Limits, pair: &ExplainedPair) -> Result<Explanation, Violation> {
    let check = Checker::new(limits);
    let (segment, context) = pair.query.clone();
    let segment = check.segment(segment).map_err(|v| v.inside("asked"))?;
    check.segment(pair.stored.0.clone()).map_err(|v| v.inside("stored"))?;
    if let Some(target) = &pair.target {
        check.length("target", target, limits.segment_chars)?;
    }
    let query = Query::new(segment, context);
    let stored = &pair.stored.0;
    let (context, provenance) = (&pair.stored.1, &pair.provenance);
    let stored_side = StoredSegment { segment: stored, context, provenance };
    let judgement = judge_pair(&query, stored_side, &pair.penalties, &pair.caps);
    let repair = match &pair.target {
        Some(target) => repair(
            &query.segment.text,
            LocalizedText { text: &stored.text, locale: &pair.source_locale },
            LocalizedText { text: target, locale: &pair.target_locale },
            &judgement.penalties,
        ),
        None => Ok(None),
    };
    let differences = query.differences(&stored.text);
    let usefulness = query.usefulness(&folded(&stored.text), judgement.similarity);
    let diff = diff(&stored.text, &query.segment.text);
    Ok(Explanation { judgement, usefulness, differences, diff, repair })
}
