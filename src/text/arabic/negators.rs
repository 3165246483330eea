//! Words that negate, as data.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

/// Negators by folded form, and what they are called by: forms of one word
/// share a name.
const NEGATORS: [(&str, &str); 29] = [
    ("لا", "لا"),
    ("لم", "لم"),
    ("لن", "لن"),
    ("ليس", "ليس"),
    ("ليست", "ليس"),
    ("ليسا", "ليس"),
    ("ليستا", "ليس"),
    ("ليسوا", "ليس"),
    ("لسن", "ليس"),
    ("لست", "ليس"),
    ("لستم", "ليس"),
    ("لستما", "ليس"),
    ("لستن", "ليس"),
    ("لسنا", "ليس"),
    ("غير", "غير"),
    ("عدم", "عدم"),
    ("دون", "دون"),
    ("بدون", "دون"),
    ("دونما", "دون"),
    // إلا (except) and ألا (that not): folding unites them.
    ("الا", "الا"),
    ("بالا", "الا"),
    ("لءلا", "لءلا"),
    ("كيلا", "كيلا"),
    ("لكيلا", "كيلا"),
    ("افلا", "لا"),
    ("اوليس", "ليس"),
    ("افليس", "ليس"),
    ("لولا", "لولا"),
    ("كلا", "كلا"),
];

/// English words that negate, for lookups by the English side.
const ENGLISH: [(&str, &str); 10] = [
    ("not", "not"),
    ("cannot", "not"),
    ("no", "no"),
    ("never", "never"),
    ("without", "without"),
    ("none", "none"),
    ("nor", "nor"),
    ("neither", "nor"),
    ("nothing", "nothing"),
    ("nobody", "nobody"),
];

/// Negators that a preposition may stand before: بلا, بغير, لغير, بعدم, لعدم.
const AFTER_PREPOSITION: [&str; 3] = ["لا", "غير", "عدم"];

/// Verbs that ما negates where it opens a clause.
const AFTER_MA: [&str; 6] = ["كان", "كانت", "كانوا", "كنت", "كنا", "يكون"];

/// What follows a لا that is often written without a space.
const AFTER_CLOSE_LA: [&str; 14] =
    ["يجوز", "يمكن", "يوجد", "توجد", "يزال", "تزال", "يحق", "ينبغي", "يسمح", "يتم", "يصح", "باس", "بد", "شك"];

/// Returns where a folded word is cut that is a لا and the next word without
/// the space between them (لايجوز), in bytes.
#[must_use]
pub fn close_la(word: &str) -> Option<usize> {
    let bare = word.strip_prefix(['و', 'ف']).unwrap_or(word);
    let rest = bare.strip_prefix("لا")?;
    AFTER_CLOSE_LA.contains(&rest).then(|| word.len() - rest.len())
}

/// What stands around a word.
#[derive(Clone, Copy, Debug, Default)]
pub struct Around<'t> {
    /// The folded word before it.
    pub previous: Option<&'t str>,
    /// The folded word after it.
    pub next: Option<&'t str>,
    /// A clause starts with it.
    pub opens: bool,
    /// Punctuation or the end follows.
    pub closes: bool,
}

/// Returns the name of the negator that a folded word is, if it is one.
///
/// و and ف may stand before it, أ before forms of ليس, ب and ل before a few;
/// what is left must be the whole negator: غيره (others) and لكن are none.
///
/// ما negates before من (but not in «سرعان ما») and, where a clause starts
/// with it, before a form of كان: elsewhere it is «what», «which», «as long
/// as» or the exclamation. كلا negates only where punctuation follows: else it
/// is «both». «لا سيما» is «especially», «غير أن» and «إلا أن» are «however».
#[must_use]
pub fn negator(word: &str, around: Around<'_>) -> Option<&'static str> {
    let Around { previous, next, opens, closes } = around;
    let bare = word.strip_prefix(['و', 'ف']).unwrap_or(word);
    if bare == "ما" {
        let of_none = next == Some("من") && previous != Some("سرعان");
        let negates = of_none || opens && next.is_some_and(|n| AFTER_MA.contains(&n));
        return negates.then_some("ما");
    }
    let found = name(word).or_else(|| name(bare)).or_else(|| {
        let after_preposition = bare.strip_prefix(['ب', 'ل']).filter(|rest| AFTER_PREPOSITION.contains(rest));
        let after_question = bare.strip_prefix('ا').filter(|rest| name(rest) == Some("ليس"));
        after_preposition.or(after_question).and_then(name)
    })?;
    let is_other = match found {
        "لا" => next == Some("سيما"),
        "كلا" => !closes,
        // «غير أن», «إلا أن»: however.
        "غير" | "الا" => next == Some("ان"),
        // No. 5
        "no" => next.is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit())),
        _ => false,
    };
    (!is_other).then_some(found)
}

