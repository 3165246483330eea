//! Judges a unit against a query: kind, penalties, score.

use std::sync::OnceLock;

use super::{
    context::context_agrees,
    distance::similarity,
    folded_segment::FoldedSegment,
    guard::{GuardFindings, GuardProfile, MeaningDifference, VowelMarks, arguments_differ},
    usefulness::{WeightedWords, usefulness},
};
use crate::{
    locale::Locale,
    score::{Caps, Flag, Fold, MatchKind, Penalties, Penalty, PenaltyReason, Score},
    segment::Segment,
    text::{FoldMap, folded, folds_used, same},
    unit::{Context, Origin, Provenance, ReviewState, UnitDraft, Variant},
};

/// The locales that a caller prefers. An absent locale means no preference, so it causes no penalty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalePreference {
    /// The locale of the source.
    pub source: Option<Locale>,
    /// The locale of the target.
    pub target: Option<Locale>,
}

impl LocalePreference {
    /// Returns whether a unit has a locale other than the preferred one, on either side.
    fn differs_from(&self, unit: &UnitDraft) -> bool {
        self.source.as_ref().is_some_and(|locale| *locale != unit.source.locale)
            || self.target.as_ref().is_some_and(|locale| *locale != unit.target.locale)
    }
}

/// A segment to look up, with its folded forms and its guard profile, which are computed once.
#[derive(Clone, Debug)]
pub struct Query {
    /// The segment.
    pub segment: Segment,
    /// Its context in the document.
    pub context: Context,
    vowel_marks: VowelMarks,
    folded: String,
    guard_profile: GuardProfile,
    /// The words of the folded text, once a match needs them.
    weighted_words: OnceLock<WeightedWords>,
    /// The places of the folded text in the segment, once a match needs them.
    fold_map: OnceLock<FoldMap>,
}

impl Query {
    /// Prepares a segment: folds it at level *same*, too, and builds its guard profile.
    #[must_use]
    pub fn new(segment: FoldedSegment, context: Context) -> Self {
        let (segment, folded) = segment.into_parts();
        let vowel_marks = VowelMarks::new(same(&segment.text));
        let guard_profile = GuardProfile::new(&folded);
        let (weighted_words, fold_map) = (OnceLock::new(), OnceLock::new());
        Self { segment, context, vowel_marks, folded, guard_profile, weighted_words, fold_map }
    }

    /// Returns the folded text. It is empty if nothing is left to match, for example of vowel marks alone.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Returns how useful a translation of a folded text probably is, given the similarity of the text.
    #[must_use]
    pub fn usefulness(&self, stored: &str, similarity: Score) -> Score {
        let words = self.weighted_words.get_or_init(|| WeightedWords::new(&self.folded));
        usefulness((&self.folded, words), stored, similarity)
    }

    /// Compares a row of the index with the segment, before any unit of the row is read. A row that is equal
    /// to the folded text has no flags.
    #[must_use]
    pub fn match_row<'r>(&self, row: &'r str, similarity: Score) -> RowMatch<'r> {
        let GuardFindings { flags, differences } = self.findings(row);
        RowMatch { row, similarity, flags, differences: Some(differences) }
    }

    /// Compares a row with the segment for its score only: a flag whose cap is not below the similarity may be
    /// missing, because it does not change the score. Returns `None` if one of the flags has a cap below
    /// `min_score`. No unit of the row can then reach `min_score`, because caps are the same for all memories.
    /// `findings` returns all flags, for the few rows that are shown.
    #[must_use]
    pub fn match_row_if_above<'r>(
        &self,
        row: &'r str,
        similarity: Score,
        caps: &Caps,
        min_score: Score,
    ) -> Option<RowMatch<'r>> {
        if row == self.folded {
            return Some(RowMatch { row, similarity, flags: Vec::new(), differences: Some(Vec::new()) });
        }
        let least = min_score.min(similarity);
        let matters = |flag| caps.of(flag) < similarity;
        let (findings, is_complete) =
            self.guard_profile.findings_for_score(row, matters, |flag| caps.of(flag) < least)?;
        let GuardFindings { flags, differences } = findings;
        Some(RowMatch { row, similarity, flags, differences: is_complete.then_some(differences) })
    }

    /// Returns all flags of a row, with the words that cause them. A row that is equal to the folded text has none.
    pub(super) fn findings(&self, row: &str) -> GuardFindings {
        if row == self.folded { GuardFindings::default() } else { self.guard_profile.findings(row) }
    }

    /// Returns the words that cause the flags of a stored text, with ranges in the texts as they are written.
    #[must_use]
    pub fn differences(&self, stored: &str) -> Vec<MeaningDifference> {
        self.on_surface(stored, self.findings(&folded(stored)).differences)
    }

    /// Moves the ranges of differences from the folded texts to the texts as they are written.
    pub(super) fn on_surface(
        &self,
        stored: &str,
        differences: Vec<MeaningDifference>,
    ) -> Vec<MeaningDifference> {
        if differences.is_empty() {
            return differences;
        }
        let asked = self.fold_map.get_or_init(|| FoldMap::folded(&self.segment.text));
        let stored = FoldMap::folded(stored);
        let moved = differences.into_iter().map(|difference| MeaningDifference {
            asked: asked.surface_range(difference.asked),
            stored: stored.surface_range(difference.stored),
            ..difference
        });
        moved.collect()
    }
}

