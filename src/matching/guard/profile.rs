//! The guard's profile of a text, which is computed once and compared with many texts.

use super::negation::NegationProfile;
use crate::{
    matching::values::{Value, ValueKind, is_numbered, values},
    score::Flag,
};

/// The negators and values of a folded text.
#[derive(Clone, Debug)]
pub(crate) struct GuardProfile {
    negation: NegationProfile,
    values: Vec<Value>,
}

impl GuardProfile {
    /// Prepares a folded text.
    pub(crate) fn new(folded: &str) -> Self {
        Self { negation: NegationProfile::new(folded), values: values(folded) }
    }

    /// Returns the flags of another folded text against this one, in the order of [`Flag`]. Vowel marks are
    /// not compared, because folding removes them. Equal texts have no flags.
    pub(crate) fn flags(&self, other: &str) -> Vec<Flag> {
        self.flags_unless(other, |_| false).unwrap_or_default()
    }

    /// Returns the flags as [`GuardProfile::flags`] does, but `None` as soon as a flag is found for which
    /// `needless` is true, because the caller then drops the text. Values are compared first, which is
    /// cheaper than comparing negators.
    pub(crate) fn flags_unless(&self, other: &str, needless: impl Fn(Flag) -> bool) -> Option<Vec<Flag>> {
        let values = values(other);
        let number = !numbers(&self.values).eq(numbers(&values));
        let placeholder = placeholders(&self.values) != placeholders(&values);
        if number && needless(Flag::Number) || placeholder && needless(Flag::Placeholder) {
            return None;
        }
        let negation = self.negation.differs(other);
        if negation && needless(Flag::Negation) {
            return None;
        }
        let flags = [(negation, Flag::Negation), (number, Flag::Number), (placeholder, Flag::Placeholder)];
        Some(flags.into_iter().filter_map(|(differs, flag)| differs.then_some(flag)).collect())
    }
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
        GuardProfile::new(&folded(asked)).flags(&folded(stored))
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
            ("وصل الوفد", "غادر الوفد", vec![]),
        ] {
            assert_eq!(of(asked, stored), expected, "{asked} | {stored}");
            assert_eq!(of(stored, asked), expected, "{stored} | {asked}");
        }
    }
}
