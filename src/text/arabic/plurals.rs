//! Broken plurals of Arabic nouns: from a list of common nouns, otherwise by the patterns that are
//! reliable enough.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use crate::text::fold::folded;

/// The folded nouns of `plurals.txt` with their plurals.
static LISTED_PLURALS: LazyLock<FxHashMap<String, Vec<String>>> = LazyLock::new(|| {
    let lines = include_str!("plurals.txt").lines().filter(|line| !line.starts_with('#'));
    lines
        .filter_map(|line| {
            let mut words = line.split_whitespace().map(folded);
            Some((words.next()?, words.collect()))
        })
        .collect()
});

/// Returns the folded broken plurals of a folded noun without article. The result is empty if the
/// noun has none, or if they are not known.
#[must_use]
pub fn broken_plurals(noun: &str) -> Vec<String> {
    LISTED_PLURALS.get(noun).cloned().unwrap_or_else(|| plurals_by_pattern(noun))
}

/// Returns the plural of a noun whose letters match one of the reliable patterns.
fn plurals_by_pattern(noun: &str) -> Vec<String> {
    let letters: Vec<char> = noun.chars().collect();
    match letters.as_slice() {
        // كتيبة: كتائب, وثيقة: وثائق
        [a, b, 'ي', c, 'ه'] => vec![format!("{a}{b}اء{c}")],
        // محكمة: محاكم, مدرسة: مدارس; مصنع: مصانع
        ['م', a, b, c, 'ه'] | ['م', a, b, c] if !matches!(b, 'ا' | 'و' | 'ي') && !is_weak(*c) => {
            vec![format!("م{a}ا{b}{c}")]
        }
        // مشروع: مشاريع, منشور: مناشير
        ['م', a, b, 'و' | 'ي', c] => vec![format!("م{a}ا{b}ي{c}")],
        // قانون: قوانين, ناقوس: نواقيس
        [a, 'ا', b, 'و', c] => vec![format!("{a}وا{b}ي{c}")],
        // صندوق: صناديق; برنامج (برامج) is in the list because it matches no pattern
        [a, b, c, 'و' | 'ي' | 'ا', d] if !is_weak(*b) && !is_weak(*c) && *a != 'ا' && *a != 'م' => {
            vec![format!("{a}{b}ا{c}ي{d}")]
        }
        // وزير: وزراء
        [a, b, 'ي', c] if !is_weak(*a) && !is_weak(*b) => vec![format!("{a}{b}{c}اء")],
        _ => Vec::new(),
    }
}

fn is_weak(c: char) -> bool {
    matches!(c, 'ا' | 'و' | 'ي' | 'ء')
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{broken_plurals, plurals_by_pattern};
    use crate::text::folded;

    #[test]
    fn listed_plurals_and_those_of_patterns_are_known() {
        for (noun, plural) in [("كتاب", "كتب"), ("عمل", "اعمال"), ("قضيه", "قضايا")] {
            assert!(broken_plurals(noun).iter().any(|p| p == plural), "{noun}: {:?}", broken_plurals(noun));
        }
        for (noun, plural) in [
            ("كتيبه", "كتاءب"),
            ("محكمه", "محاكم"),
            ("مصنع", "مصانع"),
            ("مشروع", "مشاريع"),
            ("قانون", "قوانين"),
            ("صندوق", "صناديق"),
            ("سفير", "سفراء"),
        ] {
            assert_eq!(plurals_by_pattern(noun), [plural], "{noun}");
        }
        assert!(plurals_by_pattern("اجتماع").is_empty() && plurals_by_pattern("حرب").is_empty());
    }

    #[test]
    fn the_list_is_well_formed() {
        let mut seen = BTreeSet::new();
        for line in include_str!("plurals.txt").lines().filter(|line| !line.starts_with('#')) {
            let words: Vec<&str> = line.split(' ').collect();
            assert!(words.len() >= 2, "{line}");
            assert!(words.iter().all(|w| w.chars().all(|c| ('ء'..='ي').contains(&c))), "{line}");
            assert!(seen.insert(folded(words[0])), "{line} is there twice");
        }
        assert!(seen.len() > 1_000, "{}", seen.len());
    }
}