/// A row of the index that the search found, with its similarity and flags.
#[derive(Clone, Debug)]
pub struct RowMatch<'r> {
    row: &'r str,
    similarity: Score,
    flags: Vec<Flag>,
    /// The words that cause flags, in folded texts. `None` if flags that do not change the score may be missing.
    pub(super) differences: Option<Vec<MeaningDifference>>,
}

/// The parameters for judging the units of one memory.
#[derive(Clone, Copy, Debug)]
pub struct ScoringParams<'t> {
    /// The locales that the caller prefers.
    pub locales: &'t LocalePreference,
    /// The penalty on every unit of the memory.
    pub memory_penalty: Score,
    /// The penalties by reason.
    pub penalties: &'t Penalties,
    /// The highest scores that flagged units may have.
    pub caps: &'t Caps,
    /// The side of a unit that is compared.
    pub side: UnitSide,
}

/// A side of a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnitSide {
    /// The source.
    #[default]
    Source,
    /// The target, for reverse lookups.
    Target,
}

impl UnitSide {
    /// Returns this side of a unit.
    #[must_use]
    pub fn of(self, unit: &UnitDraft) -> &Variant {
        match self {
            Self::Source => &unit.source,
            Self::Target => &unit.target,
        }
    }

    /// Returns the other side.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Source => Self::Target,
            Self::Target => Self::Source,
        }
    }
}

/// The result of judging a unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// The kind of match.
    pub kind: MatchKind,
    /// The similarity of the folded texts.
    pub similarity: Score,
    /// The penalties that were taken off.
    pub penalties: Vec<Penalty>,
    /// Differences that may reverse or change the meaning.
    pub flags: Vec<Flag>,
    /// The base score of the kind minus the penalties, and at most the caps of the flags.
    pub score: Score,
    /// The folds that an orthographic match needed; empty for other kinds.
    pub folds_used: Vec<Fold>,
}

/// A comparison of two texts, independent of the unit that they belong to.
struct Comparison {
    kind: MatchKind,
    similarity: Score,
    folds_used: Vec<Fold>,
    flags: Vec<Flag>,
}

fn compare(query: &Query, stored: &str, row_match: &RowMatch<'_>, in_context: bool) -> Comparison {
    let (similarity, mut flags) = (row_match.similarity, row_match.flags.clone());
    let equal_folded = query.folded == row_match.row;
    // Texts that are equal at level *same* are also equal when folded. If they are not, that level is needed
    // only to compare their vowel marks.
    let stored_same = (equal_folded || query.vowel_marks.may_contradict(stored)).then(|| same(stored));
    let is_same = stored_same.as_deref() == Some(query.vowel_marks.text());
    if !is_same && stored_same.is_some_and(|stored| query.vowel_marks.contradicts(&stored)) {
        flags.push(Flag::Vocalization);
        flags.sort_unstable();
    }
    let kind = match (is_same, in_context, equal_folded) {
        (true, true, _) => MatchKind::InContext,
        (true, false, _) => MatchKind::Exact,
        (false, _, true) => MatchKind::ExactOrthographic,
        (false, _, false) => MatchKind::Fuzzy,
    };
    let orthographic = kind == MatchKind::ExactOrthographic;
    let folds_used = if orthographic { folds_used(&query.segment.text, stored) } else { Vec::new() };
    Comparison { kind, similarity, folds_used, flags }
}

