//! Splits a running Arabic word into a base and the clitics and inflections around it.
//!
//! [`FoldedWord::add_readings`] returns every analysis that the grammar allows and does not choose
//! between them: the caller keeps those whose base it knows, for example as a term. The pattern is
//! `(و|ف)? (ب|ك|ل|س)? (ال | ل+ال = لل)? base inflection? pronoun?`, without the combinations that
//! the grammar excludes. For example, `وبالحصار` has the reading `حصار` with four letters before it.

use super::{
    common_words::{is_common_spelling, is_common_with_radical_ha, is_common_word, is_person_in_mim},
    endings::{
        ADDED_FEMININE_PLURAL, CONJUNCTION_COST, CONSTRUCT_SUFFIXES, HEH_FOR_TEH_COST,
        INFLECTION_BEFORE_PRONOUN, LIKE_COST, NOUN_SUFFIXES, NounSuffix, PREPOSITION_COST, PRONOUN_SUFFIXES,
        RestoredEnding, TehMarbutaLoss, takes_plural_yeh,
    },
    function_words::is_function_word,
    letters::is_arabic_letter,
    plurals::has_listed_plural,
    stems::{MIN_BASE_LETTERS, Stem, Stems},
};
use crate::text::{RollingHash, fold::fold_word};

/// The folded letters of running words, with prefix hashes that give the hash of any part of a word
/// without reading the part again.
#[derive(Clone, Debug, Default)]
pub struct FoldedWords {
    folded: Vec<char>,
    /// The letters before folding, one for each folded letter of a word that has only Arabic letters.
    written: Vec<char>,
    /// For each word, the hashes of its prefixes in order of length, from the empty one to the whole word.
    prefix_hashes: Vec<RollingHash>,
    words: Vec<WordSpan>,
}

#[derive(Clone, Copy, Debug)]
struct WordSpan {
    from: usize,
    to: usize,
    /// The range of its letters before folding, which is empty if they cannot be compared one by one.
    written: (usize, usize),
    /// The last Arabic letter of the word before folding.
    last: char,
}

const NO_WORD: WordSpan = WordSpan { from: 0, to: 0, written: (0, 0), last: ' ' };

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
        let to = self.folded.len();
        let written = self.written.len();
        self.written.extend(surface.chars().filter(|c| is_arabic_letter(*c)));
        if self.written.len() - written != to - from {
            self.written.truncate(written);
        }
        let last = surface.chars().rev().find(|c| is_arabic_letter(*c)).unwrap_or(' ');
        self.words.push(WordSpan { from, to, written: (written, self.written.len()), last });
    }

    /// Returns a word by its number, counting from 0 in the order of [`Self::push`].
    #[must_use]
    pub fn word(&self, number: usize) -> FoldedWord<'_> {
        let span = self.words.get(number).copied().unwrap_or(NO_WORD);
        // Each word has one hash more than letters, so its hashes start `number` later than its letters.
        let sums = self.prefix_hashes.get(span.from + number..=span.to + number);
        FoldedWord {
            folded: self.folded.get(span.from..span.to).unwrap_or_default(),
            written: self.written.get(span.written.0..span.written.1).unwrap_or_default(),
            prefix_hashes: sums.unwrap_or_default(),
            last: span.last,
        }
    }
}

/// One word of [`FoldedWords`].
#[derive(Clone, Copy, Debug)]
pub struct FoldedWord<'l> {
    folded: &'l [char],
    written: &'l [char],
    prefix_hashes: &'l [RollingHash],
    last: char,
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
    /// Whether an ending of the plural or the dual was removed.
    pub number_removed: bool,
    /// How unlikely the reading is. The whole word as its base has 0. Of two readings, the one with the lower cost
    /// explains the word with fewer and more frequent clitics and endings.
    pub cost: u8,
    /// The hash of the base.
    pub hash: RollingHash,
}

/// Letters after a base: a pronoun, an inflection or both.
#[derive(Clone, Copy)]
struct Ending {
    /// Where the base and its changed letters end.
    to: usize,
    /// The number of letters removed.
    after: usize,
    number: bool,
    cost: u8,
}

impl Reading {
    /// Returns the number of letters of the base.
    #[must_use]
    pub fn base_letter_count(&self) -> usize {
        let changed = self.ending.letters().len() / 2;
        self.end - self.start + changed + if self.base_has_article { 2 } else { 0 }
    }

    /// Returns whether the end of the base was changed by a suffix.
    #[must_use]
    pub fn is_end_restored(&self) -> bool {
        self.ending != RestoredEnding::Unchanged
    }

