//! Broken plurals of Arabic nouns: from a list of common nouns, otherwise by patterns.

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::text::{RollingHash, fold::folded};

/// A plural of a noun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BrokenPlural {
    /// The plural as it is spelled, with its hamzas.
    pub spelled: String,
    /// It is in the list. Otherwise it follows from a pattern, and may not exist.
    pub is_listed: bool,
}

/// The folded nouns of `plurals.txt` with their plurals as they are spelled.
static LISTED_PLURALS: LazyLock<FxHashMap<String, Vec<&'static str>>> = LazyLock::new(|| {
    let nouns = lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((folded(words.next()?), words.collect()))
    });
    nouns.collect()
});

/// Returns the nouns of the list with their plurals.
fn lines() -> impl Iterator<Item = &'static str> {
    include_str!("plurals.txt").lines().filter(|line| !line.starts_with('#'))
}

/// Returns whether a folded noun, given by its hash, is in the list, so that its plural is not in ات: عمل, أعمال.
#[must_use]
pub fn has_listed_plural(noun: RollingHash) -> bool {
    static NOUNS: LazyLock<FxHashSet<RollingHash>> =
        LazyLock::new(|| LISTED_PLURALS.keys().map(|noun| RollingHash::of(noun)).collect());
    NOUNS.contains(&noun)
}

/// Returns all words of the list, in the singular and in the plural.
pub(super) fn listed_words() -> impl Iterator<Item = &'static str> {
    lines().flat_map(str::split_whitespace)
}

/// Returns the folded broken plurals of a folded noun without article: those of the list, or else the one
/// of a pattern that is nearly always right. The result is empty if the noun has none, or if they are not known.
#[must_use]
pub fn broken_plurals(noun: &str) -> Vec<String> {
    match LISTED_PLURALS.get(noun) {
        Some(plurals) => plurals.iter().map(|plural| folded(plural)).collect(),
        None => plurals_by_pattern(&letters_of(noun)).into_iter().map(|plural| folded(&plural)).collect(),
    }
}

/// Returns all broken plurals that a noun can have. The noun is spelled without marks and without article. If it is
/// not in the list, each pattern that its letters allow gives one: ضغط can have ضغوط and أضغاط. So the caller leaves
/// out those that are other words.
#[must_use]
pub fn possible_plurals(noun: &str) -> Vec<BrokenPlural> {
    if let Some(plurals) = LISTED_PLURALS.get(&folded(noun)) {
        let listed =
            plurals.iter().map(|plural| BrokenPlural { spelled: (*plural).to_owned(), is_listed: true });
        return listed.collect();
    }
    let letters = letters_of(noun);
    let mut found = plurals_by_pattern(&letters);
    found.extend(plurals_by_rarer_pattern(&letters));
    found.into_iter().map(|spelled| BrokenPlural { spelled, is_listed: false }).collect()
}

/// Returns the letters of a noun. A final ه counts as ة, because a folded noun has no ة.
fn letters_of(noun: &str) -> Vec<char> {
    let mut letters: Vec<char> = noun.chars().collect();
    if let Some(last) = letters.last_mut().filter(|last| **last == 'ه') {
        *last = 'ة';
    }
    letters
}

/// Returns the plural of a noun whose letters match one of the reliable patterns.
fn plurals_by_pattern(letters: &[char]) -> Vec<String> {
    match letters {
        // كتيبة: كتائب, وثيقة: وثائق
        [a, b, 'ي', c, 'ة'] => vec![format!("{a}{b}ائ{c}")],
        // محكمة: محاكم, مدرسة: مدارس; مصنع: مصانع
        ['م', a, b, c, 'ة'] | ['م', a, b, c] if !is_weak(*b) && !is_weak(*c) && *c != 'ة' => {
            vec![format!("م{a}ا{b}{c}")]
        }
        // مشروع: مشاريع, منشور: مناشير
        ['م', a, b, 'و' | 'ي', c] if *c != 'ة' => vec![format!("م{a}ا{b}ي{c}")],
        // قانون: قوانين, ناقوس: نواقيس
        [a, 'ا', b, 'و', c] if *c != 'ة' => vec![format!("{a}وا{b}ي{c}")],
        // صندوق: صناديق; برنامج (برامج) is in the list because it matches no pattern
        [a, b, c, 'و' | 'ي' | 'ا', d]
            if !is_weak(*b) && !is_weak(*c) && !is_alef(*a) && *a != 'م' && *d != 'ة' =>
        {
            vec![format!("{a}{b}ا{c}ي{d}")]
        }
        // وزير: وزراء
        [a, b, 'ي', c] if !is_weak(*a) && !is_weak(*b) && *c != 'ة' => vec![format!("{a}{b}{c}اء")],
        _ => Vec::new(),
    }
}