impl Comparison {
    /// Adds a flag in the order of [`Flag`], unless there is one already.
    fn add_flag(&mut self, flag: Flag) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
            self.flags.sort_unstable();
        }
    }

    fn base_score(&self) -> Score {
        match self.kind {
            MatchKind::InContext | MatchKind::Exact => Score::FULL,
            MatchKind::ExactOrthographic => Score::ORTHOGRAPHIC,
            MatchKind::Fuzzy => self.similarity.min(Score::MAX_FUZZY),
        }
    }

    fn fold_penalty(&self, penalties: &Penalties) -> Score {
        self.folds_used
            .iter()
            .flat_map(|used| penalties.folds.iter().filter(move |(fold, _)| fold == used))
            .fold(Score::ZERO, |sum, (_, points)| sum.plus(*points))
    }

    fn into_judgement(
        self,
        reasons: impl IntoIterator<Item = (PenaltyReason, bool, Score)>,
        caps: &Caps,
    ) -> Judgement {
        let penalties: Vec<Penalty> = reasons
            .into_iter()
            .filter(|(_, applies, points)| *applies && *points > Score::ZERO)
            .map(|(reason, _, points)| Penalty { reason, points })
            .collect();
        let penalized = penalties.iter().fold(self.base_score(), |score, p| score.minus(p.points));
        let score = self.flags.iter().fold(penalized, |score, flag| score.min(caps.of(*flag)));
        let Self { kind, similarity, folds_used, flags } = self;
        Judgement { kind, similarity, penalties, flags, score, folds_used }
    }
}

/// Judges a unit whose row was found.
#[must_use]
pub(super) fn judge(
    query: &Query,
    unit: &UnitDraft,
    row_match: &RowMatch<'_>,
    params: &ScoringParams<'_>,
) -> Judgement {
    let ScoringParams { locales: preference, memory_penalty, penalties, caps, side } = *params;
    let stored = &side.of(unit).segment;
    // The context of a unit belongs to its source, so reverse lookups ignore it.
    let in_context = side == UnitSide::Source && context_agrees(&query.context, &unit.context);
    let mut comparison = compare(query, &stored.text, row_match, in_context);
    // Such a translation is right only for some values, so it never counts as a full match.
    if arguments_differ(&unit.source.segment.text, &unit.target.segment.text) {
        comparison.add_flag(Flag::Placeholder);
    }
    let [machine, aligned, unreviewed] = provenance_penalties(&unit.provenance, penalties);
    let reasons = [
        (PenaltyReason::Memory, true, memory_penalty),
        machine,
        aligned,
        unreviewed,
        (PenaltyReason::CodesDiffer, codes_differ(&query.segment, stored), penalties.codes_differ),
        (PenaltyReason::LocaleDiffers, preference.differs_from(unit), penalties.locale_differs),
        (PenaltyReason::Fold, true, comparison.fold_penalty(penalties)),
    ];
    comparison.into_judgement(reasons, caps)
}

/// The stored side of a pair that does not belong to a unit.
#[derive(Clone, Copy, Debug)]
pub struct StoredSegment<'s> {
    /// The segment.
    pub segment: &'s Segment,
    /// Its context in the document.
    pub context: &'s Context,
    /// The provenance of its translation.
    pub provenance: &'s Provenance,
}

/// Judges a pair of segments that do not belong to a unit, so that no memory and no locale can cause a penalty.
#[must_use]
pub fn judge_pair(query: &Query, stored: StoredSegment<'_>, penalties: &Penalties, caps: &Caps) -> Judgement {
    let StoredSegment { segment: stored, context, provenance } = stored;
    let stored_folded = folded(&stored.text);
    let row_match = query.match_row(&stored_folded, similarity(&query.folded, &stored_folded));
    let comparison = compare(query, &stored.text, &row_match, context_agrees(&query.context, context));
    let [machine, aligned, unreviewed] = provenance_penalties(provenance, penalties);
    let reasons = [
        machine,
        aligned,
        unreviewed,
        (PenaltyReason::CodesDiffer, codes_differ(&query.segment, stored), penalties.codes_differ),
        (PenaltyReason::Fold, true, comparison.fold_penalty(penalties)),
    ];
    comparison.into_judgement(reasons, caps)
}