/// Says at a glance that a word is no negator, whatever stands around it: none ends as it does.
#[must_use]
pub fn surely_no_negator(word: &str) -> bool {
    static ENDS: LazyLock<FxHashSet<[u8; 4]>> = LazyLock::new(|| {
        NEGATORS
            .iter()
            .map(|(word, _)| *word)
            .chain(["ما"])
            .filter_map(|word| word.as_bytes().last_chunk().copied())
            .collect()
    });
    word.as_bytes()
        .last_chunk()
        .is_some_and(|end: &[u8; 4]| !end.iter().any(u8::is_ascii) && !ENDS.contains(end))
}

fn name(word: &str) -> Option<&'static str> {
    static NAMES: LazyLock<FxHashMap<&str, &str>> =
        LazyLock::new(|| NEGATORS.iter().chain(&ENGLISH).copied().collect());
    NAMES.get(word).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Around, ENGLISH, NEGATORS, negator, surely_no_negator};

    proptest! {
        #[test]
        fn no_negator_is_passed_over(before in "[وفبلا]{0,2}", n in any::<prop::sample::Index>(), other in "[ء-ي]{0,4}[a-z]{0,2}") {
            let names = || NEGATORS.iter().chain(&ENGLISH).map(|(word, _)| *word).chain(["ما", "t"]);
            let all: Vec<&str> = names().collect();
            for word in [format!("{before}{}", all[n.index(all.len())]), other] {
                for next in ["من", "كان", "شيء"] {
                    let around = Around { next: Some(next), opens: true, closes: true, ..Around::default() };
                    prop_assert!(negator(&word, around).is_none() || !surely_no_negator(&word), "{}", word);
                }
            }
        }
    }

    #[test]
    fn whole_negators_only() {
        for (word, name) in [
            ("لا", Some("لا")),
            ("ولا", Some("لا")),
            ("فلم", Some("لم")),
            ("بلا", Some("لا")),
            ("لغير", Some("غير")),
            ("ولعدم", Some("عدم")),
            ("وبدون", Some("دون")),
            ("اليس", Some("ليس")),
            ("وليسوا", Some("ليس")),
            ("والا", Some("الا")),
            ("لءلا", Some("لءلا")),
            ("without", Some("without")),
            ("غيره", None),
            ("وغيرها", None),
            ("وغيرهم", None),
            ("لكن", None),
            ("بلاد", None),
            ("ولايه", None),
            ("الم", None),
            ("اولا", None),
            ("الغير", None),
            ("كلا", None),
            ("ما", None),
        ] {
            let around = Around { next: Some("شيء"), opens: true, ..Around::default() };
            assert_eq!(negator(word, around), name, "{word}");
        }
    }

    #[test]
    fn some_negate_by_what_stands_around() {
        let at = |previous, next, opens, closes| Around { previous, next, opens, closes };
        assert_eq!(negator("ما", at(Some("هناك"), Some("من"), false, false)), Some("ما"));
        assert_eq!(negator("ما", at(Some("سرعان"), Some("من"), false, false)), None);
        assert_eq!(negator("وما", at(None, Some("كان"), true, false)), Some("ما"));
        assert_eq!(negator("ما", at(Some("كل"), Some("كان"), false, false)), None, "which was");
        assert_eq!(negator("كلا", at(None, None, true, true)), Some("كلا"));
        assert_eq!(negator("كلا", at(None, Some("الطرفين"), true, false)), None);
        assert_eq!(negator("ولا", at(None, Some("سيما"), false, false)), None);
    }
}
