//! One unit judged against one question: kind, penalties, score.

use std::borrow::Cow;

use super::{
    context::context_agrees,
    distance::similarity,
    guard::{Guarded, Vocalized},
};
use crate::{
    locale::Locale,
    score::{Caps, Flag, Fold, MatchKind, Penalties, Penalty, PenaltyReason, Score},
    segment::{InlineCode, Segment},
    text::{folded, folds_used, same},
    unit::{Context, Origin, UnitDraft, Variant},
};

/// The locales that a caller named; an absent one is no wish and costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocaleWish {
    /// Of the source.
    pub source: Option<Locale>,
    /// Of the target.
    pub target: Option<Locale>,
}

/// A segment that is looked up, with what is derived from it once.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The segment.
    pub segment: Segment,
    /// What stands around it.
    pub context: Context,
    same: Vocalized,
    folded: String,
    guarded: Guarded,
}

impl Asked {
    /// Folds a segment at both levels.
    #[must_use]
    pub fn new(segment: Segment, context: Context) -> Self {
        let (same, folded) = (Vocalized::new(same(&segment.text)), folded(&segment.text));
        let guarded = Guarded::new(&folded);
        Self { segment, context, same, folded, guarded }
    }

    /// Returns the folded text; empty when nothing is left to match.
    #[must_use]
    pub fn folded(&self) -> &str {
        &self.folded
    }

    /// Judges a row of the index, before any of its units is read.
    #[must_use]
    pub fn found<'r>(&self, row: &'r str, similarity: Score) -> Found<'r> {
        let flags = if row == self.folded { Vec::new() } else { self.guarded.flags(row) };
        Found { row, similarity, flags }
    }

    /// Judges a row as [`Asked::found`] does; nothing when a flag caps all of its units,
    /// whatever memory they are of, below the least score that counts.
    #[must_use]
    pub fn found_above<'r>(
        &self,
        row: &'r str,
        similarity: Score,
        caps: &Caps,
        least: Score,
    ) -> Option<Found<'r>> {
        if row == self.folded {
            return Some(Found { row, similarity, flags: Vec::new() });
        }
        let flags = self.guarded.flags_unless(row, |flag| caps.of(flag) < least)?;
        Some(Found { row, similarity, flags })
    }
}

/// A row of the index that the search found.
#[derive(Clone, Debug)]
pub struct Found<'r> {
    row: &'r str,
    similarity: Score,
    flags: Vec<Flag>,
}

/// A row, as it is to one of its units.
#[derive(Clone, Copy, Debug)]
pub struct Row<'f> {
    /// The row.
    pub found: &'f Found<'f>,
    /// The unit is as it was when the row was read; else it may have been changed since.
    pub is_units: bool,
}

/// What a memory's units are judged by.
#[derive(Clone, Copy, Debug)]
pub struct Terms<'t> {
    /// The locales that the caller named.
    pub wish: &'t LocaleWish,
    /// Points off every unit of the memory.
    pub memory: Score,
    /// Points off for single reasons.
    pub prices: &'t Penalties,
    /// The most that flagged units are worth.
    pub caps: &'t Caps,
    /// Which side of a unit is compared.
    pub side: UnitSide,
}

/// A side of a unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum UnitSide {
    /// The source.
    #[default]
    Source,
    /// The target: reverse lookups.
    Target,
}

impl UnitSide {
    /// Returns that side of a unit.
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

/// What a unit is worth as an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// How close in kind.
    pub kind: MatchKind,
    /// How alike the folded texts are.
    pub similarity: Score,
    /// What was taken off.
    pub penalties: Vec<Penalty>,
    /// Differences that may turn the meaning.
    pub flags: Vec<Flag>,
    /// What is left, at most the caps of the flags.
    pub score: Score,
    /// Orthographic differences of an orthographic match.
    pub folds_used: Vec<Fold>,
}

/// What two texts are to each other, whatever unit they belong to.
struct Comparison {
    kind: MatchKind,
    similarity: Score,
    folds_used: Vec<Fold>,
    flags: Vec<Flag>,
}