/// Returns the penalties for the origin and the review of a translation, each with whether it applies. That for an
/// unreviewed translation is not added to those for machine translation and alignments, because these already count
/// that nobody confirmed them.
fn provenance_penalties(provenance: &Provenance, penalties: &Penalties) -> [(PenaltyReason, bool, Score); 3] {
    let origin = provenance.origin;
    let by_person = matches!(origin, Origin::Unknown | Origin::Human);
    let unreviewed = by_person && provenance.review == ReviewState::Unreviewed;
    [
        (PenaltyReason::MachineTranslated, origin == Origin::Machine, penalties.machine_translated),
        (PenaltyReason::Aligned, origin == Origin::Aligned, penalties.aligned),
        (PenaltyReason::Unreviewed, unreviewed, penalties.unreviewed),
    ]
}

/// Returns whether the codes of two segments differ in kind or in how they are written. Positions are
/// compared only if the texts are equal byte for byte.
fn codes_differ(query: &Segment, stored: &Segment) -> bool {
    let equal_texts = query.text == stored.text;
    query.codes.len() != stored.codes.len()
        || query
            .codes
            .iter()
            .zip(&stored.codes)
            .any(|(a, b)| a.kind != b.kind || a.raw != b.raw || equal_texts && a.position != b.position)
}

#[cfg(test)]
mod tests {
    use super::{
        FoldedSegment, Judgement, LocalePreference, Query, ScoringParams, UnitSide, folded, judge, similarity,
    };
    use crate::{
        locale::Locale,
        score::{Caps, Flag, Fold, MatchKind, Penalties, PenaltyReason, Score},
        segment::{CodeKind, InlineCode, Segment},
        unit::{Context, Origin, Provenance, ReviewState, UnitDraft, Variant},
    };

    fn variant(locale: &str, text: &str) -> Variant {
        Variant {
            locale: Locale::parse(locale).unwrap_or_else(|e| panic!("{e}")),
            segment: Segment::plain(text),
            properties: vec![],
            notes: vec![],
        }
    }

    fn unit(text: &str) -> UnitDraft {
        UnitDraft {
            source: variant("ar", text),
            target: variant("en", "x"),
            context: Context::default(),
            external_id: String::new(),
            provenance: Provenance::default(),
            properties: vec![],
            notes: vec![],
        }
    }

    #[test]
    fn a_pair_whose_sides_take_other_arguments_is_not_a_full_match() {
        let pair = |source: &str, target: &str| UnitDraft { target: variant("en", target), ..unit(source) };
        let judged_pair = judged("ملفان", &pair("ملفان", "%d files"));
        assert_eq!(judged_pair.flags, [Flag::Placeholder]);
        assert_eq!(judged_pair.score, Caps::default().placeholder);
        assert_eq!(judged("ملفان", &pair("ملفان", "two files")).score, Score::FULL);
        assert_eq!(judged("%d ملفات", &pair("%d ملفات", "%d files")).score, Score::FULL);
    }

    fn judged(query: &str, unit: &UnitDraft) -> Judgement {
        let query = Query::new(FoldedSegment::new(Segment::plain(query)), Context::default());
        judged_by(&query, unit, &LocalePreference::default(), Score::ZERO, &Penalties::default())
    }

    fn judged_by(
        query: &Query,
        unit: &UnitDraft,
        preference: &LocalePreference,
        memory_penalty: Score,
        penalties: &Penalties,
    ) -> Judgement {
        let row = folded(&unit.source.segment.text);
        let row_match = query.match_row(&row, similarity(query.folded(), &row));
        let caps = &Caps::default();
        judge(
            query,
            unit,
            &row_match,
            &ScoringParams { locales: preference, memory_penalty, penalties, caps, side: UnitSide::Source },
        )
    }

    #[test]
    fn kinds_have_their_values() {
        for (query, stored, kind, score) in [
            ("وصل الوفد", "وصل الوفد", MatchKind::Exact, 10_000),
            ("وصل  الوفـد", "وصل الوفد", MatchKind::Exact, 10_000),
            ("وَصَل الوفد", "وصل الوفد", MatchKind::ExactOrthographic, 9_900),
            ("وصل الوفود", "وصل الوفد", MatchKind::Fuzzy, 9_000),
            ("على", "علي", MatchKind::ExactOrthographic, 9_900),
        ] {
            let got = judged(query, &unit(stored));
            assert_eq!((got.kind, got.score.hundredths()), (kind, score), "{query} {stored}");
        }
        // One of 200 letters differs: the similarity is 99.5, but the score of a fuzzy match stays below 99.
        let long = judged(&"با".repeat(100), &unit(&("با".repeat(99) + "بد")));
        assert_eq!((long.similarity.hundredths(), long.score), (9_950, Score::MAX_FUZZY));
    }