    /// Returns whether ة is restored at the end of the base.
    #[must_use]
    pub fn restores_teh_marbuta(&self) -> bool {
        self.ending == RestoredEnding::Teh
    }

    /// Returns whether only one letter was removed after the base, and no ending of a noun: the pronoun ه or ك.
    #[must_use]
    pub fn is_pronoun_heh(&self) -> bool {
        self.after == 1 && !self.number_removed
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

    /// Returns whether the word is a function word after a conjunction: ومن, فلا.
    #[must_use]
    pub fn is_function_word_after_conjunction(&self) -> bool {
        matches!(self.folded.first(), Some('و' | 'ف')) && self.ends_with_function_word(1)
    }

    /// Returns the cost of a reading if its base is a common word.
    #[must_use]
    pub fn common_cost(&self, reading: &Reading) -> Option<u8> {
        if !is_common_word(reading.hash) || !self.is_common_as_written(reading) {
            return None;
        }
        let ends_in_heh = reading.ending == RestoredEnding::Unchanged
            && reading.end.checked_sub(1).and_then(|last| self.folded.get(last)) == Some(&'ه')
            && !is_common_with_radical_ha(reading.hash);
        match reading.after {
            _ if !ends_in_heh => Some(reading.cost),
            // ة is ت before an ending, so this is another word: قدرها is not a form of قدرة.
            1.. => None,
            0 if self.last == 'ة' => Some(reading.cost),
            0 => Some(reading.cost + HEH_FOR_TEH_COST),
        }
    }

    /// Returns whether a base with a written hamza inside is a common word in this spelling: وآلي is not والي.
    fn is_common_as_written(&self, reading: &Reading) -> bool {
        let written = self.written.get(reading.start..reading.end).unwrap_or_default();
        if !written.iter().skip(1).any(|c| matches!(c, 'أ' | 'إ' | 'آ')) {
            return true;
        }
        let ending = if reading.ending == RestoredEnding::Teh { "ة" } else { reading.ending.letters() };
        is_common_spelling(&written.iter().copied().chain(ending.chars()).collect::<String>())
    }

    /// Returns whether the last letter is written as ه, not as ة.
    #[must_use]
    pub fn ends_in_heh(&self) -> bool {
        self.last == 'ه'
    }

    /// Adds the readings of the word to `found`, the simplest first: the whole word, then those
    /// that remove proclitics only, then those that remove suffixes. Only a conjunction is removed
    /// from a function word such as لكن. A word of more than 64 letters has no reading but the first.
    pub fn add_readings(&self, found: &mut Vec<Reading>) {
        let whole = Stem {
            start: 0,
            before: 0,
            with_article: false,
            article: false,
            genitive: false,
            future: false,
            cost: 0,
        };
        let end = Ending { to: self.folded.len(), after: 0, number: false, cost: 0 };
        self.add_reading(found, whole, end, RestoredEnding::Unchanged);
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
            let bare = if conjunction == 1 { whole.skip(1, CONJUNCTION_COST) } else { whole };
            if conjunction == 1 {
                stems.push(bare);
                if self.ends_with_function_word(1) {
                    self.add_reading(found, bare, end, RestoredEnding::Unchanged);
                    return;
                }
            }
            self.add_stems(bare, &mut stems);
        }
        for stem in stems.as_slice().iter().skip(1) {
            self.add_reading(found, *stem, end, RestoredEnding::Unchanged);
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

    /// Returns whether the article is at a letter. Its alef has no hamza: ألوان does not have it.
    fn has_article(&self, at: usize) -> bool {
        self.folded.get(at..).is_some_and(|rest| rest.starts_with(&['ا', 'ل']))
            && !matches!(self.written.get(at), Some('أ' | 'إ' | 'آ'))
    }

    /// Adds the stems that remain without the article, a preposition or the س of the future. A
    /// conjunction is already removed from `bare`.
    fn add_stems(&self, bare: Stem, stems: &mut Stems) {
        let rest = self.folded.get(bare.start..).unwrap_or_default();
        match rest {
            ['ا', 'ل', ..] if self.has_article(bare.start) => {
                stems.push(Stem { article: true, ..bare.skip(2, 0) });
            }
            // ف is missing here because it is a conjunction, which the caller removes.
            [preposition @ ('ب' | 'ك'), ..] => {
                let cost = if *preposition == 'ك' { LIKE_COST } else { PREPOSITION_COST };
                stems.push(Stem { genitive: true, ..bare.skip(1, cost) });
                if self.has_article(bare.start + 1) {
                    stems.push(Stem { genitive: true, article: true, ..bare.skip(3, cost) });
                }
            }
            ['ل', tail @ ..] => {
                stems.push(Stem { genitive: true, ..bare.skip(1, PREPOSITION_COST) });
                if tail.starts_with(&['ل']) {
                    // ل + ال is written لل. The caller may know the base with or without its article.
                    stems.push(Stem { genitive: true, article: true, ..bare.skip(2, PREPOSITION_COST) });
                    let before = bare.before + 1;
                    let with_article = bare.skip(2, PREPOSITION_COST);
                    stems.push(Stem { genitive: true, with_article: true, before, ..with_article });
                }
            }
            ['س', ..] => stems.push(Stem { future: true, ..bare.skip(1, PREPOSITION_COST) }),
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
        let end = Ending { to: len, after: 0, number: false, cost: 0 };
        for suffix in &NOUN_SUFFIXES {
            self.add_without_inflection(stem, end, suffix, found);
        }
        self.add_without_madda(stem, end, found);
        // A noun with the article takes neither a construct ending nor a pronoun.
        if stem.article || stem.with_article {
            return;
        }
        for suffix in &CONSTRUCT_SUFFIXES {
            // A written ى is not the ending ي, although it is folded to ي.
            let is_yeh = suffix.letters.last() == Some(&'ي');
            let plausible =
                suffix.letters != ['ي'] || self.takes_plural_yeh(stem.start, len.saturating_sub(1));
            if plausible && !(is_yeh && self.last == 'ى') {
                self.add_without_inflection(stem, end, suffix, found);
            }
        }
        for (pronoun, cost) in PRONOUN_SUFFIXES {
            // A written ة is not a pronoun, although it is folded to ه.
            if !self.has_suffix(stem, len, pronoun) || pronoun == ['ه'] && self.last == 'ة' {
                continue;
            }
            let end = Ending { to: len - pronoun.len(), after: pronoun.len(), number: false, cost };
            self.add_reading(found, stem, end, RestoredEnding::Unchanged);
            self.add_with_other_hamza(stem, end, found);
            // مبدأ: مبدؤه
            if matches!(self.written.get(end.to - 1), Some('ؤ' | 'ئ')) {
                self.add_shortened(stem, end, RestoredEnding::Alef, found);
            }
            match self.folded.get(end.to - 1) {
                Some('ت') => self.add_shortened(stem, end, RestoredEnding::Teh, found),
                // ى becomes an alef without a hamza.
                Some('ا') if !matches!(self.written.get(end.to - 1), Some('أ' | 'إ' | 'آ')) => {
                    self.add_shortened(stem, end, RestoredEnding::Yeh, found);
                }
                _ => {}
            }
            for suffix in CONSTRUCT_SUFFIXES.iter().chain(NOUN_SUFFIXES.first()) {
                self.add_without_inflection(stem, end, suffix, found);
            }
            self.add_without_madda(stem, end, found);
        }
    }

    /// Returns whether a single ي after a base can be the ending of a plural in the construct state.
    fn takes_plural_yeh(&self, start: usize, end: usize) -> bool {
        let base = self.folded.get(start..end).unwrap_or_default();
        takes_plural_yeh(base)
            || matches!(base, ['م', _, _, _]) && self.hash_of(start, end).is_some_and(is_person_in_mim)
    }

    /// Returns whether the letters of a range are a noun whose plural is not in ات, because it has a broken plural or is a
    /// person.
    fn has_other_plural(&self, start: usize, end: usize) -> bool {
        self.hash_of(start, end).is_some_and(|noun| has_listed_plural(noun) || is_person_in_mim(noun))
    }

    /// Returns the hash of a range of the letters.
    fn hash_of(&self, start: usize, end: usize) -> Option<RollingHash> {
        let length = end.checked_sub(start)?;
        Some(self.prefix_hashes.get(end)?.without_prefix(*self.prefix_hashes.get(start)?, length))
    }

    /// Adds the readings that remove an inflection before `end`, one for each base that it can have.
    fn add_without_inflection(&self, stem: Stem, end: Ending, suffix: &NounSuffix, found: &mut Vec<Reading>) {
        if !self.has_suffix(stem, end.to, suffix.letters) || !stem.allows(suffix.nominative) {
            return;
        }
        let to = end.to - suffix.letters.len();
        let end = Ending {
            to,
            after: end.after + suffix.letters.len(),
            number: suffix.letters != ['ا'],
            cost: end.cost + suffix.cost + if end.after > 0 { INFLECTION_BEFORE_PRONOUN } else { 0 },
        };
        if suffix.teh != TehMarbutaLoss::Yes {
            let added = if suffix.teh == TehMarbutaLoss::Perhaps && self.has_other_plural(stem.start, to) {
                ADDED_FEMININE_PLURAL
            } else {
                0
            };
            self.add_reading(
                found,
                stem,
                Ending { cost: end.cost + added, ..end },
                RestoredEnding::Unchanged,
            );
            self.add_with_other_hamza(stem, end, found);
        }
        if suffix.teh != TehMarbutaLoss::No {
            self.add_reading(found, stem, end, RestoredEnding::Teh);
        }
        let last = to.checked_sub(1).and_then(|last| self.folded.get(last));
        if suffix.teh == TehMarbutaLoss::Perhaps {
            self.add_reading(found, stem, end, RestoredEnding::Alef);
            if matches!(last, Some('ي' | 'و')) {
                self.add_shortened(stem, end, RestoredEnding::AlefTeh, found);
            }
        }
        // سماء: سماوات, سماوين
        let before = to.checked_sub(2).and_then(|before| self.folded.get(before));
        if suffix.letters.len() == 2
            && suffix.letters != ['و', 'ن']
            && (last, before) == (Some(&'و'), Some(&'ا'))
        {
            self.add_shortened(stem, end, RestoredEnding::Hamza, found);
        }
    }

    /// Adds the reading that removes the ت of آت, if the آ belongs to the base: منشآت has the base منشأة.
    fn add_without_madda(&self, stem: Stem, end: Ending, found: &mut Vec<Reading>) {
        if self.has_suffix(stem, end.to, &['ا', 'ت']) && self.written.get(end.to - 2) == Some(&'آ') {
            let end = Ending { to: end.to - 1, after: end.after + 1, number: true, cost: end.cost + 10 };
            self.add_reading(found, stem, end, RestoredEnding::Teh);
        }
    }

    /// Adds the reading whose hamza is written on an alef before the suffix: جزأين and جزأه have the base جزء.
    fn add_with_other_hamza(&self, stem: Stem, end: Ending, found: &mut Vec<Reading>) {
        if end.to.checked_sub(1).and_then(|last| self.written.get(last)) == Some(&'أ') {
            self.add_shortened(stem, end, RestoredEnding::Hamza, found);
        }
    }

    /// Adds the reading in which the last letter before a suffix is replaced.
    fn add_shortened(&self, stem: Stem, end: Ending, ending: RestoredEnding, found: &mut Vec<Reading>) {
        if let Some(to) = end.to.checked_sub(1) {
            self.add_reading(found, stem, Ending { to, ..end }, ending);
        }
    }

    /// Adds a reading unless its base is too short.
    fn add_reading(&self, found: &mut Vec<Reading>, stem: Stem, end: Ending, ending: RestoredEnding) {
        let letters = end.to.saturating_sub(stem.start) + usize::from(ending != RestoredEnding::Unchanged);
        let plain = stem.before == 0 && end.after == 0;
        if !plain && letters < MIN_BASE_LETTERS || end.to < stem.start {
            return;
        }
        let (Some(from), Some(to)) = (self.prefix_hashes.get(stem.start), self.prefix_hashes.get(end.to))
        else {
            return;
        };
        let mut hash = to.without_prefix(*from, end.to - stem.start);
        if stem.with_article {
            hash = RollingHash::EMPTY.with_char('ا').with_char('ل').followed_by(hash, end.to - stem.start);
        }
        hash = ending.letters().chars().fold(hash, RollingHash::with_char);
        found.push(Reading {
            start: stem.start,
            end: end.to,
            ending,
            base_has_article: stem.with_article,
            before: stem.before,
            after: end.after,
            article_removed: stem.article,
            future_removed: stem.future,
            number_removed: end.number,
            cost: stem.cost + end.cost,
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
            ("الجهات", "جهه", 2, 2),
            ("كاميرات", "كاميرا", 0, 2),
            ("قنوات", "قناه", 0, 2),
            ("السماوات", "سماء", 2, 2),
            ("جزأين", "جزء", 0, 2),
            ("جزأه", "جزء", 0, 1),
            ("مبدئهم", "مبدا", 0, 2),
            ("المنشآت", "منشاه", 2, 1),
            ("مستخدمي", "مستخدم", 0, 1),
            ("مسؤولي", "مسءول", 0, 1),
            ("موظفي", "موظف", 0, 1),
            ("لبنانيي", "لبناني", 0, 1),
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
            ("مستقبلي", "مستقبل"),
            ("موضوعي", "موضوع"),
            ("بالحصارهم", "حصار"),
            ("ألوان", "وان"),
            ("الأهم", "الي"),
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
