//! Splits a running Arabic word into a base and the clitics and inflections around it.
//!
//! [`FoldedWord::add_readings`] returns every analysis that the grammar allows and does not choose
//! between them: the caller keeps those whose base it knows, for example as a term. The pattern is
//! `(و|ف)? (ب|ك|ل|س)? (ال | ل+ال = لل)? base inflection? pronoun?`, without the combinations that
//! the grammar excludes. For example, `وبالحصار` has the reading `حصار` with four letters before it.

use super::{function_words::is_function_word, letters::is_arabic_letter};
use crate::text::{RollingHash, fold::fold_word};

/// The folded letters of running words, with prefix hashes that give the hash of any part of a word
/// without reading the part again.
#[derive(Clone, Debug, Default)]
pub struct FoldedWords {
    folded: Vec<char>,
    /// For each word, the hashes of its prefixes in order of length, from the empty one to the whole word.
    prefix_hashes: Vec<RollingHash>,
    words: Vec<WordSpan>,
}

#[derive(Clone, Copy, Debug)]
struct WordSpan {
    from: usize,
    to: usize,
    /// The last Arabic letter of the word before folding.
    last: char,
}

impl FoldedWords {
    /// Adds a running word as it is written in a text.
    pub fn push(&mut self, surface: &str) {
        let from = self.folded.len();
        let mut sum = RollingHash::EMPTY;
        self.prefix_hashes.push(sum);
        fold_word(surface, |c| {
            sum = sum.with_char(c);
            self.folded.push(c);
            self.prefix_hashes.push(sum);
        });
        let last = surface.chars().rev().find(|c| is_arabic_letter(*c)).unwrap_or(' ');
        self.words.push(WordSpan { from, to: self.folded.len(), last });
    }

    /// Returns a word by its number, counting from 0 in the order of [`Self::push`].
    #[must_use]
    pub fn word(&self, number: usize) -> FoldedWord<'_> {
        let span = self.words.get(number).copied().unwrap_or(WordSpan { from: 0, to: 0, last: ' ' });
        // Each word has one hash more than letters, so its hashes start `number` later than its letters.
        let sums = self.prefix_hashes.get(span.from + number..=span.to + number);
        FoldedWord {
            folded: self.folded.get(span.from..span.to).unwrap_or_default(),
            prefix_hashes: sums.unwrap_or_default(),
            last: span.last,
        }
    }
}

/// One word of [`FoldedWords`].
#[derive(Clone, Copy, Debug)]
pub struct FoldedWord<'l> {
    folded: &'l [char],
    prefix_hashes: &'l [RollingHash],
    last: char,
}

/// The letters to append to a part of a word to get its base, because a suffix changed the base's end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RestoredEnding {
    /// Nothing: the base is unchanged.
    Unchanged,
    /// ة (folded to ه), which became ت or was dropped.
    Teh,
    /// ى (folded to ي), which became ا.
    Yeh,
    /// اة, which became ي before ات. For example, مباريات has the base مباراة.
    AlefTeh,
}

impl RestoredEnding {
    fn letters(self) -> &'static str {
        match self {
            Self::Unchanged => "",
            Self::Teh => "ه",
            Self::Yeh => "ي",
            Self::AlefTeh => "اه",
        }
    }
}

/// One analysis of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    start: usize,
    end: usize,
    ending: RestoredEnding,
    /// The base includes the article, which is spelled as part of لل. For example, للقدس has the base القدس.
    base_has_article: bool,
    /// The number of letters before the base: proclitics, and the article if it was removed.
    pub before: usize,
    /// The number of letters after the base: inflection and pronoun.
    pub after: usize,
    /// Whether the article was removed.
    pub article_removed: bool,
    /// Whether the س of the future was removed, which only verbs take.
    pub future_removed: bool,
    /// The hash of the base.
    pub hash: RollingHash,
}

/// The minimum number of letters of a base from which something was removed, because shorter bases
/// have too many accidental readings.
const MIN_BASE_LETTERS: usize = 2;