    #[test]
    fn flags_cap_the_score_after_penalties() {
        let long = "يجوز للموظف أن يعمل من المنزل في الأيام الممطرة";
        let opposite = judged(&format!("لا {long}"), &unit(long));
        assert_eq!(opposite.flags, [Flag::Negation]);
        assert!(opposite.similarity.hundredths() > 9_000);
        assert_eq!(opposite.score.hundredths(), 8_400);
        let mut machine = unit(long);
        machine.provenance.origin = Origin::Machine;
        let opposite = judged(&format!("لا {long}"), &machine);
        assert_eq!(opposite.score, opposite.similarity.minus(Score::from_hundredths(1_000)), "under the cap");
        let vocalized = judged("كَتَبَ", &unit("كُتِبَ"));
        assert_eq!((vocalized.kind, vocalized.score.hundredths()), (MatchKind::ExactOrthographic, 9_400));
    }

    #[test]
    fn an_unreviewed_translation_is_never_worth_100() {
        for (origin, review, reasons) in [
            (Origin::Human, ReviewState::Confirmed, vec![]),
            (Origin::Unknown, ReviewState::Unreviewed, vec![(PenaltyReason::Unreviewed, 500)]),
            (Origin::Human, ReviewState::Unreviewed, vec![(PenaltyReason::Unreviewed, 500)]),
            // Their own points already count that nobody confirmed them.
            (Origin::Machine, ReviewState::Unreviewed, vec![(PenaltyReason::MachineTranslated, 1_000)]),
            (Origin::Aligned, ReviewState::Unreviewed, vec![(PenaltyReason::Aligned, 500)]),
        ] {
            let mut stored = unit("وصل الوفد");
            (stored.provenance.origin, stored.provenance.review) = (origin, review);
            let got = judged("وصل الوفد", &stored);
            let listed: Vec<_> = got.penalties.iter().map(|p| (p.reason, p.points.hundredths())).collect();
            assert_eq!(listed, reasons, "{origin:?} {review:?}");
        }
    }

    #[test]
    fn equal_context_is_a_kind_of_its_own() {
        let mut stored = unit("نعم");
        stored.context.previous = Some("هل وصل؟".into());
        for (previous, kind) in [("هل وصل؟", MatchKind::InContext), ("هل غادر؟", MatchKind::Exact)]
        {
            let context = Context { previous: Some(previous.into()), ..Context::default() };
            let query = Query::new(FoldedSegment::new(Segment::plain("نعم")), context);
            let got =
                judged_by(&query, &stored, &LocalePreference::default(), Score::ZERO, &Penalties::default());
            assert_eq!(got.kind, kind, "{previous}");
        }
    }

    #[test]
    fn penalties_are_listed_and_add_up() {
        let mut stored = unit("وصل الوفد");
        stored.provenance.origin = Origin::Machine;
        stored.source.locale = Locale::parse("ar-EG").unwrap_or_else(|e| panic!("{e}"));
        stored.source.segment.codes = vec![InlineCode {
            position: 0,
            kind: CodeKind::Open,
            id: String::new(),
            pair: String::new(),
            raw: "<b>".into(),
        }];
        let preference = LocalePreference { source: Some(Locale::arabic()), target: None };
        let query = Query::new(FoldedSegment::new(Segment::plain("وَصل الوفد")), Context::default());
        let penalties =
            Penalties { folds: vec![(Fold::Tashkeel, Score::from_hundredths(50))], ..Penalties::default() };
        let got = judged_by(&query, &stored, &preference, Score::from_hundredths(200), &penalties);
        let listed: Vec<_> = got.penalties.iter().map(|p| (p.reason, p.points.hundredths())).collect();
        assert_eq!(
            listed,
            [
                (PenaltyReason::Memory, 200),
                (PenaltyReason::MachineTranslated, 1_000),
                (PenaltyReason::CodesDiffer, 100),
                (PenaltyReason::LocaleDiffers, 100),
                (PenaltyReason::Fold, 50),
            ]
        );
        assert_eq!(got.score.hundredths(), 9_900 - 1_450);
        assert_eq!(judged("وصل الوفد", &stored).penalties.len(), 2, "no preference, no locale penalty");
    }
}
