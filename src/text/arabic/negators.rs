//! Arabic and English words that negate.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

/// The folded form of each Arabic negator and its name. Forms of one word share a name: for
/// example, ليست and لسنا have the name ليس.
const NEGATORS: [(&str, &str); 40] = [
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
    ("ماعدا", "الا"),
    ("عدا", "الا"),
    ("سوي", "الا"),
    // These have لا inside: بألا is بأن لا, كيلا is كي لا.
    ("بالا", "لا"),
    ("لءلا", "لا"),
    ("كيلا", "لا"),
    ("لكيلا", "لا"),
    // Dialects.
    ("مش", "مش"),
    ("موش", "مش"),
    ("مو", "مش"),
    ("مب", "مش"),
    ("ماكو", "ماكو"),
    ("مافي", "ماكو"),
    ("مافيش", "ماكو"),
    ("مفيش", "ماكو"),
    ("افلا", "لا"),
    ("اوليس", "ليس"),
    ("افليس", "ليس"),
    ("لولا", "لولا"),
    ("كلا", "كلا"),
];

/// The English negators with their names, for lookups in English.
const ENGLISH_NEGATORS: [(&str, &str); 11] = [
    ("not", "not"),
    ("cannot", "not"),
    ("unable", "not"),
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

/// Beginnings of foreign words that look like لا and a verb: لاتينية, لايف, لاينكس.
const NOT_JOINED_LA: [&str; 8] = ["تين", "يف", "ين", "يك", "يبزغ", "يدن", "يبنتس", "يت"];

/// Verbs that negate what follows «عن»: توقف عن (to stop), امتنع عن (to refrain).
const VERBS_BEFORE_AN: [&str; 12] = [
    "توقف",
    "توقفت",
    "توقفوا",
    "يتوقف",
    "تتوقف",
    "امتنع",
    "امتنعت",
    "امتنعوا",
    "يمتنع",
    "تمتنع",
    "كف",
    "كفوا",
];

/// Returns the byte offset that separates a negator from the next word in a folded word, if the space
/// between them is missing: لايجوز, لاتحضر, غيرمسموح. The word may start with و or ف.
///
/// After لا this is a verb in the imperfect, or one of a few common words. After غير it is a participle, which
/// begins with م.
#[must_use]
pub fn joined_negator_end(word: &str) -> Option<usize> {
    let bare = word.strip_prefix(['و', 'ف']).unwrap_or(word);
    // Arabic letters have two bytes.
    let is_long = |rest: &str| rest.len() >= 8;
    let rest = if let Some(rest) = bare.strip_prefix("لا") {
        let is_verb = rest.starts_with(['ي', 'ت'])
            && is_long(rest)
            && !NOT_JOINED_LA.iter().any(|foreign| rest.starts_with(foreign));
        (is_verb || WORDS_AFTER_JOINED_LA.contains(&rest)).then_some(rest)
    } else {
        bare.strip_prefix("غير").filter(|rest| rest.starts_with('م') && is_long(rest))
    };
    rest.map(|rest| word.len() - rest.len())
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
    /// Whether one of the three words before it, in the same clause, negates.
    pub follows_negator: bool,
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
/// - لا does not negate in «لا سيما» (especially), غير and إلا do not in «غير أن» and «إلا أن» (however). But
///   «من غير أن» and «بغير أن» mean without, and «إلا أن» after a negator means nothing but.
/// - توقف and امتنع negate before عن.
/// - The English "no" does not negate before a number ("No. 5").
#[must_use]
pub fn negator(word: &str, around: WordContext<'_>) -> Option<&'static str> {
    let WordContext { previous, next, opens_clause: opens, closes_clause: closes, follows_negator } = around;
    let bare = word.strip_prefix(['و', 'ف']).unwrap_or(word);
    if bare == "ما" {
        let of_none = next == Some("من") && previous != Some("سرعان");
        let negates = of_none || opens && next.is_some_and(|n| VERBS_AFTER_MA.contains(&n));
        return negates.then_some("ما");
    }
    if next == Some("عن") && VERBS_BEFORE_AN.contains(&bare) {
        return Some("توقف");
    }
    let found = negator_name(word).or_else(|| negator_name(bare)).or_else(|| {
        let after_preposition =
            bare.strip_prefix(['ب', 'ل']).filter(|rest| NEGATORS_AFTER_PREPOSITION.contains(rest));
        // «الست» is the six, not ألست.
        let after_question = bare.strip_prefix('ا').filter(|rest| rest.starts_with("ليس"));
        let after_like = bare.strip_prefix('ك').filter(|rest| *rest == "غير");
        after_preposition.or(after_question).or(after_like).and_then(negator_name)
    })?;
    let is_other = match found {
        "لا" => next == Some("سيما"),
        "كلا" => !closes,
        "غير" => next == Some("ان") && previous != Some("من") && !bare.starts_with('ب'),
        // «وعدا» is a promise, not و and عدا.
        "الا" if bare == "عدا" => bare != word,
        "الا" => next == Some("ان") && !follows_negator,
        "no" => next.is_some_and(|n| n.starts_with(|c: char| c.is_ascii_digit())),
        _ => false,
    };
    (!is_other).then_some(found)
}

/// Returns whether غير may be the verb «غيّر» (to change), whose shadda folding removes: it opens a clause, and
/// what follows does not look like an adjective. For example, «غير الاسم» is "change the name", «غير متصل» is
/// "not connected".
#[must_use]
pub fn may_be_verb(word: &str, around: WordContext<'_>) -> bool {
    let bare = word.strip_prefix(['و', 'ف']).unwrap_or(word);
    bare == "غير" && around.opens_clause && !around.next.is_some_and(looks_like_adjective)
}

/// Returns whether a folded word has the form of an adjective: a participle with م, a word in -ي, or one of
/// the patterns of صالح and بعيد.
fn looks_like_adjective(word: &str) -> bool {
    let bare = word.strip_prefix("ال").unwrap_or(word);
    let letters: Vec<char> = bare.strip_suffix('ه').unwrap_or(bare).chars().collect();
    matches!(letters.as_slice(), ['م', _, _, _, ..] | [.., _, _, 'ي'] | [_, 'ا', _, _] | [_, _, 'ي', _])
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
            .chain(VERBS_BEFORE_AN)
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

    use super::{
        ENGLISH_NEGATORS, NEGATORS, WordContext, is_never_negator, joined_negator_end, may_be_verb, negator,
    };

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
            ("لءلا", Some("لا")),
            ("كغير", Some("غير")),
            ("الست", None),
            ("مش", Some("مش")),
            ("ماعدا", Some("الا")),
            ("عدا", Some("الا")),
            ("وعدا", None),
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
        assert_eq!(negator("غير", between(Some("من"), Some("ان"))), Some("غير"));
        assert_eq!(negator("بغير", between(None, Some("ان"))), Some("غير"));
        assert_eq!(negator("الا", between(None, Some("ان"))), None);
        let after_la = WordContext { follows_negator: true, ..between(Some("يسعنا"), Some("ان")) };
        assert_eq!(negator("الا", after_la), Some("الا"));
        assert_eq!(negator("توقف", between(None, Some("عن"))), Some("توقف"));
        assert_eq!(negator("توقف", between(None, Some("العمل"))), None);
    }

    #[test]
    fn words_may_be_written_onto_a_negator() {
        for (word, rest) in [
            ("لايجوز", Some("يجوز")),
            ("ولاتحضر", Some("تحضر")),
            ("غيرمسموح", Some("مسموح")),
            ("لاتينيه", None),
            ("لاجيء", None),
            ("غيرها", None),
        ] {
            assert_eq!(joined_negator_end(word).map(|at| &word[at..]), rest, "{word}");
        }
    }

    #[test]
    fn the_verb_to_change_opens_a_clause() {
        let around = |next| WordContext { opens_clause: true, next: Some(next), ..WordContext::default() };
        assert!(may_be_verb("غير", around("الاسم")) && may_be_verb("غير", around("نمط")));
        for adjective in ["متصل", "صالح", "ضروري", "المباشره", "صحيحه"] {
            assert!(!may_be_verb("غير", around(adjective)), "{adjective}");
        }
        assert!(!may_be_verb("غير", between(Some("وهو"), Some("نمط"))));
    }
}
