//! A match with everything that only the matches of an answer need.

use super::{
    best::RankedMatch,
    code_transfer::transfer_codes,
    diff::{DiffSpan, diff},
    distance::reported_similarity,
    guard::{MeaningDifference, arguments_differ},
    judge::{Query, UnitSide},
    repair::{LocalizedText, Repair, RepairRefusal, repair},
};
use crate::{score::Flag, segment::InlineCode, unit::Variant};

/// A match with its diff, repair and codes.
#[derive(Clone, Debug)]
pub struct LookupMatch {
    /// The unit with its judgement and the number of its duplicates.
    pub ranked: RankedMatch,
    /// The words that cause the flags.
    pub differences: Vec<MeaningDifference>,
    /// The edits that turn the stored text into the query.
    pub diff: Vec<DiffSpan>,
    /// The other side with the values of the query, or the reason why they are not carried over. `None` if no
    /// values differ.
    pub repair: Result<Option<Repair>, RepairRefusal>,
    /// The inline codes of the query at their positions in the other side, if they correspond to the stored
    /// ones.
    pub codes: Option<Vec<InlineCode>>,
}

impl LookupMatch {
    /// Completes a match of a query with its exact similarity, diff, repair and codes. `side` is the side of
    /// the unit that was compared.
    #[must_use]
    pub fn new(query: &Query, mut ranked: RankedMatch, side: UnitSide) -> Self {
        let judged = &mut ranked.judged_unit;
        let differences = judged.differences.take().unwrap_or_else(|| {
            // The search has found only the flags that change the score, and those that the row does not show.
            let findings = query.findings(&judged.folded);
            let flags = &mut judged.judgement.flags;
            flags.extend(findings.flags);
            flags.sort_unstable();
            flags.dedup();
            findings.differences
        });
        let unit = &ranked.judged_unit.unit.content;
        let (stored, other) = (side.of(unit), side.other().of(unit));
        let judgement = &ranked.judged_unit.judgement;
        let values_differ = judgement.flags.iter().any(|f| matches!(f, Flag::Number | Flag::Placeholder));
        let repair = if values_differ {
            repair(&query.segment.text, to_localized(stored), to_localized(other), &judgement.penalties)
        } else {
            Ok(None)
        };
        let repair = repair.and_then(|repair| match repair {
            // A repair changes values and cannot add an argument that the translation lacks.
            Some(_) if arguments_differ(&stored.segment.text, &other.segment.text) => {
                Err(RepairRefusal::ValuesNotAligned)
            }
            repair => Ok(repair),
        });
        let stored = &stored.segment;
        let differences = query.on_surface(&stored.text, differences);
        let row = &ranked.judged_unit.folded;
        let similarity = reported_similarity(query.folded(), row, judgement.similarity);
        let diff = diff(&stored.text, &query.segment.text);
        let codes = transfer_codes(&query.segment, stored, &other.segment, &diff);
        ranked.judged_unit.judgement.similarity = similarity;
        Self { ranked, differences, diff, repair, codes }
    }
}

fn to_localized(variant: &Variant) -> LocalizedText<'_> {
    LocalizedText { text: &variant.segment.text, locale: &variant.locale }
}
