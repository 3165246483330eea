//! Arabic words with opposite meanings, from `opposites.txt`.

use std::sync::LazyLock;

use super::{plurals::broken_plurals, verb_forms::verb_stems};
use crate::text::{
    fold::folded,
    opposites::{OppositeSide, OppositeTable, read_opposites, without_both_sides},
};

static OPPOSITES: LazyLock<OppositeTable> =
    LazyLock::new(|| read_opposites(include_str!("opposites.txt"), 0, stems_of_entry));

/// Letters that can stand before a word: article and prepositions, which nouns take, and the prefixes of the
/// imperfect with س and ل, which verbs take.
const NOUN_PREFIXES: [&str; 8] = ["", "ال", "ب", "بال", "ك", "كال", "ل", "لل"];
const VERB_PREFIXES: [&str; 13] = ["ا", "ي", "ت", "ن", "سا", "سي", "ست", "سن", "لي", "لت", "لن", "لا", "ان"];

/// Endings of nouns and verbs, with and without pronouns. The first one is none.
const SUFFIXES: [&str; 38] = [
    "", "ه", "ها", "هم", "هن", "هما", "ك", "كم", "نا", "ني", "ي", "ت", "ته", "تها", "تهم", "تك", "تنا", "تي",
    "ات", "اته", "اتها", "اتك", "ين", "ون", "ان", "تان", "تين", "وا", "وه", "وها", "وهم", "تم", "ا", "تا",
    "يا", "يه", "يها", "يين",
];

/// The letters that the endings end with.
const SUFFIX_ENDS: [char; 7] = ['ه', 'ا', 'م', 'ن', 'ك', 'ي', 'ت'];

/// Returns the stems by which a word of the table is found.
fn stems_of_entry(entry: &str) -> Vec<String> {
    let words = match entry.strip_prefix('+') {
        Some(verb) => verb_stems(verb),
        None => {
            let noun = folded(entry);
            let plurals = broken_plurals(&noun);
            std::iter::once(noun).chain(plurals).collect()
        }
    };
    words.into_iter().map(|word| stem(&word).to_owned()).collect()
}

/// Returns a folded word without a final ة, which becomes ت before a suffix.
fn stem(word: &str) -> &str {
    word.strip_suffix('ه').filter(|rest| letters(rest) >= 3).unwrap_or(word)
}

/// Returns the number of letters of an Arabic word, which have two bytes each.
fn letters(word: &str) -> usize {
    word.len() / 2
}

/// Returns the sides of opposites that a folded Arabic word is on, as a base with clitics, endings and
/// pronouns: «وبتعطيلها» is on the side of تعطيل.
#[must_use]
pub fn opposite_sides(word: &str) -> Vec<OppositeSide> {
    let mut found = Vec::new();
    let conjunctions = [Some(word), word.strip_prefix('و'), word.strip_prefix('ف')];
    for rest in conjunctions.into_iter().flatten() {
        for prefix in NOUN_PREFIXES {
            if let Some(noun) = rest.strip_prefix(prefix) {
                add_sides(noun, 2, &mut found);
            }
        }
        for prefix in VERB_PREFIXES {
            if let Some(verb) = rest.strip_prefix(prefix) {
                add_sides(verb, 3, &mut found);
            }
        }
    }
    without_both_sides(found)
}

/// Returns whether one of two folded words is the other one with لا written before it: سلكي and لاسلكي.
#[must_use]
pub fn differ_by_la(a: &str, b: &str) -> bool {
    let (a, b) = (without_article(a), without_article(b));
    let has_la = |long: &str, short: &str| letters(short) >= 4 && long.strip_prefix("لا") == Some(short);
    has_la(a, b) || has_la(b, a)
}

fn without_article(word: &str) -> &str {
    let word = word.strip_prefix(['و', 'ف']).unwrap_or(word);
    word.strip_prefix("ال").unwrap_or(word)
}

/// Adds the sides of a word without prefixes, whose base has at least so many letters.
fn add_sides(word: &str, least: usize, found: &mut Vec<OppositeSide>) {
    let count = if word.ends_with(SUFFIX_ENDS) { SUFFIXES.len() } else { 1 };
    for suffix in SUFFIXES.into_iter().take(count) {
        let least = if suffix.is_empty() { least } else { 3 };
        let Some(base) = word.strip_suffix(suffix).filter(|base| letters(base) >= least) else { continue };
        found.extend(OPPOSITES.get(base).into_iter().flatten());
        // ى is ا before a pronoun: أعطاها.
        if let Some(weak) = base.strip_suffix('ا').filter(|_| !suffix.is_empty()) {
            found.extend(OPPOSITES.get(format!("{weak}ي").as_str()).into_iter().flatten());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{SUFFIX_ENDS, SUFFIXES, opposite_sides};
    use crate::text::{
        folded,
        opposites::tests::{check_list, share_a_pair},
    };

    fn are_opposite(a: &str, b: &str) -> bool {
        share_a_pair(&opposite_sides(&folded(a)), &opposite_sides(&folded(b)))
    }

    #[test]
    fn opposites_are_found_in_their_forms() {
        for (a, b, expected) in [
            ("تفعيل", "تعطيل", true),
            ("وبتفعيلها", "وبتعطيلها", true),
            ("يُفعَّل", "يعطّل", true),
            ("المفعّلة", "المعطّلة", true),
            ("أيّدت", "عارضت", true),
            ("نفوا", "أكدوا", true),
            ("ستنخفض", "سترتفع", true),
            ("الصادرات", "الواردات", true),
            ("اليمنى", "اليسرى", true),
            ("للاستيراد", "للتصدير", true),
            ("أقصى", "أدنى", true),
            ("قبل", "بعد", true),
            ("تفعيل", "مفعّل", false),
            ("كتاب", "مدرسة", false),
            ("ارتفع", "زاد", false),
        ] {
            assert_eq!(are_opposite(a, b), expected, "{a} {b}");
            assert_eq!(are_opposite(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn the_ends_are_those_of_all_suffixes() {
        assert_eq!(SUFFIXES[0], "");
        assert!(SUFFIXES[1..].iter().all(|suffix| suffix.ends_with(SUFFIX_ENDS)));
    }

    #[test]
    fn the_list_is_well_formed() {
        check_list(include_str!("opposites.txt"), |word| {
            let word = word.strip_prefix('+').unwrap_or(word);
            word.chars().all(|c| matches!(c, 'ء'..='ي' | '\u{0651}'))
        });
    }
}
