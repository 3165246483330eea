//! Common Arabic words, which are words of their own even if they look like another word with
//! clitics or endings.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;

use super::{
    function_words::FUNCTION_WORDS, letters::is_mark, plurals::listed_words, verb_forms::verb_stems,
};
use crate::text::{RollingHash, fold::folded};

/// The contents of `common_words.txt` with the nouns of `plurals.txt`.
#[derive(Default)]
struct CommonWords {
    /// The hashes of all words, folded.
    folded: FxHashSet<RollingHash>,
    /// All words as they are spelled, without marks.
    spelled: FxHashSet<String>,
    /// The nouns in the singular, as they are spelled, without marks.
    singulars: FxHashSet<String>,
    /// Words that have no shadda in any letter, as they are spelled.
    without_shadda: FxHashSet<String>,
    /// Nouns that are listed with a shadda, without it. Used only while the list is read.
    with_shadda: FxHashSet<String>,
    /// The hashes of the words for persons in م with four letters, folded.
    persons: FxHashSet<RollingHash>,
    /// Nouns that lose their last ي, folded.
    defective: FxHashSet<String>,
    /// Words whose last letter is a ه of the root, as they are spelled.
    radical_ha: FxHashSet<String>,
    /// The hashes of these words, folded.
    radical_ha_folded: FxHashSet<RollingHash>,
}

static COMMON_WORDS: LazyLock<CommonWords> = LazyLock::new(|| {
    let mut all = CommonWords::default();
    let mut section = "";
    for line in include_str!("common_words.txt").lines().filter(|line| !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name;
            continue;
        }
        line.split(' ').for_each(|word| all.add(section, word));
    }
    // A word of three letters that is listed with and without a shadda can be either: عام, عامّ.
    let doubled = std::mem::take(&mut all.with_shadda);
    all.without_shadda.retain(|word| !doubled.contains(word));
    for word in listed_words() {
        all.add_word(word);
    }
    for word in FUNCTION_WORDS {
        all.spelled.insert((*word).to_owned());
    }
    all
});

const SHADDA: char = '\u{0651}';

impl CommonWords {
    /// Adds a word of a section.
    fn add(&mut self, section: &str, word: &str) {
        let bare = without_marks(word);
        match section {
            "unmarked" => {
                self.without_shadda.insert(bare);
                return;
            }
            "radical_ha" => {
                self.radical_ha.insert(bare.clone());
                self.radical_ha_folded.insert(RollingHash::of(&folded(word)));
            }
            "verbs" => self.add_verb(word),
            "places" => {
                self.without_shadda.insert(bare.clone());
            }
            "people" => {
                self.persons.insert(RollingHash::of(&folded(word)));
            }
            "defective" => {
                let base = folded(word);
                let short = base.strip_suffix('ي').unwrap_or(&base);
                self.folded.insert(RollingHash::of(short));
                self.defective.insert(base);
            }
            // The letter before ة may be doubled: قوّة.
            "nouns" if word.chars().count() == 3 && !word.ends_with('ة') => {
                self.without_shadda.insert(bare.clone());
            }
            _ => {}
        }
        if section == "nouns" && word.contains(SHADDA) {
            self.with_shadda.insert(bare.clone());
        }
        if matches!(section, "nouns" | "places") {
            self.singulars.insert(bare);
        }
        self.add_word(word);
    }

    fn add_word(&mut self, word: &str) {
        self.folded.insert(RollingHash::of(&folded(word)));
        self.spelled.insert(without_marks(word));
    }

    /// Adds the forms of a verb that can be mistaken for a noun with a clitic or an ending: the stems of
    /// its pattern, the perfect in ت, and the imperfect.
    fn add_verb(&mut self, verb: &str) {
        self.spelled.insert(without_marks(verb));
        let perfect = folded(verb);
        self.folded.insert(RollingHash::of(&format!("{perfect}ت")));
        for stem in verb_stems(verb) {
            self.folded.insert(RollingHash::of(&stem));
        }
        // The patterns without a prefix of their own have the imperfect ي + perfect: يتمكن, يفعل.
        for person in ['ي', 'ت', 'ن'] {
            self.folded.insert(RollingHash::of(&format!("{person}{perfect}")));
        }
    }
}

/// Returns a word without its vowel marks.
fn without_marks(word: &str) -> String {
    word.chars().filter(|c| !is_mark(*c)).collect()
}

