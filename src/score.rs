//! Similarities, scores and what explains them.

use std::fmt;

/// A percentage in hundredths: 0 to 10,000. Similarities, scores, thresholds,
/// penalties and caps are all of this kind, so that comparing them is exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Score(u16);

impl Score {
    /// 0 percent.
    pub const ZERO: Self = Self(0);
    /// 100 percent.
    pub const FULL: Self = Self(10_000);
    /// What an orthographic match is worth.
    pub const ORTHOGRAPHIC: Self = Self(9_900);
    /// The most that a fuzzy match is worth.
    pub const FUZZY_MOST: Self = Self(9_899);

    /// Makes a score from whole percents; more than 100 is 100.
    #[must_use]
    pub const fn from_whole(percents: u8) -> Self {
        if percents >= 100 { Self::FULL } else { Self(percents as u16 * 100) }
    }

    /// Makes a score from hundredths of a percent; more than 10,000 is 10,000.
    #[must_use]
    pub fn from_hundredths(hundredths: u16) -> Self {
        Self(hundredths.min(10_000))
    }

    /// Makes a score from a percentage of at most two decimals.
    ///
    /// Returns nothing when the number is outside 0 to 100, not finite, or has
    /// more than two decimals: rounding a threshold would change its meaning.
    #[must_use]
    pub fn from_percent(percent: f64) -> Option<Self> {
        if !(0.0..=100.0).contains(&percent) {
            return None;
        }
        let hundredths = (percent * 100.0).round();
        // Two decimals written in binary are off by far less than this.
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

    /// Takes points off; never below 0.
    #[must_use]
    pub fn minus(self, points: Self) -> Self {
        Self(self.0.saturating_sub(points.0))
    }

    /// Adds points; never above 100.
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
    /// Alike.
    Fuzzy,
}

/// Why points were taken off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PenaltyReason {
    /// The request's penalty on the memory.
    Memory,
    /// The unit is machine translated.
    MachineTranslated,
    /// The unit was aligned, not confirmed.
    Aligned,
    /// The inline codes differ.
    CodesDiffer,
    /// The unit's locale is of another region.
    LocaleDiffers,
    /// A fold that has a price was used.
    Fold,
}

/// Points taken off a match.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Penalty {
    /// Why.
    pub reason: PenaltyReason,
    /// How many.
    pub points: Score,
}

/// An orthographic difference that matching looked through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fold {
    /// Vowel and Quran marks.
    Tashkeel,
    /// Hamza seats.
    Hamza,
    /// Final ى / ي / ی.
    Yeh,
    /// Final ة / ه.
    TehMarbuta,
    /// Digits of another script and their separators.
    Digits,
    /// Punctuation of another script.
    Punctuation,
    /// Quotation marks of another style.
    Quotes,
    /// Letter case.
    Case,
    /// Persian or Urdu letter shapes.
    LetterShape,
}

/// A difference that may turn the meaning; each caps the score.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// A negator is put in, taken out, replaced or moved.
    Negation,
    /// The ordered values of the numbers differ.
    Number,
    /// The placeholders differ.
    Placeholder,
    /// A letter has different vowel marks on the two sides.
    Vocalization,
}

/// The highest scores that flagged matches may have. Absent from a request,
/// these are the server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caps {
    /// The opposite may be meant: 84, under the 85 from which tools insert unseen.
    pub negation: Score,
    /// Another number is wrong however alike the rest is: 84.
    pub number: Score,
    /// A program would fill in the wrong thing: 84.
    pub placeholder: Score,
    /// Another reading of the same letters: 94, worth a look.
    pub vocalization: Score,
}

impl Default for Caps {
    fn default() -> Self {
        let under_85 = Score(8_400);
        Self { negation: under_85, number: under_85, placeholder: under_85, vocalization: Score(9_400) }
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
        }
    }
}

/// Points per reason. Absent from a request, these are the server's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Penalties {
    /// Nobody confirmed a machine's work: 10, under a careful 90 threshold.
    pub machine_translated: Score,
    /// An aligner errs less often than a machine translates badly: 5.
    pub aligned: Score,
    /// Equal text with other codes needs a look, so never 100: 1.
    pub codes_differ: Score,
    /// Another region's wording may differ: 1, enough to lose a tie.
    pub locale_differs: Score,
    /// Prices of single folds: none, since 99 says orthography already.
    pub folds: Vec<(Fold, Score)>,
}

impl Default for Penalties {
    fn default() -> Self {
        Self {
            machine_translated: Score(1_000),
            aligned: Score(500),
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
    fn other_numbers_are_no_percentages() {
        for bad in [-0.01, 100.01, 50.001, f64::NAN, f64::INFINITY] {
            assert_eq!(Score::from_percent(bad), None, "{bad}");
        }
    }

    #[test]
    fn points_stop_at_the_ends() {
        assert_eq!(Score::ZERO.minus(Score::FULL), Score::ZERO);
        assert_eq!(Score::FULL.plus(Score::FULL), Score::FULL);
        assert_eq!(Score::from_hundredths(6_799).to_string(), "67.99");
    }
}