/// The rest of a word after its proclitics, with what they determine about its suffixes.
#[derive(Clone, Copy)]
struct Stem {
    start: usize,
    before: usize,
    with_article: bool,
    article: bool,
    /// Whether a preposition precedes the noun, which is then in the genitive.
    genitive: bool,
    future: bool,
}

impl Stem {
    /// Returns the stem without its first letters.
    fn skip(self, letters: usize) -> Self {
        Self { start: self.start + letters, before: self.before + letters, ..self }
    }

    /// Returns whether the case of a suffix is possible.
    fn allows(self, nominative: bool) -> bool {
        !(nominative && self.genitive)
    }
}

/// The stems of one word. There are never more than 16, so they need no allocation.
struct Stems {
    word_length: usize,
    stems: [Stem; 16],
    count: usize,
}

impl Stems {
    fn new(whole: Stem, word_length: usize) -> Self {
        Self { word_length, stems: [whole; 16], count: 1 }
    }

    /// Adds a stem if it is long enough for a base.
    fn push(&mut self, stem: Stem) {
        if self.word_length >= stem.start + MIN_BASE_LETTERS
            && let Some(free) = self.stems.get_mut(self.count)
        {
            *free = stem;
            self.count += 1;
        }
    }

    fn as_slice(&self) -> &[Stem] {
        self.stems.get(..self.count).unwrap_or_default()
    }
}

/// Inflections that a noun takes with or without the article: the letters, whether they are
/// nominative, and whether the base has ة.
const NOUN_SUFFIXES: [(&[char], bool, TehMarbutaLoss); 6] = [
    (&['ا', 'ت'], false, TehMarbutaLoss::Perhaps),
    (&['و', 'ن'], true, TehMarbutaLoss::No),
    (&['ي', 'ن'], false, TehMarbutaLoss::No),
    (&['ا', 'ن'], true, TehMarbutaLoss::No),
    (&['ت', 'ا', 'ن'], true, TehMarbutaLoss::Yes),
    (&['ت', 'ي', 'ن'], false, TehMarbutaLoss::Yes),
];

/// Inflections in the construct state: before a noun in the genitive or before a pronoun.
const CONSTRUCT_SUFFIXES: [(&[char], bool, TehMarbutaLoss); 5] = [
    (&['ت', 'ا'], true, TehMarbutaLoss::Yes),
    (&['ت', 'ي'], false, TehMarbutaLoss::Yes),
    (&['ا'], true, TehMarbutaLoss::No),
    (&['و'], true, TehMarbutaLoss::No),
    (&['ي'], false, TehMarbutaLoss::No),
];

const PRONOUN_SUFFIXES: [&[char]; 10] = [
    &['ه'],
    &['ه', 'ا'],
    &['ه', 'م'],
    &['ه', 'م', 'ا'],
    &['ه', 'ن'],
    &['ك'],
    &['ك', 'م'],
    &['ك', 'م', 'ا'],
    &['ك', 'ن'],
    &['ن', 'ا'],
];

/// Whether a base has ة before a suffix.
#[derive(Clone, Copy, PartialEq, Eq)]
enum TehMarbutaLoss {
    Yes,
    No,
    Perhaps,
}

impl Reading {
    /// Returns the number of letters of the base.
    #[must_use]
    pub fn base_letter_count(&self) -> usize {
        let changed = self.ending.letters().len() / 2;
        self.end - self.start + changed + if self.base_has_article { 2 } else { 0 }
    }
}