/// Returns whether a folded word, given by its hash, is a common word.
#[must_use]
pub fn is_common_word(word: RollingHash) -> bool {
    COMMON_WORDS.folded.contains(&word)
}

/// Returns whether a word is a common word in this spelling. Marks do not count. For example, اتباع and أتباع are
/// both common words, so neither is a spelling of the other.
#[must_use]
pub fn is_common_spelling(word: &str) -> bool {
    COMMON_WORDS.spelled.contains(&without_marks(word))
}

/// Returns whether a word is a common noun or adjective in the singular in this spelling.
#[must_use]
pub fn is_common_singular(word: &str) -> bool {
    COMMON_WORDS.singulars.contains(&without_marks(word))
}

/// Returns whether the usual word of these letters has no shadda: شكل is a noun, and شكّل another word.
#[must_use]
pub fn is_usually_without_shadda(word: &str) -> bool {
    COMMON_WORDS.without_shadda.contains(&without_marks(word))
}

/// Returns whether a folded word, given by its hash, is a noun in م with four letters for a person: موظف, مهندس.
#[must_use]
pub fn is_person_in_mim(word: RollingHash) -> bool {
    COMMON_WORDS.persons.contains(&word)
}

/// Returns whether a folded noun loses its last ي in the indefinite and before ون and ين: قاضي, قاضٍ.
#[must_use]
pub fn is_defective(noun: &str) -> bool {
    COMMON_WORDS.defective.contains(noun)
}

/// Returns whether a folded word, given by its hash, is a common word whose last letter is a ه of the root.
#[must_use]
pub fn is_common_with_radical_ha(word: RollingHash) -> bool {
    COMMON_WORDS.radical_ha_folded.contains(&word)
}

/// Returns whether the last letter of a word is a ه of the root, so that it does not spell ة: كره, شبه.
#[must_use]
pub fn ends_in_radical_ha(word: &str) -> bool {
    COMMON_WORDS.radical_ha.contains(&without_marks(word))
}

#[cfg(test)]
mod tests {
    use super::{
        COMMON_WORDS, ends_in_radical_ha, is_common_singular, is_common_spelling, is_common_word,
        is_defective, is_person_in_mim, is_usually_without_shadda,
    };
    use crate::text::{RollingHash, folded};

    fn is_common(word: &str) -> bool {
        is_common_word(RollingHash::of(&folded(word)))
    }

    #[test]
    fn words_are_known_by_their_kind() {
        for word in ["لجنة", "فكرة", "مهرجان", "البحرين", "وافق", "وافقت", "يتمكن", "أماكن", "قاض", "مركز"]
        {
            assert!(is_common(word), "{word}");
        }
        assert!(!is_common("زقفل") && !is_common("وبالكتاب"));
        assert!(is_common_spelling("اتباع") && is_common_spelling("أتباع") && !is_common_spelling("إتباع"));
        assert!(is_common_singular("ظلمة") && !is_common_singular("ألوان"));
        assert!(is_person_in_mim(RollingHash::of("موظف")) && !is_person_in_mim(RollingHash::of("مركز")));
        assert!(is_defective("قاضي") && !is_defective("مصري"));
        assert!(ends_in_radical_ha("كره") && !ends_in_radical_ha("مدرسه"));
        assert!(is_usually_without_shadda("شكّل") && is_usually_without_shadda("مركِّز"));
        assert!(!is_usually_without_shadda("عامّ") && !is_usually_without_shadda("معلّم"));
    }

    #[test]
    fn the_list_is_well_formed() {
        let mut found = Vec::new();
        for line in include_str!("common_words.txt").lines().filter(|line| !line.starts_with('#')) {
            match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                Some(name) => found.push(name),
                None => {
                    for word in line.split(' ') {
                        let letters = word.chars().all(|c| matches!(c, 'ء'..='ي' | '\u{0651}'));
                        assert!(letters && word.chars().count() > 1, "{word:?} in {line}");
                        assert!(
                            !found.contains(&"defective") || found.len() > 4 || word.ends_with('ي'),
                            "{word}"
                        );
                    }
                }
            }
        }
        assert_eq!(
            found,
            [
                "nouns",
                "places",
                "people",
                "defective",
                "names",
                "particles",
                "verbs",
                "radical_ha",
                "unmarked"
            ]
        );
        assert!(COMMON_WORDS.spelled.len() > 5_000, "{}", COMMON_WORDS.spelled.len());
    }
}
