//! The meaning-flip guard: small differences that turn the meaning.
//!
//! Similarity counts characters, and «يجوز» is near «لا يجوز». Each flag here
//! caps the score, so that nothing of the kind is ever inserted unseen.

mod negation;
mod vocalization;

use negation::Negation;

use super::values::{Value, ValueKind, is_numbered, values};
use crate::score::Flag;

/// A text prepared for the guard.
#[derive(Clone, Debug)]
pub(super) struct Guarded {
    negation: Negation,
    values: Vec<Value>,
}

impl Guarded {
    /// Prepares a text, given at level *same* and folded.
    pub(super) fn new(same: &str, folded: &str) -> Self {
        Self { negation: Negation::new(folded), values: values(same) }
    }

    fn numbers(&self) -> impl Iterator<Item = &str> {
        self.values.iter().filter(|v| v.kind != ValueKind::Placeholder).map(|v| v.worth.as_str())
    }

    /// Placeholders whose order matters as they come, then the others sorted.
    fn placeholders(&self) -> (Vec<&str>, Vec<&str>) {
        let all = self.values.iter().filter(|v| v.kind == ValueKind::Placeholder).map(|v| v.worth.as_str());
        let (mut numbered, plain): (Vec<_>, Vec<_>) = all.partition(|p| is_numbered(p));
        numbered.sort_unstable();
        (plain, numbered)
    }
}

/// A side of a comparison: a text at both levels.
#[derive(Clone, Copy, Debug)]
pub(super) struct Side<'t> {
    /// At level *same*.
    pub(super) same: &'t str,
    /// Folded.
    pub(super) folded: &'t str,
}

/// Returns the flags of a stored text against the one asked for, in the order of [`Flag`].
pub(super) fn flags(asked: Side<'_>, guarded: &Guarded, stored: Side<'_>) -> Vec<Flag> {
    let mut flags = Vec::new();
    if asked.folded != stored.folded {
        let other = Guarded::new(stored.same, stored.folded);
        if guarded.negation.differs(&other.negation) {
            flags.push(Flag::Negation);
        }
        if !guarded.numbers().eq(other.numbers()) {
            flags.push(Flag::Number);
        }
        if guarded.placeholders() != other.placeholders() {
            flags.push(Flag::Placeholder);
        }
    }
    if asked.same != stored.same && vocalization::differs(asked.same, stored.same) {
        flags.push(Flag::Vocalization);
    }
    flags
}

#[cfg(test)]
mod tests {
    use super::{Guarded, Side, flags};
    use crate::{
        score::Flag,
        text::{folded, same},
    };

    fn of(asked: &str, stored: &str) -> Vec<Flag> {
        let (a, b) = ((same(asked), folded(asked)), (same(stored), folded(stored)));
        let side = |t: &'_ (String, String)| (t.0.clone(), t.1.clone());
        let (a, b) = (side(&a), side(&b));
        flags(Side { same: &a.0, folded: &a.1 }, &Guarded::new(&a.0, &a.1), Side { same: &b.0, folded: &b.1 })
    }

    #[test]
    fn what_turns_the_meaning_is_flagged() {
        use Flag::{Negation, Number, Placeholder, Vocalization};
        for (asked, stored, expected) in [
            ("لا يجوز السفر", "يجوز السفر", vec![Negation]),
            ("من 5 إلى 7", "من 7 إلى 5", vec![Number]),
            ("ألف ١٬٠٠٠ ريال", "ألف 1000 ريالات", vec![]),
            ("بلغ 1,000 ريال", "بلغ 2,000 ريال", vec![Number]),
            ("تم حفظ %s", "تم حفظ %d", vec![Placeholder]),
            ("نقل {0} إلى {1}", "نقل {1} الى {0}", vec![]),
            ("نقل %s إلى %d", "نقل %d إلى %s", vec![Placeholder]),
            ("كَتَبَ", "كُتِبَ", vec![Vocalization]),
            ("لم يصل 5 وفود <b>", "يصل 6 وفود", vec![Negation, Number, Placeholder]),
            ("وصل في ٢٠١٥", "وَصَل في 2015", vec![]),
            ("وصل الوفد", "غادر الوفد", vec![]),
        ] {
            assert_eq!(of(asked, stored), expected, "{asked} | {stored}");
            assert_eq!(of(stored, asked), expected, "{stored} | {asked}");
        }
    }
}