fn compare(asked: &Asked, stored: &str, found: Option<Row<'_>>, in_context: bool) -> Comparison {
    let stored_folded = match found {
        Some(Row { found, is_units: true }) => Cow::Borrowed(found.row),
        _ => Cow::Owned(folded(stored)),
    };
    let found = found.map(|row| row.found).filter(|found| found.row == stored_folded);
    let (similarity, mut flags) = match found {
        Some(found) => (found.similarity, found.flags.clone()),
        None => {
            let found = asked.found(&stored_folded, similarity(&asked.folded, &stored_folded));
            (found.similarity, found.flags)
        }
    };
    let equal_folded = asked.folded == stored_folded;
    // Texts that are the same are equal when folded, too: others matter at that level only
    // for their marks.
    let stored_same = (equal_folded || asked.same.may_differ(stored)).then(|| same(stored));
    let is_same = stored_same.as_deref() == Some(asked.same.text());
    if !is_same && stored_same.is_some_and(|stored| asked.same.differs(&stored)) {
        flags.push(Flag::Vocalization);
    }
    let kind = match (is_same, in_context, equal_folded) {
        (true, true, _) => MatchKind::InContext,
        (true, false, _) => MatchKind::Exact,
        (false, _, true) => MatchKind::ExactOrthographic,
        (false, _, false) => MatchKind::Fuzzy,
    };
    let orthographic = kind == MatchKind::ExactOrthographic;
    let folds_used = if orthographic { folds_used(&asked.segment.text, stored) } else { Vec::new() };
    Comparison { kind, similarity, folds_used, flags }
}

impl Comparison {
    fn worth(&self) -> Score {
        match self.kind {
            MatchKind::InContext | MatchKind::Exact => Score::FULL,
            MatchKind::ExactOrthographic => Score::ORTHOGRAPHIC,
            MatchKind::Fuzzy => self.similarity.min(Score::FUZZY_MOST),
        }
    }

    fn fold_price(&self, prices: &Penalties) -> Score {
        self.folds_used
            .iter()
            .flat_map(|used| prices.folds.iter().filter(move |(fold, _)| fold == used))
            .fold(Score::ZERO, |sum, (_, points)| sum.plus(*points))
    }

    fn judged(self, due: impl IntoIterator<Item = (PenaltyReason, bool, Score)>, caps: &Caps) -> Judgement {
        let penalties: Vec<Penalty> = due
            .into_iter()
            .filter(|(_, due, points)| *due && *points > Score::ZERO)
            .map(|(reason, _, points)| Penalty { reason, points })
            .collect();
        let left = penalties.iter().fold(self.worth(), |score, p| score.minus(p.points));
        let score = self.flags.iter().fold(left, |score, flag| score.min(caps.of(*flag)));
        let Self { kind, similarity, folds_used, flags } = self;
        Judgement { kind, similarity, penalties, flags, score, folds_used }
    }
}

/// Judges a unit.
#[must_use]
pub fn judge(asked: &Asked, unit: &UnitDraft, row: Row<'_>, terms: &Terms<'_>) -> Judgement {
    let Terms { wish, memory, prices, caps, side } = *terms;
    let stored = &side.of(unit).segment;
    // A unit's context is that of its source.
    let in_context = side == UnitSide::Source && context_agrees(&asked.context, &unit.context);
    let comparison = compare(asked, &stored.text, Some(row), in_context);
    let differs = |wish: &Option<Locale>, has: &Locale| wish.as_ref().is_some_and(|w| w != has);
    let off_locale = differs(&wish.source, &unit.source.locale) || differs(&wish.target, &unit.target.locale);
    let origin = unit.provenance.origin;
    let due = [
        (PenaltyReason::Memory, true, memory),
        (PenaltyReason::MachineTranslated, origin == Origin::Machine, prices.machine_translated),
        (PenaltyReason::Aligned, origin == Origin::Aligned, prices.aligned),
        (PenaltyReason::CodesDiffer, codes_differ(&asked.segment, stored), prices.codes_differ),
        (PenaltyReason::LocaleDiffers, off_locale, prices.locale_differs),
        (PenaltyReason::Fold, true, comparison.fold_price(prices)),
    ];
    comparison.judged(due, caps)
}

/// Judges a pair of segments that belong to no unit.
#[must_use]
pub fn judge_pair(
    asked: &Asked,
    stored: &Segment,
    context: &Context,
    prices: &Penalties,
    caps: &Caps,
) -> Judgement {
    let comparison = compare(asked, &stored.text, None, context_agrees(&asked.context, context));
    let due = [
        (PenaltyReason::CodesDiffer, codes_differ(&asked.segment, stored), prices.codes_differ),
        (PenaltyReason::Fold, true, comparison.fold_price(prices)),
    ];
    comparison.judged(due, caps)
}

