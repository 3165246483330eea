//! How much of a stored translation can probably be used: a second figure beside the score.
//!
//! The score counts characters, so that it is exact and can be searched for. A translator keeps words: another
//! ending costs a letter or two of the translation, another word the whole of it, and another preposition less than
//! another noun. `docs/matching.md` defines the figure and says how well it predicts.

use crate::{
    score::Score,
    text::{
        DifferingPart, RollingHash, Word,
        arabic::{self, clitics::FoldedWords},
        english, words,
    },
};

/// The weight of a word.
const WORD_WEIGHT: u64 = 4;
/// The weight of a function word, such as «في» or `the`. Most sentences have it, so it says little about them.
const FUNCTION_WORD_WEIGHT: u64 = 1;

/// The share of a word, in hundredths, that is lost if the other text does not have it.
mod loss {
    /// The other text has the word with other letters before it: و, ف, ب, ك, ل, س or the article. For example,
    /// «العقد» and «وبعقد».
    pub(super) const SAME_BASE: u64 = 15;
    /// The inflection or a pronoun differs, too: «العقد» and «عقدين».
    pub(super) const SAME_STEM: u64 = 30;
    /// The other text has nothing of the word.
    pub(super) const WHOLE: u64 = 100;
}

/// The words of a folded text with their weights.
#[derive(Clone, Debug)]
pub(super) struct WeightedWords {
    words: Vec<WeightedWord>,
    /// The hashes of the words, in ascending order.
    hashes: Vec<RollingHash>,
    total: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct WeightedWord {
    start: usize,
    end: usize,
    hash: RollingHash,
    weight: u64,
}

impl WeightedWords {
    /// Finds the words of a folded text.
    pub(super) fn new(folded: &str) -> Self {
        Self::of_words(words(folded).into_iter().map(WeightedWord::new).collect())
    }

    /// Finds the words of a folded text as [`Self::new`] does, but takes those over from a similar text that are in
    /// its equal start and end.
    fn beside(folded: &str, (similar, words_of_similar): (&str, &Self)) -> Self {
        let part = DifferingPart::of(similar, folded);
        let known = &words_of_similar.words;
        let before = known.partition_point(|word| word.end <= part.start);
        let after = known.partition_point(|word| word.start < part.end_in_first);
        let mut found: Vec<WeightedWord> = known.iter().take(before).cloned().collect();
        let own = words(folded.get(part.start..part.end_in_second).unwrap_or_default());
        found.extend(own.into_iter().map(|word| WeightedWord::new(word).moved(|at| at + part.start)));
        let following = known.iter().skip(after).cloned();
        found.extend(following.map(|word| word.moved(|at| at - part.end_in_first + part.end_in_second)));
        Self::of_words(found)
    }

    fn of_words(words: Vec<WeightedWord>) -> Self {
        let mut hashes: Vec<RollingHash> = words.iter().map(|word| word.hash).collect();
        hashes.sort_unstable();
        Self { total: words.iter().map(|word| word.weight).sum(), words, hashes }
    }

    /// Returns the words that another text does not have.
    fn without(&self, other: &Self) -> Vec<&WeightedWord> {
        self.words.iter().filter(|word| other.hashes.binary_search(&word.hash).is_err()).collect()
    }
}

impl WeightedWord {
    fn new(word: Word<'_>) -> Self {
        let hash = RollingHash::of(word.text);
        let is_function_word = arabic::is_function_word(hash) || english::is_function_word(word.text);
        let weight = if is_function_word { FUNCTION_WORD_WEIGHT } else { WORD_WEIGHT };
        Self { start: word.start, end: word.end, hash, weight }
    }