/// Returns the plurals of a noun by patterns that many nouns do not follow.
fn plurals_by_rarer_pattern(letters: &[char]) -> Vec<String> {
    match letters {
        // قصة: قصص, جثة: جثث
        [a, b, 'ة'] if !is_weak(*a) && !is_weak(*b) => vec![format!("{a}{b}{b}")],
        // ضغط: ضغوط; وصف: أوصاف
        [a, b, c] if !is_weak(*b) && !is_weak(*c) && *c != 'ة' && !is_alef(*a) => {
            vec![format!("{a}{b}و{c}"), format!("أ{a}{b}ا{c}")]
        }
        // لون: ألوان, عيد: أعياد
        [a, b @ ('و' | 'ي'), c] if !is_weak(*c) && *c != 'ة' && !is_alef(*a) => {
            vec![format!("أ{a}{b}ا{c}")]
        }
        // مادة: مواد, حاسة: حواس
        [a, 'ا', b, 'ة'] if !is_weak(*b) => vec![format!("{a}وا{b}")],
        // عامل: عوامل; ظاهرة: ظواهر; زاوية: زوايا is in the list, ناحية: نواحي
        [a, 'ا', b, c] | [a, 'ا', b, c, 'ة'] if !is_alef(*b) && *c != 'ة' => vec![format!("{a}وا{b}{c}")],
        // رسالة: رسائل, عجوزة: عجائز
        [a, b, 'ا' | 'و', c, 'ة'] => vec![format!("{a}{b}ائ{c}")],
        // سلاح: أسلحة, رغيف: أرغفة
        [a, b, 'ا', c] if !is_weak(*a) && !is_weak(*b) && *c != 'ة' => vec![format!("أ{a}{b}{c}ة")],
        // تقرير: تقارير
        ['ت', a, b, 'ي', c] if *c != 'ة' => vec![format!("ت{a}ا{b}ي{c}")],
        // أسطورة: أساطير, أسلوب: أساليب
        ['أ', a, b, 'و', c, 'ة'] | ['أ', a, b, 'و', c] if *c != 'ة' => vec![format!("أ{a}ا{b}ي{c}")],
        // مفتاح: مفاتيح
        ['م', a, b, 'ا', c] if !is_weak(*b) && *c != 'ة' => vec![format!("م{a}ا{b}ي{c}")],
        // مقهى: مقاهي
        ['م', a, b, 'ى'] => vec![format!("م{a}ا{b}ي")],
        // فندق: فنادق; سلسلة: سلاسل
        [a, b, c, d] | [a, b, c, d, 'ة']
            if !is_weak(*b)
                && !is_weak(*c)
                && !is_weak(*d)
                && *d != 'ة'
                && !is_alef(*a)
                && !matches!(a, 'م' | 'ت' | 'ي') =>
        {
            vec![format!("{a}{b}ا{c}{d}")]
        }
        _ => Vec::new(),
    }
}

fn is_weak(c: char) -> bool {
    matches!(c, 'ا' | 'و' | 'ي' | 'ى' | 'ء' | 'أ' | 'إ' | 'آ' | 'ؤ' | 'ئ')
}

fn is_alef(c: char) -> bool {
    matches!(c, 'ا' | 'أ' | 'إ' | 'آ')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{broken_plurals, letters_of, lines, plurals_by_pattern, possible_plurals};
    use crate::text::folded;

    fn has_plural(noun: &str, plural: &str) -> bool {
        possible_plurals(noun).iter().any(|p| p.spelled == plural)
    }

    #[test]
    fn listed_plurals_and_those_of_patterns_are_known() {
        for (noun, plural) in [("كتاب", "كتب"), ("عمل", "اعمال"), ("قضيه", "قضايا")] {
            assert!(broken_plurals(noun).iter().any(|p| p == plural), "{noun}: {:?}", broken_plurals(noun));
        }
        for (noun, plural) in [
            ("كتيبة", "كتائب"),
            ("محكمة", "محاكم"),
            ("مصنع", "مصانع"),
            ("مشروع", "مشاريع"),
            ("قانون", "قوانين"),
            ("صندوق", "صناديق"),
            ("سفير", "سفراء"),
        ] {
            assert_eq!(plurals_by_pattern(&letters_of(noun)), [plural], "{noun}");
        }
        fn none(noun: &str) -> bool {
            plurals_by_pattern(&letters_of(noun)).is_empty()
        }
        // مسحة is not مفعل with a ه of the root: it has no plural مساحة.
        assert!(none("اجتماع") && none("حرب") && none("مسحة") && none("مجلة"));
    }

    #[test]
    fn rarer_patterns_give_plurals_that_are_not_listed() {
        for (noun, plural) in [
            ("قطف", "قطوف"),
            ("وغد", "أوغاد"),
            ("صيت", "أصيات"),
            ("خلة", "خلل"),
            ("هادة", "هواد"),
            ("ناتئ", "نواتئ"),
            ("فارزة", "فوارز"),
            ("قلادة", "قلائد"),
            ("رداء", "أردية"),
            ("قماط", "أقمطة"),
            ("ترتيب", "تراتيب"),
            ("أحجية", "أحاجي"),
            ("أخدود", "أخاديد"),
            ("مهماز", "مهاميز"),
            ("ملقى", "ملاقي"),
            ("خنصر", "خناصر"),
            ("جلجلة", "جلاجل"),
        ] {
            let expected = !matches!(noun, "رداء" | "أحجية");
            assert_eq!(has_plural(noun, plural), expected, "{noun}: {:?}", possible_plurals(noun));
        }
        // Listed nouns have the plurals of the list only.
        assert!(has_plural("بيت", "بيوت") && !has_plural("بيت", "أبيات"));
    }

    #[test]
    fn the_list_is_well_formed() {
        let mut seen = BTreeSet::new();
        for line in lines() {
            let words: Vec<&str> = line.split(' ').collect();
            assert!(words.len() >= 2, "{line}");
            assert!(words.iter().all(|w| w.chars().all(|c| ('ء'..='ي').contains(&c))), "{line}");
            assert!(seen.insert(folded(words[0])), "{line} is there twice");
        }
        assert!(seen.len() > 1_200, "{}", seen.len());
    }
}