/// Compares codes by what they do and how they are written, and by their
/// places where the texts are the same byte for byte.
fn codes_differ(asked: &Segment, stored: &Segment) -> bool {
    let places = asked.text == stored.text;
    let alike = |a: &InlineCode, b: &InlineCode| {
        a.kind == b.kind && a.raw == b.raw && (!places || a.position == b.position)
    };
    asked.codes.len() != stored.codes.len()
        || !asked.codes.iter().zip(&stored.codes).all(|(a, b)| alike(a, b))
}

#[cfg(test)]
mod tests {
    use super::{Asked, Judgement, LocaleWish, Row, Terms, UnitSide, judge};
    use crate::{
        locale::Locale,
        score::{Caps, Flag, Fold, MatchKind, Penalties, PenaltyReason, Score},
        segment::{CodeKind, InlineCode, Segment},
        unit::{Context, Origin, Provenance, UnitDraft, Variant},
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

    fn judged(asked: &str, unit: &UnitDraft) -> Judgement {
        let asked = Asked::new(Segment::plain(asked), Context::default());
        judged_by(&asked, unit, &LocaleWish::default(), Score::ZERO, &Penalties::default())
    }

    fn judged_by(
        asked: &Asked,
        unit: &UnitDraft,
        wish: &LocaleWish,
        memory: Score,
        prices: &Penalties,
    ) -> Judgement {
        // A row of another text: the judge looks for itself.
        let found = asked.found("", Score::ZERO);
        let caps = &Caps::default();
        let row = Row { found: &found, is_units: false };
        judge(asked, unit, row, &Terms { wish, memory, prices, caps, side: UnitSide::Source })
    }

    #[test]
    fn kinds_have_their_values() {
        for (asked, stored, kind, score) in [
            ("وصل الوفد", "وصل الوفد", MatchKind::Exact, 10_000),
            ("وصل  الوفـد", "وصل الوفد", MatchKind::Exact, 10_000),
            ("وَصَل الوفد", "وصل الوفد", MatchKind::ExactOrthographic, 9_900),
            ("وصل الوفود", "وصل الوفد", MatchKind::Fuzzy, 9_000),
            ("على", "علي", MatchKind::ExactOrthographic, 9_900),
        ] {
            let got = judged(asked, &unit(stored));
            assert_eq!((got.kind, got.score.hundredths()), (kind, score), "{asked} {stored}");
        }
        // One of 200 letters differs: alike to 99.5, but not equal.
        let long = judged(&"با".repeat(100), &unit(&("با".repeat(99) + "بد")));
        assert_eq!((long.similarity.hundredths(), long.score), (9_950, Score::FUZZY_MOST));
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
        let read = judged("كَتَبَ", &unit("كُتِبَ"));
        assert_eq!((read.kind, read.score.hundredths()), (MatchKind::ExactOrthographic, 9_400));
    }

    #[test]
    fn equal_context_is_a_kind_of_its_own() {
        let mut stored = unit("نعم");
        stored.context.previous = Some("هل وصل؟".into());
        let asked = |previous: &str| {
            Asked::new(
                Segment::plain("نعم"),
                Context { previous: Some(previous.into()), ..Context::default() },
            )
        };
        let kind = |a: &Asked| {
            judged_by(a, &stored, &LocaleWish::default(), Score::ZERO, &Penalties::default()).kind
        };
        assert_eq!(kind(&asked("هل وصل؟")), MatchKind::InContext);
        assert_eq!(kind(&asked("هل غادر؟")), MatchKind::Exact);
    }

    #[test]
    fn penalties_are_told_and_add_up() {
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
        let wish = LocaleWish { source: Some(Locale::arabic()), target: None };
        let asked = Asked::new(Segment::plain("وَصل الوفد"), Context::default());
        let prices =
            Penalties { folds: vec![(Fold::Tashkeel, Score::from_hundredths(50))], ..Penalties::default() };
        let got = judged_by(&asked, &stored, &wish, Score::from_hundredths(200), &prices);
        let told: Vec<_> = got.penalties.iter().map(|p| (p.reason, p.points.hundredths())).collect();
        assert_eq!(
            told,
            [
                (PenaltyReason::Memory, 200),
                (PenaltyReason::MachineTranslated, 1_000),
                (PenaltyReason::CodesDiffer, 100),
                (PenaltyReason::LocaleDiffers, 100),
                (PenaltyReason::Fold, 50),
            ]
        );
        assert_eq!(got.score.hundredths(), 9_900 - 1_450);
        assert_eq!(judged("وصل الوفد", &stored).penalties.len(), 2, "no wish, no locale penalty");
    }
}
