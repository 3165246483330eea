//! A match with everything that only the matches of an answer need.

use super::{
    best::RankedMatch,
    code_transfer::transfer_codes,
    diff::{DiffSpan, diff},
    distance::reported_similarity,
    guard::{MeaningDifference, arguments_differ},
    judge::{Query, UnitSide},
    repair::{LocalizedText, Repair, RepairRefusal, TermOccurrence, TextWithTerms, exchange_terms, repair},
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
    /// The other side with the values or the term of the query, or the reason why they are not carried over.
    /// `None` if no values differ, or anything else besides.
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

    /// Returns whether a term may be exchanged: the match is one of sources, whose texts differ, and its values
    /// are not repaired.
    #[must_use]
    pub fn may_exchange_terms(&self, side: UnitSide) -> bool {
        side == UnitSide::Source && self.repair == Ok(None) && !self.diff.is_empty()
    }

    /// Returns the stored text that was compared, for [`may_exchange_terms`](Self::may_exchange_terms).
    #[must_use]
    pub fn stored_source(&self) -> &str {
        &self.ranked.judged_unit.unit.content.source.segment.text
    }

    /// Repairs the translation if its source differs from the query in one term. `asked` and `stored` are the
    /// longest terms in both texts.
    pub fn exchange_terms(&mut self, query: &Query, asked: &[TermOccurrence], stored: &[TermOccurrence]) {
        let unit = &self.ranked.judged_unit.unit.content;
        // A repair cannot add an argument that the translation lacks.
        if arguments_differ(&unit.source.segment.text, &unit.target.segment.text) {
            return;
        }
        self.repair = exchange_terms(
            TextWithTerms { text: &query.segment.text, terms: asked },
            (TextWithTerms { text: &unit.source.segment.text, terms: stored }, &unit.source.locale),
            to_localized(&unit.target),
            &self.ranked.judged_unit.judgement.penalties,
        );
    }
}

fn to_localized(variant: &Variant) -> LocalizedText<'_> {
    LocalizedText { text: &variant.segment.text, locale: &variant.locale }
}