    fn moved(self, to: impl Fn(usize) -> usize) -> Self {
        Self { start: to(self.start), end: to(self.end), ..self }
    }
}

/// Returns the usefulness of a stored text for the one that is looked up: the mean of the similarity, which compares
/// characters, and of the share of the words that both texts have. Both texts are folded.
pub(super) fn usefulness(asked: (&str, &WeightedWords), stored: &str, similarity: Score) -> Score {
    if asked.0 == stored {
        return Score::FULL;
    }
    let words_of_stored = WeightedWords::beside(stored, asked);
    let by_words = shared_words(asked, (stored, &words_of_stored)).unwrap_or(similarity);
    Score::from_hundredths((similarity.hundredths() + by_words.hundredths()) / 2)
}

/// Returns the share, by weight, of the words of two texts that the other text has, too. `None` if there are no words.
fn shared_words(
    (a, words_of_a): (&str, &WeightedWords),
    (b, words_of_b): (&str, &WeightedWords),
) -> Option<Score> {
    let (only_a, only_b) = (words_of_a.without(words_of_b), words_of_b.without(words_of_a));
    let (forms_of_a, forms_of_b) = (forms(a, &only_a), forms(b, &only_b));
    let lost =
        lost_weight(&only_a, &forms_of_a, &forms_of_b) + lost_weight(&only_b, &forms_of_b, &forms_of_a);
    let total = (words_of_a.total + words_of_b.total) * loss::WHOLE;
    let shared = ((total - lost) * u64::from(Score::FULL.hundredths())).checked_div(total)?;
    u16::try_from(shared).ok().map(Score::from_hundredths)
}

/// Returns the weight, in hundredths, that is lost of the words that the other text does not have, given their forms
/// and those of the other text.
fn lost_weight(words: &[&WeightedWord], forms: &[WordForms], of_other: &[WordForms]) -> u64 {
    let collect = |of_word: fn(&WordForms) -> &[RollingHash]| {
        let mut all: Vec<RollingHash> = of_other.iter().flat_map(of_word).copied().collect();
        all.sort_unstable();
        all
    };
    let (bases, stems) = (collect(|forms| &forms.bases), collect(|forms| &forms.stems));
    let has_any =
        |known: &[RollingHash], own: &[RollingHash]| own.iter().any(|hash| known.binary_search(hash).is_ok());
    let losses = words.iter().zip(forms).map(|(word, own)| {
        let share = if has_any(&bases, &own.bases) {
            loss::SAME_BASE
        } else if has_any(&stems, &own.stems) {
            loss::SAME_STEM
        } else {
            loss::WHOLE
        };
        word.weight * share
    });
    losses.sum()
}

/// The forms that a word can be of.
struct WordForms {
    /// Without the letters before it.
    bases: Vec<RollingHash>,
    /// Also without inflection and pronouns.
    stems: Vec<RollingHash>,
}

/// Returns the forms of words of a text.
fn forms(text: &str, of_words: &[&WeightedWord]) -> Vec<WordForms> {
    let mut letters = FoldedWords::default();
    let surface = |word: &WeightedWord| text.get(word.start..word.end).unwrap_or_default();
    of_words.iter().for_each(|word| letters.push(surface(word)));
    let mut readings = Vec::new();
    let forms = of_words.iter().enumerate().map(|(n, word)| {
        let word = surface(word);
        if word.starts_with(|c: char| c.is_ascii_lowercase()) {
            let lemmas = english::lemmas(word);
            let stems = lemmas.iter().map(|lemma| RollingHash::of(&lemma.base)).collect();
            return WordForms { bases: Vec::new(), stems };
        }
        readings.clear();
        letters.word(n).add_readings(&mut readings);
        let without_suffix = readings.iter().filter(|reading| reading.after == 0);
        WordForms {
            bases: without_suffix.map(|reading| reading.hash).collect(),
            stems: readings.iter().map(|reading| reading.hash).collect(),
        }
    });
    forms.collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{WeightedWords, shared_words, usefulness};
    use crate::{matching::similarity, score::Score, text::folded};

    fn of(asked: &str, stored: &str) -> Score {
        let (asked, stored) = (folded(asked), folded(stored));
        usefulness((&asked, &WeightedWords::new(&asked)), &stored, similarity(&asked, &stored))
    }

    /// Returns the share of the words that both texts have, in hundredths of a percent.
    fn words(asked: &str, stored: &str) -> u16 {
        let (asked, stored) = (folded(asked), folded(stored));
        let (of_a, of_b) = (WeightedWords::new(&asked), WeightedWords::new(&stored));
        shared_words((&asked, &of_a), (&stored, &of_b)).map_or(0, Score::hundredths)
    }

    #[test]
    fn words_are_shared_in_part() {
        for (asked, stored, shared) in [
            // Four words on each side: a different one loses a quarter.
            ("وصل الوفد مساء أمس", "وصل الوفد صباح أمس", 7_500),
            ("وصل الوفد مساء أمس", "أمس مساء وصل الوفد", 10_000),
            // Two texts of 4 + 4 + 1 lose the function word on both sides.
            ("دخل الوفد من", "دخل الوفد إلى", 8_888),
            ("دخل الوفد", "دخل وبالوفد", 9_250),
            ("وقع العقد", "وقع عقدين", 8_500),
            ("the file opened", "the files opened", 8_666),
            ("نعم", "لا", 0),
            ("وصل 5", "وصل 6", 5_000),
        ] {
            assert_eq!(words(asked, stored), shared, "{asked} | {stored}");
            assert_eq!(words(stored, asked), shared, "{stored} | {asked}");
        }
    }

    #[test]
    fn usefulness_is_the_mean_of_characters_and_words() {
        let (asked, stored) = ("وصل الوفد إلى حمص.", "وصل الوفد إلى دمشق.");
        assert_eq!(similarity(&folded(asked), &folded(stored)).hundredths(), 8_421);
        // 13 - 4 of 13 on each side are shared: 69.23.
        assert_eq!(words(asked, stored), 6_923);
        assert_eq!(of(asked, stored).hundredths(), 7_672);
        assert_eq!(of("وصلَ الوفدُ", "وصل الوفد"), Score::FULL);
        assert_eq!(of("؟", "!"), Score::ZERO, "texts without words have only their characters");
    }

    proptest! {
        #[test]
        fn usefulness_has_no_direction_and_is_full_only_for_equal_texts(
            a in "([وبل]?(ال)?[عقد]{1,3}(ين|ها)? ?|of |files? |[١2]){0,8}|\\PC{0,20}",
            b in "([وبل]?(ال)?[عقد]{1,3}(ين|ها)? ?|of |files? |[١2]){0,8}|\\PC{0,20}",
        ) {
            let (of_a, of_b) = (folded(&a), folded(&b));
            let beside = WeightedWords::beside(&of_b, (&of_a, &WeightedWords::new(&of_a)));
            prop_assert_eq!(beside.words, WeightedWords::new(&of_b).words);
            prop_assert_eq!(of(&a, &b), of(&b, &a));
            prop_assert_eq!(of(&a, &b) == Score::FULL, folded(&a) == folded(&b));
        }
    }
}
