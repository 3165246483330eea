//! Arabic and English words that negate.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

/// The folded form of each Arabic negator and its name. Forms of one word share a name: for
/// example, ليست and لسنا have the name ليس.
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
    // إلا (except) and ألا (that not) are equal when folded.
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

/// The English negators with their names, for lookups in English.
const ENGLISH_NEGATORS: [(&str, &str); 10] = [
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

/// Negators that can follow a preposition: بلا, بغير, لغير, بعدم, لعدم.
const NEGATORS_AFTER_PREPOSITION: [&str; 3] = ["لا", "غير", "عدم"];

/// Verbs that ما negates at the start of a clause.
const VERBS_AFTER_MA: [&str; 6] = ["كان", "كانت", "كانوا", "كنت", "كنا", "يكون"];

/// Words that often follow لا without a space.
const WORDS_AFTER_JOINED_LA: [&str; 14] =
    ["يجوز", "يمكن", "يوجد", "توجد", "يزال", "تزال", "يحق", "ينبغي", "يسمح", "يتم", "يصح", "باس", "بد", "شك"];

/// Returns the byte offset that separates لا from the next word in a folded word, if the space
/// between them is missing (لايجوز). The word may start with و or ف.
#[must_use]
pub fn joined_la_end(word: &str) -> Option<usize> {
    let bare = word.strip_prefix(['و', 'ف']).unwrap_or(word);
    let rest = bare.strip_prefix("لا")?;
    WORDS_AFTER_JOINED_LA.contains(&rest).then(|| word.len() - rest.len())
}

/// The context of a word, which decides whether an ambiguous word negates.
#[derive(Clone, Copy, Debug, Default)]
pub struct WordContext<'t> {
    /// The folded word before it.
    pub previous: Option<&'t str>,
    /// The folded word after it.
    pub next: Option<&'t str>,
    /// Whether it is the first word of a clause.
    pub opens_clause: bool,
    /// Whether punctuation or the end of the text follows.
    pub closes_clause: bool,
}

/// Returns the name of the negator if a folded word is one.
///
/// The word may start with و or ف, a form of ليس also with أ, and a few negators with ب or ل. The
/// rest must be the whole negator: غيره (others) and لكن (but) are not negators.
///
/// Some words negate only in a certain context:
///
/// - ما negates before من, except in «سرعان ما», and before a form of كان if it opens the clause.
///   Elsewhere it means "what", "which" or "as long as", or it is an exclamation.
/// - كلا negates only before punctuation or the end, because otherwise it means "both".
/// - لا does not negate in «لا سيما» (especially), غير and إلا do not in «غير أن» and «إلا أن» (however).
/// - The English "no" does not negate before a number ("No. 5").
#[must_use]
pub fn negator(word: &str, around: WordContext<'_>) -> Option<&'static str> {
    let WordContext { previous, next, opens_clause: opens, closes_clause: closes } = around;
    let bare = word.strip_prefix(['و', 'ف']).unwrap_or(word);
    if bare == "ما" {
        let of_none = next == Some("من") && previous != Some("سرعان");
        let negates = of_none || opens && next.is_some_and(|n| VERBS_AFTER_MA.contains(&n));
        return negates.then_some("ما");
    }
    let found = negator_name(word).or_else(|| negator_name(bare)).or_else(|| {
        let after_preposition =
            bare.strip_prefix(['ب', 'ل']).filter(|rest| NEGATORS_AFTER_PREPOSITION.contains(rest));
        let after_question = bare.strip_prefix('ا').filter(|rest| negator_name(rest) == Some("ليس"));
        after_preposition.or(after_question).and_then(negator_name)
    })?;
    let is_other = match found {
        "لا" => next == Some("سيما"),
        "كلا" => !closes,
        "غير" | "الا" => next == Some("ان"),
        "no" => next.is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit())),
        _ => false,
    };
    (!is_other).then_some(found)
}

/// Returns `true` if a folded word is not a negator in any context. It is a fast check that compares only
/// the last two letters, so `false` does not mean that the word is a negator.
#[must_use]
pub fn is_never_negator(word: &str) -> bool {
    // The last two letters of each Arabic negator, which have two bytes each.
    static NEGATOR_ENDS: LazyLock<FxHashSet<[u8; 4]>> = LazyLock::new(|| {
        NEGATORS
            .iter()
            .map(|(word, _)| *word)
            .chain(["ما"])
            .filter_map(|word| word.as_bytes().last_chunk().copied())
            .collect()
    });
    word.as_bytes()
        .last_chunk()
        .is_some_and(|end: &[u8; 4]| !end.iter().any(u8::is_ascii) && !NEGATOR_ENDS.contains(end))
}

fn negator_name(word: &str) -> Option<&'static str> {
    static NAMES: LazyLock<FxHashMap<&str, &str>> =
        LazyLock::new(|| NEGATORS.iter().chain(&ENGLISH_NEGATORS).copied().collect());
    NAMES.get(word).copied()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ENGLISH_NEGATORS, NEGATORS, WordContext, is_never_negator, negator};

    fn between<'t>(previous: Option<&'t str>, next: Option<&'t str>) -> WordContext<'t> {
        WordContext { previous, next, ..WordContext::default() }
    }

    proptest! {
        #[test]
        fn fast_check_accepts_every_negator(before in "[وفبلا]{0,2}", n in any::<prop::sample::Index>(), other in "[ء-ي]{0,4}[a-z]{0,2}") {
            let all: Vec<&str> =
                NEGATORS.iter().chain(&ENGLISH_NEGATORS).map(|(word, _)| *word).chain(["ما", "t"]).collect();
            for word in [format!("{before}{}", all[n.index(all.len())]), other] {
                for next in ["من", "كان", "شيء"] {
                    let around = WordContext { next: Some(next), opens_clause: true, closes_clause: true, ..WordContext::default() };
                    prop_assert!(negator(&word, around).is_none() || !is_never_negator(&word), "{}", word);
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
            let around = WordContext { next: Some("شيء"), opens_clause: true, ..WordContext::default() };
            assert_eq!(negator(word, around), name, "{word}");
        }
    }

    #[test]
    fn some_words_negate_only_in_context() {
        assert_eq!(negator("ما", between(Some("هناك"), Some("من"))), Some("ما"));
        assert_eq!(negator("ما", between(Some("سرعان"), Some("من"))), None);
        assert_eq!(
            negator("وما", WordContext { opens_clause: true, ..between(None, Some("كان")) }),
            Some("ما")
        );
        assert_eq!(negator("ما", between(Some("كل"), Some("كان"))), None, "which was");
        assert_eq!(
            negator("كلا", WordContext { opens_clause: true, closes_clause: true, ..between(None, None) }),
            Some("كلا")
        );
        assert_eq!(negator("كلا", WordContext { opens_clause: true, ..between(None, Some("الطرفين")) }), None);
        assert_eq!(negator("ولا", between(None, Some("سيما"))), None);
    }
}
