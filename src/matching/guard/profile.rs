//! The guard's profile of a text, which is computed once and compared with many texts.

use std::ops::Range;

use super::{
    meaning::{MeaningComparison, MeaningDifference, MeaningProfile},
    negation::NegationProfile,
};
use crate::{
    matching::values::{Value, ValueKind, is_numbered, values},
    score::Flag,
};

/// The negators, values and words of a folded text.
#[derive(Clone, Debug)]
pub(crate) struct GuardProfile {
    text: String,
    negation: NegationProfile,
    values: Vec<Value>,
    meaning: MeaningProfile,
}

/// The flags of two texts, with the words that cause them.
#[derive(Clone, Debug, Default)]
pub(crate) struct GuardFindings {
    /// The flags, in the order of [`Flag`].
    pub(crate) flags: Vec<Flag>,
    /// The words, in folded texts.
    pub(crate) differences: Vec<MeaningDifference>,
}

impl GuardProfile {
    /// Prepares a folded text.
    pub(crate) fn new(folded: &str) -> Self {
        Self {
            text: folded.to_owned(),
            negation: NegationProfile::new(folded),
            values: values(folded),
            meaning: MeaningProfile::new(folded),
        }
    }

    /// Compares another folded text with this one. Vowel marks are not compared, because folding removes them.
    /// Equal texts have no flags.
    pub(crate) fn findings(&self, other: &str) -> GuardFindings {
        let values = values(other);
        let comparison = self.meaning.compare(&self.text, other);
        let number = self.numbers_differ(&values, &comparison);
        let placeholder = placeholders(&self.values) != placeholders(&values);
        GuardFindings::new(self.negation.differs(other), number, placeholder, comparison)
    }

    /// Returns what is found in another folded text that matters for its score, or `None` as soon as a flag is found
    /// for which `needless` is true, because the caller then drops the text. Every needless flag matters. The
    /// cheap comparisons come first; that of the words is made only if one of its flags matters. The second value is
    /// whether nothing was left out.
    pub(crate) fn findings_for_score(
        &self,
        other: &str,
        matters: impl Fn(Flag) -> bool,
        needless: impl Fn(Flag) -> bool,
    ) -> Option<(GuardFindings, bool)> {
        let values = values(other);
        let placeholder = placeholders(&self.values) != placeholders(&values);
        if placeholder && needless(Flag::Placeholder) {
            return None;
        }
        let negation = matters(Flag::Negation) && self.negation.differs(other);
        if negation && needless(Flag::Negation) {
            return None;
        }
        let by_words = [Flag::Negation, Flag::Number, Flag::Opposite, Flag::Unit];
        let words_matter = by_words.into_iter().any(&matters);
        let comparison =
            if words_matter { self.meaning.compare(&self.text, other) } else { MeaningComparison::default() };
        let number = self.numbers_differ(&values, &comparison);
        let findings = GuardFindings::new(negation, number, placeholder, comparison);
        let is_complete = words_matter && matters(Flag::Negation);
        (!findings.flags.iter().any(|flag| needless(*flag))).then_some((findings, is_complete))
    }

    /// Returns whether the digits differ, apart from where both texts have the same value in other words.
    fn numbers_differ(&self, values: &[Value], comparison: &MeaningComparison) -> bool {
        if numbers(&self.values).eq(numbers(values)) {
            return false;
        }
        let (of_asked, of_stored): (Vec<_>, Vec<_>) =
            comparison.equal_numbers.iter().map(|(asked, stored)| (asked, stored)).unzip();
        without(&self.values, &of_asked) != without(values, &of_stored)
    }
}

impl GuardFindings {
    fn new(negation: bool, number: bool, placeholder: bool, comparison: MeaningComparison) -> Self {
        let by_text = [(negation, Flag::Negation), (number, Flag::Number), (placeholder, Flag::Placeholder)];
        let by_text = by_text.into_iter().filter_map(|(differs, flag)| differs.then_some(flag));
        let by_words = comparison.differences.iter().map(|difference| difference.flag);
        let mut flags: Vec<Flag> = by_text.chain(by_words).collect();
        flags.sort_unstable();
        flags.dedup();
        Self { flags, differences: comparison.differences }
    }
}

/// Returns the normal forms of the numbers outside of some ranges.
fn without<'v>(values: &'v [Value], ranges: &[&Range<usize>]) -> Vec<&'v str> {
    let outside = values.iter().filter(|v| {
        v.kind != ValueKind::Placeholder && !ranges.iter().any(|range| range.contains(&v.range.start))
    });
    outside.map(|v| v.normal_form.as_str()).collect()
}

/// Returns the normal forms of the numbers, in order.
fn numbers(values: &[Value]) -> impl Iterator<Item = &str> {
    values.iter().filter(|v| v.kind != ValueKind::Placeholder).map(|v| v.normal_form.as_str())
}

/// Returns the placeholders whose order matters, as they are in the text, and the others, sorted.
fn placeholders(values: &[Value]) -> (Vec<&str>, Vec<&str>) {
    let all = values.iter().filter(|v| v.kind == ValueKind::Placeholder).map(|v| v.normal_form.as_str());
    let (mut numbered, plain): (Vec<_>, Vec<_>) = all.partition(|p| is_numbered(p));
    numbered.sort_unstable();
    (plain, numbered)
}

#[cfg(test)]
mod tests {
    use super::GuardProfile;
    use crate::{score::Flag, text::folded};

    fn of(asked: &str, stored: &str) -> Vec<Flag> {
        GuardProfile::new(&folded(asked)).findings(&folded(stored)).flags
    }

    #[test]
    fn changes_of_meaning_are_flagged() {
        use Flag::{Negation, Number, Placeholder};
        for (asked, stored, expected) in [
            ("لا يجوز السفر", "يجوز السفر", vec![Negation]),
            ("من 5 إلى 7", "من 7 إلى 5", vec![Number]),
            ("ألف ١٬٠٠٠ ريال", "ألف 1000 ريالات", vec![]),
            ("بلغ 1,000 ريال", "بلغ 2,000 ريال", vec![Number]),
            ("تم حفظ %s", "تم حفظ %d", vec![Placeholder]),
            ("نقل {0} إلى {1}", "نقل {1} الى {0}", vec![]),
            ("نقل %s إلى %d", "نقل %d إلى %s", vec![Placeholder]),
            ("لم يصل 5 وفود <b>", "يصل 6 وفود", vec![Negation, Number, Placeholder]),
            ("وصل في ٢٠١٥", "وَصَل في 2015", vec![]),
            ("كتب الوفد", "جلس الوفد", vec![]),
        ] {
            assert_eq!(of(asked, stored), expected, "{asked} | {stored}");
            assert_eq!(of(stored, asked), expected, "{stored} | {asked}");
        }
    }
}
