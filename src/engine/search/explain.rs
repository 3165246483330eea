//! Explaining a pair of segments.

use crate::{
    engine::request::Checker,
    fault::Violation,
    limits::Limits,
    locale::Locale,
    matching::{Asked, DiffSpan, Judgement, Localized, Repair, RepairRefusal, diff, judge_pair, repair},
    score::{Caps, Penalties},
    segment::Segment,
    unit::Context,
};

/// A pair to explain.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The segment asked for.
    pub asked: (Segment, Context),
    /// The stored one.
    pub stored: (Segment, Context),
    /// The stored one's translation, if there is one.
    pub target: Option<String>,
    /// The locale of both segments.
    pub source_locale: Locale,
    /// The locale of the translation.
    pub target_locale: Locale,
    /// Points off.
    pub penalties: Penalties,
    /// The most that flagged pairs are worth.
    pub caps: Caps,
}

/// What a stored segment would be worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Kind, similarity, penalties, flags and score.
    pub judgement: Judgement,
    /// What would turn the stored segment into the one asked for.
    pub diff: Vec<DiffSpan>,
    /// The translation with values carried over, or why they are not.
    pub repair: Result<Option<Repair>, RepairRefusal>,
}

/// Explains a pair; no memory is needed for it.
///
/// # Errors
/// What [`Checker::segment`] finds (in `asked…` or `stored…`), and
/// `TEXT_TOO_LONG` for the target.
pub fn explain(limits: &Limits, pair: &Pair) -> Result<Explanation, Violation> {
    let check = Checker::new(limits);
    check.segment(&pair.asked.0).map_err(|v| v.inside("asked"))?;
    check.segment(&pair.stored.0).map_err(|v| v.inside("stored"))?;
    if let Some(target) = &pair.target {
        check.length("target", target, limits.segment_chars)?;
    }
    let (segment, context) = &pair.asked;
    let asked = Asked::new(segment.clone(), context.clone());
    let stored = &pair.stored.0;
    let judgement = judge_pair(&asked, stored, &pair.stored.1, &pair.penalties, &pair.caps);
    let repair = match &pair.target {
        Some(target) => repair(
            &asked.segment.text,
            Localized { text: &stored.text, locale: &pair.source_locale },
            Localized { text: target, locale: &pair.target_locale },
            &judgement.penalties,
        ),
        None => Ok(None),
    };
    Ok(Explanation { judgement, diff: diff(&stored.text, &asked.segment.text), repair })
}
