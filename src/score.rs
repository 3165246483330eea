//! Similarities and scores, with the penalties and flags that explain them.

use std::fmt;

/// A percentage in hundredths: 0 to 10,000. Similarities, scores, thresholds, penalties and caps
/// have this type, because comparing integers is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u16);

impl Score {
    /// 0 percent.
    pub const ZERO: Self = Self(0);
    /// 100 percent.
    pub const FULL: Self = Self(10_000);
    /// The score of an orthographic match.
    pub const ORTHOGRAPHIC: Self = Self(9_900);
    /// The highest score of a fuzzy match.
    pub const MAX_FUZZY: Self = Self(9_899);

    /// Makes a score from whole percents; more than 100 becomes 100.
    #[must_use]
    pub const fn from_whole(percents: u8) -> Self {
        if percents >= 100 { Self::FULL } else { Self(percents as u16 * 100) }
    }

    /// Makes a score from hundredths of a percent; more than 10,000 becomes 10,000.
    #[must_use]
    pub const fn from_hundredths(hundredths: u16) -> Self {
        if hundredths >= 10_000 { Self::FULL } else { Self(hundredths) }
    }

    /// Makes a score from a percentage of at most two decimals.
    ///
    /// Returns `None` if the number is outside 0 to 100, not finite, or has more than two decimals,
    /// because rounding a threshold would change its meaning.
    #[must_use]
    pub fn from_percent(percent: f64) -> Option<Self> {
        if !(0.0..=100.0).contains(&percent) {
            return None;
        }
        let hundredths = (percent * 100.0).round();
        // The binary form of two decimals is off by far less than this.
        ((percent * 100.0 - hundredths).abs() < 1e-6).then_some({
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "0 to 10,000 by the check above"
            )]
            Self(hundredths as u16)
        })
    }

    /// Returns the percentage, exact to two decimals.
    #[must_use]
    pub fn percent(self) -> f64 {
        f64::from(self.0) / 100.0
    }

    /// Returns hundredths of a percent.
    #[must_use]
    pub fn hundredths(self) -> u16 {
        self.0
    }

    /// Subtracts points; never goes below 0.
    #[must_use]
    pub fn minus(self, points: Self) -> Self {
        Self(self.0.saturating_sub(points.0))
    }

    /// Adds points; never goes above 100.
    #[must_use]
    pub fn plus(self, points: Self) -> Self {
        Self::from_hundredths(self.0.saturating_add(points.0))
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

/// How close a match is in kind, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MatchKind {
    /// Equal at level *same*, and the context agrees.
    InContext,
    /// Equal at level *same*.
    Exact,
    /// Equal when folded.
    ExactOrthographic,
    /// Similar.
    Fuzzy,
}

/// The reason for a penalty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PenaltyReason {
    /// The request's penalty on the memory.
    Memory,
    /// The unit is machine translated.
    MachineTranslated,
    /// The unit was paired by an aligner, and nobody confirmed it.
    Aligned,
    /// Nobody has confirmed the translation.
    Unreviewed,
    /// The inline codes differ.
    CodesDiffer,
    /// The unit's locale has another region.
    LocaleDiffers,
    /// A fold was used that has a penalty.
    Fold,
}

/// Points taken off a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Penalty {
    /// The reason.
    pub reason: PenaltyReason,
    /// The number of points.
    pub points: Score,
}

/// An orthographic difference that folding removes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fold {
    /// Vowel marks and Quran marks.
    Tashkeel,
    /// The seats of hamza: أ إ آ ٱ, ؤ ئ; and مائة, شئ.
    Hamza,
    /// Final ى / ي / ی.
    Yeh,
    /// Final ة / ه.
    TehMarbuta,
    /// Digits of another script, their separators, and commas that group them.
    Digits,
    /// Punctuation of another script, dashes, the ellipsis, and spaces inside brackets.
    Punctuation,
    /// Quotation marks of another style, and spaces inside guillemets.
    Quotes,
    /// Letter case.
    Case,
    /// Persian, Urdu or Maghrebi letter shapes.
    LetterShape,
}

/// A difference that may change the meaning. Each flag caps the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// A negator was added, removed, replaced or moved.
    Negation,
    /// The numbers have other values or another order.
    Number,
    /// The placeholders differ.
    Placeholder,
    /// A letter has different vowel marks on the two sides.
    Vocalization,
    /// A word was replaced by one of the opposite meaning, or a statement by a question.
    Opposite,
    /// A number counts something else: another unit, or a percent or currency sign is missing.
    Unit,
}

/// The highest scores of flagged matches. If a request has none, the server's apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    /// Default 84, because the translation may mean the opposite: below the 85 from which tools insert
    /// matches without a review.
    pub negation: Score,
    /// Default 84, because another number is wrong, however similar the rest is.
    pub number: Score,
    /// Default 84, because a program would fill in the wrong value.
    pub placeholder: Score,
    /// Default 94, because the same letters may be another word: worth a review.
    pub vocalization: Score,
    /// Default 84, because the translation means the opposite.
    pub opposite: Score,
    /// Default 84, because the same number of another unit is wrong.
    pub unit: Score,
}

impl Default for Caps {
    fn default() -> Self {
        let under_85 = Score(8_400);
        Self {
            negation: under_85,
            number: under_85,
            placeholder: under_85,
            vocalization: Score(9_400),
            opposite: under_85,
            unit: under_85,
        }
    }
}

impl Caps {
    /// Returns the cap of a flag.
    #[must_use]
    pub fn of(&self, flag: Flag) -> Score {
        match flag {
            Flag::Negation => self.negation,
            Flag::Number => self.number,
            Flag::Placeholder => self.placeholder,
            Flag::Vocalization => self.vocalization,
            Flag::Opposite => self.opposite,
            Flag::Unit => self.unit,
        }
    }
}

/// The points for each reason. If a request has none, the server's apply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Penalties {
    /// Default 10, because nobody confirmed the translation: below a careful threshold of 90.
    pub machine_translated: Score,
    /// Default 5, because an aligner errs less often than machine translation.
    pub aligned: Score,
    /// Default 5, because somebody has to look at the translation before it counts as done.
    pub unreviewed: Score,
    /// Default 1, because equal text with other codes needs a review, so it never has 100.
    pub codes_differ: Score,
    /// Default 1, because the wording of another region may differ: enough to lose a tie.
    pub locale_differs: Score,
    /// Points for single folds. Default none, because 99 already shows an orthographic difference.
    pub folds: Vec<(Fold, Score)>,
}

impl Default for Penalties {
    fn default() -> Self {
        Self {
            machine_translated: Score(1_000),
            aligned: Score(500),
            unreviewed: Score(500),
            codes_differ: Score(100),
            locale_differs: Score(100),
            folds: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Score;

    #[test]
    fn percentages_of_two_decimals_survive() {
        for hundredths in 0..=10_000 {
            let score = Score::from_hundredths(hundredths);
            assert_eq!(Score::from_percent(score.percent()), Some(score));
        }
    }

    #[test]
    fn other_numbers_are_not_percentages() {
        for bad in [-0.01, 100.01, 50.001, f64::NAN, f64::INFINITY] {
            assert_eq!(Score::from_percent(bad), None, "{bad}");
        }
    }

    #[test]
    fn points_stop_at_0_and_100() {
        assert_eq!(Score::ZERO.minus(Score::FULL), Score::ZERO);
        assert_eq!(Score::FULL.plus(Score::FULL), Score::FULL);
        assert_eq!(Score::from_hundredths(6_799).to_string(), "67.99");
    }
}