impl FoldedWord<'_> {
    /// Returns the folded letters.
    #[must_use]
    pub fn folded(&self) -> &[char] {
        self.folded
    }

    /// Returns the base of a reading of this word, spelled as a word of its own and folded (a final
    /// ة is ه).
    #[must_use]
    pub fn base(&self, reading: &Reading) -> String {
        self.base_letters(reading).collect()
    }

    /// Returns whether a text is the base of a reading of this word.
    #[must_use]
    pub fn is_base(&self, reading: &Reading, text: &str) -> bool {
        text.chars().eq(self.base_letters(reading))
    }

    fn base_letters(&self, reading: &Reading) -> impl Iterator<Item = char> {
        let article = if reading.base_has_article { "ال" } else { "" };
        let letters = self.folded.get(reading.start..reading.end).unwrap_or_default();
        article.chars().chain(letters.iter().copied()).chain(reading.ending.letters().chars())
    }

    /// Adds the readings of the word to `found`, the simplest first: the whole word, then those
    /// that remove proclitics only, then those that remove suffixes. Only a conjunction is removed
    /// from a function word such as لكن. A word of more than 64 letters has no reading but the first.
    pub fn add_readings(&self, found: &mut Vec<Reading>) {
        let whole =
            Stem { start: 0, before: 0, with_article: false, article: false, genitive: false, future: false };
        self.add_reading(found, whole, self.folded.len(), RestoredEnding::Unchanged, 0);
        if self.ends_with_function_word(0) {
            return;
        }
        // Real words are shorter. The limit bounds the time for a text that is one endless word.
        if self.folded.len() > 64 {
            return;
        }
        let mut stems = Stems::new(whole, self.folded.len());
        for conjunction in 0..2 {
            if conjunction == 1 && !matches!(self.folded.first(), Some('و' | 'ف')) {
                break;
            }
            let bare = Stem { start: conjunction, before: conjunction, ..whole };
            if conjunction == 1 {
                stems.push(bare);
                if self.ends_with_function_word(1) {
                    self.add_reading(found, bare, self.folded.len(), RestoredEnding::Unchanged, 0);
                    return;
                }
            }
            self.add_stems(bare, &mut stems);
        }
        for stem in stems.as_slice().iter().skip(1) {
            self.add_reading(found, *stem, self.folded.len(), RestoredEnding::Unchanged, 0);
        }
        for stem in stems.as_slice() {
            self.add_without_suffixes(*stem, found);
        }
    }

    /// Returns whether the word is a function word from a letter on.
    fn ends_with_function_word(&self, from: usize) -> bool {
        let (Some(before), Some(whole)) = (self.prefix_hashes.get(from), self.prefix_hashes.last()) else {
            return false;
        };
        is_function_word(whole.without_prefix(*before, self.folded.len().saturating_sub(from)))
    }

    /// Adds the stems that remain without the article, a preposition or the س of the future. A
    /// conjunction is already removed from `bare`.
    fn add_stems(&self, bare: Stem, stems: &mut Stems) {
        let rest = self.folded.get(bare.start..).unwrap_or_default();
        match rest {
            ['ا', 'ل', ..] => stems.push(Stem { article: true, ..bare.skip(2) }),
            // ف is missing here because it is a conjunction, which the caller removes.
            ['ب' | 'ك', tail @ ..] => {
                stems.push(Stem { genitive: true, ..bare.skip(1) });
                if tail.starts_with(&['ا', 'ل']) {
                    stems.push(Stem { genitive: true, article: true, ..bare.skip(3) });
                }
            }
            ['ل', tail @ ..] => {
                stems.push(Stem { genitive: true, ..bare.skip(1) });
                if tail.starts_with(&['ل']) {
                    // ل + ال is written لل. The caller may know the base with or without its article.
                    stems.push(Stem { genitive: true, article: true, ..bare.skip(2) });
                    let before = bare.before + 1;
                    stems.push(Stem { genitive: true, with_article: true, before, ..bare.skip(2) });
                }
            }
            ['س', ..] => stems.push(Stem { future: true, ..bare.skip(1) }),
            _ => {}
        }
    }

    /// Returns whether the letters up to `to` end with a suffix and leave enough for a base.
    fn has_suffix(&self, stem: Stem, to: usize, suffix: &[char]) -> bool {
        let from = to.checked_sub(suffix.len()).filter(|from| *from >= stem.start + MIN_BASE_LETTERS);
        from.is_some_and(|from| (from..to).zip(suffix).all(|(at, l)| self.folded.get(at) == Some(l)))
    }

    /// Adds the readings that remove an inflection, a pronoun or both from the end of a stem.
    fn add_without_suffixes(&self, stem: Stem, found: &mut Vec<Reading>) {
        let len = self.folded.len();
        for (letters, nominative, teh) in NOUN_SUFFIXES {
            if self.has_suffix(stem, len, letters) && stem.allows(nominative) {
                self.add_without_inflection(stem, len - letters.len(), letters.len(), teh, found);
            }
        }
        // A noun with the article takes neither a construct ending nor a pronoun.
        if stem.article || stem.with_article {
            return;
        }
        for (letters, nominative, teh) in CONSTRUCT_SUFFIXES {
            // A written ى is not this suffix, although it is folded to ي.
            let spelled = letters.last() != Some(&'ي') || self.last != 'ى';
            let plausible = letters != ['ي'] || self.can_take_plural_yeh(stem.start, len.saturating_sub(1));
            if self.has_suffix(stem, len, letters) && stem.allows(nominative) && spelled && plausible {
                self.add_without_inflection(stem, len - letters.len(), letters.len(), teh, found);
            }
        }
        for pronoun in PRONOUN_SUFFIXES {
            // A written ة is not a pronoun, although it is folded to ه.
            if !self.has_suffix(stem, len, pronoun) || pronoun == ['ه'] && self.last == 'ة' {
                continue;
            }
            let to = len - pronoun.len();
            let after = pronoun.len();
            self.add_reading(found, stem, to, RestoredEnding::Unchanged, after);
            match self.folded.get(to - 1) {
                Some('ت') => self.add_reading(found, stem, to - 1, RestoredEnding::Teh, after),
                Some('ا') => self.add_reading(found, stem, to - 1, RestoredEnding::Yeh, after),
                _ => {}
            }
            for (letters, nominative, teh) in CONSTRUCT_SUFFIXES.into_iter().chain([NOUN_SUFFIXES[0]]) {
                if self.has_suffix(stem, to, letters) && stem.allows(nominative) {
                    self.add_without_inflection(stem, to - letters.len(), after + letters.len(), teh, found);
                }
            }
        }
    }

    /// Returns whether a single ي after a base can be the ending of a plural in the construct state
    /// (مقاتلي المعارضة). Only bases of the forms فاعل and مفاعل qualify, because most words in ي
    /// are adjectives (مركزي).
    fn can_take_plural_yeh(&self, start: usize, end: usize) -> bool {
        let base = self.folded.get(start..end).unwrap_or_default();
        matches!(base, [_, 'ا', _, _] | ['م', _, 'ا', _, _])
    }

    /// Adds the readings that remove an inflection, one for each base that it can have.
    fn add_without_inflection(
        &self,
        stem: Stem,
        to: usize,
        after: usize,
        teh: TehMarbutaLoss,
        found: &mut Vec<Reading>,
    ) {
        if teh != TehMarbutaLoss::Yes {
            self.add_reading(found, stem, to, RestoredEnding::Unchanged, after);
        }
        if teh != TehMarbutaLoss::No {
            self.add_reading(found, stem, to, RestoredEnding::Teh, after);
        }
        if teh == TehMarbutaLoss::Perhaps && to > 0 && self.folded.get(to - 1) == Some(&'ي') {
            self.add_reading(found, stem, to - 1, RestoredEnding::AlefTeh, after);
        }
    }

    /// Adds a reading unless its base is too short. `end` is where its part of the word ends.
    fn add_reading(
        &self,
        found: &mut Vec<Reading>,
        stem: Stem,
        end: usize,
        ending: RestoredEnding,
        after: usize,
    ) {
        let letters = end.saturating_sub(stem.start) + usize::from(ending != RestoredEnding::Unchanged);
        let plain = stem.before == 0 && after == 0;
        if !plain && letters < MIN_BASE_LETTERS || end < stem.start {
            return;
        }
        let (Some(from), Some(to)) = (self.prefix_hashes.get(stem.start), self.prefix_hashes.get(end)) else {
            return;
        };
        let mut hash = to.without_prefix(*from, end - stem.start);
        if stem.with_article {
            hash = RollingHash::EMPTY.with_char('ا').with_char('ل').followed_by(hash, end - stem.start);
        }
        hash = match ending {
            RestoredEnding::Unchanged => hash,
            RestoredEnding::Teh => hash.with_char('ه'),
            RestoredEnding::Yeh => hash.with_char('ي'),
            RestoredEnding::AlefTeh => hash.with_char('ا').with_char('ه'),
        };
        found.push(Reading {
            start: stem.start,
            end,
            ending,
            base_has_article: stem.with_article,
            before: stem.before,
            after,
            article_removed: stem.article,
            future_removed: stem.future,
            hash,
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FoldedWords, Reading};
    use crate::text::{RollingHash, folded};

    fn readings(word: &str) -> Vec<(String, Reading)> {
        let mut letters = FoldedWords::default();
        letters.push("قبل");
        letters.push(word);
        let letters = letters.word(1);
        let mut found = Vec::new();
        letters.add_readings(&mut found);
        found.into_iter().map(|r| (letters.base(&r), r)).collect()
    }

    fn has(word: &str, base: &str) -> bool {
        readings(word).iter().any(|(b, _)| b == base)
    }

    #[test]
    fn the_base_is_among_the_readings() {
        for (word, base, before, after) in [
            ("حصار", "حصار", 0, 0),
            ("وبالحصار", "حصار", 4, 0),
            ("للحصار", "حصار", 2, 0),
            ("للقدس", "القدس", 1, 0),
            ("لكتائب", "كتائب".replace('ئ', "ء").as_str(), 1, 0),
            ("عقدهم", "عقد", 0, 2),
            ("مفاوضات", "مفاوضه", 0, 2),
            ("بمدينتهم", "مدينه", 1, 2),
            ("المقاتلين", "مقاتل", 2, 2),
            ("مستشفاهم", "مستشفي", 0, 2),
            ("دولتين", "دوله", 0, 3),
            ("مباريات", "مباراه", 0, 2),
            ("مقاتلي", "مقاتل", 0, 1),
            ("سفارتيهم", "سفاره", 0, 4),
            ("كتابا", "كتاب", 0, 1),
        ] {
            let found = readings(word);
            assert!(
                found.iter().any(|(b, r)| b == base && (r.before, r.after) == (before, after)),
                "{word}: {found:?} lacks {base} after {before} with {after}"
            );
        }
    }

    #[test]
    fn readings_respect_the_grammar() {
        for (word, base) in [
            ("المصري", "مصر"),
            ("المصرية", "مصر"),
            ("المصرية", "مصري"),
            ("عملية", "عملي"),
            ("حالة", "حال"),
            ("القتلى", "قتل"),
            ("إحدى", "احد"),
            ("لدينا", "دين"),
            ("بعدما", "عدم"),
            ("مركزي", "مركز"),
            ("بالحصارهم", "حصار"),
        ] {
            assert!(!has(word, base), "{word} is read as {base}");
        }
    }

    #[test]
    fn nothing_is_taken_off_a_short_base_or_a_function_word() {
        for word in ["في", "كما", "لكن", "بعد", "واحد"] {
            assert_eq!(readings(word).len(), 1, "{word}: {:?}", readings(word));
        }
        assert!(has("ولكن", "لكن") && readings("ولكن").len() == 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn hashes_are_those_of_the_bases(word in "[وفبكلسا]{0,3}(ال)?[ء-ي]{1,6}(ات|ون|ين|تين|ا|ي)?(ه|ها|هم|نا)?|\\PC{0,12}") {
            for (base, reading) in readings(&word) {
                prop_assert_eq!(RollingHash::of(&base), reading.hash, "{}", base);
            }
            prop_assert_eq!(readings(&word).first().map(|(b, _)| b.clone()), Some(folded(&word)));
        }
    }
}
